/* run_upkeep, and the sweep behind it and the background's. */
#include "native/expiry.h"

#include "native/credits/account.h"
#include "native/credits/credit_fold.h"
#include "native/groups.h"
#include "native/idempotency_sweep.h"
#include "native/limits/usage.h"
#include "native/place.h"
#include "native/rows.h"
#include "value/time.h"

#include <stddef.h>

/* A row goes `days` after its `column`, or as many as is set, or as its `days_column` says; where `flag` is named only one on which it is
 * set, where `state` is, only one whose status it is. */
struct expiry_rule {
    enum expiry_group group;
    enum reference table;
    const char *column;
    int days;
    size_t set_days;                /* which days of struct expiry_days they are, as SET() has it */
    const char *days_column, *flag, *state;
    int (*sweep)(struct request *rq, uint32_t house, int *budget, int64_t *deleted);    /* instead of all this */
};

static const struct expiry_days *days_kept(const struct request *rq)
{
    static const struct expiry_days unset = EXPIRY_DAYS_DEFAULT;
    return rq->host->expiry == NULL ? &unset : rq->host->expiry;
}

#define SET(member) (1 + offsetof(struct expiry_days, member))      /* 0: nothing sets them */

static int sweep_reservations(struct request *rq, uint32_t house, int *budget, int64_t *deleted);
static int sweep_consumption(struct request *rq, uint32_t house, int *budget, int64_t *deleted);

static const struct expiry_rule rules[] = {
    { .group = EXPIRY_RATE_LIMITS, .table = REFERENCE_API_RATE_LIMITS, .column = "window_start", .days = RATE_WINDOWS_KEPT_DAYS },
    { .group = EXPIRY_RATE_LIMITS, .table = REFERENCE_RATE_LIMIT_TRACKING, .column = "request_timestamp", .days = 7 },
    { .group = EXPIRY_RATE_LIMITS, .table = REFERENCE_API_USAGE_STATISTICS, .column = "date", .days = 90 },
    { .group = EXPIRY_RATE_LIMITS, .table = REFERENCE_QUOTA_ALERTS, .column = "created_at", .days = 30, .flag = "is_acknowledged" },
    { .group = EXPIRY_METRICS, .table = REFERENCE_SYSTEM_METRICS, .column = "created_at", .days = 90 },
    { .group = EXPIRY_HEALTH_CHECKS, .table = REFERENCE_SYSTEM_HEALTH_CHECKS, .column = "created_at", .days = 30 },
    { .group = EXPIRY_ALERTS, .table = REFERENCE_ALERT_HISTORY, .column = "resolved_at", .days = 180, .state = "resolved" },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_TRUSTED_DEVICES, .column = "expires_at", .days = 0 },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_ORGANIZATION_QUOTA_OVERRIDES, .column = "expires_at", .days = 0 },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_AUDIT_LOGS, .column = "created_at", .days_column = "retention_period_days" },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_IP_ACCESS_LOG, .column = "created_at", .set_days = SET(access_log) },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_LOGIN_ATTEMPTS, .column = "created_at", .set_days = SET(login_attempts) },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_USER_2FA_ATTEMPTS, .column = "created_at", .set_days = SET(two_factor_attempts) },
    { .group = EXPIRY_OTHERS, .table = REFERENCE_SECURITY_ALERTS, .column = "acknowledged_at", .set_days = SET(security_alerts),
      .flag = "is_acknowledged" },
    { .group = EXPIRY_OTHERS, .sweep = sweep_consumption },
    { .group = EXPIRY_OTHERS, .sweep = sweep_reservations },
    { .group = EXPIRY_OTHERS, .sweep = usage_forget },
};
enum { RULE_COUNT = sizeof rules / sizeof *rules };

#define HOUSES_FIRST 0u
#define GROUP_BUDGET 65536              /* rows of one step of expiry_group() */

