/* INSERT, UPDATE and DELETE of SQL, run: what migrations and clients bring. */
#ifndef ROWHOUSE_ENGINE_WRITE_RUN_H
#define ROWHOUSE_ENGINE_WRITE_RUN_H

#include "engine/result.h"
#include "engine/write/bind_write.h"
#include "engine/write/write.h"

/* What a client's statement comes with; migrations have none. */
struct run_client {
    const struct value *params;         /* $1, ...: as many as the statement has */
    const struct uuid *organization;    /* as named with the request; NULL: none */
    struct result *result;
};

/* Runs a bound statement under the request's principal. 0 and the number of rows written, or -1; what a failed one did is taken
 * back. A `client` is given RETURNING's rows and the count. */
int run_statement(struct request *rq, const struct bound_write *bound, const struct run_client *client, uint64_t *ret_count);

#endif
