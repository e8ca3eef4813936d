/* Columns of a table that somebody asks for, and stored rows as arrays of them: bytes are copied, never transcoded. */
#ifndef ROWHOUSE_ENGINE_COLUMNS_H
#define ROWHOUSE_ENGINE_COLUMNS_H

#include "engine/engine.h"

struct column_list {
    int count;
    const int *columns;                     /* column numbers, in the order asked for */
};

/* All columns that are not dropped, in catalog order. */
void column_list_all(struct request *rq, const struct table *table, struct column_list *ret);

/* Appends a stored row as an array of `columns`, in that order (NULL: all columns that are not dropped): bytes are copied, a
 * column behind the end of a shorter row is what it reads as. */
void row_put(const struct table *table, struct slice row, const struct column_list *columns, struct buf *out);

#endif
