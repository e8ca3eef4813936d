#include "store/image.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "store/format.h"
#include "store/store.h"

#define READERS_MAX 1022        /* of LMDB's reader table; a multiple that fills its pages */

int image_fail(struct error *error, int code, const char *what)
{
    switch (code) {
    case MDB_MAP_FULL: case MDB_TXN_FULL: case ENOSPC:
        return fail(error, SQLSTATE_DISK_FULL, "the image is full: %s: %s", what, mdb_strerror(code));
    case MDB_READERS_FULL:
        return fail(error, SQLSTATE_TOO_MANY_CONNECTIONS, "too many readers: %s", mdb_strerror(code));
    case MDB_CORRUPTED: case MDB_PAGE_NOTFOUND: case MDB_INVALID: case MDB_PANIC: case MDB_VERSION_MISMATCH: case MDB_INCOMPATIBLE:
        return fail(error, SQLSTATE_DATA_CORRUPTED, "the image is damaged: %s: %s", what, mdb_strerror(code));
    default:
        return fail(error, SQLSTATE_IO_ERROR, "the image: %s: %s", what, mdb_strerror(code));
    }
}

uint64_t image_checksum(struct slice key, struct slice value)
{
    return hash64(value, hash64(key, 0));
}

void image_path(const struct image *image, char out[static PATH_SIZE])
{
    struct error ignored;
    if (path_join(out, image->folder, "data.mdb", &ignored) < 0)
        out[0] = '\0';
}

/* --- Opening and closing --- */

static size_t file_size(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (size_t)status.st_size : 0;
}

static int open_database(struct image *image, struct error *error)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(image->env, NULL, 0, &txn);
    if (code != 0)
        return image_fail(error, code, "begin");
    code = mdb_dbi_open(txn, NULL, 0, &image->dbi);
    if (code != 0) {
        mdb_txn_abort(txn);
        return image_fail(error, code, "open the tree");
    }
    code = mdb_txn_commit(txn);
    return code != 0 ? image_fail(error, code, "commit") : 0;
}

int image_open(struct image *image, struct error *error)
{
    char path[PATH_SIZE];
    const unsigned flags = MDB_NOSYNC | MDB_WRITEMAP | MDB_MAPASYNC | MDB_NOTLS | MDB_NORDAHEAD;
    image_path(image, path);
    assert(image->env == NULL);
    int code = mdb_env_create(&image->env);
    if (code != 0)
        return image_fail(error, code, "create");
    /* The file has the size of the map it was last opened with, so an image never shrinks below it. */
    image->map_size = file_size(path);
    if (image->map_size < IMAGE_MAP_SIZE_INITIAL)
        image->map_size = IMAGE_MAP_SIZE_INITIAL;
    mdb_env_set_mapsize(image->env, image->map_size);
    mdb_env_set_maxreaders(image->env, READERS_MAX);
    code = mdb_env_open(image->env, image->folder, flags, 0600);
    if (code == 0 && open_database(image, error) == 0) {
        assert(mdb_env_get_maxkeysize(image->env) == KEY_SIZE_MAX);
        image_measure(image);
        return 0;
    }
    if (code != 0)
        image_fail(error, code, "open");
    mdb_env_close(image->env);
    image->env = NULL;
    return -1;
}

int image_open_reading(struct image *image, struct error *error)
{
    MDB_txn *txn;
    int code = mdb_env_create(&image->env);
    if (code == 0)
        code = mdb_env_open(image->env, image->folder, MDB_RDONLY | MDB_NOTLS | MDB_NOLOCK | MDB_NORDAHEAD, 0600);
    if (code == 0)
        code = mdb_txn_begin(image->env, NULL, MDB_RDONLY, &txn);
    if (code == 0) {
        code = mdb_dbi_open(txn, NULL, 0, &image->dbi);
        mdb_txn_abort(txn);
    }
    if (code == 0) {
        image_measure(image);
        return 0;
    }
    mdb_env_close(image->env);
    image->env = NULL;
    return image_fail(error, code, "open");
}

