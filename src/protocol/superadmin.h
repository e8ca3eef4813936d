/* The trail of super admins: each of their writes, and each of their reads beyond their own organization, leaves a row in
 * superadmin_logs in the same commit. One that failed leaves its row as well, alone: what a statement read may be told by how it
 * failed. The service role is no super admin: it is the backend itself. */
#ifndef ROWHOUSE_PROTOCOL_SUPERADMIN_H
#define ROWHOUSE_PROTOCOL_SUPERADMIN_H

#include "protocol/dispatch.h"

/* Whether this call must leave a row, as it is run by rq->who, who is a super admin: 1, 0. A read that must goes
 * through the writer. */
bool superadmin_leaves_trail(struct request *rq, const struct method *method, const struct call_options *options, struct args args);

/* Leaves it. A schema without the table has no trail. `failure`: how the call failed; SQLSTATE_OK: it did not. */
int superadmin_trail(struct request *rq, const struct method *method, struct args args, enum sqlstate failure);

#endif
