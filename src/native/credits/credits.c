/* Prepaid credits: consume_credits, grant_credits, reserve_credits, commit_reservation, release_reservation, refund_credits,
 * adjust_credits, reset_credit_cycle, get_credit_balance.
 *
 * All of them open the organization's account (account.h), apply a rule (credit_rule.h), and save balance, ledger and log in
 * the transaction that they are part of. A refusal for lack of credits changes nothing but its row of
 * credit_consumption_logs. */
#include <assert.h>

#include "base/limits.h"
#include "native/credits/account.h"
#include "native/groups.h"
#include "value/time.h"

#define RESERVATION_TTL_DEFAULT_S 900
#define RESERVATION_TTL_MAX_S (30 * 86400)

/* What the action costs; 22023 for one that is not in credit_actions. */
static int cost_of(struct request *rq, const struct value *action, int64_t quantity, int64_t *ret)
{
    const struct table *table;
    struct found row;
    if (native_table_of(rq, REFERENCE_CREDIT_ACTIONS, &table) < 0)
        return -1;
    int got = table_find(rq, table, TENANT_SYSTEM, action, &row);
    if (got == 0) {
        fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%.*s\" is not an action that costs credits", SLICE_FMT(action->bytes));
        return fail_hint(rq->error, "credit_actions lists the actions");
    }
    if (got < 0)
        return -1;
    *ret = credit_cost(found_int(table, &row, "credits_cost", 0), quantity);
    if (*ret < 0)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "%lld times \"%.*s\" is not a cost from 0 to %d",
                    (long long)quantity, SLICE_FMT(action->bytes), CREDITS_MAX);
    return 0;
}

enum { CONSUME_ACTION, CONSUME_QUANTITY, CONSUME_ORGANIZATION, CONSUME_DESCRIPTION };

static int consume_credits(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    int64_t amount = 0, quantity = value_is_null(&values[CONSUME_QUANTITY]) ? 1 : values[CONSUME_QUANTITY].integer;
    struct value description = values[CONSUME_DESCRIPTION];
    if (account_open(&account, rq, &values[CONSUME_ORGANIZATION]) < 0 || cost_of(rq, &values[CONSUME_ACTION], quantity, &amount) < 0)
        return -1;
    bool success = credit_consume(&account.balance, amount) == CREDIT_DONE;
    if (value_is_null(&description))
        description = values[CONSUME_ACTION];
    if (account_log(&account, &values[CONSUME_ACTION], amount, success) < 0)
        return -1;
    if (success && amount > 0 && (account_save(&account) < 0 || account_ledger(&account, "consumption", -amount, &description) < 0))
        return -1;
    mp_put_map(out, 3);
    put_bool(out, "success", success);
    put_int(out, success ? "credits_consumed" : "credits_required", amount);
    put_int(out, "credits_remaining", credit_spendable(&account.balance));
    return 0;
}

enum { GRANT_AMOUNT, GRANT_ORGANIZATION, GRANT_TYPE, GRANT_DESCRIPTION };

static int grant_credits(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    int64_t amount = values[GRANT_AMOUNT].integer;
    bool purchase = !value_is_null(&values[GRANT_TYPE]) && slice_is(values[GRANT_TYPE].bytes, "purchase");
    if (!purchase && !value_is_null(&values[GRANT_TYPE]) && !slice_is(values[GRANT_TYPE].bytes, "grant"))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"entry_type\" is grant or purchase");
    if (account_open(&account, rq, &values[GRANT_ORGANIZATION]) < 0)
        return -1;
    if (credit_grant(&account.balance, amount) != CREDIT_DONE)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "a grant of %lld is not possible: amounts and balances are from 1 to %d",
                    (long long)amount, CREDITS_MAX);
    if (account_save(&account) < 0 || account_ledger(&account, purchase ? "purchase" : "grant", amount, &values[GRANT_DESCRIPTION]) < 0)
        return -1;
    mp_put_map(out, 2);
    put_int(out, "total_credits", account.balance.total);
    put_int(out, "credits_remaining", account.balance.remaining);
    return 0;
}

/* --- Reservations --- */

enum { RESERVE_ACTION, RESERVE_QUANTITY, RESERVE_TTL, RESERVE_ORGANIZATION, RESERVE_DESCRIPTION };

