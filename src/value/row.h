/* A row: one msgpack array with the stored form of every column, in catalog order.
 *
 * A row may be shorter than its table's column list (columns were added since it was written); the missing
 * tail reads as the columns' defaults of then (catalog/catalog.h, column.missing). Never longer. */
#ifndef ROWHOUSE_VALUE_ROW_H
#define ROWHOUSE_VALUE_ROW_H

#include "value/mp.h"
#include "value/value.h"

/* Offsets of a row's columns, so that each is found in constant time. Borrow the row. */
struct row {
    struct slice bytes;             /* the whole array */
    int count;                      /* columns that are there */
    struct slice columns[COLUMNS_MAX];
};

/* Finds the columns of a row that was read with a good checksum or built here. -1: not a row (corruption). */
int row_open(struct slice bytes, struct row *ret);

/* The bytes of column `index` alone, by skipping: for one or two columns of a row. False past its end. */
bool row_column(struct slice bytes, int index, struct slice *ret);

#endif
