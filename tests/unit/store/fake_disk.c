#include "fake_disk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECTOR        512
#define FILES_MAX     96
#define FILE_SIZE_MAX ((size_t)1 << 20)
#define NAME_SIZE     128
#define FD_FIRST      1000          /* no descriptor of the machine, so that a mix-up is seen */
#define FDS_MAX       64
#define PENDING_MAX   1024
#define FOLDERS_MAX   32

struct view {
    char name[NAME_SIZE];           /* "": not reachable in this view */
    uint64_t size;
    uint8_t bytes[FILE_SIZE_MAX];
};

struct file {
    struct view seen, platter;
    bool dirty[FILE_SIZE_MAX / SECTOR];
    bool size_dirty;
    int open_count;
};

struct folder {
    char name[NAME_SIZE];           /* "": none */
    bool durable;                   /* its name is on the platter */
};

/* A change of names that no folder sync has carried over yet. */
struct pending {
    int file;                       /* -1: a folder was made */
    char folder[NAME_SIZE];
    char name[NAME_SIZE];           /* the file's new name; "": unlinked */
};

struct fake_disk {
    struct sys sys;                 /* first: what the store is given */
    pthread_mutex_t mutex;
    pthread_cond_t changed;         /* `held` and `waiting` */
    uint64_t random, calls, fail_at, off_at, exit_at, filled_at, boots;
    bool failed, off, held, full, filled;
    int64_t asked_before_full;      /* how often room() still finds some, once `full` */
    int waiting;
    struct folder folders[FOLDERS_MAX];
    struct file files[FILES_MAX];
    struct { bool used; int file; char folder[NAME_SIZE]; } fds[FDS_MAX];
    struct pending pending[PENDING_MAX];
    int pending_count;
};

/* --- Chance --- */

