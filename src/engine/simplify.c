#include "engine/simplify.h"

static const struct expr *constant(struct evaluation *e, const struct expr *like, struct value value)
{
    return expr_const(like->type, value, e->rq->arena);
}

bool expr_always(const struct expr *expr)
{
    return expr->op == EXPR_CONST && expr->constant.kind == VALUE_BOOL && expr->constant.boolean;
}

bool expr_never(const struct expr *expr)
{
    return expr->op == EXPR_CONST && (value_is_null(&expr->constant) || !expr->constant.boolean);
}

static bool is_false(const struct expr *expr)
{
    return expr_never(expr) && !value_is_null(&expr->constant);
}

/* Evaluates a node that needs no row; the node itself when that fails. */
static const struct expr *decide(struct evaluation *e, const struct expr *expr)
{
    struct value value;
    struct error *error = e->rq->error;
    if (expr_eval(expr, &e->eval, &value, error) < 0) {
        error_clear(error);
        return expr;
    }
    return constant(e, expr, value);
}

/* In one house every row has its organization. */
static const struct expr *simplify_column(struct evaluation *e, const struct expr *expr)
{
    const struct principal *who = e->rq->who;
    struct uuid organization;
    if (expr->depth != 0 || e->house == HOUSE_ANY || e->table->tenancy != TENANCY_TENANT || expr->column != e->table->tenant_column)
        return expr;
    if (e->house == TENANT_SYSTEM)
        return constant(e, expr, VALUE_OF_NULL);
    if (who->has_house && who->house == e->house)
        organization = who->organization;
    else if (!store_house_organization(e->rq->view, e->house, &organization))
        return expr;
    return constant(e, expr, value_uuid(organization));
}

static const struct expr *simplify_subselect(struct evaluation *e, const struct expr *expr)
{
    const struct subselect *subselect = expr->subselect;
    if (subselect->correlated)
        return expr;
    if (subselect->kind != SUBSELECT_IN)
        return decide(e, expr);
    const struct expr *left = simplify(e, subselect->left);
    if (left == subselect->left && left->op != EXPR_CONST)
        return expr;
    struct subselect *copy = ARENA_NEW(e->rq->arena, struct subselect);
    struct expr *node = ARENA_NEW(e->rq->arena, struct expr);
    *copy = *subselect;
    copy->left = left;
    *node = *expr;
    node->subselect = copy;
    return left->op == EXPR_CONST ? decide(e, node) : node;
}

/* AND and OR: `deciding` ends it, its opposite drops out. NULLs stay, they matter under a NOT. */
static const struct expr *simplify_logic(struct evaluation *e, const struct expr *expr)
{
    bool or = expr->op == EXPR_OR;
    const struct expr **left = ARENA_ARRAY(e->rq->arena, const struct expr *, expr->count);
    int count = 0;
    for (int i = 0; i < expr->count; i++) {
        const struct expr *arg = simplify(e, expr->args[i]);
        if (or ? expr_always(arg) : is_false(arg))
            return arg;
        if (or ? !is_false(arg) : !expr_always(arg))
            left[count++] = arg;
    }
    if (count == 0)
        return constant(e, expr, value_bool(!or));
    if (count == 1)
        return left[0];
    struct expr *node = ARENA_NEW(e->rq->arena, struct expr);
    *node = *expr;
    node->args = left;
    node->count = count;
    return node;
}

static const struct expr *simplify_args(struct evaluation *e, const struct expr *expr)
{
    bool all = expr->op != EXPR_FUNCTION || expr->function->volatility != FUNCTION_VOLATILE, same = true;
    const struct expr **args = ARENA_ARRAY(e->rq->arena, const struct expr *, expr->count);
    for (int i = 0; i < expr->count; i++) {
        args[i] = simplify(e, expr->args[i]);
        all = all && args[i]->op == EXPR_CONST;
        same = same && args[i] == expr->args[i];
    }
    if (!same) {
        struct expr *node = ARENA_NEW(e->rq->arena, struct expr);
        *node = *expr;
        node->args = args;
        expr = node;
    }
    return all ? decide(e, expr) : expr;
}

const struct expr *simplify(struct evaluation *e, const struct expr *expr)
{
    switch (expr->op) {
    case EXPR_CONST:
        return expr;
    case EXPR_COLUMN:
        return simplify_column(e, expr);
    case EXPR_PARAM:
        return decide(e, expr);
    case EXPR_SUBSELECT:
        return simplify_subselect(e, expr);
    case EXPR_AND:
    case EXPR_OR:
        return simplify_logic(e, expr);
    default:
        return simplify_args(e, expr);
    }
}
