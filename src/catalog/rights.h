/* Rights: what a statement asks of tables, columns, sequences, functions and schemas, and whether who asks has it.
 *
 *  (R1) They are decided once a statement, before any row is looked at, from the catalog and the role alone.
 *  (R2) Of columns that are read, in whatever clause, SELECT is asked; where none is named, of the table or any column of it. INSERT and
 *       UPDATE are asked of the columns that a statement gives. What references, defaults and the server itself do is asked of nobody.
 *  (R3) A view is read with the rights of whom asks, on the view and on what its text names. So are the tables of the sub-selects in
 *       policies that apply to him, and those of their policies in turn.
 *  (R4) While row level security is off on a table, anon and authenticated have nothing there unless a GRANT named that table and that role:
 *       not ALL TABLES, PUBLIC, or default privileges, and none of a dump's (catalog/grant.c). */
#ifndef ROWHOUSE_CATALOG_RIGHTS_H
#define ROWHOUSE_CATALOG_RIGHTS_H

#include "catalog/catalog.h"

/* Whether a column may be read, by the table's list or its own. */
bool column_readable(const struct table *table, int column, enum identity who);

/* What is asked of one table or view. */
struct need {
    const struct table *table;
    unsigned privileges;                    /* SELECT, INSERT, UPDATE, DELETE */
    bool bare, qualified;                   /* its name stands in the statement itself, without or with its schema */
    uint8_t *columns;                       /* by number: the privileges that are asked of the column */
};

/* What a statement asks, collected while it is bound. */
struct needs {
    struct arena *arena;
    int count;
    struct need **items;                    /* they stay where they are */
    bool functions_of_auth;                 /* it calls one by its name */
    int stored;                             /* how many views are open: names in their texts were looked up when they were made */
};

/* The need of a table, which is added when it is not there. */
struct need *needs_of(struct needs *needs, const struct table *table);
static inline void need_column(struct need *need, int column, enum privilege privilege)
{
    need->privileges |= privilege;
    need->columns[column] |= (uint8_t)privilege;
}
/* struct scope's mention(): SELECT of a column, or of a table that is named. */
void needs_mention(void *needs, const void *table, int column);

/* 0, or 42501 with what PostgreSQL says; 42P01 of a bare name in a schema that is closed. */
int need_check(const struct catalog *catalog, const struct need *need, enum identity who, struct error *error);
int needs_check(const struct catalog *catalog, const struct needs *needs, enum identity who, struct error *error);
/* nextval() of a column's sequence; EXECUTE of a function by its name. */
int sequence_check(const struct sequence *sequence, enum identity who, struct error *error);
int function_check(const struct catalog *catalog, const char *name, enum identity who, struct error *error);

#endif
