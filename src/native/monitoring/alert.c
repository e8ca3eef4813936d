/* Alerts of the platform: evaluate_alert_rules, trigger_alert, acknowledge_alert, resolve_alert; and the server's own watch over
 * the rules. */
#include <limits.h>

#include "native/groups.h"
#include "native/monitoring/alert_rule.h"
#include "native/rows.h"
#include "native/watch.h"
#include "value/numeric.h"
#include "value/time.h"

/* One row of alert_history; `value` may be NULL's. */
static int write_alert(struct request *rq, const struct table *rules, const struct found *rule, const struct value *value,
                       struct value message, const struct value *metadata, struct value *ret_id)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(rq, REFERENCE_ALERT_HISTORY, &table) < 0)
        return -1;
    draft_start(&draft, rq, table);
    draft_set(&draft, "alert_rule_id", *found_column(rules, rule, "id"));
    draft_set(&draft, "alert_message", message);
    draft_set(&draft, "severity", *found_column(rules, rule, "severity"));
    draft_set(&draft, "metric_value", *value);
    draft_set(&draft, "threshold", *found_column(rules, rule, "threshold"));
    if (!value_is_null(metadata))
        draft_set(&draft, "metadata", *metadata);
    if (draft_insert(&draft, TENANT_SYSTEM, &row) < 0)
        return -1;
    *ret_id = *found_column(table, &row, "id");
    return 0;
}

/* --- evaluate_alert_rules --- */

/* The latest measurement of the rule's metric within its window: 1, 0, -1. Takes the rows that it looks at off the budget. */
static int latest_metric(struct request *rq, const struct table *rules, const struct found *rule, int *budget, struct value *ret)
{
    const struct table *metrics;
    struct slice name = found_column(rules, rule, "metric_name")->bytes;
    int64_t low_us = rq->now_us - found_int(rules, rule, "evaluation_window_minutes", 5) * US_PER_MINUTE;
    struct walk walk;
    struct found row;
    int got;
    if (native_table_of(rq, REFERENCE_SYSTEM_METRICS, &metrics) < 0 ||
        recent_start(&walk, rq, metrics, TENANT_SYSTEM, "created_at", low_us, INT64_MAX, true) < 0)
        return -1;
    while ((got = recent_next(&walk, "created_at", low_us, INT64_MAX, &row)) == 1) {
        --*budget;
        if (slice_equal(found_column(metrics, &row, "metric_name")->bytes, name)) {
            *ret = *found_column(metrics, &row, "metric_value");
            return 1;
        }
    }
    return got;
}

/* When the rule alerted last; INT64_MIN: never. */
static int last_alert(struct request *rq, const struct value *rule, int64_t *ret_us)
{
    const struct table *history;
    struct pick pick;
    struct found row;
    int got;
    *ret_us = INT64_MIN;
    if (native_table_of(rq, REFERENCE_ALERT_HISTORY, &history) < 0 ||
        pick_start(&pick, rq, history, TENANT_SYSTEM, "alert_rule_id", rule, false) < 0)
        return -1;
    while ((got = pick_next(&pick, &row)) == 1) {
        const struct value *when = found_column(history, &row, "triggered_at");
        if (!value_is_null(when) && value_unix_us(when) > *ret_us)
            *ret_us = value_unix_us(when);
    }
    return got;
}

static struct value describe(struct request *rq, const struct table *rules, const struct found *rule, const struct value *value)
{
    struct buf text = { 0 };
    buf_printf(&text, "%.*s: %.*s is ", SLICE_FMT(found_column(rules, rule, "rule_name")->bytes),
               SLICE_FMT(found_column(rules, rule, "metric_name")->bytes));
    numeric_format(value, &text);
    buf_printf(&text, ", threshold ");
    numeric_format(found_column(rules, rule, "threshold"), &text);
    struct value made = value_text(arena_copy(rq->arena, buf_slice(&text)));
    buf_done(&text);
    return made;
}

