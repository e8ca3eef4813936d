/* What a statement gives: columns, rows and a count, handed to whoever asked, who makes a reply of them or keeps them. The engine knows
 * no wire: protocol/result_msgpack.h is one, and select/derived.c keeps the rows of a query of FROM.
 *
 *      columns() (row() | store(), stored())* done()          each -1 with an error ends the statement
 *
 *  RESULT-1  Values and bytes of a row are borrowed until the call returns.
 *  RESULT-2  A statement that fails gives no done(); what it gave before is to be dropped.
 *  RESULT-3  A wire may hand on what it has between two rows, but not wait there: the statement's view is open. After done() another
 *            statement of the same request may begin with columns(). */
#ifndef ROWHOUSE_ENGINE_RESULT_H
#define ROWHOUSE_ENGINE_RESULT_H

#include "catalog/bind.h"

/* The columns of a statement's rows. It lives beside the bound statement, and so does what a wire keeps of it. */
struct result_shape {
    int count;
    const struct output *outputs;
    struct arena *arena;
    const void *keeper;                     /* whose `kept` is: an address of the wire's; NULL: nobody's */
    struct slice kept;
};

struct result {
    int (*columns)(struct result *result, struct result_shape *shape);
    /* A row, of as many values as there are columns. */
    int (*row)(struct result *result, const struct value *values);
    /* Where a row may be appended as it is stored instead, an array of its columns (value/row.h), before stored() is called; NULL: this
     * result takes values alone. */
    struct buf *store;
    int (*stored)(struct result *result);
    /* `count`: the rows that the statement wrote, or those of a SELECT. */
    int (*done)(struct result *result, uint64_t count);
};

/* A row that was made by value_store(), an array of the shape's columns; `values`: room for as many. */
int result_put(struct result *result, const struct result_shape *shape, struct slice bytes, struct value *values);

#endif
