/* Where a sweep stands, as a cursor for whoever sweeps by hand: stage (u16) and house (u32), big-endian, then the key to go on at. */
#ifndef ROWHOUSE_NATIVE_PLACE_H
#define ROWHOUSE_NATIVE_PLACE_H

#include "native/native.h"

struct place {
    int stage;                      /* what it means is the sweep's */
    uint32_t house;
    struct key next;                /* size 0: at the beginning of the stage */
};

/* The place of a cursor, the beginning for NULL. A key that is foreign to the walk that it is for must not be followed. 22023 for what
 * `function` never gave: other bytes, or a stage from `stages` on. */
int place_read(struct request *rq, const struct value *cursor, const char *function, int stages, struct place *ret);

/* Appends the member `next` of a reply: the cursor, or nil when there is no more. */
void place_put_next(struct buf *out, bool more, const struct place *place);

#define CURSOR_PARAMETER { "cursor", TYPE_BYTEA, false, false, "`next` of the call before" }

#endif