static uint64_t next_random(struct fake_disk *disk)
{
    disk->random += 0x9e3779b97f4a7c15u;
    uint64_t z = disk->random;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* --- Names --- */

static void folder_of(const char *path, char out[static NAME_SIZE])
{
    const char *slash = strrchr(path, '/');
    snprintf(out, NAME_SIZE, "%.*s", slash == NULL ? 0 : (int)(slash - path), path);
}

static int find(struct fake_disk *disk, const char *path)
{
    for (int i = 0; i < FILES_MAX; i++)
        if (strcmp(disk->files[i].seen.name, path) == 0)
            return i;
    return -1;
}

static int find_free(struct fake_disk *disk)
{
    for (int i = 0; i < FILES_MAX; i++) {
        struct file *file = &disk->files[i];
        bool awaited = false;
        for (int p = 0; p < disk->pending_count; p++)
            awaited |= disk->pending[p].file == i;
        if (file->seen.name[0] == '\0' && file->platter.name[0] == '\0' && file->open_count == 0 && !awaited) {
            memset(file, 0, sizeof *file);
            return i;
        }
    }
    assert(!"the fake disk has no room for another file");
    return -1;
}

/* `folder` is the one whose sync carries the change over. */
static void name_changes(struct fake_disk *disk, int file, const char *reference, const char *path)
{
    if (disk->off)
        return;
    assert(disk->pending_count < PENDING_MAX);
    struct pending *pending = &disk->pending[disk->pending_count++];
    pending->file = file;
    folder_of(reference, pending->folder);
    snprintf(pending->name, NAME_SIZE, "%s", path);
}

static void set_name(struct fake_disk *disk, int file, const char *path)
{
    assert(strlen(path) < NAME_SIZE);
    name_changes(disk, file, path[0] != '\0' ? path : disk->files[file].seen.name, path);
    snprintf(disk->files[file].seen.name, NAME_SIZE, "%s", path);
}

static struct folder *folder_find(struct fake_disk *disk, const char *path)
{
    for (int i = 0; i < FOLDERS_MAX; i++)
        if (strcmp(disk->folders[i].name, path) == 0)
            return &disk->folders[i];
    return NULL;
}

/* A name is of one file: whoever had it on the platter loses it. */
static void carry_name(struct fake_disk *disk, const struct pending *pending)
{
    if (pending->file < 0) {
        folder_find(disk, pending->name)->durable = true;
        return;
    }
    for (int i = 0; i < FILES_MAX && pending->name[0] != '\0'; i++)
        if (strcmp(disk->files[i].platter.name, pending->name) == 0)
            disk->files[i].platter.name[0] = '\0';
    snprintf(disk->files[pending->file].platter.name, NAME_SIZE, "%s", pending->name);
}

static void carry_folder(struct fake_disk *disk, const char *folder)
{
    int kept = 0;
    for (int i = 0; i < disk->pending_count; i++) {
        if (strcmp(disk->pending[i].folder, folder) == 0)
            carry_name(disk, &disk->pending[i]);
        else
            disk->pending[kept++] = disk->pending[i];
    }
    disk->pending_count = kept;
}

/* --- Power --- */

static void carry_sectors(struct fake_disk *disk, struct file *file, int percent)
{
    for (size_t s = 0; s < FILE_SIZE_MAX / SECTOR; s++)
        if (file->dirty[s] && (int)(next_random(disk) % 100) < percent) {
            memcpy(file->platter.bytes + s * SECTOR, file->seen.bytes + s * SECTOR, SECTOR);
            file->dirty[s] = false;
        }
    if (file->size_dirty && (int)(next_random(disk) % 100) < percent) {
        file->platter.size = file->seen.size;
        file->size_dirty = false;
    }
}

/* Whether a path lies below a folder whose name never reached the platter. */
static bool is_lost(struct fake_disk *disk, const char *path)
{
    for (int i = 0; i < FOLDERS_MAX; i++) {
        const struct folder *folder = &disk->folders[i];
        size_t size = strlen(folder->name);
        if (size > 0 && !folder->durable && strncmp(path, folder->name, size) == 0 && (path[size] == '/' || path[size] == '\0'))
            return true;
    }
    return false;
}

static void lose_folders(struct fake_disk *disk)
{
    bool lost[FOLDERS_MAX];
    for (int i = 0; i < FILES_MAX; i++)
        if (is_lost(disk, disk->files[i].platter.name))
            disk->files[i].platter.name[0] = '\0';
    for (int i = 0; i < FOLDERS_MAX; i++)
        lost[i] = is_lost(disk, disk->folders[i].name);
    for (int i = 0; i < FOLDERS_MAX; i++)
        if (lost[i])
            memset(&disk->folders[i], 0, sizeof disk->folders[i]);
}

static void power_off(struct fake_disk *disk)
{
    static const int percents[] = { 0, 20, 50, 90, 100 };
    if (disk->off)
        return;
    int names = disk->pending_count == 0 ? 0 : (int)(next_random(disk) % (uint64_t)(disk->pending_count + 1));
    for (int i = 0; i < names; i++)
        carry_name(disk, &disk->pending[i]);
    for (int i = 0; i < FILES_MAX; i++)
        carry_sectors(disk, &disk->files[i], percents[next_random(disk) % 5]);
    disk->pending_count = 0;
    disk->off = true;
}

/* What a failed sync leaves: the kernel tells of it once, and takes the sectors for written, which some of them are. */
static void drop_sectors(struct fake_disk *disk, struct file *file)
{
    carry_sectors(disk, file, 50);
    memset(file->dirty, 0, sizeof file->dirty);
}

/* Before every call: counts it, cuts the power if it is time, and says whether it fails. */
static bool enter(struct sys *sys)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    pthread_mutex_lock(&disk->mutex);
    disk->calls++;
    if (disk->off_at != 0 && disk->calls >= disk->off_at)
        power_off(disk);
    if (disk->calls == disk->exit_at)
        _exit(FAKE_DISK_KILLED);
    disk->filled |= disk->filled_at != 0 && disk->calls >= disk->filled_at;
    if (disk->fail_at == 0 || disk->calls != disk->fail_at)
        return true;
    disk->failed = true;
    pthread_mutex_unlock(&disk->mutex);
    errno = EIO;
    return false;
}

