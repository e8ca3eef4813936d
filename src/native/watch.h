/* What the server looks at by itself now and then: alert rules (alert.c), incidents that wait too long (escalation.c), and columns that
 * are to be cleared (retention.h).
 *
 * A watch goes round like the sweep of expiry.h: a bounded number of rows a step, and it says where to go on. What the call of
 * evaluate_alert_rules or check_incident_escalation does for one rule or incident, it does for all, in every house:
 *  (H1) A rule is evaluated as by the call: its cooldown, and that an incident escalates once a rule, hold between both.
 *  (H2) What fails by the rows themselves (a rule that names a user who is gone) is passed over and taken back, and keeps no other
 *       rule, row or house waiting. Other failures end the step. */
#ifndef ROWHOUSE_NATIVE_WATCH_H
#define ROWHOUSE_NATIVE_WATCH_H

#include "native/draft.h"

/* Where a watch stands; zeroed: at the beginning. */
struct watch {
    uint32_t house;
    int stage;                      /* of the house */
    struct key next;                /* where to go on in it; size 0: at its beginning */
    int done;                       /* alerts, escalations or cleared rows of this round */
    int failed;                     /* what was passed over in it (H2), */
    struct error failure;           /* and the last reason */
};

/* Looks at about `budget` rows. 1: there is more; 0: the round is over; -1. A schema without the tables has nothing to watch. */
int alert_watch(struct request *rq, struct watch *watch, int budget);
int escalation_watch(struct request *rq, struct watch *watch, int budget);

/* --- For all of them --- */

/* Makes a walk that was just started go on where the watch stands. */
void watch_resume(struct watch *watch, struct walk *walk);

/* Counts what is passed over for that reason, and clears it. */
void watch_note(struct watch *watch, struct error *error);

/* After something failed that changed what follows `mark`: 0 when it is passed over, -1 when the step ends. */
int watch_pass_over(struct watch *watch, struct request *rq, int mark);

#endif
