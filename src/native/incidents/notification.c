/* Who is told of an incident: rows of notification_logs, status pending, for whatever sends them. */
#include "native/incidents/incident.h"

#include "native/incidents/incident_rule.h"
#include "value/array.h"
#include "value/json.h"
#include "value/time.h"

#define NOTIFICATIONS_MAX 1000          /* of one incident at a time */

int incident_notify(struct incident *incident, struct value rule, struct value channel, struct value recipient, struct slice message)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(incident->rq, REFERENCE_NOTIFICATION_LOGS, &table) < 0)
        return -1;
    draft_start(&draft, incident->rq, table);
    draft_set(&draft, "incident_id", *found_column(incident->table, &incident->row, "id"));
    draft_set(&draft, "rule_id", rule);
    draft_set(&draft, "channel", channel);
    draft_set(&draft, "recipient", recipient);
    draft_set(&draft, "message", value_text(message));
    return draft_insert(&draft, incident->house, NULL);
}

/* Whether the rule has told anybody within its cooldown. */
static int cools_down(struct incident *incident, const struct value *rule, int64_t cooldown_us, bool *ret)
{
    const struct table *table;
    struct pick pick;
    struct found row;
    *ret = false;
    if (native_table_of(incident->rq, REFERENCE_NOTIFICATION_LOGS, &table) < 0 ||
        pick_start(&pick, incident->rq, table, incident->house, "rule_id", rule, true) < 0)
        return -1;
    int got = pick_next(&pick, &row);
    *ret = got == 1 && value_unix_us(found_column(table, &row, "created_at")) > incident->rq->now_us - cooldown_us;
    return got < 0 ? -1 : 0;
}

/* One channel's recipients: a text, or an array of texts. */
static int notify_list(struct incident *incident, struct value rule, struct value channel, struct slice list, struct slice message, int *count)
{
    struct slice text;
    uint32_t left = 1;
    mp_array(&list, &left);
    for (; left > 0; left--) {
        if (!mp_str(&list, &text)) {
            mp_skip(&list, NULL);
            continue;
        }
        if (++*count > NOTIFICATIONS_MAX)
            return fail(incident->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "an incident notifies at most %d recipients", NOTIFICATIONS_MAX);
        if (incident_notify(incident, rule, channel, value_text(text), message) < 0)
            return -1;
    }
    return 0;
}

/* `recipients` is one list for all channels, or an object with a list for each. */
static int apply_rule(struct incident *incident, const struct table *rules, const struct found *rule, int *count)
{
    struct slice recipients = found_column(rules, rule, "recipients")->bytes;
    struct slice title = found_column(incident->table, &incident->row, "title")->bytes;
    struct slice severity = found_column(incident->table, &incident->row, "severity")->bytes;
    struct slice message = slice_of_string(arena_printf(incident->rq->arena, "[%.*s] %.*s", SLICE_FMT(severity), SLICE_FMT(title)));
    struct value channel, id = *found_column(rules, rule, "id");
    bool by_channel = mp_peek(recipients) == MP_MAP;
    for (struct slice rest = array_elements(found_column(rules, rule, "notification_channels"));
         array_next(type_of(TYPE_TEXT), &rest, &channel);) {
        struct slice list = recipients;
        if (value_is_null(&channel) || (by_channel && !json_member(recipients, channel.bytes, &list)))
            continue;
        if (notify_list(incident, id, channel, list, message, count) < 0)
            return -1;
    }
    return 0;
}

static bool concerns(const struct incident *incident, const struct table *rules, const struct found *rule)
{
    const struct value *service = found_column(incident->table, &incident->row, "affected_service");
    return found_bool(rules, rule, "is_active", true) &&
           incident_concerns(found_column(rules, rule, "trigger_conditions")->bytes,
                             found_column(incident->table, &incident->row, "incident_type")->bytes,
                             found_column(incident->table, &incident->row, "severity")->bytes,
                             value_is_null(service) ? slice_of(NULL, 0) : service->bytes);
}

int incident_notify_all(struct incident *incident, int *ret_count)
{
    const struct table *rules;
    struct walk walk;
    struct found rule;
    bool cooling;
    int got;
    *ret_count = 0;
    if (native_table_of(incident->rq, REFERENCE_NOTIFICATION_RULES, &rules) < 0 ||
        walk_start(&walk, incident->rq, rules->primary, incident->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &rule)) == 1) {
        int64_t cooldown_us = found_int(rules, &rule, "cooldown_minutes", 60) * US_PER_MINUTE;
        if (!concerns(incident, rules, &rule))
            continue;
        if (cools_down(incident, found_column(rules, &rule, "id"), cooldown_us, &cooling) < 0 ||
            (!cooling && apply_rule(incident, rules, &rule, ret_count) < 0))
            return -1;
    }
    return got;
}
