/* Writes that run once: under a key that the caller chose, the reply is kept for IDEMPOTENCY_TTL_S and given again.
 *
 *      key    house | RELATION_IDEMPOTENCY | the caller's role (1 byte) | his user id (16 bytes, zeros without one) | the key's text
 *      value  [digest of the request (16 bytes), the reply (bin), expires_us]
 *
 *  (I1) The reply is kept in the transaction of the write itself: both are durable, or neither.
 *  (I2) Only successes are kept. A failed write has changed nothing, so trying again is right.
 *  (I3) The same key with another method or other params is an error, RH003, never a wrong reply. */
#ifndef ROWHOUSE_SERVER_IDEMPOTENCY_H
#define ROWHOUSE_SERVER_IDEMPOTENCY_H

#include "native/idempotency_sweep.h"
#include "engine/table.h"

struct kept_reply {
    struct key key;
    uint8_t digest[16];
    struct slice reply;             /* in the request's arena */
};

/* 1: *ret has the reply; 0: there is none yet, *ret is what idempotency_keep needs; -1: RH003. */
int idempotency_find(struct request *rq, struct slice key, const char *method, struct args args, struct kept_reply *ret);

/* Keeps a reply of at most IDEMPOTENCY_REPLY_MAX; 54000 for a larger one. */
int idempotency_keep(struct request *rq, const struct kept_reply *kept, struct slice reply);

#endif
