#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

int path_join(char out[static PATH_SIZE], const char *folder, const char *name, struct error *error)
{
    int size = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    if (size < 0 || size >= PATH_SIZE)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "path below \"%.200s\" is longer than %d bytes", folder, PATH_SIZE - 1);
    return 0;
}

int file_fail(struct error *error, const char *verb, const char *path)
{
    int number = errno;
    enum sqlstate state = number == ENOSPC || number == EDQUOT ? SQLSTATE_DISK_FULL : SQLSTATE_IO_ERROR;
    return fail(error, state, "cannot %s \"%.300s\": %s", verb, path, strerror(number));
}

int file_write(struct sys *sys, int fd, const void *data, size_t size, off_t offset)
{
    const uint8_t *from = data;
    while (size > 0) {
        struct iovec part = { (void *)from, size };
        ssize_t written = sys->pwritev(sys, fd, &part, 1, offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written == 0 ? ENOSPC : errno;
            return -1;
        }
        from += written;
        size -= (size_t)written;
        offset += written;
    }
    return 0;
}

ssize_t file_read(struct sys *sys, int fd, void *data, size_t size, off_t offset)
{
    uint8_t *to = data;
    size_t got = 0;
    while (got < size) {
        ssize_t more = sys->pread(sys, fd, to + got, size - got, offset + (off_t)got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return -1;
        if (more == 0)
            break;
        got += (size_t)more;
    }
    return (ssize_t)got;
}

int file_load(struct sys *sys, const char *path, struct buf *out, struct error *error)
{
    int fd = sys->open(sys, path, O_RDONLY, 0);
    if (fd < 0)
        return file_fail(error, "open", path);
    off_t size = sys->size(sys, fd);
    ssize_t got = size < 0 ? -1 : file_read(sys, fd, buf_reserve(out, (size_t)size), (size_t)size, 0);
    int result = got < 0 ? file_fail(error, "read", path) : 0;
    if (got > 0)
        out->size += (size_t)got;
    sys->close(sys, fd);
    return result;
}

struct listing {
    const char *ending;
    uint64_t *items;
    int count;
};

static int listing_add(void *env, const char *name)
{
    struct listing *listing = env;
    char canonical[64];
    uint64_t number = strtoull(name, NULL, 16);
    snprintf(canonical, sizeof canonical, "%016" PRIx64 "%s", number, listing->ending);
    if (strcmp(name, canonical) != 0)
        return 0;                               /* written aside, a spare, or nothing of ours */
    listing->items = memory_resize(listing->items, (size_t)(listing->count + 1) * sizeof *listing->items);
    listing->items[listing->count++] = number;
    return 0;
}

int folder_numbers(struct sys *sys, const char *folder, const char *ending, uint64_t **ret, struct error *error)
{
    struct listing listing = { .ending = ending };
    if (sys->list(sys, folder, listing_add, &listing) < 0) {
        free(listing.items);
        return file_fail(error, "list", folder);
    }
    *ret = listing.items;
    return listing.count;
}

int folder_sync(struct sys *sys, const char *path, struct error *error)
{
    int fd = sys->open(sys, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return file_fail(error, "open", path);
    int result = sys->sync(sys, fd) < 0 ? file_fail(error, "sync", path) : 0;
    sys->close(sys, fd);
    return result;
}

int parent_sync(struct sys *sys, const char *path, struct error *error)
{
    char copy[PATH_SIZE];
    snprintf(copy, sizeof copy, "%s", path);
    return folder_sync(sys, dirname(copy), error);
}

int folder_make(struct sys *sys, const char *path, struct error *error)
{
    if (sys->mkdir(sys, path, 0700) < 0 && errno != EEXIST)
        return file_fail(error, "create", path);
    return 0;
}

static int write_and_sync(struct sys *sys, const char *path, struct slice bytes, struct error *error)
{
    int fd = sys->open(sys, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return file_fail(error, "create", path);
    int result = 0;
    if (file_write(sys, fd, bytes.data, bytes.size, 0) < 0)
        result = file_fail(error, "write", path);
    else if (sys->sync(sys, fd) < 0)
        result = file_fail(error, "sync", path);
    sys->close(sys, fd);
    return result;
}

int file_replace(struct sys *sys, const char *folder, const char *name, struct slice bytes, struct error *error)
{
    char path[PATH_SIZE], aside[PATH_SIZE];
    if (path_join(path, folder, name, error) < 0 || path_join(aside, folder, "aside.tmp", error) < 0)
        return -1;
    if (write_and_sync(sys, aside, bytes, error) < 0)
        return -1;
    if (sys->rename(sys, aside, path) < 0)
        return file_fail(error, "rename", aside);
    return folder_sync(sys, folder, error);
}
