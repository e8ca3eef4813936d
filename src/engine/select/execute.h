/* Running a bound SELECT: rows, groups, DISTINCT, order, page, answer, in this order. */
#ifndef ROWHOUSE_ENGINE_SELECT_EXECUTE_H
#define ROWHOUSE_ENGINE_SELECT_EXECUTE_H

#include "engine/answer.h"
#include "engine/select/joined.h"

/* Appends the answer to `out`, which is as before after a failure. `params`: as many as bound->parameters->used. */
int execute_select(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                   struct buf *out);

/* The rows of a query of FROM, one behind the other, and how many: (D2) of engine/select/derived.h. */
int execute_derived(struct request *rq, const struct source *source, const struct value *params, const struct uuid *organization,
                    struct buf *out, uint32_t *ret_count);

#endif
