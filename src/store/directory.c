/* The data directory: who may open it, and which one it is.
 *
 *      lock        flock'd while a process has it open (55006 for a second one)
 *      identity    "rowhouse-data 2 <features, 16 hexadecimal digits> <uuid>\n": written last when a directory is made, so that one without is new
 *      wal/        store/wal.h
 *      snapshots/  store/snapshot.h
 *      image/      store/image.h, unless it lies on tmpfs */
#include "store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/format.h"

#define IDENTITY_HEAD "rowhouse-data "
#define IDENTITY_SIZE 128

static int lock_take(struct store *store, struct error *error)
{
    char path[PATH_SIZE];
    struct sys *sys = store->sys;
    if (path_join(path, store->data_dir, "lock", error) < 0)
        return -1;
    store->lock_fd = sys->open(sys, path, store->read_only ? O_RDONLY : O_RDWR | O_CREAT, 0600);
    if (store->lock_fd < 0 && store->read_only && (errno == ENOENT || errno == EACCES))
        return 0;                                       /* a copy that nobody ever opened */
    if (store->lock_fd < 0)
        return file_fail(error, "open", path);
    if (sys->lock(sys, store->lock_fd, !store->read_only) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return file_fail(error, "lock", path);
    return fail(error, SQLSTATE_OBJECT_IN_USE, "another process has the data directory \"%.300s\" open", store->data_dir);
}

/* What an interrupted creation left is one segment without a record; anything more is a directory that lost its identity. */
static int leftovers_remove(struct store *store, struct error *error)
{
    uint64_t *segments = NULL;
    int count = segment_list(store->sys, store->wal_dir, &segments, error), result = count < 0 ? -1 : 0;
    bool blank = count == 0 || (count == 1 && segments[0] == 1);
    if (count == 1 && blank)
        result = segment_blank(store->sys, store->wal_dir, 1, &blank, error);
    if (result == 0 && !blank)
        result = fail(error, SQLSTATE_DATA_CORRUPTED, "\"%.300s\" holds a log and no identity", store->data_dir);
    if (result == 0 && count == 1)
        result = segment_remove(store->sys, store->wal_dir, 1, error);
    free(segments);
    return result;
}

static void identity_text(const struct uuid *identity, uint64_t features, char out[static IDENTITY_SIZE])
{
    char uuid[UUID_TEXT_SIZE + 1];
    uuid_format(identity, uuid);
    snprintf(out, IDENTITY_SIZE, IDENTITY_HEAD "%u %016" PRIx64 " %s\n", FORMAT_VERSION, features, uuid);
}

int identity_write(struct store *store, const char *directory, struct error *error)
{
    char text[IDENTITY_SIZE];
    if (parent_sync(store->sys, directory, error) < 0)      /* before: what has an identity is there for good */
        return -1;
    identity_text(&store->identity, FORMAT_FEATURES, text);
    return file_replace(store->sys, directory, "identity", slice_of_string(text), error);
}

static int identity_make(struct store *store, struct error *error)
{
    if (store->read_only)
        return fail(error, SQLSTATE_UNDEFINED_FILE, "\"%.300s\" is no data directory", store->data_dir);
    if (leftovers_remove(store, error) < 0)
        return -1;
    store->identity = uuid_random(store->sys);
    /* The first segment comes before the identity: a directory with an identity and no log has lost its log. */
    struct segment first = { .first_lsn = 1, .seed = wal_genesis(&store->identity), .identity = store->identity,
                             .size = store->segment_size, .created_us = sys_now_us(store->sys) };
    if (segment_prepare(store->sys, store->wal_dir, store->segment_size, NULL, error) < 0)
        return -1;
    int fd = segment_start(store->sys, store->wal_dir, &first, error);
    if (fd < 0)
        return -1;
    store->sys->close(store->sys, fd);
    return identity_write(store, store->data_dir, error);
}

/* "rowhouse-data <version> " begins the identity of every version; what follows is this one's. */
static int identity_parse(struct store *store, const char *path, struct slice text, struct error *error)
{
    unsigned version;
    uint64_t features;
    int at = 0;
    char uuid[UUID_TEXT_SIZE + 1], again[IDENTITY_SIZE], bytes[IDENTITY_SIZE] = "";
    snprintf(bytes, sizeof bytes, "%.*s", SLICE_FMT(text));
    bool named = sscanf(bytes, IDENTITY_HEAD "%4u %n", &version, &at) == 1 && at > 0, whole = false;
    if (named && version == FORMAT_VERSION && sscanf(bytes + at, "%16" SCNx64 " %36s", &features, uuid) == 2
        && uuid_parse(slice_of_string(uuid), &store->identity)) {
        identity_text(&store->identity, features, again);
        whole = slice_equal(text, slice_of_string(again));
    }
    if (named && version != FORMAT_VERSION)
        return format_check(path, version, 0, error);
    if (!whole)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "\"%s\" is damaged: it holds no identity", path);
    return format_check(path, version, features, error);
}

static int identity_read(struct store *store, struct error *error)
{
    char path[PATH_SIZE];
    struct buf text = { 0 };
    if (path_join(path, store->data_dir, "identity", error) < 0)
        return -1;
    int fd = store->sys->open(store->sys, path, O_RDONLY, 0);
    if (fd < 0)
        return errno == ENOENT ? identity_make(store, error) : file_fail(error, "open", path);
    store->sys->close(store->sys, fd);
    int result = file_load(store->sys, path, &text, error);
    if (result == 0)
        result = identity_parse(store, path, buf_slice(&text), error);
    buf_done(&text);
    return result;
}

int directory_open(struct store *store, const char *path, struct error *error)
{
    snprintf(store->data_dir, sizeof store->data_dir, "%s", path);
    if (path_join(store->wal_dir, path, "wal", error) < 0 || path_join(store->snapshot_dir, path, "snapshots", error) < 0)
        return -1;
    if (!store->read_only && (folder_make(store->sys, path, error) < 0 || folder_make(store->sys, store->wal_dir, error) < 0
                              || folder_make(store->sys, store->snapshot_dir, error) < 0))
        return -1;
    if (lock_take(store, error) < 0)
        return -1;
    return identity_read(store, error);
}

void directory_close(struct store *store)
{
    if (store->lock_fd >= 0)
        store->sys->close(store->sys, store->lock_fd);
    store->lock_fd = -1;
}