/* 1 and an entry of the reply when the rule alerts. */
static int evaluate(struct request *rq, const struct table *rules, const struct found *rule, int *budget, struct buf *alerts)
{
    struct value metric, id;
    int64_t last_us, cooldown_us = found_int(rules, rule, "cooldown_minutes", 15) * US_PER_MINUTE;
    int got = latest_metric(rq, rules, rule, budget, &metric);
    if (got <= 0 || !alert_holds(found_column(rules, rule, "condition")->bytes, numeric_compare(&metric, found_column(rules, rule, "threshold"))))
        return got < 0 ? -1 : 0;
    if (last_alert(rq, found_column(rules, rule, "id"), &last_us) < 0)
        return -1;
    if (!alert_may(last_us, cooldown_us, rq->now_us))
        return 0;
    if (write_alert(rq, rules, rule, &metric, describe(rq, rules, rule, &metric), &VALUE_OF_NULL, &id) < 0)
        return -1;
    mp_put_map(alerts, 3);
    put_uuid(alerts, "id", &id);
    put_column(alerts, rules, rule, "rule_name");
    put_column(alerts, rules, rule, "severity");
    return 1;
}

static int evaluate_alert_rules(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *rules;
    struct walk walk;
    struct found rule;
    struct buf alerts = { 0 };
    uint32_t evaluated = 0, triggered = 0;
    int got, alerted = 0, budget = INT_MAX;
    if (native_table_of(rq, REFERENCE_ALERT_RULES, &rules) < 0 || walk_start(&walk, rq, rules->primary, TENANT_SYSTEM, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &rule)) == 1) {
        if (!found_bool(rules, &rule, "is_active", true))
            continue;
        evaluated++;
        alerted = evaluate(rq, rules, &rule, &budget, &alerts);
        if (alerted < 0)
            break;
        triggered += (uint32_t)alerted;
    }
    if (got == 0) {
        mp_put_map(out, 2);
        put_int(out, "evaluated", evaluated);
        mp_put_string(out, "triggered");
        mp_put_array(out, triggered);
        buf_append_slice(out, buf_slice(&alerts));
    }
    buf_done(&alerts);
    return got == 0 ? 0 : -1;
}

/* --- By itself --- */

static bool has_tables(const struct catalog *catalog)
{
    return catalog->references[REFERENCE_ALERT_RULES] != NULL && catalog->references[REFERENCE_SYSTEM_METRICS] != NULL &&
           catalog->references[REFERENCE_ALERT_HISTORY] != NULL;
}

/* One rule of the watch; its alert is told by its row. */
static int watch_rule(struct request *rq, const struct table *rules, const struct found *rule, struct watch *watch, int *budget)
{
    struct buf ignored = { 0 };
    int mark = changes_mark(rq);
    --*budget;
    int alerted = found_bool(rules, rule, "is_active", true) ? evaluate(rq, rules, rule, budget, &ignored) : 0;
    buf_done(&ignored);
    if (alerted < 0)
        return watch_pass_over(watch, rq, mark);
    watch->done += alerted;
    return 0;
}

