/* What the server looks at by itself: alert rules and waiting incidents, in every house, a bounded number of rows a step. */
#include "../engine/people.h"

#include "native/watch.h"
#include "value/time.h"

#define USER "00000000-0000-4000-8000-00000000000a"
#define GONE "00000000-0000-4000-8000-00000000dead"

static struct world world, *w = &world;

static void open_reference(void)
{
    world_open(w);
    apply_reference_schema(w);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\",[{\"id\":\"%s\",\"name\":\"A\"},{\"id\":\"%s\",\"name\":\"B\"}]]", ORG_A, ORG_B);
    CALL(1, insert_method, "[\"auth.users\",{\"id\":\"%s\"}]", USER);
}

static void close_world(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
}

TestSuite(watch, .init = open_reference, .fini = close_world);

typedef int step(struct request *rq, struct watch *watch, int budget);

/* A whole round in steps of that budget; how many alerts or escalations there were. */
static int go_round(step *take, int budget, int *ret_steps, struct watch *watch)
{
    struct watch last = { 0 };
    int more = 1, done = 0;
    *watch = (struct watch){ 0 };
    for (*ret_steps = 0; more == 1; ++*ret_steps) {
        cr_assert_lt(*ret_steps, 100);
        SUCCEED(more = take(&w->rq, watch, budget));
        done = watch->done;
        last = *watch;
    }
    *watch = last;
    return done;
}

static int64_t rows(const char *table)
{
    SUCCEED(world_call(w, count_method, "[\"%s\"]", table));
    return world_count(w);
}

static void measure(const char *name, int value)
{
    const struct table *metrics = world_table(w, "system_metrics");
    struct draft draft;
    draft_start(&draft, &w->rq, metrics);
    draft_text(&draft, "metric_name", name);
    draft_set(&draft, "metric_value", (struct value){ 0 });
    SUCCEED(value_from_text(type_of(TYPE_NUMERIC), slice_of_string(arena_printf(&w->arena, "%d", value)), &w->arena,
                            &draft.columns[table_column(metrics, SLICE_LITERAL("metric_value"))], &w->error));
    SUCCEED(draft_insert(&draft, TENANT_SYSTEM, NULL));
}

Test(watch, rules_alert_outside_of_their_cooldown)
{
    struct watch watch;
    int steps;
    measure("api_response_time_ms", 9000);
    cr_expect_eq(go_round(alert_watch, 1000, &steps, &watch), 2);
    cr_expect_eq(steps, 1);
    cr_expect_eq(rows("alert_history"), 2);
    w->rq.now_us += 14 * US_PER_MINUTE;
    measure("api_response_time_ms", 9000);
    cr_expect_eq(go_round(alert_watch, 1000, &steps, &watch), 0, "cooling down");
    w->rq.now_us += 2 * US_PER_MINUTE;
    cr_expect_eq(go_round(alert_watch, 1, &steps, &watch), 2, "in steps of one rule");
    cr_expect(steps >= 4, "%d", steps);
    w->rq.now_us += 60 * US_PER_MINUTE;
    cr_expect_eq(go_round(alert_watch, 1000, &steps, &watch), 0, "nothing was measured in the window");
    cr_expect_eq(rows("alert_history"), 4);
}

static void put_incident(const char *organization, const char *title)
{
    CALL(1, insert_method, "[\"incidents\",{\"organization_id\":%s,\"incident_type\":\"api_error\",\"severity\":\"high\",\"title\":\"%s\","
         "\"detected_at\":\"2020-01-01\"}]", organization, title);
}

static void put_rule(const char *organization, const char *name, int minutes, const char *user)
{
    CALL(1, insert_method, "[\"escalation_rules\",{\"organization_id\":%s,\"name\":\"%s\",\"trigger_conditions\":{},"
         "\"escalation_delay_minutes\":%d,\"escalate_to_users\":[\"%s\"],\"notification_channels\":[\"email\"]}]", organization, name, minutes, user);
}

#define A "\"" ORG_A "\""
#define B "\"" ORG_B "\""

Test(watch, incidents_escalate_in_every_house_once_a_rule)
{
    struct watch watch;
    int steps;
    const char *const houses[] = { A, B, "null" };
    for (int i = 0; i < 3; i++) {
        put_rule(houses[i], "first", 30, USER);
        put_rule(houses[i], "second", 60, USER);
        for (int n = 0; n < 3; n++)
            put_incident(houses[i], "down");
    }
    put_rule(B, "later", 100000000, USER);
    cr_expect_eq(go_round(escalation_watch, 3, &steps, &watch), 18);
    cr_expect_gt(steps, 6, "%d", steps);
    cr_expect_eq(rows("incident_actions"), 18);
    cr_expect_eq(rows("notification_logs"), 18);
    SUCCEED(world_call(w, count_method, "[\"incident_actions\",{\"where\":[\"=\",\"actor_type\",\"system\"]}]"));
    cr_expect_eq(world_count(w), 18);
    cr_expect_eq(go_round(escalation_watch, 1000, &steps, &watch), 0, "once");
    cr_expect_eq(steps, 1);
    cr_expect_eq(watch.failed, 0);
}

/* A rule that cannot be followed keeps neither its neighbours nor other houses waiting, and leaves nothing. */
Test(watch, what_fails_is_passed_over)
{
    struct watch watch;
    int steps;
    put_rule(A, "to nobody", 30, GONE);
    put_rule(A, "good", 30, USER);
    put_rule(A, "to nobody again", 30, GONE);
    put_rule(B, "good", 30, USER);
    put_incident(A, "down");
    put_incident(B, "down");
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(go_round(escalation_watch, 1000, &steps, &watch), i == 0 ? 2 : 0);
        cr_expect_eq(watch.failed, 2);
        cr_expect_eq(watch.failure.state, SQLSTATE_FOREIGN_KEY_VIOLATION);
        cr_expect_eq(w->error.state, SQLSTATE_OK);
        cr_expect_eq(rows("incident_actions"), 2);
        cr_expect_eq(rows("notification_logs"), 2);
    }
    SUCCEED(world_call(w, count_method, "[\"incidents\",{\"where\":[\"=\",\"assigned_to\",\"%s\"]}]", USER));
    cr_expect_eq(world_count(w), 2);
}

/* An application's own tables of these names are none of ours. */
Test(own_tables, are_left_alone)
{
    struct watch watch;
    int steps;
    world_open(w);
    world_schema(w, "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
                    "CREATE TABLE incidents (id bigserial PRIMARY KEY, what text);\n"
                    "CREATE TABLE alert_rules (id bigserial PRIMARY KEY);\n"
                    "CREATE TABLE escalation_rules (id bigserial PRIMARY KEY);\n");
    world_begin(w);
    CALL(1, insert_method, "[\"incidents\",{\"what\":\"x\"}]");
    CALL(1, insert_method, "[\"alert_rules\",{}]");
    cr_expect_eq(go_round(alert_watch, 10, &steps, &watch), 0);
    cr_expect_eq(go_round(escalation_watch, 10, &steps, &watch), 0);
    close_world();
}