/* -1: for ever. */
static int64_t days_of(const struct request *rq, const struct expiry_rule *rule)
{
    int64_t days;
    if (rule->set_days == 0)
        return rule->days;
    memcpy(&days, (const uint8_t *)days_kept(rq) + rule->set_days - 1, sizeof days);
    return days == 0 ? -1 : days;
}

static bool is_over(const struct request *rq, const struct expiry_rule *rule, const struct table *table, const struct found *row)
{
    int64_t days = rule->days_column == NULL ? days_of(rq, rule) : found_int(table, row, rule->days_column, INT32_MAX);
    int64_t when_us = found_instant(table, row, rule->column);
    if (rule->flag != NULL && !found_bool(table, row, rule->flag, false))
        return false;
    if (rule->state != NULL && !slice_is(found_column(table, row, "status")->bytes, rule->state))
        return false;
    return when_us < days_ago(rq->now_us, days);
}

/* Walks what may be over in one house. 1: the budget is used up, `sweep` says where to go on; 0: the house is done. */
static int sweep_house(struct request *rq, const struct expiry_rule *rule, const struct table *table, struct expiry_sweep *sweep,
                       int *budget, int64_t *deleted)
{
    int64_t high_us = days_ago(rq->now_us, days_of(rq, rule));
    struct walk walk;
    struct found row;
    int got = 0;
    bool by_time = table->columns[table_column(table, slice_of_string(rule->column))].type.id != TYPE_DATE;
    int started = by_time ? recent_start(&walk, rq, table, sweep->house, rule->column, TIME_US_MIN, high_us, false)
                          : walk_start(&walk, rq, table->primary, sweep->house, NULL, 0, NULL, NULL, false);
    if (started < 0)
        return -1;
    if (sweep->next.size > 0 && memcmp(sweep->next.bytes, walk.next.bytes, KEY_PREFIX_SIZE) == 0 &&
        slice_compare(key_slice(&sweep->next), key_slice(&walk.next)) > 0)
        walk.next = sweep->next;
    sweep->next.size = 0;
    while (*budget > 0 && (got = walk_next(&walk, &row)) == 1) {
        --*budget;
        int gone = is_over(rq, rule, table, &row) ? delete_unheld(rq, table, &row) : 0;
        if (gone < 0)
            return -1;
        *deleted += gone;
    }
    if (got < 1 || walk.done)
        return got < 0 ? -1 : 0;
    sweep->next = walk.next;
    return 1;
}

/* Opening an account gives back what was set aside past its time. One that its reservations do not fit back into waits for whoever
 * wrote that balance, and keeps no other house waiting. */
static int sweep_reservations(struct request *rq, uint32_t house, int *budget, int64_t *deleted)
{
    struct account account;
    struct uuid organization;
    if (rq->view->catalog->references[REFERENCE_ORGANIZATION_CREDITS] == NULL)
        return 0;
    int got = store_house_organization(rq->view, house, &organization, rq->error);
    if (got <= 0)
        return got;
    struct value value = value_uuid(organization);
    if (account_open(&account, rq, &value) == 0)
        return 0;
    if (rq->error->state != SQLSTATE_NUMERIC_OUT_OF_RANGE)
        return -1;
    error_clear(rq->error);
    return 0;
}

static int sweep_consumption(struct request *rq, uint32_t house, int *budget, int64_t *deleted)
{
    int64_t days = days_kept(rq)->consumption_logs;
    return days == 0 ? 0 : credit_fold(rq, house, days_ago(rq->now_us, days), budget, deleted);
}

static int sweep_rule(struct request *rq, struct expiry_sweep *sweep, int *budget, int64_t *deleted)
{
    const struct expiry_rule *rule = &rules[sweep->rule];
    const struct table *table = rule->sweep != NULL ? NULL : rq->view->catalog->references[rule->table];
    if (rule->sweep == NULL && (table == NULL || (rule->days_column == NULL && days_of(rq, rule) < 0)))
        return 0;
    bool in_houses = table == NULL || table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
    int more = 0;
    do {
        if (*budget < 2)
            return 1;
        --*budget;                  /* a house without rows costs a look too */
        int got = rule->sweep != NULL ? rule->sweep(rq, sweep->house, budget, deleted) : sweep_house(rq, rule, table, sweep, budget, deleted);
        if (got != 0)
            return got;
    } while (in_houses && (more = store_house_next(rq->view, sweep->house, &sweep->house, rq->error)) == 1);
    return more < 0 ? -1 : 0;
}

