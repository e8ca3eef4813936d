/* A SELECT with its names looked up: tables, typed expressions, and the way through a join. No rows are looked at.
 *
 * The rows of FROM are joined rows: the columns of all its tables, one table's after the other's, dropped ones included,
 * so that with one table a column has its own number. When the SELECT groups, the results of its aggregates follow, and
 * the row of a group has the columns of its first row before them.
 *  (B1) A bound SELECT depends on its text and the catalog alone: neither on who asks nor on parameters' values.
 *  (B2) Every column that an output of a grouping SELECT reads is one value a group: in GROUP BY, or of a table whose
 *       primary key is.
 *  (B3) Every table but the first of the way is found by columns of tables before it, through an index where conditions allow it. */
#ifndef ROWHOUSE_ENGINE_BIND_H
#define ROWHOUSE_ENGINE_BIND_H

#include "engine/engine.h"
#include "engine/select.h"
#include "sql/aggregate_call.h"
#include "sql/select.h"

struct source {                             /* one table of FROM */
    const struct table *table;
    const char *alias;                      /* what qualifies its columns */
    enum join join;
    int first;                              /* its first column in the joined row */
    const struct expr *on;                  /* over the joined row; NULL: none */
};

/* How the rows of one table are found for each row of those before it on the way. */
struct step {
    int source;
    const struct index *index;              /* the first step: unused; without a prefix: the primary key, walked whole */
    int prefix_count;                       /* leading key columns of the index that are given, */
    const struct expr *prefix[INDEX_COLUMNS_MAX];       /* as expressions over the tables before */
    const struct expr *organization;        /* what the tenancy column must equal; NULL: unknown */
    int follows;                            /* a source before it, in whose row's house the rows are: a foreign key says so; -1 */
    const struct expr *where;               /* what WHERE says of the tables so far; NULL: nothing */
};

struct output {
    const char *name;
    struct type type;
    const struct expr *expr;
};

struct sort_by {
    const struct expr *expr;                /* NULL: output number `output` */
    int output;
    struct type type;
    struct key_order order;
};

/* The types of $n, as far as expressions say. */
struct parameters {
    int used;                               /* highest n */
    struct type types[PARAMS_MAX];
};

struct bound_select {
    int source_count;
    struct source sources[FROM_TABLES_MAX];
    struct step steps[FROM_TABLES_MAX];     /* as many as sources */
    int column_count;                       /* of the joined row */
    bool *needed;                           /* columns that anything reads */
    const struct expr *where;               /* all of it; NULL: none */

    int output_count;
    struct output *outputs;
    bool whole_rows;                        /* outputs are just the columns of the one table, in order */
    bool plain_columns;                     /* outputs are columns of the one table: */
    int *columns;
    const struct expr **key;                /* WHERE is the primary key, as declared, of one row, and nothing else; NULL: no */
    struct slice head;                      /* the answer up to its rows */
    bool distinct;

    bool grouped;
    int group_count;
    const struct expr **groups;
    struct aggregate_calls aggregates;
    const struct expr *having;              /* NULL: none */

    int sort_count;
    struct sort_by *sorts;
    bool walk_sorts;                        /* the walk through the first table can give the order: `order` */
    struct order order;
    const struct expr *limit, *offset;      /* bigint; NULL: none */
    struct parameters *parameters;
};

/* Binds; everything lies in `arena`, and what the tree of the statement says is borrowed. */
int bind_select(const struct catalog *catalog, const struct statement *statement, struct slice source, struct arena *arena,
                struct bound_select *ret, struct error *error);

/* --- Parts --- */

struct binder {
    const struct catalog *catalog;
    struct arena *arena;
    struct error *error;
    struct slice text;                      /* of the statement */
    int line;
    struct scope scope;                     /* of the joined row */
    struct bound_select *to;
    int visible;                            /* sources that names may mean so far */
};

/* A table by schema (NULL: public) and name; 42P01. */
int bind_table(const struct binder *binder, const char *schema, const char *name, int location, const struct table **ret);
/* Adds " at line 1, column 2" to the error; returns -1. */
int bind_locate(const struct binder *binder, int location);
/* Outputs of targets, * spread out; `scope` is that of the rows. bind_output.c */
int bind_targets(struct binder *binder, const struct target *targets, int count, struct output **ret, int *ret_count);
/* FROM and the scope over it: bind_from.c */
int bind_from(struct binder *binder, const struct select_statement *select);
/* (B3), and WHERE taken apart along the way: bind_way.c */
void bind_way(struct binder *binder);
/* GROUP BY, ORDER BY, and (B2): bind_group.c */
int bind_groups(struct binder *binder, const struct select_statement *select);
int bind_sorts(struct binder *binder, const struct select_statement *select);
int bind_check_groups(struct binder *binder);

#endif
