#include "store/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/snapshot.h"

#define SNAPSHOT_LOG_BYTES_DEFAULT  MIB(256)
#define SNAPSHOT_GROWTH_MAX_DEFAULT MIB(1024)
#define FULL_TOLD_US                60000000ll  /* how often a full disk is told */
#define STATUS_FATAL 70             /* EX_SOFTWARE of sysexits.h; nothing is unwound and no core is worth its disk */

void store_fatal(const char *what, const struct error *error)
{
    log_error(what, error);
    log_event(LOG_ERROR, "stopping at once", "reason", "%s", "what the disk holds is unknown now; the next start finds out", NULL);
    _exit(STATUS_FATAL);
}

/* --- Opening --- */

struct store *store_new(const struct store_config *config, struct sys *sys)
{
    struct store *store = memory_alloc(sizeof *store);
    store->sys = sys;
    store->lock_fd = -1;
    store->image.mark_fd = -1;
    store->read_only = config->read_only;
    store->segment_size = config->segment_size != 0 ? config->segment_size : WAL_SEGMENT_SIZE_DEFAULT;
    store->snapshot_log_bytes = config->snapshot_log_bytes != 0 ? config->snapshot_log_bytes : SNAPSHOT_LOG_BYTES_DEFAULT;
    store->snapshot_growth_max = config->snapshot_growth_max != 0 ? config->snapshot_growth_max : SNAPSHOT_GROWTH_MAX_DEFAULT;
    store->on_durable = config->on_durable;
    store->on_trouble = config->on_trouble;
    store->env = config->env;
    store->keyring = config->keyring;
    store->collation_version = config->collation_version;
    arena_init(&store->arena, ARENA_REQUEST_MAX);
    pthread_mutex_init(&store->snapshots.mutex, NULL);
    pthread_cond_init(&store->snapshots.changed, NULL);
    pool_init(store);
    return store;
}

void store_free(struct store *store)
{
    pool_done(store);
    catalogs_free(store);
    image_close(&store->image);
    directory_close(store);
    arena_done(&store->arena);
    pthread_rwlock_destroy(&store->readers);
    pthread_mutex_destroy(&store->pool_mutex);
    pthread_mutex_destroy(&store->commit_mutex);
    pthread_mutex_destroy(&store->turn_mutex);
    pthread_mutex_destroy(&store->snapshots.mutex);
    pthread_cond_destroy(&store->snapshots.changed);
    free(store);
}

size_t image_need(struct store *store)
{
    uint64_t *list = NULL;
    struct snapshot newest;
    struct error ignored;
    size_t need = IMAGE_ROOM_MIN;
    int count = snapshot_list(store->sys, store->snapshot_dir, &list, &ignored);
    if (count > 0 && snapshot_look(store->sys, store->snapshot_dir, list[0], &newest, &ignored) == 0)
        need += 2 * newest.size;
    free(list);
    return need;
}

static int open_log(struct store *store, const struct wal_end *end, struct error *error)
{
    struct wal_config config = {
        .sys = store->sys, .folder = store->wal_dir, .identity = store->identity, .segment_size = store->segment_size,
        .snapshot_lsn = store->snapshots.lsn, .on_durable = store->on_durable, .env = store->env,
    };
    if (store->read_only)
        return 0;
    return wal_open(&config, end, &store->wal, error);
}

/* Once; from here on turns keep the number, so that statistics need no view. */
static int count_houses(struct store *store, struct error *error)
{
    struct view view;
    uint32_t tenant = 0;
    int64_t count = 0;
    if (view_begin(store, &view, error) < 0)
        return -1;
    int more;
    while ((more = store_house_next(&view, tenant, &tenant, error)) == 1)
        count++;
    view_end(&view);
    if (more < 0)
        return -1;
    atomic_store(&store->houses, count);
    store->houses_delta = 0;
    return 0;
}

