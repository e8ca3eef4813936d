/* Prepaid credits: consume_credits, grant_credits.
 *
 * A balance is the organization's row of organization_credits. Every movement leaves a row of credit_ledger (amount signed,
 * balance after it), every attempt to consume one of credit_consumption_logs, all in the same transaction as the balance. So
 * the sum of an organization's ledger is its balance, which `verify` proves. An attempt that is refused for lack of credits
 * changes nothing but its row of credit_consumption_logs. The rules are credit_rule.h. */
#include "native/draft.h"
#include "native/groups.h"

#include "native/credit_rule.h"

struct account {
    struct request *rq;
    uint32_t house;
    struct uuid organization;
    const struct table *table;
    bool exists;
    struct found row;
    struct balance balance;
};

static int account_open(struct account *a, struct request *rq, const struct value *organization)
{
    struct value key;
    a->rq = rq;
    a->balance = (struct balance){ 0, 0 };
    if (native_table_of(rq, "organization_credits", &a->table) < 0 || native_house(rq, organization, &a->house, &a->organization) < 0)
        return -1;
    key = value_uuid(a->organization);
    int got = table_find(rq, a->table, a->house, &key, &a->row);
    a->exists = got == 1;
    if (got == 1) {
        a->balance.total = found_int(a->table, &a->row, "total_credits", 0);
        a->balance.remaining = found_int(a->table, &a->row, "credits_remaining", 0);
    }
    return got < 0 ? -1 : 0;
}

static int account_save(struct account *a)
{
    struct draft draft;
    draft_start(&draft, a->rq, a->table);
    draft_set(&draft, "total_credits", value_int(a->balance.total));
    draft_set(&draft, "credits_remaining", value_int(a->balance.remaining));
    if (a->exists)
        return draft_update(&draft, &a->row, NULL);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    return draft_insert(&draft, a->house, NULL);
}

/* A movement's row; `amount` is signed. */
static int ledger_add(struct account *a, const char *type, int64_t amount, const struct value *description)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(a->rq, "credit_ledger", &table) < 0)
        return -1;
    draft_start(&draft, a->rq, table);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    draft_text(&draft, "entry_type", type);
    draft_set(&draft, "amount", value_int(amount));
    draft_set(&draft, "balance_after", value_int(a->balance.remaining));
    draft_set(&draft, "description", *description);
    if (a->rq->who->claims.has_uid)
        draft_set(&draft, "created_by", value_uuid(a->rq->who->claims.uid));
    return draft_insert(&draft, a->house, NULL);
}

static int log_attempt(struct account *a, const struct value *action, int64_t amount, bool success)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(a->rq, "credit_consumption_logs", &table) < 0)
        return -1;
    draft_start(&draft, a->rq, table);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    draft_set(&draft, "action_type", *action);
    draft_set(&draft, "credits_consumed", value_int(success ? amount : 0));
    draft_set(&draft, "credits_remaining", value_int(a->balance.remaining));
    draft_set(&draft, "success", value_bool(success));
    if (!success)
        draft_text(&draft, "error_message", arena_printf(a->rq->arena, "needs %lld credits, has %lld", (long long)amount,
                                                         (long long)a->balance.remaining));
    return draft_insert(&draft, a->house, NULL);
}

/* What the action costs; 22023 for one that is not in credit_actions. */
static int cost_of(struct request *rq, const struct value *action, int64_t quantity, int64_t *ret)
{
    const struct table *table;
    struct found row;
    if (native_table_of(rq, "credit_actions", &table) < 0)
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
    if (log_attempt(&account, &values[CONSUME_ACTION], amount, success) < 0)
        return -1;
    if (success && amount > 0 && (account_save(&account) < 0 || ledger_add(&account, "consumption", -amount, &description) < 0))
        return -1;
    mp_put_map(out, 3);
    put_bool(out, "success", success);
    put_int(out, success ? "credits_consumed" : "credits_required", amount);
    put_int(out, "credits_remaining", account.balance.remaining);
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
    if (account_save(&account) < 0 || ledger_add(&account, purchase ? "purchase" : "grant", amount, &values[GRANT_DESCRIPTION]) < 0)
        return -1;
    mp_put_map(out, 2);
    put_int(out, "total_credits", account.balance.total);
    put_int(out, "credits_remaining", account.balance.remaining);
    return 0;
}

const struct native_function credit_functions[] = {
    { .name = "consume_credits", .writes = true, .caller = CALLER_MEMBER, .refusal = SQLSTATE_INSUFFICIENT_CREDITS, .run = consume_credits,
      .returns = "{success, credits_consumed or credits_required, credits_remaining}",
      .summary = "takes what an action costs from the balance, or nothing",
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
    { .name = NULL },
};
