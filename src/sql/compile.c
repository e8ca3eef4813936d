/* From the grammar's nodes to typed ones: which node becomes what. Names are sql/compile_name.c, typing is sql/build.c. */
#include "sql/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sql/aggregate.h"
#include "sql/lex.h"

/* --- Errors --- */

void *compile_locate(struct compiler *c, int location)
{
    if (location < 0 || c->scope == NULL || c->scope->source.size == 0)
        return NULL;
    int line, column;
    lex_position(c->scope->source, (size_t)location, &line, &column);
    size_t used = strlen(c->error->message);
    snprintf(c->error->message + used, sizeof c->error->message - used, " at line %d, column %d", line + c->scope->source_line - 1, column);
    return NULL;
}

void *compile_fail(struct compiler *c, int location, enum sqlstate state, const char *format, ...)
{
    char message[ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fail(c->error, state, "%s", message);
    return compile_locate(c, location);
}

void *compile_unsupported(struct compiler *c, int location, const char *what)
{
    return compile_fail(c, location, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported", what);
}

/* --- Parameters and constants --- */

static const struct expr *compile_param(struct compiler *c, const PgQuery__ParamRef *ref)
{
    if (ref->number < 1 || ref->number > c->scope->params_max)
        return compile_fail(c, ref->location, SQLSTATE_UNDEFINED_PARAMETER, "there is no parameter $%d", ref->number);
    if (c->scope->params_used != NULL && *c->scope->params_used < ref->number)
        *c->scope->params_used = ref->number;
    struct expr *e = ARENA_NEW(c->arena, struct expr);
    *e = (struct expr){ .op = EXPR_PARAM, .type = c->scope->params[ref->number - 1] };
    e->param = ref->number - 1;
    return e;
}

static const struct expr *unknown(struct compiler *c, struct value value)
{
    return expr_const(type_of(TYPE_UNKNOWN), value, c->arena);
}

/* Digits that fit an integer of 8 bytes are one, all else is numeric. */
static const struct expr *number(struct compiler *c, const char *text, int location)
{
    struct type type = type_of(strpbrk(text, ".eE") == NULL ? TYPE_INT8 : TYPE_NUMERIC);
    struct value value;
    struct slice digits = slice_of_string(text);
    if (type.id == TYPE_INT8 && value_from_text(type, digits, c->arena, &value, c->error) < 0) {
        error_clear(c->error);
        type = type_of(TYPE_NUMERIC);
    } else if (type.id == TYPE_INT8 && value.integer == INT32_MIN) {
        type = type_of(TYPE_INT4);          /* the one that the grammar cannot write as an integer */
    }
    if (type.id == TYPE_NUMERIC && value_from_text(type, digits, c->arena, &value, c->error) < 0)
        return compile_locate(c, location);
    return expr_const(type, value, c->arena);
}

static const struct expr *compile_const(struct compiler *c, const PgQuery__AConst *k)
{
    if (k->isnull)
        return unknown(c, VALUE_OF_NULL);
    switch (k->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        return expr_const(type_of(TYPE_INT4), value_int(k->ival->ival), c->arena);
    case PG_QUERY__A__CONST__VAL_FVAL:
        return number(c, k->fval->fval, k->location);
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        return expr_const(type_of(TYPE_BOOL), value_bool(k->boolval->boolval), c->arena);
    case PG_QUERY__A__CONST__VAL_SVAL:
        return unknown(c, value_text(arena_copy(c->arena, slice_of_string(k->sval->sval))));
    default:
        return compile_unsupported(c, k->location, "a bit string");
    }
}

/* --- Strings and lists --- */

const char *compile_string(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}

const struct expr **compile_list(struct compiler *c, PgQuery__Node *const *nodes, size_t count, int spare)
{
    const struct expr **list = ARENA_ARRAY(c->arena, const struct expr *, (int)count + spare + 1);
    for (size_t i = 0; i < count; i++)
        if ((list[(size_t)spare + i] = compile_node(c, nodes[i])) == NULL)
            return NULL;
    return list;
}

/* --- Logic --- */

static const struct expr *compile_bool(struct compiler *c, const PgQuery__BoolExpr *e)
{
    const struct expr **args = compile_list(c, e->args, e->n_args, 0);
    enum expr_op op = e->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR ? EXPR_AND : e->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR ? EXPR_OR : EXPR_NOT;
    return args == NULL ? NULL : build_logic(c, op, args, (int)e->n_args, e->location);
}

static const struct expr *compile_boolean_test(struct compiler *c, const PgQuery__BooleanTest *t)
{
    const struct expr *arg = compile_node(c, t->arg);
    if (arg == NULL)
        return NULL;
    switch (t->booltesttype) {
    case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE:
        return build_test(c, EXPR_IS_TRUE, arg, t->location);
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE:
        return build_test(c, EXPR_IS_NOT_TRUE, arg, t->location);
    case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE:
        return build_test(c, EXPR_IS_FALSE, arg, t->location);
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE:
        return build_test(c, EXPR_IS_NOT_FALSE, arg, t->location);
    default:
        arg = coerce_boolean(c, arg, t->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN ? "IS UNKNOWN" : "IS NOT UNKNOWN", t->location);
        return arg == NULL ? NULL : build_test(c, t->booltesttype == PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN ? EXPR_IS_NULL : EXPR_IS_NOT_NULL, arg, t->location);
    }
}

/* --- Choice --- */

static const struct expr *compile_case(struct compiler *c, const PgQuery__CaseExpr *e)
{
    const struct expr *arg = e->arg != NULL ? compile_node(c, e->arg) : NULL;
    if (e->arg != NULL && arg == NULL)
        return NULL;
    if (arg != NULL && (arg = coerce_unknown(c, arg, e->location)) == NULL)
        return NULL;
    const struct expr **all = ARENA_ARRAY(c->arena, const struct expr *, 2 * (int)e->n_args + 1);
    int count = 0;
    for (size_t i = 0; i < e->n_args; i++) {
        const PgQuery__CaseWhen *when = e->args[i]->case_when;
        const struct expr *condition = compile_node(c, when->expr);
        if (condition != NULL && arg != NULL)
            condition = build_compare(c, EXPR_EQ, arg, condition, when->location);
        const struct expr *result = condition != NULL ? compile_node(c, when->result) : NULL;
        if (result == NULL)
            return NULL;
        all[count++] = condition;
        all[count++] = result;
    }
    all[count++] = e->defresult != NULL ? compile_node(c, e->defresult) : unknown(c, VALUE_OF_NULL);
    return all[count - 1] == NULL ? NULL : build_case(c, all, count, e->location);
}

static const struct expr *compile_coalesce(struct compiler *c, const PgQuery__CoalesceExpr *e)
{
    const struct expr **args = compile_list(c, e->args, e->n_args, 0);
    return args == NULL ? NULL : build_coalesce(c, args, (int)e->n_args, e->location);
}

static const struct expr *compile_minmax(struct compiler *c, const PgQuery__MinMaxExpr *e)
{
    const struct expr **args = compile_list(c, e->args, e->n_args, 0);
    bool greatest = e->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
    const char *name = greatest ? "greatest" : "least";
    struct type type;
    if (args == NULL || common_type(c, args, (int)e->n_args, greatest ? "GREATEST" : "LEAST", &type, e->location) < 0)
        return NULL;
    return build_function(c, slice_of_string(name), args, (int)e->n_args, e->location);
}

/* --- Calls and casts --- */

/* now(), auth.uid(): the schemas where built-ins live elsewhere are left out. */
static const char *function_name(struct compiler *c, const PgQuery__FuncCall *call)
{
    const char *last = compile_string(call->funcname[call->n_funcname - 1]);
    const char *schema = call->n_funcname == 2 ? compile_string(call->funcname[0]) : NULL;
    if (schema == NULL || strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "public") == 0 || strcmp(schema, "extensions") == 0)
        return last;
    if (strcmp(schema, "auth") == 0 && c->scope->mention != NULL)
        c->scope->mention(c->scope->needs, NULL, MENTION_QUALIFIED);
    return arena_printf(c->arena, "%s.%s", schema, last);
}

static const struct expr *compile_call(struct compiler *c, const PgQuery__FuncCall *call)
{
    const char *name = function_name(c, call);
    if (call->over != NULL)
        return compile_unsupported(c, call->location, "a window function");
    if (aggregate_exists(slice_of_string(name)) || call->agg_star || call->agg_distinct || call->n_agg_order > 0 || call->agg_filter != NULL || call->agg_within_group)
        return compile_aggregate(c, name, call);
    if (call->func_variadic)
        return compile_unsupported(c, call->location, "VARIADIC");
    const struct expr **args = compile_list(c, call->args, call->n_args, 0);
    return args == NULL ? NULL : build_function(c, slice_of_string(name), args, (int)call->n_args, call->location);
}

static const struct expr *compile_value_function(struct compiler *c, const PgQuery__SQLValueFunction *f)
{
    const struct expr *now = build_function(c, SLICE_LITERAL("now"), NULL, 0, f->location);
    switch (f->op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
        return now;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
        return coerce(c, now, type_of(TYPE_TIMESTAMP), CAST_EXPLICIT, f->location);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE:
        return coerce(c, now, type_of(TYPE_DATE), CAST_EXPLICIT, f->location);
    default:
        return compile_unsupported(c, f->location, "this SQL value function");
    }
}

static const struct expr *compile_cast(struct compiler *c, const PgQuery__TypeCast *cast)
{
    struct type type;
    if (type_from_node(cast->type_name, c->scope, &type, c->error) < 0)
        return compile_locate(c, cast->type_name->location);
    bool empty_array = cast->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && cast->arg->a_array_expr->n_elements == 0;
    if (empty_array && type.array)
        return coerce(c, unknown(c, value_text(SLICE_LITERAL("{}"))), type, CAST_EXPLICIT, cast->location);
    const struct expr *arg = compile_node(c, cast->arg);
    return arg == NULL ? NULL : coerce(c, arg, type, CAST_EXPLICIT, cast->location);
}

static const struct expr *compile_array(struct compiler *c, const PgQuery__AArrayExpr *e)
{
    const struct expr **args = compile_list(c, e->elements, e->n_elements, 0);
    return args == NULL ? NULL : build_array(c, args, (int)e->n_elements, e->location);
}

/* tags[1], settings['theme'] */
static const struct expr *compile_indirection(struct compiler *c, const PgQuery__AIndirection *e)
{
    const struct expr *at = compile_node(c, e->arg);
    for (size_t i = 0; at != NULL && i < e->n_indirection; i++) {
        const PgQuery__Node *node = e->indirection[i];
        if (node->node_case != PG_QUERY__NODE__NODE_A_INDICES || node->a_indices->is_slice)
            return compile_unsupported(c, -1, "selecting a field or a slice");
        const struct expr *index = compile_node(c, node->a_indices->uidx);
        if (index == NULL)
            return NULL;
        bool json = !at->type.array && at->type.id == TYPE_JSONB;
        at = json ? build_operator(c, "->", at, index, -1) : build_function(c, SLICE_LITERAL("[]"), (const struct expr *[]){ at, index }, 2, -1);
    }
    return at;
}

static const struct expr *dispatch(struct compiler *c, const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
        return compile_const(c, node->a_const);
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        return compile_column(c, node->column_ref);
    case PG_QUERY__NODE__NODE_PARAM_REF:
        return compile_param(c, node->param_ref);
    case PG_QUERY__NODE__NODE_A_EXPR:
        return compile_operator(c, node->a_expr);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
        return compile_bool(c, node->bool_expr);
    case PG_QUERY__NODE__NODE_NULL_TEST: {
        const struct expr *arg = compile_node(c, node->null_test->arg);
        bool is_null = node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
        return arg == NULL ? NULL : build_test(c, is_null ? EXPR_IS_NULL : EXPR_IS_NOT_NULL, arg, node->null_test->location);
    }
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
        return compile_boolean_test(c, node->boolean_test);
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        return compile_call(c, node->func_call);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
        return compile_value_function(c, node->sqlvalue_function);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        return compile_cast(c, node->type_cast);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        return compile_case(c, node->case_expr);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        return compile_coalesce(c, node->coalesce_expr);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return compile_minmax(c, node->min_max_expr);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
        return compile_array(c, node->a_array_expr);
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
        return compile_indirection(c, node->a_indirection);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
        return compile_collate(c, node->collate_clause);
    case PG_QUERY__NODE__NODE_SUB_LINK:
        return compile_subselect(c, node->sub_link);
    case PG_QUERY__NODE__NODE_ROW_EXPR:
        return compile_unsupported(c, node->row_expr->location, "a row");
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
        return compile_fail(c, node->set_to_default->location, SQLSTATE_SYNTAX_ERROR, "DEFAULT is not allowed in this context");
    default:
        return compile_unsupported(c, -1, "this expression");
    }
}

