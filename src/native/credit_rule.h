/* Prepaid credits as pure functions: a balance and a movement in, a decision out.
 *
 *  (B1) A balance is never negative.
 *  (B2) remaining = granted - consumed, always: a refused movement changes nothing.
 *  (B3) Nothing overflows: every figure stays within PostgreSQL's integer, the columns' type. */
#ifndef ROWHOUSE_NATIVE_CREDIT_RULE_H
#define ROWHOUSE_NATIVE_CREDIT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define CREDITS_MAX INT32_MAX

struct balance {
    int64_t total;                  /* granted since the cycle began; organization_credits.total_credits */
    int64_t remaining;
};

enum credit_verdict { CREDIT_DONE, CREDIT_INSUFFICIENT, CREDIT_OUT_OF_RANGE };

/* What `quantity` actions of `cost` credits take: -1 when a factor is negative or the product is out of range. */
int64_t credit_cost(int64_t cost, int64_t quantity);

enum credit_verdict credit_consume(struct balance *balance, int64_t amount);
enum credit_verdict credit_grant(struct balance *balance, int64_t amount);

#endif
