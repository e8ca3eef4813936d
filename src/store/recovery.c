/* Recovery: from whatever a crash left to the state at the log's end.
 *
 *      image of this boot, in this log ------------------------------> replay the log behind its LSN
 *      else the newest sound snapshot -> a new image ----------------> replay the log behind its LSN
 *      else, when the log begins at LSN 1, an empty image -----------> replay all of it
 *
 *  (V1) The log decides where history ends; the image and the snapshots are only a way to get there sooner. An image or
 *       snapshot that is ahead of the log's sound end is a witness of damage (store/log_walk.h).
 *  (V2) Replay applies a record with store_apply() and the catalog of that moment (S4); a migration's, statement by statement: each
 *       folds and does its physical effects, then come the rows that it wrote (store/migrate.c).
 *  (V3) A batch of replay ends with its LSN in the image, so recovery that is interrupted goes on from there. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/snapshot.h"
#include "store/log_walk.h"

#define REPLAY_CHANGES_MAX 8192         /* of one LMDB transaction; the map's reserve holds what they dirty */
#define REPLAY_BYTES_MAX   MIB(16)
#define DAMAGED_MAX        8

/* --- Replay --- */

struct replay {
    struct store *store;
    struct log_walk walk;
    bool log_failed;                    /* an error is the walk's, not the image's */
    struct log_walk_mark mark;              /* where the batch began, for another try */
    struct view view;
    int changes;
    size_t bytes;
    uint64_t records, records_kept;
    uint64_t damaged[DAMAGED_MAX];      /* snapshots that cannot be read */
    int damaged_count;
};

static int batch_begin(struct replay *r, struct error *error)
{
    struct store *store = r->store;
    struct error ignored;
    if (image_full(&store->image, IMAGE_GROW_RESERVE))
        image_grow(&store->image, IMAGE_GROW_RESERVE, &ignored);        /* what fits into a map that cannot grow is replayed all the same */
    r->view = (struct view){ .store = store, .catalog = store->catalog, .writable = true };
    r->changes = 0;
    r->bytes = 0;
    r->mark = log_walk_mark(&r->walk);
    r->records_kept = r->records;
    int code = mdb_txn_begin(store->image.env, NULL, 0, &r->view.txn);
    return code != 0 ? image_fail(error, code, "begin") : 0;
}

static int batch_end(struct replay *r, struct error *error)
{
    struct store *store = r->store;
    struct image_applied applied = { r->walk.lsn, r->walk.chain };
    if (r->records == r->records_kept) {                /* nothing was replayed, and nothing needs room */
        mdb_txn_abort(r->view.txn);
        return 0;
    }
    if (image_apply_lsn(&store->image, r->view.txn, &applied, error) < 0) {
        mdb_txn_abort(r->view.txn);
        return -1;
    }
    int code = mdb_txn_commit(r->view.txn);
    if (code != 0)
        return image_fail(error, code, "commit");
    image_measure(&store->image);
    catalog_publish(store);
    return 0;
}

static int apply_change(struct replay *r, const struct change *change, struct error *error)
{
    if (change_is_step(change))
        return migrate_replayed_step(&r->view, change->step, error);
    return change_is_migration(change) ? migrate_replayed(&r->view, change, error) : apply_replayed(&r->view, change, error);
}

static int apply_record(struct replay *r, const struct record *record, struct error *error)
{
    struct record_reader reader;
    struct change change;
    int more, count = record_changes(record, &reader);
    if (count < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "the record is no transaction");
    while ((more = record_next(&reader, &change)) > 0)
        if (apply_change(r, &change, error) < 0)
            return -1;
    if (more < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "the record is no transaction");
    if (migrate_replayed_end(&r->view, error) < 0)
        return -1;
    r->records++;
    r->changes += count;
    r->bytes += record->size;
    return 0;
}

static bool is_damage(const struct error *error)
{
    return error->state == SQLSTATE_DATA_CORRUPTED || error->state == SQLSTATE_INDEX_CORRUPTED;
}

