#include "store/snapshot.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/hash.h"
#include "base/memory.h"

#define HEADER_SIZE   ((size_t)64)
#define FOOTER_SIZE   ((size_t)40)
#define ZSTD_LEVEL    1
#define FLUSH_BYTES   MIB(8)            /* synced as it goes: no mountain of dirty pages at the end */
#define PUMP_BYTES    KIB(256)
#define TEMPORARY     "new.tmp"

static const char header_magic[8] = { 'R', 'H', 'S', 'N', 'A', 'P', '0', '1' };
static const char footer_magic[8] = { 'R', 'H', 'S', 'E', 'A', 'L', '0', '1' };

static void put64(uint8_t *to, uint64_t value)
{
    value = htole64(value);
    memcpy(to, &value, sizeof value);
}

static uint64_t get64(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return le64toh(value);
}

void snapshot_name(uint64_t lsn, char out[static SNAPSHOT_NAME_SIZE])
{
    snprintf(out, SNAPSHOT_NAME_SIZE, "%016" PRIx64 ".snap", lsn);
}

/* --- Listing --- */

struct listing {
    uint64_t *items;
    int count;
};

static int listing_add(void *env, const char *name)
{
    struct listing *listing = env;
    char canonical[SNAPSHOT_NAME_SIZE];
    uint64_t lsn = strtoull(name, NULL, 16);
    snapshot_name(lsn, canonical);
    if (strcmp(name, canonical) != 0)
        return 0;
    listing->items = memory_resize(listing->items, (size_t)(listing->count + 1) * sizeof *listing->items);
    listing->items[listing->count++] = lsn;
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

int snapshot_list(struct sys *sys, const char *folder, uint64_t **ret, struct error *error)
{
    struct listing listing = { 0 };
    if (sys->list(sys, folder, listing_add, &listing) < 0) {
        free(listing.items);
        return file_fail(error, "list", folder);
    }
    if (listing.count > 0)
        qsort(listing.items, (size_t)listing.count, sizeof *listing.items, newest_first);
    *ret = listing.items;
    return listing.count;
}

/* --- Header and footer --- */

static uint64_t header_fill(uint8_t header[static 64], const struct snapshot *snapshot)
{
    memset(header, 0, HEADER_SIZE);
    memcpy(header, header_magic, sizeof header_magic);
    put64(header + 8, snapshot->lsn);
    put64(header + 16, snapshot->chain);
    memcpy(header + 24, snapshot->identity.bytes, sizeof snapshot->identity.bytes);
    put64(header + 40, (uint64_t)snapshot->created_us);
    put64(header + 56, hash64(slice_of(header, 56), 0));
    return get64(header + 56);
}

static void footer_fill(uint8_t footer[static 40], uint64_t copy_size, uint64_t copy_hash, uint64_t file_size, uint64_t seed)
{
    memcpy(footer, footer_magic, sizeof footer_magic);
    put64(footer + 8, copy_size);
    put64(footer + 16, copy_hash);
    put64(footer + 24, file_size);
    put64(footer + 32, hash64(slice_of(footer, 32), seed));
}

static int look(struct sys *sys, int fd, const char *path, struct snapshot *ret, uint64_t *ret_hash, uint64_t *ret_file_size,
                struct error *error)
{
    uint8_t header[HEADER_SIZE], footer[FOOTER_SIZE];
    off_t size = sys->size(sys, fd);
    if (size < 0)
        return file_fail(error, "look at", path);
    if ((size_t)size < HEADER_SIZE + FOOTER_SIZE)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is cut off", path);
    if (file_read(sys, fd, header, HEADER_SIZE, 0) != (ssize_t)HEADER_SIZE
        || file_read(sys, fd, footer, FOOTER_SIZE, size - (off_t)FOOTER_SIZE) != (ssize_t)FOOTER_SIZE)
        return file_fail(error, "read", path);
    if (memcmp(header, header_magic, sizeof header_magic) != 0 || get64(header + 56) != hash64(slice_of(header, 56), 0))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" has a damaged header", path);
    if (memcmp(footer, footer_magic, sizeof footer_magic) != 0 || get64(footer + 24) != (uint64_t)size
        || get64(footer + 32) != hash64(slice_of(footer, 32), get64(header + 56)))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is not sealed", path);
    *ret = (struct snapshot){ .lsn = get64(header + 8), .chain = get64(header + 16), .size = get64(footer + 8),
                              .created_us = (int64_t)get64(header + 40) };
    memcpy(ret->identity.bytes, header + 24, sizeof ret->identity.bytes);
    *ret_hash = get64(footer + 16);
    *ret_file_size = (uint64_t)size;
    return 0;
}

