/* A row: one msgpack array with the stored form of every column, in catalog order.
 *
 *  (N1) A row may be shorter than its table's column list (columns were added since it was written); the missing
 *       tail reads as the columns' defaults of then (catalog/catalog.h, column.missing). Never longer.
 *  (N2) A cell may be sealed instead (MP_EXT_SEALED). A row with such a cell begins with the longest head of an array, 0xdd,
 *       every other one with the shortest: one byte tells the rows that have to be opened from those that are copied. */
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

#define ROW_HEAD_SEALED 0xdd

static inline bool row_is_sealed(struct slice bytes)
{
    return bytes.size > 0 && bytes.data[0] == ROW_HEAD_SEALED;
}

/* Appends the head of a row of `count` columns (N2). */
void row_begin(int count, bool sealed, struct buf *out);

/* value_load() of a cell: one that is sealed is a value of the kind VALUE_SEALED. */
int cell_load(struct type type, struct slice *bytes, struct value *ret);

/* Finds the columns of a row that was read with a good checksum or built here. -1: not a row (corruption). */
int row_open(struct slice bytes, struct row *ret);

/* The bytes of column `index` alone, by skipping: for one or two columns of a row. False past its end. */
bool row_column(struct slice bytes, int index, struct slice *ret);

#endif
