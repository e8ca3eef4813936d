/* Taking a snapshot: LMDB copies into a pipe on a thread of its own; this one hashes, compresses and writes. */
#include "store/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/hash.h"
#include "base/memory.h"

#define ZSTD_LEVEL  1
#define FLUSH_BYTES MIB(8)              /* synced as it goes: no mountain of dirty pages at the end */
#define TEMPORARY   "new.tmp"

struct copier {
    MDB_env *env;
    int to;
    int code;
    pthread_t thread;
};

static void *copier_thread(void *env)
{
    struct copier *copier = env;
    copier->code = mdb_env_copyfd2(copier->env, copier->to, MDB_CP_COMPACT);
    close(copier->to);
    return NULL;
}

struct taking {
    struct sys *sys;
    int fd, from;
    const char *path;
    ZSTD_CStream *stream;
    struct hash_stream *hash;
    uint8_t *in, *out;
    uint64_t copied, written, flushed;
};

static int take_write(struct taking *t, const void *bytes, size_t size, struct error *error)
{
    if (file_write(t->sys, t->fd, bytes, size, (off_t)t->written) < 0)
        return file_fail(error, "write", t->path);
    t->written += size;
    if (t->written - t->flushed < FLUSH_BYTES)
        return 0;
    t->flushed = t->written;
    return t->sys->datasync(t->sys, t->fd) < 0 ? file_fail(error, "sync", t->path) : 0;
}

static int take_compress(struct taking *t, size_t size, ZSTD_EndDirective mode, struct error *error)
{
    ZSTD_inBuffer in = { t->in, size, 0 };
    size_t left;
    do {
        ZSTD_outBuffer out = { t->out, SNAPSHOT_PUMP_SIZE, 0 };
        left = ZSTD_compressStream2(t->stream, &out, &in, mode);
        if (ZSTD_isError(left))
            return fail(error, SQLSTATE_INTERNAL_ERROR, "cannot compress \"%s\": %s", t->path, ZSTD_getErrorName(left));
        if (out.pos > 0 && take_write(t, t->out, out.pos, error) < 0)
            return -1;
    } while (in.pos < in.size || (mode == ZSTD_e_end && left > 0));
    return 0;
}

/* Waits for the first bytes: when they are there the copy's read transaction has begun. */
static ssize_t take_read(struct taking *t)
{
    ssize_t got;
    do
        got = read(t->from, t->in, SNAPSHOT_PUMP_SIZE);
    while (got < 0 && errno == EINTR);
    return got;
}

static int take_stream(struct taking *t, ssize_t first, struct error *error)
{
    ssize_t got = first;
    for (; got > 0; got = take_read(t)) {
        hash_stream_add(t->hash, slice_of(t->in, (size_t)got));
        t->copied += (uint64_t)got;
        if (take_compress(t, (size_t)got, ZSTD_e_continue, error) < 0)
            return -1;
    }
    if (got < 0)
        return file_fail(error, "read the copy for", t->path);
    return take_compress(t, 0, ZSTD_e_end, error);
}

static int applied_now(struct store *store, struct image_applied *ret, struct error *error)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(store->image.env, NULL, MDB_RDONLY, &txn);
    if (code != 0)
        return image_fail(error, code, "begin reading");
    int result = image_applied(&store->image, txn, ret, error);
    mdb_txn_abort(txn);
    return result;
}

/* Begins the copy between two commits, so that its LSN is known. */
static int copier_start(struct store *store, struct copier *copier, struct taking *t, struct snapshot *snapshot, ssize_t *ret_first,
                        struct error *error)
{
    int ends[2];
    struct image_applied applied;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return file_fail(error, "make a pipe for", t->path);
    *copier = (struct copier){ .env = store->image.env, .to = ends[1] };
    t->from = ends[0];
    pthread_mutex_lock(&store->commit_mutex);
    int result = applied_now(store, &applied, error);
    if (result == 0 && pthread_create(&copier->thread, NULL, copier_thread, copier) != 0)
        result = fail(error, SQLSTATE_OUT_OF_MEMORY, "cannot start the thread that copies the image");
    if (result == 0)
        *ret_first = take_read(t);
    pthread_mutex_unlock(&store->commit_mutex);
    if (result < 0) {
        close(ends[1]);
        return -1;
    }
    snapshot->lsn = applied.lsn;
    snapshot->chain = applied.lsn == 0 ? wal_genesis(&store->identity) : applied.chain;
    return 0;
}

/* Everything into the open temporary file; the copy's thread is joined whatever happens. */
static int take_into(struct store *store, struct taking *t, struct snapshot *snapshot, struct error *error)
{
    uint8_t header[SNAPSHOT_HEADER_SIZE], footer[SNAPSHOT_FOOTER_SIZE];
    struct copier copier;
    ssize_t first = 0;
    if (copier_start(store, &copier, t, snapshot, &first, error) < 0)
        return -1;
    uint64_t seed = snapshot_header(header, snapshot);
    int result = take_write(t, header, SNAPSHOT_HEADER_SIZE, error);
    if (result == 0)
        result = take_stream(t, first, error);
    close(t->from);                                     /* a copy that is not read to its end fails now, and ends */
    t->from = -1;
    pthread_join(copier.thread, NULL);
    if (result < 0)
        return -1;
    if (copier.code != 0)
        return image_fail(error, copier.code, "copy");
    snapshot->size = t->copied;
    snapshot_footer(footer, t->copied, hash_stream_value(t->hash), t->written + SNAPSHOT_FOOTER_SIZE, seed);
    if (take_write(t, footer, SNAPSHOT_FOOTER_SIZE, error) < 0)
        return -1;
    return store->sys->sync(store->sys, t->fd) < 0 ? file_fail(error, "sync", t->path) : 0;
}

static int take_name(struct store *store, const char *folder, const char *temporary, const struct snapshot *snapshot, struct error *error)
{
    char path[PATH_SIZE], name[SNAPSHOT_NAME_SIZE];
    snapshot_name(snapshot->lsn, name);
    if (path_join(path, folder, name, error) < 0)
        return -1;
    if (store->wal != NULL)
        wal_wait(store->wal, snapshot->lsn);            /* (P2) */
    if (store->sys->rename(store->sys, temporary, path) < 0)
        return file_fail(error, "rename", temporary);
    return folder_sync(store->sys, folder, error);
}

int snapshot_take(struct store *store, const char *folder, struct snapshot *ret, struct error *error)
{
    char path[PATH_SIZE];
    struct sys *sys = store->sys;
    struct taking t = { .sys = sys, .from = -1, .path = path };
    if (path_join(path, folder, TEMPORARY, error) < 0)
        return -1;
    *ret = (struct snapshot){ .identity = store->identity, .created_us = sys_now_us(sys) };
    t.fd = sys->open(sys, path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (t.fd < 0)
        return file_fail(error, "create", path);
    t.stream = ZSTD_createCStream();
    ZSTD_CCtx_setParameter(t.stream, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    t.hash = hash_stream_new();
    t.in = memory_alloc(2 * SNAPSHOT_PUMP_SIZE);
    t.out = t.in + SNAPSHOT_PUMP_SIZE;
    int result = take_into(store, &t, ret, error);
    if (t.from >= 0)
        close(t.from);
    sys->close(sys, t.fd);
    ZSTD_freeCStream(t.stream);
    hash_stream_free(t.hash);
    free(t.in);
    if (result == 0)
        result = take_name(store, folder, path, ret, error);
    if (result < 0)
        sys->unlink(sys, path);
    return result;
}
