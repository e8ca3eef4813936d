#include "store/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "store/bytes.h"
#include "store/format.h"

#define MAGIC "RHWAL"

enum { AT_FIRST_LSN = 8, AT_SEED = 16, AT_IDENTITY = 24, AT_SIZE = 40, AT_CREATED = 48, AT_FEATURES = 56, AT_CHECKSUM = 64, HEAD_SIZE = 72,
       AT_IDLE_MARK = 512 };

void segment_name(uint64_t first_lsn, char out[static SEGMENT_NAME_SIZE])
{
    snprintf(out, SEGMENT_NAME_SIZE, "%016" PRIx64 ".wal", first_lsn);
}

/* --- Listing --- */

static int order_by_lsn(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int segment_list(struct sys *sys, const char *folder, uint64_t **ret, struct error *error)
{
    int count = folder_numbers(sys, folder, ".wal", ret, error);
    if (count > 0)
        qsort(*ret, (size_t)count, sizeof **ret, order_by_lsn);
    return count;
}

/* --- Creating --- */

static int zero_fill(struct sys *sys, int fd, uint64_t size, const atomic_bool *stop)
{
    static const uint8_t zeros[KIB(256)];
    for (uint64_t at = 0; at < size; at += sizeof zeros) {
        if (stop != NULL && atomic_load(stop)) {
            errno = ECANCELED;
            return -1;
        }
        size_t step = size - at < sizeof zeros ? (size_t)(size - at) : sizeof zeros;
        if (file_write(sys, fd, zeros, step, (off_t)at) < 0)
            return -1;
        if ((at + step) % MIB(2) == 0 && sys->datasync(sys, fd) < 0)
            return -1;
    }
    return sys->sync(sys, fd);
}

int segment_prepare(struct sys *sys, const char *folder, uint64_t size, const atomic_bool *stop, struct error *error)
{
    char path[PATH_SIZE];
    if (path_join(path, folder, SEGMENT_SPARE_NAME, error) < 0)
        return -1;
    int fd = sys->open(sys, path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return file_fail(error, "create", path);
    int result = zero_fill(sys, fd, size, stop) < 0 ? file_fail(error, "fill", path) : 0;
    sys->close(sys, fd);
    if (result < 0)
        sys->unlink(sys, path);                         /* what it took of a full disk is others' again */
    return result;
}

static uint64_t header_fill(uint8_t header[static HEAD_SIZE], const struct segment *segment)
{
    format_magic_put(header, MAGIC);
    bytes_put64(header + AT_FIRST_LSN, segment->first_lsn);
    bytes_put64(header + AT_SEED, segment->seed);
    memcpy(header + AT_IDENTITY, segment->identity.bytes, sizeof segment->identity.bytes);
    bytes_put64(header + AT_SIZE, segment->size);
    bytes_put64(header + AT_CREATED, (uint64_t)segment->created_us);
    bytes_put64(header + AT_FEATURES, FORMAT_FEATURES);
    uint64_t checksum = hash64(slice_of(header, AT_CHECKSUM), 0);
    bytes_put64(header + AT_CHECKSUM, checksum);
    return checksum;
}

int segment_start(struct sys *sys, const char *folder, struct segment *segment, struct error *error)
{
    char spare[PATH_SIZE], path[PATH_SIZE], name[SEGMENT_NAME_SIZE];
    uint8_t header[HEAD_SIZE];
    segment_name(segment->first_lsn, name);
    if (path_join(spare, folder, SEGMENT_SPARE_NAME, error) < 0 || path_join(path, folder, name, error) < 0)
        return -1;
    int fd = sys->open(sys, spare, O_RDWR, 0);
    if (fd < 0)
        return file_fail(error, "open", spare);
    segment->checksum = header_fill(header, segment);
    if (file_write(sys, fd, header, sizeof header, 0) < 0)
        file_fail(error, "write", spare);
    else if (sys->sync(sys, fd) < 0)
        file_fail(error, "sync", spare);
    else if (sys->rename(sys, spare, path) < 0)
        file_fail(error, "rename", spare);
    else if (folder_sync(sys, folder, error) == 0)
        return fd;
    sys->close(sys, fd);
    return -1;
}

int segment_remove(struct sys *sys, const char *folder, uint64_t first_lsn, struct error *error)
{
    char path[PATH_SIZE], name[SEGMENT_NAME_SIZE];
    segment_name(first_lsn, name);
    if (path_join(path, folder, name, error) < 0)
        return -1;
    if (sys->unlink(sys, path) < 0 && errno != ENOENT)
        return file_fail(error, "remove", path);
    return 0;
}

/* --- Reading --- */

static int load(struct sys *sys, const char *folder, uint64_t first_lsn, struct buf *out, char path[static PATH_SIZE],
                struct error *error)
{
    char name[SEGMENT_NAME_SIZE];
    segment_name(first_lsn, name);
    buf_clear(out);
    return path_join(path, folder, name, error) < 0 ? -1 : file_load(sys, path, out, error);
}

int segment_blank(struct sys *sys, const char *folder, uint64_t first_lsn, bool *ret, struct error *error)
{
    char path[PATH_SIZE];
    struct buf bytes = { 0 };
    int result = load(sys, folder, first_lsn, &bytes, path, error);
    *ret = true;
    for (size_t i = SEGMENT_HEADER_SIZE; i < bytes.size && *ret; i++)
        *ret = bytes.data[i] == 0;
    buf_done(&bytes);
    return result;
}

static int head_read(struct slice bytes, const char *path, uint64_t first_lsn, const struct uuid *identity, struct segment *ret,
                     struct error *error)
{
    const uint8_t *header = bytes.data;
    unsigned version = bytes.size < HEAD_SIZE ? 0 : format_magic_read(header, MAGIC);
    if (version == 0 || bytes_get64(header + AT_CHECKSUM) != hash64(slice_of(header, AT_CHECKSUM), 0))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "log segment \"%s\" has a damaged header at offset 0, before LSN %" PRIu64,
                    path, first_lsn);
    if (format_check(path, version, bytes_get64(header + AT_FEATURES), error) < 0)
        return -1;
    *ret = (struct segment){
        .first_lsn = bytes_get64(header + AT_FIRST_LSN),
        .seed = bytes_get64(header + AT_SEED),
        .size = bytes_get64(header + AT_SIZE),
        .created_us = (int64_t)bytes_get64(header + AT_CREATED),
        .checksum = bytes_get64(header + AT_CHECKSUM),
    };
    memcpy(ret->identity.bytes, header + AT_IDENTITY, sizeof ret->identity.bytes);
    if (ret->first_lsn != first_lsn)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "log segment \"%s\" starts at LSN %" PRIu64 " by its header", path, ret->first_lsn);
    if (uuid_compare(&ret->identity, identity) != 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "log segment \"%s\" belongs to another data directory", path);
    return 0;
}

