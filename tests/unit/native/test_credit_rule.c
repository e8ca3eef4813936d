/* Credits: random movements against a model that only adds and subtracts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "native/credits/credit_rule.h"

#define RESERVATIONS 8

/* What the model knows: sums, and what each reservation holds. */
struct model {
    int64_t granted, consumed, reserved[RESERVATIONS];
};

static int64_t model_reserved(const struct model *m)
{
    int64_t sum = 0;
    for (int i = 0; i < RESERVATIONS; i++)
        sum += m->reserved[i];
    return sum;
}

static int64_t model_remaining(const struct model *m)
{
    return m->granted - m->consumed - model_reserved(m);
}

static void step(struct balance *balance, struct model *m, unsigned *seed)
{
    int64_t amount = rand_r(seed) % (rand_r(seed) % 50 == 0 ? CREDITS_MAX : 100), remaining = model_remaining(m);
    int slot = rand_r(seed) % RESERVATIONS;
    int64_t taken = m->reserved[slot] > 0 ? rand_r(seed) % (m->reserved[slot] + 2) : 1;
    enum credit_verdict verdict;
    switch (rand_r(seed) % 6) {
    case 0:
        verdict = credit_grant(balance, amount);
        cr_assert(verdict == CREDIT_DONE ? amount > 0 : amount == 0 || m->granted + amount > CREDITS_MAX);
        m->granted += verdict == CREDIT_DONE ? amount : 0;
        break;
    case 1:
        verdict = credit_consume(balance, amount);
        cr_assert(eq(int, verdict == CREDIT_DONE, amount <= remaining));
        m->consumed += verdict == CREDIT_DONE ? amount : 0;
        break;
    case 2:
        if (m->reserved[slot] > 0)
            return;
        verdict = credit_reserve(balance, amount);
        cr_assert(eq(int, verdict == CREDIT_DONE, amount <= remaining));
        m->reserved[slot] = verdict == CREDIT_DONE ? amount : 0;
        break;
    case 3:
        verdict = credit_settle(balance, m->reserved[slot], taken);
        cr_assert(eq(int, verdict == CREDIT_DONE, taken <= m->reserved[slot]));
        if (verdict != CREDIT_DONE)
            return;
        m->consumed += taken;
        m->reserved[slot] = 0;
        break;
    case 4:
        verdict = credit_refund(balance, amount);
        cr_assert(eq(int, verdict == CREDIT_DONE, amount >= 1 && amount <= m->consumed));
        m->consumed -= verdict == CREDIT_DONE ? amount : 0;
        break;
    default:
        verdict = credit_adjust(balance, -amount);
        cr_assert(eq(int, verdict == CREDIT_DONE, amount <= remaining));
        m->granted -= verdict == CREDIT_DONE ? amount : 0;
    }
}

Test(credits, remaining_is_granted_minus_consumed_minus_reserved)
{
    const char *given = getenv("SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    fprintf(stderr, "SEED=%u\n", seed);
    for (int round = 0; round < 300; round++) {
        struct balance balance = { 0 };
        struct model model = { 0 };
        for (int i = 0; i < 500; i++) {
            step(&balance, &model, &seed);
            cr_assert(eq(i64, balance.remaining, model_remaining(&model)), "round %d step %d", round, i);      /* (B2) */
            cr_assert(eq(i64, balance.reserved, model_reserved(&model)));
            cr_assert(eq(i64, balance.total, model.granted));
        }
    }
}

Test(credits, a_new_cycle_lapses_what_remained_and_keeps_what_is_set_aside)
{
    struct balance balance = { .total = 100, .remaining = 60, .reserved = 30 };
    int64_t lapsed = 0;
    cr_assert(eq(int, credit_reset(&balance, 500, &lapsed), CREDIT_DONE));
    cr_assert(eq(i64, lapsed, 60));
    cr_assert(eq(i64, balance.remaining, 500));
    cr_assert(eq(i64, balance.total - balance.remaining - balance.reserved, 0), "nothing is consumed yet");
    cr_assert(eq(int, credit_reset(&balance, -1, &lapsed), CREDIT_OUT_OF_RANGE));
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
    credit_consume(&(struct balance){ .total = 1, .remaining = 1 }, -1);
}
