#include "store/wal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/memory.h"
#include "store/spare.h"

#define IDLE_MARK_AFTER_MS 1000
#define BATCH_KEEP_MAX     MIB(8)       /* a batch buffer that grew beyond this is given back */

struct wal {
    struct sys *sys;
    char folder[PATH_SIZE];
    uint64_t segment_size;              /* of segments to come */
    size_t record_max;
    void (*on_durable)(void *env, uint64_t lsn);
    void *env;
    struct spare *spare;

    /* The writer thread's own. */
    struct segment segment;             /* that records go to */
    uint64_t offset;                    /* where the next record goes */
    uint64_t written_lsn, written_chain;
    struct buf batch;
    uint64_t batch_last, batch_chain, batch_strict;
    uint64_t batch_records;
    uint64_t files_bytes;

    /* Shared with the log thread. */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t work, durable_moved;
    int fd;                             /* of `segment`; replaced only while not `syncing` */
    bool syncing, stop;
    uint64_t published;                 /* to be synced up to here */
    uint64_t wanted;                    /* at once up to here; beyond it RELAXED_SYNC_MS_MAX may pass */
    int64_t relaxed_since_us;           /* when the oldest record beyond `wanted` was published */
    uint64_t marked;                    /* LSN of the last idle mark */
    _Atomic uint64_t durable;
    struct wal_stats stats;
};

uint64_t wal_genesis(const struct uuid *identity)
{
    return hash64(slice_of(identity->bytes, sizeof identity->bytes), 0);
}

/* --- The log thread --- */

static void sync_or_stop(struct wal *wal)
{
    struct error error;
    if (wal->sys->datasync(wal->sys, wal->fd) < 0) {
        file_fail(&error, "sync the log in", wal->folder);
        store_fatal("log", &error);
    }
}

static void log_thread_sync(struct wal *wal)
{
    uint64_t target = wal->published;
    wal->syncing = true;
    pthread_mutex_unlock(&wal->mutex);
    int64_t start_us = sys_monotonic_us(wal->sys);
    sync_or_stop(wal);
    int64_t took_us = sys_monotonic_us(wal->sys) - start_us;
    atomic_store(&wal->durable, target);
    if (wal->on_durable != NULL)
        wal->on_durable(wal->env, target);
    pthread_mutex_lock(&wal->mutex);
    wal->syncing = false;
    wal->stats.syncs++;
    wal->stats.sync_us_total += took_us;
    pthread_cond_broadcast(&wal->durable_moved);
}

/* Vouches for the last records (G3). A failure is no loss: nothing was promised. */
static void log_thread_mark(struct wal *wal)
{
    uint64_t lsn = wal->marked = atomic_load(&wal->durable);
    wal->syncing = true;
    pthread_mutex_unlock(&wal->mutex);
    if (segment_mark_write(wal->sys, wal->fd, &wal->segment, lsn) < 0) {
        struct error error;
        file_fail(&error, "sync the log in", wal->folder);
        store_fatal("log", &error);
    }
    pthread_mutex_lock(&wal->mutex);
    wal->syncing = false;
    pthread_cond_broadcast(&wal->durable_moved);
}

/* Waits for work for at most so long; false when the time passed. */
static bool log_thread_wait(struct wal *wal, int64_t us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    us += until.tv_nsec / 1000;
    until.tv_sec += us / 1000000;
    until.tv_nsec = us % 1000000 * 1000;
    return pthread_cond_timedwait(&wal->work, &wal->mutex, &until) != ETIMEDOUT;
}

