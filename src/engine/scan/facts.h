/* What a condition says of single columns, for the planner.
 *
 * The condition is taken apart at its ANDs. A conjunct that compares a column of the row with something that is the same
 * for all rows becomes a fact: the column is one of a list of values, lies in a range, or is not NULL. Conjuncts without
 * a column are decided at once.
 *  (F1) A fact is implied by its conjunct. Where it says just as much (exact), a walk that honours the fact need
 *       not ask the conjunct again.
 *  (F2) Values of a list are in ascending order, without doubles, never empty; a NULL in it (IS NULL) stands alone. Texts are in
 *       the order of bytes: whoever walks an index in another order sorts them by that.
 *  (F3) A range is one of its collation. It bounds an index with the same order and no other. */
#ifndef ROWHOUSE_ENGINE_SCAN_FACTS_H
#define ROWHOUSE_ENGINE_SCAN_FACTS_H

#include "engine/scan/select.h"

enum fact { FACT_NONE, FACT_LIST, FACT_RANGE, FACT_NOT_NULL };

struct range_end {
    bool set, inclusive;
    struct value value;
};

struct column_facts {
    int value_count;                /* 0: no list */
    struct value *values;
    struct range_end low, high;
    const struct collation *collation;      /* of the range: the first that a conjunct named (F3) */
    bool not_null;
};

struct conjunct {
    const struct expr *expr;
    enum fact fact;
    int column;                     /* whose fact it is */
    bool exact;
    bool guard;                     /* of the policies: asked for every row in any case */
};

struct facts {
    const struct table *table;
    bool never;                     /* no row can satisfy the condition */
    int count, capacity;
    struct conjunct *conjuncts;
    struct column_facts **columns;  /* by column number; NULL: nothing known */
    struct evaluation *evaluation;  /* of what is the same for all rows */
    struct arena *arena;
};

void facts_start(struct facts *facts, struct request *rq, const struct query *query);
/* Adds a condition, NULL is true. Constants that cannot be evaluated (division by zero) are left to the rows. */
void facts_add(struct facts *facts, const struct expr *condition, bool guard);

/* The list of a column when it has exactly one value, else NULL. */
const struct value *facts_constant(const struct facts *facts, int column);

/* Whether the range that is known of a column, if any, bounds it in an index. */
bool facts_range_of(const struct column_facts *known, const struct index_column *part);

/* Whether two different values of a type can have the same key form up to a hash (value_key() may say lossy). */
bool type_may_be_lossy(struct type type);
bool value_is_lossy(struct type type, const struct value *value);

#endif
