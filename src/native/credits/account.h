/* An organization's credit account: its balance, loaded and saved, and the rows that every movement leaves.
 *
 * The balance is the row of organization_credits; what is reserved stands beside it in RELATION_CREDIT_RESERVATIONS of the
 * house:
 *      (nothing) -> [reserved, number of open reservations]
 *      'R', uuid -> [credits, expiry, action, description]
 *      'E', expiry i64 BE, uuid -> nil: the order in which they expire
 * The ledger has a row for each grant, purchase, consumption, refund and adjustment; its sum is remaining + reserved.
 * Loading releases reservations that have expired, so nobody ever sees credits that are set aside for nothing. */
#ifndef ROWHOUSE_NATIVE_CREDITS_ACCOUNT_H
#define ROWHOUSE_NATIVE_CREDITS_ACCOUNT_H

#include "native/credits/credit_rule.h"
#include "native/draft.h"

struct account {
    struct request *rq;
    uint32_t house;
    struct uuid organization;
    const struct table *table;
    bool exists;
    struct found row;
    struct balance balance;
    int64_t open;                   /* reservations */
    bool reserved_changed;
};

int account_open(struct account *account, struct request *rq, const struct value *organization);
int account_save(struct account *account);

/* A movement's row; `amount` is signed. */
int account_ledger(struct account *account, const char *type, int64_t amount, const struct value *description);

/* A row of credit_consumption_logs: `amount` credits for an action, taken or refused. */
int account_log(struct account *account, const struct value *action, int64_t amount, bool success);

struct reservation {
    struct uuid id;
    int64_t credits, expires_us;
    struct slice action, description;       /* description may be empty */
};

/* 1, 0 there is none (or it has expired), -1. */
int reservation_load(struct account *account, const struct uuid *id, struct reservation *ret);
/* A new one; 54000 when RESERVATIONS_MAX are open. */
int reservation_save(struct account *account, const struct reservation *reservation);
int reservation_remove(struct account *account, const struct reservation *reservation);

/* What a house has set aside, without a function's request, and what its reservations add up to: for verify. */
int account_reserved(struct request *rq, uint32_t house, int64_t *ret, int64_t *ret_sum);

#endif
