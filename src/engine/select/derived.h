/* The rows of a view or sub-select that is evaluated on its own: made once a statement, in memory, then walked or looked up.
 *
 *  (D1) Its rows are what its own query gives to whom asks: its tables are read in his houses and under his policies.
 *  (D2) At most DERIVED_ROWS_MAX rows of DERIVED_SIZE_MAX bytes: 54000.
 *      Each row that is looked at is work of the request, as a row of a table is.
 *  (D3) Rows come in the order in which the query gave them, also those that a look-up finds. */
#ifndef ROWHOUSE_ENGINE_SELECT_DERIVED_H
#define ROWHOUSE_ENGINE_SELECT_DERIVED_H

#include "engine/select/bind.h"

struct derived {
    const struct source *source;
    struct work *work;                      /* of the request */
    const bool *needed;                     /* which of its columns are decoded */
    struct buf bytes;                       /* its rows, one behind the other, in their stored form */
    struct arena arena;                     /* of what finds them: */
    uint32_t count;
    struct slice *rows;
    struct bucket *buckets;                 /* by what a look-up compares; made by the first one */
    uint32_t *others;                       /* by row: the next one of its bucket, plus one; 0: none */
    uint32_t next;                          /* the row that derived_next() gives, plus one; 0: none */
    bool all;                               /* it gives all rows, not a bucket's */
};

/* Runs the query. `needed`: as many as it has columns. */
int derived_make(struct request *rq, const struct source *source, const bool *needed, const struct value *params,
                 const struct uuid *organization, struct derived *ret);
void derived_done(struct derived *derived);         /* also after a failure, and of zeros */

/* Begins with the first row; with a step that compares columns, with the first that may have the values of its prefix, none of
 * them NULL. Each step compares the same columns always. */
int derived_start(struct derived *derived, const struct access_step *step, const struct value *prefix, struct error *error);
/* The next row's values, which borrow it: 1, 0, -1. */
int derived_next(struct derived *derived, struct value *columns, struct error *error);

#endif
