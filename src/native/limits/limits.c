/* Rate limits and quotas: check_rate_limit, explain_rate_limit, refund_rate_limit, and what looks at usage (usage.h). How a check is made
 * is rate_check.h's. */
#include "native/limits/usage.h"

#include "native/draft.h"
#include "native/groups.h"
#include "native/limits/rate_check.h"
#include "native/rows.h"

enum { CHECK_ENDPOINT, CHECK_ORGANIZATION, CHECK_USER, CHECK_RESOURCE_TYPE, CHECK_COST, CHECK_MODE, REFUND_CHECKED_AT = CHECK_MODE };

enum mode { MODE_ENFORCE, MODE_PEEK, MODE_SHADOW };

static int mode_of(struct request *rq, const struct value *value, enum mode *ret)
{
    static const char *const names[] = { "enforce", "peek", "shadow" };
    *ret = MODE_ENFORCE;
    if (value_is_null(value))
        return 0;
    for (int i = 0; i < 3; i++)
        if (slice_is(value->bytes, names[i])) {
            *ret = (enum mode)i;
            return 0;
        }
    fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%.*s\" is not a mode", SLICE_FMT(value->bytes));
    return fail_hint(rq->error, "modes are enforce, peek and shadow");
}

/* A check of these parameters, now, with what decides it and what was counted. */
static int open_check(struct rate_check *c, struct request *rq, const struct value *values)
{
    c->rq = rq;
    c->endpoint = values[CHECK_ENDPOINT].bytes;
    c->resource_type = value_is_null(&values[CHECK_RESOURCE_TYPE]) ? SLICE_LITERAL("api") : values[CHECK_RESOURCE_TYPE].bytes;
    c->cost = value_is_null(&values[CHECK_COST]) ? 1 : values[CHECK_COST].integer;
    if (c->cost < 1 || c->cost > COST_MAX)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"cost\" is from 1 to %d", COST_MAX);
    if (native_self(rq, &values[CHECK_USER], &c->user) < 0)
        return -1;
    c->admitted_us = rq->now_us;
    if (usage_name(rq, c->endpoint) < 0 || usage_name(rq, c->resource_type) < 0)
        return -1;
    return native_house(rq, &values[CHECK_ORGANIZATION], &c->house, &c->organization);
}

static int decide(struct rate_check *c)
{
    if (rate_check_load(c) < 0)
        return -1;
    rate_check_decide(c);
    return 0;
}

/* Seven pairs. */
static void put_limit(const struct rate_check *c, const struct limit *limit, int64_t remaining, struct buf *out)
{
    put_int(out, "limit", limit->max);
    put_int(out, "remaining", remaining);
    put_time(out, "reset_at", limit->verdict.reset_us);
    mp_put_string(out, "retry_after_ms");
    if (limit->verdict.allowed || limit->verdict.retry_us == 0)
        mp_put_nil(out);
    else
        mp_put_int(out, (limit->verdict.retry_us - c->rq->now_us + 999) / 1000);
    put_text(out, "decided_by", slice_of_string(limit->source));
    put_text(out, "name", limit->row->name);
    put_text(out, "window", slice_of_string(limit->window));
}

static int check_rate_limit(struct request *rq, const struct value *values, struct buf *out)
{
    struct rate_check *c = ARENA_NEW(rq->arena, struct rate_check);
    enum mode mode;
    if (mode_of(rq, &values[CHECK_MODE], &mode) < 0 || open_check(c, rq, values) < 0 || decide(c) < 0)
        return -1;
    bool counts = c->allowed || mode == MODE_SHADOW;
    if (mode != MODE_PEEK && (counts ? rate_check_count(c) : rate_check_refuse(c)) < 0)
        return -1;
    const struct limit *limit = rate_check_decisive(c);
    mp_put_map(out, 2 + (limit != NULL ? 7 : 0) + (mode == MODE_SHADOW));
    put_bool(out, "allowed", c->allowed || mode == MODE_SHADOW);
    if (mode == MODE_SHADOW)
        put_bool(out, "would_allow", c->allowed);
    put_time(out, "checked_at", c->admitted_us);
    if (limit != NULL)              /* a shadow counts what the limit would have refused: nothing remains then */
        put_limit(c, limit, counts && !limit->verdict.allowed ? 0 : limit->verdict.remaining, out);
    return 0;
}

