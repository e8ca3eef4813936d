#include "protocol/sql_methods.h"

#include <assert.h>

#include "engine/policy/rights.h"
#include "engine/select/joined.h"
#include "protocol/methods.h"
#include "protocol/query.h"
#include "value/mp.h"

bool method_is_sql(const struct method *method)
{
    return method->run == query_method || method->run == execute_method;
}

/* --- Which native function --- */

static const struct native_function *native_of(const struct kept_query *query)
{
    const struct select_statement *select = query->statement.select;
    if (query->statement.kind != STATEMENT_SELECT || select->call == NULL)
        return NULL;
    const PgQuery__FuncCall *call = select->call;
    const char *schema = call->n_funcname > 1 ? call->funcname[0]->string->sval : "public";
    if (strcmp(schema, "public") != 0)
        return NULL;
    return native_find(slice_of_string(call->funcname[call->n_funcname - 1]->string->sval));
}

/* --- What a call needs --- */

/* The statement of a call; false: there is none, which the call itself will say. -1 in *ret_err: the text is no statement. */
static bool find_statement(const struct method *method, struct queries *queries, struct args args, struct arena *arena,
                           struct kept_query **ret, int *ret_err, struct error *error)
{
    struct slice text;
    *ret_err = 0;
    if (args.count == 0 || !mp_str(&args.rest, &text))
        return false;
    if (method->run == execute_method && (queries_prepared(queries) == NULL || !prepared_find(queries_prepared(queries), text, arena, &text)))
        return false;
    *ret_err = queries_find(queries, text, ret, error);
    return *ret_err == 0;
}

static void kind_of(const struct kept_query *query, struct call_options *ret)
{
    const struct native_function *function = native_of(query);
    bool writes = function != NULL ? function->writes : query->statement.kind != STATEMENT_SELECT;
    ret->kind = writes ? METHOD_WRITE : METHOD_READ;
    ret->relaxed = function != NULL && function->relaxed;
}

int query_kind(const struct method *method, struct queries *queries, struct args args, struct call_options *ret, struct error *error)
{
    struct arena arena;
    struct kept_query *query;
    int err;
    struct queries *own = queries == NULL ? queries_new(NULL) : NULL;
    arena_init(&arena, ARENA_REQUEST_MAX);
    ret->kind = METHOD_READ;
    if (find_statement(method, own != NULL ? own : queries, args, &arena, &query, &err, error))
        kind_of(query, ret);
    arena_done(&arena);
    queries_free(own);
    return err;
}

const struct native_function *query_native(const struct method *method, struct queries *queries, struct args args)
{
    struct arena arena;
    struct kept_query *query;
    struct error ignored;
    int err;
    arena_init(&arena, ARENA_REQUEST_MAX);
    const struct native_function *function = find_statement(method, queries, args, &arena, &query, &err, &ignored) ? native_of(query) : NULL;
    arena_done(&arena);
    return function;
}

/* --- Calling a native function --- */

struct call {
    struct request *rq;
    const struct native_function *function;
    const struct declaration *declaration;      /* or NULL: which parameters there are, and in which order */
    const struct statement *statement;
    struct parameters *parameters;
    struct needs needs;
    struct scope scope;
    const struct expr *args[PARAMETERS_MAX];    /* by position; NULL: not given */
};

static int count_parameters(const struct call *call)
{
    int count = 0;
    if (call->declaration != NULL)
        return call->declaration->count;
    while (count < PARAMETERS_MAX && call->function->parameters[count].name != NULL)
        count++;
    return count;
}

static const char *name_at(const struct call *call, int position)
{
    return call->declaration != NULL ? call->declaration->parameters[position].name : call->function->parameters[position].name;
}

static struct type type_at(const struct call *call, int position)
{
    int number = call->declaration != NULL ? call->declaration->parameters[position].parameter : position;
    return (struct type){ .id = call->function->parameters[number].type, .array = call->function->parameters[number].array };
}

static int position_of(const struct call *call, const char *name)
{
    int position = count_parameters(call);
    while (--position >= 0 && strcmp(name_at(call, position), name) != 0)
        ;
    return position;
}