static void *log_thread(void *env)
{
    struct wal *wal = env;
    pthread_mutex_lock(&wal->mutex);
    for (;;) {
        uint64_t durable = atomic_load(&wal->durable);
        if (wal->published > durable) {
            int64_t wait_us = wal->wanted > durable || wal->stop ? 0
                            : wal->relaxed_since_us + RELAXED_SYNC_MS_MAX * 1000 - sys_monotonic_us(wal->sys);
            if (wait_us <= 0 || !log_thread_wait(wal, wait_us))
                log_thread_sync(wal);
        } else if (wal->stop) {
            if (wal->marked < durable)
                log_thread_mark(wal);
            break;
        } else if (wal->marked < durable) {
            if (!log_thread_wait(wal, IDLE_MARK_AFTER_MS * 1000))
                log_thread_mark(wal);
        } else {
            pthread_cond_wait(&wal->work, &wal->mutex);
        }
    }
    pthread_mutex_unlock(&wal->mutex);
    return NULL;
}

/* --- Segments --- */

/* Begins the next segment, behind what is written. The one before is synced and closed already. */
static int start_segment(struct wal *wal, struct error *error)
{
    if (spare_take(wal->spare, error) < 0)
        return -1;
    wal->segment.size = wal->segment_size;
    wal->segment.first_lsn = wal->written_lsn + 1;
    wal->segment.seed = wal->written_chain;
    wal->segment.created_us = sys_now_us(wal->sys);
    int fd = segment_start(wal->sys, wal->folder, &wal->segment, error);
    if (fd < 0)
        return -1;
    spare_taken(wal->spare);
    wal->fd = fd;
    wal->offset = SEGMENT_HEADER_SIZE;
    wal->files_bytes += wal->segment.size;
    return 0;
}

/* (L3): the old segment is synced before the new one gets its name. */
static void next_segment(struct wal *wal)
{
    struct error error;
    pthread_mutex_lock(&wal->mutex);
    while (wal->syncing)
        pthread_cond_wait(&wal->durable_moved, &wal->mutex);
    sync_or_stop(wal);
    wal->sys->close(wal->sys, wal->fd);
    if (start_segment(wal, &error) < 0)
        store_fatal("log", &error);
    pthread_mutex_unlock(&wal->mutex);
}

static int reopen_segment(struct wal *wal, const struct wal_end *end, struct error *error)
{
    char name[SEGMENT_NAME_SIZE], path[PATH_SIZE];
    struct buf bytes = { 0 };
    if (segment_load(wal->sys, wal->folder, end->segment_lsn, &wal->segment.identity, &bytes, &wal->segment, error) < 0) {
        buf_done(&bytes);
        return -1;
    }
    wal->marked = segment_mark(&wal->segment, buf_slice(&bytes));
    buf_done(&bytes);
    segment_name(end->segment_lsn, name);
    if (path_join(path, wal->folder, name, error) < 0)
        return -1;
    wal->fd = wal->sys->open(wal->sys, path, O_RDWR, 0);
    if (wal->fd < 0)
        return file_fail(error, "open", path);
    wal->offset = end->offset;
    return wal->sys->sync(wal->sys, wal->fd) < 0 ? file_fail(error, "sync", path) : 0;
}

/* --- Opening and closing --- */

static void wal_free(struct wal *wal)
{
    spare_close(wal->spare);
    if (wal->fd >= 0)
        wal->sys->close(wal->sys, wal->fd);
    buf_done(&wal->batch);
    pthread_cond_destroy(&wal->work);
    pthread_cond_destroy(&wal->durable_moved);
    pthread_mutex_destroy(&wal->mutex);
    free(wal);
}

static void locks_init(struct wal *wal)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&wal->mutex, NULL);
    pthread_cond_init(&wal->work, &monotonic);
    pthread_cond_init(&wal->durable_moved, NULL);
    pthread_condattr_destroy(&monotonic);
}

static int count_files(struct wal *wal, uint64_t snapshot_lsn, uint64_t last_offset, struct error *error)
{
    uint64_t *list = NULL;
    int count = segment_list(wal->sys, wal->folder, &list, error);
    for (int i = 0; i < count; i++)
        if (i + 1 == count || list[i + 1] > snapshot_lsn + 1)
            wal->stats.bytes += i + 1 < count ? wal->segment_size : last_offset;
    free(list);
    wal->files_bytes = count < 0 ? 0 : (uint64_t)count * wal->segment_size;
    return count < 0 ? -1 : 0;
}

