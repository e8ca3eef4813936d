/* Which rows: the one iterator over matching rows behind scan, count, aggregate, and update and delete by filter.
 *
 * A query names a table, a house, a condition and an order; the planner (engine/scan/plan.h) chooses the access path.
 *  (Q1) A cursor is opened inside one house at a time, and only in houses that engine_house() gave out.
 *  (Q2) Each row passes the policies first and the query's condition after them, so that a condition which fails
 *       (division by zero) says nothing about rows that the caller may not see.
 *  (Q3) An access path only leaves out rows that the condition would refuse: what it does not decide exactly
 *       stays in the residual condition.
 *  (Q4) An order is total: the asked columns, then the house, then the primary key. */
#ifndef ROWHOUSE_ENGINE_SCAN_SELECT_H
#define ROWHOUSE_ENGINE_SCAN_SELECT_H

#include "engine/policy/policy.h"
#include "engine/table.h"

/* The house in which the principal reads `table`: HOUSE_ANY for service role and super admins that named none.
 * `organization`: as given with the request, or NULL. 1; 0: there is none, so no row can match; -1: 42501, when somebody
 * names an organization that is not his. Tables without houses (user, global) lie in house 0. */
int engine_house(struct request *rq, const struct table *table, const struct uuid *organization, uint32_t *ret_house);

struct position;                    /* engine/scan/order.h */

struct order_column {
    int column;
    struct key_order order;
    const struct collation *collation;
};

/* An order as asked; count 0: in the order that the access path gives. */
struct order {
    int count;
    struct order_column columns[ORDER_COLUMNS_MAX];
};

struct query {
    const struct table *table;
    enum policy_command command;    /* whose policies: POLICY_SELECT, or _UPDATE, _DELETE for their targets */
    bool reads;                     /* of _UPDATE, _DELETE: SELECT's policies as well (P3) */
    uint32_t house;                 /* of engine_house() */
    const struct expr *where;       /* NULL: every row */
    struct order order;
    bool ordered;                   /* false: any order will do; true with order.count 0: by primary key */
    uint32_t limit;                 /* rows that will be asked for; 0: all */
    const struct position *after;   /* begin behind it (its ties decide those of the order); NULL: from the start */
    uint64_t examine_max;           /* rows looked at before select_next() pauses; 0: no limit */
    const struct value *params;     /* $n of `where` */
    int params_count;
    bool keys_only;                 /* only how many: rows that nothing needs are not looked up */
    bool unsorted;                  /* sort, also where an index would give the order */
    bool table_only;                /* walk the whole table, no index: tests compare the two */
};

/* A row that matched: borrowed from the store until the next call, the next write, or the end of the view. */
struct selected {
    uint32_t house;
    struct slice key;               /* whole key of the row */
    struct slice bytes;             /* the row */
};

struct select;                      /* lives in the request's arena; see plan.h */

/* 0 or -1. Close what was opened, also after a failure of select_next(). */
int select_open(struct request *rq, const struct query *query, struct select **ret);
int select_next(struct select *select, struct selected *ret);       /* 1, 0 at the end or a pause, -1 */
/* After 0: whether `examine_max` ended it and not the rows; *ret is the row last looked at, which the caller may see. A walk
 * pauses at such rows only, and not while it sorts. */
bool select_paused(const struct select *select, struct selected *ret);
/* All columns of a row, missing tail filled; valid until the next row's. NULL: damaged. */
const struct value *select_columns(struct select *select, const struct selected *row);
/* Where a row of this query stands, for query.after; borrows the row. -1: damaged. */
int select_position(struct select *select, const struct selected *row, struct position *ret);
void select_close(struct select *select);                           /* NULL is fine */

/* How many rows match, by the shortest way. */
int select_count(struct request *rq, const struct query *query, uint64_t *ret);

/* All matching rows at once, copied to the request's arena: what the writing methods walk, so that they never meet
 * a row that they have just written. 53200 when they pass the arena's limit. Under POLICY_DELETE sealed cells stay VALUE_SEALED:
 * found_open() opens them for whoever returns the row. */
int select_all(struct request *rq, const struct query *query, struct found **ret, int *ret_count);

/* The stored row under a primary key's values, as declared, if the caller may see it: 1, 0, -1. Borrowed from the store, its key
 * from `key`. scan/get.c */
int get_row(struct request *rq, const struct table *table, uint32_t house, const struct value *values, struct key *key, struct selected *ret);

/* The same, copied, if the caller may see it under `command`. Under POLICY_DELETE as select_all(). */
int select_by_key(struct request *rq, const struct table *table, enum policy_command command, uint32_t house,
                  const struct value *values, struct found *ret);

#endif
