/* One check of the limits: every limit that applies to a request, met together.
 *
 *   - the most specific active policy of quota_policies, with the organization's override: hour, day and month of UTC;
 *     what a policy allows is shared by all endpoints that it decides, so that inventing endpoints gains nothing;
 *   - the most specific enabled row of rate_limit_config for the resource type: its sliding window, and its monthly quota.
 * A check counts in all of them or in none. Counts of policies and windows are kept in RELATION_RATE_WINDOWS of the
 * organization's house:
 *      'P', policy uuid -> [start, count, alerted] of hour, day, month        'S', config uuid -> [window_us, newest, counts as bin]
 * and the tables show them (limit_show.c). The rules are limit_rule.h. */
#ifndef ROWHOUSE_NATIVE_LIMITS_RATE_CHECK_H
#define ROWHOUSE_NATIVE_LIMITS_RATE_CHECK_H

#include "native/limits/limit_rule.h"
#include "native/native.h"

#define COST_MAX 1000000

/* A row of quota_policies or rate_limit_config that decides. */
struct limit_row {
    struct uuid id;
    struct slice name;              /* policy's or resource type's */
    struct value pattern;           /* of endpoints; NULL: all */
    bool overridden;                /* by the organization's row of organization_quota_overrides */
};

/* One limit that applies to a check, and what it says. */
struct limit {
    const char *source;             /* "policy", "config", "monthly_quota" */
    const struct limit_row *row;
    const char *window;
    int64_t max;
    struct verdict verdict;
};

#define LIMITS_PER_CHECK_MAX 5      /* three windows of a policy, one of a config, its monthly quota */

struct rate_check {
    struct request *rq;
    uint32_t house;
    struct uuid organization;
    struct value user;
    struct slice endpoint, resource_type, role;
    int64_t cost;
    int64_t admitted_us;            /* the request: now; of one that is taken back, when it was */

    struct limit_row policy, config;
    bool has_policy, has_config, has_quota;
    struct key policy_key, config_key;
    struct tally tallies[CALENDAR_COUNT];
    int64_t policy_max[CALENDAR_COUNT];
    struct sliding sliding;
    bool policy_moved, config_moved;        /* (R3) of limit_rule.h: to be saved also by a refusal */
    int64_t window_us, window_max, quota_max;
    struct tally quota;             /* rate_limit_quota_usage's row of the month that admitted_us is in */

    struct limit limits[LIMITS_PER_CHECK_MAX];
    int limit_count;
    bool allowed;
};

/* Finds what decides and what was counted. The caller has set the fields down to `admitted_us`. */
int rate_check_load(struct rate_check *check);

/* Fills limits, limit_count and allowed; counts nothing. */
void rate_check_decide(struct rate_check *check);

/* The limit to tell of: of those that refuse the one that lasts longest (never beats any time), else the tightest; NULL: none
 * applies. */
const struct limit *rate_check_decisive(const struct rate_check *check);

/* Counts an admitted request everywhere, and alerts that it crosses; takes one back, as far as it is there (*ret: whether any limit
 * still held it); counts a refusal. */
int rate_check_count(struct rate_check *check);
int rate_check_take_back(struct rate_check *check, bool *ret);
int rate_check_refuse(struct rate_check *check);

/* limit_show.c: what the tables show of it. */
int limit_show_alert(struct rate_check *check, const char *window, int level, int64_t count, int64_t max);
int limit_show_endpoint(struct rate_check *check, int64_t amount);          /* api_rate_limits, that hour; negative: takes back */
int limit_show_request(struct rate_check *check, bool refused);              /* rate_limit_tracking, where the organization wants it */

#endif
