/* create_incident, log_incident_action, update_incident_status. */
#include "native/incidents/incident.h"

#include "native/groups.h"
#include "native/incidents/incident_rule.h"

int incident_open(struct incident *incident, struct request *rq, const struct value *id)
{
    *incident = (struct incident){ .rq = rq };
    if (native_table_of(rq, REFERENCE_INCIDENTS, &incident->table) < 0 || row_of_caller(rq, incident->table, id, "incident", &incident->row) < 0)
        return -1;
    incident->house = key_tenant(key_slice(&incident->row.key));
    return 0;
}

int incident_act(struct incident *incident, const char *type, struct value description, struct value metadata, struct found *ret)
{
    const struct table *table;
    struct draft draft;
    struct value actor = native_actor(incident->rq);
    if (native_table_of(incident->rq, REFERENCE_INCIDENT_ACTIONS, &table) < 0)
        return -1;
    draft_start(&draft, incident->rq, table);
    draft_set(&draft, "incident_id", *found_column(incident->table, &incident->row, "id"));
    draft_text(&draft, "action_type", type);
    draft_set(&draft, "actor_id", actor);
    draft_text(&draft, "actor_type", value_is_null(&actor) ? "system" : "user");
    draft_set(&draft, "description", description);
    if (!value_is_null(&metadata))
        draft_set(&draft, "metadata", metadata);
    return draft_insert(&draft, incident->house, ret);
}

/* --- create_incident --- */

enum { CREATE_TYPE, CREATE_SEVERITY, CREATE_TITLE, CREATE_DESCRIPTION, CREATE_SERVICE, CREATE_ORGANIZATION, CREATE_USER, CREATE_ASSIGNED,
       CREATE_METADATA, CREATE_DETAILS, CREATE_TRACE, CREATE_AUTO };

static int create_incident(struct request *rq, const struct value *values, struct buf *out)
{
    static const struct { int value; const char *column; } facts[] = {
        { CREATE_TYPE, "incident_type" }, { CREATE_SEVERITY, "severity" }, { CREATE_TITLE, "title" },
        { CREATE_DESCRIPTION, "description" }, { CREATE_SERVICE, "affected_service" }, { CREATE_USER, "user_id" },
        { CREATE_ASSIGNED, "assigned_to" }, { CREATE_METADATA, "metadata" }, { CREATE_DETAILS, "error_details" },
        { CREATE_TRACE, "stack_trace" },
    };
    struct incident incident = { .rq = rq };
    struct draft draft;
    struct value organization;
    int notified;
    if (native_table_of(rq, REFERENCE_INCIDENTS, &incident.table) < 0 ||
        native_house_or_system(rq, &values[CREATE_ORGANIZATION], &incident.house, &organization) < 0 ||
        native_colleague(rq, &values[CREATE_USER]) < 0 || native_colleague(rq, &values[CREATE_ASSIGNED]) < 0)
        return -1;
    draft_start(&draft, rq, incident.table);
    draft_set(&draft, "organization_id", organization);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (!value_is_null(&values[facts[i].value]))
            draft_set(&draft, facts[i].column, values[facts[i].value]);
    draft_set(&draft, "auto_created", value_bool(value_is_null(&values[CREATE_AUTO]) || values[CREATE_AUTO].boolean));
    if (draft_insert(&draft, incident.house, &incident.row) < 0 || incident_notify_all(&incident, &notified) < 0)
        return -1;
    mp_put_map(out, 2);
    put_column(out, incident.table, &incident.row, "id");
    put_int(out, "notifications", notified);
    return 0;
}

/* --- log_incident_action --- */

enum { ACTION_INCIDENT, ACTION_TYPE, ACTION_DESCRIPTION, ACTION_METADATA };

static int log_incident_action(struct request *rq, const struct value *values, struct buf *out)
{
    struct incident incident;
    struct found row;
    const struct table *actions;
    if (incident_open(&incident, rq, &values[ACTION_INCIDENT]) < 0 || native_table_of(rq, REFERENCE_INCIDENT_ACTIONS, &actions) < 0 ||
        incident_act(&incident, arena_string(rq->arena, values[ACTION_TYPE].bytes), values[ACTION_DESCRIPTION], values[ACTION_METADATA],
                     &row) < 0)
        return -1;
    mp_put_map(out, 1);
    put_column(out, actions, &row, "id");
    return 0;
}

/* --- update_incident_status --- */

enum { STATUS_INCIDENT, STATUS_STATUS, STATUS_COMMENT };

static int refuse_move(struct request *rq, enum incident_status from, struct slice to)
{
    struct buf hint = { 0 };
    for (int i = 0; i < INCIDENT_STATUS_COUNT; i++)
        if (incident_moves[from][i])
            buf_printf(&hint, "%s%s", hint.size > 0 ? ", " : "", incident_statuses[i]);
    fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "an incident that is %s cannot become \"%.*s\"", incident_statuses[from],
         SLICE_FMT(to));
    fail_hint(rq->error, "it can become: %s", hint.size > 0 ? buf_text(&hint) : "nothing else");
    buf_done(&hint);
    return -1;
}

