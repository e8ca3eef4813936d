/* The server's own writes: what must be tidied up now and then. A job of nobody's, every UPKEEP_PERIOD_S, so small
 * that nobody's write waits for it. */
#ifndef ROWHOUSE_SERVER_UPKEEP_H
#define ROWHOUSE_SERVER_UPKEEP_H

#include <ev.h>

#include "server/idempotency.h"
#include "server/job.h"

#define UPKEEP_PERIOD_S 1.0
#define UPKEEP_BUDGET   4096        /* records that one step looks at */
#define UPKEEP_ROWS_BUDGET 1024     /* rows that one step looks at and may delete */
#define UPKEEP_ROUND_S  60          /* between two rounds over all houses */

struct server;

struct upkeep {
    struct server *server;
    ev_timer timer;                 /* of the main loop */
    struct principal who;
};

void upkeep_start(struct upkeep *upkeep, struct server *server);
void upkeep_stop(struct upkeep *upkeep);

#endif
