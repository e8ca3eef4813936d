/* SQL as methods: query, prepare, execute. What a statement needs (a view or the writer) depends on its text, so it is parsed
 * through the cache of the thread that routes it. `SELECT f(...)` and `SELECT * FROM f(...)` of a native function are calls
 * of it, with its rights and its durability. */
#ifndef ROWHOUSE_PROTOCOL_SQL_METHODS_H
#define ROWHOUSE_PROTOCOL_SQL_METHODS_H

#include "protocol/dispatch.h"

int query_method(struct request *rq, struct args args, struct buf *out);
int execute_method(struct request *rq, struct args args, struct buf *out);
int prepare_method(struct request *rq, struct args args, struct buf *out);

/* Whether a method is one of query and execute. */
bool method_is_sql(const struct method *method);

/* What this very call of query or execute needs: METHOD_READ or _WRITE, and its default durability. `queries` NULL: nothing is
 * kept. -1: the text is no statement. */
int query_kind(const struct method *method, struct queries *queries, struct args args, struct call_options *ret, struct error *error);

/* The native function that a call of query or execute calls; NULL: none. */
const struct native_function *query_native(const struct method *method, struct queries *queries, struct args args);
/* Whether its answer is that function's no. */
bool query_refused(const struct native_function *function, struct slice answer);

#endif