int wal_open(const struct wal_config *config, const struct wal_end *end, struct wal **ret, struct error *error)
{
    struct wal *wal = memory_alloc(sizeof *wal);
    *wal = (struct wal){
        .sys = config->sys, .on_durable = config->on_durable, .env = config->env, .fd = -1,
        .segment = { .identity = config->identity }, .segment_size = config->segment_size,
        .record_max = config->segment_size - SEGMENT_HEADER_SIZE - RECORD_HEADER_SIZE,
        .written_lsn = end->last_lsn, .written_chain = end->chain,
        .batch_chain = end->chain, .published = end->last_lsn, .wanted = end->last_lsn,
    };
    snprintf(wal->folder, sizeof wal->folder, "%s", config->folder);
    locks_init(wal);
    atomic_init(&wal->durable, end->last_lsn);
    int result = spare_open(config->sys, wal->folder, config->segment_size, &wal->spare, error);
    if (wal->record_max > WAL_RECORD_MAX)
        wal->record_max = WAL_RECORD_MAX;
    if (result == 0)
        result = count_files(wal, config->snapshot_lsn, end->offset, error);
    if (result == 0)
        result = end->segment_lsn == 0 ? start_segment(wal, error) : reopen_segment(wal, end, error);
    if (result == 0 && pthread_create(&wal->thread, NULL, log_thread, wal) != 0)
        result = fail(error, SQLSTATE_OUT_OF_MEMORY, "cannot start the log thread");
    if (result < 0) {
        wal_free(wal);
        return -1;
    }
    *ret = wal;
    return 0;
}

void wal_close(struct wal *wal)
{
    if (wal == NULL)
        return;
    pthread_mutex_lock(&wal->mutex);
    wal->stop = true;
    pthread_cond_signal(&wal->work);
    pthread_mutex_unlock(&wal->mutex);
    pthread_join(wal->thread, NULL);
    wal_free(wal);
}

/* --- The writer --- */

int wal_ready(struct wal *wal, struct error *error)
{
    bool ready;
    if (wal->segment.size - wal->offset > wal->record_max)
        return 0;
    return spare_ready(wal->spare, &ready, error);
}

int wal_append(struct wal *wal, const struct transaction_info *info, const struct change *changes, int count,
               uint64_t *ret_lsn, struct error *error)
{
    size_t start = record_begin(&wal->batch);
    record_payload(&wal->batch, info, changes, count);
    size_t payload = wal->batch.size - start - RECORD_HEADER_SIZE;
    if (payload > wal->record_max) {
        wal->batch.size = start;
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "transaction of %zu bytes exceeds the maximum of %zu",
                    payload, wal->record_max);
    }
    uint64_t lsn = (wal->batch_last != 0 ? wal->batch_last : wal->written_lsn) + 1;
    wal->batch_chain = record_seal(&wal->batch, start, wal->batch_chain, lsn, info->now_us, atomic_load(&wal->durable));
    wal->batch_last = lsn;
    wal->batch_records++;
    if (!info->relaxed)
        wal->batch_strict = lsn;
    *ret_lsn = lsn;
    return 0;
}

size_t wal_batch_bytes(const struct wal *wal) { return wal->batch.size; }
uint64_t wal_batch_last(const struct wal *wal) { return wal->batch_last; }
uint64_t wal_batch_chain(const struct wal *wal) { return wal->batch_chain; }
uint64_t wal_batch_strict(const struct wal *wal) { return wal->batch_strict; }

void wal_batch_drop(struct wal *wal)
{
    if (wal->batch.capacity > BATCH_KEEP_MAX)
        buf_done(&wal->batch);
    buf_clear(&wal->batch);
    wal->batch_last = wal->batch_strict = 0;
    wal->batch_chain = wal->written_chain;
    wal->batch_records = 0;
}

