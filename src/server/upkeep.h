/* The server's own writes: what must be tidied up or looked at now and then. A few chores, each a job of nobody's every
 * UPKEEP_PERIOD_S as long as its round lasts, so small that nobody's write waits for it. A chore that fails is told in the log
 * and begins again with its next round; the others do not notice. */
#ifndef ROWHOUSE_SERVER_UPKEEP_H
#define ROWHOUSE_SERVER_UPKEEP_H

#include <ev.h>

#include "native/expiry.h"
#include "native/watch.h"
#include "server/job.h"

#define UPKEEP_PERIOD_S 1.0
#define UPKEEP_BUDGET   2048        /* rows and records that one step looks at */
#define UPKEEP_ROUND_S  60          /* between two rounds of sweeping over all houses; those of watches are settings */

struct server;

enum { CHORE_EXPIRY, CHORE_RESEAL, CHORE_ALERTS, CHORE_ESCALATIONS, CHORE_RETENTION, CHORE_RESTORE, CHORES };

struct chore {
    int64_t interval_us;            /* between two rounds; 0: none */
    bool round_over;                /* this and the time are the writer's */
    int64_t round_over_us;
};

struct upkeep {
    struct server *server;
    ev_timer timer;                 /* of the main loop */
    struct principal who;
    struct chore chores[CHORES];
    /* Where their rounds stand. The writer runs one step at a time, so these are its own. */
    struct expiry_sweep sweep;
    struct watch alerts, escalations, retention;
};

void upkeep_start(struct upkeep *upkeep, struct server *server);
void upkeep_stop(struct upkeep *upkeep);

#endif
