#include "engine/policy/simplify.h"

#include "engine/houses.h"
#include "engine/select/subselect.h"

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
    struct error ignored;
    if (expr->depth != 0 || e->house == HOUSE_ANY || e->table->tenancy != TENANCY_TENANT || expr->column != e->table->tenant_column)
        return expr;
    if (e->house == TENANT_SYSTEM)
        return constant(e, expr, VALUE_OF_NULL);
    if (who->has_house && who->house == e->house)
        organization = who->organization;
    else if (store_house_organization(e->rq->view, e->house, &organization, &ignored) != 1)
        return expr;                                    /* each row says it itself */
    return constant(e, expr, value_uuid(organization));
}

/* --- Children --- */

/* Whether a part of a sub-select's condition is TRUE for every row that the outer row may refer to. */
static bool holds_in_house(struct evaluation *outer, const struct table *table, const struct expr *part)
{
    struct evaluation inner;
    evaluation_start(&inner, outer->rq, table, outer->house);
    inner.outer = outer;
    inner.expansion = outer->expansion;
    inner.stored = true;
    return expr_always(simplify(&inner, part));
}

/* Whether the policies of a table hide no row of the house from who asks. */
static bool all_are_seen(struct evaluation *outer, const struct table *table)
{
    const struct guard *guard;
    if (subselect_guard(outer, table, outer->house, &guard) == 0)
        return guard->access == ACCESS_ALL;
    error_clear(outer->rq->error);
    return false;
}

/* The column of the outer row along which EXISTS looks for its parent, when nothing else is left to ask of the parent: -1: no. */
static int only_reference(struct evaluation *e, const struct subselect *subselect)
{
    const struct expr *where = subselect->where;
    int column = -1;
    if (!e->stored || e->outer != NULL || e->house == HOUSE_ANY || subselect->kind != SUBSELECT_EXISTS || where == NULL)
        return -1;
    int count = where->op == EXPR_AND ? where->count : 1;
    for (int i = 0; i < count; i++) {
        const struct expr *part = where->op == EXPR_AND ? where->args[i] : where;
        const struct foreign_key *fk = subselect_reference(e->table, subselect->table, part);
        if (fk != NULL && column < 0 && table_in_houses(fk->target))
            column = fk->columns[0];
        else if (!holds_in_house(e, subselect->table, part))
            return -1;
    }
    return column >= 0 && all_are_seen(e, subselect->table) ? column : -1;
}

static const struct expr *parent_is_there(struct evaluation *e, const struct expr *expr, int column)
{
    const struct expr *arg = expr_column(column, e->table->columns[column].type, e->rq->arena), *there;
    if (e->table->columns[column].not_null)
        return constant(e, expr, value_bool(true));
    return expr_make(EXPR_IS_NOT_NULL, &arg, 1, e->rq->arena, &there, e->rq->error) < 0 ? expr : there;
}

static const struct expr *simplify_correlated(struct evaluation *e, const struct expr *expr)
{
    int column = only_reference(e, expr->subselect);
    return column < 0 ? expr : parent_is_there(e, expr, column);
}

/* --- Sub-selects --- */

static const struct expr *simplify_subselect(struct evaluation *e, const struct expr *expr)
{
    const struct subselect *subselect = expr->subselect;
    if (subselect->correlated)
        return simplify_correlated(e, expr);
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
