/* Structured filters (docs/protocol.md, "Filters") to typed expressions of sql/expr.h, so that filters, policies and
 * SQL meet in one form. Constants are read as the type of the column that they are compared with. */
#ifndef ROWHOUSE_PROTOCOL_FILTER_H
#define ROWHOUSE_PROTOCOL_FILTER_H

#include "engine/engine.h"

/* One filter at the front of `bytes` (checked msgpack), moves past it. nil and [] are no filter: *ret is NULL. The
 * expression lives in the request's arena; constants borrow `bytes`. 42703 no such column, 22P02 and its kin for
 * constants, 22023 for a filter that is not built as documented, 54000 beyond FILTER_TERMS_MAX. */
int filter_from_wire(struct request *rq, const struct table *table, struct slice *bytes, const struct expr **ret);

#endif
