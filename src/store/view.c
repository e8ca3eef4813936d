/* Read views: LMDB read transactions from a pool, renewed and reset, because beginning a new one takes a lock and a
 * slot of LMDB's reader table, and renewing one takes neither. */
#include "store/internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "store/snapshot.h"

void pool_init(struct store *store)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&store->readers, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    pthread_mutex_init(&store->pool_mutex, NULL);
    pthread_mutex_init(&store->commit_mutex, NULL);
    pthread_mutex_init(&store->turn_mutex, NULL);
    pthread_mutex_init(&store->standing.mutex, NULL);
}

void pool_done(struct store *store)
{
    standing_end(store);
    while (store->pool != NULL) {
        struct reader *reader = store->pool;
        assert(atomic_load(&reader->since_us) == 0);    /* a view was not ended */
        store->pool = reader->next;
        mdb_txn_abort(reader->txn);
        free(reader);
    }
    store->pool_free = NULL;
}

int64_t pool_oldest_us(struct store *store)
{
    int64_t oldest = 0, now = sys_monotonic_us(store->sys);
    pthread_mutex_lock(&store->pool_mutex);
    for (struct reader *reader = store->pool; reader != NULL; reader = reader->next) {
        int64_t since = atomic_load(&reader->since_us);
        if (since != 0 && now - since > oldest)
            oldest = now - since;
    }
    pthread_mutex_unlock(&store->pool_mutex);
    return oldest;
}

void readers_exclude(struct store *store)
{
    running_begin(store);
    pthread_rwlock_wrlock(&store->readers);
    standing_end(store);
}

void readers_admit(struct store *store)
{
    pthread_rwlock_unlock(&store->readers);
    running_end(store);
}

static struct reader *pool_take(struct store *store)
{
    pthread_mutex_lock(&store->pool_mutex);
    struct reader *reader = store->pool_free;
    if (reader != NULL)
        store->pool_free = reader->next_free;
    pthread_mutex_unlock(&store->pool_mutex);
    return reader;
}

static void pool_give(struct store *store, struct reader *reader)
{
    pthread_mutex_lock(&store->pool_mutex);
    reader->next_free = store->pool_free;
    store->pool_free = reader;
    pthread_mutex_unlock(&store->pool_mutex);
}

static int reader_new(struct store *store, struct reader **ret, struct error *error)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(store->image.env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return image_fail(error, code, "begin reading");
    struct reader *reader = memory_alloc(sizeof *reader);
    reader->txn = txn;
    pthread_mutex_lock(&store->pool_mutex);
    reader->next = store->pool;
    store->pool = reader;
    pthread_mutex_unlock(&store->pool_mutex);
    *ret = reader;
    return 0;
}

const struct keyring *view_keyring(const struct view *view)
{
    return view->store->keyring;
}

int view_begin(struct store *store, struct view *ret, struct error *error)
{
    pthread_rwlock_rdlock(&store->readers);
    struct reader *reader = pool_take(store);
    if (reader != NULL) {
        int code = mdb_txn_renew(reader->txn);
        if (code != 0) {
            pool_give(store, reader);
            pthread_rwlock_unlock(&store->readers);
            return image_fail(error, code, "begin reading");
        }
    } else if (reader_new(store, &reader, error) < 0) {
        pthread_rwlock_unlock(&store->readers);
        return -1;
    }
    int64_t now = sys_monotonic_us(store->sys);
    atomic_store_explicit(&reader->since_us, now > 0 ? now : 1, memory_order_relaxed);
    /* Read after the transaction began: a commit raises it first, so the view sees nothing beyond it. */
    *ret = (struct view){ .store = store, .txn = reader->txn, .catalog = store->catalog,
                          .lsn = atomic_load(&store->strict_lsn), .reader = reader };
    return 0;
}

void view_end(struct view *view)
{
    struct store *store = view->store;
    assert(!view->writable);
    assert(view->reader != NULL);
    mdb_txn_reset(view->txn);
    atomic_store_explicit(&view->reader->since_us, 0, memory_order_relaxed);
    pool_give(store, view->reader);
    pthread_rwlock_unlock(&store->readers);
    *view = (struct view){ 0 };
}

/* --- Getting --- */

const char *relation_name(const struct catalog *catalog, uint16_t relation, char space[static 24])
{
    const struct table *table = catalog == NULL ? NULL : catalog->table_by_relation[relation];
    snprintf(space, 24, "relation %u", relation);
    return table != NULL ? table->qualified : space;
}

int value_open(const struct view *view, struct slice key, struct slice stored, struct slice *ret, struct error *error)
{
    uint64_t checksum = 0;
    if (stored.size >= sizeof checksum) {
        struct slice value = slice_of(stored.data + sizeof checksum, stored.size - sizeof checksum);
        for (size_t i = sizeof checksum; i-- > 0;)
            checksum = checksum << 8 | stored.data[i];
        if (checksum == image_checksum(key, value)) {
            *ret = value;
            return 0;
        }
    }
    char space[24], hex[2 * KEY_SIZE_MAX + 1];
    for (size_t i = 0; i < key.size; i++)
        snprintf(hex + 2 * i, 3, "%02x", key.data[i]);
    return fail(error, SQLSTATE_DATA_CORRUPTED, "damaged row of \"%s\" in house %" PRIu32 ": its checksum does not match; key %.300s",
                relation_name(view->catalog, key_relation(key), space), key_tenant(key), hex);
}

int view_get(const struct view *view, struct slice key, struct slice *ret, struct error *error)
{
    MDB_val mdb_key = { key.size, (void *)key.data }, value;
    assert(key.size >= KEY_PREFIX_SIZE);
    int code = mdb_get(view->txn, view->store->image.dbi, &mdb_key, &value);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return image_fail(error, code, "get");
    return value_open(view, key, slice_of(value.mv_data, value.mv_size), ret, error) < 0 ? -1 : 1;
}

int view_has(const struct view *view, struct slice key, struct error *error)
{
    MDB_val mdb_key = { key.size, (void *)key.data }, value;
    assert(key.size >= KEY_PREFIX_SIZE);
    int code = mdb_get(view->txn, view->store->image.dbi, &mdb_key, &value);
    return code == 0 ? 1 : code == MDB_NOTFOUND ? 0 : image_fail(error, code, "get");
}
