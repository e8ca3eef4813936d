/* The store: the LMDB image, the write-ahead log, snapshots and recovery behind one door.
 *
 * Threads: any number of readers, one writer, one log thread (its own). The writer's turn:
 *
 *      store_write_begin -> store_apply ... store_transaction ... -> store_write_commit -> (log thread syncs) -> on_durable
 *
 *  (S1) A transaction's record is in the log file before its effects are in a committed LMDB transaction.
 *  (S2) on_durable(lsn) is called after fdatasync covered lsn, in order; replies wait for it.
 *  (S3) The image holds the applied LSN in the same LMDB transaction as the rows.
 *  (S4) Recovery and a running server apply a change by the same function, store_apply().
 *  (S5) A failed write or sync of the log stops the process at once (store_fatal): nothing is acknowledged after it.
 *  (S6) Readers hold the reader lock from view_begin to view_end; map growth and catalog changes hold it exclusively. */
#ifndef ROWHOUSE_STORE_STORE_H
#define ROWHOUSE_STORE_STORE_H

#include <lmdb.h>

#include "base/sys.h"
#include "store/keyspace.h"

struct store;
struct keyring;                     /* crypto/keyring.h */

struct store_config {
    const char *data_dir;           /* created when missing, mode 0700 */
    const char *image_dir;          /* NULL or "auto": tmpfs where there is room, else data_dir */
    size_t segment_size;            /* log segments; 0: WAL_SEGMENT_SIZE_DEFAULT */
    size_t snapshot_log_bytes;      /* log since the last snapshot that starts one; 0: 256 MiB */
    size_t snapshot_growth_max;     /* image growth while a snapshot runs beyond which writes are slowed; 0: 1 GiB */
    bool rebuild_image;             /* do not trust the image: newest snapshot, then the log */
    bool read_only;                 /* offline tools: recover into a private image, write nothing into data_dir */
    const struct keyring *keyring;  /* for whoever has a view of this store; the store itself opens nothing. May be NULL */
    void (*on_durable)(void *env, uint64_t lsn);    /* from the log thread; may be NULL */
    /* Something failed that costs no data yet: from a background thread ("snapshot"), from the writer's ("disk_full"). May be NULL. */
    void (*on_trouble)(void *env, const char *what, const struct error *error);
    void *env;
    const char *collation_version;  /* as what ICU's rules of every language pass; NULL: as what they are. For tests */
};

/* What recovery found, for the log and for tests. */
struct store_recovery {
    const char *image;              /* "kept", "from snapshot", "new" */
    uint64_t snapshot_lsn, image_lsn, last_lsn;
    uint64_t replayed;              /* records */
    uint64_t torn_bytes;            /* cut from the end of the log */
    uint64_t lost_records, lost_lsn;        /* after a refusal: sound records behind the damage, and the highest LSN */
    char passed_over[ERROR_MESSAGE_MAX];         /* images and snapshots that were not used, and why; empty: none */
    char resorted[ERROR_MESSAGE_MAX];       /* indexes that were built anew, being sorted by another version of ICU; empty: none */
    int64_t took_us;
};

/* Opens or creates a data directory, recovers, and builds the catalog from the recorded migrations. One process at a
 * time (lock file; 55006). XX001 with file, offset and LSN when the log is damaged; 58030 for the machine's errors. */
int store_open(const struct store_config *config, struct sys *sys, struct store **ret, struct error *error);
const struct store_recovery *store_recovery(const struct store *store);

/* Clean stop: syncs the log, takes a snapshot when there is anything new, marks the image clean. NULL is fine. */
int store_close(struct store *store, struct error *error);

/* --- Views: what a request sees --- */

struct reader;

struct view {
    struct store *store;
    MDB_txn *txn;
    const struct catalog *catalog;
    uint64_t lsn;                   /* a reply waits until this is durable: no change beyond it can be seen but those of
                                       relaxed transactions, which were acknowledged before their sync */
    bool writable;
    struct reader *reader;          /* the store's; NULL in a writable view */
};

/* A read view on the calling thread: the newest committed state. End it soon (docs/storage.md), and begin no other on
 * the same thread before: a writer that waits for all readers lets no new one in. */
