/* Compiled expressions: what a column default, CHECK, policy, partial index, generated column, filter or
 * SQL WHERE becomes. A tree of typed nodes in an arena, immutable once built, so threads may share it.
 *
 * Names are resolved through a `struct scope`, which the catalog implements: this layer knows no tables.
 * Typing follows PostgreSQL (chapter 10): unknown literals take the other operand's type, numbers are promoted
 * int -> numeric -> double, text functions take text. Evaluation is a pure function of the tree, the row and
 * `struct eval`: it reads no clock and no store but through it. Three-valued logic as in SQL.
 * AND and OR stop at the first deciding operand, left to right. */
#ifndef ROWHOUSE_SQL_EXPR_H
#define ROWHOUSE_SQL_EXPR_H

#include "base/work.h"
#include "sql/collations.h"
#include "sql/parse.h"
#include "value/value.h"

enum expr_op {
    EXPR_CONST,             /* constant */
    EXPR_COLUMN,            /* column `column` of the row `depth` levels out (0: this select's) */
    EXPR_PARAM,             /* $n, `param` from 0 */
    EXPR_AND, EXPR_OR, EXPR_NOT,
    EXPR_IS_NULL, EXPR_IS_NOT_NULL,
    EXPR_IS_TRUE, EXPR_IS_NOT_TRUE, EXPR_IS_FALSE, EXPR_IS_NOT_FALSE,
    EXPR_EQ, EXPR_NE, EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE,       /* args of one type after typing; text and varchar are one */
    EXPR_DISTINCT, EXPR_NOT_DISTINCT,
    EXPR_ADD, EXPR_SUB, EXPR_MUL, EXPR_DIV, EXPR_MOD, EXPR_NEG, /* integers of any width, reals of any: the result's type has the range */
    EXPR_CONCAT,
    EXPR_LIKE, EXPR_ILIKE,  /* NOT LIKE is NOT(LIKE) */
    EXPR_IN,                /* args[0] in args[1..] */
    EXPR_ANY, EXPR_ALL,     /* args[0] `comparison` ANY/ALL (args[1]: array) */
    EXPR_CASE,              /* when, then, when, then, ..., else (always there) */
    EXPR_COALESCE, EXPR_NULLIF,
    EXPR_CAST,
    EXPR_COLLATE,           /* args[0], whose type has another collation */
    EXPR_JSON_GET, EXPR_JSON_GET_TEXT,                          /* -> and ->> */
    EXPR_JSON_CONTAINS, EXPR_JSON_HAS_KEY,                      /* @> and ? */
    EXPR_ARRAY,             /* ARRAY[...] */
    EXPR_FUNCTION,          /* `function` over args */
    EXPR_SUBSELECT,         /* `subselect` */
};

/* How firmly an expression has the collation of its type (PostgreSQL 24.2.2.1): from a column or the default, from operands that
 * do not agree, from COLLATE. */
enum collating { COLLATING_IMPLICIT, COLLATING_CONFLICT, COLLATING_EXPLICIT };

struct expr;
struct eval;

/* A built-in function, or an operator that has no node of its own ("#>>"). `args` and `ret` are those of PostgreSQL:
 * an enum type_id, with SIGNATURE_ARRAY for an array of it, or one of the pseudo types of sql/function.h. */
#define FUNCTION_ARGS_MAX 4
#define SIGNATURE_ARRAY 0x40
struct function {
    const char *name;               /* "now", "auth.uid" */
    enum { FUNCTION_IMMUTABLE, FUNCTION_STABLE, FUNCTION_VOLATILE } volatility;
    bool strict;                    /* NULL when an argument is; `call` then sees none */
    bool variadic;                  /* the last of `args` may come more than once */
    int arg_count;
    uint8_t args[FUNCTION_ARGS_MAX];
    uint8_t ret;
    enum expr_op op;                /* EXPR_FUNCTION, or the node that an operator becomes */
    int (*call)(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error);
    bool collated;                  /* it asks for the collation of its arguments */
};

enum subselect_kind { SUBSELECT_EXISTS, SUBSELECT_IN, SUBSELECT_SCALAR };

/* A sub-select over one table. `slot` numbers the uncorrelated ones of one expression set (see scope.slots),
 * so that whoever evaluates can keep their results once a statement. */
