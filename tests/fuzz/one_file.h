/* A machine with one file, whatever its name: what the readers of the store's files see of it. */
#ifndef ROWHOUSE_TESTS_FUZZ_ONE_FILE_H
#define ROWHOUSE_TESTS_FUZZ_ONE_FILE_H

#include "fuzz.h"

#include "base/sys.h"

struct one_file {
    struct sys sys;                 /* first: the calls get back from it to here */
    const char *name;
    struct buf bytes;
};

static inline int one_file_open(struct sys *sys, const char *path, int flags, int mode) { return 1000; }
static inline int one_file_close(struct sys *sys, int fd) { return 0; }
static inline off_t one_file_size(struct sys *sys, int fd) { return (off_t)((struct one_file *)sys)->bytes.size; }
static inline int one_file_rename(struct sys *sys, const char *from, const char *to) { return 0; }
static inline int one_file_sync(struct sys *sys, int fd) { return 0; }

static inline ssize_t one_file_pread(struct sys *sys, int fd, void *data, size_t size, off_t offset)
{
    struct one_file *file = (struct one_file *)sys;
    if ((size_t)offset >= file->bytes.size)
        return 0;
    size_t left = file->bytes.size - (size_t)offset, got = left < size ? left : size;
    memcpy(data, file->bytes.data + offset, got);
    return (ssize_t)got;
}

static inline ssize_t one_file_pwritev(struct sys *sys, int fd, const struct iovec *parts, int count, off_t offset)
{
    struct one_file *file = (struct one_file *)sys;
    ssize_t wrote = 0;
    for (int i = 0; i < count; wrote += (ssize_t)parts[i++].iov_len) {
        size_t end = (size_t)offset + (size_t)wrote + parts[i].iov_len;
        while (file->bytes.size < end)
            buf_append_byte(&file->bytes, 0);
        memcpy(file->bytes.data + end - parts[i].iov_len, parts[i].iov_base, parts[i].iov_len);
    }
    return wrote;
}

static inline int one_file_list(struct sys *sys, const char *path, int (*each)(void *env, const char *name), void *env)
{
    return each(env, ((struct one_file *)sys)->name);
}

static inline struct one_file one_file(const char *name)
{
    struct one_file file = { .sys = *sys_real(), .name = name };
    file.sys.open = one_file_open;
    file.sys.close = one_file_close;
    file.sys.size = one_file_size;
    file.sys.pread = one_file_pread;
    file.sys.pwritev = one_file_pwritev;
    file.sys.rename = one_file_rename;
    file.sys.sync = file.sys.datasync = one_file_sync;
    file.sys.list = one_file_list;
    return file;
}

#endif
