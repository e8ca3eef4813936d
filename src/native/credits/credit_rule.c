#include "native/credits/credit_rule.h"

#include <assert.h>

static void assert_sane(const struct balance *balance)
{
    assert(balance->remaining >= 0);                    /* (B1) */
    assert(balance->reserved >= 0);
    assert(balance->remaining <= CREDITS_MAX);
    assert(balance->total <= CREDITS_MAX);
}

int64_t credit_cost(int64_t cost, int64_t quantity)
{
    if (cost < 0 || quantity < 1 || cost > CREDITS_MAX || quantity > CREDITS_MAX || cost * quantity > CREDITS_MAX)
        return -1;
    return cost * quantity;
}

int64_t credit_spendable(const struct balance *balance)
{
    return balance->over ? 0 : balance->remaining;
}

enum credit_verdict credit_consume(struct balance *balance, int64_t amount)
{
    assert(amount >= 0);
    assert_sane(balance);
    if (amount > credit_spendable(balance))
        return CREDIT_INSUFFICIENT;
    balance->remaining -= amount;
    assert_sane(balance);
    return CREDIT_DONE;
}

enum credit_verdict credit_grant(struct balance *balance, int64_t amount)
{
    return amount < 1 ? CREDIT_OUT_OF_RANGE : credit_adjust(balance, amount);
}

enum credit_verdict credit_reserve(struct balance *balance, int64_t amount)
{
    enum credit_verdict verdict = credit_consume(balance, amount);
    if (verdict == CREDIT_DONE)
        balance->reserved += amount;
    return verdict;
}

enum credit_verdict credit_settle(struct balance *balance, int64_t reserved, int64_t taken)
{
    assert_sane(balance);
    assert(reserved >= 0 && reserved <= balance->reserved);
    if (taken < 0 || taken > reserved)
        return CREDIT_OUT_OF_RANGE;
    balance->reserved -= reserved;
    balance->remaining += reserved - taken;             /* it came from there: no overflow */
    assert_sane(balance);
    return CREDIT_DONE;
}

enum credit_verdict credit_refund(struct balance *balance, int64_t amount)
{
    assert_sane(balance);
    if (amount < 1 || amount > balance->total - balance->remaining - balance->reserved)
        return CREDIT_OUT_OF_RANGE;
    balance->remaining += amount;
    assert_sane(balance);
    return CREDIT_DONE;
}

enum credit_verdict credit_adjust(struct balance *balance, int64_t amount)
{
    assert_sane(balance);
    if (amount > CREDITS_MAX - balance->total || amount > CREDITS_MAX - balance->remaining)
        return CREDIT_OUT_OF_RANGE;
    if (amount < -balance->remaining || amount < -balance->total)
        return CREDIT_INSUFFICIENT;
    balance->total += amount;
    balance->remaining += amount;
    assert_sane(balance);
    return CREDIT_DONE;
}

enum credit_verdict credit_reset(struct balance *balance, int64_t amount, int64_t *ret_lapsed)
{
    assert_sane(balance);
    if (amount < 0 || amount > CREDITS_MAX - balance->reserved)
        return CREDIT_OUT_OF_RANGE;
    *ret_lapsed = balance->remaining;
    balance->remaining = amount;
    balance->total = amount + balance->reserved;        /* what is set aside belongs to the new cycle */
    balance->over = false;
    assert_sane(balance);
    return CREDIT_DONE;
}
