#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_WIRE_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_WIRE_H

#include "operation.h"

const char *method_of(const struct operation *op);

/* The params array of an operation; `cursor` and `limit` are a scan's (NULL, 0: none). */
void put_params(struct buf *out, const struct operation *op, const char *cursor, int limit, struct arena *arena);

/* The params of `query`, or of a txn of them. */
void put_statements(struct buf *out, const struct operation *op, struct arena *arena);

/* The type to read a value as on this side: without limits, which are the server's to enforce. */
struct type loose(struct type type);

#endif
