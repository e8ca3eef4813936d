/* MessagePack-RPC: from bytes to requests, and from results and errors to replies. No socket in here.
 *
 *      request       [0, id, method, params]       id: unsigned, 32 bits
 *      response      [1, id, error, result]        error: nil, or [sqlstate, message, detail, hint]
 *      notification  [2, method, params]
 *
 *  (R1) A byte is looked at once by the check of what arrived, however it is cut into reads (struct mp_scan). */
#ifndef ROWHOUSE_PROTOCOL_RPC_H
#define ROWHOUSE_PROTOCOL_RPC_H

#include "protocol/wire.h"

extern const struct wire wire_msgpack;

/* --- Its parts --- */

/* As wire.feed(): -1 with 08P01 when it is no MessagePack-RPC. The method is not looked up. */
int rpc_read(struct mp_scan *scan, struct slice bytes, size_t size_max, struct wire_request *ret, size_t *ret_size, struct error *error);

/* A reply is built in place: start it, append the result object, or turn it into an error. rpc_reply_start returns
 * where it began, for rpc_reply_fail and rpc_reply_end. */
size_t rpc_reply_start(struct buf *out, uint32_t id);
void rpc_reply_fail(struct buf *out, size_t start, uint32_t id, const struct error *error);
/* Turns a reply beyond REPLY_SIZE_MAX into error 54000; whether it stays a success. */
bool rpc_reply_end(struct buf *out, size_t start, uint32_t id);

/* A whole error reply at the end of `out`. */
void rpc_put_error(struct buf *out, uint32_t id, const struct error *error);

#endif