static int reserve_credits(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    int64_t amount = 0, quantity = value_is_null(&values[RESERVE_QUANTITY]) ? 1 : values[RESERVE_QUANTITY].integer;
    int64_t ttl_s = value_is_null(&values[RESERVE_TTL]) ? RESERVATION_TTL_DEFAULT_S : values[RESERVE_TTL].integer;
    if (ttl_s < 1 || ttl_s > RESERVATION_TTL_MAX_S)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"ttl_seconds\" is not between 1 and %d", RESERVATION_TTL_MAX_S);
    if (!value_is_null(&values[RESERVE_DESCRIPTION]) && values[RESERVE_DESCRIPTION].bytes.size > RESERVATION_DESCRIPTION_MAX)
        return fail(rq->error, SQLSTATE_STRING_TOO_LONG, "\"description\" of a reservation is longer than %zu bytes", RESERVATION_DESCRIPTION_MAX);
    if (account_open(&account, rq, &values[RESERVE_ORGANIZATION]) < 0 || cost_of(rq, &values[RESERVE_ACTION], quantity, &amount) < 0)
        return -1;
    if (credit_reserve(&account.balance, amount) != CREDIT_DONE) {
        if (account_log(&account, &values[RESERVE_ACTION], amount, false) < 0)
            return -1;
        mp_put_map(out, 3);
        put_bool(out, "success", false);
        put_int(out, "credits_required", amount);
        put_int(out, "credits_remaining", credit_spendable(&account.balance));
        return 0;
    }
    struct reservation reservation = { .id = uuid_random(rq->sys), .credits = amount, .expires_us = rq->now_us + ttl_s * US_PER_SECOND,
                                       .action = values[RESERVE_ACTION].bytes };
    if (!value_is_null(&values[RESERVE_DESCRIPTION]))
        reservation.description = values[RESERVE_DESCRIPTION].bytes;
    if (reservation_save(&account, &reservation) < 0 || account_save(&account) < 0)
        return -1;
    struct value id = value_uuid(reservation.id);
    mp_put_map(out, 5);
    put_bool(out, "success", true);
    mp_put_string(out, "reservation_id");
    value_store(type_of(TYPE_UUID), &id, out);
    put_int(out, "credits_reserved", amount);
    put_int(out, "credits_remaining", account.balance.remaining);
    put_time(out, "expires_at", reservation.expires_us);
    return 0;
}

/* Opens the account and the reservation in it; 55000 for one that is settled already or has expired. */
static int open_reservation(struct account *account, struct request *rq, const struct value *organization, const struct value *id,
                            struct reservation *ret)
{
    if (account_open(account, rq, organization) < 0)
        return -1;
    int got = reservation_load(account, &id->uuid, ret);
    if (got != 0)
        return got == 1 ? 0 : -1;
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(&id->uuid, text);
    fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "there is no open reservation \"%s\"", text);
    return fail_hint(rq->error, "it was committed, released, or has expired");
}

static void put_settled(const struct account *account, int64_t consumed, int64_t released, struct buf *out)
{
    mp_put_map(out, 3);
    put_int(out, "credits_consumed", consumed);
    put_int(out, "credits_released", released);
    put_int(out, "credits_remaining", account->balance.remaining);
}

enum { COMMIT_RESERVATION, COMMIT_AMOUNT, COMMIT_ORGANIZATION };

static int commit_reservation(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    struct reservation reservation;
    if (open_reservation(&account, rq, &values[COMMIT_ORGANIZATION], &values[COMMIT_RESERVATION], &reservation) < 0)
        return -1;
    int64_t taken = value_is_null(&values[COMMIT_AMOUNT]) ? reservation.credits : values[COMMIT_AMOUNT].integer;
    if (credit_settle(&account.balance, reservation.credits, taken) != CREDIT_DONE)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"amount\" is from 0 to the %lld credits of the reservation",
                    (long long)reservation.credits);
    struct value action = value_text(reservation.action);
    struct value description = reservation.description.size > 0 ? value_text(reservation.description) : action;
    if (reservation_remove(&account, &reservation) < 0 || account_save(&account) < 0 || account_log(&account, &action, taken, true) < 0 ||
        (taken > 0 && account_ledger(&account, "consumption", -taken, &description) < 0))
        return -1;
    put_settled(&account, taken, reservation.credits - taken, out);
    return 0;
}

enum { RELEASE_RESERVATION, RELEASE_ORGANIZATION };