static void note_damage(struct store *store, const char *what, uint64_t lsn, const struct error *error)
{
    struct store_recovery *recovery = &store->recovery;
    size_t used = strlen(recovery->passed_over);
    snprintf(recovery->passed_over + used, sizeof recovery->passed_over - used, "%s%s %" PRIu64 ": %s", used > 0 ? "; " : "",
             what, lsn, error->message);
}

/* Salvage takes the damage for the log's end, and counts what lies behind it. */
static int end_at_damage(struct replay *r, const struct error *error)
{
    struct log_walk_mark mark = log_walk_mark(&r->walk);
    struct error ignored;
    note_damage(r->store, "log behind LSN", r->walk.lsn, error);
    log_walk_count_lost(&r->walk);
    return log_walk_rewind(&r->walk, &mark, &ignored) < 0 ? -1 : 0;
}

/* Replays until the batch is full or the log ends. 1: go on, 0: the end, -1. */
static int batch_fill(struct replay *r, struct error *error)
{
    struct record record;
    while (r->changes < REPLAY_CHANGES_MAX && r->bytes < REPLAY_BYTES_MAX && r->store->pending == NULL) {
        int more = log_walk_next(&r->walk, &record, error);
        if (more < 0 && r->store->salvage && is_damage(error))
            return end_at_damage(r, error);
        r->log_failed = more < 0;
        if (more <= 0)
            return more;
        if (r->changes == 0 && image_room(&r->store->image, error) < 0)
            return -1;
        if (apply_record(r, &record, error) < 0)
            return fail_within(error, "replay of LSN %" PRIu64, record.lsn);
    }
    return 1;
}

/* A batch that found the map full, not the disk, is tried again with a larger one. */
static int batch_retry(struct replay *r, struct error *error)
{
    if (error->state != SQLSTATE_DISK_FULL || r->log_failed || image_room(&r->store->image, error) < 0
        || log_walk_rewind(&r->walk, &r->mark, error) < 0)
        return -1;
    r->records = r->records_kept;
    return image_grow(&r->store->image, r->store->image.map_size, error);
}

static int replay_all(struct replay *r, struct error *error)
{
    for (;;) {
        if (batch_begin(r, error) < 0)
            return -1;
        int more = batch_fill(r, error);
        if (more >= 0) {
            if (batch_end(r, error) < 0)
                return -1;
            if (more == 0)
                return 0;
            continue;
        }
        mdb_txn_abort(r->view.txn);
        catalog_discard(r->store);
        if (batch_retry(r, error) < 0)
            return -1;
    }
}

/* --- The catalog of the base --- */

int catalog_base(struct store *store, struct image_applied *ret, struct error *error)
{
    struct view view = { .store = store };
    int code = mdb_txn_begin(store->image.env, NULL, MDB_RDONLY, &view.txn);
    if (code != 0)
        return image_fail(error, code, "begin reading");
    int result = image_applied(&store->image, view.txn, ret, error);
    if (result == 0)
        result = catalog_fold(&view, &store->pending, error);
    mdb_txn_abort(view.txn);
    if (result == 0)
        catalog_publish(store);
    return result;
}

/* --- From a base to the end --- */

enum base_outcome { BASE_RECOVERED, BASE_UNUSABLE };

/* A sound base without a log that goes on from it is all that there is to save. */
static int salvage_base(struct store *store, struct replay *r, const struct image_applied *applied, enum base_outcome *ret,
                        const struct error *error)
{
    note_damage(store, "log at LSN", applied->lsn, error);
    r->walk.lsn = applied->lsn;
    r->walk.chain = applied->chain;
    *ret = BASE_RECOVERED;
    return 0;
}

