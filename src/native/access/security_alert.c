/* What a user should know of his account: create_security_alert, acknowledge_security_alert. */
#include "native/access/security_alert.h"

#include "native/groups.h"
#include "native/rows.h"

int security_alert_write(struct request *rq, const struct value *user, const char *type, const char *severity, const char *title,
                         const char *message, const struct value *metadata)
{
    const struct table *table = rq->view->catalog->references[REFERENCE_SECURITY_ALERTS], *users = rq->view->catalog->users;
    struct draft draft;
    struct found row;
    int got = table == NULL || users == NULL ? 0 : table_find(rq, users, TENANT_SYSTEM, user, &row);
    if (got < 1)
        return got;
    draft_start(&draft, rq, table);
    draft_set(&draft, "user_id", *user);
    draft_text(&draft, "alert_type", type);
    draft_text(&draft, "severity", severity);
    draft_text(&draft, "title", title);
    draft_text(&draft, "message", message);
    draft_set(&draft, "metadata", *metadata);
    return draft_insert(&draft, TENANT_SYSTEM, NULL);
}

enum { ALERT_USER, ALERT_TYPE, ALERT_TITLE, ALERT_MESSAGE, ALERT_SEVERITY, ALERT_METADATA };

static int create_security_alert(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(rq, REFERENCE_SECURITY_ALERTS, &table) < 0)
        return -1;
    draft_start(&draft, rq, table);
    draft_set(&draft, "user_id", values[ALERT_USER]);
    draft_set(&draft, "alert_type", values[ALERT_TYPE]);
    draft_set(&draft, "title", values[ALERT_TITLE]);
    draft_set(&draft, "message", values[ALERT_MESSAGE]);
    if (!value_is_null(&values[ALERT_SEVERITY]))
        draft_set(&draft, "severity", values[ALERT_SEVERITY]);
    draft_set(&draft, "metadata", values[ALERT_METADATA]);
    if (draft_insert(&draft, TENANT_SYSTEM, &row) < 0)
        return -1;
    mp_put_map(out, 1);
    put_column(out, table, &row, "id");
    return 0;
}

/* Another user's alert does not exist for the caller. */
static int acknowledge_security_alert(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    struct value actor = native_actor(rq);
    if (native_table_of(rq, REFERENCE_SECURITY_ALERTS, &table) < 0)
        return -1;
    int got = table_find(rq, table, TENANT_SYSTEM, &values[0], &row);
    if (got < 0)
        return -1;
    bool his = got == 1 && !value_is_null(&actor) && uuid_compare(&found_column(table, &row, "user_id")->uuid, &actor.uuid) == 0;
    if (got == 0 || (!his && !principal_enters_all(rq->who)))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "security alert %lld does not exist", (long long)values[0].integer);
    bool fresh = !found_bool(table, &row, "is_acknowledged", false);
    draft_start(&draft, rq, table);
    draft_set(&draft, "is_acknowledged", value_bool(true));
    draft_set(&draft, "acknowledged_at", value_time(rq->now_us));
    draft_set(&draft, "acknowledged_by", actor);
    if (fresh && draft_update(&draft, &row, NULL) < 0)
        return -1;
    mp_put_map(out, 1);
    put_bool(out, "acknowledged", fresh);
    return 0;
}

const struct native_function security_alert_functions[] = {
    { .name = "create_security_alert", .writes = true, .caller = CALLER_ADMIN, .run = create_security_alert,
      .returns = "{id}", .summary = "tells a user of something about his account",
      .parameters = { [ALERT_USER] = { "user_id", TYPE_UUID, false, true, "whom it concerns" },
                      [ALERT_TYPE] = { "alert_type", TYPE_TEXT, false, true, "such as suspicious_login; the table has the list" },
                      [ALERT_TITLE] = { "title", TYPE_TEXT, false, true, "for people" },
                      [ALERT_MESSAGE] = { "message", TYPE_TEXT, false, true, "for people" },
                      [ALERT_SEVERITY] = { "severity", TYPE_TEXT, false, false, "medium when left out" },
                      [ALERT_METADATA] = { "metadata", TYPE_JSONB, false, false, "for programs" } } },
    { .name = "acknowledge_security_alert", .writes = true, .caller = CALLER_SIGNED_IN, .run = acknowledge_security_alert,
      .returns = "{acknowledged}", .summary = "marks an alert as seen by its user or an admin; false when it was already",
      .parameters = { { "alert_id", TYPE_INT8, false, true, "of security_alerts" } } },
    { .name = NULL },
};
