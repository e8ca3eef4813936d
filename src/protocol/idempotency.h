/* Writes that run once: under a key that the caller chose, the reply is kept for IDEMPOTENCY_TTL_S and given again.
 *
 *      key    house | RELATION_IDEMPOTENCY | the caller's role (1 byte) | his user id (16 bytes, zeros without one) | the key's text
 *      value  [sealed [digest of the request (16 bytes), the reply (bin)] (ext 4, engine/seal_row.h), expires_us]
 *
 *  (I1) The reply is kept in the transaction of the write itself: both are durable, or neither.
 *  (I2) Only successes are kept. A failed write has changed nothing, so trying again is right.
 *  (I3) The same key with another method, params that mean something else (value/mp_digest.h) or another role of the caller in `profiles` is an error, RH003, never a wrong reply.
 *       A caller without a user, who shares the zeros with all of the same role, gives a random uuid for a key (22023): nobody comes upon another's.
 *  (I4) Digest and reply are sealed, always: a reply may hold what its statement returned or a function gave out once (a TOTP secret,
 *       backup codes), and the digest of a request that brought a short secret would tell which one it was. Sealing whatever comes
 *       is simpler than knowing which replies are secret, and cannot be wrong. */
#ifndef ROWHOUSE_PROTOCOL_IDEMPOTENCY_H
#define ROWHOUSE_PROTOCOL_IDEMPOTENCY_H

#include "engine/table.h"
#include "native/idempotency_sweep.h"
#include "protocol/args.h"
#include "value/mp_digest.h"

struct kept_reply {
    struct key key;
    uint8_t digest[MP_DIGEST_SIZE];
    struct slice reply;             /* in the request's arena */
};

/* 1: *ret has the reply; 0: there is none yet, *ret is what idempotency_keep needs; -1: RH003, 22023. */
int idempotency_find(struct request *rq, struct slice key, const char *method, struct args args, struct kept_reply *ret);

/* Keeps a reply of at most IDEMPOTENCY_REPLY_MAX; 54000 for a larger one. */
int idempotency_keep(struct request *rq, const struct kept_reply *kept, struct slice reply);

#endif
