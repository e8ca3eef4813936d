/* The write-ahead log: nothing is acknowledged before it is in here and synced. Format: docs/storage.md.
 *
 * A folder of segments (store/segment.h) of records (store/record.h). The writer thread collects a batch of records
 * in memory, writes it with one call, and wakes the log thread, which syncs and reports how far the log is durable.
 *
 *  (L1) LSNs grow by one from record to record, also across segments; each checksum is seeded with the one before.
 *  (L2) on_durable(lsn) is called only after a sync that began when everything up to lsn was written returned.
 *  (L3) A segment is synced to its end before the next one is named (G2), so two segments never await a sync.
 *  (L4) A failed write or sync stops the process: what the disk holds is unknown then. */
#ifndef ROWHOUSE_STORE_WAL_H
#define ROWHOUSE_STORE_WAL_H

#include "store/record.h"
#include "store/segment.h"

struct wal;

struct wal_config {
    struct sys *sys;
    const char *folder;
    struct uuid identity;
    uint64_t segment_size;
    uint64_t snapshot_lsn;          /* wal_stats.bytes begins with what the log holds beyond it, about */
    void (*on_durable)(void *env, uint64_t lsn);    /* on the log thread */
    void *env;
};

/* Where recovery found the log's end, or where a new log begins. */
struct wal_end {
    uint64_t last_lsn;              /* of the last record; 0: none yet */
    uint64_t chain;                 /* its checksum */
    uint64_t segment_lsn;           /* first LSN of the segment to append to; 0: there is none, start one */
    uint64_t offset;                /* in it */
};

/* Opens the log for appending and starts its threads. Everything up to end->last_lsn is synced first. */
int wal_open(const struct wal_config *config, const struct wal_end *end, struct wal **ret, struct error *error);
/* Syncs, writes the idle mark, stops the threads, frees. NULL is fine. */
void wal_close(struct wal *wal);

/* The seed of a new log's first record. */
uint64_t wal_genesis(const struct uuid *identity);

/* --- The writer thread --- */

/* The batch holds nothing that the log has no room for: 53100 when the record needs the next segment, and that could not be made. */
int wal_append(struct wal *wal, const struct transaction_info *info, const struct change *changes, int count,
               uint64_t *ret_lsn, struct error *error);
/* Whether it is long enough, or reaches into the next segment: one is ready, and a batch may need no second. */
bool wal_batch_full(const struct wal *wal);
uint64_t wal_batch_last(const struct wal *wal);        /* LSN of the batch's last record; 0: the batch is empty */
uint64_t wal_batch_chain(const struct wal *wal);       /* and its checksum */
uint64_t wal_batch_strict(const struct wal *wal);      /* LSN of the last that is not relaxed; 0: none */
void wal_batch_drop(struct wal *wal);
/* To the kernel; the batch is empty afterwards. Fatal on failure (L4). */
void wal_batch_write(struct wal *wal);
/* Lets the log thread know that what was written is committed and to be synced. */
void wal_batch_publish(struct wal *wal);

/* --- Any thread --- */

uint64_t wal_durable(const struct wal *wal);
void wal_wait(struct wal *wal, uint64_t lsn);          /* until durable; asks for a sync at once */
/* Removes segments whose every record is at or below `lsn`. */
int wal_trim(struct wal *wal, uint64_t lsn, struct error *error);

struct wal_stats {
    uint64_t bytes;                 /* appended, headers included; see snapshot_lsn */
    uint64_t files_bytes;           /* of all segments */
    uint64_t syncs, batches, records;
    int64_t sync_us_total;
};
void wal_stats(struct wal *wal, struct wal_stats *ret);

#endif
