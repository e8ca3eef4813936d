/* What the parts of the compiler share: a cursor over scopes, errors with positions, typed nodes.
 *
 * Functions that return a node return NULL after filling the error. A `location` is a byte of the statement's
 * text as the grammar gives it, -1 when unknown. */
#ifndef ROWHOUSE_SQL_COMPILE_H
#define ROWHOUSE_SQL_COMPILE_H

#include "sql/function.h"

/* One select around the current node; the outermost is the expression itself. */
struct level {
    struct level *outer;
    bool correlated;                /* something inside looks further out */
};

struct compiler {
    const struct scope *scope;      /* of the innermost select */
    struct level *level;
    struct arena *arena;
    struct error *error;
    int depth;                      /* of the node that is compiled now, at most EXPR_DEPTH_MAX */
};

/* Fails with " at line 1, column 2" behind the sentence; returns NULL. */
void *compile_fail(struct compiler *c, int location, enum sqlstate state, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));
/* Where an operand begins, or, when that is unknown, the `location` around it. */
static inline int operand_location(const struct expr *e, int location) { return e->place > 0 ? e->place - 1 : location; }
/* Adds the position to an error that a lower layer has filled; returns NULL. */
void *compile_locate(struct compiler *c, int location);

/* --- Nodes: sql/build.c, calls: sql/build_call.c --- */

/* A node over a copy of `args`, with the collation that follows from theirs (42P21), folded to a constant when all of it is
 * immutable and constant. */
const struct expr *build_node(struct compiler *c, struct expr node, const struct expr *const *args, int count);
/* An operator by its name; `a` NULL for a prefix operator. */
const struct expr *build_operator(struct compiler *c, const char *name, const struct expr *a, const struct expr *b, int location);
const struct expr *build_compare(struct compiler *c, enum expr_op op, const struct expr *a, const struct expr *b, int location);
const struct expr *build_function(struct compiler *c, struct slice name, const struct expr *const *args, int count, int location);
/* The arguments of a call of `f`, each as the type it declares, in the arena; and the call's type. */
const struct expr **build_arguments(struct compiler *c, const struct function *f, const struct expr *const *args, int count,
                                    struct type *ret_type, int location);
/* Says that no operator takes these types, or (`found` -1) more than one; returns NULL. */
void *build_no_operator(struct compiler *c, const char *name, const struct type *types, int count, int found, int location);
/* AND, OR, NOT over operands that must be boolean. */
const struct expr *build_logic(struct compiler *c, enum expr_op op, const struct expr *const *args, int count, int location);
/* IS TRUE and its kin, over a boolean. IS [NOT] NULL takes anything. */
const struct expr *build_test(struct compiler *c, enum expr_op op, const struct expr *arg, int location);
const struct expr *build_in(struct compiler *c, const struct expr *const *args, int count, int location);
const struct expr *build_quantified(struct compiler *c, enum expr_op op, enum expr_op comparison, const struct expr *a,
                                    const struct expr *array, int location);
const struct expr *build_like(struct compiler *c, enum expr_op op, const struct expr *a, const struct expr *b, int escape, int location);
/* when, then, ..., else; the whens are boolean, the others are brought to a common type. */
const struct expr *build_case(struct compiler *c, const struct expr *const *args, int count, int location);
const struct expr *build_coalesce(struct compiler *c, const struct expr *const *args, int count, int location);
const struct expr *build_nullif(struct compiler *c, const struct expr *a, const struct expr *b, int location);
const struct expr *build_array(struct compiler *c, const struct expr *const *args, int count, int location);

/* --- Collations: sql/collate.c --- */

/* Gives a node that has its type and operands its collation; false after 42P21. */
bool collate_node(struct compiler *c, struct expr *node);
/* What a sub-select gives: whoever reads it takes it for a column. */
const struct expr *collate_output(struct compiler *c, const struct expr *e);
/* COLLATE. */
const struct expr *compile_collate(struct compiler *c, const PgQuery__CollateClause *e);

/* --- Types: sql/typing.c --- */

static inline bool expr_unknown(const struct expr *e) { return e->type.id == TYPE_UNKNOWN; }

/* `e` as a value of type `to`: itself, a literal read as that type, a parameter that takes it, or a cast. */
const struct expr *coerce(struct compiler *c, const struct expr *e, struct type to, enum cast_context context, int location);
/* `e` as a boolean: 42804 says what it is an argument of. */
const struct expr *coerce_boolean(struct compiler *c, const struct expr *e, const char *what, int location);
/* What is still unknown becomes text. */
const struct expr *coerce_unknown(struct compiler *c, const struct expr *e, int location);
/* The type that all operands can be brought to (PostgreSQL 10.5), text when all are unknown; -1 after an error that names
 * `what`. */
int common_type(struct compiler *c, const struct expr *const *args, int count, const char *what, struct type *ret, int location);
char type_category(struct type type);
bool type_preferred(struct type type);
/* Text of a type for messages. */
const char *type_text(struct compiler *c, struct type type);

/* --- Sub-selects: sql/subselect.c --- */
const struct expr *compile_subselect(struct compiler *c, const PgQuery__SubLink *link);

/* --- Parse nodes --- */

/* Any node: sql/compile.c. */
const struct expr *compile_node(struct compiler *c, const PgQuery__Node *node);
/* A list of nodes, in the arena, with `spare` free places before them. */
const struct expr **compile_list(struct compiler *c, PgQuery__Node *const *nodes, size_t count, int spare);
/* A column by its name, from the innermost scope outwards: sql/compile_name.c. */
const struct expr *compile_column(struct compiler *c, const PgQuery__ColumnRef *ref);
/* What the grammar calls an A_Expr, an operator of any form: sql/compile_operator.c. */
const struct expr *compile_operator(struct compiler *c, const PgQuery__AExpr *e);
/* A call of an aggregate: a column of the group's row, where the scope collects them, else 42803: sql/compile_aggregate.c. */
const struct expr *compile_aggregate(struct compiler *c, const char *name, const PgQuery__FuncCall *call);
/* "... is not supported", 0A000; returns NULL. */
void *compile_unsupported(struct compiler *c, int location, const char *what);
/* Where a node begins: a byte of the statement's text, -1 when unknown. sql/place.c */
int node_location(const PgQuery__Node *node);
/* The text of a string node; NULL for any other. */
const char *compile_string(const PgQuery__Node *node);

#endif
