/* Views and sub-selects of FROM: bound by themselves, then pulled up or kept as a query (catalog/bind.h).
 *
 * What is pulled up keeps its meaning: its tables come in its own order behind those before it, its conditions are ANDed to WHERE,
 * and a name of one of its columns stands for the expression of that output. On the nullable side of a LEFT JOIN that holds for
 * one table of which columns alone are given, since only those are NULL where there is no match; its conditions belong to ON,
 * before what is written there: `x <> 0` of a view keeps 1 / x around it from failing.
 * What is joined by RIGHT JOIN stays one source, and a view that itself begins with one stays a query.
 * An output that calls a volatile function must be computed once a row, however often it is named: such a view stays a query. */
#include "catalog/bind.h"
#include "catalog/fold.h"
#include "sql/rewrite.h"

/* --- What may be pulled up --- */

static bool outputs_are_stable(const struct bound_select *query)
{
    for (int i = 0; i < query->output_count; i++)
        if (!expr_is_at_most(query->outputs[i].expr, FUNCTION_STABLE))
            return false;
    return true;
}

static bool outputs_are_columns(const struct bound_select *query)
{
    for (int i = 0; i < query->output_count; i++)
        if (query->outputs[i].expr->op != EXPR_COLUMN)
            return false;
    return true;
}

static bool goes_up(const struct bound_select *query, enum join join)
{
    bool plain = !query->grouped && !query->distinct && query->sort_count == 0 && query->limit == NULL && query->offset == NULL;
    if (!plain || query->source_count == 0 || query->sources[0].join == JOIN_LEFT || !outputs_are_stable(query))
        return false;
    if (join == JOIN_RIGHT)
        return query->source_count == 1;
    return join != JOIN_LEFT || (query->source_count == 1 && query->sources[0].query == NULL && outputs_are_columns(query));
}

/* --- Pulling up --- */

