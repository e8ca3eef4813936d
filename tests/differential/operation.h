/* One random operation, as both servers are asked it, and what came of it.
 *
 * An operation is data: it names a caller, a table, and texts that PostgreSQL's input functions read. A backend
 * puts it into its server's language. What must be equal afterwards is the outcome: the SQLSTATE, or else the number
 * of rows and the rows, each value in PostgreSQL's output form. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_OPERATION_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_OPERATION_H

#include "base/buf.h"
#include "schema.h"

struct caller {
    const char *name;                       /* for people */
    const char *role;                       /* "authenticated", "service_role", "anon" */
    const char *user;                       /* uuid, NULL: none */
    const char *organization;               /* its own, NULL: none */
    bool enters_all;                        /* super admin, service */
};

/* A value as text; jsonb as JSON text. */
struct datum {
    enum { DATUM_VALUE, DATUM_NULL, DATUM_DEFAULT, DATUM_EXPRESSION } kind;      /* EXPRESSION: SQL, for the SQL of both */
    const char *text;
};

struct place {                              /* a column, or a member of a jsonb column as text */
    const struct meta_column *column;
    int depth;
    const char *path[3];                    /* a member, or an element where it is all digits */
};

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_COMPARE, FILTER_IN, FILTER_NULL, FILTER_NOT_NULL };

struct filter {
    enum filter_kind kind;
    const char *operator;                   /* FILTER_COMPARE: as in SQL: "=", "<>", "<", "like", "ilike", "@>" */
    struct place place;
    int value_count;                        /* FILTER_COMPARE: 1; FILTER_IN: any */
    const char **values;
    int count;                              /* of parts: FILTER_AND, _OR, _NOT */
    const struct filter **parts;
};

struct order_item {
    const struct meta_column *column;
    bool desc;
    int nulls;                              /* 0: the default, 1: first, 2: last */
};

struct aggregate_item {
    const char *function;
    const struct meta_column *column;       /* NULL: * */
    bool distinct;
};

enum operation_kind {
    OPERATION_INSERT, OPERATION_UPSERT, OPERATION_UPDATE, OPERATION_DELETE,
    OPERATION_GET, OPERATION_SCAN, OPERATION_COUNT, OPERATION_AGGREGATE,
    OPERATION_TRANSACTION,
    OPERATION_SQL,                          /* `sql`: a statement, for the SQL of both */
};

#define OPERATION_ITEMS_MAX 8

struct operation {
    enum operation_kind kind;
    const struct caller *caller;
    const struct meta_table *table;
    const char *organization;               /* the option: work in this house; NULL: not given */
    /* INSERT, UPSERT: `row_count` rows; UPDATE: one, the changes. Row by row. */
    int column_count, row_count;
    const struct meta_column *columns[TABLE_COLUMNS_MAX];
    struct datum *values;
    bool conflict_nothing;                  /* INSERT */
    const struct meta_unique *conflict;     /* UPSERT */
    /* UPDATE, DELETE, GET: the row by key; else `where`. */
    struct datum *key;
    const struct filter *where;             /* NULL: every row */
    /* What comes back: rows of these columns. Writes: none when 0. */
    int output_count;
    const struct meta_column *outputs[TABLE_COLUMNS_MAX];
    int order_count;
    struct order_item order[OPERATION_ITEMS_MAX];
    bool ordered;                           /* SCAN: `order` decides the place of every row */
    int limit;
    int page;                               /* SCAN: Rowhouse reads by pages of so many up to `limit`; 0: at once */
    int group_count;
    const struct meta_column *groups[OPERATION_ITEMS_MAX];
    int aggregate_count;
    struct aggregate_item aggregates[OPERATION_ITEMS_MAX];
    int part_count;                         /* TRANSACTION: all of these or none */
    struct operation *parts;
    /* SQL: the statement, and $n as texts; `ordered` as it says. */
    const char *sql;
    int param_count;
    const char **params;
    /* Writes, for the SQL of both: */
    const char *condition;                  /* UPDATE, DELETE: one more; UPSERT: of DO UPDATE; NULL: none */
    const char *returning;                  /* expressions, instead of `outputs`; NULL: those */
    bool lists;                             /* UPDATE: SET (a, b) = (..., ...) */
    bool textual;                           /* Rowhouse is given every value as text, where it takes that */
};

struct outcome {
    char sqlstate[6];                       /* "00000": it worked */
    char message[512];                      /* for people */
    int line, column;                       /* of what is wrong with a statement (OPERATION_SQL), from 1; 0: not said */
    long count;
    int row_count, width;
    const char **cells;                     /* row by row; NULL is NULL */
};

/* Whether rows come in an order that counts. */
static inline bool operation_is_ordered(const struct operation *op)
{
    return op->ordered || op->kind == OPERATION_AGGREGATE || op->kind == OPERATION_GET;
}

/* Sorts the rows of an operation whose order does not count. */
void outcome_sort(struct outcome *outcome);
/* Makes the outcome of a transaction of those of its parts: a row a part, which says all of it. */
void outcome_join(const struct outcome *parts, int count, struct arena *arena, struct outcome *ret);
/* `a` is what is right. */
bool outcome_equal(const struct outcome *a, const struct outcome *b);
void outcome_print(const struct outcome *outcome, struct buf *out);

/* A server under test. Everything it returns lives in `arena`. */
struct backend {
    const char *name;
    void (*run)(struct backend *backend, const struct operation *operation, struct arena *arena, struct outcome *ret);
    void (*close)(struct backend *backend);
};

/* `records`: the operations are compared with typed methods. */
struct backend *postgres_open(const struct pg *pg, bool records);
/* `sql`: operations go to the method `query`, as the statements that PostgreSQL is given. */
struct backend *rowhouse_open(const char *address, const char *service_key, const char *hs256_secret, bool sql);

/* An operation that is no transaction, as one statement of SQL: with its values in it, or as $n and in *ret_params, which lives in
 * `arena`. Returns how many $n. */
int operation_sql(const struct operation *operation, bool inlined, struct arena *arena, struct buf *out, const char *const **ret_params);

/* The operation as one statement of SQL with its values in it, for people. */
void operation_print(const struct operation *operation, struct buf *out);

#endif
