/* INSERT, UPDATE and DELETE of SQL, bound to a table and run: what migrations bring. */
#ifndef ROWHOUSE_ENGINE_RUN_H
#define ROWHOUSE_ENGINE_RUN_H

#include "engine/write.h"
#include "sql/statement.h"

/* Runs one statement over `table` under the request's principal. 0 and the number of rows written, or -1; what a failed one
 * did is taken back. */
int run_statement(struct request *rq, const struct table *table, const struct statement *statement, uint64_t *ret_count);

#endif
