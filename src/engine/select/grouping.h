/* GROUP BY: rows into groups, in a hash table by the key form of what they are grouped by, which is equal for equal values.
 *
 * A group keeps the columns of its first row, which its outputs read (B2), and the states of its aggregates; all of it lies in
 * the request's arena, which limits the number of groups (53200). The number of rows is not limited. */
#ifndef ROWHOUSE_ENGINE_SELECT_GROUPING_H
#define ROWHOUSE_ENGINE_SELECT_GROUPING_H

#include "engine/select/joined.h"

struct group;

struct grouping {
    struct request *rq;
    const struct bound_select *bound;
    struct evaluation *evaluation;      /* stands at the row that is added */
    struct group *table, *given;        /* given: the group that grouping_next() gave last */
    struct buf key;
};

void grouping_start(struct grouping *grouping, struct request *rq, const struct bound_select *bound, struct evaluation *evaluation);
/* Adds the row of the evaluation. */
int grouping_add(struct grouping *grouping);
/* The next group as a row of bound->column_count columns and the aggregates' results: 1, 0, -1. Begins when all rows are added. */
int grouping_next(struct grouping *grouping, struct value **ret_row);
void grouping_done(struct grouping *grouping);

#endif
