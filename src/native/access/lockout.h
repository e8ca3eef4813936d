/* Too many failures of one user: his rows of user_2fa_attempts, or of login_attempts, newest first up to the last success.
 * LOCKOUT_FAILURES of them within LOCKOUT_MINUTES lock until LOCKOUT_MINUTES after the last. */
#ifndef ROWHOUSE_NATIVE_ACCESS_LOCKOUT_H
#define ROWHOUSE_NATIVE_ACCESS_LOCKOUT_H

#include "native/rows.h"

#define LOCKOUT_FAILURES 5
#define LOCKOUT_MINUTES 15

/* `attempts`: a table with user_id, success and created_at. */
int lockout_holds(struct request *rq, const struct table *attempts, const struct value *user, bool *ret);

#endif
