/* Running a bound SELECT: rows, groups, DISTINCT, order, page, in this order, into a result (engine/result.h). */
#ifndef ROWHOUSE_ENGINE_SELECT_EXECUTE_H
#define ROWHOUSE_ENGINE_SELECT_EXECUTE_H

#include "engine/select/joined.h"

/* `params`: as many as bound->parameters->used. */
int execute_select(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                   struct result *result);

#endif
