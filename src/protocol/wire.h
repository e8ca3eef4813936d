/* A protocol, as a connection knows it: from the bytes that arrive to requests, and around what a request's method appends to the reply. A
 * connection and its jobs call nothing else of it; MessagePack-RPC is the one there is (rpc.h).
 *
 *  WIRE-1  begin(), then whatever the method appends, then end() or fail(): one request's reply, whole, of any number of messages, so that
 *          replies of several requests may follow each other in one buffer.
 *  WIRE-2  What a request borrows lies in the bytes that it was read from. */
#ifndef ROWHOUSE_PROTOCOL_WIRE_H
#define ROWHOUSE_PROTOCOL_WIRE_H

#include "protocol/dispatch.h"
#include "value/mp.h"

/* What a wire remembers of a connection between two calls of feed(). Begins as zeros. */
struct wire_state {
    struct mp_scan scan;            /* of the message that is arriving */
};

struct wire_request {
    bool notification;              /* nobody waits for a reply */
    uint32_t id;                    /* of the reply */
    struct slice name;              /* of the method */
    const struct method *method;    /* NULL: there is none of this name */
    struct args args;
};

struct wire {
    /* The first request of `bytes`: 1 and its size; 0 when more bytes are needed; -1 when it is none, or larger than `size_max` (54000): the
     * connection cannot go on then. */
    int (*feed)(struct wire_state *state, struct slice bytes, size_t size_max, struct wire_request *ret, size_t *ret_size, struct error *error);
    /* Begins a reply at the end of `out`; where, for end() and fail(). */
    size_t (*begin)(struct buf *out, uint32_t id);
    /* Turns a reply beyond REPLY_SIZE_MAX into error 54000; whether it stays a success. */
    bool (*end)(struct buf *out, size_t start, uint32_t id);
    void (*fail)(struct buf *out, size_t start, uint32_t id, const struct error *error);
    /* A whole error at the end of `out`; id 0: of no request, but the last that the connection hears. */
    void (*error)(struct buf *out, uint32_t id, const struct error *error);
};

#endif
