#include "store/wal.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "store/spare.h"
#include "store/syncer.h"

#define BATCH_BYTES_MAX MIB(8)          /* beyond which a batch is long enough */
#define BATCH_KEEP_MAX  MIB(8)          /* a batch buffer that grew beyond this is given back */

struct wal {
    struct sys *sys;
    char folder[PATH_SIZE];
    uint64_t segment_size;              /* of segments to come */
    size_t record_max;
    struct spare *spare;
    struct syncer *syncer;

    /* The writer thread's own. */
    struct segment segment;             /* that records go to */
    int fd;
    uint64_t offset;                    /* where the next record goes */
    uint64_t written_lsn, written_chain;
    uint64_t marked_lsn;                /* by the newest mark between records; 0: none by this process */
    struct buf batch;                   /* the place of its mark, then its records */
    uint64_t batch_last, batch_chain, batch_strict, batch_records;

    pthread_mutex_t mutex;              /* guards the rest */
    uint64_t files_bytes, bytes, batches, records;
};

uint64_t wal_genesis(const struct uuid *identity)
{
    return hash64(slice_of(identity->bytes, sizeof identity->bytes), 0);
}

/* --- Segments --- */

/* Begins the next segment, behind what is written. The one before, if any, is synced to its end (L3). */
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
    pthread_mutex_lock(&wal->mutex);
    wal->files_bytes += wal->segment.size;
    pthread_mutex_unlock(&wal->mutex);
    return 0;
}

static void next_segment(struct wal *wal)
{
    struct error error;
    syncer_hold(wal->syncer);
    wal->sys->close(wal->sys, wal->fd);
    wal->fd = -1;
    if (start_segment(wal, &error) < 0)
        store_fatal("log", &error);
    syncer_release(wal->syncer, wal->fd, &wal->segment);
}

static int reopen_segment(struct wal *wal, const struct wal_end *end, struct sync_mark *ret_marked, struct error *error)
{
    struct uuid identity = wal->segment.identity;
    wal->fd = segment_open(wal->sys, wal->folder, end->segment_lsn, &identity, &wal->segment, ret_marked, error);
    if (wal->fd < 0)
        return -1;
    wal->offset = end->offset;
    return wal->sys->sync(wal->sys, wal->fd) < 0 ? file_fail(error, "sync the log in", wal->folder) : 0;
}

static int count_files(struct wal *wal, uint64_t snapshot_lsn, uint64_t last_offset, struct error *error)
{
    uint64_t *list = NULL;
    int count = segment_list(wal->sys, wal->folder, &list, error);
    for (int i = 0; i < count; i++)
        if (i + 1 == count || list[i + 1] > snapshot_lsn + 1)
            wal->bytes += i + 1 < count ? wal->segment_size : last_offset;
    free(list);
    wal->files_bytes = count < 0 ? 0 : (uint64_t)count * wal->segment_size;
    return count < 0 ? -1 : 0;
}

/* --- Opening and closing --- */

static int open_all(struct wal *wal, const struct wal_config *config, const struct wal_end *end, struct error *error)
{
    struct sync_mark marked = { 0 };
    if (spare_open(config->sys, wal->folder, config->segment_size, &wal->spare, error) < 0
        || count_files(wal, config->snapshot_lsn, end->offset, error) < 0)
        return -1;
    if ((end->segment_lsn == 0 ? start_segment(wal, error) : reopen_segment(wal, end, &marked, error)) < 0)
        return -1;
    struct syncer_config syncer = {
        .sys = config->sys, .folder = wal->folder, .durable = { end->last_lsn, end->chain }, .marked = marked,
        .fd = wal->fd, .segment = &wal->segment, .on_durable = config->on_durable, .env = config->env,
    };
    return syncer_open(&syncer, &wal->syncer, error);
}

int wal_open(const struct wal_config *config, const struct wal_end *end, struct wal **ret, struct error *error)
{
    struct wal *wal = memory_alloc(sizeof *wal);
    *wal = (struct wal){
        .sys = config->sys, .fd = -1, .segment = { .identity = config->identity }, .segment_size = config->segment_size,
        .record_max = config->segment_size - SEGMENT_HEADER_SIZE - RECORD_HEADER_SIZE,
        .written_lsn = end->last_lsn, .written_chain = end->chain, .batch_chain = end->chain,
    };
    if (wal->record_max > WAL_RECORD_MAX)
        wal->record_max = WAL_RECORD_MAX;
    wal_batch_drop(wal);
    snprintf(wal->folder, sizeof wal->folder, "%s", config->folder);
    pthread_mutex_init(&wal->mutex, NULL);
    if (open_all(wal, config, end, error) < 0) {
        wal_close(wal);
        return -1;
    }
    *ret = wal;
    return 0;
}

void wal_close(struct wal *wal)
{
    if (wal == NULL)
        return;
    syncer_close(wal->syncer);
    spare_close(wal->spare);
    if (wal->fd >= 0)
        wal->sys->close(wal->sys, wal->fd);
    buf_done(&wal->batch);
    pthread_mutex_destroy(&wal->mutex);
    free(wal);
}

/* --- The writer --- */

/* Whether the batch, with its mark, passes the end of the segment. */
static bool passes_end(const struct wal *wal)
{
    return ((wal->batch.size + 7) & ~(size_t)7) > wal->segment.size - wal->offset;
}

