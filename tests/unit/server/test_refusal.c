/* A refusal under an idempotency key is not an answer for ever: the same call is tried again, and what is then done is done once. */
#include "../native/quota_world.h"

#include "engine/queries.h"
#include "protocol/dispatch.h"

TestSuite(refusal, .init = open_quota_world, .fini = close_quota_world);

static int run_call(struct request *rq, struct args args, struct buf *out)
{
    return method_run(method_find(SLICE_LITERAL("call")), rq, args, out);
}

#define CONSUME "[\"consume_credits\",{\"organization_id\":\"" ORG "\",\"action_type\":\"ai_lead_scoring\"},{\"idempotency_key\":\"k\"}]"

Test(refusal, is_tried_again_under_its_key)
{
    for (int i = 0; i < 2; i++) {
        SUCCEED(world_call(w, run_call, CONSUME));
        cr_expect(!truth("success"));
    }
    cr_expect_eq(rows("credit_consumption_logs", "[\"=\",\"success\",false]"), 2);
    ASK("grant_credits", ",\"amount\":10");
    for (int i = 0; i < 3; i++) {
        SUCCEED(world_call(w, run_call, CONSUME));
        cr_expect(truth("success"));
        cr_expect_eq(number("credits_remaining"), 5, "once");
    }
    cr_expect_eq(rows("credit_ledger", "[\"=\",\"entry_type\",\"consumption\"]"), 1);
}

static struct queries *queries;

static int run_query(struct request *rq, struct args args, struct buf *out)
{
    rq->queries = queries;
    return method_run(method_find(SLICE_LITERAL("query")), rq, args, out);
}

#define BY_SQL(how) "[\"select " how "\",[\"" ORG "\"],{\"idempotency_key\":\"k\"}]"
#define CALLED "consume_credits(organization_id => $1, action_type => 'ai_lead_scoring')"

/* Also when it is a statement that calls. */
static void tried_by_sql(const char *params)
{
    struct prepared *prepared = prepared_new();
    queries = queries_new(prepared);
    SUCCEED(world_call(w, run_query, "%s", params));
    ASK("grant_credits", ",\"amount\":10");
    for (int i = 0; i < 2; i++)
        SUCCEED(world_call(w, run_query, "%s", params));
    cr_expect_eq(rows("credit_ledger", "[\"=\",\"entry_type\",\"consumption\"]"), 1, "%s", params);
    queries_free(queries);
    prepared_free(prepared);
}

Test(refusal, of_a_function_in_a_statement) { tried_by_sql(BY_SQL(CALLED)); }
Test(refusal, of_a_function_as_a_table) { tried_by_sql(BY_SQL("* from " CALLED)); }

/* What remains when a cycle has ended can be spent no more, until the next one begins; what was set aside before can. */
Test(refusal, nothing_of_a_cycle_that_has_ended)
{
    ASK("reset_credit_cycle", ",\"amount\":20,\"cycle_end_date\":\"2023-11-15 12:00:10+00\"");
    ASK("reserve_credits", ",\"action_type\":\"ai_lead_scoring\"");
    struct slice stored = told("reservation_id");
    struct value id;
    char text[UUID_TEXT_SIZE + 1];
    cr_assert_eq(value_load(type_of(TYPE_UUID), &stored, &id), 0);
    uuid_format(&id.uuid, text);
    w->rq.now_us = NOON + 10 * SECOND - 1;
    ASK("consume_credits", ",\"action_type\":\"send_email\"");
    cr_expect(truth("success"));
    w->rq.now_us++;
    ASK("consume_credits", ",\"action_type\":\"send_email\"");
    cr_expect(!truth("success"));
    cr_expect_eq(number("credits_remaining"), 0);
    ASK("reserve_credits", ",\"action_type\":\"send_email\"");
    cr_expect(!truth("success"));
    ASK("grant_credits", ",\"amount\":1");
    ASK("consume_credits", ",\"action_type\":\"send_email\"");
    cr_expect(!truth("success"), "a grant begins no cycle");
    ASK("commit_reservation", ",\"reservation_id\":\"%s\"", text);
    cr_expect_eq(number("credits_consumed"), 5);
    ASK("reset_credit_cycle", ",\"amount\":2");
    ASK("consume_credits", ",\"action_type\":\"send_email\"");
    cr_expect(truth("success"));
    cr_expect_eq(number("credits_remaining"), 1);
}