/* How many of the batch's bytes from `at` on are whole records that fit into `room`; the last one's LSN and checksum. */
static size_t records_fitting(const struct wal *wal, size_t at, size_t room, uint64_t *lsn, uint64_t *chain)
{
    struct record record;
    size_t fitting = 0;
    while (at + fitting < wal->batch.size) {
        bool whole = record_plausible(buf_slice(&wal->batch), at + fitting, &record);
        assert(whole);
        if (record.size > room - fitting)
            break;
        fitting += record.size;
        *lsn = record.lsn;
        *chain = record.checksum;
    }
    return fitting;
}

void wal_batch_write(struct wal *wal)
{
    size_t at = 0;
    while (at < wal->batch.size) {
        size_t room = wal->segment.size - wal->offset, size = wal->batch.size - at;
        uint64_t lsn = wal->batch_last, chain = wal->batch_chain;
        if (size > room)
            size = records_fitting(wal, at, room, &lsn, &chain);
        if (size == 0) {
            next_segment(wal);
            continue;
        }
        if (file_write(wal->sys, wal->fd, wal->batch.data + at, size, (off_t)wal->offset) < 0) {
            struct error error;
            file_fail(&error, "write the log in", wal->folder);
            store_fatal("log", &error);
        }
        at += size;
        wal->offset += size;
        wal->written_lsn = lsn;
        wal->written_chain = chain;
    }
}

void wal_batch_publish(struct wal *wal)
{
    pthread_mutex_lock(&wal->mutex);
    if (wal->published <= wal->wanted || wal->published <= atomic_load(&wal->durable))
        wal->relaxed_since_us = sys_monotonic_us(wal->sys);
    if (wal->batch_strict > wal->wanted)
        wal->wanted = wal->batch_strict;
    wal->published = wal->written_lsn;
    wal->stats.batches++;
    wal->stats.bytes += wal->batch.size;
    wal->stats.records += wal->batch_records;
    pthread_cond_signal(&wal->work);
    pthread_mutex_unlock(&wal->mutex);
    wal_batch_drop(wal);
}

/* --- Any thread --- */

uint64_t wal_durable(const struct wal *wal)
{
    return atomic_load(&wal->durable);
}

void wal_wait(struct wal *wal, uint64_t lsn)
{
    pthread_mutex_lock(&wal->mutex);
    assert(lsn <= wal->published);
    if (lsn > wal->wanted)
        wal->wanted = lsn;
    pthread_cond_signal(&wal->work);
    while (atomic_load(&wal->durable) < lsn)
        pthread_cond_wait(&wal->durable_moved, &wal->mutex);
    pthread_mutex_unlock(&wal->mutex);
}

int wal_trim(struct wal *wal, uint64_t lsn, struct error *error)
{
    uint64_t *list = NULL;
    int count = segment_list(wal->sys, wal->folder, &list, error), result = count < 0 ? -1 : 0, removed = 0;
    for (; result == 0 && removed + 1 < count && list[removed + 1] <= lsn + 1; removed++)
        result = segment_remove(wal->sys, wal->folder, list[removed], error);
    if (result == 0 && removed > 0)
        result = folder_sync(wal->sys, wal->folder, error);
    free(list);
    pthread_mutex_lock(&wal->mutex);
    wal->files_bytes = count < 0 ? wal->files_bytes : (uint64_t)(count - removed) * wal->segment_size;
    pthread_mutex_unlock(&wal->mutex);
    return result;
}

void wal_stats(struct wal *wal, struct wal_stats *ret)
{
    pthread_mutex_lock(&wal->mutex);
    *ret = wal->stats;
    ret->files_bytes = wal->files_bytes;
    pthread_mutex_unlock(&wal->mutex);
}
