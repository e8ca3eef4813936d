/* Replies that are kept under idempotency keys, past their time. What is kept, and how, is protocol/idempotency.h's. */
#ifndef ROWHOUSE_NATIVE_IDEMPOTENCY_SWEEP_H
#define ROWHOUSE_NATIVE_IDEMPOTENCY_SWEEP_H

#include "native/native.h"

/* A sweep walks all houses, a few records a step, and removes what has expired. A zeroed sweep starts a round. */
struct idempotency_sweep {
    uint32_t house;
    struct key next;                /* where to go on in it; size 0: at its beginning */
};

/* Looks at `budget` records at most. 1: there is more to look at; 0: the round is over, the sweep is at its start; -1.
 * *ret_removed counts. */
int idempotency_sweep(struct request *rq, struct idempotency_sweep *sweep, int budget, int *ret_removed);

#endif
