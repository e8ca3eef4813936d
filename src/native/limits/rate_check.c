#include "native/limits/rate_check.h"

#include <assert.h>

#include "native/draft.h"
#include "value/time.h"

/* The role that policies are chosen by: the named user's in `profiles`, or the caller's own. */
static int role_of(struct rate_check *c)
{
    const struct table *profiles;
    struct found row;
    c->role = slice_of_string(c->rq->who->profile_role);
    if (value_is_null(&c->user) || (c->rq->who->claims.has_uid && uuid_compare(&c->user.uuid, &c->rq->who->claims.uid) == 0))
        return 0;
    if (native_table_of(c->rq, REFERENCE_PROFILES, &profiles) < 0)
        return -1;
    int got = table_find(c->rq, profiles, c->house, &c->user, &row);
    if (got == 1 && !value_is_null(found_column(profiles, &row, "role")))
        c->role = found_column(profiles, &row, "role")->bytes;
    return got < 0 ? -1 : 0;
}

/* --- Which rows decide --- */

/* LIKE with a pattern from a table: one that is not well formed matches nothing. */
static bool pattern_matches(struct slice pattern, struct slice endpoint)
{
    struct error ignored;
    bool match = false;
    return like_match(endpoint, pattern, '\\', false, NULL, &match, &ignored) == 0 && match;
}

static const char *const maximum_columns[CALENDAR_COUNT] = { "max_requests_per_hour", "max_requests_per_day", "max_requests_per_month" };

/* The organization's own maxima of the policy, until they expire; NULL leaves the policy's. */
static int override_policy(struct rate_check *c)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(c->rq, REFERENCE_ORGANIZATION_QUOTA_OVERRIDES, &table) < 0)
        return -1;
    draft_start(&draft, c->rq, table);
    draft_set(&draft, "organization_id", value_uuid(c->organization));
    draft_set(&draft, "policy_id", value_uuid(c->policy.id));
    int got = draft_find(&draft, REFERENCE_ORGANIZATION_QUOTA_OVERRIDES, c->house, &row);
    if (got <= 0)
        return got;
    const struct value *expires = found_column(table, &row, "expires_at");
    if (!value_is_null(expires) && value_unix_us(expires) <= c->rq->now_us)
        return 0;
    c->policy.overridden = true;
    for (int i = 0; i < CALENDAR_COUNT; i++)
        c->policy_max[i] = found_int(table, &row, maximum_columns[i], c->policy_max[i]);
    return 0;
}

/* What of a row is told later; the walk that found it goes on. */
static struct limit_row keep_row(struct rate_check *c, const struct table *table, const struct found *row, struct slice name)
{
    struct value pattern = *found_column(table, row, "endpoint_pattern");
    if (!value_is_null(&pattern))
        pattern.bytes = arena_copy(c->rq->arena, pattern.bytes);
    return (struct limit_row){ .id = found_column(table, row, "id")->uuid, .name = arena_copy(c->rq->arena, name), .pattern = pattern };
}

static int pick_policy(struct rate_check *c)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int got, best = -1;
    if (native_table_of(c->rq, REFERENCE_QUOTA_POLICIES, &table) < 0 ||
        walk_start(&walk, c->rq, table->primary, TENANT_SYSTEM, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        const struct value *role = found_column(table, &row, "applies_to_role");
        struct slice pattern = found_column(table, &row, "endpoint_pattern")->bytes;
        struct slice name = found_column(table, &row, "policy_name")->bytes;
        int weight = pattern_weight(pattern, !value_is_null(role));
        if (!found_bool(table, &row, "is_active", true) || (!value_is_null(role) && !slice_equal(role->bytes, c->role)) ||
            !pattern_matches(pattern, c->endpoint) || weight < best ||
            (weight == best && slice_compare(name, c->policy.name) > 0))
            continue;
        best = weight;
        c->policy = keep_row(c, table, &row, name);
        for (int i = 0; i < CALENDAR_COUNT; i++)
            c->policy_max[i] = found_int(table, &row, maximum_columns[i], 0);
    }
    if (got < 0 || best < 0)
        return got;
    c->has_policy = true;
    key_start(&c->policy_key, c->house, RELATION_RATE_WINDOWS);
    key_bytes(&c->policy_key, "P", 1);
    key_bytes(&c->policy_key, c->policy.id.bytes, sizeof c->policy.id.bytes);
    return override_policy(c);
}

/* A window without a length is a mistake; passing it over would leave unlimited what somebody meant to limit. */
static int refuse_config(struct rate_check *c)
{
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(&c->config.id, id);
    fail(c->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"window_seconds\" of the row \"%s\" of rate_limit_config is %lld", id,
         (long long)(c->window_us / US_PER_SECOND));
    return fail_hint(c->rq->error, "a window has at least one second; a row that is not to count is \"enabled\" = false");
}

static int pick_config(struct rate_check *c)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int got, best = -1;
    if (native_table_of(c->rq, REFERENCE_RATE_LIMIT_CONFIG, &table) < 0 ||
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
        c->config = keep_row(c, table, &row, c->resource_type);
        c->window_max = found_int(table, &row, "max_requests", 0);
        c->window_us = found_int(table, &row, "window_seconds", 0) * US_PER_SECOND;
        c->has_quota = !value_is_null(found_column(table, &row, "quota_monthly"));
        c->quota_max = found_int(table, &row, "quota_monthly", 0);
    }
    if (got < 0 || best < 0)
        return got;
    if (c->window_us <= 0)
        return refuse_config(c);
    c->has_config = true;
    key_start(&c->config_key, c->house, RELATION_RATE_WINDOWS);
    key_bytes(&c->config_key, "S", 1);
    key_bytes(&c->config_key, c->config.id.bytes, sizeof c->config.id.bytes);
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
    bool good = mp_array(&bytes, &count) && count == 3 * CALENDAR_COUNT;
    for (int i = 0; good && i < CALENDAR_COUNT; i++) {
        good = mp_int(&bytes, &c->tallies[i].start_us) && mp_int(&bytes, &c->tallies[i].count) && mp_int(&bytes, &c->tallies[i].alerted);
        c->policy_moved = tally_settle(&c->tallies[i], (enum calendar)i, c->rq->now_us) || c->policy_moved;
    }
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
    c->config_moved = sliding_settle(&c->sliding, c->window_us, c->rq->now_us);
    return 0;
}

