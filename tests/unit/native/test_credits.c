/* Credits with their store around them and a clock that is set: expiry, cycles, and what `verify` proves. */
#include "quota_world.h"

#include "native/credits/account.h"
#include "native/credits/credit_fold.h"
#include "native/expiry.h"
#include "native/verify.h"

TestSuite(credits, .init = open_quota_world, .fini = close_quota_world);

static void balance(int64_t total, int64_t remaining, int64_t reserved)
{
    ASK("get_credit_balance", "");
    cr_assert_eq(number("total_credits"), total, "total %" PRId64, number("total_credits"));
    cr_assert_eq(number("credits_remaining"), remaining, "remaining %" PRId64, number("credits_remaining"));
    cr_assert_eq(number("credits_reserved"), reserved, "reserved %" PRId64, number("credits_reserved"));
    cr_assert_eq(sum("credit_ledger", "amount"), remaining + reserved, "the ledger's sum");
}

/* Reserves `quantity` credits; the reservation's uuid as text. */
static const char *reserve(int quantity, int ttl_s)
{
    struct value id;
    ASK("reserve_credits", ",\"action_type\":\"send_email\",\"quantity\":%d,\"ttl_seconds\":%d", quantity, ttl_s);
    cr_assert(truth("success"));
    struct slice bytes = told("reservation_id");
    SUCCEED(value_load(type_of(TYPE_UUID), &bytes, &id));
    char *text = arena_alloc(&w->arena, UUID_TEXT_SIZE + 1);
    uuid_format(&id.uuid, text);
    return text;
}

Test(credits, a_reservation_expires_at_its_microsecond)
{
    ASK("grant_credits", ",\"amount\":100");
    const char *early = reserve(10, 1), *late = reserve(20, 2), *last = reserve(5, 60);
    balance(100, 65, 35);
    w->rq.now_us += SECOND - 1;
    balance(100, 65, 35);
    w->rq.now_us++;
    balance(100, 75, 25);
    REFUSES("55000", "commit_reservation", ",\"reservation_id\":\"%s\"", early);
    balance(100, 75, 25);
    w->rq.now_us += SECOND - 1;
    ASK("commit_reservation", ",\"reservation_id\":\"%s\",\"amount\":7", late);
    cr_assert_eq(number("credits_released"), 13);
    balance(100, 88, 5);
    w->rq.now_us += 58 * SECOND + 1;
    balance(100, 93, 0);
    ASK("consume_credits", ",\"action_type\":\"send_email\",\"quantity\":93");
    cr_assert(truth("success"), "what has expired can be spent");
    REFUSES("55000", "release_reservation", ",\"reservation_id\":\"%s\"", last);
    balance(100, 0, 0);
}

Test(credits, a_reservation_is_settled_once)
{
    ASK("grant_credits", ",\"amount\":10");
    const char *id = reserve(4, 60);
    REFUSES("22023", "reserve_credits", ",\"action_type\":\"send_email\",\"ttl_seconds\":0");
    REFUSES("22023", "reserve_credits", ",\"action_type\":\"send_email\",\"ttl_seconds\":2592001");
    REFUSES("22023", "commit_reservation", ",\"reservation_id\":\"%s\",\"amount\":5", id);
    REFUSES("22023", "commit_reservation", ",\"reservation_id\":\"%s\",\"amount\":-1", id);
    ASK("commit_reservation", ",\"reservation_id\":\"%s\",\"amount\":0", id);
    balance(10, 10, 0);
    REFUSES("55000", "commit_reservation", ",\"reservation_id\":\"%s\"", id);
    REFUSES("55000", "release_reservation", ",\"reservation_id\":\"%s\"", id);
    id = reserve(4, 60);
    ASK("release_reservation", ",\"reservation_id\":\"%s\"", id);
    REFUSES("55000", "release_reservation", ",\"reservation_id\":\"%s\"", id);
    balance(10, 10, 0);
}

