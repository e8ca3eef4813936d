/* The planner: which tree of a table to walk for a query, and which part of it.
 *
 * A candidate is the table itself (its primary key) or an index. Its key parts are the index's key columns and, behind
 * them, the primary key's. The first parts that the condition fixes to lists of values make the ranges (one a
 * combination), the next part may bound them. The tenancy column is in no key: it is constant in a house.
 *  (P1) A partial index is a candidate only when the condition implies its predicate.
 *  (P2) What a walk does not decide exactly stays in `residual`. Ranges of types whose keys may be lossy stay.
 *  (P3) `sorted` is a promise about keys; rows whose keys are lossy break it, and the walk says so (walker.h).
 *  (P4) The choice depends on the query and the catalog alone, not on the rows. */
#ifndef ROWHOUSE_ENGINE_SCAN_PLAN_H
#define ROWHOUSE_ENGINE_SCAN_PLAN_H

#include "engine/scan/facts.h"
#include "engine/scan/order.h"

#define PLAN_PARTS_MAX (2 * INDEX_COLUMNS_MAX)

struct plan {
    const struct query *query;
    const struct table *table;
    bool never;                         /* no row can match */
    struct guard guard;
    struct facts facts;

    const struct index *index;          /* the tree: table->primary for the table itself */
    int part_count;
    struct index_column parts[PLAN_PARTS_MAX];
    int fixed_count;                    /* parts fixed to lists (facts) */
    int ranges;                         /* product of the lists' lengths */
    int range_column;                   /* of the part that is bounded, or -1 */

    struct total_order order;           /* ties: up or down, decided */
    bool sorted;                        /* each house's walk gives the order */
    bool reverse;
    int order_parts;                    /* sorted: parts before the tie breakers */
    const struct expr *residual;        /* NULL: the walk and the policies decide */

    bool houses_listed;                 /* HOUSE_ANY, and the condition names organizations */
    int house_count;
    uint32_t *houses;                   /* ascending */
};

/* 0, or -1 (policies may fail). */
int plan_make(struct request *rq, const struct query *query, enum ties ties, struct plan *ret);

#endif
