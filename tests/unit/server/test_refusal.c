/* A refusal under an idempotency key is not an answer for ever: the same call is tried again, and what is then done is done once. */
#include "../native/quota_world.h"

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