static int leave(struct sys *sys, int result, int number)
{
    pthread_mutex_unlock(&((struct fake_disk *)sys)->mutex);
    if (result < 0)
        errno = number;
    return result;
}

/* --- Calls --- */

static int fd_new(struct fake_disk *disk, int file, const char *folder)
{
    for (int i = 0; i < FDS_MAX; i++)
        if (!disk->fds[i].used) {
            disk->fds[i].used = true;
            disk->fds[i].file = file;
            snprintf(disk->fds[i].folder, NAME_SIZE, "%s", folder);
            if (file >= 0)
                disk->files[file].open_count++;
            return FD_FIRST + i;
        }
    assert(!"the fake disk has no descriptor left");
    return -1;
}

static struct file *file_of(struct fake_disk *disk, int fd)
{
    assert(fd >= FD_FIRST);
    assert(fd < FD_FIRST + FDS_MAX);
    assert(disk->fds[fd - FD_FIRST].used);
    int file = disk->fds[fd - FD_FIRST].file;
    return file < 0 ? NULL : &disk->files[file];
}

/* Always there: what folder_of() calls "". */
static bool is_root(const char *path)
{
    return strcmp(path, "/") == 0 || strcmp(path, ".") == 0;
}

static bool is_folder(struct fake_disk *disk, const char *path)
{
    return is_root(path) || folder_find(disk, path) != NULL;
}

static void resize(struct file *file, uint64_t size)
{
    assert(size <= FILE_SIZE_MAX);
    if (size < file->seen.size) {
        memset(file->seen.bytes + size, 0, file->seen.size - size);
        for (size_t s = size / SECTOR; s <= (file->seen.size - 1) / SECTOR; s++)
            file->dirty[s] = true;
    }
    file->size_dirty |= size != file->seen.size;
    file->seen.size = size;
}

static int fake_open(struct sys *sys, const char *path, int flags, int mode)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    if (!enter(sys))
        return -1;
    if ((flags & O_DIRECTORY) != 0)
        return is_folder(disk, path) ? leave(sys, fd_new(disk, -1, is_root(path) ? "" : path), 0) : leave(sys, -1, ENOENT);
    int file = find(disk, path);
    if (file < 0 && (flags & O_CREAT) == 0)
        return leave(sys, -1, ENOENT);
    if (file >= 0 && (flags & O_EXCL) != 0)
        return leave(sys, -1, EEXIST);
    if (file < 0 && disk->filled)
        return leave(sys, -1, ENOSPC);
    if (file < 0) {
        file = find_free(disk);
        set_name(disk, file, path);
    }
    if ((flags & O_TRUNC) != 0)
        resize(&disk->files[file], 0);
    return leave(sys, fd_new(disk, file, ""), 0);
}

static int fake_close(struct sys *sys, int fd)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    pthread_mutex_lock(&disk->mutex);
    struct file *file = file_of(disk, fd);
    if (file != NULL)
        file->open_count--;
    disk->fds[fd - FD_FIRST].used = false;
    return leave(sys, 0, 0);
}

static ssize_t fake_pread(struct sys *sys, int fd, void *data, size_t size, off_t offset)
{
    if (!enter(sys))
        return -1;
    struct file *file = file_of((struct fake_disk *)sys, fd);
    uint64_t at = (uint64_t)offset, left = at < file->seen.size ? file->seen.size - at : 0;
    size_t got = size < left ? size : left;
    memcpy(data, file->seen.bytes + at, got);
    return leave(sys, (int)got, 0);
}

