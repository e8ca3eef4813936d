/* What a SELECT or RETURNING gives: names, types, expressions. */
#include "catalog/bind.h"
#include "catalog/fold.h"

/* --- The name of an output without AS: PostgreSQL's FigureColname (src/backend/parser/parse_target.c) --- */

#define NO_NAME "?column?"

/* A cast and a CASE give their own name unless what is inside them has a good one. */
enum naming { NAMING_NONE, NAMING_WEAK, NAMING_GOOD };

static const char *last_string(PgQuery__Node *const *nodes, size_t count)
{
    while (count > 0)
        if (nodes[--count]->node_case == PG_QUERY__NODE__NODE_STRING)
            return nodes[count]->string->sval;
    return NULL;
}

static enum naming good(const char *name, const char **ret)
{
    *ret = name;
    return NAMING_GOOD;
}

static enum naming weak(enum naming inner, const char *name, const char **ret)
{
    if (inner == NAMING_GOOD || name == NULL)
        return inner;
    *ret = name;
    return NAMING_WEAK;
}

static const char *value_function(PgQuery__SQLValueFunctionOp op)
{
    switch (op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: return "current_date";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N: return "current_time";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: return "localtime";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: return "localtimestamp";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE: return "current_role";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER: return "current_user";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER: return "user";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER: return "session_user";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG: return "current_catalog";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA: return "current_schema";
    default: return "current_timestamp";
    }
}

static const char *target_name(const struct target *target);

static enum naming sub_link(const PgQuery__SubLink *link, const char **ret)
{
    struct target target = { 0 };
    switch (link->sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK: return good("exists", ret);
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK: return good("array", ret);
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: break;
    default: return NAMING_NONE;
    }
    const PgQuery__SelectStmt *select = link->subselect->select_stmt;
    if (select->n_target_list == 0 || select->target_list[0]->node_case != PG_QUERY__NODE__NODE_RES_TARGET)
        return NAMING_NONE;
    const char *name = select->target_list[0]->res_target->name;
    target.name = given(name) ? name : NULL;
    target.value = select->target_list[0]->res_target->val;
    return good(target_name(&target), ret);
}

static enum naming name_of(const PgQuery__Node *node, const char **ret)
{
    const char *field;
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        field = last_string(node->column_ref->fields, node->column_ref->n_fields);
        return field == NULL ? NAMING_NONE : good(field, ret);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        return good(last_string(node->func_call->funcname, node->func_call->n_funcname), ret);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        return weak(name_of(node->type_cast->arg, ret), last_string(node->type_cast->type_name->names, node->type_cast->type_name->n_names), ret);
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
        field = last_string(node->a_indirection->indirection, node->a_indirection->n_indirection);
        return field == NULL ? name_of(node->a_indirection->arg, ret) : good(field, ret);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
        return name_of(node->collate_clause->arg, ret);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        return weak(node->case_expr->defresult == NULL ? NAMING_NONE : name_of(node->case_expr->defresult, ret), "case", ret);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        return good("coalesce", ret);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return good(node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least", ret);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
        return good("array", ret);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
        return good("row", ret);
    case PG_QUERY__NODE__NODE_A_EXPR:
        return node->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? good("nullif", ret) : NAMING_NONE;
    case PG_QUERY__NODE__NODE_SUB_LINK:
        return sub_link(node->sub_link, ret);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
        return good(value_function(node->sqlvalue_function->op), ret);
    default:
        return NAMING_NONE;
    }
}

static const char *target_name(const struct target *target)
{
    const char *name = NO_NAME;
    if (target->name != NULL)
        return target->name;
    return name_of(target->value, &name) == NAMING_NONE ? NO_NAME : name;
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
            bind_mention(binder, range, i);
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
        output->name = target_name(&targets[i]);
        if (expr_compile(targets[i].value, &binder->scope, type_of(TYPE_UNKNOWN), binder->arena, &output->expr, binder->error) < 0)
            return -1;
        output->type = output->expr->type;
    }
    return 0;
}