static int release_reservation(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    struct reservation reservation;
    if (open_reservation(&account, rq, &values[RELEASE_ORGANIZATION], &values[RELEASE_RESERVATION], &reservation) < 0)
        return -1;
    enum credit_verdict verdict = credit_settle(&account.balance, reservation.credits, 0);
    assert(verdict == CREDIT_DONE);
    if (reservation_remove(&account, &reservation) < 0 || account_save(&account) < 0)
        return -1;
    put_settled(&account, 0, reservation.credits, out);
    return 0;
}

/* --- Corrections --- */

static void put_balance(const struct account *account, struct buf *out)
{
    mp_put_map(out, 3);
    put_int(out, "total_credits", account->balance.total);
    put_int(out, "credits_remaining", account->balance.remaining);
    put_int(out, "credits_reserved", account->balance.reserved);
}

enum { CORRECT_AMOUNT, CORRECT_ORGANIZATION, CORRECT_DESCRIPTION };

static int refund_credits(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    int64_t amount = values[CORRECT_AMOUNT].integer;
    if (account_open(&account, rq, &values[CORRECT_ORGANIZATION]) < 0)
        return -1;
    if (credit_refund(&account.balance, amount) != CREDIT_DONE)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "a refund is from 1 to the %lld credits that were consumed in this cycle",
                    (long long)(account.balance.total - account.balance.remaining - account.balance.reserved));
    if (account_save(&account) < 0 || account_ledger(&account, "refund", amount, &values[CORRECT_DESCRIPTION]) < 0)
        return -1;
    put_balance(&account, out);
    return 0;
}

static int adjust_credits(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    int64_t amount = values[CORRECT_AMOUNT].integer;
    if (account_open(&account, rq, &values[CORRECT_ORGANIZATION]) < 0)
        return -1;
    if (amount == 0 || credit_adjust(&account.balance, amount) != CREDIT_DONE)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "an adjustment of %lld is not possible: %lld credits remain",
                    (long long)amount, (long long)account.balance.remaining);
    if (account_save(&account) < 0 || account_ledger(&account, "adjustment", amount, &values[CORRECT_DESCRIPTION]) < 0)
        return -1;
    put_balance(&account, out);
    return 0;
}

enum { RESET_AMOUNT, RESET_ORGANIZATION, RESET_END };

static int reset_credit_cycle(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    struct draft draft;
    struct value lapse = value_text(SLICE_LITERAL("lapsed with the cycle")), grant = value_text(SLICE_LITERAL("a new cycle"));
    int64_t amount = values[RESET_AMOUNT].integer, lapsed = 0;
    if (account_open(&account, rq, &values[RESET_ORGANIZATION]) < 0)
        return -1;
    struct balance before = account.balance;
    if (credit_reset(&account.balance, amount, &lapsed) != CREDIT_DONE)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "a cycle of %lld credits is not possible", (long long)amount);
    struct balance after = account.balance;
    account.balance.remaining = before.remaining - lapsed;      /* as the first of the two rows shows it */
    if (lapsed > 0 && account_ledger(&account, "adjustment", -lapsed, &lapse) < 0)
        return -1;
    account.balance = after;
    if (account_save(&account) < 0 || (amount > 0 && account_ledger(&account, "grant", amount, &grant) < 0))
        return -1;
    draft_start(&draft, rq, account.table);
    draft_set(&draft, "cycle_start_date", value_time(rq->now_us));
    draft_set(&draft, "cycle_end_date", values[RESET_END]);
    if (draft_update(&draft, &account.row, NULL) < 0)
        return -1;
    put_balance(&account, out);
    return 0;
}

enum { BALANCE_ORGANIZATION };

static int get_credit_balance(struct request *rq, const struct value *values, struct buf *out)
{
    struct account account;
    if (account_open(&account, rq, &values[BALANCE_ORGANIZATION]) < 0)
        return -1;
    put_balance(&account, out);
    return 0;
}