static int open_named(struct sys *sys, const char *folder, uint64_t lsn, char path[static PATH_SIZE], struct error *error)
{
    char name[SNAPSHOT_NAME_SIZE];
    snapshot_name(lsn, name);
    if (path_join(path, folder, name, error) < 0)
        return -1;
    int fd = sys->open(sys, path, O_RDONLY, 0);
    return fd < 0 ? file_fail(error, "open", path) : fd;
}

int snapshot_look(struct sys *sys, const char *folder, uint64_t lsn, struct snapshot *ret, struct error *error)
{
    char path[PATH_SIZE];
    uint64_t hash, size;
    int fd = open_named(sys, folder, lsn, path, error);
    if (fd < 0)
        return -1;
    int result = look(sys, fd, path, ret, &hash, &size, error);
    if (result == 0 && ret->lsn != lsn)
        result = fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is at LSN %" PRIu64 " by its header", path, ret->lsn);
    sys->close(sys, fd);
    return result;
}

/* --- Loading --- */

struct loading {
    struct sys *sys;
    int fd, to;                         /* to: -1 when only checked */
    const char *path;
    uint64_t at, end;                   /* of the compressed bytes */
    ZSTD_DStream *stream;
    XXH3_state_t *hash;
    uint8_t *in, *out;
    uint64_t written;
};

