/* GROUP BY and ORDER BY: names and numbers of outputs, expressions, and what may be read of a group. */
#include "catalog/bind.h"

/* --- Outputs by name and number --- */

/* An integer constant: ORDER BY 2. 1, 0 it is none, -1 out of range. */
static int output_by_number(struct binder *binder, const PgQuery__Node *node, const char *clause, int location, int *ret)
{
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST)
        return 0;
    const PgQuery__AConst *constant = node->a_const;
    if (constant->isnull || constant->val_case != PG_QUERY__A__CONST__VAL_IVAL) {
        fail(binder->error, SQLSTATE_SYNTAX_ERROR, "non-integer constant in %s", clause);
        return bind_locate(binder, location);
    }
    *ret = constant->ival->ival - 1;
    if (*ret >= 0 && *ret < binder->to->output_count)
        return 1;
    fail(binder->error, SQLSTATE_INVALID_COLUMN_REFERENCE, "%s position %d is not in select list", clause, constant->ival->ival);
    return bind_locate(binder, location);
}

/* The name of a column reference without a qualifier, else NULL. */
static const char *bare_name(const PgQuery__Node *node)
{
    if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node->column_ref->n_fields != 1)
        return NULL;
    const PgQuery__Node *field = node->column_ref->fields[0];
    return field->node_case == PG_QUERY__NODE__NODE_STRING ? field->string->sval : NULL;
}

/* 1, 0 there is none, -1 when different outputs have the name. */
static int output_by_name(struct binder *binder, const char *name, const char *clause, int location, int *ret)
{
    const struct bound_select *to = binder->to;
    int found = 0;
    for (int i = 0; i < to->output_count; i++) {
        if (strcmp(to->outputs[i].name, name) != 0)
            continue;
        if (found > 0 && !expr_equal(to->outputs[i].expr, to->outputs[*ret].expr)) {
            fail(binder->error, SQLSTATE_AMBIGUOUS_COLUMN, "%s \"%s\" is ambiguous", clause, name);
            return bind_locate(binder, location);
        }
        if (found == 0)
            *ret = i;
        found = 1;
    }
    return found;
}

/* --- ORDER BY: an output's name first, then a number, then an expression over the row --- */

static bool has_order(struct type type)
{
    return type.id != TYPE_JSON;
}

static int refuse_type(struct binder *binder, const char *what, struct type type, int location)
{
    fail(binder->error, SQLSTATE_UNDEFINED_FUNCTION, "could not identify an %s operator for type %s", what, type_name(type, binder->arena));
    return bind_locate(binder, location);
}

/* As in PostgreSQL said at once, other than of comparisons. */
static int want_collation(struct binder *binder, const struct expr *expr)
{
    const struct expr *two[2];
    if (!type_is_collatable(expr->type) || expr->collating != COLLATING_CONFLICT)
        return 0;
    expr_conflict(expr, two);
    fail(binder->error, SQLSTATE_COLLATION_MISMATCH, "collation mismatch between implicit collations \"%s\" and \"%s\"",
         collation_name(two[0]->type.collation), collation_name(two[1]->type.collation));
    fail_hint(binder->error, "You can choose the collation by applying the COLLATE clause to one or both expressions.");
    return bind_locate(binder, two[1]->place - 1);
}