const struct native_function credit_functions[] = {
    { .name = "consume_credits", .writes = true, .caller = CALLER_MEMBER, .refusal = SQLSTATE_INSUFFICIENT_CREDITS, .run = consume_credits,
      .returns = "{success, credits_consumed or credits_required, credits_remaining}",
      .summary = "takes what an action costs from the balance, or nothing; after cycle_end_date nothing can be spent until reset_credit_cycle",
      .parameters = { [CONSUME_ACTION] = { "action_type", TYPE_TEXT, false, true, "a row of credit_actions" },
                      [CONSUME_QUANTITY] = { "quantity", TYPE_INT4, false, false, "how many of it; 1 when left out" },
                      [CONSUME_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [CONSUME_DESCRIPTION] = { "description", TYPE_TEXT, false, false, "for the ledger; the action when left out" } } },
    { .name = "grant_credits", .writes = true, .caller = CALLER_ADMIN, .run = grant_credits,
      .returns = "{total_credits, credits_remaining}",
      .summary = "adds credits to an organization's balance",
      .parameters = { [GRANT_AMOUNT] = { "amount", TYPE_INT4, false, true, "from 1" },
                      [GRANT_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [GRANT_TYPE] = { "entry_type", TYPE_TEXT, false, false, "grant (when left out) or purchase" },
                      [GRANT_DESCRIPTION] = { "description", TYPE_TEXT, false, false, "for the ledger" } } },
    { .name = "reserve_credits", .writes = true, .caller = CALLER_MEMBER, .refusal = SQLSTATE_INSUFFICIENT_CREDITS, .run = reserve_credits,
      .returns = "{success, reservation_id, credits_reserved, credits_remaining, expires_at}, or {success, credits_required, ...}",
      .summary = "sets aside what an action costs, until it is committed, released, or expires",
      .parameters = { [RESERVE_ACTION] = { "action_type", TYPE_TEXT, false, true, "a row of credit_actions" },
                      [RESERVE_QUANTITY] = { "quantity", TYPE_INT4, false, false, "how many of it; 1 when left out" },
                      [RESERVE_TTL] = { "ttl_seconds", TYPE_INT4, false, false, "until it expires; 900 when left out" },
                      [RESERVE_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [RESERVE_DESCRIPTION] = { "description", TYPE_TEXT, false, false, "for the ledger; the action when left out" } } },
    { .name = "commit_reservation", .writes = true, .caller = CALLER_MEMBER, .run = commit_reservation,
      .returns = "{credits_consumed, credits_released, credits_remaining}",
      .summary = "consumes what was set aside, or a part of it; the rest goes back",
      .parameters = { [COMMIT_RESERVATION] = { "reservation_id", TYPE_UUID, false, true, "of reserve_credits" },
                      [COMMIT_AMOUNT] = { "amount", TYPE_INT4, false, false, "credits to consume; all when left out" },
                      [COMMIT_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "release_reservation", .writes = true, .caller = CALLER_MEMBER, .run = release_reservation,
      .returns = "{credits_consumed, credits_released, credits_remaining}",
      .summary = "gives back what was set aside",
      .parameters = { [RELEASE_RESERVATION] = { "reservation_id", TYPE_UUID, false, true, "of reserve_credits" },
                      [RELEASE_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "refund_credits", .writes = true, .caller = CALLER_ADMIN, .run = refund_credits,
      .returns = "{total_credits, credits_remaining, credits_reserved}",
      .summary = "gives consumed credits back",
      .parameters = { [CORRECT_AMOUNT] = { "amount", TYPE_INT4, false, true, "from 1 to what was consumed in this cycle" },
                      [CORRECT_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [CORRECT_DESCRIPTION] = { "description", TYPE_TEXT, false, false, "for the ledger" } } },
    { .name = "adjust_credits", .writes = true, .caller = CALLER_ADMIN, .run = adjust_credits,
      .returns = "{total_credits, credits_remaining, credits_reserved}",
      .summary = "corrects what was granted, up or down",
      .parameters = { [CORRECT_AMOUNT] = { "amount", TYPE_INT4, false, true, "signed, not 0" },
                      [CORRECT_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [CORRECT_DESCRIPTION] = { "description", TYPE_TEXT, false, false, "for the ledger" } } },
    { .name = "reset_credit_cycle", .writes = true, .caller = CALLER_ADMIN, .run = reset_credit_cycle,
      .returns = "{total_credits, credits_remaining, credits_reserved}",
      .summary = "begins a new cycle: what remained lapses, a new amount is granted",
      .parameters = { [RESET_AMOUNT] = { "amount", TYPE_INT4, false, true, "of the new cycle" },
                      [RESET_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [RESET_END] = { "cycle_end_date", TYPE_TIMESTAMPTZ, false, false, "when it ends" } } },
    { .name = "get_credit_balance", .caller = CALLER_MEMBER, .run = get_credit_balance,
      .returns = "{total_credits, credits_remaining, credits_reserved}",
      .summary = "the balance of an organization",
      .parameters = { [BALANCE_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