/* A resolved incident has its time; one that is taken up again has none. */
static int set_status(struct incident *incident, enum incident_status from, enum incident_status to)
{
    struct draft draft;
    draft_start(&draft, incident->rq, incident->table);
    draft_text(&draft, "status", incident_statuses[to]);
    if (to == INCIDENT_INVESTIGATING)
        draft_set(&draft, "resolved_at", VALUE_OF_NULL);
    else if (from != INCIDENT_RESOLVED)
        draft_set(&draft, "resolved_at", value_time(incident->rq->now_us));
    return draft_update(&draft, &incident->row, NULL);
}

static int update_incident_status(struct request *rq, const struct value *values, struct buf *out)
{
    struct incident incident;
    enum incident_status from, to;
    struct buf wire = { 0 };
    struct slice wanted = values[STATUS_STATUS].bytes;
    if (incident_open(&incident, rq, &values[STATUS_INCIDENT]) < 0)
        return -1;
    if (!incident_status_of(found_column(incident.table, &incident.row, "status")->bytes, &from))
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the incident has a status that is none");
    if (!incident_status_of(wanted, &to) || !incident_moves[from][to])
        return refuse_move(rq, from, wanted);
    mp_put_map(&wire, 2);
    put_text(&wire, "from", slice_of_string(incident_statuses[from]));
    put_text(&wire, "to", wanted);
    struct value metadata = native_json(rq, &wire), description = values[STATUS_COMMENT];
    if (value_is_null(&description))
        description = value_text(slice_of_string(arena_printf(rq->arena, "%s -> %s", incident_statuses[from], incident_statuses[to])));
    if (set_status(&incident, from, to) < 0 || incident_act(&incident, "status_changed", description, metadata, NULL) < 0)
        return -1;
    mp_put_map(out, 2);
    put_text(out, "status", wanted);
    put_text(out, "was", slice_of_string(incident_statuses[from]));
    return 0;
}

#define INCIDENT_PARAMETER { "incident_id", TYPE_UUID, false, true, "of incidents" }

const struct native_function incident_functions[] = {
    { .name = "create_incident", .writes = true, .caller = CALLER_MEMBER, .run = create_incident,
      .returns = "{id, notifications}",
      .summary = "opens an incident and writes what notification_rules ask for; an admin's without an organization is the platform's",
      .parameters = { [CREATE_TYPE] = { "incident_type", TYPE_TEXT, false, true, "such as api_error; the table has the list" },
                      [CREATE_SEVERITY] = { "severity", TYPE_TEXT, false, true, "low, medium, high or critical" },
                      [CREATE_TITLE] = { "title", TYPE_TEXT, false, true, "for people" },
                      [CREATE_DESCRIPTION] = { "description", TYPE_TEXT, false, false, "for people" },
                      [CREATE_SERVICE] = { "affected_service", TYPE_TEXT, false, false, "what rules know it by" },
                      [CREATE_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [CREATE_USER] = { "user_id", TYPE_UUID, false, false, "whom it happened to" },
                      [CREATE_ASSIGNED] = { "assigned_to", TYPE_UUID, false, false, "who is to look at it" },
                      [CREATE_METADATA] = { "metadata", TYPE_JSONB, false, false, "for programs" },
                      [CREATE_DETAILS] = { "error_details", TYPE_JSONB, false, false, "for programs" },
                      [CREATE_TRACE] = { "stack_trace", TYPE_TEXT, false, false, "for programmers" },
                      [CREATE_AUTO] = { "auto_created", TYPE_BOOL, false, false, "true when left out" } } },
    { .name = "log_incident_action", .writes = true, .caller = CALLER_MEMBER, .run = log_incident_action,
      .returns = "{id}", .summary = "writes what was done about an incident",
      .parameters = { [ACTION_INCIDENT] = INCIDENT_PARAMETER,
                      [ACTION_TYPE] = { "action_type", TYPE_TEXT, false, true, "such as comment_added; the table has the list" },
                      [ACTION_DESCRIPTION] = { "description", TYPE_TEXT, false, true, "for people" },
                      [ACTION_METADATA] = { "metadata", TYPE_JSONB, false, false, "for programs" } } },
    { .name = "update_incident_status", .writes = true, .caller = CALLER_MEMBER, .run = update_incident_status,
      .returns = "{status, was}",
      .summary = "moves an incident on: open, investigating, resolved, closed; a resolved one may be taken up again",
      .parameters = { [STATUS_INCIDENT] = INCIDENT_PARAMETER,
                      [STATUS_STATUS] = { "status", TYPE_TEXT, false, true, "what it becomes" },
                      [STATUS_COMMENT] = { "comment", TYPE_TEXT, false, false, "for incident_actions" } } },
    { .name = "check_incident_escalation", .writes = true, .caller = CALLER_MEMBER, .run = incident_check_escalation,
      .returns = "{escalated}",
      .summary = "escalates what has waited longer than escalation_rules allow, each incident once a rule",
      .parameters = { [ESCALATE_INCIDENT] = { "incident_id", TYPE_UUID, false, false, "one incident; all that are not done when left out" },
                      [ESCALATE_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
