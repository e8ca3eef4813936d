#include "protocol/query.h"

#include "engine/policy/rights.h"
#include "engine/select/execute.h"
#include "engine/write/run.h"
#include "protocol/explain.h"
#include "protocol/result_msgpack.h"
#include "value/mp.h"

static const unsigned options_of_queries = OPTION_ORGANIZATION | OPTIONS_OF_WRITES;

int query_args(struct request *rq, struct args args, bool handles, struct query_call *ret)
{
    struct slice handle;
    *ret = (struct query_call){ 0 };
    if (rq->queries == NULL)
        return fail(rq->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "statements of SQL are not possible here");
    if (args_text(rq, &args, handles ? "the handle" : "the text", handles ? &handle : &ret->text) < 0)
        return -1;
    if (args.count > 0 && args_object(rq, &args, "the array of parameters", &ret->params) < 0)
        return -1;
    if (args_options(rq, &args, options_of_queries, &ret->options) < 0
        || option_organization(rq, ret->options.organization, &ret->organization) < 0)
        return -1;
    if (!handles || prepared_find(queries_prepared(rq->queries), handle, rq->arena, &ret->text))
        return 0;
    fail(rq->error, SQLSTATE_INVALID_STATEMENT_NAME, "prepared statement \"%.*s\" does not exist", SLICE_FMT(handle));
    return fail_hint(rq->error, "prepare its text again: the server remembers a bounded number of statements");
}

/* --- Parameters --- */

/* In SQL a text for jsonb is JSON, as PostgreSQL reads it; for the typed methods it is a string of JSON. */
static int read_param(struct request *rq, struct type type, struct slice *in, struct value *ret)
{
    struct slice text;
    if (type.id == TYPE_JSONB && !type.array && mp_str(in, &text))
        return value_from_text(type, text, rq->arena, ret, rq->error);
    return value_from_wire(type, in, rq->arena, ret, rq->error);
}