struct subselect {
    enum subselect_kind kind;
    const void *table;              /* what scope->table() returned */
    const struct expr *where;       /* may be NULL; EXPR_COLUMN depth 0 is the sub-select's own row */
    const struct expr *output;      /* SUBSELECT_IN and _SCALAR */
    const struct expr *left;        /* SUBSELECT_IN: in the outer row's scope */
    const struct collation *collation;      /* SUBSELECT_IN: as that of struct expr */
    bool correlated;                /* `where` or `output` looks at an outer row */
    int slot;                       /* from 0; -1 when correlated or nobody counts */
};

struct expr {
    enum expr_op op;
    struct type type;
    enum collating collating;       /* of a type with a collation */
    const struct collation *collation;      /* by which the node itself orders its operands, or changes their letters; none of those that
                                             * ask whether they are equal (value/collation.h, C1). &collation_conflict: 42P22 */
    int count;                      /* of args */
    int place;                      /* where it begins in the statement's text, from 1; 0: unknown */
    const struct expr **args;
    union {
        struct value constant;
        struct { int column, depth; };
        int param;
        enum expr_op comparison;    /* EXPR_ANY, EXPR_ALL */
        const struct function *function;
        const struct subselect *subselect;
        enum cast_context cast;
        int escape;                 /* EXPR_LIKE, EXPR_ILIKE: the escape byte, -1: none */
    };
};

/* --- Compiling --- */

/* What is told of instead of a column: a table's name, without or with its schema. */
enum mention { MENTION_BARE = -1, MENTION_QUALIFIED = -2 };

enum resolved { RESOLVED_NONE = -1, RESOLVED_AMBIGUOUS = -2, RESOLVED_NO_TABLE = -3 };

struct scope {
    const struct scope *outer;      /* of the enclosing select; NULL outermost */
    const void *table;              /* of depth 0; NULL: no columns (defaults) */
    const char *alias;              /* what qualifies columns; NULL: the table's name */
    /* Column `name` of `table`: its index and type, or -1. */
    int (*column)(const void *table, struct slice name, struct type *ret);
    /* A table for a sub-select; NULL: no such table, or sub-selects are not allowed here. May be NULL. */
    const void *(*find_table)(void *env, struct slice schema, struct slice name);
    /* Puts a sub-select's table in the place of a view that find_table() gave; the sub-select is complete. NULL: there are no views. */
    int (*expand)(void *env, void *needs, struct subselect *subselect, struct arena *arena, struct error *error);
    const char *(*table_name)(const void *table);   /* may be NULL when there is an alias */
    /* Of a select over several tables: what a name means among all their columns, instead of `column` and `alias`: a column of
     * the joined row, or one of enum resolved. `qualifier` NULL: none was written. NULL: there is one table. */
    int (*resolve)(const void *table, const char *qualifier, struct slice name, struct type *ret);
    /* Told of every column that a name means, but where resolve() is asked; of each sub-select's table (enum mention); and, without a
     * table, that a function of schema auth is called. NULL: nobody asks. */
    void (*mention)(void *needs, const void *table, int column);
    void *needs;
    bool *read;                     /* set when a name means a column of this `table`, not of one in a sub-select; NULL: nobody asks */
    struct aggregate_calls *aggregates;             /* collects aggregate calls (sql/aggregate_call.h); NULL: not allowed here */
    void *env;
    const struct enum_type *(*find_enum)(void *env, struct slice name);         /* may be NULL */
    struct collations *collations;  /* NULL: those without ICU */
    struct type *params;            /* types of $n, refined while typing (TYPE_UNKNOWN: not known yet) */
    int params_max;                 /* 0: parameters are not allowed */
    int *params_used;               /* the highest n of a $n so far; may be NULL */
    int *slots;                     /* counts uncorrelated sub-selects; shared by nested scopes; may be NULL */
    struct slice source;            /* the statement's text (parsed_statement.text), for positions in errors; may be empty */
    int source_line;                /* the number of its first line */
};

/* Compiles a parse tree node that came from parse.h. 42703, 42883, 42804, 42601, 0A000 with the position. Constant subtrees are folded when
 * immutable. `want`: TYPE_UNKNOWN or the type to assign to (an assignment cast is added when needed). */
int expr_compile(const PgQuery__Node *node, const struct scope *scope, struct type want, struct arena *arena,
                 const struct expr **ret, struct error *error);
int expr_compile_text(struct slice text, const struct scope *scope, struct type want, struct arena *arena,
                      const struct expr **ret, struct error *error);