/* BASE_UNUSABLE with the reason in `error`: another base may do. -1: the log is damaged, and no base helps. */
static int recover_from(struct store *store, struct replay *r, enum base_outcome *ret, struct error *error)
{
    struct image_applied applied;
    enum walk_base start;
    *ret = BASE_UNUSABLE;
    catalogs_free(store);
    if (catalog_base(store, &applied, error) < 0 || collated_resort(store, error) < 0)
        return is_damage(error) ? 0 : -1;
    if (applied.lsn == 0)
        applied.chain = wal_genesis(&store->identity);
    store->recovery.image_lsn = applied.lsn;
    if (log_walk_open(&r->walk, applied.lsn, applied.chain, &start, error) < 0)
        return store->salvage && is_damage(error) ? salvage_base(store, r, &applied, ret, error) : -1;
    if (start != WALK_STARTS && store->salvage && applied.lsn > 0) {
        fail(error, SQLSTATE_DATA_CORRUPTED, "the log does not go on from LSN %" PRIu64, applied.lsn);
        return salvage_base(store, r, &applied, ret, error);
    }
    if (start != WALK_STARTS) {
        log_walk_close(&r->walk);
        fail(error, SQLSTATE_DATA_CORRUPTED, start == WALK_FOREIGN ? "LSN %" PRIu64 " is of another history than the log"
             : "the log begins behind LSN %" PRIu64, applied.lsn);
        return 0;
    }
    if (replay_all(r, error) == 0) {
        *ret = BASE_RECOVERED;
        return 0;
    }
    if (r->log_failed || !is_damage(error))
        return -1;
    log_walk_close(&r->walk);                               /* what does not take a sound log is not sound itself */
    return 0;
}

