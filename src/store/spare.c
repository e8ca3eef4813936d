#include "store/spare.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"

#define SPARE_RETRY_MS 1000

enum spare_state { SPARE_WANTED, SPARE_READY, SPARE_FAILED };

struct spare {
    struct sys *sys;
    const char *folder;
    uint64_t size;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum spare_state state;
    bool again;                     /* in SPARE_FAILED: another try is asked for */
    int64_t failed_us;              /* monotonic: when the last try ended */
    atomic_bool stop;               /* set under the mutex, read by a fill in progress */
    struct error error;             /* of SPARE_FAILED */
};

static void *spare_thread(void *env)
{
    struct spare *spare = env;
    pthread_mutex_lock(&spare->mutex);
    while (!spare->stop) {
        if (spare->state == SPARE_READY || (spare->state == SPARE_FAILED && !spare->again)) {
            pthread_cond_wait(&spare->changed, &spare->mutex);
            continue;
        }
        pthread_mutex_unlock(&spare->mutex);
        struct error error;
        int result = segment_prepare(spare->sys, spare->folder, spare->size, &spare->stop, &error);
        pthread_mutex_lock(&spare->mutex);
        spare->state = result < 0 ? SPARE_FAILED : SPARE_READY;
        spare->again = false;
        spare->failed_us = sys_monotonic_us(spare->sys);
        if (result < 0)
            spare->error = error;
        pthread_cond_broadcast(&spare->changed);
    }
    pthread_mutex_unlock(&spare->mutex);
    return NULL;
}

int spare_open(struct sys *sys, const char *folder, uint64_t size, struct spare **ret, struct error *error)
{
    struct spare *spare = memory_alloc(sizeof *spare);
    *spare = (struct spare){ .sys = sys, .folder = folder, .size = size, .state = SPARE_WANTED };
    pthread_mutex_init(&spare->mutex, NULL);
    pthread_cond_init(&spare->changed, NULL);
    if (pthread_create(&spare->thread, NULL, spare_thread, spare) != 0) {
        free(spare);
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "cannot start the thread that prepares log segments");
    }
    *ret = spare;
    return 0;
}

void spare_close(struct spare *spare)
{
    if (spare == NULL)
        return;
    pthread_mutex_lock(&spare->mutex);
    atomic_store(&spare->stop, true);
    pthread_cond_broadcast(&spare->changed);
    pthread_mutex_unlock(&spare->mutex);
    pthread_join(spare->thread, NULL);
    pthread_cond_destroy(&spare->changed);
    pthread_mutex_destroy(&spare->mutex);
    free(spare);
}

int spare_ready(struct spare *spare, struct error *error)
{
    int result = 0;
    pthread_mutex_lock(&spare->mutex);
    while (spare->state == SPARE_WANTED)
        pthread_cond_wait(&spare->changed, &spare->mutex);
    if (spare->state == SPARE_FAILED) {
        *error = spare->error;
        fail_within(error, "the log cannot grow");
        result = fail_hint(error, "free some room where the data directory lies; reads go on, and writes again soon after");
        spare->again |= sys_monotonic_us(spare->sys) - spare->failed_us >= SPARE_RETRY_MS * 1000;
        pthread_cond_broadcast(&spare->changed);
    }
    pthread_mutex_unlock(&spare->mutex);
    return result;
}

int spare_take(struct spare *spare, struct error *error)
{
    pthread_mutex_lock(&spare->mutex);
    while (spare->state == SPARE_WANTED || spare->again)
        pthread_cond_wait(&spare->changed, &spare->mutex);
    enum spare_state state = spare->state;
    pthread_mutex_unlock(&spare->mutex);
    return state == SPARE_READY ? 0 : segment_prepare(spare->sys, spare->folder, spare->size, NULL, error);
}

void spare_taken(struct spare *spare)
{
    pthread_mutex_lock(&spare->mutex);
    spare->state = SPARE_WANTED;
    pthread_cond_broadcast(&spare->changed);
    pthread_mutex_unlock(&spare->mutex);
}