/* What comes after the rules. */
static int sweep_replies(struct request *rq, struct expiry_sweep *sweep, int budget, int64_t *deleted)
{
    struct idempotency_sweep replies = { .house = sweep->house, .next = sweep->next };
    struct slice next = key_slice(&sweep->next);
    int removed = 0;
    if (next.size > 0 && (key_tenant(next) != sweep->house || key_relation(next) != RELATION_IDEMPOTENCY))
        replies.next.size = 0;
    int more = idempotency_sweep(rq, &replies, budget, &removed);
    *deleted += removed;
    sweep->house = replies.house;
    sweep->next = replies.next;
    return more;
}

int expiry_step(struct request *rq, struct expiry_sweep *sweep, enum expiry_group group, int budget, int64_t *deleted)
{
    for (; sweep->rule < RULE_COUNT; sweep->rule++, sweep->house = HOUSES_FIRST, sweep->next.size = 0) {
        if (group != EXPIRY_ALL && rules[sweep->rule].group != group)
            continue;
        int got = sweep_rule(rq, sweep, &budget, deleted);
        if (got != 0)
            return got;
    }
    if (group == EXPIRY_ALL) {
        int got = budget > 0 ? sweep_replies(rq, sweep, budget, deleted) : 1;
        if (got != 0)
            return got;
    }
    *sweep = (struct expiry_sweep){ 0 };
    return 0;
}

int expiry_group(struct request *rq, enum expiry_group group, struct buf *out)
{
    struct expiry_sweep sweep = { 0 };
    int64_t deleted = 0;
    int more;
    while ((more = expiry_step(rq, &sweep, group, GROUP_BUDGET, &deleted)) == 1)
        ;
    if (more == 0)
        mp_put_int(out, deleted);
    return more;
}

/* --- run_upkeep --- */

#define BUDGET_DEFAULT 4096
#define BUDGET_MIN 16
#define BUDGET_MAX 100000

enum { UPKEEP_CURSOR, UPKEEP_BUDGET };

static int run_upkeep(struct request *rq, const struct value *values, struct buf *out)
{
    struct place place;
    int64_t budget, deleted = 0;
    if (native_integer(rq, &values[UPKEEP_BUDGET], "budget", BUDGET_DEFAULT, BUDGET_MIN, BUDGET_MAX, &budget) < 0 ||
        place_read(rq, &values[UPKEEP_CURSOR], "run_upkeep", RULE_COUNT + 1, &place) < 0)
        return -1;
    struct expiry_sweep sweep = { .rule = (uint8_t)place.stage, .house = place.house, .next = place.next };
    int more = expiry_step(rq, &sweep, EXPIRY_ALL, (int)budget, &deleted);
    if (more < 0)
        return -1;
    mp_put_map(out, 2);
    put_int(out, "deleted", deleted);
    place_put_next(out, more == 1, &(struct place){ sweep.rule, sweep.house, sweep.next });
    return 0;
}

const struct native_function upkeep_functions[] = {
    { .name = "run_upkeep", .writes = true, .relaxed = true, .caller = CALLER_SERVICE, .run = run_upkeep,
      .returns = "{deleted, next}",
      .summary = "removes what is past its time, as the server does by itself; call it again with `next` until that is nil",
      .parameters = { [UPKEEP_CURSOR] = CURSOR_PARAMETER,
                      [UPKEEP_BUDGET] = { "budget", TYPE_INT4, false, false, "rows to look at; 4096 when left out" } } },
    { .name = NULL },
};