static void close_env(struct image *image)
{
    if (image->env != NULL)
        mdb_env_close(image->env);
    image->env = NULL;
}

static int remove_file(const char *folder, const char *name, struct error *error)
{
    char path[PATH_SIZE];
    if (path_join(path, folder, name, error) < 0)
        return -1;
    return unlink(path) < 0 && errno != ENOENT ? file_fail(error, "remove", path) : 0;
}

int image_clear(struct image *image, struct error *error)
{
    close_env(image);
    if (image->mark_fd >= 0 && ftruncate(image->mark_fd, 0) < 0)
        return file_fail(error, "clear the mark in", image->folder);
    if (remove_file(image->folder, "data.mdb", error) < 0)
        return -1;
    return remove_file(image->folder, "lock.mdb", error);
}

void image_close(struct image *image)
{
    struct error ignored;
    close_env(image);
    if (image->private && image->folder[0] != '\0') {
        image_clear(image, &ignored);
        remove_file(image->folder, "mark", &ignored);
        rmdir(image->folder);
    }
    if (image->mark_fd >= 0)
        close(image->mark_fd);
    image->mark_fd = -1;
}

/* --- The mark --- */

static void mark_line(const struct image *image, char out[static 256])
{
    char boot[SYS_BOOT_SIZE], path[PATH_SIZE];
    struct stat status = { 0 };
    if (image->sys->boot(image->sys, boot) < 0)
        boot[0] = '\0';
    image_path(image, path);
    if (stat(path, &status) < 0)
        status.st_ino = 0;
    snprintf(out, 256, "rowhouse-image %u %016" PRIx64 "\nboot %s inode %llu\n", FORMAT_VERSION, FORMAT_FEATURES, boot,
             (unsigned long long)status.st_ino);
}

bool image_trusted(const struct image *image)
{
    char want[256], have[256];
    mark_line(image, want);
    size_t size = strlen(want);
    return strstr(want, "boot  ") == NULL && strstr(want, "inode 0\n") == NULL
        && pread(image->mark_fd, have, size, 0) == (ssize_t)size && memcmp(want, have, size) == 0;
}

/* Whether it is all that the file holds: what is there need not be written, which a full disk may refuse. */
static bool mark_is(const struct image *image, struct slice text)
{
    uint8_t have[PATH_MAX + 512];
    return text.size < sizeof have && pread(image->mark_fd, have, sizeof have, 0) == (ssize_t)text.size
        && memcmp(have, text.data, text.size) == 0;
}

int image_mark(struct image *image, const char *data_dir, const struct uuid *identity, struct error *error)
{
    char line[256], real[PATH_MAX], uuid[UUID_TEXT_SIZE + 1];
    struct buf text = { 0 };
    mark_line(image, line);
    uuid_format(identity, uuid);
    buf_printf(&text, "%sdata %s %s\n", line, uuid, realpath(data_dir, real) != NULL ? real : data_dir);
    int result = 0;
    if (mark_is(image, buf_slice(&text))) {
        buf_done(&text);
        return 0;
    }
    if (ftruncate(image->mark_fd, 0) < 0 || pwrite(image->mark_fd, text.data, text.size, 0) != (ssize_t)text.size)
        result = file_fail(error, "write the mark in", image->folder);
    buf_done(&text);
    return result;
}

/* --- The applied LSN --- */

static const uint8_t applied_key[] = { 0, 0, 0, 0, 0, RELATION_META, 'a', 'p', 'p', 'l', 'i', 'e', 'd' };

