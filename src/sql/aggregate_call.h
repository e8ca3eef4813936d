/* Aggregate calls inside the expressions of a SELECT that groups.
 *
 * Each becomes a column of the group's row, behind the columns of the rows that were grouped: `first_column` is the
 * first such place. Whoever runs the SELECT steps `aggregate` with `arg` over a group's rows and puts the result there. */
#ifndef ROWHOUSE_SQL_AGGREGATE_CALL_H
#define ROWHOUSE_SQL_AGGREGATE_CALL_H

#include "sql/aggregate.h"

struct aggregate_call {
    struct aggregate aggregate;
    const struct expr *arg;         /* over a row; NULL: count(*) */
    const struct expr *filter;      /* FILTER (WHERE ...): rows for which it is not TRUE do not count; NULL: none */
};

struct aggregate_calls {
    int first_column;
    int count;
    struct aggregate_call items[AGGREGATE_CALLS_MAX];
};

#endif
