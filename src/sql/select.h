/* SELECT out of its parse tree, over names, and what its reader shares with that of the other statements.
 *
 *      SELECT [DISTINCT] targets [FROM item, ...] [WHERE] [GROUP BY] [HAVING] [ORDER BY] [LIMIT] [OFFSET]
 * with items, tables or sub-selects, joined by commas, [INNER] JOIN ... ON, LEFT JOIN ... ON and, of the first two, RIGHT JOIN
 * ... ON, left to right. A FROM that is one function's call,
 * or no FROM and one call as the only target, may be a native function's: `call` is it then. */
#ifndef ROWHOUSE_SQL_SELECT_H
#define ROWHOUSE_SQL_SELECT_H

#include "sql/statement.h"

enum join { JOIN_NONE, JOIN_INNER, JOIN_LEFT, JOIN_RIGHT };     /* of a table with those before it; the first: JOIN_NONE */

struct from_item {
    const char *schema, *table;         /* schema NULL: public */
    const struct select_statement *query;       /* a sub-select, which has an alias; NULL: a table or view */
    const char *alias;                  /* NULL: none */
    enum join join;
    const PgQuery__Node *on;            /* NULL: after a comma */
    int location;
};

struct sort_key {
    const PgQuery__Node *value;
    bool desc, nulls_first;
    int location;
};

struct select_statement {
    bool distinct;
    int target_count;
    struct target *targets;
    int from_count;
    struct from_item from[FROM_TABLES_MAX];
    const PgQuery__Node *where, *having;            /* NULL: none */
    int group_count;
    PgQuery__Node *const *groups;
    int sort_count;
    struct sort_key *sorts;
    const PgQuery__Node *limit, *offset;            /* NULL: none */
    const PgQuery__FuncCall *call;                  /* perhaps a native function's call; NULL: certainly none */
    bool from_call;                                 /* it stands in FROM, where nothing else than a native function may */
};

/* --- Readers of statements --- */

struct statement_reader {
    struct statement *to;
    struct arena *arena;
    struct error *error;
    bool client;                        /* not a migration's */
    struct slice source;                /* of a client: the statement's text, for positions */
    int depth;                          /* sub-selects of FROM around what is read */
};

/* 0A000 for what is outside: with its position for a client, with the line for a migration. Location 0, of nodes that have none, is
 * the statement. */
int reader_refuse(struct statement_reader *r, int location, const char *what);
/* Fails with the place of what is wrong. */
int reader_fail(struct statement_reader *r, int location, enum sqlstate state, const char *message);
/* The SELECT of a view; `source` and `line`: of the statement that it stands in. */
int select_from(const PgQuery__SelectStmt *select, struct slice source, int line, struct arena *arena, struct select_statement **ret,
                struct error *error);
int read_select(struct statement_reader *r, const PgQuery__SelectStmt *select);
int read_targets(struct statement_reader *r, PgQuery__Node *const *nodes, size_t count, struct target **ret);

/* Whether a target is `*` or `t.*`: all columns, of the table with this qualifier (NULL: of all). */
bool target_is_star(const struct target *target, const char **ret_qualifier);

#endif
