#include "store/snapshot_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "store/bytes.h"
#include "store/format.h"

#define HEADER_MAGIC "RHSNAP"
#define FOOTER_MAGIC "RHFOOT"

void snapshot_name(uint64_t lsn, char out[static SNAPSHOT_NAME_SIZE])
{
    snprintf(out, SNAPSHOT_NAME_SIZE, "%016" PRIx64 ".snap", lsn);
}

/* --- Listing --- */

static int newest_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

int snapshot_list(struct sys *sys, const char *folder, uint64_t **ret, struct error *error)
{
    int count = folder_numbers(sys, folder, ".snap", ret, error);
    if (count > 0)
        qsort(*ret, (size_t)count, sizeof **ret, newest_first);
    return count;
}

/* --- Header and footer --- */

uint64_t snapshot_header(uint8_t header[static SNAPSHOT_HEADER_SIZE], const struct snapshot *snapshot)
{
    memset(header, 0, SNAPSHOT_HEADER_SIZE);
    format_magic_put(header, HEADER_MAGIC);
    bytes_put64(header + 8, snapshot->lsn);
    bytes_put64(header + 16, snapshot->chain);
    memcpy(header + 24, snapshot->identity.bytes, sizeof snapshot->identity.bytes);
    bytes_put64(header + 40, (uint64_t)snapshot->created_us);
    bytes_put64(header + 48, FORMAT_FEATURES);
    bytes_put64(header + 56, hash64(slice_of(header, 56), 0));
    return bytes_get64(header + 56);
}

void snapshot_footer(uint8_t footer[static SNAPSHOT_FOOTER_SIZE], uint64_t copy_size, uint64_t copy_hash, uint64_t file_size, uint64_t seed)
{
    format_magic_put(footer, FOOTER_MAGIC);
    bytes_put64(footer + 8, copy_size);
    bytes_put64(footer + 16, copy_hash);
    bytes_put64(footer + 24, file_size);
    bytes_put64(footer + 32, hash64(slice_of(footer, 32), seed));
}

int snapshot_frame(struct sys *sys, int fd, const char *path, struct snapshot *ret, uint64_t *ret_hash, uint64_t *ret_file_size,
                struct error *error)
{
    uint8_t header[SNAPSHOT_HEADER_SIZE], footer[SNAPSHOT_FOOTER_SIZE];
    off_t size = sys->size(sys, fd);
    if (size < 0)
        return file_fail(error, "look at", path);
    if ((size_t)size < SNAPSHOT_HEADER_SIZE + SNAPSHOT_FOOTER_SIZE)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is cut off", path);
    if (file_read(sys, fd, header, SNAPSHOT_HEADER_SIZE, 0) != (ssize_t)SNAPSHOT_HEADER_SIZE
        || file_read(sys, fd, footer, SNAPSHOT_FOOTER_SIZE, size - (off_t)SNAPSHOT_FOOTER_SIZE) != (ssize_t)SNAPSHOT_FOOTER_SIZE)
        return file_fail(error, "read", path);
    unsigned version = format_magic_read(header, HEADER_MAGIC);
    if (version == 0 || bytes_get64(header + 56) != hash64(slice_of(header, 56), 0))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" has a damaged header", path);
    if (format_check(path, version, bytes_get64(header + 48), error) < 0)
        return -1;
    if (format_magic_read(footer, FOOTER_MAGIC) != version || bytes_get64(footer + 24) != (uint64_t)size
        || bytes_get64(footer + 32) != hash64(slice_of(footer, 32), bytes_get64(header + 56)))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" has no sound footer", path);
    *ret = (struct snapshot){ .lsn = bytes_get64(header + 8), .chain = bytes_get64(header + 16), .size = bytes_get64(footer + 8),
                              .created_us = (int64_t)bytes_get64(header + 40) };
    memcpy(ret->identity.bytes, header + 24, sizeof ret->identity.bytes);
    *ret_hash = bytes_get64(footer + 16);
    *ret_file_size = (uint64_t)size;
    return 0;
}

int snapshot_open(struct sys *sys, const char *folder, uint64_t lsn, char path[static PATH_SIZE], struct error *error)
{
    char name[SNAPSHOT_NAME_SIZE];
    snapshot_name(lsn, name);
    if (path_join(path, folder, name, error) < 0)
        return -1;
    int fd = sys->open(sys, path, O_RDONLY, 0);
    return fd < 0 ? file_fail(error, "open", path) : fd;
}

int snapshot_look(struct sys *sys, const char *folder, uint64_t lsn, struct snapshot *ret, struct error *error)
{
    char path[PATH_SIZE];
    uint64_t hash, size;
    int fd = snapshot_open(sys, folder, lsn, path, error);
    if (fd < 0)
        return -1;
    int result = snapshot_frame(sys, fd, path, ret, &hash, &size, error);
    if (result == 0 && ret->lsn != lsn)
        result = fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is at LSN %" PRIu64 " by its header", path, ret->lsn);
    sys->close(sys, fd);
    return result;
}