static int bind_sort(struct binder *binder, const struct sort_key *key, struct sort_by *ret)
{
    struct bound_select *to = binder->to;
    const char *name = bare_name(key->value);
    int found = name != NULL ? output_by_name(binder, name, "ORDER BY", key->location, &ret->output) : 0;
    if (found == 0)
        found = output_by_number(binder, key->value, "ORDER BY", key->location, &ret->output);
    if (found < 0)
        return -1;
    if (found == 0 && expr_compile(key->value, &binder->scope, type_of(TYPE_UNKNOWN), binder->arena, &ret->expr, binder->error) < 0)
        return -1;
    for (int i = 0; i < to->output_count && ret->expr != NULL; i++)
        if (expr_equal(ret->expr, to->outputs[i].expr)) {
            ret->expr = NULL;
            ret->output = i;
        }
    ret->type = ret->expr != NULL ? ret->expr->type : to->outputs[ret->output].type;
    ret->order = (struct key_order){ key->desc, key->nulls_first };
    if (!has_order(ret->type))
        return refuse_type(binder, "ordering", ret->type, key->location);
    if (want_collation(binder, ret->expr != NULL ? ret->expr : to->outputs[ret->output].expr) < 0)
        return -1;
    if (to->distinct && ret->expr != NULL) {
        fail(binder->error, SQLSTATE_INVALID_COLUMN_REFERENCE, "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
        return bind_locate(binder, key->location);
    }
    return 0;
}

int bind_sorts(struct binder *binder, const struct select_statement *select)
{
    struct bound_select *to = binder->to;
    to->sort_count = select->sort_count;
    to->sorts = ARENA_ARRAY(binder->arena, struct sort_by, to->sort_count + 1);
    for (int i = 0; i < to->sort_count; i++)
        if (bind_sort(binder, &select->sorts[i], &to->sorts[i]) < 0)
            return -1;
    for (int i = 0; i < to->output_count && to->distinct; i++)
        if (!has_order(to->outputs[i].type))
            return refuse_type(binder, "equality", to->outputs[i].type, -1);
    for (int i = 0; i < to->output_count && to->distinct; i++)
        if (want_collation(binder, to->outputs[i].expr) < 0)
            return -1;
    return 0;
}

/* --- GROUP BY: a column of the row first, then an output's name or number --- */

static bool is_column(const struct binder *binder, const char *name)
{
    struct type type;
    if (binder->scope.table == NULL)
        return false;
    return binder->scope.resolve(binder->scope.table, NULL, slice_of_string(name), &type) != RESOLVED_NONE;
}

static int bind_group(struct binder *binder, const PgQuery__Node *node, const struct expr **ret)
{
    const char *name = bare_name(node);
    int location = node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? node->column_ref->location
                 : node->node_case == PG_QUERY__NODE__NODE_A_CONST ? node->a_const->location : -1;
    int output = 0, found = 0;
    if (name != NULL && !is_column(binder, name))
        found = output_by_name(binder, name, "GROUP BY", location, &output);
    if (found == 0)
        found = output_by_number(binder, node, "GROUP BY", location, &output);
    if (found < 0)
        return -1;
    if (found == 1)
        *ret = binder->to->outputs[output].expr;
    else if (expr_compile(node, &binder->scope, type_of(TYPE_UNKNOWN), binder->arena, ret, binder->error) < 0)
        return -1;
    return has_order((*ret)->type) ? want_collation(binder, *ret) : refuse_type(binder, "equality", (*ret)->type, location);
}

/* Where an aggregate stands, from 1; 0: there is none. */
static int find_aggregate(const struct expr *expr, void *env)
{
    const struct bound_select *to = env;
    return expr->op == EXPR_COLUMN && expr->depth == 0 && expr->column >= to->column_count ? expr->place : 0;
}

int bind_groups(struct binder *binder, const struct select_statement *select)
{
    struct bound_select *to = binder->to;
    to->group_count = select->group_count;
    to->groups = ARENA_ARRAY(binder->arena, const struct expr *, to->group_count + 1);
    for (int i = 0; i < to->group_count; i++) {
        if (bind_group(binder, select->groups[i], &to->groups[i]) < 0)
            return -1;
        int place = to->aggregates.count > 0 ? expr_walk(to->groups[i], find_aggregate, to) : 0;
        if (place == 0)
            continue;
        fail(binder->error, SQLSTATE_GROUPING_ERROR, "aggregate functions are not allowed in GROUP BY");
        return bind_locate(binder, place - 1);
    }
    return 0;
}

/* --- (B2) --- */

static const struct range *range_of(const struct binder *binder, int column)
{
    for (int i = 0; i < binder->range_count; i++) {
        const struct range *range = &binder->ranges[i];
        if (column >= range->first && column < range->first + range->table->column_count)
            return range;
    }
    return NULL;
}

static bool grouped_by_column(const struct bound_select *to, int column)
{
    for (int i = 0; i < to->group_count; i++)
        if (to->groups[i]->op == EXPR_COLUMN && to->groups[i]->depth == 0 && to->groups[i]->column == column)
            return true;
    return false;
}

/* The rows of a view have no key. */
static bool grouped_by_key(const struct bound_select *to, const struct range *range)
{
    const struct index *key = range->table->primary;
    for (int i = 0; key != NULL && i < key->count; i++)
        if (!grouped_by_column(to, range->first + key->columns[i].column))
            return false;
    return key != NULL;
}

/* `level`: how many sub-selects lie between the expression and the grouping SELECT. */
static int check(struct binder *binder, const struct expr *expr, int level)
{
    const struct bound_select *to = binder->to;
    if (expr == NULL)
        return 0;
    for (int i = 0; i < to->group_count && level == 0; i++)
        if (expr_equal(expr, to->groups[i]))
            return 0;
    if (expr->op == EXPR_COLUMN && expr->depth == level && expr->column < to->column_count && !grouped_by_column(to, expr->column)) {
        const struct range *range = range_of(binder, expr->column);
        if (!grouped_by_key(to, range)) {
            fail(binder->error, SQLSTATE_GROUPING_ERROR, "column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate function",
                 range->alias, range->table->columns[expr->column - range->first].name);
            return bind_locate(binder, expr->place - 1);
        }
    }
    if (expr->op == EXPR_SUBSELECT && (check(binder, expr->subselect->left, level) < 0 || check(binder, expr->subselect->where, level + 1) < 0
                                       || check(binder, expr->subselect->output, level + 1) < 0))
        return -1;
    for (int i = 0; i < expr->count; i++)
        if (check(binder, expr->args[i], level) < 0)
            return -1;
    return 0;
}

int bind_check_groups(struct binder *binder)
{
    struct bound_select *to = binder->to;
    if (!to->grouped)
        return 0;
    for (int i = 0; i < to->output_count; i++)
        if (check(binder, to->outputs[i].expr, 0) < 0)
            return -1;
    for (int i = 0; i < to->sort_count; i++)
        if (check(binder, to->sorts[i].expr, 0) < 0)
            return -1;
    return check(binder, to->having, 0);
}
