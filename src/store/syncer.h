/* The log thread: syncs what the writer has written, and tells how far the log is durable.
 *
 * It syncs at once while somebody waits, and takes everything written meanwhile along with the next sync: that is the
 * group commit. When only relaxed transactions are there it waits for more, RELAXED_SYNC_MS_MAX at most. When nothing was
 * written for IDLE_MARK_AFTER_MS it leaves the idle mark (store/segment.h, G3). A failed sync stops the process. */
#ifndef ROWHOUSE_STORE_SYNCER_H
#define ROWHOUSE_STORE_SYNCER_H

#include "store/segment.h"

struct syncer;

struct syncer_config {
    struct sys *sys;
    const char *folder;             /* for messages; must outlive the syncer */
    struct sync_mark durable;       /* the log's last record, synced already */
    struct sync_mark marked;        /* the segment's idle mark */
    int fd;                         /* of the newest segment; stays the caller's to close, after the syncer */
    const struct segment *segment;
    void (*on_durable)(void *env, uint64_t lsn);    /* on the log thread; may be NULL */
    void *env;
};

int syncer_open(const struct syncer_config *config, struct syncer **ret, struct error *error);
/* Syncs, leaves the idle mark, stops. NULL is fine. */
void syncer_close(struct syncer *syncer);

/* Everything up to `written` is in the kernel and committed; up to `strict` somebody waits for it. */
void syncer_publish(struct syncer *syncer, const struct sync_mark *written, uint64_t strict);
/* The newest record that is durable, for a mark. */
struct sync_mark syncer_durable_mark(struct syncer *syncer);

/* Between the two the thread does not touch the file: it is synced to its end, and another may take its place. */
void syncer_hold(struct syncer *syncer);
void syncer_release(struct syncer *syncer, int fd, const struct segment *segment);

uint64_t syncer_durable(const struct syncer *syncer);
void syncer_wait(struct syncer *syncer, uint64_t lsn);     /* until durable; asks for a sync at once */
void syncer_stats(struct syncer *syncer, uint64_t *ret_syncs, int64_t *ret_us_total);

#endif
