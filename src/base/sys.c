#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t real_now_us(struct sys *sys) { return clock_us(CLOCK_REALTIME); }
static int64_t real_monotonic_us(struct sys *sys) { return clock_us(CLOCK_MONOTONIC); }

/* The kernel is asked for a page at a time: a random uuid costs a copy, not a system call. */
static void real_random(struct sys *sys, void *out, size_t size)
{
    static _Thread_local uint8_t pool[4096];
    static _Thread_local size_t left;
    uint8_t *to = out;
    while (size > 0) {
        if (left == 0) {
            ssize_t got = getrandom(pool, sizeof pool, 0);
            if (got < 0 && errno == EINTR)
                continue;
            if (got != (ssize_t)sizeof pool) {
                perror("getrandom");
                abort();
            }
            left = sizeof pool;
        }
        size_t take = size < left ? size : left;
        memcpy(to, pool + sizeof pool - left, take);
        explicit_bzero(pool + sizeof pool - left, take);
        left -= take;
        to += take;
        size -= take;
    }
}

static int real_open(struct sys *sys, const char *path, int flags, int mode) { return open(path, flags | O_CLOEXEC, mode); }
static int real_close(struct sys *sys, int fd) { return close(fd); }
static int real_datasync(struct sys *sys, int fd) { return fdatasync(fd); }
static int real_sync(struct sys *sys, int fd) { return fsync(fd); }
static int real_truncate(struct sys *sys, int fd, off_t size) { return ftruncate(fd, size); }
static int real_rename(struct sys *sys, const char *from, const char *to) { return rename(from, to); }
static int real_unlink(struct sys *sys, const char *path) { return unlink(path); }
static int real_mkdir(struct sys *sys, const char *path, int mode) { return mkdir(path, (mode_t)mode); }

static int real_lock(struct sys *sys, int fd, bool exclusive)
{
    return flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
}

static int real_list(struct sys *sys, const char *path, int (*each)(void *env, const char *name), void *env)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    int result = 0;
    if (directory == NULL)
        return -1;
    while (result == 0 && (errno = 0, entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = each(env, entry->d_name);
    if (result == 0 && errno != 0)
        result = -1;
    closedir(directory);
    return result;
}

static ssize_t real_pread(struct sys *sys, int fd, void *data, size_t size, off_t offset)
{
    return pread(fd, data, size, offset);
}

static ssize_t real_pwritev(struct sys *sys, int fd, const struct iovec *parts, int count, off_t offset)
{
    return pwritev(fd, parts, count, offset);
}

static off_t real_size(struct sys *sys, int fd)
{
    struct stat status;
    return fstat(fd, &status) < 0 ? -1 : status.st_size;
}

static int real_mode(struct sys *sys, int fd)
{
    struct stat status;
    return fstat(fd, &status) < 0 ? -1 : (int)(status.st_mode & 07777);
}

static int real_resolve(struct sys *sys, const char *path, char out[static PATH_MAX])
{
    struct stat status;
    if (realpath(path, out) != NULL)
        return 0;
    if (errno != ENOENT || lstat(path, &status) == 0)
        return -1;
    errno = ENAMETOOLONG;
    return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX ? 0 : -1;
}

static int64_t real_room(struct sys *sys, const char *folder)
{
    struct statvfs room;
    return statvfs(folder, &room) < 0 ? -1 : (int64_t)(room.f_bavail * room.f_frsize);
}

static int real_boot(struct sys *sys, char out[static SYS_BOOT_SIZE])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file == NULL)
        return -1;
    _Static_assert(SYS_BOOT_SIZE == 64, "as fscanf is told");
    int got = fscanf(file, "%63s", out);
    fclose(file);
    return got == 1 ? 0 : -1;
}

struct sys *sys_real(void)
{
    static struct sys sys = {
        .now_us = real_now_us, .monotonic_us = real_monotonic_us, .random = real_random,
        .open = real_open, .close = real_close, .pread = real_pread, .pwritev = real_pwritev,
        .datasync = real_datasync, .sync = real_sync, .truncate = real_truncate, .size = real_size,
        .rename = real_rename, .unlink = real_unlink, .mkdir = real_mkdir, .lock = real_lock, .list = real_list,
        .mode = real_mode, .resolve = real_resolve, .room = real_room, .boot = real_boot,
    };
    return &sys;
}
