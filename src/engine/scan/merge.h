/* Rows of many houses in one order: each house's walk gives the order, and of all first rows the first comes next.
 *
 * The walks stand in a heap by the position of the row that each has in hand. A page of a few rows so costs one
 * look-up a house and a step a row, and not a sort of everything. */
#ifndef ROWHOUSE_ENGINE_SCAN_MERGE_H
#define ROWHOUSE_ENGINE_SCAN_MERGE_H

#include "engine/scan/walker.h"

struct head {
    struct walker walker;
    struct position at;             /* of walker.row */
};

struct merge {
    struct checker *checker;
    const struct position *after;
    struct head **heads;
    int count, capacity;
    struct head *spare;             /* of a house without rows */
    bool started, given;            /* given: the root's row was handed out */
};

/* The plan of `checker` is sorted, and its checker decodes the columns of the order. */
void merge_start(struct merge *merge, struct checker *checker, const struct position *after);
/* All houses are added before the first merge_next(). WALK_ROW; WALK_UNSORTED: the rows must be sorted; -1. */
int merge_add(struct merge *merge, uint32_t house);
int merge_next(struct merge *merge, struct selected *ret);      /* enum walk_step, or -1 */
void merge_close(struct merge *merge);

#endif