int wal_append(struct wal *wal, const struct transaction_info *info, const struct change *changes, int count,
               uint64_t *ret_lsn, struct error *error)
{
    size_t start = record_begin(&wal->batch);
    record_payload(&wal->batch, info, changes, count);
    size_t payload = wal->batch.size - start - RECORD_HEADER_SIZE;
    int result = 0;
    if (payload > wal->record_max)
        result = fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "transaction of %zu bytes exceeds the maximum of %zu",
                      payload, wal->record_max);
    else if (passes_end(wal))
        result = spare_ready(wal->spare, error);
    if (result < 0) {
        wal->batch.size = start;
        return -1;
    }
    uint64_t lsn = (wal->batch_last != 0 ? wal->batch_last : wal->written_lsn) + 1;
    struct record record = { .kind = RECORD_TRANSACTION, .flags = record_flags(changes, count), .lsn = lsn, .time_us = info->now_us };
    wal->batch_chain = record_finish(&wal->batch, start, wal->batch_chain, &record);
    wal->batch_last = lsn;
    wal->batch_records++;
    if (!info->relaxed)
        wal->batch_strict = lsn;
    *ret_lsn = lsn;
    return 0;
}

static size_t batch_bytes(const struct wal *wal) { return wal->batch.size - SYNC_MARK_SIZE; }
bool wal_batch_full(const struct wal *wal) { return wal->batch_last != 0 && (batch_bytes(wal) >= BATCH_BYTES_MAX || passes_end(wal)); }
uint64_t wal_batch_last(const struct wal *wal) { return wal->batch_last; }
uint64_t wal_batch_chain(const struct wal *wal) { return wal->batch_chain; }
uint64_t wal_batch_strict(const struct wal *wal) { return wal->batch_strict; }

void wal_batch_drop(struct wal *wal)
{
    if (wal->batch.capacity > BATCH_KEEP_MAX)
        buf_done(&wal->batch);
    buf_clear(&wal->batch);
    memset(buf_reserve(&wal->batch, SYNC_MARK_SIZE), 0, SYNC_MARK_SIZE);
    wal->batch.size = SYNC_MARK_SIZE;
    wal->batch_last = wal->batch_strict = wal->batch_records = 0;
    wal->batch_chain = wal->written_chain;
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

/* The mark before the batch's first record; returns its size, 0 when it would say nothing new of this segment. */
static size_t put_mark(struct wal *wal)
{
    struct sync_mark mark = syncer_durable_mark(wal->syncer);
    if (mark.lsn < wal->segment.first_lsn || mark.lsn == wal->marked_lsn)
        return 0;
    sync_mark_put(wal->batch.data, &mark, wal->segment.checksum);
    wal->marked_lsn = mark.lsn;
    return SYNC_MARK_SIZE;
}

/* Writes the records at `at`, as many as fit, behind `mark` bytes of a mark. Returns the size of the records. */
static size_t write_fitting(struct wal *wal, size_t at, size_t mark)
{
    size_t room = wal->segment.size - wal->offset;
    uint64_t lsn, chain;
    size_t size = room <= mark ? 0 : records_fitting(wal, at, room - mark, &lsn, &chain);
    if (size == 0)
        return 0;
    if (file_write(wal->sys, wal->fd, wal->batch.data + at - mark, mark + size, (off_t)wal->offset) < 0) {
        struct error error;
        file_fail(&error, "write the log in", wal->folder);
        store_fatal("log", &error);
    }
    wal->offset += mark + size;
    wal->written_lsn = lsn;
    wal->written_chain = chain;
    return size;
}

void wal_batch_write(struct wal *wal)
{
    size_t at = SYNC_MARK_SIZE, size;
    for (size_t mark = put_mark(wal); at < wal->batch.size; mark = 0, at += size) {
        size = write_fitting(wal, at, mark);
        if (size == 0)
            next_segment(wal);
    }
}

void wal_batch_publish(struct wal *wal)
{
    struct sync_mark written = { wal->written_lsn, wal->written_chain };
    syncer_publish(wal->syncer, &written, wal->batch_strict);
    pthread_mutex_lock(&wal->mutex);
    wal->batches++;
    wal->bytes += batch_bytes(wal);
    wal->records += wal->batch_records;
    pthread_mutex_unlock(&wal->mutex);
    wal_batch_drop(wal);
}

/* --- Any thread --- */

uint64_t wal_durable(const struct wal *wal) { return syncer_durable(wal->syncer); }
void wal_wait(struct wal *wal, uint64_t lsn) { syncer_wait(wal->syncer, lsn); }

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
    wal->files_bytes -= (uint64_t)removed * wal->segment_size;
    pthread_mutex_unlock(&wal->mutex);
    return result;
}

void wal_stats(struct wal *wal, struct wal_stats *ret)
{
    pthread_mutex_lock(&wal->mutex);
    *ret = (struct wal_stats){ .bytes = wal->bytes, .files_bytes = wal->files_bytes, .batches = wal->batches, .records = wal->records };
    pthread_mutex_unlock(&wal->mutex);
    syncer_stats(wal->syncer, &ret->syncs, &ret->sync_us_total);
}