static ssize_t fake_pwritev(struct sys *sys, int fd, const struct iovec *parts, int count, off_t offset)
{
    if (!enter(sys))
        return -1;
    struct file *file = file_of((struct fake_disk *)sys, fd);
    uint64_t at = (uint64_t)offset, end = at;
    for (int i = 0; i < count; i++)
        end += parts[i].iov_len;
    if (((struct fake_disk *)sys)->filled && end > file->seen.size)
        return leave(sys, -1, ENOSPC);
    for (int i = 0; i < count; i++) {
        assert(at + parts[i].iov_len <= FILE_SIZE_MAX);
        memcpy(file->seen.bytes + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    for (uint64_t s = (uint64_t)offset / SECTOR; at > (uint64_t)offset && s <= (at - 1) / SECTOR; s++)
        file->dirty[s] = true;
    if (at > file->seen.size) {
        file->seen.size = at;
        file->size_dirty = true;
    }
    return leave(sys, (int)(at - (uint64_t)offset), 0);
}

static int fail_sync(struct fake_disk *disk, int fd)
{
    pthread_mutex_lock(&disk->mutex);
    struct file *file = file_of(disk, fd);
    if (!disk->off && file != NULL)
        drop_sectors(disk, file);
    return leave(&disk->sys, -1, EIO);
}

static int fake_sync(struct sys *sys, int fd)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    if (!enter(sys))
        return fail_sync(disk, fd);
    struct file *file = file_of(disk, fd);
    if (!disk->off && file != NULL)
        carry_sectors(disk, file, 100);
    else if (!disk->off)
        carry_folder(disk, disk->fds[fd - FD_FIRST].folder);
    return leave(sys, 0, 0);
}

static int fake_datasync(struct sys *sys, int fd)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    pthread_mutex_lock(&disk->mutex);
    disk->waiting++;
    pthread_cond_broadcast(&disk->changed);
    while (disk->held)
        pthread_cond_wait(&disk->changed, &disk->mutex);
    disk->waiting--;
    pthread_mutex_unlock(&disk->mutex);
    return fake_sync(sys, fd);
}

static int fake_truncate(struct sys *sys, int fd, off_t size)
{
    if (!enter(sys))
        return -1;
    resize(file_of((struct fake_disk *)sys, fd), (uint64_t)size);
    return leave(sys, 0, 0);
}

static off_t fake_size(struct sys *sys, int fd)
{
    if (!enter(sys))
        return -1;
    return leave(sys, (int)file_of((struct fake_disk *)sys, fd)->seen.size, 0);
}

static int fake_rename(struct sys *sys, const char *from, const char *to)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    if (!enter(sys))
        return -1;
    int file = find(disk, from), replaced = find(disk, to);
    if (file < 0)
        return leave(sys, -1, ENOENT);
    if (replaced >= 0)
        disk->files[replaced].seen.name[0] = '\0';
    set_name(disk, file, to);
    return leave(sys, 0, 0);
}

static int fake_unlink(struct sys *sys, const char *path)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    if (!enter(sys))
        return -1;
    int file = find(disk, path);
    if (file < 0)
        return leave(sys, -1, ENOENT);
    set_name(disk, file, "");
    return leave(sys, 0, 0);
}

static int fake_mkdir(struct sys *sys, const char *path, int mode)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    if (!enter(sys))
        return -1;
    if (is_folder(disk, path))
        return leave(sys, -1, EEXIST);
    if (disk->filled)
        return leave(sys, -1, ENOSPC);
    struct folder *folder = folder_find(disk, "");
    assert(folder != NULL);                 /* else there are too many */
    assert(strlen(path) < NAME_SIZE);
    snprintf(folder->name, NAME_SIZE, "%s", path);
    folder->durable = false;
    name_changes(disk, -1, path, path);
    return leave(sys, 0, 0);
}

static int fake_lock(struct sys *sys, int fd, bool exclusive)
{
    return enter(sys) ? leave(sys, 0, 0) : -1;
}

static int fake_list(struct sys *sys, const char *path, int (*each)(void *env, const char *name), void *env)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    char names[FILES_MAX][NAME_SIZE], folder[NAME_SIZE];
    int count = 0, result = 0;
    if (!enter(sys))
        return -1;
    if (!is_folder(disk, path))
        return leave(sys, -1, ENOENT);
    for (int i = 0; i < FILES_MAX; i++) {
        folder_of(disk->files[i].seen.name, folder);
        if (disk->files[i].seen.name[0] != '\0' && strcmp(folder, path) == 0)
            snprintf(names[count++], NAME_SIZE, "%s", disk->files[i].seen.name + strlen(path) + 1);
    }
    leave(sys, 0, 0);
    for (int i = 0; i < count && result == 0; i++)
        result = each(env, names[i]);
    return result;
}

