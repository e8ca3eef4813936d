/* A digest of what MessagePack means: objects that mean the same have the same.
 *
 *  (MPD-1) The entries of a map have no order: theirs is the sum of the digests of its pairs.
 *  (MPD-2) A number is its value: a float that is whole is that integer, since every number type takes either.
 *  (MPD-3) How wide a head is does not count.
 * Every object is hashed with its type, XXH3-128; no memory is needed but for the nesting. */
#ifndef ROWHOUSE_VALUE_MP_DIGEST_H
#define ROWHOUSE_VALUE_MP_DIGEST_H

#include "value/mp.h"

#define MP_DIGEST_SIZE 16

/* Of the checked object at the front of `in`; moves past it. */
void mp_digest(struct slice *in, uint8_t digest[static MP_DIGEST_SIZE]);

/* Takes one more object of a sequence into its digest, which begins as zeros. */
void mp_digest_add(uint8_t digest[static MP_DIGEST_SIZE], struct slice *in);

#endif