int view_begin(struct store *store, struct view *ret, struct error *error);
void view_end(struct view *view);

/* The master keys with which this store's sealed cells open; NULL: they stay closed. */
const struct keyring *view_keyring(const struct view *view);

/* The value at a key: 1 found, 0 absent, -1 damaged (XX001, names table and key). Borrowed from the map until the
 * view ends or, in a writable view, until the next store_apply(). Checks the checksum. */
int view_get(const struct view *view, struct slice key, struct slice *ret, struct error *error);
int view_has(const struct view *view, struct slice key, struct error *error);        /* 1, 0, -1; no checksum; for index entries and existence */

/* Whose row has a claim (store/keyspace.h, K5): 1 and its tenant, 0 nobody's, -1 damaged (XX002). */
int view_claim(const struct view *view, const struct key *claim, uint32_t *ret_tenant, struct error *error);

/* A scan of [low, high) inside one tenant and relation. */
struct cursor {
    MDB_cursor *mdb;
    const struct view *view;
    struct key low, high;
    bool reverse, started;
    uint64_t generation;            /* writable views: of the store when `last` was read */
    struct key last;                /* writable views: where to go on when the store has changed */
};
/* `high` NULL or empty: to the end of low's relation in low's tenant. */
int cursor_open(const struct view *view, const struct key *low, const struct key *high, bool reverse,
                struct cursor *ret, struct error *error);
/* 1 and the next entry, 0 at the end, -1 damaged. `ret_value` may be NULL (index entries). Borrowed as view_get. */
int cursor_next(struct cursor *cursor, struct slice *ret_key, struct slice *ret_value, struct error *error);
void cursor_close(struct cursor *cursor);       /* also fine after a failed open */

/* The one standing view: the newest state when it began, for reading all of it in pages, from any thread. 53400 when there is one already. It
 * ends by itself (72000) when a migration runs, the map grows, the image has grown by `snapshot_growth_max`, or after a minute without use: it keeps nobody waiting. */
int standing_begin(struct store *store, struct error *error);
int standing_use(struct store *store, struct view *ret, struct error *error);      /* for one page: standing_release() follows a success */
void standing_release(struct store *store);
void standing_end(struct store *store);

/* --- Writing (the writer thread only) --- */

/* One effect on one key. Table relations: values are rows and the indexes follow by themselves. In a migration's list also a marker:
 * the changes behind it are of this step of its file. */
struct change {
    struct slice key;               /* whole key; data NULL: a step's marker */
    struct slice old_value;         /* data NULL: there was none. Engine fills it; the log does not carry it */
    struct slice new_value;         /* data NULL: removed */
    uint32_t step;                  /* of a marker: from 1, growing */
};
static inline bool change_is_step(const struct change *change) { return change->key.data == NULL; }

/* Starts the turn's LMDB transaction; grows the map first when needed. */
int store_write_begin(struct store *store, struct view *ret, struct error *error);

/* Applies one change to the image: value, checksum, index entries (from the view's catalog). Uniqueness and all other
 * constraints are the engine's. The change borrows nothing from the view. -1 with everything as before: 54000 for
 * an index key that is too long, and what a partial index's predicate raises; else damage or a full map (53100). */
int store_apply(struct view *view, const struct change *change, struct error *error);
/* Takes an applied change back. Cannot fail but for damage, which is fatal. */
void store_undo(struct view *view, const struct change *change);
/* Whether store_apply() found the map full: then nothing of the turn can be kept, and store_write_abort() follows. The next
 * turn begins with a map of twice the size, so the same requests can be run again. */
bool store_spoilt(const struct store *store);

/* Closes one transaction of the turn: its record with all its changes joins the batch; returns its LSN. A transaction
 * without changes gets none (returns 0). 54000 when the record would pass WAL_RECORD_MAX: undo it then. */
struct transaction_info {
    struct uuid principal;          /* zero: none */
    uint64_t request_id;
    int64_t now_us;
    bool relaxed;                   /* may be acknowledged before its sync */
};
int store_transaction(struct store *store, const struct transaction_info *info, const struct change *changes, int count,
                      uint64_t *ret_lsn, struct error *error);
bool store_batch_full(const struct store *store);          /* asked between transactions: the writer ends the turn then */

