/* INSERT, UPDATE and DELETE of SQL, bound to a table and run: what migrations and clients bring. */
#ifndef ROWHOUSE_ENGINE_RUN_H
#define ROWHOUSE_ENGINE_RUN_H

#include "engine/bind.h"
#include "engine/write.h"
#include "sql/statement.h"

/* What a client's statement comes with; migrations have none. */
struct run_client {
    struct slice text;                  /* of the statement, for positions in errors */
    struct slice params;                /* the array of $n, data NULL: none */
    const struct uuid *organization;    /* as named with the request; NULL: none */
};

/* Runs one statement over `table` under the request's principal. 0 and the number of rows written, or -1; what a failed one
 * did is taken back. With a `client` its answer (engine/answer.h) is appended to `out`. */
int run_statement(struct request *rq, const struct table *table, const struct statement *statement, const struct run_client *client,
                  struct buf *out, uint64_t *ret_count);

/* Binds only: `ret` has the outputs of RETURNING and the types of $n. */
int run_describe(struct request *rq, const struct table *table, const struct statement *statement, const struct run_client *client,
                 struct bound_select *ret);

#endif
