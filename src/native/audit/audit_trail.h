/* The trail that audited tables leave by themselves: an entry of the organization's audit log for each row that a request inserted,
 * changed or deleted, in the same transaction, made from the request's list of changes. */
#ifndef ROWHOUSE_NATIVE_AUDIT_AUDIT_TRAIL_H
#define ROWHOUSE_NATIVE_AUDIT_AUDIT_TRAIL_H

#include "native/native.h"

/* For the changes since `mark`, once, when the request has done everything else. Costs a look at each change where no
 * table is audited. `restoring`: the rows come out of a dump, and what happened to them is told by the log that comes with them: a house
 * whose log has not begun gets no entries. */
int audit_trail(struct request *rq, int mark, bool restoring);

#endif