/* Mode 0600: who is asked for it asks for secrets. */
static int fake_mode(struct sys *sys, int fd)
{
    return enter(sys) ? leave(sys, 0600, 0) : -1;
}

/* There are no links. */
static int fake_resolve(struct sys *sys, const char *path, char out[static PATH_MAX])
{
    if (!enter(sys))
        return -1;
    snprintf(out, PATH_MAX, "%s", path);
    return leave(sys, 0, 0);
}

static int64_t fake_room(struct sys *sys, const char *folder)
{
    struct fake_disk *disk = (struct fake_disk *)sys;
    if (!enter(sys))
        return -1;
    bool room = !disk->full || disk->asked_before_full-- > 0;
    leave(sys, 0, 0);
    return room ? INT64_MAX : 0;
}

static int fake_boot(struct sys *sys, char out[static SYS_BOOT_SIZE])
{
    if (!enter(sys))
        return -1;
    snprintf(out, SYS_BOOT_SIZE, "boot-%llu", (unsigned long long)((struct fake_disk *)sys)->boots);
    return leave(sys, 0, 0);
}

static int64_t fake_now_us(struct sys *sys) { return sys_now_us(sys_real()); }
static int64_t fake_monotonic_us(struct sys *sys) { return sys_monotonic_us(sys_real()); }
static void fake_random(struct sys *sys, void *out, size_t size) { sys_random(sys_real(), out, size); }

/* --- The disk --- */

/* Anew for each process: one that stopped may have stopped in the middle of a call. */
static void mutex_start(struct fake_disk *disk)
{
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&disk->mutex, &shared);
    pthread_mutexattr_destroy(&shared);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&disk->changed, &condition);
    pthread_condattr_destroy(&condition);
    disk->held = false;
    disk->waiting = 0;
}

static void start(struct fake_disk *disk)
{
    mutex_start(disk);
    memset(disk->fds, 0, sizeof disk->fds);
    for (int i = 0; i < FILES_MAX; i++)
        disk->files[i].open_count = 0;
    disk->calls = disk->fail_at = disk->off_at = disk->exit_at = 0;
    disk->failed = disk->off = false;
}

