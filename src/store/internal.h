/* What the files of the store share, and nobody else sees. */
#ifndef ROWHOUSE_STORE_INTERNAL_H
#define ROWHOUSE_STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/image.h"
#include "store/store.h"
#include "store/wal.h"

/* A read transaction of the pool: reset while free, renewed for each view. */
struct reader {
    MDB_txn *txn;
    struct reader *next_free, *next;
    _Atomic int64_t since_us;       /* monotonic; 0: free */
};

/* The snapshot thread and what it shares with commits. */
struct snapshots {
    pthread_t thread;
    bool started;                   /* the thread runs */
    pthread_mutex_t mutex;          /* guards the rest */
    pthread_cond_t changed;
    bool stop, wanted;
    bool running;                   /* one is being taken, or readers are excluded: the two exclude each other */
    uint64_t lsn, lsn_before;       /* of the last two; 0: none */
    uint64_t log_bytes_at;          /* wal_stats.bytes when the last one was taken */
    int64_t retry_us;               /* monotonic: not before it, after one that failed */
    _Atomic size_t image_at;        /* image.used when the running one began; 0: none runs */
};

/* What the physical effects of a migration may depend on, beside the rows. */
struct migration_seed {
    uint8_t hash[32];
    int64_t now_us;
};

/* standing.c */
struct standing {
    pthread_mutex_t mutex;          /* held while somebody reads */
    MDB_txn *txn;                   /* NULL: there is none */
    const struct catalog *catalog;
    size_t image_at;                /* image.used when it began */
    int64_t used_us;                /* monotonic: when somebody last read */
    uint64_t lsn;
};

struct store {
    struct sys *sys;
    char data_dir[PATH_SIZE], wal_dir[PATH_SIZE], snapshot_dir[PATH_SIZE];
    uint64_t segment_size;
    size_t snapshot_log_bytes, snapshot_growth_max;
    bool read_only;
    bool salvage;                   /* recovery ends at a damage instead of refusing it */
    int lock_fd;
    struct uuid identity;
    struct image image;
    struct wal *wal;                /* NULL: read-only */
    struct store_recovery recovery;
    void (*on_durable)(void *env, uint64_t lsn);
    void (*on_trouble)(void *env, const char *what, const struct error *error);
    void *env;
    const struct keyring *keyring;
    const char *collation_version;  /* NULL: ICU's */

    pthread_rwlock_t readers;       /* (S6) */
    pthread_mutex_t pool_mutex;
    struct reader *pool_free, *pool;
    pthread_mutex_t turn_mutex;     /* held by the writer over a turn: the map grows between turns only */
    pthread_mutex_t commit_mutex;   /* held over an LMDB commit; a snapshot begins under it, so that it knows its LSN */
    _Atomic uint64_t committed_lsn;
    _Atomic int64_t houses;         /* committed */
    _Atomic uint64_t strict_lsn;    /* of the last committed or committing transaction that is not relaxed */

    /* The writer's. */
    const struct catalog *catalog;  /* published; replaced only while readers are excluded */
    struct catalog *pending;        /* of a migration whose turn is not over */
    struct folding *folding;        /* of its file, into `pending`, until the last statement */
    struct migration_seed seed;
    struct retired_catalog *retired;
    bool exclusive;                 /* the turn holds `readers` */
    bool spoilt;                    /* the turn met a full map: it can only be aborted */
    bool cramped;                   /* such a turn was aborted: the map is doubled before the next */
    int64_t houses_delta;           /* of the turn: houses that came, less those that went */
    int64_t full_told_us;           /* monotonic: not before it is a full disk told again */
    uint64_t generation;            /* counts changes, for cursors of writable views */
    struct arena arena;             /* of one store_apply() */

    struct snapshots snapshots;
    struct standing standing;
};

/* store.c */
struct store *store_new(const struct store_config *config, struct sys *sys);
void store_free(struct store *store);                   /* after the log and the snapshot thread have stopped */
size_t image_need(struct store *store);                 /* what the image will take at least: twice the newest snapshot's copy */

/* standing.c: ends it when it has cost enough. */
void standing_limit(struct store *store);

/* view.c */
void pool_init(struct store *store);
void pool_done(struct store *store);
int64_t pool_oldest_us(struct store *store);            /* age of the oldest view; 0: none */
/* Keeps readers out, waiting first for a snapshot that runs: it reads for longer than they may wait. Locks are taken in the order
 * `running`, `turn_mutex`, `readers`: a turn of the writer may begin a view. */
void readers_exclude(struct store *store);
void readers_admit(struct store *store);

/* The value behind its checksum: the bytes after it. -1: damaged, XX001 names table and key. */
int value_open(const struct view *view, struct slice key, struct slice stored, struct slice *ret, struct error *error);
/* "contacts" or "relation 3", for messages. */
const char *relation_name(const struct catalog *catalog, uint16_t relation, char space[static 24]);

/* apply.c: the same for replay, where the old value is what the image has. */
int apply_replayed(struct view *view, const struct change *change, struct error *error);
int raw_put(struct view *view, struct slice key, struct slice value, unsigned flags, struct error *error);
int raw_delete(struct view *view, struct slice key, struct error *error);
/* What LMDB could not do. A full map spoils its transaction: nothing of the turn can be kept or taken back one by one. */
int apply_fail(struct view *view, int code, const char *what, struct error *error);

/* claim.c. `flags`: of mdb_put(). False of a value that is none. */
int claim_put(struct view *view, const struct key *claim, uint32_t tenant, unsigned flags, struct error *error);
int claim_delete(struct view *view, const struct key *claim, struct error *error);
bool claim_read(struct slice value, uint32_t *ret_tenant);

/* migrate.c */
int catalog_fold(const struct view *view, struct catalog **ret, struct error *error);
/* Replay of a recorded migration: `change` is that of RELATION_MIGRATIONS. Then, before the changes of a step are applied, everything up
 * to it; and behind its last change the rest of the file. */
int migrate_replayed(struct view *view, const struct change *change, struct error *error);
int migrate_replayed_step(struct view *view, uint32_t step, struct error *error);
int migrate_replayed_end(struct view *view, struct error *error);
void catalog_publish(struct store *store);              /* the pending one, if any; readers are excluded */
void catalog_discard(struct store *store);              /* the pending one, if any */
void catalogs_free(struct store *store);

/* effects.c */
int effects_run(struct view *view, const struct effects *effects, const struct migration_seed *seed, struct error *error);
int index_rebuild(struct view *view, const struct index *index, struct error *error);    /* entries and claims */
int relation_has_rows(struct view *view, uint16_t relation, struct error *error);       /* in any house: 1, 0, -1 */
/* Steps through the tenants that have any key: the next one at or above `tenant`. 1, 0 at the end, -1. */
int tenant_next(const struct view *view, uint32_t tenant, uint32_t *ret, struct error *error);

/* recovery.c: brings the image to the log's end. */
/* The catalog of what the image holds, published, and its LSN. */
int catalog_base(struct store *store, struct image_applied *ret, struct error *error);
int store_recover(struct store *store, bool rebuild, struct wal_end *ret_end, struct error *error);

/* collated.c: (IC1) at the end of a migration's file; (IC2) of an image that was opened, whose catalog is published. */
int collated_record(struct view *view, struct error *error);
int collated_resort(struct store *store, struct error *error);

/* directory.c: lock and identity. */
int directory_open(struct store *store, const char *path, struct error *error);
void directory_close(struct store *store);
int identity_write(struct store *store, const char *directory, struct error *error);

#endif
