/* Prepaid credits as pure functions: a balance and a movement in, a decision out.
 *
 *  (B1) Nothing is ever negative: not what remains, not what is reserved.
 *  (B2) granted - consumed - reserved = remaining, always: `granted` is the sum of grants, purchases and adjustments, `consumed`
 *       that of consumption less refunds. A refused movement changes nothing.
 *  (B3) Nothing overflows: every figure stays within PostgreSQL's integer, the columns' type.
 *  (B4) What remains when the cycle has ended lapses: nothing of it is spent or set aside any more. What was set aside before is. */
#ifndef ROWHOUSE_NATIVE_CREDITS_CREDIT_RULE_H
#define ROWHOUSE_NATIVE_CREDITS_CREDIT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#define CREDITS_MAX INT32_MAX

struct balance {
    int64_t total;                  /* granted since the cycle began; organization_credits.total_credits */
    int64_t remaining;
    int64_t reserved;
    bool over;                      /* the cycle has ended, and no new one has begun */
};

enum credit_verdict { CREDIT_DONE, CREDIT_INSUFFICIENT, CREDIT_OUT_OF_RANGE };

/* What `quantity` actions of `cost` credits take: -1 when a factor is negative or the product is out of range. */
int64_t credit_cost(int64_t cost, int64_t quantity);

/* What can be spent or set aside of it. */
int64_t credit_spendable(const struct balance *balance);

enum credit_verdict credit_consume(struct balance *balance, int64_t amount);
enum credit_verdict credit_grant(struct balance *balance, int64_t amount);

/* Sets credits aside; later takes `taken` of them (0 to reserved) for good and gives back the rest. */
enum credit_verdict credit_reserve(struct balance *balance, int64_t amount);
enum credit_verdict credit_settle(struct balance *balance, int64_t reserved, int64_t taken);

/* Gives consumed credits back: at most what was consumed in this cycle. */
enum credit_verdict credit_refund(struct balance *balance, int64_t amount);

/* A correction, up or down, of what was granted. */
enum credit_verdict credit_adjust(struct balance *balance, int64_t amount);

/* A new cycle: what remained is gone (returned), `amount` is granted; reservations go on into it. */
enum credit_verdict credit_reset(struct balance *balance, int64_t amount, int64_t *ret_lapsed);

#endif