static int load_write(struct loading *l, const uint8_t *bytes, size_t size, struct error *error)
{
    XXH3_64bits_update(l->hash, bytes, size);
    for (size_t done = 0; l->to >= 0 && done < size;) {
        ssize_t wrote = pwrite(l->to, bytes + done, size - done, (off_t)(l->written + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return file_fail(error, "write the image from", l->path);
        done += (size_t)wrote;
    }
    l->written += size;
    return 0;
}

static int load_frame(struct loading *l, struct error *error)
{
    size_t left = 1;
    while (l->at < l->end) {
        size_t want = l->end - l->at < PUMP_BYTES ? (size_t)(l->end - l->at) : PUMP_BYTES;
        ssize_t got = file_read(l->sys, l->fd, l->in, want, (off_t)l->at);
        if (got != (ssize_t)want)
            return file_fail(error, "read", l->path);
        l->at += want;
        for (ZSTD_inBuffer in = { l->in, want, 0 }; in.pos < in.size;) {
            ZSTD_outBuffer out = { l->out, PUMP_BYTES, 0 };
            left = ZSTD_decompressStream(l->stream, &out, &in);
            if (ZSTD_isError(left))
                return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is damaged: %s", l->path, ZSTD_getErrorName(left));
            if (load_write(l, l->out, out.pos, error) < 0)
                return -1;
        }
    }
    while (left > 0) {
        ZSTD_inBuffer in = { l->in, 0, 0 };
        ZSTD_outBuffer out = { l->out, PUMP_BYTES, 0 };
        left = ZSTD_decompressStream(l->stream, &out, &in);
        if (ZSTD_isError(left) || (left > 0 && out.pos == 0))
            return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is damaged: its frame has no end", l->path);
        if (load_write(l, l->out, out.pos, error) < 0)
            return -1;
    }
    return 0;
}

static int load_open(struct loading *l, struct snapshot *ret, const char *to, struct error *error)
{
    uint64_t hash, size;
    if (look(l->sys, l->fd, l->path, ret, &hash, &size, error) < 0)
        return -1;
    l->at = HEADER_SIZE;
    l->end = size - FOOTER_SIZE;
    if (to != NULL) {
        l->to = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (l->to < 0)
            return file_fail(error, "create", to);
    }
    l->stream = ZSTD_createDStream();
    l->hash = XXH3_createState();
    l->in = memory_alloc(2 * PUMP_BYTES);
    l->out = l->in + PUMP_BYTES;
    XXH3_64bits_reset(l->hash);
    if (load_frame(l, error) < 0)
        return -1;
    if (l->written != ret->size || XXH3_64bits_digest(l->hash) != hash)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is damaged: its checksum does not match", l->path);
    return 0;
}

int snapshot_load(struct sys *sys, const char *folder, uint64_t lsn, const char *to, struct snapshot *ret, struct error *error)
{
    char path[PATH_SIZE];
    struct loading l = { .sys = sys, .to = -1, .path = path };
    l.fd = open_named(sys, folder, lsn, path, error);
    if (l.fd < 0)
        return -1;
    int result = load_open(&l, ret, to, error);
    if (result == 0 && ret->lsn != lsn)
        result = fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is at LSN %" PRIu64 " by its header", path, ret->lsn);
    if (l.to >= 0)
        close(l.to);
    sys->close(sys, l.fd);
    ZSTD_freeDStream(l.stream);
    XXH3_freeState(l.hash);
    free(l.in);
    return result;
}

/* --- Taking: LMDB copies into a pipe on a thread of its own; this one hashes, compresses and writes --- */

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
    XXH3_state_t *hash;
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
        ZSTD_outBuffer out = { t->out, PUMP_BYTES, 0 };
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
        got = read(t->from, t->in, PUMP_BYTES);
    while (got < 0 && errno == EINTR);
    return got;
}

static int take_stream(struct taking *t, ssize_t first, struct error *error)
{
    ssize_t got = first;
    for (; got > 0; got = take_read(t)) {
        XXH3_64bits_update(t->hash, t->in, (size_t)got);
        t->copied += (uint64_t)got;
        if (take_compress(t, (size_t)got, ZSTD_e_continue, error) < 0)
            return -1;
    }
    if (got < 0)
        return file_fail(error, "read the copy for", t->path);
    return take_compress(t, 0, ZSTD_e_end, error);
}

/* Begins the copy between two commits, so that its LSN is known. */
static int copier_start(struct store *store, struct copier *copier, struct taking *t, struct snapshot *snapshot, ssize_t *ret_first,
                        struct error *error)
{
    int ends[2];
    struct view view;
    struct image_applied applied;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return file_fail(error, "make a pipe for", t->path);
    *copier = (struct copier){ .env = store->image.env, .to = ends[1] };
    t->from = ends[0];
    pthread_mutex_lock(&store->commit_mutex);
    int result = view_begin(store, &view, error);
    if (result == 0) {
        result = image_applied(&store->image, view.txn, &applied, error);
        view_end(&view);
    }
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
    uint8_t header[HEADER_SIZE], footer[FOOTER_SIZE];
    struct copier copier;
    ssize_t first = 0;
    if (copier_start(store, &copier, t, snapshot, &first, error) < 0)
        return -1;
    uint64_t seed = header_fill(header, snapshot);
    int result = take_write(t, header, HEADER_SIZE, error);
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
    footer_fill(footer, t->copied, XXH3_64bits_digest(t->hash), t->written + FOOTER_SIZE, seed);
    if (take_write(t, footer, FOOTER_SIZE, error) < 0)
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
    t.hash = XXH3_createState();
    XXH3_64bits_reset(t.hash);
    t.in = memory_alloc(2 * PUMP_BYTES);
    t.out = t.in + PUMP_BYTES;
    int result = take_into(store, &t, ret, error);
    if (t.from >= 0)
        close(t.from);
    sys->close(sys, t.fd);
    ZSTD_freeCStream(t.stream);
    XXH3_freeState(t.hash);
    free(t.in);
    if (result == 0)
        result = take_name(store, folder, path, ret, error);
    if (result < 0)
        sys->unlink(sys, path);
    return result;
}
