/* Expressions over a row within a request: columns of the row and of the rows around it, sub-selects. */
#include <assert.h>

#include "engine/select/subselect.h"

static int column_of_row(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    const struct evaluation *e = eval->env;
    for (; depth > 0; depth--)
        e = e->outer;
    assert(e != NULL);
    assert(e->columns != NULL);
    *ret = e->columns[column];
    return 0;
}

void evaluation_start(struct evaluation *e, struct request *rq, const struct table *table, uint32_t house)
{
    *e = (struct evaluation){
        .eval = {
            .column = column_of_row,
            .subselect = subselect_run,
            .env = e,
            .now_us = rq->now_us,
            .sys = rq->sys,
            .claims = &rq->who->claims,
            .arena = rq->arena,
            .work = rq->work,
        },
        .rq = rq,
        .table = table,
        .house = house,
    };
}