Test(credits, a_cycle_begins_with_open_reservations)
{
    ASK("grant_credits", ",\"amount\":100");
    ASK("consume_credits", ",\"action_type\":\"send_email\",\"quantity\":10");
    const char *kept = reserve(20, 60), *spent = reserve(5, 60);
    ASK("reset_credit_cycle", ",\"amount\":50,\"cycle_end_date\":\"2023-12-15 12:00:00+00\"");
    balance(75, 50, 25);
    cr_assert_eq(rows("credit_ledger", "[\"and\",[\"=\",\"amount\",-65],[\"=\",\"balance_after\",0]]"), 1);
    cr_assert_eq(rows("credit_ledger", "[\"and\",[\"=\",\"amount\",50],[\"=\",\"balance_after\",50]]"), 1);
    REFUSES("22003", "refund_credits", ",\"amount\":1");
    ASK("commit_reservation", ",\"reservation_id\":\"%s\"", spent);
    ASK("refund_credits", ",\"amount\":5");
    REFUSES("22003", "refund_credits", ",\"amount\":1");
    ASK("release_reservation", ",\"reservation_id\":\"%s\"", kept);
    balance(75, 75, 0);
    ASK("adjust_credits", ",\"amount\":-75");
    REFUSES("22003", "adjust_credits", ",\"amount\":-1");
    REFUSES("22003", "adjust_credits", ",\"amount\":0");
    balance(0, 0, 0);
}

Test(credits, the_largest_balance)
{
    ASK("grant_credits", ",\"amount\":2147483647");
    REFUSES("22003", "grant_credits", ",\"amount\":1");
    const char *id = reserve(2147483647, 60);
    balance(2147483647, 0, 2147483647);
    REFUSES("22003", "grant_credits", ",\"amount\":1");
    REFUSES("22003", "reset_credit_cycle", ",\"amount\":1");
    ASK("release_reservation", ",\"reservation_id\":\"%s\"", id);
    balance(2147483647, 2147483647, 0);
}

Test(credits, a_refusal_leaves_its_log_and_nothing_else)
{
    ASK("grant_credits", ",\"amount\":4");
    ASK("consume_credits", ",\"action_type\":\"ai_lead_scoring\"");
    cr_assert(!truth("success"));
    cr_assert_eq(number("credits_required"), 5);
    ASK("reserve_credits", ",\"action_type\":\"ai_lead_scoring\",\"quantity\":2");
    cr_assert(!truth("success"));
    cr_assert_eq(rows("credit_consumption_logs", "[\"and\",[\"=\",\"success\",false],[\"=\",\"credits_consumed\",0],[\"=\",\"credits_remaining\",4]]"), 2);
    balance(4, 4, 0);
}

/* A balance written by hand that reservations do not fit back into is its writer's to mend: the sweep goes on to other houses. */
Test(credits, the_sweep_passes_by_a_balance_that_does_not_fit)
{
    struct expiry_sweep sweep = { 0 };
    int64_t deleted = 0;
    ASK("grant_credits", ",\"amount\":10");
    reserve(5, 1);
    CALL(1, update_method, "[\"organization_credits\",\"" ORG "\",{\"credits_remaining\":2147483647}]");
    w->rq.now_us += 2 * SECOND;
    cr_assert_eq(expiry_step(&w->rq, &sweep, EXPIRY_ALL, 100000, &deleted), 0, "%s", w->error.message);
    REFUSES("22003", "get_credit_balance", "");
    CALL(1, update_method, "[\"organization_credits\",\"" ORG "\",{\"credits_remaining\":5}]");
    SUCCEED(expiry_step(&w->rq, &sweep, EXPIRY_ALL, 100000, &deleted));
    balance(10, 10, 0);
}

/* Every open reservation costs when it expires, so there is a largest number of them; one commit gives all back. */
Test(credits, as_many_reservations_as_there_may_be)
{
    ASK("grant_credits", ",\"amount\":20000");
    for (int i = 0; i < RESERVATIONS_MAX; i++) {
        reserve(1, 60 + i % 7);
        arena_reset(&w->arena);
        w->changes = (struct changes){ .arena = &w->arena };
    }
    REFUSES("54000", "reserve_credits", ",\"action_type\":\"send_email\"");
    balance(20000, 10000, 10000);
    w->rq.now_us += 66 * SECOND;
    ASK("consume_credits", ",\"action_type\":\"send_email\",\"quantity\":20000");
    cr_assert(truth("success"));
    balance(20000, 0, 0);
    cr_assert_lt(w->changes.count, 4 * RESERVATIONS_MAX);
    ASK("adjust_credits", ",\"amount\":5");
    reserve(5, 1);
}

