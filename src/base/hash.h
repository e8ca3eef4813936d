/* XXH3, the one hash of Rowhouse where nobody attacks: checksums of rows, records and files, hash tables.
 * Where somebody might (audit chain, tokens) it is SHA-256 from OpenSSL. Its values are on disk and never change. */
#ifndef ROWHOUSE_BASE_HASH_H
#define ROWHOUSE_BASE_HASH_H

#include "base/slice.h"

uint64_t hash64(struct slice bytes, uint64_t seed);

/* The 16 bytes of XXH3-128 in its canonical (big-endian) form. */
void hash128(struct slice bytes, uint8_t out[static 16]);

/* The hash64, with seed 0, of bytes that come in pieces. */
struct hash_stream;
struct hash_stream *hash_stream_new(void);
void hash_stream_free(struct hash_stream *stream);              /* NULL is fine */
void hash_stream_add(struct hash_stream *stream, struct slice bytes);
uint64_t hash_stream_value(const struct hash_stream *stream);   /* of what was added so far */

#endif
