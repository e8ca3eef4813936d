/* Where a node of the grammar begins. Its own location is that of its operator or keyword: what stands before that is an operand. */
#include "sql/compile.h"

/* The operand that a node begins with, if it does. */
static const PgQuery__Node *first_operand(const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_EXPR:
        return node->a_expr->lexpr;
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
        return node->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR ? NULL : node->bool_expr->args[0];
    case PG_QUERY__NODE__NODE_NULL_TEST:
        return node->null_test->arg;
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
        return node->boolean_test->arg;
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        return node->type_cast->arg;
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
        return node->a_indirection->arg;
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
        return node->collate_clause->arg;
    case PG_QUERY__NODE__NODE_SUB_LINK:
        return node->sub_link->testexpr;
    default:
        return NULL;
    }
}

static int own_location(const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return node->a_const->location;
    case PG_QUERY__NODE__NODE_COLUMN_REF: return node->column_ref->location;
    case PG_QUERY__NODE__NODE_PARAM_REF: return node->param_ref->location;
    case PG_QUERY__NODE__NODE_A_EXPR: return node->a_expr->location;
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return node->bool_expr->location;
    case PG_QUERY__NODE__NODE_FUNC_CALL: return node->func_call->location;
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return node->sqlvalue_function->location;
    case PG_QUERY__NODE__NODE_TYPE_CAST: return node->type_cast->location;
    case PG_QUERY__NODE__NODE_CASE_EXPR: return node->case_expr->location;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return node->coalesce_expr->location;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: return node->min_max_expr->location;
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return node->a_array_expr->location;
    case PG_QUERY__NODE__NODE_SUB_LINK: return node->sub_link->location;
    case PG_QUERY__NODE__NODE_ROW_EXPR: return node->row_expr->location;
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT: return node->set_to_default->location;
    case PG_QUERY__NODE__NODE_RANGE_VAR: return node->range_var->location;
    default: return -1;
    }
}

int node_location(const PgQuery__Node *node)
{
    int own = own_location(node);
    const PgQuery__Node *first = first_operand(node);
    int before = first != NULL ? node_location(first) : -1;
    return before >= 0 && (own < 0 || before < own) ? before : own;
}
