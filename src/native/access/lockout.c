#include "native/access/lockout.h"

#include "native/access/access_rule.h"
#include "value/time.h"

/* Failures since the last success, newest first; no more than lock. */
static int read_failures(struct request *rq, const struct table *attempts, const struct value *user, int64_t times_us[LOCKOUT_FAILURES], int *ret)
{
    struct pick pick;
    struct found row;
    int got;
    *ret = 0;
    if (pick_start(&pick, rq, attempts, TENANT_SYSTEM, "user_id", user, true) < 0)
        return -1;
    while (*ret < LOCKOUT_FAILURES && (got = pick_next(&pick, &row)) != 0) {
        if (got < 0)
            return -1;
        if (found_bool(attempts, &row, "success", false))
            return 0;
        times_us[(*ret)++] = value_unix_us(found_column(attempts, &row, "created_at"));
    }
    return 0;
}

int lockout_holds(struct request *rq, const struct table *attempts, const struct value *user, bool *ret)
{
    const int64_t window_us = LOCKOUT_MINUTES * US_PER_MINUTE;
    int64_t failures_us[LOCKOUT_FAILURES];
    int count;
    if (read_failures(rq, attempts, user, failures_us, &count) < 0)
        return -1;
    *ret = lockout_until(failures_us, count, LOCKOUT_FAILURES, window_us, window_us) > rq->now_us;
    return 0;
}