static int save_policy(struct rate_check *c)
{
    struct buf bytes = { 0 };
    mp_put_array(&bytes, 3 * CALENDAR_COUNT);
    for (int i = 0; i < CALENDAR_COUNT; i++) {
        mp_put_int(&bytes, c->tallies[i].start_us);
        mp_put_int(&bytes, c->tallies[i].count);
        mp_put_int(&bytes, c->tallies[i].alerted);
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

/* The row of rate_limit_quota_usage for the request's month, by its unique key. */
static int quota_row(struct rate_check *c, struct draft *draft, struct found *ret)
{
    const struct table *table;
    struct civil month = time_civil(instant_from_unix(c->admitted_us));
    if (native_table_of(c->rq, REFERENCE_RATE_LIMIT_QUOTA_USAGE, &table) < 0)
        return -1;
    draft_start(draft, c->rq, table);
    draft_set(draft, "organization_id", value_uuid(c->organization));
    draft_set(draft, "resource_type", value_text(c->resource_type));
    draft_set(draft, "year", value_int(month.year));
    draft_set(draft, "month", value_int(month.month));
    return draft_find(draft, REFERENCE_RATE_LIMIT_QUOTA_USAGE, c->house, ret);
}

static int load_quota(struct rate_check *c)
{
    struct draft draft;
    struct found row;
    int got = c->has_quota ? quota_row(c, &draft, &row) : 0;
    if (got == 1)
        c->quota = (struct tally){ .start_us = calendar_start_us(CALENDAR_MONTH, c->admitted_us),
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
    draft_set(&draft, column, value_int(count_shown(before + amount)));
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

void rate_check_decide(struct rate_check *c)
{
    int64_t now_us = c->rq->now_us;
    c->allowed = true;
    c->limit_count = 0;
    for (int i = 0; c->has_policy && i < CALENDAR_COUNT; i++)
        meet(c, (struct limit){ "policy", &c->policy, calendar_names[i], c->policy_max[i],
                                tally_decide(&c->tallies[i], (enum calendar)i, c->policy_max[i], c->cost, now_us) });
    if (c->has_config)
        meet(c, (struct limit){ "config", &c->config, "sliding", c->window_max,
                                sliding_decide(&c->sliding, c->window_us, c->window_max, c->cost, now_us) });
    if (c->has_quota)
        meet(c, (struct limit){ "monthly_quota", &c->config, "month", c->quota_max,
                                tally_decide(&c->quota, CALENDAR_MONTH, c->quota_max, c->cost, now_us) });
    for (int i = 0; !c->allowed && i < c->limit_count; i++)     /* what another limit refuses takes nothing from those that would admit it */
        c->limits[i].verdict.remaining += c->limits[i].verdict.allowed ? c->cost : 0;
}

const struct limit *rate_check_decisive(const struct rate_check *c)
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

int rate_check_load(struct rate_check *c)
{
    if (role_of(c) < 0 || pick_policy(c) < 0 || pick_config(c) < 0 || load_policy(c) < 0 || load_config(c) < 0 || load_quota(c) < 0)
        return -1;
    return 0;
}

/* --- Counting --- */

int rate_check_count(struct rate_check *c)
{
    for (int i = 0; c->has_policy && i < CALENDAR_COUNT; i++) {
        tally_count(&c->tallies[i], (enum calendar)i, c->cost, c->rq->now_us);
        int level = tally_alert(&c->tallies[i], c->policy_max[i]);
        if (level != 0 && limit_show_alert(c, calendar_names[i], level, c->tallies[i].count, c->policy_max[i]) < 0)
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
    return limit_show_endpoint(c, c->cost) < 0 || limit_show_request(c, false) < 0 ? -1 : 0;
}

int rate_check_take_back(struct rate_check *c, bool *ret)
{
    int64_t of_policy = 0, of_config = 0, of_quota = 0;
    for (int i = 0; c->has_policy && i < CALENDAR_COUNT; i++)
        of_policy += tally_take_back(&c->tallies[i], (enum calendar)i, c->cost, c->admitted_us);
    if (c->has_config)
        of_config = sliding_take_back(&c->sliding, c->window_us, c->cost, c->admitted_us, c->rq->now_us);
    if (c->has_quota)
        of_quota = tally_take_back(&c->quota, CALENDAR_MONTH, c->cost, c->admitted_us);
    *ret = of_policy + of_config + of_quota > 0;
    if ((of_policy > 0 && save_policy(c) < 0) || (of_config > 0 && save_config(c) < 0) ||
        (of_quota > 0 && count_month(c, "request_count", -of_quota) < 0))
        return -1;
    return limit_show_endpoint(c, -c->cost);
}

/* A refused check counts nothing but the refusal. */
int rate_check_refuse(struct rate_check *c)
{
    if ((c->policy_moved && save_policy(c) < 0) || (c->config_moved && save_config(c) < 0) || limit_show_request(c, true) < 0)
        return -1;
    return c->has_quota ? count_month(c, "rate_limited_count", 1) : 0;
}