int query_params(struct request *rq, const struct parameters *parameters, struct slice object, struct value **ret)
{
    uint32_t count = 0;
    if (object.data != NULL && !mp_nil(&object) && !mp_array(&object, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the parameters are not an array");
    if (count != (uint32_t)parameters->used)
        return fail(rq->error, SQLSTATE_PROTOCOL_VIOLATION, "%u parameters are given, the statement has %d", count, parameters->used);
    *ret = ARENA_ARRAY(rq->arena, struct value, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        struct type type = parameters->types[i];
        if (read_param(rq, type.id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : type, &object, &(*ret)[i]) < 0)
            return fail_within(rq->error, "parameter $%u", i + 1);
    }
    return 0;
}

/* --- The methods --- */

int query_run(struct request *rq, struct kept_query *query, const struct query_call *call, struct buf *out)
{
    struct value *params;
    uint64_t count;
    if (kept_query_bind(query, rq->view->catalog, rq->error) < 0)
        return -1;
    bool reads = query->statement.kind == STATEMENT_SELECT;
    if (query_params(rq, reads ? query->select->parameters : query->write->returning.parameters, call->params, &params) < 0)
        return -1;
    struct result_msgpack result;
    size_t before = out->size;
    int err;
    result_msgpack_start(&result, out, rq->error);
    if (reads)
        err = rights_of_statement(rq, query->select->needs) < 0 ? -1 : execute_select(rq, query->select, params, call->organization, &result.result);
    else
        err = run_statement(rq, query->write, &(struct run_client){ params, call->organization, &result.result }, &count);
    if (err < 0)
        out->size = before;
    return err;
}

static int put_plans(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                     struct buf *out);

/* A view or sub-select that is evaluated on its own: how its rows are found among those that it gave, and the plans of its query. */
static int put_derived(struct request *rq, const struct bound_select *bound, const struct access_step *step, const struct value *params,
                       const struct uuid *organization, struct buf *out)
{
    const struct source *source = &bound->sources[step->source];
    mp_put_map(out, 5);
    mp_put_string(out, "table");
    mp_put_string(out, source->alias);
    mp_put_string(out, "access");
    mp_put_string(out, step->prefix_count > 0 ? "hash" : "rows");
    mp_put_string(out, "index");
    mp_put_nil(out);
    mp_put_string(out, "by");
    mp_put_array(out, (uint32_t)step->prefix_count);
    for (int i = 0; i < step->prefix_count; i++)
        mp_put_string(out, source->table->columns[step->columns[i]].name);
    mp_put_string(out, "plans");
    return put_plans(rq, source->query, params, organization, out);
}

static void put_lookup(const struct bound_select *bound, const struct access_step *step, struct buf *out)
{
    const struct table *table = bound->sources[step->source].table;
    bool whole = step->prefix_count == 0 || step->index->primary;
    mp_put_map(out, 4);
    mp_put_string(out, "table");
    mp_put_string(out, table->qualified);
    mp_put_string(out, "access");
    mp_put_string(out, step->prefix_count == 0 ? step->organization != NULL ? "house" : "table" : whole && step->prefix_count == step->index->key_count ? "key" : "index");
    mp_put_string(out, "index");
    mp_put_string(out, step->index->name);
    mp_put_string(out, "by");
    mp_put_array(out, (uint32_t)step->prefix_count);
    for (int i = 0; i < step->prefix_count; i++)
        mp_put_string(out, table->columns[step->index->key[i].column].name);
}

/* A plan for each source, in the order of the way. */
static int put_plans(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                     struct buf *out)
{
    mp_put_array(out, (uint32_t)bound->source_count);
    for (int i = 0; i < bound->source_count; i++) {
        const struct access_step *step = &bound->path->steps[i];
        struct query first;
        if (bound->sources[step->source].query != NULL) {
            if (put_derived(rq, bound, step, params, organization, out) < 0)
                return -1;
        } else if (i > 0) {
            put_lookup(bound, step, out);
        } else {
            int got = joined_query(rq, bound, params, organization, 0, &first);
            if (got < 0 || explain_query(rq, &first, got == 0, out) < 0)
                return -1;
        }
    }
    return 0;
}

int query_explain(struct request *rq, struct kept_query *query, const struct query_call *call, struct buf *out)
{
    struct value *params;
    if (kept_query_bind(query, rq->view->catalog, rq->error) < 0)
        return -1;
    if (query->statement.kind != STATEMENT_SELECT)
        return explain_write(rq, query->write, call, out);
    if (query_params(rq, query->select->parameters, call->params, &params) < 0 || rights_of_statement(rq, query->select->needs) < 0)
        return -1;
    return put_plans(rq, query->select, params, call->organization, out);
}

static const char *kind_name(enum statement_kind kind)
{
    switch (kind) {
    case STATEMENT_INSERT: return "insert";
    case STATEMENT_UPDATE: return "update";
    case STATEMENT_DELETE: return "delete";
    case STATEMENT_SELECT: break;
    }
    return "select";
}

int query_prepare(struct request *rq, struct kept_query *query, struct buf *out)
{
    char handle[HANDLE_SIZE + 1];
    if (kept_query_bind(query, rq->view->catalog, rq->error) < 0)
        return -1;
    const struct bound_select *bound = query->statement.kind == STATEMENT_SELECT ? query->select : &query->write->returning;
    prepared_add(queries_prepared(rq->queries), query->text, handle);
    mp_put_map(out, 5);
    mp_put_string(out, "handle");
    mp_put_string(out, handle);
    mp_put_string(out, "kind");
    mp_put_string(out, kind_name(query->statement.kind));
    mp_put_string(out, "parameters");
    mp_put_array(out, (uint32_t)bound->parameters->used);
    for (int i = 0; i < bound->parameters->used; i++) {
        struct type type = bound->parameters->types[i];
        mp_put_string(out, type_name(type.id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : type, rq->arena));
    }
    mp_put_string(out, "columns");
    mp_put_array(out, (uint32_t)bound->output_count);
    for (int i = 0; i < bound->output_count; i++)
        mp_put_string(out, bound->outputs[i].name);
    mp_put_string(out, "types");
    mp_put_array(out, (uint32_t)bound->output_count);
    for (int i = 0; i < bound->output_count; i++)
        mp_put_string(out, type_name(bound->outputs[i].type, rq->arena));
    return 0;
}