static int refuse_argument(struct call *call, const char *what)
{
    fail(call->rq->error, SQLSTATE_UNDEFINED_FUNCTION, "function \"%s\" %s", call->function->name, what);
    return fail_hint(call->rq->error, call->declaration != NULL ? "a migration declares its parameters" : "docs/functions.md lists the parameters");
}

/* f(1, 'x', name => 2): by position, then by name. */
static int bind_argument(struct call *call, const PgQuery__Node *node, int position)
{
    int index = position;
    if (node->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
        index = position_of(call, node->named_arg_expr->name);
        if (index < 0)
            return refuse_argument(call, "has no parameter of one of these names");
        node = node->named_arg_expr->arg;
    }
    if (index >= count_parameters(call))
        return refuse_argument(call, "has fewer parameters");
    if (call->args[index] != NULL)
        return refuse_argument(call, "is given a parameter twice");
    return expr_compile(node, &call->scope, type_at(call, index), call->rq->arena, &call->args[index], call->rq->error);
}

static int bind_arguments(struct call *call)
{
    const PgQuery__FuncCall *node = call->statement->select->call;
    catalog_scope(call->rq->view->catalog, NULL, true, &call->scope);
    call->scope.mention = needs_mention;
    call->scope.needs = &call->needs;
    call->scope.source = parsed_statement(call->statement->parsed, 0)->text;
    call->scope.source_line = call->statement->line;
    call->scope.params = call->parameters->types;
    call->scope.params_max = PARAMS_MAX;
    call->scope.params_used = &call->parameters->used;
    if (node->agg_star || node->agg_distinct || node->agg_filter != NULL || node->over != NULL || node->n_agg_order > 0 || node->func_variadic)
        return refuse_argument(call, "is not an aggregate");
    for (size_t i = 0; i < node->n_args; i++)
        if (bind_argument(call, node->args[i], (int)i) < 0)
            return -1;
    return 0;
}

/* What the method `call` would be given: the name and a map of those that are given. */
static int put_params(struct call *call, const struct value *params, struct buf *out)
{
    struct evaluation e;
    uint32_t given = 0;
    evaluation_of_statement(&e, call->rq, call->rq, NULL, params, call->parameters->used);
    for (int i = 0; i < PARAMETERS_MAX; i++)
        given += call->args[i] != NULL;
    mp_put_string(out, call->function->name);
    mp_put_map(out, given);
    for (int i = 0; i < PARAMETERS_MAX; i++) {
        struct value value;
        if (call->args[i] == NULL)
            continue;
        if (expr_eval(call->args[i], &e.eval, &value, call->rq->error) < 0)
            return -1;
        mp_put_string(out, name_at(call, i));
        value_store(call->args[i]->type, &value, out);
    }
    return 0;
}

/* --- Its answer --- */

static const char *type_of_object(struct slice object)
{
    switch (mp_peek(object)) {
    case MP_BOOL: return "boolean";
    case MP_INT: case MP_UINT: return "bigint";
    case MP_FLOAT: case MP_DOUBLE: return "double precision";
    case MP_MAP: case MP_ARRAY: return "record";       /* not jsonb: it may hold instants and uuids as they are */
    default: return "text";
    }
}

static void put_head(struct buf *out, uint32_t width)
{
    mp_put_map(out, 4);
    mp_put_string(out, "columns");
    mp_put_array(out, width);
}

/* SELECT f(): one column of the function's name. */
static void put_value(const struct native_function *function, struct slice result, struct buf *out)
{
    put_head(out, 1);
    mp_put_string(out, function->name);
    mp_put_string(out, "types");
    mp_put_array(out, 1);
    mp_put_string(out, type_of_object(result));
    mp_put_string(out, "rows");
    mp_put_array(out, 1);
    mp_put_array(out, 1);
    buf_append_slice(out, result);
    mp_put_string(out, "count");
    mp_put_int(out, 1);
}