/* Its tables, behind those of the SELECT around it; its columns there begin at `base`. */
static int take_sources(struct binder *binder, const struct bound_select *query, enum join join)
{
    struct bound_select *to = binder->to;
    int base = to->column_count;
    if (to->source_count + query->source_count > FROM_TABLES_MAX)
        return fail(binder->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d tables in FROM and its views", FROM_TABLES_MAX);
    for (int i = 0; i < query->source_count; i++) {
        struct source *source = &to->sources[to->source_count++];
        *source = query->sources[i];
        source->first += base;
        source->on = expr_shift(source->on, base, binder->arena);
        if (i == 0)
            source->join = join;
    }
    to->column_count += query->column_count;
    return 0;
}

static int pull_up(struct binder *binder, const struct from_item *item, const char *alias, const struct table *shape,
                   const struct bound_select *query)
{
    struct bound_select *to = binder->to;
    int base = to->column_count;
    const struct expr *on = NULL, *where = expr_shift(query->where, base, binder->arena);
    const struct expr **values = ARENA_ARRAY(binder->arena, const struct expr *, query->output_count);
    for (int i = 0; i < query->output_count; i++)
        values[i] = expr_shift(query->outputs[i].expr, base, binder->arena);
    if (take_sources(binder, query, item->join) < 0)
        return -1;
    int first = to->column_count;           /* numbers for its columns, until bind_replace() */
    to->column_count += shape->column_count;
    if (bind_range(binder, alias, shape, first, values, item->location) < 0)
        return -1;
    if (item->on != NULL && expr_compile(item->on, &binder->scope, type_of(TYPE_BOOL), binder->arena, &on, binder->error) < 0)
        return -1;
    bool outer = item->join == JOIN_LEFT || item->join == JOIN_RIGHT;
    if (outer)
        to->sources[to->source_count - 1].on = item->join == JOIN_LEFT ? expr_and(where, on, binder->arena) : on;
    if (item->join != JOIN_LEFT)
        binder->pulled = expr_and(binder->pulled, outer ? where : expr_and(where, on, binder->arena), binder->arena);
    return 0;
}

/* `env`: the binder. */
static const struct expr *value_of(int column, void *env)
{
    const struct binder *binder = env;
    for (int i = 0; i < binder->range_count; i++) {
        const struct range *range = &binder->ranges[i];
        if (range->values != NULL && column >= range->first && column < range->first + range->table->column_count)
            return range->values[column - range->first];
    }
    return NULL;
}

void bind_replace(struct binder *binder)
{
    struct bound_select *to = binder->to;
    struct arena *arena = binder->arena;
    to->where = expr_replace(expr_and(binder->pulled, to->where, arena), value_of, binder, arena);
    to->having = expr_replace(to->having, value_of, binder, arena);
    for (int i = 0; i < to->source_count; i++)
        to->sources[i].on = expr_replace(to->sources[i].on, value_of, binder, arena);
    for (int i = 0; i < to->output_count; i++)
        to->outputs[i].expr = expr_replace(to->outputs[i].expr, value_of, binder, arena);
    for (int i = 0; i < to->group_count; i++)
        to->groups[i] = expr_replace(to->groups[i], value_of, binder, arena);
    for (int i = 0; i < to->sort_count; i++)
        to->sorts[i].expr = expr_replace(to->sorts[i].expr, value_of, binder, arena);
    for (int i = 0; i < to->aggregates.count; i++) {
        struct aggregate_call *call = &to->aggregates.items[i];
        call->arg = expr_replace(call->arg, value_of, binder, arena);
        call->filter = expr_replace(call->filter, value_of, binder, arena);
    }
}

/* --- Binding --- */

/* A view's text is its own: it has no parameters, and positions in it are not the statement's. */
static void open_view(struct binder *binder, const struct catalog_view *view)
{
    binder->text = slice_of_string(view->sql);
    binder->line = 1;
    binder->in_view = true;
    binder->stars = NULL;
}

/* One more query inside of `around`: views over views could be many of them. */
static int count_query(struct binder *around)
{
    int depth = 1;
    for (; around->around != NULL; around = around->around)
        depth++;
    if (depth > FROM_DEPTH_MAX)
        return fail(around->error, SQLSTATE_STATEMENT_TOO_COMPLEX, "views and sub-selects in FROM nest deeper than %d", FROM_DEPTH_MAX);
    if (around->queries++ == FROM_QUERIES_MAX)
        return fail(around->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d views and sub-selects in FROM and its views",
                    FROM_QUERIES_MAX);
    return 0;
}

static int bind_inside(struct binder *around, const struct catalog_view *view, const struct select_statement *select,
                       struct bound_select *ret)
{
    struct binder inside = {
        .catalog = around->catalog, .arena = around->arena, .error = around->error, .text = around->text, .line = around->line,
        .to = ret, .opaque = around->opaque, .in_view = around->in_view, .stars = around->stars, .around = around,
        .needs = around->needs,
    };
    if (count_query(around) < 0)
        return -1;
    if (view != NULL)
        open_view(&inside, view);
    bool stored = view != NULL && inside.needs != NULL;
    if (stored)
        inside.needs->stored++;
    int err = bind_names(&inside, select);
    if (stored)
        inside.needs->stored--;
    if (err < 0)
        return view == NULL ? -1 : fail_within(around->error, "view \"%s\"", view->shape.qualified);
    return 0;
}

int bind_shape(struct arena *arena, const struct output *outputs, int count, struct table *ret, struct error *error)
{
    if (count > COLUMNS_MAX)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a view or a sub-select in FROM can have at most %d columns", COLUMNS_MAX);
    ret->tenancy = TENANCY_GLOBAL;
    ret->tenant_column = -1;
    ret->column_count = count;
    ret->columns = ARENA_ARRAY(arena, struct column, count + 1);
    for (int i = 0; i < count; i++)
        ret->columns[i] = (struct column){ .name = outputs[i].name, .type = outputs[i].type, .missing = VALUE_OF_NULL };
    return 0;
}

int bind_view(struct binder *binder, const struct from_item *item, const struct table *shape)
{
    const struct catalog_view *view = shape != NULL ? shape->view : NULL;
    const char *alias = item->alias != NULL ? item->alias : item->table;
    struct bound_select *query = ARENA_NEW(binder->arena, struct bound_select);
    query->parameters = binder->to->parameters;
    if (bind_inside(binder, view, view != NULL ? view->statement.select : item->query, query) < 0)
        return -1;
    if (view == NULL) {
        struct table *own = ARENA_NEW(binder->arena, struct table);
        *own = (struct table){ .schema = "public", .name = alias, .qualified = alias };
        if (bind_shape(binder->arena, query->outputs, query->output_count, own, binder->error) < 0)
            return -1;
        shape = own;
    }
    if (!binder->opaque && goes_up(query, item->join))
        return pull_up(binder, item, alias, shape, query);
    return bind_source(binder, item, alias, shape, query);
}

/* --- Sub-selects of expressions --- */

static const struct expr *output_of(int column, void *env)
{
    const struct bound_select *query = env;
    return query->outputs[column].expr;
}

int bind_expand(void *env, void *needs, struct subselect *subselect, struct arena *arena, struct error *error)
{
    const struct catalog_view *view = ((const struct table *)subselect->table)->view;
    if (view == NULL)
        return 0;
    struct bound_select query = { .parameters = ARENA_NEW(arena, struct parameters) };
    struct binder outside = { .catalog = env, .arena = arena, .error = error, .needs = needs };
    if (bind_inside(&outside, view, view->statement.select, &query) < 0)
        return -1;
    if (!goes_up(&query, JOIN_INNER) || query.source_count > 1 || query.sources[0].query != NULL) {
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "view \"%s\" in a sub-select is not supported: it is not just one table with a condition",
             view->shape.qualified);
        return -1;
    }
    subselect->table = query.sources[0].table;
    subselect->where = expr_and(query.where, expr_replace(subselect->where, output_of, &query, arena), arena);
    subselect->output = expr_replace(subselect->output, output_of, &query, arena);
    return 0;
}
