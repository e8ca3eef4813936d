/* Writing rows: what PostgreSQL does for a row of INSERT, UPDATE and DELETE, in its order:
 *
 *      defaults -> generated columns -> policies -> NOT NULL -> CHECK -> unique -> store -> (end of statement) references
 *
 *  (W1) A statement is write_start(), rows, write_finish(), write_done(). Whoever runs it takes everything back to its
 *       mark when any of them failed.
 *  (W2) References are looked at when the statement ends, in PostgreSQL's order: row by row, first those to the row's old
 *       key, then its own; actions (CASCADE, SET NULL, SET DEFAULT) run there, without policies, and what they write
 *       waits at the end of the same line.
 *  (W3) Only where a statement removes no keys (INSERT, UPDATE of other columns) is a reference that holds when its row is
 *       written done with at once: nothing can break it before the end.
 *  (W4) A row whose key changes is removed and written anew, also from house to house. */
#ifndef ROWHOUSE_ENGINE_WRITE_WRITE_H
#define ROWHOUSE_ENGINE_WRITE_WRITE_H

#include "engine/houses.h"
#include "engine/policy/policy.h"

struct pending;

/* A guard of new rows, kept for the house that it was made for. */
struct kept_guard {
    bool ready;
    uint32_t house;
    struct guard guard;
};

/* One statement over one table (and over those that references lead to). */
struct write {
    struct request *rq;
    const struct table *table;
    bool policies;                  /* the principal's policies and walls apply to rows of `table` */
    bool reads;                     /* the statement reads columns of `table`: rows must pass SELECT's policies as well (P3) */
    struct kept_guard insert, update;
    bool removes_keys;              /* it may: no reference is done with before the end (W3) */
    struct pending *first, **last;  /* references to look at when the statement ends */
    struct value *sparse;           /* COLUMNS_MAX, all NULL between uses: a target's columns for a look-up */
    struct buf row;                 /* where rows are built */
};

void write_start(struct write *write, struct request *rq, const struct table *table, bool policies);
int write_finish(struct write *write);
void write_done(struct write *write);

/* A new row that passed everything up to CHECK, and is not written yet. */
struct proposal {
    struct value *columns;
    enum house_state state;
    uint32_t house;                 /* HOUSE_KNOWN */
    uint32_t hint;
};

/* `columns`, `given`: as in table_insert(). */
int write_propose(struct write *write, uint32_t house_hint, const struct value *columns, const bool *given, struct proposal *ret);
/* Whether it collides, with the row under `index`, or (NULL) with any: 1, 0, -1. `ret` may be NULL when `index` is. */
int write_conflict(struct write *write, const struct proposal *row, const struct index *index, struct found *ret);
int write_insert(struct write *write, const struct proposal *row, struct found *ret);

int write_update(struct write *write, const struct found *old, const struct value *columns, const bool *given, struct found *ret);
int write_delete(struct write *write, const struct found *row);

/* --- Between the files of writing --- */

/* Rows of any table, without policies: what actions of references do. */
int row_update(struct write *write, const struct table *table, const struct found *old, const struct value *columns,
               const bool *given, bool policies, struct found *ret);
int row_delete(struct write *write, const struct table *table, const struct found *row);

/* defaults.c: the default of a column; fills `row` from what is given and the defaults / overwrites what is given; then generated columns.
 * `ret_changed`: columns whose value is another one now. 428C9. */
int default_of(struct request *rq, const struct table *table, int column, struct value *ret);
int defaults_fill(struct request *rq, const struct table *table, const struct value *columns, const bool *given, struct value *row);
int defaults_overwrite(struct request *rq, const struct table *table, const struct value *columns, const bool *given,
                       const struct value *old, struct value *row, bool *ret_changed);
/* 428C9 when an update gives a generated column: asked before rows are looked for, because there may be none. */
int defaults_allow(const struct table *table, const bool *given, struct error *error);

/* constraint.c: NOT NULL and CHECK of the changed columns; `changed` NULL: of all. 23502, 23514. */
int constraints_hold(struct request *rq, const struct table *table, uint32_t house, const struct value *row, const bool *changed);

/* 23503 of a row that has no house to live in. */
int house_refuse(struct request *rq, const struct table *table, const struct value *row);

/* reference.c. After the row is written; `changed` NULL: all of it. */
int references_of_new(struct write *write, const struct table *table, const struct key *key, const struct value *row,
                      const bool *changed);
/* A row's key is about to go or to change; `row` NULL: it goes. `moved`: to another house. */
void references_to_old(struct write *write, const struct table *table, uint32_t house, const struct value *old,
                      const struct value *row, const bool *changed, bool moved);
/* 23503 of a key whose target is nowhere. */
int reference_refuse(struct request *rq, const struct foreign_key *fk, const struct value *row);
/* Whether the target of a row's reference is there: 1 (also when it has none), 0, -1. */
int reference_holds(struct write *write, const struct foreign_key *fk, uint32_t house, const struct value *row);
/* Of a row in whose way, under `index`, is one of another house: the same reference in both leads there, and does not hold here. 23503
 * of the first that does not, as if the other row were not; 0: the index holds no reference that leads to houses. */
int references_beyond(struct write *write, const struct table *table, const struct index *index, uint32_t house, const struct value *row);
int references_finish(struct write *write);

#endif
