/* What the plans of reading (explain.c) and of writing (explain_write.c) share. */
#ifndef ROWHOUSE_PROTOCOL_EXPLAIN_H
#define ROWHOUSE_PROTOCOL_EXPLAIN_H

#include "engine/policy/policy.h"
#include "engine/scan/select.h"
#include "protocol/query.h"

/* A condition over rows of a table, as text. */
void explain_condition(const struct table *table, const struct expr *condition, struct buf *out);
/* What a policy lets through: "all rows", "no rows", or the condition that is left. */
void explain_guard(const struct guard *guard, const struct table *table, struct buf *out);
/* The plan of a query as a map. `nowhere`: there is no house to read in. */
int explain_query(struct request *rq, const struct query *query, bool nowhere, struct buf *out);
/* The plan of a bound INSERT, UPDATE or DELETE: an array of the plan of the rows that it looks for, as of a scan, and of a map of
 * what it then does. */
int explain_write(struct request *rq, const struct bound_write *bound, const struct query_call *call, struct buf *out);

#endif
