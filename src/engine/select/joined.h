/* The rows of FROM and WHERE: nested loops along the steps of a bound SELECT (engine/select/bind.h).
 *
 * The first table is walked by the one iterator over rows (engine/scan/select.h), with its planner; each further one is looked up
 * through an index for every row of those before.
 *  (J1) Every table is read in the houses of engine_house() alone, and each of its rows passes that table's policies
 *       for SELECT before any condition sees it.
 *      A query of FROM is asked first, and its rows are those that it gave to whom asks.
 *  (J2) A row of the first table borrows from the store; rows of the others live until the next one of the same step. */
#ifndef ROWHOUSE_ENGINE_SELECT_JOINED_H
#define ROWHOUSE_ENGINE_SELECT_JOINED_H

#include "engine/select/derived.h"

/* One table that is looked up, while rows go by. */
struct lookup {
    const struct access_step *step;
    const struct source *source;
    struct guard guard;
    struct arena start_arena, row_arena;    /* of one look-up; of one of its rows */
    struct request start_rq, row_rq;
    struct value prefix[INDEX_COLUMNS_MAX];
    uint32_t house, at;                     /* where it looks: one house or HOUSE_ANY; where it is */
    uint32_t row_house;                     /* of the row in hand */
    bool nowhere;                           /* the caller has no house for this table */
    bool open, matched, ended;
    bool single;                            /* `at` is the only house */
    struct derived derived;                 /* of a query: its rows; all above but the arenas is unused then */
    struct walk walk;
};

struct joined {
    struct request *rq;
    const struct bound_select *bound;
    const struct value *params;
    struct value *row;                      /* the joined row; room for aggregates behind it */
    struct slice key, bytes;                /* the stored row of the first table */
    uint32_t house;                         /* of the first table's row; where sub-selects of a single table look */
    struct select *select;                  /* NULL: the first table has no house to be read in */
    struct lookup lookups[FROM_TABLES_MAX]; /* by step; of the first only the rows of a query */
    uint64_t looked_up;                     /* rows, all steps together */
    int depth;                              /* steps that have a row in hand */
    bool started, once;                     /* once: there is no FROM, which is one row */
    int needed_end;                         /* columns of the first table to decode */
    struct arena scratch;                   /* of conditions over joined rows */
    struct request scratch_rq;
    struct arena opened;                    /* sealed cells of the first table's row */
    struct evaluation evaluation;
};

/* `organization`: as named with the request, NULL: none. `limit`: rows that will be asked for, 0: all. */
int joined_open(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                uint32_t limit, struct joined *ret);
int joined_next(struct joined *joined);     /* 1, 0, -1 */
void joined_close(struct joined *joined);   /* also after a failed open */

/* The query of the first table, for `explain`; 1, 0 there is no house to read in, -1. */
int joined_query(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                 uint32_t limit, struct query *ret);

/* An evaluation for expressions of a statement over rows that the caller provides: sub-selects read under the policies of
 * their tables. Results of sub-selects are kept in rq->arena, all else is `scratch_rq`'s. */
void evaluation_of_statement(struct evaluation *e, struct request *scratch_rq, struct request *rq, const struct table *table,
                             const struct value *params, int params_count);

#endif
