/* What goes away by itself: rows past their time, credits set aside that nobody came for, replies kept under idempotency keys.
 *
 * A table of rules says which rows of which table go, and when. A sweep walks rules and houses, a bounded number of rows a
 * step, and says where to go on, so that a step never holds up the writer for long. Where an index leads with a rule's
 * column only rows past their time are looked at.
 * What does not go: ip_whitelist (an expired row restricts, access_rule.h), google_credentials (expires_at is the access token's,
 * the refresh token stays good), audit_logs_enhanced (its log is append-only). */
#ifndef ROWHOUSE_NATIVE_EXPIRY_H
#define ROWHOUSE_NATIVE_EXPIRY_H

#include "native/native.h"

/* Days that rows are kept which everybody at the door can cause, and records of what was done; 0: for ever. */
struct expiry_days {
    int64_t access_log, login_attempts, two_factor_attempts;       /* after they were made */
    int64_t security_alerts;                                        /* after they were acknowledged */
    int64_t consumption_logs;                                       /* older ones are folded (credit_fold.h) */
};
#define EXPIRY_DAYS_DEFAULT ((struct expiry_days){ 90, 90, 90, 180, 365 })

enum expiry_group { EXPIRY_RATE_LIMITS, EXPIRY_METRICS, EXPIRY_HEALTH_CHECKS, EXPIRY_ALERTS, EXPIRY_OTHERS, EXPIRY_ALL };

/* Where a sweep stands; zeroed: at the beginning. */
struct expiry_sweep {
    uint8_t rule;
    uint32_t house;
    struct key next;                /* where to go on in it; size 0: at its beginning */
};

/* Looks at about `budget` rows. 1: there is more; 0: the round is over and the sweep at its beginning; -1. */
int expiry_step(struct request *rq, struct expiry_sweep *sweep, enum expiry_group group, int budget, int64_t *deleted);

/* A whole round of one group; appends the number of rows deleted. */
int expiry_group(struct request *rq, enum expiry_group group, struct buf *out);

#endif