struct fake_disk *fake_disk_new(uint64_t seed)
{
    struct fake_disk *disk = mmap(NULL, sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(disk != MAP_FAILED);
    start(disk);
    disk->random = seed;
    disk->sys = (struct sys){
        .now_us = fake_now_us, .monotonic_us = fake_monotonic_us, .random = fake_random, .open = fake_open, .close = fake_close,
        .pread = fake_pread, .pwritev = fake_pwritev, .datasync = fake_datasync, .sync = fake_sync, .truncate = fake_truncate,
        .size = fake_size, .rename = fake_rename, .unlink = fake_unlink, .mkdir = fake_mkdir, .lock = fake_lock, .list = fake_list,
        .mode = fake_mode, .resolve = fake_resolve, .room = fake_room, .boot = fake_boot,
    };
    return disk;
}

static void all_synced(struct fake_disk *disk)
{
    for (int i = 0; i < FILES_MAX; i++) {
        struct file *file = &disk->files[i];
        if (file->seen.size == 0 && file->platter.size == 0 && file->seen.name[0] == '\0' && file->platter.name[0] == '\0')
            continue;
        file->platter = file->seen;
        memset(file->dirty, 0, sizeof file->dirty);
        file->size_dirty = false;
    }
    for (int i = 0; i < FOLDERS_MAX; i++)
        disk->folders[i].durable = disk->folders[i].name[0] != '\0';
    disk->pending_count = 0;
}

struct fake_disk *fake_disk_clone(const struct fake_disk *disk)
{
    struct fake_disk *clone = fake_disk_new(disk->random);
    memcpy(clone->folders, disk->folders, sizeof clone->folders);
    clone->boots = disk->boots;
    for (int i = 0; i < FILES_MAX; i++)
        if (disk->files[i].seen.name[0] != '\0')
            clone->files[i].seen = disk->files[i].seen;
    all_synced(clone);
    return clone;
}

void fake_disk_free(struct fake_disk *disk)
{
    munmap(disk, sizeof *disk);
}

struct sys *fake_disk_sys(struct fake_disk *disk) { return &disk->sys; }
uint64_t fake_disk_calls(const struct fake_disk *disk) { return disk->calls; }
void fake_disk_fail(struct fake_disk *disk, uint64_t call) { disk->fail_at = call; }
void fake_disk_fill(struct fake_disk *disk, uint64_t call)
{
    disk->filled_at = call;
    disk->filled &= call != 0;
}

bool fake_disk_failed(const struct fake_disk *disk) { return disk->failed; }
void fake_disk_power_off_at(struct fake_disk *disk, uint64_t call) { disk->off_at = call; }
void fake_disk_kill_at(struct fake_disk *disk, uint64_t call) { disk->exit_at = call; }
bool fake_disk_is_off(const struct fake_disk *disk) { return disk->off; }

void fake_disk_hold(struct fake_disk *disk, bool held)
{
    pthread_mutex_lock(&disk->mutex);
    disk->held = held;
    pthread_cond_broadcast(&disk->changed);
    pthread_mutex_unlock(&disk->mutex);
}

void fake_disk_full_after(struct fake_disk *disk, int64_t questions)
{
    pthread_mutex_lock(&disk->mutex);
    disk->full = questions >= 0;
    disk->asked_before_full = questions;
    pthread_mutex_unlock(&disk->mutex);
}

void fake_disk_wait(struct fake_disk *disk)
{
    pthread_mutex_lock(&disk->mutex);
    while (disk->waiting == 0)
        pthread_cond_wait(&disk->changed, &disk->mutex);
    pthread_mutex_unlock(&disk->mutex);
}

void fake_disk_power_off(struct fake_disk *disk)
{
    pthread_mutex_lock(&disk->mutex);
    power_off(disk);
    pthread_mutex_unlock(&disk->mutex);
}

void fake_disk_power_on(struct fake_disk *disk)
{
    mutex_start(disk);
    fake_disk_power_off(disk);
    disk->boots++;
    lose_folders(disk);
    for (int i = 0; i < FILES_MAX; i++) {
        struct file *file = &disk->files[i];
        if (file->platter.name[0] == '\0' && file->seen.name[0] == '\0')
            continue;
        memset(file->platter.bytes + file->platter.size, 0, FILE_SIZE_MAX - file->platter.size);
        file->seen = file->platter;
        memset(file->dirty, 0, sizeof file->dirty);
        file->size_dirty = false;
    }
    start(disk);
}

void fake_disk_restart(struct fake_disk *disk)
{
    start(disk);
}

uint8_t *fake_disk_bytes(struct fake_disk *disk, const char *path, uint64_t *ret_size)
{
    int file = find(disk, path);
    if (file < 0)
        return NULL;
    *ret_size = disk->files[file].seen.size;
    return disk->files[file].seen.bytes;
}

void fake_disk_set_size(struct fake_disk *disk, const char *path, uint64_t size)
{
    int file = find(disk, path);
    assert(file >= 0);
    resize(&disk->files[file], size);
}

void fake_disk_remove(struct fake_disk *disk, const char *path)
{
    int file = find(disk, path);
    assert(file >= 0);
    set_name(disk, file, "");
    all_synced(disk);
}

bool fake_disk_equal(struct fake_disk *a, struct fake_disk *b)
{
    for (int i = 0; i < FILES_MAX; i++) {
        const struct view *have = &a->files[i].seen;
        int other = have->name[0] == '\0' ? -1 : find(b, have->name);
        if (have->name[0] != '\0' && (other < 0 || b->files[other].seen.size != have->size
                                      || memcmp(b->files[other].seen.bytes, have->bytes, have->size) != 0))
            return false;
        if (b->files[i].seen.name[0] != '\0' && find(a, b->files[i].seen.name) < 0)
            return false;
    }
    return true;
}
