/* Rate limits and quotas: check_rate_limit, record_api_usage, get_quota_usage, cleanup_old_rate_limit_data.
 *
 * A check meets every limit that applies, and counts in all of them or in none:
 *   - the most specific active policy of quota_policies, with the organization's override: hour, day and month of UTC;
 *     what a policy allows is shared by all endpoints that it decides, so that inventing endpoints gains nothing;
 *   - the most specific enabled row of rate_limit_config for the resource type: its sliding window, and its monthly quota.
 * Counts of policies and windows are kept in RELATION_RATE_WINDOWS of the organization's house:
 *      'P', policy uuid -> [start, count] of hour, day, month        'S', config uuid -> [window_us, newest, counts as bin]
 * and the tables show them: api_rate_limits (per endpoint and hour), rate_limit_quota_usage (per month),
 * rate_limit_tracking (refusals), quota_alerts (80, 95 and 100 %). The rules are limit_rule.h. */
#include "native/usage.h"

#include <assert.h>

#include "native/draft.h"
#include "native/groups.h"
#include "native/limit_rule.h"
#include "value/time.h"

#define COST_MAX 1000000

/* One limit that applies to a check, and what it says. */
struct limit {
    const char *source;             /* "policy", "config", "monthly_quota" */
    struct slice name;              /* policy's or resource type's */
    const char *window;
    int64_t max, used;
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

    struct slice policy_name;
    bool has_policy, has_config, has_quota;
    struct key policy_key, config_key;
    struct tally tallies[CALENDAR_COUNT];
    int64_t policy_max[CALENDAR_COUNT];
    struct sliding sliding;
    int64_t window_us, window_max, quota_max;
    struct tally quota;             /* rate_limit_quota_usage's row of this month */

    struct limit limits[LIMITS_PER_CHECK_MAX];
    int limit_count;
    bool allowed;
};

/* --- Which rows decide --- */

/* LIKE with a pattern from a table: one that is not well formed matches nothing. */
static bool pattern_matches(struct slice pattern, struct slice endpoint)
{
    struct error ignored;
    bool match = false;
    return like_match(endpoint, pattern, '\\', false, &match, &ignored) == 0 && match;
}