/* SELECT * FROM f(): a column for each member of the map that it gives. */
static void put_members(struct slice result, struct buf *out)
{
    struct slice map = result, key, value;
    uint32_t count;
    struct buf types = { 0 }, row = { 0 };
    bool is_map = mp_map(&map, &count);
    assert(is_map);
    put_head(out, count);
    for (uint32_t i = 0; i < count; i++) {
        mp_str(&map, &key);
        mp_skip(&map, &value);
        mp_put_str(out, key);
        mp_put_string(&types, type_of_object(value));
        buf_append_slice(&row, value);
    }
    mp_put_string(out, "types");
    mp_put_array(out, count);
    buf_append_slice(out, buf_slice(&types));
    mp_put_string(out, "rows");
    mp_put_array(out, 1);
    mp_put_array(out, count);
    buf_append_slice(out, buf_slice(&row));
    mp_put_string(out, "count");
    mp_put_int(out, 1);
    buf_done(&types);
    buf_done(&row);
}

static int call_native(struct request *rq, const struct native_function *function, const struct kept_query *query,
                       const struct query_call *given, struct buf *out)
{
    struct call call = { .rq = rq, .function = function, .declaration = catalog_declaration(rq->view->catalog, function->name), .statement = &query->statement, .parameters = ARENA_NEW(rq->arena, struct parameters) };
    struct value *params;
    struct buf wire = { 0 }, result = { 0 };
    call.needs.arena = rq->arena;
    if (bind_arguments(&call) < 0 || query_params(rq, call.parameters, given->params, &params) < 0
        || rights_of_statement(rq, &call.needs) < 0)
        return -1;
    int err = put_params(&call, params, &wire);
    if (err == 0)
        err = call_method(rq, (struct args){ arena_copy(rq->arena, buf_slice(&wire)), 2 }, &result);
    if (err == 0 && query->statement.select->from_call && mp_peek(buf_slice(&result)) == MP_MAP)
        put_members(buf_slice(&result), out);
    else if (err == 0)
        put_value(function, buf_slice(&result), out);
    buf_done(&wire);
    buf_done(&result);
    return err;
}

bool query_refused(const struct native_function *function, struct slice answer)
{
    uint32_t count;
    struct slice key;
    bool said;
    if (!mp_map(&answer, &count))
        return false;
    while (count-- > 0 && mp_str(&answer, &key) && !slice_is(key, "rows"))
        mp_skip(&answer, NULL);
    if (!mp_array(&answer, &count) || count != 1 || !mp_array(&answer, &count) || count == 0)
        return false;
    if (mp_peek(answer) == MP_MAP)
        return native_refused(function, answer);
    return function->refusal != SQLSTATE_OK && mp_bool(&answer, &said) && !said;
}

/* --- The methods --- */

static int run(struct request *rq, struct args args, bool handles, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    if (query_args(rq, args, handles, &call) < 0 || queries_find(rq->queries, call.text, &query, rq->error) < 0)
        return -1;
    const struct native_function *function = native_of(query);
    if (function != NULL)
        return call_native(rq, function, query, &call, out);
    if (query->statement.kind == STATEMENT_SELECT && query->statement.select->from_call) {
        fail(rq->error, SQLSTATE_UNDEFINED_FUNCTION, "there is no native function of this name to select from");
        return fail_hint(rq->error, "docs/functions.md lists the functions");
    }
    return query_run(rq, query, &call, out);
}

int query_method(struct request *rq, struct args args, struct buf *out)
{
    return run(rq, args, false, out);
}

int execute_method(struct request *rq, struct args args, struct buf *out)
{
    return run(rq, args, true, out);
}

int prepare_method(struct request *rq, struct args args, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    if (query_args(rq, args, false, &call) < 0 || queries_find(rq->queries, call.text, &query, rq->error) < 0)
        return -1;
    if (native_of(query) != NULL) {
        fail(rq->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "preparing the call of a native function is not supported");
        return fail_hint(rq->error, "give it to query, or use the method call");
    }
    size_t before = out->size;
    if (query_prepare(rq, query, out) == 0)
        return 0;
    out->size = before;
    return -1;
}
