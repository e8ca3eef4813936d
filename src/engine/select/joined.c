#include "engine/select/joined.h"

#include "engine/houses.h"
#include "engine/scan/unique.h"
#include "engine/seal_row.h"

void evaluation_of_statement(struct evaluation *e, struct request *scratch_rq, struct request *rq, const struct table *table,
                             const struct value *params, int params_count)
{
    evaluation_start(e, scratch_rq, table, HOUSE_ANY);
    e->keep = rq->arena;
    e->eval.params = params;
    e->eval.params_count = params_count;
}

/* --- Opening --- */

int joined_query(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                 uint32_t limit, struct query *ret)
{
    const struct access_step *first = &bound->path->steps[0];
    *ret = (struct query){
        .table = bound->sources[first->source].table, .command = POLICY_SELECT, .where = first->where, .ordered = bound->path->walk_sorts,
        .limit = bound->source_count == 1 ? limit : 0, .params = params, .params_count = bound->parameters->used,
    };
    for (int i = 0; i < bound->sort_count && bound->path->walk_sorts; i++) {
        const struct sort_by *by = &bound->sorts[i];
        const struct expr *expr = expr_uncollated(by->expr != NULL ? by->expr : bound->outputs[by->output].expr);
        ret->order.columns[ret->order.count++] =
            (struct order_column){ expr->column - bound->sources[first->source].first, by->order, by->type.collation };
    }
    return engine_house(rq, ret->table, organization, &ret->house);
}

static bool is_derived(const struct lookup *l)
{
    return l->derived.source != NULL;
}

static int open_derived(struct joined *j, struct lookup *l, const struct uuid *organization)
{
    l->guard.access = ACCESS_ALL;
    return derived_make(j->rq, l->source, j->bound->path->needed + l->source->first, j->params, organization, &l->derived);
}

static int open_lookup(struct joined *j, int step, const struct uuid *organization)
{
    struct lookup *l = &j->lookups[step];
    l->step = &j->bound->path->steps[step];
    l->source = &j->bound->sources[l->step->source];
    arena_init(&l->start_arena, ARENA_REQUEST_MAX);
    arena_init(&l->row_arena, ARENA_REQUEST_MAX);
    l->start_rq = l->row_rq = *j->rq;
    l->start_rq.arena = &l->start_arena;
    l->row_rq.arena = &l->row_arena;
    if (l->source->query != NULL)
        return open_derived(j, l, organization);
    int got = engine_house(j->rq, l->source->table, organization, &l->house);
    l->nowhere = got == 0;
    if (got != 1)
        return got;
    if (policy_using(j->rq, l->source->table, POLICY_SELECT, true, l->house, &l->guard) < 0)
        return -1;
    if (l->guard.access == ACCESS_FILTER) {
        l->guard.evaluation->rq = &l->row_rq;
        l->guard.evaluation->eval.arena = &l->row_arena;
        l->guard.evaluation->keep = j->rq->arena;
    }
    return 0;
}

/* The source that is walked: a table through the planner, or all rows of a query. */
static int open_first(struct joined *j, const struct uuid *organization, uint32_t limit)
{
    struct query query;
    const struct bound_select *bound = j->bound;
    const struct source *first = &bound->sources[bound->path->steps[0].source];
    if (first->query != NULL) {
        struct lookup *l = &j->lookups[0];
        l->step = &bound->path->steps[0];
        l->source = first;
        return open_derived(j, l, organization) < 0 ? -1 : derived_start(&l->derived, l->step, NULL, j->rq->error);
    }
    int got = joined_query(j->rq, bound, j->params, organization, limit, &query);
    if (got != 1)
        return got;
    for (int i = 0; i < first->table->column_count && !bound->path->whole_rows; i++)
        if (bound->path->needed[first->first + i])
            j->needed_end = i + 1;
    return select_open(j->rq, &query, &j->select);
}

int joined_open(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                uint32_t limit, struct joined *ret)
{
    *ret = (struct joined){ .rq = rq, .bound = bound, .params = params, .once = bound->source_count == 0 };
    arena_init(&ret->scratch, ARENA_REQUEST_MAX);
    arena_init(&ret->opened, ARENA_REQUEST_MAX);
    ret->scratch_rq = *rq;
    ret->scratch_rq.arena = &ret->scratch;
    ret->row = ARENA_ARRAY(rq->arena, struct value, bound->column_count + bound->aggregates.count + 1);
    const struct table *only = bound->source_count == 1 && bound->sources[0].query == NULL ? bound->sources[0].table : NULL;
    evaluation_of_statement(&ret->evaluation, &ret->scratch_rq, rq, only, params, bound->parameters->used);
    ret->evaluation.columns = ret->row;
    if (ret->once)
        return 0;
    for (int i = 1; i < bound->source_count; i++)
        if (open_lookup(ret, i, organization) < 0)
            return -1;
    return open_first(ret, organization, limit);
}

