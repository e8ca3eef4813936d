/* A statement that writes, with its names looked up: its table, typed expressions for its columns and conditions, the unique
 * index of ON CONFLICT, the outputs of RETURNING. No rows are looked at.
 *
 * A statement is bound as a whole before its parameters are read and its first row is: what is wrong with its names and types is
 * said whether there are rows or not, as in PostgreSQL. (B1) of engine/select/bind.h holds here as well. */
#ifndef ROWHOUSE_ENGINE_WRITE_BIND_WRITE_H
#define ROWHOUSE_ENGINE_WRITE_BIND_WRITE_H

#include "engine/select/bind.h"

/* `column = expression`; expr NULL: DEFAULT. */
struct assigned {
    int column;
    const struct expr *expr;
    bool fixed;                             /* the same for every row: no column, sub-select or volatile function in it */
};

struct bound_write {
    const struct table *table;
    const struct statement *statement;
    struct bound_select returning;          /* one source, the outputs of RETURNING, the types of $n */
    struct assigned *items;                 /* INSERT: every row's; UPDATE: SET */
    const struct expr *where;
    const struct index *arbiter;            /* of ON CONFLICT; NULL: any */
    struct assigned *updates;               /* DO UPDATE SET: over the existing row, and `excluded` around it */
    const struct expr *update_where;
    const struct needs *needs;              /* the rights that it asks; NULL: a migration's */
    bool reads;                             /* the table's own columns, in whatever clause: see (P3) of engine/policy/policy.h */
};

/* Binds; everything lies in `arena`, and what the tree of the statement says is borrowed. `table` NULL: it is looked up by the
 * statement's name, 42P01. `source`: the text of a client's statement; without data it is a migration's, which has neither $n
 * nor RETURNING. */
int bind_write(const struct catalog *catalog, const struct table *table, const struct statement *statement, struct slice source,
               struct arena *arena, struct bound_write *ret, struct error *error);

#endif
