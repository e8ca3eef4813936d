/* What goes away by itself, and when. The rest of it is in test_usage.c and test_credits.c. */
#include "quota_world.h"

#include "native/credits/credit_fold.h"
#include "native/draft.h"
#include "native/expiry.h"

TestSuite(expiry, .init = open_quota_world, .fini = close_quota_world, .timeout = 120);

static int64_t go_round(int budget)
{
    struct expiry_sweep sweep = { 0 };
    int64_t deleted = 0;
    int more;
    w->who = &w->service;
    w->rq.who = w->who;
    error_clear(&w->error);
    for (int steps = 0; (more = expiry_step(&w->rq, &sweep, EXPIRY_ALL, budget, &deleted)) == 1; steps++)
        cr_assert_lt(steps, 100000);
    cr_assert_eq(more, 0, "%s", w->error.message);
    return deleted;
}

static int64_t all(const char *table)
{
    SUCCEED(world_call(w, count_method, "[\"%s\",{}]", table));
    return world_count(w);
}

/* --- By age --- */

static void at_the_door(int days_ago)
{
    w->rq.now_us = NOON - days_ago * DAY;
    ASK("check_ip_access", ",\"ip_address\":\"192.0.2.1\"");
    SUCCEED(world_call(w, call_method, "[\"record_login_attempt\",{\"email\":\"a@example.com\",\"success\":false}]"));
    SUCCEED(world_call(w, call_method, "[\"record_2fa_attempt\",{\"user_id\":\"" MEMBER "\",\"attempt_type\":\"sms\",\"success\":false}]"));
    SUCCEED(world_call(w, call_method, "[\"create_security_alert\",{\"user_id\":\"" MEMBER "\",\"alert_type\":\"suspicious_login\",\"title\":\"t\",\"message\":\"m\"}]"));
    w->rq.now_us = NOON;
}

#define EXPECT(access, logins, codes, alerts)                                                                                                  \
    do {                                                                                                                                       \
        cr_expect_eq(all("ip_access_log"), access, "%" PRId64, all("ip_access_log"));                                                          \
        cr_expect_eq(all("login_attempts"), logins, "%" PRId64, all("login_attempts"));                                                        \
        cr_expect_eq(all("user_2fa_attempts"), codes, "%" PRId64, all("user_2fa_attempts"));                                                   \
        cr_expect_eq(all("security_alerts"), alerts, "%" PRId64, all("security_alerts"));                                                      \
    } while (0)

Test(expiry, what_anybody_causes_goes)
{
    at_the_door(91);
    at_the_door(89);
    go_round(7);
    EXPECT(1, 1, 1, 2);
    w->host.expiry = &(struct expiry_days){ .login_attempts = 0, .access_log = 10, .two_factor_attempts = 89 };
    w->rq.now_us = NOON + DAY;
    go_round(100);
    EXPECT(0, 1, 0, 2);
}

Test(expiry, alerts_go_when_they_were_acknowledged)
{
    at_the_door(1000);
    at_the_door(1000);
    w->rq.now_us = NOON - 181 * DAY;
    SUCCEED(world_call(w, call_method, "[\"acknowledge_security_alert\",{\"alert_id\":1}]"));
    w->rq.now_us = NOON - 179 * DAY;
    SUCCEED(world_call(w, call_method, "[\"acknowledge_security_alert\",{\"alert_id\":2}]"));
    w->rq.now_us = NOON;
    at_the_door(0);
    go_round(100);
    EXPECT(1, 1, 1, 2);
}

/* A rule of the whitelist that was used can be deleted: its log stays, without it. */
Test(expiry, used_rules_can_be_deleted)
{
    CALL(1, insert_method, "[\"ip_whitelist\",{\"organization_id\":\"" ORG "\",\"ip_address\":\"192.0.2.1\"}]");
    at_the_door(0);
    cr_assert_eq(rows("ip_access_log", "[\"is not null\",\"whitelist_rule_id\"]"), 1);
    CALL(1, delete_method, "[\"ip_whitelist\",{\"where\":[\"=\",\"ip_address\",\"192.0.2.1\"]}]");
    cr_expect_eq(rows("ip_access_log", "[\"is null\",\"whitelist_rule_id\"]"), 1);
}

