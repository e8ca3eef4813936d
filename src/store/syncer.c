#include "store/syncer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "store/store.h"

#define IDLE_MARK_AFTER_MS 1000

struct syncer {
    struct sys *sys;
    const char *folder;
    void (*on_durable)(void *env, uint64_t lsn);
    void *env;
    pthread_t thread;
    _Atomic uint64_t durable;

    pthread_mutex_t mutex;              /* guards the rest */
    pthread_cond_t work, idle;          /* something to sync; not `busy` any more, or durable moved */
    int fd;
    struct segment segment;
    bool busy, stop;                    /* busy: the thread is at the file, without the mutex */
    struct sync_mark written;           /* to be synced up to here */
    struct sync_mark synced;            /* `durable` with its checksum */
    uint64_t wanted;                    /* at once up to here */
    int64_t relaxed_since_us;           /* monotonic: when the oldest record beyond `wanted` was published */
    struct sync_mark marked;            /* the idle mark */
    uint64_t syncs;
    int64_t us_total;
};

static void stop_over(const struct syncer *syncer, const char *verb)
{
    struct error error;
    file_fail(&error, verb, syncer->folder);
    store_fatal("log", &error);
}

/* --- The thread; each step is entered and left with the mutex held --- */

static void leave_file(struct syncer *syncer)
{
    pthread_mutex_lock(&syncer->mutex);
    syncer->busy = false;
    pthread_cond_broadcast(&syncer->idle);
}

static void sync_written(struct syncer *syncer)
{
    struct sync_mark target = syncer->written;
    syncer->busy = true;
    pthread_mutex_unlock(&syncer->mutex);
    int64_t start_us = sys_monotonic_us(syncer->sys);
    if (syncer->sys->datasync(syncer->sys, syncer->fd) < 0)
        stop_over(syncer, "sync the log in");
    int64_t took_us = sys_monotonic_us(syncer->sys) - start_us;
    atomic_store(&syncer->durable, target.lsn);
    if (syncer->on_durable != NULL)
        syncer->on_durable(syncer->env, target.lsn);
    leave_file(syncer);
    syncer->synced = target;
    syncer->syncs++;
    syncer->us_total += took_us;
}

static void leave_mark(struct syncer *syncer)
{
    syncer->marked = syncer->synced;
    syncer->busy = true;
    pthread_mutex_unlock(&syncer->mutex);
    if (segment_idle_mark_write(syncer->sys, syncer->fd, &syncer->segment, &syncer->marked) < 0)
        stop_over(syncer, "mark the log in");
    leave_file(syncer);
}

/* Whether the segment has a durable record that the idle mark does not vouch for. */
static bool mark_is_due(const struct syncer *syncer)
{
    return syncer->synced.lsn >= syncer->segment.first_lsn
        && (syncer->marked.lsn != syncer->synced.lsn || syncer->marked.chain != syncer->synced.chain);
}

/* Waits for work for at most so long; false when the time passed. */
static bool wait_for_work(struct syncer *syncer, int64_t us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    us += until.tv_nsec / 1000;
    until.tv_sec += us / 1000000;
    until.tv_nsec = us % 1000000 * 1000;
    return pthread_cond_timedwait(&syncer->work, &syncer->mutex, &until) != ETIMEDOUT;
}

/* How long what is written may still wait: nothing when somebody waits for it. */
static int64_t patience_us(struct syncer *syncer)
{
    if (syncer->wanted > atomic_load(&syncer->durable) || syncer->stop)
        return 0;
    return syncer->relaxed_since_us + RELAXED_SYNC_MS_MAX * 1000 - sys_monotonic_us(syncer->sys);
}

static void *log_thread(void *env)
{
    struct syncer *syncer = env;
    pthread_mutex_lock(&syncer->mutex);
    for (;;) {
        if (syncer->written.lsn > syncer->synced.lsn) {
            int64_t wait_us = patience_us(syncer);
            if (wait_us <= 0 || !wait_for_work(syncer, wait_us))
                sync_written(syncer);
        } else if (mark_is_due(syncer)) {
            if (syncer->stop || !wait_for_work(syncer, IDLE_MARK_AFTER_MS * 1000))
                leave_mark(syncer);
        } else if (syncer->stop) {
            break;
        } else {
            pthread_cond_wait(&syncer->work, &syncer->mutex);
        }
    }
    pthread_mutex_unlock(&syncer->mutex);
    return NULL;
}

