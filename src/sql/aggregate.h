/* Aggregates with PostgreSQL 15's result types: count(*), count, min, max, sum, avg, bool_and, bool_or, every.
 *
 *      argument                    sum                 avg
 *      smallint, integer           bigint              numeric
 *      bigint, numeric             numeric             numeric
 *      real                        real                double precision
 *      double precision            double precision    double precision
 *      interval                    interval            interval
 * NULLs do not count; over no values everything but count is NULL. min and max take what has an order and PostgreSQL
 * has them for: numbers, text, enumerations, times, intervals, inet, arrays. DISTINCT counts equal values once. */
#ifndef ROWHOUSE_SQL_AGGREGATE_H
#define ROWHOUSE_SQL_AGGREGATE_H

#include "sql/expr.h"

enum aggregate_kind { AGGREGATE_COUNT_ROWS, AGGREGATE_COUNT, AGGREGATE_MIN, AGGREGATE_MAX, AGGREGATE_SUM, AGGREGATE_AVG, AGGREGATE_AND, AGGREGATE_OR };

struct aggregate {
    enum aggregate_kind kind;
    bool distinct;
    struct type arg;                /* of the values; AGGREGATE_COUNT_ROWS has none */
    struct type type;               /* of the result */
};

/* Whether `name` is an aggregate at all, for errors. */
bool aggregate_exists(struct slice name);

/* `arg` NULL is count(*). A TYPE_UNKNOWN argument is text. 42883 when there is none of that name for that type. */
int aggregate_choose(struct slice name, bool distinct, const struct type *arg, struct aggregate *ret, struct error *error);

/* One group's state. What it keeps lies in `arena`, which must live as long; it grows with DISTINCT and by the longest
 * value, not with the number of values. */
struct aggregate_state {
    const struct aggregate *aggregate;
    struct arena *arena;
    int64_t count;                  /* values so far */
    __int128 integer;               /* their sum, when they are integers */
    double real;                    /* their sum, when they are floating */
    struct value value;             /* their smallest, largest or sum, otherwise */
    uint8_t *bytes;                 /* of `value`, when it borrows */
    size_t capacity;
    struct aggregate_set *seen;     /* DISTINCT */
};

void aggregate_init(struct aggregate_state *state, const struct aggregate *aggregate, struct arena *arena);

/* One row's value (of type `arg`; NULL is fine). `scratch` may be reset afterwards. 22003, 53200. */
int aggregate_step(struct aggregate_state *state, const struct value *value, struct arena *scratch, struct error *error);

/* The result so far, in the state's arena. */
int aggregate_final(struct aggregate_state *state, struct value *ret, struct error *error);

#endif
