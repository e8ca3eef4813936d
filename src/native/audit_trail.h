/* The trail that audited tables leave by themselves: an entry of the organization's audit log for each row that a request inserted,
 * changed or deleted, in the same transaction, made from the request's list of changes. */
#ifndef ROWHOUSE_NATIVE_AUDIT_TRAIL_H
#define ROWHOUSE_NATIVE_AUDIT_TRAIL_H

#include "native/native.h"

/* For the changes since `mark`, once, when the request has done everything else. Costs a look at each change where no
 * table is audited. */
int audit_trail(struct request *rq, int mark);

#endif