static int open_all(struct store *store, const struct store_config *config, struct error *error)
{
    struct wal_end end;
    if (directory_open(store, config->data_dir, error) < 0)
        return -1;
    if ((config->read_only ? image_place_private(&store->image, store->sys, store->data_dir, image_need(store), error)
         : image_place(&store->image, store->sys, store->data_dir, &store->identity, config->image_dir, image_need(store), error)) < 0)
        return -1;
    if (store_recover(store, config->rebuild_image, &end, error) < 0)
        return -1;
    if (open_log(store, &end, error) < 0 || image_mark(&store->image, store->data_dir, &store->identity, error) < 0)
        return -1;
    atomic_store(&store->committed_lsn, end.last_lsn);
    atomic_store(&store->strict_lsn, end.last_lsn);
    if (count_houses(store, error) < 0)
        return -1;
    return store->read_only ? 0 : snapshots_start(store, error);
}

int store_open(const struct store_config *config, struct sys *sys, struct store **ret, struct error *error)
{
    struct store *store = store_new(config, sys);
    if (open_all(store, config, error) < 0) {
        wal_close(store->wal);
        store_free(store);
        return -1;
    }
    *ret = store;
    return 0;
}

const struct store_recovery *store_recovery(const struct store *store)
{
    return &store->recovery;
}

int store_close(struct store *store, struct error *error)
{
    int result = 0;
    if (store == NULL)
        return 0;
    snapshots_stop(store);
    if (!store->read_only && store->committed_lsn > store->snapshots.lsn)
        result = store_snapshot(store, error);
    wal_close(store->wal);
    store_free(store);
    return result;
}

/* --- The writer's turn --- */

/* A write is refused. Who asked is told each time, and whoever runs the server now and then, when it is for want of room. */
static int refused(struct store *store, const struct error *error)
{
    int64_t now_us = sys_monotonic_us(store->sys);
    if (error->state != SQLSTATE_DISK_FULL || store->on_trouble == NULL || now_us < store->full_told_us)
        return -1;
    store->full_told_us = now_us + FULL_TOLD_US;
    store->on_trouble(store->env, "disk_full", error);
    return -1;
}

static int make_room(struct store *store, struct error *error)
{
    if (image_room(&store->image, error) < 0)
        return -1;
    snapshots_slow(store);
    standing_limit(store);
    size_t reserve = store->cramped ? store->image.map_size : IMAGE_GROW_RESERVE;
    if (!image_full(&store->image, reserve))
        return 0;
    bool cramped = store->cramped;
    store->cramped = false;
    readers_exclude(store);
    int result = image_grow(&store->image, reserve, error);
    readers_admit(store);
    /* Where it cannot be doubled for the turn that found it full, what fits goes on, and that turn is refused in the end. */
    return cramped && !image_full(&store->image, IMAGE_GROW_RESERVE) ? 0 : result;
}

static void turn_end(struct store *store, struct view *view)
{
    store->houses_delta = 0;
    *view = (struct view){ 0 };
    pthread_mutex_unlock(&store->turn_mutex);
    if (store->exclusive) {
        store->exclusive = false;
        readers_admit(store);
    }
}

/* Of a turn whose locks are held; a failure ends it. */
static int turn_begin(struct store *store, struct view *ret, struct error *error)
{
    *ret = (struct view){ .store = store, .catalog = store->catalog, .lsn = store->strict_lsn, .writable = true };
    int code = mdb_txn_begin(store->image.env, NULL, 0, &ret->txn);
    if (code == 0)
        return 0;
    turn_end(store, ret);
    return image_fail(error, code, "begin");
}

int store_write_begin(struct store *store, struct view *ret, struct error *error)
{
    assert(!store->read_only);
    if (make_room(store, error) < 0)
        return refused(store, error);
    pthread_mutex_lock(&store->turn_mutex);
    return turn_begin(store, ret, error);
}