static int try_kept(struct store *store, struct replay *r, enum base_outcome *ret, struct error *error)
{
    *ret = BASE_UNUSABLE;
    if (!image_trusted(&store->image))
        return 0;
    if (image_open(&store->image, error) < 0)
        return 0;
    MDB_txn *txn;
    struct image_applied applied = { 0 };
    int code = mdb_txn_begin(store->image.env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return image_fail(error, code, "begin reading");
    if (image_applied(&store->image, txn, &applied, error) == 0 && applied.lsn > r->walk.witness_lsn) {
        r->walk.witness_lsn = applied.lsn;
        r->walk.witness = "the image";
    }
    mdb_txn_abort(txn);
    store->recovery.image = "kept";
    return recover_from(store, r, ret, error);
}

static int try_snapshot(struct store *store, struct replay *r, uint64_t lsn, enum base_outcome *ret, struct error *error)
{
    char path[PATH_SIZE];
    struct snapshot snapshot;
    *ret = BASE_UNUSABLE;
    if (image_clear(&store->image, error) < 0)
        return -1;
    image_path(&store->image, path);
    if (snapshot_load(store->sys, store->snapshot_dir, lsn, path, &snapshot, error) < 0) {
        if (is_damage(error) && r->damaged_count < DAMAGED_MAX)
            r->damaged[r->damaged_count++] = lsn;
        return error->state == SQLSTATE_FEATURE_NOT_SUPPORTED ? -1 : 0;
    }
    if (image_open(&store->image, error) < 0)
        return 0;
    store->recovery.image = "from snapshot";
    store->recovery.snapshot_lsn = lsn;
    return recover_from(store, r, ret, error);
}

static int try_empty(struct store *store, struct replay *r, enum base_outcome *ret, struct error *error)
{
    if (image_clear(&store->image, error) < 0 || image_open(&store->image, error) < 0)
        return -1;
    store->recovery.image = "new";
    store->recovery.snapshot_lsn = 0;
    return recover_from(store, r, ret, error);
}

static int find_base(struct store *store, struct replay *r, bool rebuild, const uint64_t *snapshots, int count, struct error *error)
{
    enum base_outcome outcome = BASE_UNUSABLE;
    error_clear(error);
    if (!rebuild && try_kept(store, r, &outcome, error) < 0)
        return -1;
    if (outcome == BASE_UNUSABLE && error->state != SQLSTATE_OK)
        note_damage(store, "image at", store->recovery.image_lsn, error);
    for (int i = 0; i < count && outcome == BASE_UNUSABLE; i++) {
        if (try_snapshot(store, r, snapshots[i], &outcome, error) < 0)
            return -1;
        if (outcome == BASE_UNUSABLE)
            note_damage(store, "snapshot", snapshots[i], error);
    }
    if (outcome == BASE_UNUSABLE && try_empty(store, r, &outcome, error) < 0)
        return -1;
    if (outcome == BASE_RECOVERED)
        return 0;
    fail(error, SQLSTATE_DATA_CORRUPTED, "no snapshot in \"%.300s\" leads to the log", store->snapshot_dir);
    fail_detail(error, "%.500s", store->recovery.passed_over);
    return fail_hint(error, "restore a snapshot, or save what is left into a new directory with \"rowhouse salvage\"");
}

/* A damaged snapshot is none of the two that are kept: it would drive out a sound one, and the log behind it. It stays
 * there under another name. */
static int set_damaged_aside(struct store *store, const struct replay *r, struct error *error)
{
    char from[PATH_SIZE], to[PATH_SIZE], name[SNAPSHOT_NAME_SIZE], aside[SNAPSHOT_NAME_SIZE + 16];
    for (int i = 0; i < r->damaged_count; i++) {
        snapshot_name(r->damaged[i], name);
        snprintf(aside, sizeof aside, "%s.damaged", name);
        if (path_join(from, store->snapshot_dir, name, error) < 0 || path_join(to, store->snapshot_dir, aside, error) < 0)
            return -1;
        if (store->sys->rename(store->sys, from, to) < 0)
            return file_fail(error, "rename", from);
    }
    return r->damaged_count > 0 ? folder_sync(store->sys, store->snapshot_dir, error) : 0;
}

static bool sound(const struct replay *r, uint64_t lsn)
{
    for (int i = 0; i < r->damaged_count; i++)
        if (r->damaged[i] == lsn)
            return false;
    return true;
}

/* The newest two that may be counted on. */
static void note_snapshots(struct store *store, const struct replay *r, const uint64_t *snapshots, int count)
{
    store->snapshots.lsn = store->snapshots.lsn_before = 0;
    for (int i = count; i-- > 0;)
        if (sound(r, snapshots[i])) {
            store->snapshots.lsn_before = store->snapshots.lsn;
            store->snapshots.lsn = snapshots[i];
        }
}

/* (T2) by the newest snapshot, if it is sound as far as one sees without reading it. -1: of a format that is not read here. */
static int note_witness(struct replay *r, uint64_t lsn, struct error *error)
{
    struct snapshot newest;
    if (snapshot_look(r->store->sys, r->store->snapshot_dir, lsn, &newest, error) < 0)
        return error->state == SQLSTATE_FEATURE_NOT_SUPPORTED ? -1 : 0;
    r->walk.witness_lsn = newest.lsn;
    r->walk.witness = "a snapshot";
    return 0;
}

int store_recover(struct store *store, bool rebuild, struct wal_end *ret_end, struct error *error)
{
    struct replay r = { .store = store, .walk = { .sys = store->sys, .folder = store->wal_dir, .identity = store->identity } };
    struct store_recovery *recovery = &store->recovery;
    uint64_t *snapshots = NULL;
    int64_t start_us = sys_monotonic_us(store->sys);
    int count = snapshot_list(store->sys, store->snapshot_dir, &snapshots, error);
    if (count < 0)
        return -1;
    int result = count > 0 ? note_witness(&r, snapshots[0], error) : 0;
    if (result == 0)
        result = find_base(store, &r, rebuild, snapshots, count, error);
    if (result == 0 && !store->read_only)
        result = log_walk_settle(&r.walk, error);
    if (result == 0 && !store->read_only)
        result = set_damaged_aside(store, &r, error);
    note_snapshots(store, &r, snapshots, count);
    if (result == 0)
        *ret_end = log_walk_end(&r.walk);                   /* salvage: its LSN alone means anything */
    recovery->last_lsn = r.walk.lsn;
    recovery->replayed = r.records;
    recovery->torn_bytes = r.walk.torn_bytes;
    recovery->lost_records = r.walk.lost_records;
    recovery->lost_lsn = r.walk.lost_lsn;
    log_walk_close(&r.walk);
    free(snapshots);
    recovery->took_us = sys_monotonic_us(store->sys) - start_us;
    return result;
}