int image_applied(const struct image *image, MDB_txn *txn, struct image_applied *ret, struct error *error)
{
    MDB_val key = { sizeof applied_key, (void *)applied_key }, value;
    uint64_t words[3];
    int code = mdb_get(txn, image->dbi, &key, &value);
    *ret = (struct image_applied){ 0 };
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return image_fail(error, code, "read the applied LSN");
    if (value.mv_size != sizeof words)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "the image's applied LSN is damaged");
    memcpy(words, value.mv_data, sizeof words);
    if (le64toh(words[0]) != image_checksum(slice_of(applied_key, sizeof applied_key), slice_of(&words[1], 16)))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "the image's applied LSN is damaged");
    ret->lsn = be64toh(words[1]);
    ret->chain = be64toh(words[2]);
    return 0;
}

int image_apply_lsn(const struct image *image, MDB_txn *txn, const struct image_applied *applied, struct error *error)
{
    uint64_t words[3] = { 0, htobe64(applied->lsn), htobe64(applied->chain) };
    words[0] = htole64(image_checksum(slice_of(applied_key, sizeof applied_key), slice_of(&words[1], 16)));
    MDB_val key = { sizeof applied_key, (void *)applied_key }, value = { sizeof words, words };
    int code = mdb_put(txn, image->dbi, &key, &value, 0);
    return code != 0 ? image_fail(error, code, "write the applied LSN") : 0;
}

/* --- Size --- */

void image_measure(struct image *image)
{
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(image->env, &info);
    mdb_env_stat(image->env, &stat);
    atomic_store(&image->used, (info.me_last_pgno + 1) * stat.ms_psize);
}

bool image_full(const struct image *image, size_t reserve)
{
    return atomic_load(&image->map_size) < atomic_load(&image->used) + reserve;
}

static int cannot_grow(const struct image *image, size_t size, int number, struct error *error)
{
    enum sqlstate state = number == ENOMEM ? SQLSTATE_OUT_OF_MEMORY : SQLSTATE_DISK_FULL;
    fail(error, state, "the image in \"%.200s\" cannot grow from %zu to %zu MiB: %s", image->folder, atomic_load(&image->map_size) >> 20,
         size >> 20, strerror(number));
    return fail_hint(error, "raise the limit on address space and file size, or delete rows");
}

/* LMDB takes the old mapping away before it makes the new one, and has none when that fails. So the new size is tried first. */
static int try_size(const struct image *image, size_t size, struct error *error)
{
    int fd;
    mdb_env_get_fd(image->env, &fd);
    void *map = ftruncate(fd, (off_t)size) < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
        munmap(map, size);
        return 0;
    }
    int number = errno;
    if (ftruncate(fd, (off_t)image->map_size) < 0)
        return file_fail(error, "shrink", image->folder);
    return cannot_grow(image, size, number, error);
}

int image_grow(struct image *image, size_t reserve, struct error *error)
{
    struct error ignored;
    size_t need = image->used + reserve, size = image->map_size;
    if (need <= size)                       /* somebody was here before */
        return 0;
    while (size < need)
        size *= 2;
    if (try_size(image, size, &ignored) < 0) {
        size = (need + MIB(1) - 1) / MIB(1) * MIB(1);
        if (try_size(image, size, error) < 0)
            return -1;
    }
    int code = mdb_env_set_mapsize(image->env, size);
    if (code != 0) {                        /* it fitted a moment ago; now there is none */
        image_fail(error, code, "grow the map");
        store_fatal("image", error);
    }
    atomic_store(&image->map_size, size);
    return 0;
}

int image_room(const struct image *image, struct error *error)
{
    int64_t room = image->sys->room(image->sys, image->folder);
    if (room < 0)
        return file_fail(error, "look at", image->folder);
    if ((uint64_t)room >= IMAGE_ROOM_MIN)
        return 0;
    fail(error, SQLSTATE_DISK_FULL, "no room for the image in \"%.200s\": less than %zu MiB are free", image->folder, IMAGE_ROOM_MIN >> 20);
    return fail_hint(error, "free some, or choose another place with image_dir");
}
