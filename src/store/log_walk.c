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

/* The good record at the offset, if there is one. */
static bool peek(const struct log_walk *walk, struct record *ret)
{
    return record_plausible(bytes_of(walk), walk->offset, ret) && ret->lsn == walk->lsn + 1 && record_good(ret, walk->chain);
}

static void pass(struct log_walk *walk, const struct record *record)
{
    walk->offset += record->size;
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

/* Looks behind the bad record for sound ones (T3): a plausible header vouches for its successor by its checksum
 * field. Returns the highest durable mark among them. */
static uint64_t marks_behind(struct log_walk *walk)
{
    struct slice bytes = slice_of(walk->bytes.data, used_end(walk));
    struct record before, record;
    uint64_t highest = 0;
    for (size_t at = walk->offset; at + RECORD_HEADER_SIZE <= bytes.size; at += 8) {
        bool follows = record_plausible(bytes_of(walk), at, &before) && before.lsn > walk->lsn
                    && record_plausible(bytes_of(walk), at + before.size, &record) && record.lsn == before.lsn + 1;
        if (!follows || !record_good(&record, before.checksum))
            continue;
        walk->lost_records++;
        walk->lost_lsn = record.lsn > walk->lost_lsn ? record.lsn : walk->lost_lsn;
        highest = record.durable_lsn > highest ? record.durable_lsn : highest;
    }
    return highest;
}

static int damaged(const struct log_walk *walk, struct error *error, const char *witness)
{
    char name[SEGMENT_NAME_SIZE];
    segment_name(walk->segments[walk->at], name);
    fail(error, SQLSTATE_DATA_CORRUPTED, "the log is damaged: \"%.300s/%s\" at offset %zu: no sound record with LSN %" PRIu64
         ", which was durable by %s", walk->folder, name, walk->offset, walk->lsn + 1, witness);
    if (witness == walk->witness)
        return fail_hint(error, "restore the file, or save what is left with \"rowhouse salvage\"; if the log is an older "
                         "one on purpose, remove newer snapshots and start once with rebuild_image = yes");
    return fail_hint(error, WHAT_TO_DO);
}

/* The last segment has no good record at the offset: 0 torn or clean, -1 damaged. */
static int judge_end(struct log_walk *walk, struct error *error)
{
    uint64_t bad = walk->lsn + 1, mark = marks_behind(walk);
    if (walk->witness_lsn >= bad)
        return damaged(walk, error, walk->witness);
    if (mark >= bad)
        return damaged(walk, error, "a later record");
    if (segment_mark(&walk->segment, bytes_of(walk)) >= bad)
        return damaged(walk, error, "the segment's idle mark");
    walk->torn_bytes = used_end(walk) - walk->offset;
    return 0;
}

/* From a sealed segment to the next one: 1 when it goes on there, -1 damaged. */
static int next_segment(struct log_walk *walk, struct error *error)
{
    if (!ends_cleanly(walk) || walk->segments[walk->at + 1] != walk->lsn + 1) {
        marks_behind(walk);
        return damaged(walk, error, "a later segment");
    }
    if (load(walk, walk->at + 1, error) < 0)
        return -1;
    if (walk->segment.seed != walk->chain)
        return damaged(walk, error, "a later segment of another history");
    return 1;
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
    walk->lsn = walk->segment.first_lsn - 1;
    walk->chain = walk->segment.seed;
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
        walk->lsn = walk->segment.first_lsn - 1;
        walk->chain = walk->segment.seed;
        for (; peek(walk, &record); pass(walk, &record)) {
            walk->lost_records++;
            walk->lost_lsn = record.lsn;
        }
        marks_behind(walk);
    }
}

/* --- Settling --- */

/* Where the first record lies that was perhaps never synced. */
static size_t doubtful_offset(const struct log_walk *walk)
{
    struct record record;
    uint64_t vouched = segment_mark(&walk->segment, bytes_of(walk));
    size_t at = SEGMENT_HEADER_SIZE;
    for (; at < walk->offset && record_plausible(bytes_of(walk), at, &record); at += record.size)
        vouched = record.durable_lsn > vouched ? record.durable_lsn : vouched;
    for (at = SEGMENT_HEADER_SIZE; at < walk->offset && record_plausible(bytes_of(walk), at, &record); at += record.size)
        if (record.lsn > vouched)
            break;
    return at;
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
