/* Where the image lies: on tmpfs where there is room, so that no write-back competes with the log's syncs; else in the
 * data directory. On tmpfs its folder is named after the data directory's identity and path, "rowhouse-<hash>". */
#include "store/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/hash.h"

#define TMPFS_FOLDER    "/dev/shm"
#define TMPFS_KEEP_FREE MIB(512)        /* beyond what the image is expected to need */
#define NAME_PREFIX     "rowhouse-"
#define PRIVATE_PREFIX  NAME_PREFIX "private-"

static void image_name(const char *data_dir, const struct uuid *identity, char out[static 64])
{
    char real[PATH_MAX];
    const char *path = realpath(data_dir, real) != NULL ? real : data_dir;
    uint64_t hash = hash64(slice_of_string(path), hash64(slice_of(identity->bytes, sizeof identity->bytes), 0));
    snprintf(out, 64, NAME_PREFIX "%016" PRIx64, hash);
}

static bool tmpfs_has_room(size_t need, const char *folder)
{
    char path[PATH_SIZE];
    struct error ignored;
    struct statfs room;
    struct stat there = { 0 };
    if (statfs(TMPFS_FOLDER, &room) < 0 || room.f_type != TMPFS_MAGIC || access(TMPFS_FOLDER, W_OK) < 0)
        return false;
    if (path_join(path, folder, "data.mdb", &ignored) < 0 || stat(path, &there) < 0)
        there.st_blocks = 0;
    return (uint64_t)room.f_bavail * (uint64_t)room.f_bsize + (uint64_t)there.st_blocks * 512 >= need + TMPFS_KEEP_FREE;
}

/* A tmpfs is open to everybody: what is not a folder of our own is not ours to use or to remove. */
static bool is_ours(const char *folder)
{
    struct stat status;
    return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

/* --- Sweeping: images whose data directory is gone, and private ones of killed tools --- */

static void remove_image(const char *folder)
{
    static const char *const names[] = { "data.mdb", "lock.mdb", "mark" };
    char path[PATH_SIZE];
    struct error ignored;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (path_join(path, folder, names[i], &ignored) == 0)
            unlink(path);
    rmdir(folder);
}

/* Whether the data directory of a mark's line "data <identity> <path>" is gone, or another one has its place. */
static bool owner_is_gone(char *line)
{
    char path[PATH_SIZE], text[128] = "";
    struct error ignored;
    line[strcspn(line, "\n")] = '\0';
    char *uuid = line + strlen("data "), *folder = strchr(uuid, ' ');
    if (folder == NULL || folder[1] != '/')
        return false;                                   /* not a path that says anything from here */
    *folder++ = '\0';
    if (path_join(path, folder, "identity", &ignored) < 0)
        return false;
    FILE *identity = fopen(path, "re");
    if (identity == NULL)
        return errno == ENOENT;
    bool read = fgets(text, sizeof text, identity) != NULL;
    fclose(identity);
    return read && strstr(text, uuid) == NULL;
}

static void sweep_one(const char *folder)
{
    char path[PATH_SIZE], line[PATH_MAX + 64];
    struct error ignored;
    bool gone = strstr(folder, PRIVATE_PREFIX) != NULL;
    if (!is_ours(folder) || path_join(path, folder, "mark", &ignored) < 0)
        return;
    FILE *mark = fopen(path, "re");
    if (mark == NULL)
        return;
    while (fgets(line, sizeof line, mark) != NULL)
        gone |= strncmp(line, "data ", 5) == 0 && owner_is_gone(line);
    if (gone && flock(fileno(mark), LOCK_EX | LOCK_NB) == 0)
        remove_image(folder);
    fclose(mark);
}

static void sweep(const char *place)
{
    DIR *directory = opendir(place);
    struct dirent *entry;
    char path[PATH_SIZE];
    struct error ignored;
    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, NAME_PREFIX, sizeof NAME_PREFIX - 1) == 0
            && path_join(path, place, entry->d_name, &ignored) == 0)
            sweep_one(path);
    closedir(directory);
}

/* --- Choosing --- */

static int take(struct image *image, struct error *error)
{
    char path[PATH_SIZE];
    if (mkdir(image->folder, 0700) < 0 && errno != EEXIST)
        return file_fail(error, "create", image->folder);
    if (!is_ours(image->folder))
        return fail(error, SQLSTATE_IO_ERROR, "\"%.300s\" belongs to somebody else", image->folder);
    if (path_join(path, image->folder, "mark", error) < 0)
        return -1;
    image->mark_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (image->mark_fd < 0)
        return file_fail(error, "open", path);
    if (flock(image->mark_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    close(image->mark_fd);
    image->mark_fd = -1;
    return fail(error, SQLSTATE_OBJECT_IN_USE, "another process uses the image in \"%.300s\"", image->folder);
}

int image_place(struct image *image, struct sys *sys, const char *data_dir, const struct uuid *identity, const char *place, size_t need,
                struct error *error)
{
    char name[64], in_data[PATH_SIZE];
    bool automatic = place == NULL || strcmp(place, "auto") == 0;
    *image = (struct image){ .sys = sys, .mark_fd = -1 };
    image_name(data_dir, identity, name);
    if (path_join(in_data, data_dir, "image", error) < 0)
        return -1;
    if (path_join(image->folder, automatic ? TMPFS_FOLDER : place, name, error) < 0)
        return -1;
    if (automatic)
        sweep(TMPFS_FOLDER);
    if (automatic ? !tmpfs_has_room(need, image->folder) : strcmp(place, data_dir) == 0) {
        remove_image(image->folder);
        snprintf(image->folder, sizeof image->folder, "%s", in_data);
    } else {
        remove_image(in_data);
    }
    return take(image, error);
}

static int take_existing(struct image *image, struct error *error)
{
    char path[PATH_SIZE];
    if (path_join(path, image->folder, "mark", error) < 0)
        return -1;
    return access(path, F_OK) == 0 ? take(image, error) : fail(error, SQLSTATE_UNDEFINED_FILE, "no image in \"%s\"", image->folder);
}

int image_find(struct image *image, struct sys *sys, const char *data_dir, const struct uuid *identity, const char *place,
               struct error *error)
{
    char name[64];
    bool automatic = place == NULL || strcmp(place, "auto") == 0;
    *image = (struct image){ .sys = sys, .mark_fd = -1 };
    image_name(data_dir, identity, name);
    if (path_join(image->folder, automatic ? TMPFS_FOLDER : place, name, error) < 0)
        return -1;
    if (take_existing(image, error) == 0)
        return 0;
    return path_join(image->folder, data_dir, "image", error) < 0 ? -1 : take_existing(image, error);
}

int image_place_private(struct image *image, struct sys *sys, const char *data_dir, size_t need, struct error *error)
{
    static const char *const places[] = { TMPFS_FOLDER, "/tmp", "." };
    *image = (struct image){ .sys = sys, .mark_fd = -1, .private = true };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(image->folder, sizeof image->folder, "%s/" PRIVATE_PREFIX "XXXXXX", places[i]);
        if ((i > 0 || tmpfs_has_room(need, image->folder)) && mkdtemp(image->folder) != NULL)
            return take(image, error);
    }
    image->folder[0] = '\0';
    return fail(error, SQLSTATE_IO_ERROR, "no place for a private image of \"%.300s\"", data_dir);
}
