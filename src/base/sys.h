/* Everything that Rowhouse asks of the machine while data is at stake: clock, random bytes, files.
 *
 * One table of calls, filled with the real ones by sys_real(); tests fill it with a disk that forgets what
 * was not synced, calls that fail, a clock that jumps. Calls return what their POSIX namesakes return
 * (-1 and errno). The real table is thread-safe and lives as long as the process.
 *
 *  (Y1) Only programs call sys_real() (main.c, tools, the client's rh_open()); everything else is given a table.
 *       tools/check-layers holds it. */
#ifndef ROWHOUSE_BASE_SYS_H
#define ROWHOUSE_BASE_SYS_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/slice.h"

#define SYS_BOOT_SIZE 64

struct sys {
    int64_t (*now_us)(struct sys *);            /* microseconds since 1970-01-01 UTC; may jump */
    int64_t (*monotonic_us)(struct sys *);      /* never goes back */
    void    (*random)(struct sys *, void *out, size_t size);
    int     (*open)(struct sys *, const char *path, int flags, int mode);
    int     (*close)(struct sys *, int fd);
    ssize_t (*pread)(struct sys *, int fd, void *data, size_t size, off_t offset);
    ssize_t (*pwritev)(struct sys *, int fd, const struct iovec *parts, int count, off_t offset);
    int     (*datasync)(struct sys *, int fd);
    int     (*sync)(struct sys *, int fd);      /* also of a directory opened read-only */
    int     (*truncate)(struct sys *, int fd, off_t size);
    off_t   (*size)(struct sys *, int fd);
    int     (*mode)(struct sys *, int fd);      /* permission bits */
    int     (*rename)(struct sys *, const char *from, const char *to);
    int     (*unlink)(struct sys *, const char *path);
    int     (*mkdir)(struct sys *, const char *path, int mode);
    int     (*lock)(struct sys *, int fd, bool exclusive);     /* flock; never waits: EWOULDBLOCK */
    /* Where the bytes of a path lie, or would: behind its links. -1: a link that names nothing, whose disk may come back. */
    int     (*resolve)(struct sys *, const char *path, char out[static PATH_MAX]);
    int64_t (*room)(struct sys *, const char *folder);          /* bytes that are free to us on its file system */
    /* A text that no other boot of this machine has: what is mapped and not synced outlives a process, and no boot. */
    int     (*boot)(struct sys *, char out[static SYS_BOOT_SIZE]);
    /* Calls `each` with every name in a directory but "." and "..", in no order; stops at what is not 0 and returns it. */
    int     (*list)(struct sys *, const char *path, int (*each)(void *env, const char *name), void *env);
};

/* The machine itself. */
struct sys *sys_real(void);

static inline int64_t sys_now_us(struct sys *sys) { return sys->now_us(sys); }
static inline int64_t sys_monotonic_us(struct sys *sys) { return sys->monotonic_us(sys); }
static inline void sys_random(struct sys *sys, void *out, size_t size) { sys->random(sys, out, size); }

#endif