const struct expr *compile_node(struct compiler *c, const PgQuery__Node *node)
{
    if (c->depth >= EXPR_DEPTH_MAX)
        return compile_fail(c, -1, SQLSTATE_STATEMENT_TOO_COMPLEX, "expression nests deeper than %d", EXPR_DEPTH_MAX);
    c->depth++;
    const struct expr *e = dispatch(c, node);
    c->depth--;
    if (e == NULL)
        return NULL;
    struct expr *placed = ARENA_NEW(c->arena, struct expr);
    *placed = *e;
    placed->place = node_location(node) + 1;
    return placed;
}

/* --- Entry --- */

int expr_compile(const PgQuery__Node *node, const struct scope *scope, struct type want, struct arena *arena,
                 const struct expr **ret, struct error *error)
{
    struct compiler c = { .scope = scope, .arena = arena, .error = error };
    const struct expr *e = compile_node(&c, node);
    if (e != NULL)
        e = want.id == TYPE_UNKNOWN ? coerce_unknown(&c, e, -1) : coerce(&c, e, want, CAST_ASSIGNMENT, -1);
    if (e == NULL)
        return -1;
    *ret = e;
    return 0;
}

int expr_compile_text(struct slice text, const struct scope *scope, struct type want, struct arena *arena,
                      const struct expr **ret, struct error *error)
{
    struct parsed *parsed;
    const PgQuery__Node *node;
    if (parse_expression(text, &parsed, &node, error) < 0)
        return -1;
    const struct parsed_statement *statement = parsed_statement(parsed, 0);
    struct scope with_source = *scope;
    with_source.source = statement->text;
    with_source.source_line = statement->line;
    int err = expr_compile(node, &with_source, want, arena, ret, error);
    parsed_free(parsed);
    return err;
}
