/* Statements of SQL as Rowhouse runs them, over names: binding to tables happens in the engine.
 * Migrations bring INSERT, UPDATE and DELETE; clients bring SELECT, RETURNING and calls of native functions as well. */
#ifndef ROWHOUSE_SQL_STATEMENT_H
#define ROWHOUSE_SQL_STATEMENT_H

#include "sql/parse.h"

enum statement_kind { STATEMENT_INSERT, STATEMENT_UPDATE, STATEMENT_DELETE, STATEMENT_SELECT };
enum conflict_action { CONFLICT_ERROR, CONFLICT_NOTHING, CONFLICT_UPDATE };

/* `column = expression`; expressions are compiled by whoever knows the table. */
struct assignment {
    const char *column;                 /* NULL: INSERT names no columns, this is the table's next */
    const PgQuery__Node *value;         /* NULL: DEFAULT */
    int location;                       /* of the column's name, or else of the value; -1: unknown */
};

/* An output of SELECT or RETURNING; a value that is a column reference to * stands for all columns. */
struct target {
    const char *name;                   /* AS name; NULL: none was given */
    const PgQuery__Node *value;
    int location;
};

struct select_statement;                /* sql/select.h */

struct statement {
    enum statement_kind kind;
    const char *schema, *table;         /* schema NULL: public */
    int location;                       /* of the table's name */
    const char *alias;                  /* NULL: none */
    int row_count;                      /* INSERT: VALUES rows; each has column_count assignments */
    int column_count;
    struct assignment *rows;            /* row_count * column_count; UPDATE: one row */
    const PgQuery__Node *where;         /* UPDATE, DELETE; NULL: all */
    enum conflict_action conflict;
    int conflict_count;                 /* target columns; 0: any unique constraint */
    const char **conflict_columns;
    int conflict_location;              /* of their list */
    int update_count;                   /* DO UPDATE SET */
    struct assignment *updates;         /* scope: the table, `excluded` around it (scope.outer) */
    const PgQuery__Node *update_where;  /* DO UPDATE ... WHERE; NULL: always */
    int returning_count;
    struct target *returning;
    const struct select_statement *select;      /* STATEMENT_SELECT; the fields from `schema` to `returning` are then empty */
    const struct parsed *parsed;        /* keeps the nodes alive */
    int line;
};

/* The statement of a parse tree; 0A000 for what is outside, naming it. `parsed` must outlive it. */
int statement_from(const struct parsed *parsed, const PgQuery__Node *node, int line, struct arena *arena,
                   struct statement *ret, struct error *error);

/* The same for the one statement of a client's text; errors have positions. 42601 when there is none or more than one. */
int statement_from_client(const struct parsed *parsed, struct arena *arena, struct statement *ret, struct error *error);

#endif
