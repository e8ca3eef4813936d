/* What has waited too long: check_incident_escalation, and the server's own watch over all houses.
 *
 * A rule of escalation_rules that is about an incident applies escalation_delay_minutes after it was detected, while it is
 * open or investigated. It escalates once: the row of incident_actions that it leaves names it. */
#include "native/incidents/incident.h"
#include "native/incidents/incident_rule.h"
#include "native/watch.h"
#include "value/array.h"
#include "value/json.h"
#include "value/time.h"

/* Whether this rule has escalated this incident. */
static int has_escalated(struct incident *incident, struct slice rule, bool *ret)
{
    const struct table *actions;
    struct pick pick;
    struct found row;
    struct slice member, text;
    int got;
    *ret = false;
    if (native_table_of(incident->rq, REFERENCE_INCIDENT_ACTIONS, &actions) < 0 ||
        pick_start(&pick, incident->rq, actions, incident->house, "incident_id", found_column(incident->table, &incident->row, "id"), true) < 0)
        return -1;
    while (!*ret && (got = pick_next(&pick, &row)) != 0) {
        if (got < 0)
            return -1;
        const struct value *metadata = found_column(actions, &row, "metadata");
        *ret = slice_is(found_column(actions, &row, "action_type")->bytes, "escalated") && !value_is_null(metadata) &&
               json_member(metadata->bytes, SLICE_LITERAL("rule_id"), &member) && mp_str(&member, &text) && slice_equal(text, rule);
    }
    return 0;
}

/* Tells each user on each channel, or the role where no users are named. */
static int tell(struct incident *incident, const struct value *channels, const struct value *users, const struct value *role, struct slice message)
{
    struct value channel, user;
    char text[UUID_TEXT_SIZE + 1];
    if (value_is_null(channels))
        return 0;
    for (struct slice rest = array_elements(channels); array_next(type_of(TYPE_TEXT), &rest, &channel);) {
        if (value_is_null(&channel))
            continue;
        bool named = !value_is_null(users) && array_count(users) > 0;
        if (!named && !value_is_null(role) && incident_notify(incident, VALUE_OF_NULL, channel, *role, message) < 0)
            return -1;
        for (struct slice list = named ? array_elements(users) : slice_of(NULL, 0); list.size > 0 && array_next(type_of(TYPE_UUID), &list, &user);) {
            if (value_is_null(&user))
                continue;
            uuid_format(&user.uuid, text);
            if (incident_notify(incident, VALUE_OF_NULL, channel, value_text(slice_of_string(text)), message) < 0)
                return -1;
        }
    }
    return 0;
}

/* The first user named takes it over. */
static int assign(struct incident *incident, const struct value *users)
{
    struct draft draft;
    struct value user;
    struct slice rest;
    if (value_is_null(users) || array_count(users) == 0)
        return 0;
    rest = array_elements(users);
    if (!array_next(type_of(TYPE_UUID), &rest, &user) || value_is_null(&user))
        return 0;
    draft_start(&draft, incident->rq, incident->table);
    draft_set(&draft, "assigned_to", user);
    return draft_update(&draft, &incident->row, &incident->row);
}

static int escalate(struct incident *incident, const struct table *rules, const struct found *rule, struct slice id)
{
    const struct value *role = found_column(rules, rule, "escalate_to_role"), *users = found_column(rules, rule, "escalate_to_users");
    struct slice name = found_column(rules, rule, "name")->bytes, title = found_column(incident->table, &incident->row, "title")->bytes;
    struct arena *arena = incident->rq->arena;
    struct buf wire = { 0 };
    mp_put_map(&wire, value_is_null(role) ? 1 : 2);
    put_text(&wire, "rule_id", id);
    if (!value_is_null(role))
        put_text(&wire, "role", role->bytes);
    struct value description = value_text(slice_of_string(arena_printf(arena, "escalated by rule \"%.*s\"", SLICE_FMT(name))));
    if (incident_act(incident, "escalated", description, native_json(incident->rq, &wire), NULL) < 0 || assign(incident, users) < 0)
        return -1;
    struct slice message = slice_of_string(arena_printf(arena, "escalated: %.*s", SLICE_FMT(title)));
    return tell(incident, found_column(rules, rule, "notification_channels"), users, role, message);
}

static bool is_due(const struct incident *incident, const struct table *rules, const struct found *rule)
{
    const struct value *service = found_column(incident->table, &incident->row, "affected_service");
    int64_t delay_us = found_int(rules, rule, "escalation_delay_minutes", 30) * US_PER_MINUTE;
    return found_bool(rules, rule, "is_active", true) &&
           value_unix_us(found_column(incident->table, &incident->row, "detected_at")) <= incident->rq->now_us - delay_us &&
           incident_concerns(found_column(rules, rule, "trigger_conditions")->bytes,
                             found_column(incident->table, &incident->row, "incident_type")->bytes,
                             found_column(incident->table, &incident->row, "severity")->bytes,
                             value_is_null(service) ? slice_of(NULL, 0) : service->bytes);
}

