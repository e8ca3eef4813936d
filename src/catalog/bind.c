#include "catalog/bind.h"

static int bind_condition(struct binder *binder, const PgQuery__Node *node, const struct expr **ret)
{
    return node == NULL ? 0 : expr_compile(node, &binder->scope, type_of(TYPE_BOOL), binder->arena, ret, binder->error);
}

/* Where an expression looks at a row, from 1; 0: nowhere. */
static int row_place(const struct expr *expr)
{
    int found = expr->op == EXPR_COLUMN || (expr->op == EXPR_SUBSELECT && expr->subselect->correlated) ? expr->place : 0;
    for (int i = 0; i < expr->count && found == 0; i++)
        found = row_place(expr->args[i]);
    return found;
}

/* LIMIT and OFFSET see no columns. */
static int bind_number(struct binder *binder, const PgQuery__Node *node, const char *clause, const struct expr **ret)
{
    if (node == NULL)
        return 0;
    if (expr_compile(node, &binder->scope, type_of(TYPE_INT8), binder->arena, ret, binder->error) < 0)
        return -1;
    int place = row_place(*ret);
    if (place == 0)
        return 0;
    fail(binder->error, SQLSTATE_INVALID_COLUMN_REFERENCE, "argument of %s must not contain variables", clause);
    return bind_locate(binder, place - 1);
}

/* In the order in which PostgreSQL reads the clauses, because the first use of a parameter decides its type. */
static int bind_clauses(struct binder *binder, const struct select_statement *select)
{
    struct bound_select *to = binder->to;
    to->distinct = select->distinct;
    to->aggregates.first_column = to->column_count;
    binder->scope.aggregates = &to->aggregates;
    if (bind_targets(binder, select->targets, select->target_count, &to->outputs, &to->output_count) < 0)
        return -1;
    binder->scope.aggregates = NULL;
    if (bind_condition(binder, select->where, &to->where) < 0)
        return -1;
    binder->scope.aggregates = &to->aggregates;
    if (bind_condition(binder, select->having, &to->having) < 0 || bind_sorts(binder, select) < 0)
        return -1;
    binder->scope.aggregates = NULL;
    if (bind_groups(binder, select) < 0)
        return -1;
    to->grouped = to->group_count > 0 || to->aggregates.count > 0 || to->having != NULL;
    if (bind_check_groups(binder) < 0)
        return -1;
    return bind_number(binder, select->limit, "LIMIT", &to->limit) < 0 ? -1 : bind_number(binder, select->offset, "OFFSET", &to->offset);
}

int bind_names(struct binder *binder, const struct select_statement *select)
{
    if (bind_from(binder, select) < 0 || bind_clauses(binder, select) < 0)
        return -1;
    bind_replace(binder);
    bind_settle(binder->to, binder->arena);
    return 0;
}
