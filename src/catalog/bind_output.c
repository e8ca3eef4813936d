/* What a SELECT or RETURNING gives: names, types, expressions. */
#include "catalog/bind.h"
#include "catalog/fold.h"

/* The name that PostgreSQL gives an output without AS: the column's, the function's, the type's of a cast. */
static const char *name_of(const PgQuery__Node *node)
{
    const PgQuery__Node *last;
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        last = node->column_ref->fields[node->column_ref->n_fields - 1];
        return last->node_case == PG_QUERY__NODE__NODE_STRING ? last->string->sval : "?column?";
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        return node->func_call->funcname[node->func_call->n_funcname - 1]->string->sval;
    case PG_QUERY__NODE__NODE_TYPE_CAST: {
        const char *inner = name_of(node->type_cast->arg);
        const PgQuery__TypeName *type = node->type_cast->type_name;
        return strcmp(inner, "?column?") != 0 || type->n_names == 0 ? inner : type->names[type->n_names - 1]->string->sval;
    }
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
        return name_of(node->a_indirection->arg);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
        return name_of(node->collate_clause->arg);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        return node->case_expr->defresult != NULL && strcmp(name_of(node->case_expr->defresult), "?column?") != 0
                   ? name_of(node->case_expr->defresult) : "case";
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        return "coalesce";
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least";
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
        return "array";
    case PG_QUERY__NODE__NODE_A_EXPR:
        return node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? "nullif" : "?column?";
    case PG_QUERY__NODE__NODE_SUB_LINK: {
        const PgQuery__SelectStmt *s = node->sub_link->subselect->select_stmt;
        if (node->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK)
            return "exists";
        if (node->sub_link->sub_link_type != PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK || s->n_target_list != 1)
            return "?column?";
        const PgQuery__ResTarget *target = s->target_list[0]->res_target;
        return target->name != NULL && target->name[0] != '\0' ? target->name : name_of(target->val);
    }
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
        switch (node->sqlvalue_function->op) {
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: return "current_date";
        case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP: return "localtimestamp";
        default: return "current_timestamp";
        }
    default:
        return "?column?";
    }
}

static int refuse_many(const struct binder *binder)
{
    return fail(binder->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d outputs", SELECT_COLUMNS_MAX);
}

/* All columns of all tables, or of the one with this qualifier. */
static int add_star(struct binder *binder, const char *qualifier, int location, struct output *outputs, int *count)
{
    bool seen = false;
    struct buf names = { 0 };
    if (binder->stars != NULL && binder->stars->count == STARS_MAX)
        return fail(binder->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d * in a view", STARS_MAX);
    for (int r = 0; r < binder->range_count; r++) {
        const struct range *range = &binder->ranges[r];
        if (qualifier != NULL && strcmp(range->alias, qualifier) != 0)
            continue;
        seen = true;
        for (int i = 0; i < range->table->column_count; i++) {
            const struct column *column = &range->table->columns[i];
            if (column->dropped)
                continue;
            if (*count == SELECT_COLUMNS_MAX) {
                buf_done(&names);
                return refuse_many(binder);
            }
            outputs[(*count)++] = (struct output){ column->name, column->type, expr_column(range->first + i, column->type, binder->arena) };
            if (binder->stars != NULL)
                name_column(range->alias, column->name, &names);
        }
    }
    if (binder->stars != NULL && seen)
        binder->stars->items[binder->stars->count++] = (struct star){ location, arena_string(binder->arena, buf_slice(&names)) };
    buf_done(&names);
    if (seen)
        return 0;
    if (qualifier != NULL)
        fail(binder->error, SQLSTATE_UNDEFINED_TABLE, "missing FROM-clause entry for table \"%s\"", qualifier);
    else
        fail(binder->error, SQLSTATE_SYNTAX_ERROR, "SELECT * with no tables specified is not valid");
    return bind_locate(binder, location);
}

/* How many outputs there can be at most. */
static int count_outputs(const struct binder *binder, const struct target *targets, int count)
{
    int most = 0;
    const char *qualifier;
    for (int i = 0; i < count; i++)
        most += target_is_star(&targets[i], &qualifier) ? binder->to->column_count : 1;
    return most < SELECT_COLUMNS_MAX ? most : SELECT_COLUMNS_MAX;
}

int bind_targets(struct binder *binder, const struct target *targets, int count, struct output **ret, int *ret_count)
{
    *ret = ARENA_ARRAY(binder->arena, struct output, count_outputs(binder, targets, count) + 1);
    *ret_count = 0;
    for (int i = 0; i < count; i++) {
        const char *qualifier;
        if (target_is_star(&targets[i], &qualifier)) {
            if (add_star(binder, qualifier, targets[i].location, *ret, ret_count) < 0)
                return -1;
            continue;
        }
        if (*ret_count == SELECT_COLUMNS_MAX)
            return refuse_many(binder);
        struct output *output = &(*ret)[(*ret_count)++];
        output->name = targets[i].name != NULL ? targets[i].name : name_of(targets[i].value);
        if (expr_compile(targets[i].value, &binder->scope, type_of(TYPE_UNKNOWN), binder->arena, &output->expr, binder->error) < 0)
            return -1;
        output->type = output->expr->type;
    }
    return 0;
}
