/* Two-factor authentication of one user: his row of user_2fa_settings, and his attempts.
 *
 * The step of the last code that was accepted is kept in RELATION_SECOND_FACTORS of the system house, by user: in the table its owner
 * could write it. Too many wrong codes lock it for a while (lockout.h). */
#ifndef ROWHOUSE_NATIVE_ACCESS_TWO_FACTOR_H
#define ROWHOUSE_NATIVE_ACCESS_TWO_FACTOR_H

#include "native/rows.h"

struct second_factor {
    struct request *rq;
    const struct table *table;
    struct value user;
    bool exists;                    /* there is a row */
    struct found row;
};

/* The parameter's user, or the caller (native_user), and his row. */
int second_factor_open(struct second_factor *factor, struct request *rq, const struct value *user);

/* 55000 when there are no settings, or too many failures. */
int second_factor_ready(struct second_factor *factor);

/* One row of user_2fa_attempts. `type`: "totp", "backup_code". */
int second_factor_attempt(struct second_factor *factor, const char *type, bool success, const struct value *address,
                          const struct value *agent);

int second_factor_used(struct second_factor *factor, int64_t *ret_step);        /* -1 where none was */
int second_factor_use(struct second_factor *factor, int64_t step);

#endif
