/* Restoring, seen from the server: when a load was last worked on, and what becomes of one that nobody works on. */
#ifndef ROWHOUSE_NATIVE_RESTORE_H
#define ROWHOUSE_NATIVE_RESTORE_H

#include "native/native.h"

#define RESTORE_IDLE_S 2            /* after which another restore may take it back */
#define RESTORE_ABANDONED_S 60      /* after which the server does */

/* When a request of the load that is open came last, of the writer's thread; zeros at the start. */
struct restoring {
    int64_t last_us;
};

/* A request of the load that is open. */
void restore_goes_on(const struct request *rq);

/* A step of upkeep: takes back a load that was abandoned. 1 there is more, 0, -1. */
int restore_take_back_idle(struct request *rq, int budget);

#endif
