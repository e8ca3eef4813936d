/* A backup is a data directory: one snapshot, an empty log behind it, and the identity of the original, whose history it
 * continues. The identity comes last, so a backup that was interrupted is no data directory. */
#include "store/snapshot.h"

#include <errno.h>
#include <stdio.h>

static int found(void *env, const char *name)
{
    return 1;
}

static int folders_make(struct store *store, const char *directory, char wal[static PATH_SIZE], char snapshots[static PATH_SIZE],
                        struct error *error)
{
    if (path_join(wal, directory, "wal", error) < 0 || path_join(snapshots, directory, "snapshots", error) < 0)
        return -1;
    if (folder_make(store->sys, directory, error) < 0)
        return -1;
    if (store->sys->list(store->sys, directory, found, NULL) != 0)
        return fail(error, SQLSTATE_OBJECT_IN_USE, "\"%.300s\" is not empty", directory);
    return folder_make(store->sys, wal, error) < 0 ? -1 : folder_make(store->sys, snapshots, error);
}

static int log_start(struct store *store, const char *wal, const struct snapshot *snapshot, struct error *error)
{
    struct segment first = { .first_lsn = snapshot->lsn + 1, .seed = snapshot->chain, .identity = store->identity,
                             .size = store->segment_size, .created_us = snapshot->created_us };
    if (segment_prepare(store->sys, wal, store->segment_size, NULL, error) < 0)
        return -1;
    int fd = segment_start(store->sys, wal, &first, error);
    if (fd < 0)
        return -1;
    store->sys->close(store->sys, fd);
    return 0;
}

int store_backup(struct store *store, const char *directory, struct error *error)
{
    char wal[PATH_SIZE], snapshots[PATH_SIZE];
    struct snapshot snapshot;
    if (folders_make(store, directory, wal, snapshots, error) < 0 || snapshot_in(store, snapshots, &snapshot, error) < 0)
        return -1;
    return log_start(store, wal, &snapshot, error) < 0 ? -1 : identity_write(store, directory, error);
}