Test(credits, a_description_of_a_reservation_is_short)
{
    ASK("grant_credits", ",\"amount\":10");
    ASK("reserve_credits", ",\"action_type\":\"send_email\",\"description\":\"%0*d\"", (int)RESERVATION_DESCRIPTION_MAX, 0);
    REFUSES("22001", "reserve_credits", ",\"action_type\":\"send_email\",\"description\":\"%0*d\"", (int)RESERVATION_DESCRIPTION_MAX + 1, 0);
}

static void note(void *env, const char *table, const char *finding)
{
    snprintf(env, 256, "%s: %s", table, finding);
}

static void go_on(void *env, const char *table, uint64_t rows)
{
}

/* The last finding of `verify`; "" when there is none. */
static const char *verified(void)
{
    static char finding[256];
    struct verified done;
    finding[0] = '\0';
    SUCCEED(native_verify(&w->view, sys_real(), &w->host, &(struct verify_hooks){ .report = note, .progress = go_on, .env = finding }, &done, &w->error));
    return finding;
}

/* What was consumed is in the ledger and in the log, folded or not, and refused entries are in neither. */
Test(credits, verify_adds_up_the_log_of_consumption)
{
    struct uuid organization;
    uint32_t house;
    int64_t deleted = 0;
    int budget = 100;
    cr_assert(uuid_parse(SLICE_LITERAL(ORG), &organization) && store_house(&w->view, &organization, &house, &w->error) == 1);
    ASK("grant_credits", ",\"amount\":40");
    for (int i = 0; i < 6; i++)
        ASK("consume_credits", ",\"action_type\":\"%s\",\"quantity\":4", i % 2 == 0 ? "send_email" : "send_whatsapp");
    ASK("consume_credits", ",\"action_type\":\"send_email\",\"quantity\":100");
    ASK("commit_reservation", ",\"reservation_id\":\"%s\",\"amount\":1", reserve(3, 60));
    ASK("refund_credits", ",\"amount\":2");
    cr_assert_str_eq(verified(), "");
    SUCCEED(credit_fold(&w->rq, house, w->rq.now_us + 1, &budget, &deleted));
    cr_assert_eq(deleted, 6);
    cr_assert_str_eq(verified(), "");
    CALL(1, insert_method, "[\"credit_consumption_logs\",{\"organization_id\":\"" ORG "\",\"action_type\":\"send_email\",\"credits_consumed\":5,\"credits_remaining\":0}]");
    cr_assert(strstr(verified(), "its entries add up to 42 credits, the ledger to 37") != NULL, "%s", verified());
}

Test(credits, verify_adds_up_ledger_and_reservations)
{
    struct uuid organization;
    struct key key;
    uint32_t house;
    ASK("grant_credits", ",\"amount\":100");
    reserve(10, 60);
    reserve(20, 60);
    cr_assert_str_eq(verified(), "");
    CALL(1, update_method, "[\"organization_credits\",\"" ORG "\",{\"credits_remaining\":71}]");
    cr_assert(strstr(verified(), "the ledger adds up to 100, 71 remain and 30 are reserved") != NULL);
    cr_assert(uuid_parse(SLICE_LITERAL(ORG), &organization) && store_house(&w->view, &organization, &house, &w->error) == 1);
    key_start(&key, house, RELATION_CREDIT_RESERVATIONS);
    SUCCEED(system_put(&w->rq, &key, SLICE_LITERAL("\x92\x1d\x02")));
    cr_assert(strstr(verified(), "29 credits are reserved, its reservations add up to 30") != NULL, "though the ledger fits");
    w->rq.now_us += 61 * SECOND;
    REFUSES("XX001", "get_credit_balance", "");
}