int segment_load(struct sys *sys, const char *folder, uint64_t first_lsn, const struct uuid *identity,
                 struct buf *out, struct segment *ret, struct error *error)
{
    char path[PATH_SIZE];
    if (load(sys, folder, first_lsn, out, path, error) < 0 || head_read(buf_slice(out), path, first_lsn, identity, ret, error) < 0)
        return -1;
    if (out->size > ret->size)
        out->size = ret->size;
    return 0;
}

int segment_open(struct sys *sys, const char *folder, uint64_t first_lsn, const struct uuid *identity, struct segment *ret,
                 struct sync_mark *ret_mark, struct error *error)
{
    char path[PATH_SIZE], name[SEGMENT_NAME_SIZE];
    uint8_t head[SEGMENT_HEADER_SIZE];
    segment_name(first_lsn, name);
    if (path_join(path, folder, name, error) < 0)
        return -1;
    int fd = sys->open(sys, path, O_RDWR, 0);
    if (fd < 0)
        return file_fail(error, "open", path);
    ssize_t got = file_read(sys, fd, head, sizeof head, 0);
    struct slice bytes = slice_of(head, got < 0 ? 0 : (size_t)got);
    if (got < 0)
        file_fail(error, "read", path);
    else if (head_read(bytes, path, first_lsn, identity, ret, error) == 0) {
        *ret_mark = segment_idle_mark(ret, bytes);
        return fd;
    }
    sys->close(sys, fd);
    return -1;
}

struct sync_mark segment_idle_mark(const struct segment *segment, struct slice bytes)
{
    struct sync_mark mark = { 0 };
    sync_mark_read(bytes, AT_IDLE_MARK, segment->checksum, &mark);
    return mark;
}

int segment_idle_mark_write(struct sys *sys, int fd, const struct segment *segment, const struct sync_mark *mark)
{
    uint8_t bytes[SYNC_MARK_SIZE];
    sync_mark_put(bytes, mark, segment->checksum);
    if (file_write(sys, fd, bytes, sizeof bytes, AT_IDLE_MARK) < 0)
        return -1;
    return sys->datasync(sys, fd);
}
