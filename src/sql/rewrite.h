/* Copies of compiled expressions in which columns are something else. Expressions are immutable: parts that stay as they are
 * are shared, and what has nothing to replace is returned itself. */
#ifndef ROWHOUSE_SQL_REWRITE_H
#define ROWHOUSE_SQL_REWRITE_H

#include "sql/expr.h"

/* `expr` with each column of its row replaced by what `value` says, an expression over the same select; NULL: the column stays.
 * Where a sub-select looks out at the row, the columns of the replacement are as many levels further out. NULL gives NULL. */
const struct expr *expr_replace(const struct expr *expr, const struct expr *(*value)(int column, void *env), void *env,
                                struct arena *arena);

/* The same expression over a row in which its columns come `by` places later. NULL gives NULL. */
const struct expr *expr_shift(const struct expr *expr, int by, struct arena *arena);

#endif