void joined_close(struct joined *joined)
{
    select_close(joined->select);
    joined->select = NULL;
    for (int i = 0; i < joined->bound->source_count; i++) {
        derived_done(&joined->lookups[i].derived);
        arena_done(&joined->lookups[i].start_arena);
        arena_done(&joined->lookups[i].row_arena);
    }
    arena_done(&joined->scratch);
    arena_done(&joined->opened);
}

/* --- Looking up --- */

static bool in_row_house(const struct joined *j, const struct lookup *l, uint32_t *ret)
{
    if (l->step->follows < 0)
        return false;
    for (int i = 0; i < j->bound->source_count; i++)
        if (j->bound->path->steps[i].source == l->step->follows)
            *ret = i == 0 ? j->house : j->lookups[i].row_house;
    return true;
}

/* The house of the one row that there can be, when all columns of an index that is unique over all houses are given: 1, 0 there
 * is no row, -1. */
static int narrow_by_claim(struct lookup *l, uint32_t *house)
{
    const struct index *index = l->step->index;
    if (!index->claimed || l->step->prefix_count < index->key_count)
        return 1;
    struct value *columns = ARENA_ARRAY(&l->start_arena, struct value, l->source->table->column_count);
    for (int i = 0; i < l->step->prefix_count; i++)
        columns[index->key[i].column] = l->prefix[i];
    return unique_house(&l->start_rq, index, columns, house);
}

/* Where rows can be for the row in hand: 1, 0 nowhere, -1. */
static int find_house(struct joined *j, struct lookup *l, uint32_t *ret)
{
    struct value organization;
    *ret = l->house;
    if (l->house != HOUSE_ANY || in_row_house(j, l, ret))
        return 1;
    if (l->step->organization == NULL)
        return narrow_by_claim(l, ret);
    if (expr_eval(l->step->organization, &j->evaluation.eval, &organization, j->rq->error) < 0)
        return -1;
    return value_is_null(&organization) ? 0 : store_house(j->rq->view, &organization.uuid, ret, j->rq->error);
}

static int open_walk(struct lookup *l)
{
    if (walk_start(&l->walk, &l->start_rq, l->step->index, l->at, l->prefix, l->step->prefix_count, NULL, NULL, false) < 0)
        return -1;
    l->walk.rq = &l->row_rq;            /* from here on it allocates a row at a time */
    l->open = true;
    return 0;
}

/* Begins to look for the rows of one step. */
static int lookup_start(struct joined *j, struct lookup *l)
{
    l->open = l->matched = l->single = false;
    l->at = HOUSE_ANY;
    arena_reset(&l->start_arena);
    arena_reset(&l->row_arena);
    l->ended = l->nowhere || l->guard.access == ACCESS_NONE;
    j->evaluation.eval.arena = &l->start_arena;
    for (int i = 0; i < l->step->prefix_count && !l->ended; i++) {
        if (expr_eval(l->step->prefix[i], &j->evaluation.eval, &l->prefix[i], j->rq->error) < 0)
            return -1;
        l->ended = value_is_null(&l->prefix[i]);
    }
    uint32_t house;
    int got = l->ended || is_derived(l) ? 1 : find_house(j, l, &house);
    j->evaluation.eval.arena = &j->scratch;
    if (got <= 0)
        l->ended = true;
    else if (!l->ended && is_derived(l))
        return derived_start(&l->derived, l->step, l->prefix, j->rq->error);
    else if (!l->ended && house != HOUSE_ANY) {
        l->single = true;
        l->at = house;
        return open_walk(l);
    }
    return got < 0 ? -1 : 0;
}

/* The next row under the prefix, in whatever house: 1, 0, -1. */
static int next_found(struct joined *j, struct lookup *l, struct found *ret)
{
    for (;;) {
        if (l->open) {
            arena_reset(&l->row_arena);
            int got = walk_next(&l->walk, ret);
            if (got != 0)
                return got;
            l->open = false;
        }
        int more = l->single ? 0 : house_step(j->rq, l->house, &l->at);
        if (more <= 0)
            return more;
        if (open_walk(l) < 0)
            return -1;
    }
}