static int explain_rate_limit(struct request *rq, const struct value *values, struct buf *out)
{
    struct rate_check *c = ARENA_NEW(rq->arena, struct rate_check);
    if (open_check(c, rq, values) < 0 || decide(c) < 0)
        return -1;
    const struct limit *limit = rate_check_decisive(c);
    mp_put_map(out, 4);
    put_bool(out, "allowed", c->allowed);
    put_text(out, "role", c->role);
    mp_put_string(out, "decided_by");
    if (limit == NULL)
        mp_put_nil(out);
    else
        mp_put_str(out, limit->row->name);
    mp_put_string(out, "limits");
    mp_put_array(out, (uint32_t)c->limit_count);
    for (int i = 0; i < c->limit_count; i++) {
        const struct limit_row *row = c->limits[i].row;
        struct value id = value_uuid(row->id);
        mp_put_map(out, 11);
        put_bool(out, "allowed", c->limits[i].verdict.allowed);
        put_limit(c, &c->limits[i], c->limits[i].verdict.remaining, out);
        put_uuid(out, "row", &id);
        put_value(out, "endpoint_pattern", type_of(TYPE_TEXT), &row->pattern);
        put_bool(out, "overridden", row->overridden);
    }
    return 0;
}

/* Whoever may take back is under no limit, so it is not for members. */
static int refund_rate_limit(struct request *rq, const struct value *values, struct buf *out)
{
    struct rate_check *c = ARENA_NEW(rq->arena, struct rate_check);
    bool refunded = false;
    if (open_check(c, rq, values) < 0)
        return -1;
    if (!value_is_null(&values[REFUND_CHECKED_AT]) && value_unix_us(&values[REFUND_CHECKED_AT]) < rq->now_us)
        c->admitted_us = value_unix_us(&values[REFUND_CHECKED_AT]) > 0 ? value_unix_us(&values[REFUND_CHECKED_AT]) : 0;
    if (rate_check_load(c) < 0 || rate_check_take_back(c, &refunded) < 0)
        return -1;
    mp_put_map(out, 1);
    put_bool(out, "refunded", refunded);
    return 0;
}

#define CHECK_PARAMETERS                                                                                                    \
    [CHECK_ENDPOINT] = { "endpoint", TYPE_TEXT, false, true, "what is called, such as /send-email" },                      \
    [CHECK_ORGANIZATION] = ORGANIZATION_PARAMETER,                                                                          \
    [CHECK_USER] = { "user_id", TYPE_UUID, false, false, "the caller when left out" },                                      \
    [CHECK_RESOURCE_TYPE] = { "resource_type", TYPE_TEXT, false, false, "of rate_limit_config; api when left out" },       \
    [CHECK_COST] = { "cost", TYPE_INT4, false, false, "how many requests it counts as; 1 when left out" }

const struct native_function limit_functions[] = {
    { .name = "check_rate_limit", .writes = true, .relaxed = true, .caller = CALLER_MEMBER, .refusal = SQLSTATE_RATE_LIMITED,
      .run = check_rate_limit,
      .returns = "{allowed, checked_at, limit, remaining, reset_at, retry_after_ms, decided_by, name, window}",
      .summary = "meets every limit that applies to a request and counts it, in all of them or in none",
      .parameters = { CHECK_PARAMETERS,
                      [CHECK_MODE] = { "mode", TYPE_TEXT, false, false, "enforce (when left out), peek: counts nothing, shadow: never refuses" } } },
    { .name = "explain_rate_limit", .caller = CALLER_MEMBER, .run = explain_rate_limit,
      .returns = "{allowed, role, decided_by, limits: [{allowed, limit, remaining, reset_at, retry_after_ms, decided_by, name, window, row, endpoint_pattern, overridden}]}",
      .summary = "which rows would decide, and what remains in every window; counts nothing",
      .parameters = { CHECK_PARAMETERS } },
    { .name = "refund_rate_limit", .writes = true, .relaxed = true, .caller = CALLER_ADMIN, .run = refund_rate_limit,
      .returns = "{refunded}",
      .summary = "takes a counted request back, as far as the windows that it was counted in still hold it",
      .parameters = { CHECK_PARAMETERS,
                      [REFUND_CHECKED_AT] = { "checked_at", TYPE_TIMESTAMPTZ, false, false, "what check_rate_limit answered; now when left out" } } },
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
