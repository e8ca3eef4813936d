#include "store/log_walk.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>

#define WHAT_TO_DO "restore the file, or save what is left into a new directory with \"rowhouse salvage\""

static int load(struct log_walk *walk, int at, struct error *error)
{
    walk->at = at;
    if (segment_load(walk->sys, walk->folder, walk->segments[at], &walk->identity, &walk->bytes, &walk->segment, error) < 0)
        return error->state == SQLSTATE_DATA_CORRUPTED ? fail_hint(error, WHAT_TO_DO) : -1;
    walk->offset = SEGMENT_HEADER_SIZE;
    return 0;
}

static struct slice bytes_of(const struct log_walk *walk)
{
    return buf_slice(&walk->bytes);
}

static size_t offset_of(const struct log_walk *walk, const struct record *record)
{
    return (size_t)(record->payload.data - walk->bytes.data) - RECORD_HEADER_SIZE;
}

/* Before the first record of the segment that is loaded. */
static void to_head(struct log_walk *walk)
{
    walk->offset = SEGMENT_HEADER_SIZE;
    walk->lsn = walk->segment.first_lsn - 1;
    walk->chain = walk->segment.seed;
}

/* The good record with that LSN and seed which lies at `at`, or there behind a mark's place. */
static bool good_at(const struct log_walk *walk, size_t at, uint64_t lsn, uint64_t seed, struct record *ret)
{
    for (size_t skip = 0; skip <= SYNC_MARK_SIZE; skip += SYNC_MARK_SIZE)
        if (record_plausible(bytes_of(walk), at + skip, ret) && ret->lsn == lsn && record_good(ret, seed))
            return true;
    return false;
}

/* The next good record, if there is one. */
static bool peek(const struct log_walk *walk, struct record *ret)
{
    return good_at(walk, walk->offset, walk->lsn + 1, walk->chain, ret);
}

static void pass(struct log_walk *walk, const struct record *record)
{
    walk->offset = offset_of(walk, record) + record->size;
    walk->lsn = record->lsn;
    walk->chain = record->checksum;
}

/* --- The end --- */

/* Behind the last byte that is not zero; a block at a time, for a segment is mostly zeros. */
static size_t used_end(const struct log_walk *walk)
{
    static const uint8_t zeros[KIB(16)];
    size_t end = walk->bytes.size;
    while (end >= walk->offset + sizeof zeros && memcmp(walk->bytes.data + end - sizeof zeros, zeros, sizeof zeros) == 0)
        end -= sizeof zeros;
    while (end > walk->offset && walk->bytes.data[end - 1] == 0)
        end--;
    return end > walk->offset ? end : walk->offset;
}

static bool ends_cleanly(const struct log_walk *walk)
{
    return used_end(walk) == walk->offset && walk->bytes.size == walk->segment.size;
}

/* Whether a record at `at`, behind the end, is followed by a sound one: its header vouches for its successor by its checksum
 * field. */
static bool sound_behind(const struct log_walk *walk, size_t at, struct record *ret)
{
    struct record before;
    return record_plausible(bytes_of(walk), at, &before) && before.lsn > walk->lsn
        && good_at(walk, at + before.size, before.lsn + 1, before.checksum, ret);
}

static void count_behind(struct log_walk *walk)
{
    struct record record;
    size_t end = used_end(walk);
    for (size_t at = walk->offset; at + RECORD_HEADER_SIZE <= end; at += 8) {
        if (!sound_behind(walk, at, &record))
            continue;
        walk->lost_records++;
        walk->lost_lsn = record.lsn > walk->lost_lsn ? record.lsn : walk->lost_lsn;
    }
}

/* (R4) Whether the chain behind the end has another checksum at the mark's LSN. */
static bool contradicted(const struct log_walk *walk, const struct sync_mark *mark)
{
    struct record record;
    size_t end = used_end(walk);
    for (size_t at = walk->offset; at + RECORD_HEADER_SIZE <= end; at += 8)
        if (sound_behind(walk, at, &record) && record.lsn == mark->lsn)
            return record.checksum != mark->chain;
    return false;
}

/* Whether the mark says that the record behind the end was durable. */
static bool vouches(const struct log_walk *walk, const struct sync_mark *mark)
{
    return mark->lsn > walk->lsn && !contradicted(walk, mark);
}

