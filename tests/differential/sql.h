/* What the generators of SQL texts share: a statement as it grows, its tables, its parameters.
 *
 * An expression is written by the rules of expressions.c, each of which gives a value of one kind (enum kind) out of values of
 * others. No rule can fail at run time, whatever the row, unless it is marked as risky: which row a server looks at first, and
 * whether it looks at all, is nobody's promise, so an error of one row must not decide the answer of a statement. A risky
 * expression is a whole output of a SELECT that gives every row, and one in a statement. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_SQL_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_SQL_H

#include "parts.h"

#define JOINED_MAX 4
#define STATEMENT_PARAMS_MAX 64

enum kind {
    KIND_BOOL = 'b', KIND_INT = 'i', KIND_BIGINT = 'l', KIND_NUMERIC = 'n', KIND_REAL = 'r', KIND_TEXT = 't', KIND_BYTES = 'x',
    KIND_UUID = 'u', KIND_INSTANT = 'z', KIND_TIMESTAMP = 'p', KIND_DATE = 'd', KIND_INTERVAL = 'v', KIND_JSON = 'j', KIND_INET = 'o',
    KIND_TEXTS = 'a', KIND_INTS = 'k', KIND_NONE = 0,
};

struct part {                               /* one table of FROM */
    const struct meta_table *table;
    const char *alias;
};

struct sql_text {
    struct generator *g;
    struct buf text;
    int part_count;
    struct part parts[JOINED_MAX];
    bool takes_params;                      /* constants may be $n */
    int param_count;
    const char *params[STATEMENT_PARAMS_MAX];
    bool sub_selects;                       /* may stand in expressions */
};

static inline int below(struct sql_text *s, int bound) { return random_below(&s->g->random, bound); }
static inline bool percent(struct sql_text *s, int share) { return random_percent(&s->g->random, share); }

/* Any kind that a column may have. */
enum kind kind_of(const struct meta_column *column);
enum kind kind_any(struct sql_text *s);
/* Any but those of which equal values may look different, like 1.5 and 1.50: for GROUP BY, DISTINCT, min and max. */
enum kind kind_plain(struct sql_text *s);

/* Appends an expression of a kind, at most `depth` rules deep. */
void put_expression(struct sql_text *s, enum kind kind, int depth);
/* Appends an expression that some row may fail; false: these tables have no column for one. */
bool put_risky(struct sql_text *s);
/* Appends a text in which $ and a letter stand for expressions, as in the rules of expressions.c. */
void put_template(struct sql_text *s, const char *template, int depth);
/* Appends 'text', with its quotes doubled. */
void put_quoted(struct buf *out, const char *text);
/* Appends a table for FROM, or, with the same rows and columns, a view or sub-select over it; `one_table`: as a sub-select of an
 * expression may name it. views.c */
void put_from_item(struct sql_text *s, const struct meta_table *table, bool one_table);
/* Appends a comparison of a column with a value, often one that it has. */
void put_comparison(struct sql_text *s);
/* Appends a condition of AND, OR, NOT over comparisons and expressions. */
void put_condition(struct sql_text *s, int depth);
const struct meta_column *any_column(struct sql_text *s, const struct part *part);

/* Makes the operation of the finished text; `s` is done with. */
void statement_take(struct sql_text *s, struct operation *ret);
/* Gives an operation of writing what only SQL can say: expressions as values, conditions, RETURNING of expressions. */
void decorate(struct generator *g, struct operation *op);
/* A SELECT of the SQL that Rowhouse has. */
void generate_select(struct generator *g, struct operation *ret);
/* A statement that is wrong in one place, which both servers are to find. */
void generate_mistake(struct generator *g, struct operation *ret);

#endif
