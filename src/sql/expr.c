/* Expressions as data: made by hand, walked, compared. */
#include "sql/expr.h"

#include <assert.h>

#include "sql/compile.h"

const struct expr *expr_const(struct type type, struct value value, struct arena *arena)
{
    struct expr *e = ARENA_NEW(arena, struct expr);
    *e = (struct expr){ .op = EXPR_CONST, .type = type };
    e->constant = value;
    return e;
}

const struct expr *expr_column(int column, struct type type, struct arena *arena)
{
    struct expr *e = ARENA_NEW(arena, struct expr);
    *e = (struct expr){ .op = EXPR_COLUMN, .type = type };
    e->column = column;
    return e;
}

const struct expr *expr_and(const struct expr *a, const struct expr *b, struct arena *arena)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    struct compiler c = { .arena = arena };
    return build_node(&c, (struct expr){ .op = EXPR_AND, .type = type_of(TYPE_BOOL) }, (const struct expr *[]){ a, b }, 2);
}

static const struct expr *make(struct compiler *c, enum expr_op op, const struct expr **args, int count)
{
    static const char *const arithmetic[] = { "+", "-", "*", "/", "%" };
    switch (op) {
    case EXPR_AND: case EXPR_OR: case EXPR_NOT:
        return build_logic(c, op, args, count, -1);
    case EXPR_IS_NULL: case EXPR_IS_NOT_NULL: case EXPR_IS_TRUE: case EXPR_IS_NOT_TRUE: case EXPR_IS_FALSE: case EXPR_IS_NOT_FALSE:
        return build_test(c, op, args[0], -1);
    case EXPR_EQ: case EXPR_NE: case EXPR_LT: case EXPR_LE: case EXPR_GT: case EXPR_GE: case EXPR_DISTINCT: case EXPR_NOT_DISTINCT:
        return build_compare(c, op, args[0], args[1], -1);
    case EXPR_ADD: case EXPR_SUB: case EXPR_MUL: case EXPR_DIV: case EXPR_MOD:
        return build_operator(c, arithmetic[op - EXPR_ADD], args[0], args[1], -1);
    case EXPR_NEG:
        return build_operator(c, "-", NULL, args[0], -1);
    case EXPR_CONCAT:
        return build_operator(c, "||", args[0], args[1], -1);
    case EXPR_LIKE: case EXPR_ILIKE:
        return build_like(c, op, args[0], args[1], '\\', -1);
    case EXPR_IN:
        return build_in(c, args, count, -1);
    case EXPR_ANY: case EXPR_ALL:
        return build_quantified(c, op, op == EXPR_ANY ? EXPR_EQ : EXPR_NE, args[0], args[1], -1);
    case EXPR_CASE:
        return build_case(c, args, count, -1);
    case EXPR_COALESCE:
        return build_coalesce(c, args, count, -1);
    case EXPR_NULLIF:
        return build_nullif(c, args[0], args[1], -1);
    case EXPR_JSON_GET:
        return build_operator(c, "->", args[0], args[1], -1);
    case EXPR_JSON_GET_TEXT:
        return build_operator(c, "->>", args[0], args[1], -1);
    case EXPR_JSON_CONTAINS:
        return build_operator(c, "@>", args[0], args[1], -1);
    case EXPR_JSON_HAS_KEY:
        return build_operator(c, "?", args[0], args[1], -1);
    case EXPR_ARRAY:
        return build_array(c, args, count, -1);
    default:
        return compile_fail(c, -1, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot make this expression by hand");
    }
}

int expr_make(enum expr_op op, const struct expr **args, int count, struct arena *arena, const struct expr **ret, struct error *error)
{
    struct compiler c = { .arena = arena, .error = error };
    const struct expr *e = make(&c, op, args, count);
    if (e == NULL)
        return -1;
    *ret = e;
    return 0;
}

static int walk_optional(const struct expr *e, int (*visit)(const struct expr *, void *), void *env)
{
    return e == NULL ? 0 : expr_walk(e, visit, env);
}

int expr_walk(const struct expr *e, int (*visit)(const struct expr *, void *env), void *env)
{
    int stop = visit(e, env);
    for (int i = 0; i < e->count && stop == 0; i++)
        stop = expr_walk(e->args[i], visit, env);
    if (e->op == EXPR_SUBSELECT) {
        stop = stop != 0 ? stop : walk_optional(e->subselect->left, visit, env);
        stop = stop != 0 ? stop : walk_optional(e->subselect->where, visit, env);
        stop = stop != 0 ? stop : walk_optional(e->subselect->output, visit, env);
    }
    return stop;
}

static int varies(const struct expr *e, void *env)
{
    return e->op == EXPR_COLUMN || e->op == EXPR_PARAM || e->op == EXPR_SUBSELECT ||
           (e->op == EXPR_FUNCTION && e->function->volatility != FUNCTION_IMMUTABLE);
}

bool expr_is_constant(const struct expr *e)
{
    return expr_walk(e, varies, NULL) == 0;
}

static bool same_modifiers(struct type a, struct type b)
{
    return a.length == b.length && a.precision == b.precision && a.scale == b.scale;
}

static bool equal_optional(const struct expr *a, const struct expr *b)
{
    return a == NULL || b == NULL ? a == b : expr_equal(a, b);
}

static bool same_subselect(const struct subselect *a, const struct subselect *b)
{
    return a->kind == b->kind && a->table == b->table && equal_optional(a->left, b->left) &&
           equal_optional(a->where, b->where) && equal_optional(a->output, b->output);
}

static bool same_node(const struct expr *a, const struct expr *b)
{
    switch (a->op) {
    case EXPR_CONST:
        return value_identical(&a->constant, &b->constant);
    case EXPR_COLUMN:
        return a->column == b->column && a->depth == b->depth;
    case EXPR_PARAM:
        return a->param == b->param;
    case EXPR_ANY: case EXPR_ALL:
        return a->comparison == b->comparison;
    case EXPR_LIKE: case EXPR_ILIKE:
        return a->escape == b->escape;
    case EXPR_CAST:
        return a->cast == b->cast;
    case EXPR_FUNCTION:
        return a->function == b->function;
    case EXPR_SUBSELECT:
        return same_subselect(a->subselect, b->subselect);
    default:
        return true;
    }
}

bool expr_equal(const struct expr *a, const struct expr *b)
{
    if (a == b)
        return true;
    if (a->op != b->op || a->count != b->count || !type_same(a->type, b->type) || !same_modifiers(a->type, b->type)
        || a->type.collation != b->type.collation || a->collation != b->collation)
        return false;
    for (int i = 0; i < a->count; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return same_node(a, b);
}