/* (T3) */
static bool mark_behind_vouches(const struct log_walk *walk)
{
    struct sync_mark mark;
    size_t end = used_end(walk);
    for (size_t at = walk->offset; at < end; at += 8)
        if (sync_mark_read(bytes_of(walk), at, walk->segment.checksum, &mark) && vouches(walk, &mark))
            return true;
    return false;
}

/* (T4) */
static bool idle_mark_vouches(const struct log_walk *walk)
{
    struct sync_mark mark = segment_idle_mark(&walk->segment, bytes_of(walk));
    return vouches(walk, &mark);
}

/* Where the bad record should be: a sound mark before it is not what is bad. */
static size_t bad_offset(const struct log_walk *walk)
{
    struct sync_mark mark;
    return walk->offset + (sync_mark_read(bytes_of(walk), walk->offset, walk->segment.checksum, &mark) ? SYNC_MARK_SIZE : 0);
}

static int damaged(const struct log_walk *walk, struct error *error, const char *witness)
{
    char name[SEGMENT_NAME_SIZE];
    segment_name(walk->segments[walk->at], name);
    fail(error, SQLSTATE_DATA_CORRUPTED, "the log is damaged: \"%.300s/%s\" at offset %zu: no sound record with LSN %" PRIu64
         ", which was durable by %s", walk->folder, name, bad_offset(walk), walk->lsn + 1, witness);
    if (witness == walk->witness)
        return fail_hint(error, "restore the file, or save what is left with \"rowhouse salvage\"; if the log is an older "
                         "one on purpose, remove newer snapshots and start once with rebuild_image = yes");
    return fail_hint(error, WHAT_TO_DO);
}

/* The last segment has no good record at the offset: 0 torn or clean, -1 damaged. */
static int judge_end(struct log_walk *walk, struct error *error)
{
    count_behind(walk);
    if (walk->witness_lsn > walk->lsn)
        return damaged(walk, error, walk->witness);
    if (mark_behind_vouches(walk))
        return damaged(walk, error, "a sync mark behind it");
    if (idle_mark_vouches(walk))
        return damaged(walk, error, "the segment's idle mark");
    walk->torn_bytes = used_end(walk) - walk->offset;
    return 0;
}

/* From a closed segment to the next one: 1 when it goes on there, -1 damaged. */
static int next_segment(struct log_walk *walk, struct error *error)
{
    if (!ends_cleanly(walk) || walk->segments[walk->at + 1] != walk->lsn + 1) {
        count_behind(walk);
        return damaged(walk, error, "a later segment");
    }
    if (load(walk, walk->at + 1, error) < 0)
        return -1;
    if (walk->segment.seed != walk->chain)
        return damaged(walk, error, "a later segment of another history");
    return 1;
}

static int readable(const struct log_walk *walk, const struct record *record, struct error *error)
{
    char name[SEGMENT_NAME_SIZE];
    if (record_readable(record, error) == 0)
        return 0;
    segment_name(walk->segments[walk->at], name);
    return fail_within(error, "\"%.300s/%s\" at offset %zu", walk->folder, name, offset_of(walk, record));
}

int log_walk_next(struct log_walk *walk, struct record *ret, struct error *error)
{
    if (!peek(walk, ret)) {
        if (walk->at + 1 == walk->count)
            return judge_end(walk, error);
        int result = next_segment(walk, error);
        if (result < 0)
            return -1;
        return log_walk_next(walk, ret, error);
    }
    if (readable(walk, ret, error) < 0)
        return -1;
    pass(walk, ret);
    return 1;
}

/* --- Opening --- */

int log_walk_open(struct log_walk *walk, uint64_t lsn, uint64_t chain, enum walk_base *ret, struct error *error)
{
    struct record record;
    int at = 0;
    walk->count = segment_list(walk->sys, walk->folder, &walk->segments, error);
    if (walk->count < 0)
        return -1;
    if (walk->count == 0) {
        fail(error, SQLSTATE_DATA_CORRUPTED, "the log is missing: there is no segment in \"%.300s\"", walk->folder);
        return fail_hint(error, WHAT_TO_DO);
    }
    *ret = WALK_TOO_NEW;
    if (walk->segments[0] > lsn + 1)
        return 0;
    while (at + 1 < walk->count && walk->segments[at + 1] <= lsn + 1)
        at++;
    if (load(walk, at, error) < 0)
        return -1;
    to_head(walk);
    while (walk->lsn < lsn) {
        if (!peek(walk, &record))
            return damaged(walk, error, walk->witness);
        pass(walk, &record);
    }
    *ret = walk->chain == chain ? WALK_STARTS : WALK_FOREIGN;
    return 0;
}