/* One rule on one incident. 1: it escalates, 0, -1. */
static int check_rule(struct incident *incident, const struct table *rules, const struct found *rule)
{
    char text[UUID_TEXT_SIZE + 1];
    bool done;
    if (!is_due(incident, rules, rule))
        return 0;
    uuid_format(&found_column(rules, rule, "id")->uuid, text);
    if (has_escalated(incident, slice_of_string(text), &done) < 0 || (!done && escalate(incident, rules, rule, slice_of_string(text)) < 0))
        return -1;
    return !done;
}

/* Every rule of the incident's house; a watch, where there is one, passes over those that fail. */
static int check_one(struct incident *incident, struct watch *watch, int *count)
{
    const struct table *rules;
    struct walk walk;
    struct found rule;
    int got;
    if (native_table_of(incident->rq, REFERENCE_ESCALATION_RULES, &rules) < 0 ||
        walk_start(&walk, incident->rq, rules->primary, incident->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &rule)) == 1) {
        struct found before = incident->row;
        int mark = changes_mark(incident->rq), escalated = check_rule(incident, rules, &rule);
        if (escalated < 0) {
            if (watch == NULL || watch_pass_over(watch, incident->rq, mark) < 0)
                return -1;
            incident->row = before;
            continue;
        }
        *count += escalated;
    }
    return got;
}

/* The statuses of what nobody has dealt with yet. */
static const char *const waiting[] = { "open", "investigating" };
enum { WAITING_COUNT = sizeof waiting / sizeof *waiting };

static int check_house(struct request *rq, uint32_t house, int *count)
{
    struct incident incident = { .rq = rq, .house = house };
    struct pick pick;
    int got = 0;
    if (native_table_of(rq, REFERENCE_INCIDENTS, &incident.table) < 0)
        return -1;
    for (int i = 0; got == 0 && i < WAITING_COUNT; i++) {
        struct value status = value_text(slice_of_string(waiting[i]));
        got = pick_start(&pick, rq, incident.table, house, "status", &status, false);
        while (got == 0 && (got = pick_next(&pick, &incident.row)) == 1)
            got = check_one(&incident, NULL, count);
    }
    return got;
}

int incident_check_escalation(struct request *rq, const struct value *values, struct buf *out)
{
    struct incident incident;
    struct value organization;
    enum incident_status status;
    uint32_t house;
    int count = 0;
    if (!value_is_null(&values[ESCALATE_INCIDENT])) {
        if (incident_open(&incident, rq, &values[ESCALATE_INCIDENT]) < 0)
            return -1;
        bool waits = incident_status_of(found_column(incident.table, &incident.row, "status")->bytes, &status) &&
                     (status == INCIDENT_OPEN || status == INCIDENT_INVESTIGATING);
        if (waits && check_one(&incident, NULL, &count) < 0)
            return -1;
    } else if (native_house_or_system(rq, &values[ESCALATE_ORGANIZATION], &house, &organization) < 0 ||
               check_house(rq, house, &count) < 0) {
        return -1;
    }
    mp_put_map(out, 1);
    put_int(out, "escalated", count);
    return 0;
}

/* --- By itself --- */

static bool has_tables(const struct catalog *catalog)
{
    return catalog->references[REFERENCE_INCIDENTS] != NULL && catalog->references[REFERENCE_ESCALATION_RULES] != NULL &&
           catalog->references[REFERENCE_INCIDENT_ACTIONS] != NULL && catalog->references[REFERENCE_NOTIFICATION_LOGS] != NULL;
}

/* The incidents of one house and status, from where the watch stands: 1 when the budget is used up, 0, -1. */
static int watch_status(struct incident *incident, struct watch *watch, int *budget)
{
    struct value status = value_text(slice_of_string(waiting[watch->stage]));
    struct pick pick;
    int got = 0;
    incident->house = watch->house;
    if (pick_start(&pick, incident->rq, incident->table, watch->house, "status", &status, false) < 0)
        return -1;
    watch_resume(watch, &pick.walk);
    while (*budget > 0 && (got = pick_next(&pick, &incident->row)) == 1) {
        --*budget;
        if (check_one(incident, watch, &watch->done) < 0)
            return -1;
    }
    if (got < 1 || pick.walk.done)
        return got < 0 ? -1 : 0;
    watch->next = pick.walk.next;
    return 1;
}

int escalation_watch(struct request *rq, struct watch *watch, int budget)
{
    struct incident incident = { .rq = rq };
    if (!has_tables(rq->view->catalog))
        return 0;
    if (native_table_of(rq, REFERENCE_INCIDENTS, &incident.table) < 0)
        return -1;
    int more;
    do {
        for (; watch->stage < WAITING_COUNT; watch->stage++) {
            if (--budget <= 0)      /* a house without incidents costs a look too */
                return 1;
            int got = watch_status(&incident, watch, &budget);
            if (got != 0)
                return got;
        }
        watch->stage = 0;
    } while ((more = store_house_next(rq->view, watch->house, &watch->house, rq->error)) == 1);
    return more;
}
