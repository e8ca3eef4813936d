/* The order of rows, positions in it, and the sort that serves where no index gives it.
 *
 * A total order has the asked columns, then the house (when a statement reads several), then the columns of the primary
 * key as tie breakers. Ties go up or down the primary key, as the access path of the first page has it; a position
 * says which, so that all pages agree.
 * The sort keeps the first rows only when a limit is known: a heap whose root is the last of them. It gives up rows
 * that a page of SCAN_REPLY_SIZE_TARGET bytes could not hold, so a page's sort has bounded memory. */
#ifndef ROWHOUSE_ENGINE_SCAN_ORDER_H
#define ROWHOUSE_ENGINE_SCAN_ORDER_H

#include "engine/scan/select.h"

#define ORDER_TOTAL_MAX (ORDER_COLUMNS_MAX + INDEX_COLUMNS_MAX)

enum ties { TIES_FREE, TIES_UP, TIES_DOWN };

struct total_order {
    const struct table *table;
    int asked, count;                       /* count: with the primary key's columns that were not asked */
    struct order_column columns[ORDER_TOTAL_MAX];
    enum ties ties;
};

/* As what a column is ordered. */
static inline struct type order_type(const struct total_order *order, int i)
{
    return type_collated(order->table->columns[order->columns[i].column].type, order->columns[i].collation);
}

/* A place in an order: after the row with these values. */
struct position {
    enum ties ties;                         /* never TIES_FREE */
    uint32_t house;
    struct value values[ORDER_TOTAL_MAX];   /* of total_order.columns */
};

/* The order of two values, NULLs included. */
static inline int value_order(struct type type, struct key_order how, const struct value *a, const struct value *b)
{
    if (value_is_null(a) || value_is_null(b)) {
        int nulls = value_is_null(a) - value_is_null(b);
        return how.nulls_first ? -nulls : nulls;
    }
    int sign = value_compare(type, a, b);
    return how.desc ? -sign : sign;
}

/* `order` without columns that are there twice or follow a whole primary key, with the primary key's. */
void order_total(const struct table *table, const struct order *order, enum ties ties, struct total_order *ret);

/* The values of a row for an order; `columns` as row_values() gives them. */
void order_values(const struct total_order *order, uint32_t house, const struct value *columns, struct position *ret);

int order_compare(const struct total_order *order, const struct position *a, const struct position *b);

/* --- Sorting --- */

struct sort_row {
    struct position at;                     /* values point into bytes */
    uint8_t *memory;                        /* key, then row */
    size_t room, key_size, row_size;
};

struct sort {
    struct request *rq;
    struct total_order order;
    uint32_t limit;                         /* 0: all rows */
    struct sort_row **rows;                 /* heap while rows are added, then in order */
    uint32_t count, capacity, next;
    struct sort_row *spare;
    size_t bytes;                           /* of the rows in the heap */
};

void sort_start(struct sort *sort, struct request *rq, const struct total_order *order, uint32_t limit);
/* Copies the row unless it is behind all that may be asked for. `columns` has at least the order's columns. 53200. */
int sort_add(struct sort *sort, const struct selected *row, const struct value *columns);
void sort_finish(struct sort *sort);
bool sort_next(struct sort *sort, struct selected *ret);

#endif
