#include "native/credit_rule.h"

#include <assert.h>

static void assert_sane(const struct balance *balance)
{
    assert(balance->remaining >= 0);                    /* (B1) */
    assert(balance->remaining <= CREDITS_MAX);
    assert(balance->total <= CREDITS_MAX);
}

int64_t credit_cost(int64_t cost, int64_t quantity)
{
    if (cost < 0 || quantity < 1 || cost > CREDITS_MAX || quantity > CREDITS_MAX || cost * quantity > CREDITS_MAX)
        return -1;
    return cost * quantity;
}

enum credit_verdict credit_consume(struct balance *balance, int64_t amount)
{
    assert(amount >= 0);
    assert_sane(balance);
    if (amount > balance->remaining)
        return CREDIT_INSUFFICIENT;
    balance->remaining -= amount;
    assert_sane(balance);
    return CREDIT_DONE;
}

enum credit_verdict credit_grant(struct balance *balance, int64_t amount)
{
    assert_sane(balance);
    if (amount < 1 || amount > CREDITS_MAX - balance->total || amount > CREDITS_MAX - balance->remaining)
        return CREDIT_OUT_OF_RANGE;
    balance->total += amount;
    balance->remaining += amount;
    assert_sane(balance);
    return CREDIT_DONE;
}
