/* A statement's result as MessagePack: {"columns": [name...], "types": [name...], "rows": [[value...]...], "count": n}.
 *
 * A result that would pass what one reply may hold is refused (54000). */
#ifndef ROWHOUSE_PROTOCOL_RESULT_MSGPACK_H
#define ROWHOUSE_PROTOCOL_RESULT_MSGPACK_H

#include "engine/engine.h"
#include "engine/result.h"

struct result_msgpack {
    struct result result;
    const struct result_shape *shape;
    struct buf *out;
    struct error *error;
    size_t start, rows_at;              /* in `out`: of the result, behind the head of its rows */
    uint32_t rows;
};

/* Appends to `out`; what a statement that fails leaves there is the caller's to cut off. */
void result_msgpack_start(struct result_msgpack *result, struct buf *out, struct error *error);

#endif
