/* XXH3, the one hash of Rowhouse where nobody attacks: checksums of rows and records, hash tables.
 * Where somebody might (audit chain, tokens) it is SHA-256 from OpenSSL. */
#ifndef ROWHOUSE_BASE_HASH_H
#define ROWHOUSE_BASE_HASH_H

#include <xxhash.h>

#include "base/slice.h"

static inline uint64_t hash64(struct slice bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes.data, bytes.size, seed);
}

/* The 16 bytes of XXH3-128 in its canonical (big-endian) form. */
static inline void hash128(struct slice bytes, uint8_t out[static 16])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data, bytes.size));
    memcpy(out, canonical.digest, 16);
}

#endif
