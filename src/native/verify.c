#include "native/verify.h"

#include <inttypes.h>
#include <stdio.h>

#include "crypto/keyring.h"
#include "engine/write/validate.h"
#include "native/audit/audit_log.h"
#include "native/credits/account.h"

struct verifying {
    struct request rq;
    const struct verify_hooks *hooks;
    uint64_t rows;
    struct seal_report seal;
};

static void report(struct verifying *v, const char *table, const char *finding)
{
    v->hooks->report(v->hooks->env, table, finding);
}

/* NOT NULL, CHECK, UNIQUE, FOREIGN KEY of one table; the first of each kind that does not hold. */
static void verify_table(struct verifying *v, const struct table *table)
{
    v->hooks->progress(v->hooks->env, table->qualified, v->rows);
    if (validate_rows(&v->rq, table) < 0)
        report(v, table->qualified, v->rq.error->message);
    for (int i = 0; i < table->index_count; i++)
        if (table->indexes[i]->unique && !table->indexes[i]->primary && validate_unique(&v->rq, table->indexes[i]) < 0)
            report(v, table->qualified, v->rq.error->message);
}

static int verify_audit(struct verifying *v, uint32_t house)
{
    struct audit_report found;
    char finding[256];
    if (v->rq.view->catalog->references[REFERENCE_AUDIT_LOGS_ENHANCED] == NULL)
        return 0;
    if (audit_verify(&v->rq, house, &found) < 0)
        return -1;
    if (found.reason != NULL) {
        snprintf(finding, sizeof finding, "house %" PRIu32 ", entry %" PRId64 ": %s", house, found.seen, found.reason);
        report(v, AUDIT_TABLE, finding);
    }
    return 0;
}

/* What a house's rows of a table add up to in a column: those that `counts` wants. 0, -1. */
static int sum_rows(struct verifying *v, uint32_t house, const struct table *table, const char *column, bool (*counts)(const struct table *, const struct found *), int64_t *ret)
{
    struct walk walk;
    struct found row;
    int got;
    *ret = 0;
    if (walk_start(&walk, &v->rq, table->primary, house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1)
        *ret += counts(table, &row) ? found_int(table, &row, column, 0) : 0;
    return got;
}

static bool each(const struct table *table, const struct found *row)
{
    return true;
}

static bool is_consumption(const struct table *ledger, const struct found *row)
{
    return slice_is(found_column(ledger, row, "entry_type")->bytes, "consumption");
}

static bool succeeded(const struct table *logs, const struct found *row)
{
    return found_bool(logs, row, "success", false);
}

/* granted - consumed - reserved = remaining: what the ledger adds up to remains or is set aside. */
static int verify_credits(struct verifying *v, uint32_t house)
{
    const struct table *ledger = v->rq.view->catalog->references[REFERENCE_CREDIT_LEDGER];
    const struct table *balances = v->rq.view->catalog->references[REFERENCE_ORGANIZATION_CREDITS];
    int64_t sum, remaining, reserved = 0, set_aside = 0;
    char finding[256];
    if (ledger == NULL || balances == NULL)
        return 0;
    if (sum_rows(v, house, ledger, "amount", each, &sum) < 0 || sum_rows(v, house, balances, "credits_remaining", each, &remaining) < 0 ||
        account_reserved(&v->rq, house, &reserved, &set_aside) < 0)
        return -1;
    if (set_aside != reserved) {
        snprintf(finding, sizeof finding, "house %" PRIu32 ": %" PRId64 " credits are reserved, its reservations add up to %" PRId64, house, reserved, set_aside);
        report(v, "organization_credits", finding);
    }
    if (sum != remaining + reserved) {
        snprintf(finding, sizeof finding, "house %" PRIu32 ": the ledger adds up to %" PRId64 ", %" PRId64 " remain and %" PRId64 " are reserved", house, sum,
                 remaining, reserved);
        report(v, "organization_credits", finding);
    }
    return 0;
}

/* What was consumed stands in the ledger and, by action, in the log; also when old entries of the log were folded (credits/credit_fold.h). */
static int verify_consumption(struct verifying *v, uint32_t house)
{
    const struct table *ledger = v->rq.view->catalog->references[REFERENCE_CREDIT_LEDGER];
    const struct table *logs = v->rq.view->catalog->references[REFERENCE_CREDIT_CONSUMPTION_LOGS];
    int64_t taken, logged;
    char finding[256];
    if (ledger == NULL || logs == NULL)
        return 0;
    if (sum_rows(v, house, ledger, "amount", is_consumption, &taken) < 0 || sum_rows(v, house, logs, "credits_consumed", succeeded, &logged) < 0)
        return -1;
    if (logged != -taken) {
        snprintf(finding, sizeof finding, "house %" PRIu32 ": its entries add up to %" PRId64 " credits, the ledger to %" PRId64, house, logged, -taken);
        report(v, "credit_consumption_logs", finding);
    }
    return 0;
}

static int verify_everything(struct verifying *v)
{
    const struct catalog *catalog = v->rq.view->catalog;
    if (store_verify(v->rq.view, v->hooks, &v->rows, v->rq.error) < 0)
        return -1;
    for (int i = 0; i < catalog->table_count; i++) {
        verify_table(v, catalog->tables[i]);
        arena_reset(v->rq.arena);
    }
    int more;
    for (uint32_t house = TENANT_SYSTEM; (more = store_house_next(v->rq.view, house, &house, v->rq.error)) == 1; arena_reset(v->rq.arena))
        if (verify_audit(v, house) < 0 || verify_credits(v, house) < 0 || verify_consumption(v, house) < 0)
            return -1;
    if (more < 0)
        return -1;
    return seal_verify(&v->rq, v->hooks, &v->seal);
}

int native_verify(struct view *view, struct sys *sys, const struct host *host, const struct verify_hooks *hooks, struct verified *ret, struct error *error)
{
    struct principal service;
    struct arena arena;
    struct host quiet = *host;
    quiet.index_uses = NULL;                    /* its walks are no use of an index, and it may run on any thread */
    principal_system(&service);
    arena_init(&arena, ARENA_REQUEST_MAX);
    struct verifying v = { .rq = { .view = view, .who = &service, .sys = sys, .host = &quiet, .arena = &arena, .error = error }, .hooks = hooks };
    v.rq.now_us = sys_now_us(v.rq.sys);
    v.rq.keeps_sealed = keyring_current(view_keyring(view)) == NULL;
    int result = verify_everything(&v);
    *ret = (struct verified){ v.rows, v.seal };
    arena_done(&arena);
    return result;
}
