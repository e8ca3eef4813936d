/* UUIDs, RFC 9562. Sixteen bytes, ordered as bytes. */
#ifndef ROWHOUSE_BASE_UUID_H
#define ROWHOUSE_BASE_UUID_H

#include "base/slice.h"

#define UUID_TEXT_SIZE 36

struct uuid {
    uint8_t bytes[16];
};

struct sys;

/* Version 4, from the machine's random bytes. */
struct uuid uuid_random(struct sys *sys);

/* PostgreSQL's input forms: 32 hexadecimal digits, hyphens after any group of four, optional braces. */
bool uuid_parse(struct slice text, struct uuid *ret);

/* Lower case, 8-4-4-4-12, and a NUL. */
void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE + 1]);

static inline int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

#endif
