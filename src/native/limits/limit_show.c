/* What the tables show of the limits: quota_alerts, api_rate_limits, rate_limit_tracking. */
#include <stdlib.h>

#include "native/draft.h"
#include "native/limits/rate_check.h"
#include "value/json.h"

#define PERCENTAGE_MAX 999.99       /* of numeric(5,2) */

int limit_show_alert(struct rate_check *c, const char *window, int level, int64_t count, int64_t max)
{
    static const char *const types[] = { "warning", "critical", "exceeded" };
    const struct table *table;
    struct draft draft;
    if (native_table_of(c->rq, REFERENCE_QUOTA_ALERTS, &table) < 0)
        return -1;
    double used = 100.0 * (double)count / (double)max;
    char *percentage = arena_printf(c->rq->arena, "%.2f", used > PERCENTAGE_MAX ? PERCENTAGE_MAX : used);
    struct value percent;
    if (value_from_text(type_of(TYPE_NUMERIC), slice_of_string(percentage), c->rq->arena, &percent, c->rq->error) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "user_id", c->user);
    draft_text(&draft, "alert_type", types[level == 100 ? 2 : level == 95 ? 1 : 0]);
    draft_set(&draft, "policy_name", value_text(c->policy.name));
    draft_set(&draft, "current_usage", value_int(count_shown(count)));
    draft_set(&draft, "limit_value", value_int(max));
    draft_set(&draft, "percentage_used", percent);
    draft_text(&draft, "message", arena_printf(c->rq->arena, "policy %.*s has used %d %% of its requests of this %s",
                                               SLICE_FMT(c->policy.name), level, window));
    return draft_insert(&draft, c->house, NULL);
}

/* The request's hour's row of api_rate_limits for this user and endpoint. */
int limit_show_endpoint(struct rate_check *c, int64_t amount)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(c->rq, REFERENCE_API_RATE_LIMITS, &table) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "user_id", c->user);
    draft_set(&draft, "endpoint", value_text(c->endpoint));
    draft_set(&draft, "window_start", value_time(calendar_start_us(CALENDAR_HOUR, c->admitted_us)));
    draft_set(&draft, "window_duration_minutes", value_int(60));
    int got = draft_find(&draft, REFERENCE_API_RATE_LIMITS, c->house, &row);
    if (got < 0)
        return -1;
    if (got == 0 && amount < 0)
        return 0;
    if (got == 0) {
        draft_set(&draft, "request_count", value_int(amount));
        return draft_insert(&draft, c->house, NULL);
    }
    int64_t count = found_int(table, &row, "request_count", 0) + amount;
    struct draft change;
    draft_start(&change, c->rq, table);
    draft_set(&change, "request_count", value_int(count < 0 ? 0 : count_shown(count)));
    return draft_update(&change, &row, NULL);
}

/* Which requests an organization wants in rate_limit_tracking: organization_settings.settings ->> 'rate_limit_tracking' is
 * "denials" (or nothing: the default), "all", or a share such as "0.01" of those that were admitted. */
static int wants_tracking(struct rate_check *c, bool *ret)
{
    const struct table *table;
    struct found row;
    struct slice setting, text;
    struct value key = value_uuid(c->organization);
    *ret = false;
    if (native_table_of(c->rq, REFERENCE_ORGANIZATION_SETTINGS, &table) < 0)
        return -1;
    int got = table_find(c->rq, table, c->house, &key, &row);
    if (got <= 0)
        return got;
    if (!json_member(found_column(table, &row, "settings")->bytes, SLICE_LITERAL("rate_limit_tracking"), &setting) ||
        !json_as_text(setting, c->rq->arena, &text))
        return 0;
    double share = slice_is(text, "all") ? 1 : strtod(arena_string(c->rq->arena, text), NULL);
    uint32_t dice;
    sys_random(c->rq->sys, &dice, sizeof dice);
    *ret = share > 0 && (double)dice / UINT32_MAX < share + 1e-12;
    return 0;
}

int limit_show_request(struct rate_check *c, bool refused)
{
    const struct table *table;
    struct draft draft;
    bool wanted = refused;
    if (!refused && wants_tracking(c, &wanted) < 0)
        return -1;
    if (!wanted)
        return 0;
    if (native_table_of(c->rq, REFERENCE_RATE_LIMIT_TRACKING, &table) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "user_id", c->user);
    draft_set(&draft, "resource_type", value_text(c->resource_type));
    draft_set(&draft, "endpoint", value_text(c->endpoint));
    draft_set(&draft, "rate_limited", value_bool(refused));
    if (refused)
        draft_set(&draft, "response_status", value_int(429));
    return draft_insert(&draft, c->house, NULL);
}