struct log_walk_mark log_walk_mark(const struct log_walk *walk)
{
    return (struct log_walk_mark){ walk->at, walk->offset, walk->lsn, walk->chain };
}

int log_walk_rewind(struct log_walk *walk, const struct log_walk_mark *mark, struct error *error)
{
    if (walk->at != mark->at && load(walk, mark->at, error) < 0)
        return -1;
    walk->offset = mark->offset;
    walk->lsn = mark->lsn;
    walk->chain = mark->chain;
    return 0;
}

void log_walk_close(struct log_walk *walk)
{
    free(walk->segments);
    walk->segments = NULL;
    buf_done(&walk->bytes);
}

void log_walk_count_lost(struct log_walk *walk)
{
    struct error ignored;
    struct record record;
    for (int at = walk->at + 1; at < walk->count; at++) {
        if (load(walk, at, &ignored) < 0)
            continue;
        to_head(walk);
        for (; peek(walk, &record); pass(walk, &record)) {
            walk->lost_records++;
            walk->lost_lsn = record.lsn;
        }
        count_behind(walk);
    }
}

/* --- Settling --- */

/* The newest mark of those that name a record of this segment which was walked. */
static struct sync_mark newest_mark(const struct log_walk *walk)
{
    struct sync_mark mark, newest = segment_idle_mark(&walk->segment, bytes_of(walk));
    struct record record;
    struct log_walk from = *walk;
    if (newest.lsn > walk->lsn)
        newest = (struct sync_mark){ 0 };
    for (to_head(&from); from.offset < walk->offset && peek(&from, &record); pass(&from, &record))
        if (sync_mark_read(bytes_of(walk), from.offset, walk->segment.checksum, &mark) && mark.lsn > newest.lsn)
            newest = mark;
    return newest;
}

/* Where what was perhaps never synced begins. A mark of another history vouches for nothing (R4). */
static size_t doubtful_offset(const struct log_walk *walk)
{
    struct sync_mark mark = newest_mark(walk);
    struct record record;
    struct log_walk from = *walk;
    for (to_head(&from); from.lsn < mark.lsn && peek(&from, &record);)
        pass(&from, &record);
    return from.lsn == mark.lsn && from.chain == mark.chain ? from.offset : SEGMENT_HEADER_SIZE;
}

int log_walk_settle(struct log_walk *walk, struct error *error)
{
    char path[PATH_SIZE], name[SEGMENT_NAME_SIZE];
    bool clean = ends_cleanly(walk);
    size_t from = doubtful_offset(walk), to = clean ? walk->offset : walk->segment.size;
    if (from == to)
        return 0;
    segment_name(walk->segments[walk->at], name);
    if (path_join(path, walk->folder, name, error) < 0)
        return -1;
    int fd = walk->sys->open(walk->sys, path, O_RDWR, 0), result = 0;
    if (fd < 0)
        return file_fail(error, "open", path);
    if (!clean) {
        buf_reserve(&walk->bytes, walk->segment.size - walk->bytes.size);   /* a file that was cut short grows again */
        memset(walk->bytes.data + walk->offset, 0, walk->segment.size - walk->offset);
        walk->bytes.size = walk->segment.size;
    }
    if (file_write(walk->sys, fd, walk->bytes.data + from, to - from, (off_t)from) < 0 || walk->sys->sync(walk->sys, fd) < 0)
        result = file_fail(error, "settle", path);
    walk->sys->close(walk->sys, fd);
    return result;
}

struct wal_end log_walk_end(const struct log_walk *walk)
{
    return (struct wal_end){ .last_lsn = walk->lsn, .chain = walk->chain, .offset = walk->offset,
                             .segment_lsn = walk->at < walk->count ? walk->segments[walk->at] : 0 };
}