int store_exclusive_begin(struct store *store, struct view *ret, struct error *error)
{
    assert(!store->read_only);
    if (make_room(store, error) < 0)
        return refused(store, error);
    running_begin(store);
    pthread_mutex_lock(&store->turn_mutex);
    pthread_rwlock_wrlock(&store->readers);
    standing_end(store);
    store->exclusive = true;
    /* A migration may write as much as there is: indexes are built and rows rewritten in one transaction. */
    size_t reserve = store->image.used + IMAGE_GROW_RESERVE;
    if (!image_full(&store->image, reserve) || image_grow(&store->image, reserve, error) == 0)
        return turn_begin(store, ret, error);
    turn_end(store, ret);
    return -1;
}

int store_transaction(struct store *store, const struct transaction_info *info, const struct change *changes, int count,
                      uint64_t *ret_lsn, struct error *error)
{
    *ret_lsn = 0;
    return count > 0 && wal_append(store->wal, info, changes, count, ret_lsn, error) < 0 ? refused(store, error) : 0;
}

bool store_batch_full(const struct store *store)
{
    return wal_batch_full(store->wal);
}

static void commit_image(struct store *store, struct view *view)
{
    struct image_applied applied = { wal_batch_last(store->wal), wal_batch_chain(store->wal) };
    uint64_t strict = wal_batch_strict(store->wal);
    struct error error;
    if (image_apply_lsn(&store->image, view->txn, &applied, &error) < 0)
        store_fatal("image", &error);
    wal_batch_write(store->wal);                        /* (S1) */
    pthread_mutex_lock(&store->commit_mutex);
    if (strict != 0)
        atomic_store(&store->strict_lsn, strict);       /* before a reader can see it: view_begin() */
    int code = mdb_txn_commit(view->txn);
    if (code != 0) {
        image_fail(&error, code, "commit");
        store_fatal("image", &error);
    }
    image_measure(&store->image);
    atomic_store(&store->committed_lsn, applied.lsn);
    atomic_fetch_add(&store->houses, store->houses_delta);
    pthread_mutex_unlock(&store->commit_mutex);
}

void store_write_commit(struct store *store, struct view *view)
{
    assert(!store->spoilt);
    if (wal_batch_last(store->wal) == 0) {              /* every request of the turn was undone */
        store_write_abort(store, view);
        return;
    }
    commit_image(store, view);
    wal_batch_publish(store->wal);
    catalog_publish(store);
    turn_end(store, view);
    snapshots_consider(store);
}

bool store_spoilt(const struct store *store)
{
    return store->spoilt;
}

void store_write_abort(struct store *store, struct view *view)
{
    mdb_txn_abort(view->txn);
    store->cramped |= store->spoilt;
    store->spoilt = false;
    wal_batch_drop(store->wal);
    catalog_discard(store);
    turn_end(store, view);
}

uint64_t store_durable_lsn(const struct store *store)
{
    return store->wal == NULL ? store->committed_lsn : wal_durable(store->wal);
}

uint64_t store_committed_lsn(const struct store *store)
{
    return atomic_load(&store->committed_lsn);
}

void store_wait_durable(struct store *store, uint64_t lsn)
{
    if (store->wal != NULL)
        wal_wait(store->wal, lsn);
}

/* --- Statistics --- */

void store_stats(struct store *store, struct store_stats *ret)
{
    struct wal_stats log = { 0 };
    if (store->wal != NULL)
        wal_stats(store->wal, &log);
    pthread_mutex_lock(&store->snapshots.mutex);
    uint64_t snapshot_lsn = store->snapshots.lsn;
    pthread_mutex_unlock(&store->snapshots.mutex);
    *ret = (struct store_stats){
        .committed_lsn = store_committed_lsn(store),
        .durable_lsn = store_durable_lsn(store),
        .snapshot_lsn = snapshot_lsn,
        .image_bytes = store->image.used,
        .map_bytes = store->image.map_size,
        .log_bytes = log.files_bytes,
        .batches = log.batches,
        .transactions = log.records,
        .syncs = log.syncs,
        .sync_us_total = log.sync_us_total,
        .oldest_reader_us = pool_oldest_us(store),
        .tenants = (uint64_t)atomic_load(&store->houses),
    };
}
