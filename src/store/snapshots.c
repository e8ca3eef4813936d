/* When a snapshot is taken and what is kept: the background thread, the pruning behind it, and the brake that
 * keeps the image from growing without end while LMDB's copy pins its old pages. */
#include "store/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define RETRY_AFTER_US 60000000ll       /* after a snapshot that failed */
#define SLOW_US        2000             /* a turn's pause when the image has grown by snapshot_growth_max */
#define SLOW_US_MAX    50000            /* ... and by twice that and more */

int snapshot_prune(struct store *store, struct error *error)
{
    uint64_t *list = NULL;
    int count = snapshot_list(store->sys, store->snapshot_dir, &list, error), result = count < 0 ? -1 : 0;
    for (int i = 2; i < count && result == 0; i++) {
        char path[PATH_SIZE], name[SNAPSHOT_NAME_SIZE];
        snapshot_name(list[i], name);
        result = path_join(path, store->snapshot_dir, name, error);
        if (result == 0 && store->sys->unlink(store->sys, path) < 0)
            result = file_fail(error, "remove", path);
    }
    if (result == 0 && count > 2)
        result = folder_sync(store->sys, store->snapshot_dir, error);
    if (result == 0 && count >= 2)
        result = wal_trim(store->wal, list[1], error);  /* (P3) */
    free(list);
    return result;
}

void running_begin(struct store *store)
{
    struct snapshots *s = &store->snapshots;
    pthread_mutex_lock(&s->mutex);
    while (s->running)
        pthread_cond_wait(&s->changed, &s->mutex);
    s->running = true;
    pthread_mutex_unlock(&s->mutex);
}

void running_end(struct store *store)
{
    struct snapshots *s = &store->snapshots;
    pthread_mutex_lock(&s->mutex);
    s->running = false;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
}

/* Room in the map for what the image may grow by meanwhile: it cannot grow while the copy reads. A map that cannot have it is copied
 * all the same: writers that need more wait for the copy's end. */
static void make_room(struct store *store)
{
    size_t reserve = store->snapshot_growth_max + 2 * IMAGE_GROW_RESERVE;
    struct error ignored;
    if (!image_full(&store->image, reserve))
        return;
    pthread_mutex_lock(&store->turn_mutex);
    pthread_rwlock_wrlock(&store->readers);
    image_grow(&store->image, reserve, &ignored);
    pthread_rwlock_unlock(&store->readers);
    pthread_mutex_unlock(&store->turn_mutex);
}

void copying_begin(struct store *store)
{
    running_begin(store);
    if (!store->read_only)
        make_room(store);
    atomic_store(&store->snapshots.image_at, atomic_load(&store->image.used));
}

void copying_end(struct store *store)
{
    atomic_store(&store->snapshots.image_at, 0);
    running_end(store);
}

int snapshot_in(struct store *store, const char *folder, struct snapshot *ret, struct error *error)
{
    copying_begin(store);
    int result = snapshot_take(store, folder, ret, error);
    copying_end(store);
    return result;
}

int store_snapshot(struct store *store, struct error *error)
{
    struct snapshots *s = &store->snapshots;
    struct snapshot snapshot;
    struct wal_stats log;
    if (store->read_only)
        return fail(error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the store is open for reading only");
    wal_stats(store->wal, &log);
    if (snapshot_in(store, store->snapshot_dir, &snapshot, error) < 0)
        return -1;
    pthread_mutex_lock(&s->mutex);
    s->log_bytes_at = log.bytes;
    if (snapshot.lsn > s->lsn) {
        s->lsn_before = s->lsn;
        s->lsn = snapshot.lsn;
    }
    pthread_mutex_unlock(&s->mutex);
    return snapshot_prune(store, error);
}

/* --- The thread --- */

static void *snapshot_thread(void *env)
{
    struct store *store = env;
    struct snapshots *s = &store->snapshots;
    struct error error;
    pthread_mutex_lock(&s->mutex);
    while (!s->stop) {
        if (!s->wanted) {
            pthread_cond_wait(&s->changed, &s->mutex);
            continue;
        }
        pthread_mutex_unlock(&s->mutex);
        int result = store_snapshot(store, &error);
        if (result < 0 && store->on_trouble != NULL)
            store->on_trouble(store->env, "snapshot", &error);
        pthread_mutex_lock(&s->mutex);
        s->wanted = false;
        s->retry_us = result < 0 ? sys_monotonic_us(store->sys) + RETRY_AFTER_US : 0;
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

int snapshots_start(struct store *store, struct error *error)
{
    struct snapshots *s = &store->snapshots;
    if (pthread_create(&s->thread, NULL, snapshot_thread, store) != 0)
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "cannot start the snapshot thread");
    s->started = true;
    return 0;
}

void snapshots_stop(struct store *store)
{
    struct snapshots *s = &store->snapshots;
    if (!s->started)
        return;
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    s->started = false;
}

void snapshots_consider(struct store *store)
{
    struct snapshots *s = &store->snapshots;
    struct wal_stats log;
    wal_stats(store->wal, &log);
    size_t enough = atomic_load(&store->image.used) / 2;
    if (enough < store->snapshot_log_bytes)
        enough = store->snapshot_log_bytes;
    pthread_mutex_lock(&s->mutex);
    if (log.bytes - s->log_bytes_at > enough && !s->wanted && !s->running && sys_monotonic_us(store->sys) >= s->retry_us) {
        s->wanted = true;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->mutex);
}

void snapshots_slow(struct store *store)
{
    size_t began = atomic_load(&store->snapshots.image_at), now = began == 0 ? 0 : atomic_load(&store->image.used);
    if (began == 0 || now < began + store->snapshot_growth_max)
        return;
    size_t beyond = now - began - store->snapshot_growth_max;
    int64_t us = SLOW_US + (SLOW_US_MAX - SLOW_US) * (int64_t)(beyond >> 10) / (int64_t)((store->snapshot_growth_max >> 10) + 1);
    struct timespec pause = { 0, (us < SLOW_US_MAX ? us : SLOW_US_MAX) * 1000 };
    nanosleep(&pause, NULL);
}
