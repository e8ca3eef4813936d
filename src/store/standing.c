/* The standing view: one state, read in pages for as long as it takes, without a copy.
 *
 * It is an LMDB reader that holds no lock between two pages, so it never keeps anybody waiting: who needs the readers out (a migration, the map's growth) ends it, and
 * so does the writer when the image has grown by `snapshot_growth_max` since it began, or when nobody has read for STANDING_IDLE_US. Whoever reads then is
 * told (72000). */
#include "store/internal.h"

#include "store/snapshot.h"

#define STANDING_IDLE_US (60 * 1000000ll)
#define STANDING_LEFT_US (10 * 1000000ll)      /* after which another one may take its place: whoever read it was killed, or is very slow */

static int refuse_ended(struct error *error)
{
    fail(error, SQLSTATE_SNAPSHOT_TOO_OLD, "the state that was being read is not kept any longer");
    return fail_hint(error, "a migration ran, or too much was written meanwhile: begin again, or take a backup");
}

int standing_begin(struct store *store, struct error *error)
{
    struct standing *standing = &store->standing;
    pthread_rwlock_rdlock(&store->readers);     /* before the mutex, as who keeps readers out does */
    pthread_mutex_lock(&standing->mutex);
    if (standing->txn != NULL && sys_monotonic_us(store->sys) > standing->used_us + STANDING_LEFT_US) {
        mdb_txn_abort(standing->txn);
        standing->txn = NULL;
    }
    if (standing->txn != NULL) {
        pthread_mutex_unlock(&standing->mutex);
        pthread_rwlock_unlock(&store->readers);
        fail(error, SQLSTATE_CONFIGURATION_LIMIT_EXCEEDED, "another dump is under way");
        return fail_hint(error, "try again when it is over");
    }
    int code = mdb_txn_begin(store->image.env, NULL, MDB_RDONLY, &standing->txn);
    if (code == 0) {
        standing->catalog = store->catalog;
        standing->image_at = atomic_load(&store->image.used);
        standing->used_us = sys_monotonic_us(store->sys);
        standing->lsn = atomic_load(&store->strict_lsn);
    } else {
        standing->txn = NULL;
    }
    pthread_mutex_unlock(&standing->mutex);
    pthread_rwlock_unlock(&store->readers);
    return code == 0 ? 0 : image_fail(error, code, "begin reading");
}

int standing_use(struct store *store, struct view *ret, struct error *error)
{
    struct standing *standing = &store->standing;
    pthread_mutex_lock(&standing->mutex);
    if (standing->txn == NULL) {
        pthread_mutex_unlock(&standing->mutex);
        return refuse_ended(error);
    }
    *ret = (struct view){ .store = store, .txn = standing->txn, .catalog = standing->catalog, .lsn = standing->lsn };
    return 0;
}

void standing_release(struct store *store)
{
    store->standing.used_us = sys_monotonic_us(store->sys);
    pthread_mutex_unlock(&store->standing.mutex);
}

void standing_end(struct store *store)
{
    pthread_mutex_lock(&store->standing.mutex);
    if (store->standing.txn != NULL)
        mdb_txn_abort(store->standing.txn);
    store->standing.txn = NULL;
    pthread_mutex_unlock(&store->standing.mutex);
}

/* The writer, between two turns. */
void standing_limit(struct store *store)
{
    struct standing *standing = &store->standing;
    bool over = false;
    pthread_mutex_lock(&standing->mutex);
    if (standing->txn != NULL)
        over = atomic_load(&store->image.used) > standing->image_at + store->snapshot_growth_max ||
               sys_monotonic_us(store->sys) > standing->used_us + STANDING_IDLE_US;
    pthread_mutex_unlock(&standing->mutex);
    if (over)
        standing_end(store);
}