/* --- Folding --- */

#define ACTIONS 3
static const char *const actions[ACTIONS] = { "send_email", "send_whatsapp", "ai_lead_scoring" };

static void put_log(uint64_t *state, int64_t most)
{
    struct draft draft;
    struct uuid organization;
    uint32_t house;
    bool success = below(state, 4) > 0;
    uuid_parse(SLICE_LITERAL(ORG), &organization);
    cr_assert(store_house(&w->view, &organization, &house, &w->error) == 1);
    draft_start(&draft, &w->rq, world_table(w, "credit_consumption_logs"));
    draft_set(&draft, "organization_id", value_uuid(organization));
    draft_text(&draft, "action_type", actions[below(state, ACTIONS)]);
    draft_set(&draft, "credits_consumed", value_int(success ? (int64_t)(draw(state) % (uint64_t)most) : 0));
    draft_set(&draft, "credits_remaining", value_int(0));
    draft_set(&draft, "success", value_bool(success));
    draft_set(&draft, "created_at", value_time(NOON - below(state, 800) * DAY));
    SUCCEED(draft_insert(&draft, house, NULL));
}

struct told { int64_t consumed[ACTIONS], newer, old; };

static struct told tell(void)
{
    struct told told = { 0 };
    const struct table *table = world_table(w, "credit_consumption_logs");
    struct walk walk;
    struct found row;
    uint32_t house = TENANT_SYSTEM;
    while (store_house_next(&w->view, house, &house, &w->error) == 1) {
        SUCCEED(walk_start(&walk, &w->rq, table->primary, house, NULL, 0, NULL, NULL, false));
        while (walk_next(&walk, &row) == 1) {
            for (int a = 0; a < ACTIONS; a++)
                told.consumed[a] += slice_is(found_column(table, &row, "action_type")->bytes, actions[a]) ? found_int(table, &row, "credits_consumed", 0) : 0;
            bool old = value_unix_us(found_column(table, &row, "created_at")) < NOON - 365 * DAY;
            told.old += old;
            told.newer += !old;
        }
    }
    return told;
}

/* Whatever is folded, and in steps of any size: each action has consumed what it had, newer rows stay, and the old ones become few. */
Test(expiry, consumption_is_folded_and_adds_up)
{
    uint64_t seed = (uint64_t)sys_now_us(sys_real()), state = seed | 1;
    fprintf(stderr, "SEED=%" PRIu64 "\n", seed);
    for (int round = 0; round < 30; round++) {
        int64_t most = below(&state, 4) == 0 ? INT32_MAX : 50;
        for (int i = below(&state, 400); i > 0; i--)
            put_log(&state, most);
        struct told before = tell();
        for (int i = 0; i < 4; i++)
            go_round(2 + below(&state, 300));
        struct told after = tell();
        for (int a = 0; a < ACTIONS; a++)
            cr_assert_eq(after.consumed[a], before.consumed[a], "%s: %" PRId64 ", not %" PRId64, actions[a], after.consumed[a], before.consumed[a]);
        cr_assert_eq(after.newer, before.newer);
    }
}

Test(expiry, an_action_keeps_one_old_row)
{
    uint64_t state = 7;
    for (int i = 0; i < 200; i++)
        put_log(&state, 100);
    go_round(1000);
    struct told after = tell();
    cr_expect_eq(after.old, ACTIONS, "%" PRId64, after.old);
    cr_expect_eq(go_round(1000), 0, "nothing is folded twice");
    cr_expect_eq(rows("credit_consumption_logs", "[\"=\",\"error_message\",\"" CREDIT_FOLDED "\"]"), ACTIONS);
}
