/* Aggregate calls: the argument and the filter are expressions over a row, the call is a column of the group's row. */
#include "sql/aggregate_call.h"
#include "sql/compile.h"

static bool check_form(struct compiler *c, const char *name, const PgQuery__FuncCall *call)
{
    if (!aggregate_exists(slice_of_string(name))) {
        compile_fail(c, call->location, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not an aggregate function", name);
        return false;
    }
    if (call->n_agg_order > 0 || call->agg_within_group || call->func_variadic) {
        compile_unsupported(c, call->location, "an aggregate with ORDER BY, WITHIN GROUP or VARIADIC");
        return false;
    }
    if (call->agg_star ? strcmp(name, "count") != 0 : call->n_args != 1) {
        compile_fail(c, call->location, SQLSTATE_UNDEFINED_FUNCTION, "aggregate \"%s\" does not take these arguments", name);
        return false;
    }
    return true;
}

static bool compile_parts(struct compiler *c, const PgQuery__FuncCall *call, struct aggregate_call *ret)
{
    if (!call->agg_star) {
        const struct expr *arg = compile_node(c, call->args[0]);
        ret->arg = arg == NULL ? NULL : coerce_unknown(c, arg, call->location);
        if (ret->arg == NULL)
            return false;
    }
    if (call->agg_filter != NULL) {
        const struct expr *filter = compile_node(c, call->agg_filter);
        ret->filter = filter == NULL ? NULL : coerce_boolean(c, filter, "FILTER", call->location);
        if (ret->filter == NULL)
            return false;
    }
    return true;
}

static bool same_call(const struct aggregate_call *a, const struct aggregate_call *b)
{
    if (a->aggregate.kind != b->aggregate.kind || a->aggregate.distinct != b->aggregate.distinct)
        return false;
    if ((a->arg == NULL) != (b->arg == NULL) || (a->filter == NULL) != (b->filter == NULL))
        return false;
    return (a->arg == NULL || expr_equal(a->arg, b->arg)) && (a->filter == NULL || expr_equal(a->filter, b->filter));
}

/* The place of a call among those of the SELECT; the same call twice is computed once. */
static int place_of(struct aggregate_calls *calls, const struct aggregate_call *call)
{
    for (int i = 0; i < calls->count; i++)
        if (same_call(&calls->items[i], call))
            return i;
    if (calls->count == AGGREGATE_CALLS_MAX)
        return -1;
    calls->items[calls->count] = *call;
    return calls->count++;
}

const struct expr *compile_aggregate(struct compiler *c, const char *name, const PgQuery__FuncCall *call)
{
    struct aggregate_calls *calls = c->scope->aggregates;
    struct aggregate_call made = { 0 };
    if (calls == NULL)
        return compile_fail(c, call->location, SQLSTATE_GROUPING_ERROR, "aggregate functions are not allowed here: \"%s\"", name);
    if (!check_form(c, name, call))
        return NULL;
    const struct scope *outer = c->scope;
    struct scope inside = *outer;
    inside.aggregates = NULL;           /* calls do not nest */
    c->scope = &inside;
    bool ok = compile_parts(c, call, &made);
    c->scope = outer;
    if (!ok)
        return NULL;
    if (aggregate_choose(slice_of_string(name), call->agg_distinct, made.arg == NULL ? NULL : &made.arg->type, &made.aggregate, c->error) < 0)
        return compile_locate(c, call->location);
    if (made.arg != NULL && type_is_collatable(made.arg->type) && made.arg->collating == COLLATING_CONFLICT)
        made.aggregate.arg.collation = &collation_conflict;
    int place = place_of(calls, &made);
    if (place < 0)
        return compile_fail(c, call->location, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d aggregates", AGGREGATE_CALLS_MAX);
    struct expr *result = ARENA_NEW(c->arena, struct expr);
    *result = (struct expr){ .op = EXPR_COLUMN, .type = made.aggregate.type, .collating = made.arg != NULL ? made.arg->collating : COLLATING_IMPLICIT };
    result->column = calls->first_column + place;
    return result;
}