/* Log to the kernel, LMDB commit, wake the log thread. Fatal on failure (S5). */
void store_write_commit(struct store *store, struct view *view);
void store_write_abort(struct store *store, struct view *view);     /* nothing of the turn happened */

uint64_t store_durable_lsn(const struct store *store);
uint64_t store_committed_lsn(const struct store *store);
void store_wait_durable(struct store *store, uint64_t lsn);        /* tools and tests; the server uses on_durable */

/* --- Migrations (the writer thread, as the only transaction of its turn) --- */

/* Begins a turn with all readers excluded until the commit or abort of it. */
int store_exclusive_begin(struct store *store, struct view *ret, struct error *error);
/* Records the migration and begins to fold it into a new catalog, which is view->catalog from here on. The change of
 * RELATION_MIGRATIONS goes first into the transaction's change list. */
int store_migrate(struct view *view, const char *name, struct slice text, int64_t now_us, struct arena *arena,
                  struct change *ret_change, struct error *error);
/* Folds its next statement, and runs those of its effects that are functions of the stored rows alone: building, dropping, rewriting.
 * 1: what is left of *ret_effects, running statements and judging rows, is the caller's, before the next call. 0: the file has
 * ended. -1: the turn can only be aborted. Replay does the same, and puts the rows of a step where the caller wrote them. */
int store_migrate_step(struct view *view, struct effects *ret_effects, struct error *error);
/* The marker that goes before the changes of the step that is being run. */
struct change store_step_marker(const struct store *store);

/* --- Upkeep --- */

int store_snapshot(struct store *store, struct error *error);       /* now, on the calling thread; any thread */
/* The newest state, and no older than what is durable, as a store of its own for reading: store_close() ends and removes
 * it. For what reads everything: a view that is kept for long holds up migrations, the map's growth, and with them all. */
int store_copy(struct store *store, struct store **ret, struct error *error);
/* A copy of the newest state as a data directory that rowhoused can be started on. */
int store_backup(struct store *store, const char *directory, struct error *error);

struct store_stats {
    uint64_t committed_lsn, durable_lsn, snapshot_lsn;
    uint64_t image_bytes, map_bytes, log_bytes, batches, transactions, syncs;
    int64_t sync_us_total, oldest_reader_us;
    uint64_t tenants;
};
void store_stats(struct store *store, struct store_stats *ret);     /* any thread, also while it has a view */

/* Every row against its checksum and catalog, every index against its rows and back, in `view`'s snapshot.
 * Calls `report` for each finding and `progress` now and then; -1 when it had to stop. */
struct verify_hooks {
    void (*report)(void *env, const char *table, const char *finding);
    void (*progress)(void *env, const char *table, uint64_t rows);
    void *env;
};
int store_verify(const struct view *view, const struct verify_hooks *hooks, uint64_t *ret_rows, struct error *error);

/* Saves what can be saved of a damaged data directory, which is only read, into a new one: the better of the image of
 * this boot and of snapshot and log up to the first hole. Records behind a hole are counted, never applied. */
struct store_salvage {
    uint64_t saved_lsn;             /* everything up to here is in the new directory */
    uint64_t lost_records;          /* sound records found behind the hole */
    uint64_t lost_lsn;              /* the highest LSN among them; 0: none */
    char damage[ERROR_MESSAGE_MAX]; /* what recovery would have refused to start for, or passed over; empty: nothing */
};
int store_salvage(const struct store_config *config, const char *target, struct sys *sys, struct store_salvage *ret,
                  struct error *error);

/* Says what failed and stops the process at once, without unwinding (S5). */
void store_fatal(const char *what, const struct error *error) __attribute__((noreturn));

/* The houses: numbers by organization, and back. 1 and *ret, 0 there is none, -1 the record is damaged (XX001): damage is never absence. */
int store_house(const struct view *view, const struct uuid *organization, uint32_t *ret_tenant, struct error *error);
int store_house_organization(const struct view *view, uint32_t tenant, struct uuid *ret, struct error *error);
/* The next existing house number after `tenant` (start with 0 to get the first house above the system's). */
int store_house_next(const struct view *view, uint32_t tenant, uint32_t *ret, struct error *error);

#endif
