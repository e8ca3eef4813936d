/* A walk through one house: the ranges of a plan, in order, each row checked against the policies and the residual.
 *
 *  (W1) Every cursor lies inside the house and the tree of the plan: bounds are built from that prefix only, also when
 *       they come from a position that a client has handed in.
 *  (W2) Ranges are walked in key order (backwards when the plan is), so a sorted plan's rows come sorted.
 *  (W3) A sorted walk stops with WALK_UNSORTED before a row whose key is lossy in a part of the order: keys place such
 *       rows by a prefix and a hash. Everything before it came in the right order. */
#ifndef ROWHOUSE_ENGINE_SCAN_WALKER_H
#define ROWHOUSE_ENGINE_SCAN_WALKER_H

#include "engine/scan/plan.h"

enum walk_step { WALK_END, WALK_ROW, WALK_UNSORTED };

/* What all walkers of one statement share. */
struct checker {
    struct request *rq;
    const struct plan *plan;
    struct evaluation evaluation;       /* of the residual */
    struct request row_rq;              /* rq with scratch for its arena: a row's policies and condition run in it */
    struct arena scratch;
    bool *needed;                       /* columns to decode for guard and residual */
    int needed_end;
    bool asks;                          /* guard or residual have something to ask */
    int lossy_count;                    /* places in the order of columns whose keys may be lossy */
    int lossy[PLAN_PARTS_MAX];
    struct value *columns;              /* of the row in hand, those that are needed */
    struct arena opened;                /* its sealed cells */
    uint64_t examined;                  /* rows looked at */
    bool visible;                       /* the row last examined passes the policies */
};

int checker_start(struct checker *checker, struct request *rq, const struct plan *plan);
void checker_done(struct checker *checker);

struct walker {
    struct checker *checker;
    uint32_t house;
    int at;                             /* ranges begun */
    bool open;
    struct cursor cursor;
    bool bounded, spent;                /* spent: nothing can be behind the position */
    struct key bound;                   /* forward: walk from here; backward: stop before here */
    struct key row_key;                 /* of a row that was found through an index */
    struct selected row;                /* in hand after WALK_ROW */
};

/* `after`: NULL, or begin behind this position if it is of this house, else at the first row with its asked columns.
 * 1; 0: the position's key is lossy or too long, so the plan must sort instead. */
int walker_start(struct walker *walker, struct checker *checker, uint32_t house, const struct position *after);
/* enum walk_step, or -1. Looks at no more than `examine_max` rows: then WALK_END with *ret_paused (may be NULL: no limit),
 * the row last examined in hand. */
int walker_next(struct walker *walker, uint64_t examine_max, bool *ret_paused);
/* The number of entries that are left, without looking at them: the plan asks nothing of the rows. */
int walker_count(struct walker *walker, uint64_t *count);
void walker_close(struct walker *walker);

/* The bounds of range number `at` of the plan in a house, for `explain`, too. False: nothing can be in it. */
bool plan_range(const struct plan *plan, uint32_t house, int at, struct key *low, struct key *high);

#endif
