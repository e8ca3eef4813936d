/* Reading a snapshot: every byte of the copy is hashed as it comes out of its frame; what does not match the footer is damage. */
#include "store/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/hash.h"
#include "base/memory.h"

struct loading {
    struct sys *sys;
    int fd, to;                         /* to: -1 when only checked */
    const char *path;
    uint64_t at, end;                   /* of the compressed bytes */
    ZSTD_DStream *stream;
    struct hash_stream *hash;
    uint8_t *in, *out;
    uint64_t written;
};

static int load_write(struct loading *l, const uint8_t *bytes, size_t size, struct error *error)
{
    hash_stream_add(l->hash, slice_of(bytes, size));
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
        size_t want = l->end - l->at < SNAPSHOT_PUMP_SIZE ? (size_t)(l->end - l->at) : SNAPSHOT_PUMP_SIZE;
        ssize_t got = file_read(l->sys, l->fd, l->in, want, (off_t)l->at);
        if (got != (ssize_t)want)
            return file_fail(error, "read", l->path);
        l->at += want;
        for (ZSTD_inBuffer in = { l->in, want, 0 }; in.pos < in.size;) {
            ZSTD_outBuffer out = { l->out, SNAPSHOT_PUMP_SIZE, 0 };
            left = ZSTD_decompressStream(l->stream, &out, &in);
            if (ZSTD_isError(left))
                return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is damaged: %s", l->path, ZSTD_getErrorName(left));
            if (load_write(l, l->out, out.pos, error) < 0)
                return -1;
        }
    }
    while (left > 0) {
        ZSTD_inBuffer in = { l->in, 0, 0 };
        ZSTD_outBuffer out = { l->out, SNAPSHOT_PUMP_SIZE, 0 };
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
    if (snapshot_frame(l->sys, l->fd, l->path, ret, &hash, &size, error) < 0)
        return -1;
    l->at = SNAPSHOT_HEADER_SIZE;
    l->end = size - SNAPSHOT_FOOTER_SIZE;
    if (to != NULL) {
        l->to = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (l->to < 0)
            return file_fail(error, "create", to);
    }
    l->stream = ZSTD_createDStream();
    l->hash = hash_stream_new();
    l->in = memory_alloc(2 * SNAPSHOT_PUMP_SIZE);
    l->out = l->in + SNAPSHOT_PUMP_SIZE;
    if (load_frame(l, error) < 0)
        return -1;
    if (l->written != ret->size || hash_stream_value(l->hash) != hash)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is damaged: its checksum does not match", l->path);
    return 0;
}

int snapshot_load(struct sys *sys, const char *folder, uint64_t lsn, const char *to, struct snapshot *ret, struct error *error)
{
    char path[PATH_SIZE];
    struct loading l = { .sys = sys, .to = -1, .path = path };
    l.fd = snapshot_open(sys, folder, lsn, path, error);
    if (l.fd < 0)
        return -1;
    int result = load_open(&l, ret, to, error);
    if (result == 0 && ret->lsn != lsn)
        result = fail(error, SQLSTATE_DATA_CORRUPTED, "snapshot \"%s\" is at LSN %" PRIu64 " by its header", path, ret->lsn);
    if (l.to >= 0)
        close(l.to);
    sys->close(sys, l.fd);
    ZSTD_freeDStream(l.stream);
    hash_stream_free(l.hash);
    free(l.in);
    return result;
}