/* --- Opening and closing --- */

static void syncer_free(struct syncer *syncer)
{
    pthread_cond_destroy(&syncer->work);
    pthread_cond_destroy(&syncer->idle);
    pthread_mutex_destroy(&syncer->mutex);
    free(syncer);
}

int syncer_open(const struct syncer_config *config, struct syncer **ret, struct error *error)
{
    struct syncer *syncer = memory_alloc(sizeof *syncer);
    pthread_condattr_t monotonic;
    *syncer = (struct syncer){
        .sys = config->sys, .folder = config->folder, .on_durable = config->on_durable, .env = config->env,
        .fd = config->fd, .segment = *config->segment, .marked = config->marked,
        .written = config->durable, .synced = config->durable, .wanted = config->durable.lsn,
    };
    atomic_init(&syncer->durable, config->durable.lsn);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&syncer->mutex, NULL);
    pthread_cond_init(&syncer->work, &monotonic);
    pthread_cond_init(&syncer->idle, NULL);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&syncer->thread, NULL, log_thread, syncer) != 0) {
        syncer_free(syncer);
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "cannot start the log thread");
    }
    *ret = syncer;
    return 0;
}

void syncer_close(struct syncer *syncer)
{
    if (syncer == NULL)
        return;
    pthread_mutex_lock(&syncer->mutex);
    syncer->stop = true;
    pthread_cond_signal(&syncer->work);
    pthread_mutex_unlock(&syncer->mutex);
    pthread_join(syncer->thread, NULL);
    syncer_free(syncer);
}

/* --- The writer --- */

void syncer_publish(struct syncer *syncer, const struct sync_mark *written, uint64_t strict)
{
    pthread_mutex_lock(&syncer->mutex);
    assert(written->lsn >= syncer->written.lsn);
    if (syncer->written.lsn <= syncer->wanted || syncer->written.lsn <= atomic_load(&syncer->durable))
        syncer->relaxed_since_us = sys_monotonic_us(syncer->sys);
    if (strict > syncer->wanted)
        syncer->wanted = strict;
    syncer->written = *written;
    pthread_cond_signal(&syncer->work);
    pthread_mutex_unlock(&syncer->mutex);
}

struct sync_mark syncer_durable_mark(struct syncer *syncer)
{
    pthread_mutex_lock(&syncer->mutex);
    struct sync_mark synced = syncer->synced;
    pthread_mutex_unlock(&syncer->mutex);
    return synced;
}

void syncer_hold(struct syncer *syncer)
{
    pthread_mutex_lock(&syncer->mutex);
    while (syncer->busy)
        pthread_cond_wait(&syncer->idle, &syncer->mutex);
    if (syncer->sys->datasync(syncer->sys, syncer->fd) < 0)
        stop_over(syncer, "sync the log in");
}

void syncer_release(struct syncer *syncer, int fd, const struct segment *segment)
{
    syncer->fd = fd;
    syncer->segment = *segment;
    pthread_mutex_unlock(&syncer->mutex);
}

/* --- Any thread --- */

uint64_t syncer_durable(const struct syncer *syncer)
{
    return atomic_load(&syncer->durable);
}

void syncer_wait(struct syncer *syncer, uint64_t lsn)
{
    pthread_mutex_lock(&syncer->mutex);
    if (lsn > syncer->wanted)               /* perhaps it is not published yet: committed comes before written */
        syncer->wanted = lsn;
    pthread_cond_signal(&syncer->work);
    while (syncer->synced.lsn < lsn)
        pthread_cond_wait(&syncer->idle, &syncer->mutex);
    pthread_mutex_unlock(&syncer->mutex);
}

void syncer_stats(struct syncer *syncer, uint64_t *ret_syncs, int64_t *ret_us_total)
{
    pthread_mutex_lock(&syncer->mutex);
    *ret_syncs = syncer->syncs;
    *ret_us_total = syncer->us_total;
    pthread_mutex_unlock(&syncer->mutex);
}