/* The type that a type name of the grammar means, with its modifiers; serial types are the DDL's affair: 42704. */
int type_from_node(const PgQuery__TypeName *name, const struct scope *scope, struct type *ret, struct error *error);

/* The collation that a name of the grammar means; NULL is the default: 42704. */
int collation_from_node(struct collations *collations, PgQuery__Node *const *name, size_t count, const struct collation **ret, struct error *error);

/* Building by hand, typed and checked like compiled ones (structured filters use these). expr_make() means ESCAPE '\\' with
 * LIKE, `= ANY` and `<> ALL`; a constant of TYPE_UNKNOWN is a quoted literal that takes the type it meets. */
const struct expr *expr_const(struct type type, struct value value, struct arena *arena);
const struct expr *expr_column(int column, struct type type, struct arena *arena);
int expr_make(enum expr_op op, const struct expr **args, int count, struct arena *arena,
              const struct expr **ret, struct error *error);
const struct expr *expr_and(const struct expr *a, const struct expr *b, struct arena *arena);   /* NULL is true */

/* The text of an expression, for `explain` and `schema`: PostgreSQL-like, fully parenthesised. */
struct expr_names { const char *(*column)(const void *table, int column); const void *table; const char *(*table_name)(const void *table); };
void expr_print(const struct expr *expr, const struct expr_names *names, struct buf *out);

/* Visits every node, sub-selects' inside included; stops and returns what a visitor returned non-zero. */
int expr_walk(const struct expr *expr, int (*visit)(const struct expr *, void *env), void *env);
bool expr_is_constant(const struct expr *expr);     /* no column, no param, no sub-select, immutable */
bool expr_equal(const struct expr *a, const struct expr *b);
/* The two of an expression that do not agree (COLLATING_CONFLICT). */
void expr_conflict(const struct expr *expr, const struct expr *ret[static 2]);
/* Without COLLATE around it: the value is the same. */
static inline const struct expr *expr_uncollated(const struct expr *expr)
{
    while (expr->op == EXPR_COLLATE)
        expr = expr->args[0];
    return expr;
}

/* --- Evaluating --- */

struct eval {
    /* Column `column` of the row `depth` levels out. */
    int (*column)(struct eval *eval, int depth, int column, struct value *ret, struct error *error);
    /* Runs a sub-select; `ret` is a boolean (EXISTS, IN; NULL possible) or the scalar. May be NULL if none can occur. */
    int (*subselect)(struct eval *eval, const struct subselect *subselect, struct value *ret, struct error *error);
    void *env;                      /* the caller's */
    const struct value *params;
    int params_count;
    int64_t now_us;                 /* now(): one instant a request */
    struct sys *sys;                /* gen_random_uuid() */
    const struct claims *claims;    /* auth.uid(), auth.role(), auth.jwt() */
    struct arena *arena;            /* of results; the caller resets it */
    struct work *work;              /* what is left of the request's; NULL: there is no limit */
};

/* What a verified token says, for auth.uid(), role() and jwt(); NULL pointers read as NULL. */
struct claims {
    bool has_uid;
    struct uuid uid;
    const char *role;               /* "anon", "authenticated", "service_role" */
    struct slice jwt;               /* the claims as stored jsonb; empty: NULL */
    /* What `profiles` says of the user now, filled by principal_resolve(). The policies of `profiles` itself ask these
     * functions, because in PostgreSQL a policy cannot select from its own table: see the base schema. */
    bool has_organization;          /* auth.organization_id(), uuid */
    struct uuid organization;
    bool super_admin;               /* auth.is_super_admin(), boolean */
};

/* Behind an error that says what is missing: where the schema auth comes from, if it is of that. -1. */
int hint_auth(const char *schema, struct error *error);

int expr_eval(const struct expr *expr, struct eval *eval, struct value *ret, struct error *error);

/* Whether a condition is TRUE (not NULL, not false). -1 on an error. */
int expr_is_true(const struct expr *expr, struct eval *eval, bool *ret, struct error *error);

/* LIKE's matcher, also used by rate-limit patterns: % and _ over UTF-8 characters. escape -1: none. `work` may be NULL. */
int like_match(struct slice text, struct slice pattern, int escape, bool fold_case, struct work *work, bool *ret, struct error *error);
/* The literal prefix of a pattern, unescaped into `prefix`; true when the pattern is prefix then '%' alone or a literal. */
bool like_prefix(struct slice pattern, int escape, struct buf *prefix);

#endif