static int holds(struct joined *j, const struct expr *condition)
{
    bool is_true = true;
    if (condition != NULL && expr_is_true(condition, &j->evaluation.eval, &is_true, j->rq->error) < 0)
        return -1;
    if (j->scratch.used > 0)
        arena_reset(&j->scratch);
    return is_true;
}

/* The row of NULLs that LEFT JOIN makes of no match: 1, 0, -1. */
static int next_missing(struct joined *j, struct lookup *l)
{
    if (l->source->join != JOIN_LEFT || l->matched)
        return 0;
    l->matched = true;
    for (int i = 0; i < l->source->table->column_count; i++)
        j->row[l->source->first + i] = VALUE_OF_NULL;
    l->row_house = TENANT_SYSTEM;
    return holds(j, l->step->where);
}

static int refuse_more(struct joined *j)
{
    fail(j->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the join looks at more than %d rows", JOIN_LOOKUPS_MAX);
    return fail_hint(j->rq->error, "compare columns of an index, or its primary key, with columns of another table: explain shows which table is walked whole");
}

/* The next row under the prefix, put into the joined row if its table's policies let it pass: one of these, 0, -1. */
enum { ROW_ADMITTED = 1, ROW_HIDDEN };

static int next_row(struct joined *j, struct lookup *l)
{
    struct found found;
    struct value *columns = j->row + l->source->first;
    if (is_derived(l)) {
        l->row_house = TENANT_SYSTEM;
        return derived_next(&l->derived, columns, j->rq->error);
    }
    int got = next_found(j, l, &found);
    if (got != 1)
        return got;
    l->row_house = key_tenant(key_slice(&found.key));
    got = guard_admits(&l->row_rq, &l->guard, l->row_house, found.columns);
    if (got == 1)
        memcpy(columns, found.columns, sizeof *found.columns * (size_t)l->source->table->column_count);
    return got < 0 ? -1 : got == 1 ? ROW_ADMITTED : ROW_HIDDEN;
}

/* The next row of one step that passes policies, ON and what of WHERE is known by now: 1, 0, -1. */
static int lookup_next(struct joined *j, struct lookup *l)
{
    int got = 0;
    while (!l->ended && (got = next_row(j, l)) > 0) {
        if (++j->looked_up > JOIN_LOOKUPS_MAX)
            return refuse_more(j);
        got = got == ROW_ADMITTED;
        if (got == 1)
            got = holds(j, l->source->on);
        if (got == 1) {
            l->matched = true;
            got = holds(j, l->step->where);
        }
        if (got != 0)
            return got;
    }
    l->ended = true;
    return got < 0 ? -1 : next_missing(j, l);
}

/* --- Rows --- */

/* The next row of a query that is walked first: what WHERE says of it alone is asked here. */
static int first_derived(struct joined *j, struct lookup *l)
{
    int got;
    while ((got = derived_next(&l->derived, j->row + l->source->first, j->rq->error)) == 1)
        if ((got = holds(j, l->step->where)) != 0)
            return got;
    return got;
}

static int first_next(struct joined *j)
{
    struct selected row;
    if (is_derived(&j->lookups[0]))
        return first_derived(j, &j->lookups[0]);
    const struct source *first = &j->bound->sources[j->bound->path->steps[0].source];
    if (j->once || j->select == NULL) {
        bool more = j->once && !j->started;
        j->started = true;
        return more ? holds(j, j->bound->where) : 0;
    }
    int got = select_next(j->select, &row);
    if (got != 1)
        return got;
    j->bytes = row.bytes;
    j->key = row.key;
    j->house = j->evaluation.house = row.house;
    if (j->opened.used > 0)
        arena_reset(&j->opened);
    if (row_load(j->rq, first->table, row.key, row.bytes, j->bound->path->needed + first->first, j->needed_end, &j->opened, j->row + first->first) < 0)
        return -1;
    return 1;
}

int joined_next(struct joined *joined)
{
    int steps = joined->bound->source_count;
    if (steps <= 1)
        return first_next(joined);
    int at = joined->depth == steps ? steps - 1 : 0;            /* go on with the innermost step */
    for (;;) {
        int got = at == 0 ? first_next(joined) : lookup_next(joined, &joined->lookups[at]);
        if (got < 0)
            return -1;
        if (got == 0 && at == 0)
            return joined->depth = 0;
        if (got == 0) {
            at--;
            continue;
        }
        if (at == steps - 1) {
            joined->depth = steps;
            return 1;
        }
        if (lookup_start(joined, &joined->lookups[++at]) < 0)
            return -1;
    }
}
