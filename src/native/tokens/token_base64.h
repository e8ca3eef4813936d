/* RFC 4648's base64url without padding, as tokens have it. */
#ifndef ROWHOUSE_NATIVE_TOKENS_TOKEN_BASE64_H
#define ROWHOUSE_NATIVE_TOKENS_TOKEN_BASE64_H

#include "base/arena.h"
#include "base/buf.h"

void base64url_encode(struct slice bytes, struct buf *out);

/* False for foreign characters, padding, a length that cannot be, and bits behind the last byte that are not zero: one text for
 * one run of bytes. */
bool base64url_decode(struct slice text, struct arena *arena, struct slice *ret);

#endif