static int override_policy(struct rate_check *c, const struct table *policies, const struct uuid *policy)
{
    static const char *const columns[] = { "max_requests_per_hour", "max_requests_per_day", "max_requests_per_month" };
    const struct table *table;
    struct walk walk;
    struct found row;
    int got;
    if (native_table_of(c->rq, "organization_quota_overrides", &table) < 0 ||
        walk_start(&walk, c->rq, table->primary, c->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        const struct value *id = found_column(table, &row, "policy_id");
        const struct value *expires = found_column(table, &row, "expires_at");
        if (uuid_compare(&id->uuid, policy) != 0 || (!value_is_null(expires) && expires->time_us <= c->rq->now_us))
            continue;
        for (int i = 0; i < CALENDAR_COUNT; i++)
            c->policy_max[i] = found_int(table, &row, columns[i], c->policy_max[i]);
    }
    return got;
}

static int pick_policy(struct rate_check *c)
{
    static const char *const columns[] = { "max_requests_per_hour", "max_requests_per_day", "max_requests_per_month" };
    const struct table *table;
    struct walk walk;
    struct found row;
    struct uuid best_id;
    int got, best = -1;
    if (native_table_of(c->rq, "quota_policies", &table) < 0 ||
        walk_start(&walk, c->rq, table->primary, TENANT_SYSTEM, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        const struct value *role = found_column(table, &row, "applies_to_role");
        struct slice pattern = found_column(table, &row, "endpoint_pattern")->bytes;
        struct slice name = found_column(table, &row, "policy_name")->bytes;
        int weight = pattern_weight(pattern, !value_is_null(role));
        if (!found_bool(table, &row, "is_active", true) || (!value_is_null(role) && !slice_equal(role->bytes, c->role)) ||
            !pattern_matches(pattern, c->endpoint) || weight < best ||
            (weight == best && slice_compare(name, c->policy_name) > 0))
            continue;
        best = weight;
        best_id = found_column(table, &row, "id")->uuid;
        c->policy_name = arena_copy(c->rq->arena, name);
        for (int i = 0; i < CALENDAR_COUNT; i++)
            c->policy_max[i] = found_int(table, &row, columns[i], 0);
    }
    if (got < 0 || best < 0)
        return got;
    c->has_policy = true;
    key_start(&c->policy_key, c->house, RELATION_RATE_WINDOWS);
    key_bytes(&c->policy_key, "P", 1);
    key_bytes(&c->policy_key, best_id.bytes, sizeof best_id.bytes);
    return override_policy(c, table, &best_id);
}

static int pick_config(struct rate_check *c)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    struct uuid id;
    int got, best = -1;
    if (native_table_of(c->rq, "rate_limit_config", &table) < 0 ||
        walk_start(&walk, c->rq, table->primary, c->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        const struct value *pattern = found_column(table, &row, "endpoint_pattern");
        int weight = value_is_null(pattern) ? 0 : 1 + pattern_weight(pattern->bytes, false);
        if (!found_bool(table, &row, "enabled", true) || weight <= best ||
            !slice_equal(found_column(table, &row, "resource_type")->bytes, c->resource_type) ||
            (!value_is_null(pattern) && !pattern_matches(pattern->bytes, c->endpoint)))
            continue;
        best = weight;
        id = found_column(table, &row, "id")->uuid;
        c->window_max = found_int(table, &row, "max_requests", 0);
        c->window_us = found_int(table, &row, "window_seconds", 0) * US_PER_SECOND;
        c->quota_max = found_int(table, &row, "quota_monthly", -1);
    }
    if (got < 0 || best < 0)
        return got;
    c->has_config = c->window_us > 0;
    c->has_quota = c->quota_max >= 0;
    key_start(&c->config_key, c->house, RELATION_RATE_WINDOWS);
    key_bytes(&c->config_key, "S", 1);
    key_bytes(&c->config_key, id.bytes, sizeof id.bytes);
    return 0;
}

/* --- Their counts --- */

static int damaged(struct rate_check *c)
{
    return fail(c->rq->error, SQLSTATE_DATA_CORRUPTED, "a rate limit count of this organization is damaged");
}

static int load_policy(struct rate_check *c)
{
    struct slice bytes;
    uint32_t count;
    int got = c->has_policy ? system_get(c->rq, &c->policy_key, &bytes) : 0;
    if (got <= 0)
        return got;
    bool good = mp_array(&bytes, &count) && count == 2 * CALENDAR_COUNT;
    for (int i = 0; good && i < CALENDAR_COUNT; i++)
        good = mp_int(&bytes, &c->tallies[i].start_us) && mp_int(&bytes, &c->tallies[i].count);
    return good ? 0 : damaged(c);
}

static int load_config(struct rate_check *c)
{
    struct slice bytes, counts;
    uint32_t count;
    int got = c->has_config ? system_get(c->rq, &c->config_key, &bytes) : 0;
    if (got <= 0)
        return got;
    if (!mp_array(&bytes, &count) || count != 3 || !mp_int(&bytes, &c->sliding.window_us) ||
        !mp_int(&bytes, &c->sliding.newest) || !mp_bin(&bytes, &counts) || counts.size != sizeof c->sliding.counts)
        return damaged(c);
    memcpy(c->sliding.counts, counts.data, counts.size);
    return 0;
}

static int save_policy(struct rate_check *c)
{
    struct buf bytes = { 0 };
    mp_put_array(&bytes, 2 * CALENDAR_COUNT);
    for (int i = 0; i < CALENDAR_COUNT; i++) {
        mp_put_int(&bytes, c->tallies[i].start_us);
        mp_put_int(&bytes, c->tallies[i].count);
    }
    int result = system_put(c->rq, &c->policy_key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

static int save_config(struct rate_check *c)
{
    struct buf bytes = { 0 };
    mp_put_array(&bytes, 3);
    mp_put_int(&bytes, c->sliding.window_us);
    mp_put_int(&bytes, c->sliding.newest);
    mp_put_bin(&bytes, slice_of(c->sliding.counts, sizeof c->sliding.counts));
    int result = system_put(c->rq, &c->config_key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

/* The row of rate_limit_quota_usage for this month, by its unique key. */
static int quota_row(struct rate_check *c, struct draft *draft, struct found *ret)
{
    static const char *const key[] = { "organization_id", "resource_type", "year", "month", NULL };
    const struct table *table;
    struct civil month = time_civil(c->rq->now_us);
    if (native_table_of(c->rq, "rate_limit_quota_usage", &table) < 0)
        return -1;
    draft_start(draft, c->rq, table);
    draft_set(draft, "organization_id", value_uuid(c->organization));
    draft_set(draft, "resource_type", value_text(c->resource_type));
    draft_set(draft, "year", value_int(month.year));
    draft_set(draft, "month", value_int(month.month));
    return draft_find(draft, unique_on(table, key), c->house, ret);
}

static int load_quota(struct rate_check *c)
{
    struct draft draft;
    struct found row;
    int got = c->has_quota ? quota_row(c, &draft, &row) : 0;
    if (got == 1)
        c->quota = (struct tally){ .start_us = calendar_start_us(CALENDAR_MONTH, c->rq->now_us),
                                   .count = found_int(draft.table, &row, "request_count", 0) };
    return got < 0 ? -1 : 0;
}

/* Adds to the month's row: admitted requests, or refused ones. */
static int count_month(struct rate_check *c, const char *column, int64_t amount)
{
    struct draft draft;
    struct found row;
    int got = quota_row(c, &draft, &row);
    if (got < 0)
        return -1;
    int64_t before = got == 1 ? found_int(draft.table, &row, column, 0) : 0;
    draft_set(&draft, column, value_int(before + amount));
    draft_set(&draft, "last_updated", value_time(c->rq->now_us));
    return got == 1 ? draft_update(&draft, &row, NULL) : draft_insert(&draft, c->house, NULL);
}

/* --- The decision --- */

static void meet(struct rate_check *c, struct limit limit)
{
    assert(c->limit_count < LIMITS_PER_CHECK_MAX);
    c->allowed = c->allowed && limit.verdict.allowed;
    c->limits[c->limit_count++] = limit;
}

static void decide(struct rate_check *c)
{
    int64_t now_us = c->rq->now_us;
    c->allowed = true;
    for (int i = 0; c->has_policy && i < CALENDAR_COUNT; i++)
        meet(c, (struct limit){ "policy", c->policy_name, calendar_names[i], c->policy_max[i], c->tallies[i].count,
                                tally_decide(&c->tallies[i], (enum calendar)i, c->policy_max[i], c->cost, now_us) });
    if (c->has_config)
        meet(c, (struct limit){ "config", c->resource_type, "sliding", c->window_max, 0,
                                sliding_decide(&c->sliding, c->window_us, c->window_max, c->cost, now_us) });
    if (c->has_quota)
        meet(c, (struct limit){ "monthly_quota", c->resource_type, "month", c->quota_max, c->quota.count,
                                tally_decide(&c->quota, CALENDAR_MONTH, c->quota_max, c->cost, now_us) });
}

/* The limit to tell of: of those that refuse the one that lasts longest (never beats any time), else the tightest. */
static const struct limit *decisive(const struct rate_check *c)
{
    const struct limit *best = NULL;
    for (int i = 0; i < c->limit_count; i++) {
        const struct limit *limit = &c->limits[i];
        if (limit->verdict.allowed != c->allowed)
            continue;
        if (best == NULL)
            best = limit;
        else if (c->allowed && limit->verdict.remaining < best->verdict.remaining)
            best = limit;
        else if (!c->allowed && best->verdict.retry_us != 0 &&
                 (limit->verdict.retry_us == 0 || limit->verdict.retry_us > best->verdict.retry_us))
            best = limit;
    }
    return best;
}

/* --- What the tables show --- */

static int alert(struct rate_check *c, const char *window, int64_t before, int64_t max)
{
    static const char *const columns[] = { "warning", "critical", "exceeded" };
    const struct table *table;
    struct draft draft;
    int level = alert_level(before, before + c->cost, max);
    if (level == 0)
        return 0;
    if (native_table_of(c->rq, "quota_alerts", &table) < 0)
        return -1;
    char *percentage = arena_printf(c->rq->arena, "%.2f", 100.0 * (double)(before + c->cost) / (double)max);
    struct value percent;
    if (value_from_text(type_of(TYPE_NUMERIC), slice_of_string(percentage), c->rq->arena, &percent, c->rq->error) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "user_id", c->user);
    draft_text(&draft, "alert_type", columns[level == 100 ? 2 : level == 95 ? 1 : 0]);
    draft_set(&draft, "policy_name", value_text(c->policy_name));
    draft_set(&draft, "current_usage", value_int(before + c->cost));
    draft_set(&draft, "limit_value", value_int(max));
    draft_set(&draft, "percentage_used", percent);
    draft_text(&draft, "message", arena_printf(c->rq->arena, "policy %.*s has used %d %% of its requests of this %s",
                                               SLICE_FMT(c->policy_name), level, window));
    return draft_insert(&draft, c->house, NULL);
}

/* The hour's row of api_rate_limits for this user and endpoint. */
static int count_endpoint(struct rate_check *c)
{
    static const char *const key[] = { "organization_id", "user_id", "endpoint", "window_start", "window_duration_minutes", NULL };
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(c->rq, "api_rate_limits", &table) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "user_id", c->user);
    draft_set(&draft, "endpoint", value_text(c->endpoint));
    draft_set(&draft, "window_start", value_time(calendar_start_us(CALENDAR_HOUR, c->rq->now_us)));
    draft_set(&draft, "window_duration_minutes", value_int(60));
    int got = draft_find(&draft, unique_on(table, key), c->house, &row);
    if (got < 0)
        return -1;
    if (got == 0) {
        draft_set(&draft, "request_count", value_int(c->cost));
        return draft_insert(&draft, c->house, NULL);
    }
    struct draft change;
    draft_start(&change, c->rq, table);
    draft_set(&change, "request_count", value_int(found_int(table, &row, "request_count", 0) + c->cost));
    return draft_update(&change, &row, NULL);
}

static int count_all(struct rate_check *c)
{
    for (int i = 0; c->has_policy && i < CALENDAR_COUNT; i++) {
        struct tally before = c->tallies[i];
        tally_count(&c->tallies[i], (enum calendar)i, c->cost, c->rq->now_us);
        if (alert(c, calendar_names[i], before.start_us == c->tallies[i].start_us ? before.count : 0, c->policy_max[i]) < 0)
            return -1;
    }
    if (c->has_policy && save_policy(c) < 0)
        return -1;
    if (c->has_config) {
        sliding_count(&c->sliding, c->window_us, c->cost, c->rq->now_us);
        if (save_config(c) < 0)
            return -1;
    }
    if (c->has_quota && count_month(c, "request_count", c->cost) < 0)
        return -1;
    return count_endpoint(c);
}

/* A refused check counts nothing but the refusal. */
static int count_refusal(struct rate_check *c)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(c->rq, "rate_limit_tracking", &table) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "user_id", c->user);
    draft_set(&draft, "resource_type", value_text(c->resource_type));
    draft_set(&draft, "endpoint", value_text(c->endpoint));
    draft_set(&draft, "rate_limited", value_bool(true));
    draft_set(&draft, "response_status", value_int(429));
    if (draft_insert(&draft, c->house, NULL) < 0)
        return -1;
    return c->has_quota ? count_month(c, "rate_limited_count", 1) : 0;
}

static void put_reply(const struct rate_check *c, struct buf *out)
{
    const struct limit *limit = decisive(c);
    mp_put_map(out, limit == NULL ? 1 : 8);
    put_bool(out, "allowed", c->allowed);
    if (limit == NULL)
        return;
    put_int(out, "limit", limit->max);
    put_int(out, "remaining", limit->verdict.remaining);
    put_time(out, "reset_at", limit->verdict.reset_us);
    mp_put_string(out, "retry_after_ms");
    if (c->allowed || limit->verdict.retry_us == 0)
        mp_put_nil(out);
    else
        mp_put_int(out, (limit->verdict.retry_us - c->rq->now_us + 999) / 1000);
    put_text(out, "decided_by", slice_of_string(limit->source));
    put_text(out, "name", limit->name);
    put_text(out, "window", slice_of_string(limit->window));
}

/* The role that policies are chosen by: the named user's in `profiles`, or the caller's own. */
static int role_of(struct rate_check *c)
{
    const struct table *profiles;
    struct found row;
    c->role = slice_of_string(c->rq->who->profile_role);
    if (value_is_null(&c->user) || (c->rq->who->claims.has_uid && uuid_compare(&c->user.uuid, &c->rq->who->claims.uid) == 0))
        return 0;
    if (native_table_of(c->rq, "profiles", &profiles) < 0)
        return -1;
    int got = table_find(c->rq, profiles, c->house, &c->user, &row);
    if (got == 1)
        c->role = found_column(profiles, &row, "role")->bytes;
    return got < 0 ? -1 : 0;
}

enum { CHECK_ENDPOINT, CHECK_ORGANIZATION, CHECK_USER, CHECK_RESOURCE_TYPE, CHECK_COST };

static int check_rate_limit(struct request *rq, const struct value *values, struct buf *out)
{
    struct rate_check *c = ARENA_NEW(rq->arena, struct rate_check);
    c->rq = rq;
    c->endpoint = values[CHECK_ENDPOINT].bytes;
    c->user = values[CHECK_USER];
    c->resource_type = value_is_null(&values[CHECK_RESOURCE_TYPE]) ? SLICE_LITERAL("api") : values[CHECK_RESOURCE_TYPE].bytes;
    c->cost = value_is_null(&values[CHECK_COST]) ? 1 : values[CHECK_COST].integer;
    if (c->cost < 1 || c->cost > COST_MAX)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"cost\" is from 1 to %d", COST_MAX);
    if (value_is_null(&c->user) && rq->who->claims.has_uid)
        c->user = value_uuid(rq->who->claims.uid);
    if (native_house(rq, &values[CHECK_ORGANIZATION], &c->house, &c->organization) < 0 || role_of(c) < 0 ||
        pick_policy(c) < 0 || pick_config(c) < 0 || load_policy(c) < 0 || load_config(c) < 0 || load_quota(c) < 0)
        return -1;
    decide(c);
    if ((c->allowed ? count_all(c) : count_refusal(c)) < 0)
        return -1;
    put_reply(c, out);
    return 0;
}

const struct native_function limit_functions[] = {
    { .name = "check_rate_limit", .writes = true, .relaxed = true, .caller = CALLER_MEMBER, .refusal = SQLSTATE_RATE_LIMITED,
      .run = check_rate_limit,
      .returns = "{allowed, limit, remaining, reset_at, retry_after_ms, decided_by, name, window}",
      .summary = "meets every limit that applies to a request and counts it, in all of them or in none",
      .parameters = { [CHECK_ENDPOINT] = { "endpoint", TYPE_TEXT, false, true, "what is called, such as /send-email" },
                      [CHECK_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [CHECK_USER] = { "user_id", TYPE_UUID, false, false, "the caller when left out" },
                      [CHECK_RESOURCE_TYPE] = { "resource_type", TYPE_TEXT, false, false, "of rate_limit_config; api when left out" },
                      [CHECK_COST] = { "cost", TYPE_INT4, false, false, "how many requests it counts as; 1 when left out" } } },
    { .name = "record_api_usage", .writes = true, .relaxed = true, .caller = CALLER_MEMBER, .run = usage_record,
      .returns = "{total_requests}",
      .summary = "adds one finished request to the day's row of api_usage_statistics",
      .parameters = { [USAGE_ENDPOINT] = { "endpoint", TYPE_TEXT, false, true, "what was called" },
                      [USAGE_SUCCESS] = { "success", TYPE_BOOL, false, true, "whether it succeeded" },
                      [USAGE_RESPONSE_MS] = { "response_time_ms", TYPE_NUMERIC, false, false, "how long it took" },
                      [USAGE_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [USAGE_USER] = { "user_id", TYPE_UUID, false, false, "the caller when left out" } } },
    { .name = "get_quota_usage", .caller = CALLER_MEMBER, .run = usage_quota,
      .returns = "[{endpoint, request_count, unique_users, avg_response_time, error_rate}]",
      .summary = "what an organization used in the current hour, day or month, by endpoint",
      .parameters = { [QUOTA_PERIOD] = { "period", TYPE_TEXT, false, false, "hour, day (when left out) or month" },
                      [QUOTA_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "cleanup_old_rate_limit_data", .writes = true, .caller = CALLER_ADMIN, .run = usage_cleanup,
      .returns = "rows deleted",
      .summary = "removes windows older than 7 days, usage older than 90 days, acknowledged alerts older than 30 days" },
    { .name = NULL },
};
