/* The access path of a bound SELECT (catalog/bind.h): which source is walked first, by which index each other one is looked up, and
 * the short ways for what is asked most. Every table but the first is found by columns of tables before it, through an index where
 * conditions allow it. The path depends on text and catalog alone, as the bound SELECT does (B1); which part of an index is walked is
 * planned for each request (engine/scan/plan.h). */
#ifndef ROWHOUSE_ENGINE_SELECT_ACCESS_H
#define ROWHOUSE_ENGINE_SELECT_ACCESS_H

#include "engine/result.h"

/* How the rows of one source are found for each row of those before it on the way. */
struct access_step {
    int source;
    const struct index *index;              /* the first step, and a query: unused; without a prefix: the primary key, walked whole */
    int prefix_count;                       /* leading key columns of the index that are given, or columns of the query, */
    const struct expr *prefix[INDEX_COLUMNS_MAX];       /* as expressions over the sources before */
    int columns[INDEX_COLUMNS_MAX];         /* of a query: which */
    const struct expr *organization;        /* what the tenancy column must equal; NULL: unknown */
    int follows;                            /* a source before it, in whose row's house the rows are: a foreign key says so; -1 */
    const struct expr *where;               /* what WHERE says of the sources so far; NULL: nothing */
};

struct access_path {
    struct access_step steps[FROM_TABLES_MAX];          /* as many as sources */
    bool *needed;                           /* columns of the joined row that anything reads */
    bool whole_rows;                        /* outputs are just the columns of the one table, in order */
    bool plain_columns;                     /* outputs are columns of the one table: */
    int *columns;
    const struct expr **key;                /* WHERE is the primary key, as declared, of one row, and nothing else; NULL: no */
    bool walk_sorts;                        /* the walk through the first table can give the order */
    struct result_shape *shape;             /* of its outputs */
};

#endif
