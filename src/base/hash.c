#include "base/hash.h"

#include <assert.h>
#include <stdlib.h>

/* All of libxxhash is compiled in here: libpg_query exports a copy of its own under the same names, and which of the two a
 * call would reach is up to the linker. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/memory.h"

uint64_t hash64(struct slice bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.data, bytes.size, seed);
}

void hash128(struct slice bytes, uint8_t out[static 16])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data, bytes.size));
    memcpy(out, canonical.digest, 16);
}

struct hash_stream {
    XXH3_state_t *state;            /* libxxhash allocates it: it wants more alignment than malloc() gives */
};

struct hash_stream *hash_stream_new(void)
{
    struct hash_stream *stream = memory_alloc(sizeof *stream);
    stream->state = XXH3_createState();
    assert(stream->state != NULL);
    XXH3_64bits_reset(stream->state);
    return stream;
}

void hash_stream_free(struct hash_stream *stream)
{
    if (stream == NULL)
        return;
    XXH3_freeState(stream->state);
    free(stream);
}

void hash_stream_add(struct hash_stream *stream, struct slice bytes)
{
    XXH3_64bits_update(stream->state, bytes.data, bytes.size);
}

uint64_t hash_stream_value(const struct hash_stream *stream)
{
    return XXH3_64bits_digest(stream->state);
}
