/* Credits: random movements against a model that only adds and subtracts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "native/credit_rule.h"

Test(credits, remaining_is_granted_minus_consumed)
{
    const char *given = getenv("SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    cr_log_warn("SEED=%u", seed);
    for (int round = 0; round < 200; round++) {
        struct balance balance = { 0, 0 };
        int64_t granted = 0, consumed = 0;
        for (int step = 0; step < 500; step++) {
            int64_t amount = rand_r(&seed) % (step % 50 == 0 ? CREDITS_MAX : 100);
            struct balance before = balance;
            if (rand_r(&seed) % 3 == 0) {
                enum credit_verdict verdict = credit_grant(&balance, amount);
                granted += verdict == CREDIT_DONE ? amount : 0;
                cr_assert(verdict == CREDIT_DONE ? amount > 0 : amount == 0 || before.total + amount > CREDITS_MAX);
            } else {
                enum credit_verdict verdict = credit_consume(&balance, amount);
                consumed += verdict == CREDIT_DONE ? amount : 0;
                cr_assert(eq(int, verdict == CREDIT_DONE, amount <= before.remaining));
            }
            cr_assert(eq(i64, balance.remaining, granted - consumed));          /* (B2) */
            cr_assert(eq(i64, balance.total, granted));
        }
    }
}

Test(credits, a_cost_stays_in_range)
{
    cr_assert(eq(i64, credit_cost(5, 3), 15));
    cr_assert(eq(i64, credit_cost(0, 1), 0));
    cr_assert(eq(i64, credit_cost(5, 0), -1));
    cr_assert(eq(i64, credit_cost(-1, 1), -1));
    cr_assert(eq(i64, credit_cost(CREDITS_MAX, 1), CREDITS_MAX));
    cr_assert(eq(i64, credit_cost(CREDITS_MAX, 2), -1));
}

Test(credits, consuming_less_than_nothing_is_a_bug, .signal = SIGABRT)
{
    struct balance balance = { 1, 1 };
    credit_consume(&balance, -1);
}
