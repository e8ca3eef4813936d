/* A SELECT with its names looked up: tables, views, typed expressions. No rows are looked at.
 *
 * The rows of FROM are joined rows: the columns of all its sources, one source's after the other's, dropped ones included,
 * so that with one table a column has its own number. When the SELECT groups, the results of its aggregates follow, and
 * the row of a group has the columns of its first row before them.
 *
 * A view, or a sub-select in FROM, is bound by itself and then pulled up where it only selects, filters and joins: its tables
 * become sources of the SELECT around it, its conditions conditions, and its outputs stand where its columns are named. One that
 * groups, sorts or is limited is a source whose rows are made by its own query; conditions on its columns go down into it.
 *  (B1) A bound SELECT depends on its text and the catalog alone: neither on who asks nor on parameters' values.
 *  (B2) Every column that an output of a grouping SELECT reads is one value a group: in GROUP BY, or of a table whose
 *       primary key is.
 *  (B3) What a view reads is read as if its text stood in the statement: by whom asks, in his houses, under his policies. */
#ifndef ROWHOUSE_CATALOG_BIND_H
#define ROWHOUSE_CATALOG_BIND_H

#include "catalog/rights.h"
#include "sql/aggregate_call.h"
#include "sql/select.h"

struct access_path;

struct source {                             /* one table of FROM, or one query whose rows are made first */
    const struct table *table;              /* of a query: the shape of its rows */
    struct bound_select *query;             /* NULL: a table */
    const char *alias;                      /* what people call it */
    enum join join;
    int first;                              /* its first column in the joined row */
    const struct expr *on;                  /* over the joined row; NULL: none */
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
    int column_count;                       /* of the joined row */
    const struct expr *where;               /* all of it; NULL: none */

    int output_count;
    struct output *outputs;
    bool distinct;

    bool grouped;
    int group_count;
    const struct expr **groups;
    struct aggregate_calls aggregates;
    const struct expr *having;              /* NULL: none */

    int sort_count;
    struct sort_by *sorts;
    const struct expr *limit, *offset;      /* bigint; NULL: none */
    struct parameters *parameters;          /* those of the whole statement */
    const struct needs *needs;              /* of the whole statement, in its outermost SELECT */

    struct access_path *path;               /* the way to the rows, which the engine finds (engine/select/access.h); NULL: not yet */
};

/* What a name of FROM means: columns of the joined row, or the outputs of a view that was pulled up. */
struct range {
    const char *alias;
    const struct table *table;              /* the table, or the shape of the view */
    int first;                              /* its first column among those that expressions read while names are looked up */
    const struct expr **values;             /* pulled up: its columns, over the joined row; NULL: they are columns of it */
};

/* The `*` of targets, and the names that they mean. */
struct stars {
    int count;
    struct star { int location; const char *names; } items[STARS_MAX];
};

struct binder {
    const struct catalog *catalog;
    struct arena *arena;
    struct error *error;
    struct slice text;                      /* of the statement */
    int line;
    struct scope scope;                     /* of the joined row */
    struct bound_select *to;
    int range_count;                        /* names so far */
    struct range ranges[FROM_TABLES_MAX];
    const struct expr *pulled;              /* conditions of views that were pulled up, and of their joins */
    bool opaque;                            /* views stay sources without a query: to see what reads them */
    bool in_view;                           /* a view's text: it has no $n */
    struct stars *stars;                    /* NULL: nobody asks */
    struct needs *needs;                    /* collects the rights that are asked (catalog/rights.h); NULL: nobody asks */
    struct binder *around;                  /* of the SELECT in whose FROM this one stands; NULL: it is the statement's */
    int queries;                            /* of the statement's: views and sub-selects of FROM that were bound so far */
};

/* Binds the names of a client's SELECT, of its views and sub-selects. Everything lies in `arena`, and what the tree of the
 * statement says is borrowed. */
int bind_names(struct binder *binder, const struct select_statement *select);

/* --- Parts --- */

/* A table, or the shape of a view, by schema (NULL: public) and name; 42P01. */
int bind_table(const struct binder *binder, const char *schema, const char *name, int location, const struct table **ret);
/* Adds " at line 1, column 2" to the error; returns -1. */
int bind_locate(const struct binder *binder, int location);
/* Gives a name its meaning; 42712 when it has one. */
int bind_range(struct binder *binder, const char *alias, const struct table *table, int first, const struct expr **values, int location);
/* The right to a column that a name means. */
void bind_mention(const struct binder *binder, const struct range *range, int column);
/* Outputs of targets, * spread out; `scope` is that of the rows. bind_output.c */
int bind_targets(struct binder *binder, const struct target *targets, int count, struct output **ret, int *ret_count);
/* FROM and the scope over it: bind_from.c */
int bind_from(struct binder *binder, const struct select_statement *select);
/* A view or a sub-select of FROM: bind_view.c */
int bind_view(struct binder *binder, const struct from_item *item, const struct table *shape);
/* A table or, with `query`, the rows of one as a source of FROM, with its name and its ON. */
int bind_source(struct binder *binder, const struct from_item *item, const char *alias, const struct table *table, struct bound_select *query);
/* The columns of a view or sub-select, from its outputs; the names of *ret are the caller's affair. */
int bind_shape(struct arena *arena, const struct output *outputs, int count, struct table *ret, struct error *error);
/* What a sub-select of an expression reads of a view is read of its table: 0A000 unless it has just one. For struct scope. */
int bind_expand(void *env, void *needs, struct subselect *subselect, struct arena *arena, struct error *error);
/* The columns that an output or a condition names of views that were pulled up become what they stand for: bind_view.c */
void bind_replace(struct binder *binder);
/* Conditions of HAVING that are the same for all rows of a group go to WHERE: bind_push.c */
void bind_settle(struct bound_select *to, struct arena *arena);
/* Conditions on the columns of queries go down into them: bind_push.c */
void bind_push(struct bound_select *to, struct arena *arena);
/* GROUP BY, ORDER BY, and (B2): bind_group.c */
int bind_groups(struct binder *binder, const struct select_statement *select);
int bind_sorts(struct binder *binder, const struct select_statement *select);
int bind_check_groups(struct binder *binder);

#endif