int alert_watch(struct request *rq, struct watch *watch, int budget)
{
    const struct table *rules;
    struct walk walk;
    struct found rule;
    int got = 0;
    if (!has_tables(rq->view->catalog))
        return 0;
    if (native_table_of(rq, REFERENCE_ALERT_RULES, &rules) < 0 || walk_start(&walk, rq, rules->primary, TENANT_SYSTEM, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    watch_resume(watch, &walk);
    while (budget > 0 && (got = walk_next(&walk, &rule)) == 1)
        if (watch_rule(rq, rules, &rule, watch, &budget) < 0)
            return -1;
    if (got < 1 || walk.done)
        return got < 0 ? -1 : 0;
    watch->next = walk.next;
    return 1;
}

/* --- trigger_alert --- */

enum { TRIGGER_RULE, TRIGGER_MESSAGE, TRIGGER_VALUE, TRIGGER_METADATA };

static int trigger_alert(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *rules;
    struct draft wanted;
    struct found rule;
    struct value id, message = values[TRIGGER_MESSAGE];
    if (native_table_of(rq, REFERENCE_ALERT_RULES, &rules) < 0)
        return -1;
    draft_start(&wanted, rq, rules);
    draft_set(&wanted, "rule_name", values[TRIGGER_RULE]);
    int got = draft_find(&wanted, REFERENCE_ALERT_RULES, TENANT_SYSTEM, &rule);
    if (got == 0)
        fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "alert rule \"%.*s\" does not exist", SLICE_FMT(values[TRIGGER_RULE].bytes));
    if (got != 1)
        return -1;
    if (value_is_null(&message))
        message = *found_column(rules, &rule, value_is_null(found_column(rules, &rule, "description")) ? "rule_name" : "description");
    if (write_alert(rq, rules, &rule, &values[TRIGGER_VALUE], message, &values[TRIGGER_METADATA], &id) < 0)
        return -1;
    mp_put_map(out, 1);
    put_uuid(out, "id", &id);
    return 0;
}

/* --- acknowledge_alert, resolve_alert --- */

static int status_of(struct slice name)
{
    for (int i = 0; i < ALERT_STATUS_COUNT; i++)
        if (slice_is(name, alert_statuses[i]))
            return i;
    return -1;
}

static int move_alert(struct request *rq, const struct value *id, enum alert_status to, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(rq, REFERENCE_ALERT_HISTORY, &table) < 0 || row_of_caller(rq, table, id, "alert", &row) < 0)
        return -1;
    const struct value *status = found_column(table, &row, "status");
    int from = value_is_null(status) ? ALERT_TRIGGERED : status_of(status->bytes);
    if (from < 0 || !alert_moves[from][to])
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "an alert that is %.*s cannot become %s", SLICE_FMT(status->bytes),
                    alert_statuses[to]);
    draft_start(&draft, rq, table);
    draft_text(&draft, "status", alert_statuses[to]);
    draft_set(&draft, to == ALERT_RESOLVED ? "resolved_at" : "acknowledged_at", value_time(rq->now_us));
    if (to == ALERT_ACKNOWLEDGED)
        draft_set(&draft, "acknowledged_by", native_actor(rq));
    if (draft_update(&draft, &row, NULL) < 0)
        return -1;
    mp_put_map(out, 1);
    put_text(out, "status", slice_of_string(alert_statuses[to]));
    return 0;
}

static int acknowledge_alert(struct request *rq, const struct value *values, struct buf *out)
{
    return move_alert(rq, &values[0], ALERT_ACKNOWLEDGED, out);
}

static int resolve_alert(struct request *rq, const struct value *values, struct buf *out)
{
    return move_alert(rq, &values[0], ALERT_RESOLVED, out);
}

#define ALERT_PARAMETER { "alert_id", TYPE_UUID, false, true, "of alert_history" }

const struct native_function alert_functions[] = {
    { .name = "evaluate_alert_rules", .writes = true, .caller = CALLER_ADMIN, .run = evaluate_alert_rules,
      .returns = "{evaluated, triggered: [{id, rule_name, severity}]}",
      .summary = "holds the latest metric of each rule's window against its threshold; alerts outside of the cooldown" },
    { .name = "trigger_alert", .writes = true, .caller = CALLER_ADMIN, .run = trigger_alert,
      .returns = "{id}", .summary = "alerts by hand",
      .parameters = { [TRIGGER_RULE] = { "rule_name", TYPE_TEXT, false, true, "of alert_rules" },
                      [TRIGGER_MESSAGE] = { "message", TYPE_TEXT, false, false, "the rule's description when left out" },
                      [TRIGGER_VALUE] = { "metric_value", TYPE_NUMERIC, false, false, "what was measured" },
                      [TRIGGER_METADATA] = { "metadata", TYPE_JSONB, false, false, "for programs" } } },
    { .name = "acknowledge_alert", .writes = true, .caller = CALLER_ADMIN, .run = acknowledge_alert,
      .returns = "{status}", .summary = "somebody looks at an alert", .parameters = { ALERT_PARAMETER } },
    { .name = "resolve_alert", .writes = true, .caller = CALLER_ADMIN, .run = resolve_alert,
      .returns = "{status}", .summary = "an alert is over", .parameters = { ALERT_PARAMETER } },
    { .name = NULL },
};
