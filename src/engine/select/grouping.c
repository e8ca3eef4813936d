#include "engine/select/grouping.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)hash64(slice_of((key), (size)), 0))
#define uthash_malloc(size) memory_alloc(size)
#include <uthash.h>

struct group {
    UT_hash_handle hh;
    struct value *row;
    struct aggregate_state *states;
};

void grouping_start(struct grouping *grouping, struct request *rq, const struct bound_select *bound, struct evaluation *evaluation)
{
    *grouping = (struct grouping){ .rq = rq, .bound = bound, .evaluation = evaluation };
}

/* `columns` NULL: of no row, all columns are NULL. */
static struct group *group_new(struct grouping *g, const struct value *columns)
{
    struct arena *arena = g->rq->arena;
    struct group *group = ARENA_NEW(arena, struct group);
    group->row = ARENA_ARRAY(arena, struct value, g->bound->column_count + g->bound->aggregates.count + 1);
    for (int i = 0; i < g->bound->column_count && columns != NULL; i++)
        if (g->bound->path->needed[i])
            group->row[i] = value_keep(&columns[i], arena);
    group->states = ARENA_ARRAY(arena, struct aggregate_state, g->bound->aggregates.count + 1);
    for (int i = 0; i < g->bound->aggregates.count; i++)
        aggregate_init(&group->states[i], &g->bound->aggregates.items[i].aggregate, arena);
    return group;
}

/* The group of the row in hand; NULL after an error. */
static struct group *find_group(struct grouping *g)
{
    struct group *group;
    struct value value;
    buf_clear(&g->key);
    buf_append_byte(&g->key, 0);        /* without GROUP BY there is one group, and its key is not empty */
    for (int i = 0; i < g->bound->group_count; i++) {
        if (expr_eval(g->bound->groups[i], &g->evaluation->eval, &value, g->rq->error) < 0)
            return NULL;
        value_key(type_collated(g->bound->groups[i]->type, NULL), &value, (struct key_order){ 0 }, &g->key);
    }
    HASH_FIND(hh, g->table, g->key.data, g->key.size, group);
    if (group != NULL)
        return group;
    if (arena_over(g->rq->arena)) {
        fail(g->rq->error, SQLSTATE_OUT_OF_MEMORY, "the groups pass %zu bytes", g->rq->arena->limit);
        return NULL;
    }
    group = group_new(g, g->evaluation->columns);
    struct slice kept = arena_copy(g->rq->arena, buf_slice(&g->key));
    HASH_ADD_KEYPTR(hh, g->table, kept.data, kept.size, group);
    return group;
}

int grouping_add(struct grouping *g)
{
    struct group *group = find_group(g);
    struct arena *scratch = g->evaluation->eval.arena;
    for (int i = 0; group != NULL && i < g->bound->aggregates.count; i++) {
        const struct aggregate_call *call = &g->bound->aggregates.items[i];
        struct value value = value_bool(true);          /* what count(*) counts */
        bool counts = true;
        if (call->filter != NULL && expr_is_true(call->filter, &g->evaluation->eval, &counts, g->rq->error) < 0)
            return -1;
        if (!counts)
            continue;
        if (call->arg != NULL && expr_eval(call->arg, &g->evaluation->eval, &value, g->rq->error) < 0)
            return -1;
        if (aggregate_step(&group->states[i], &value, scratch, g->rq->error) < 0)
            return -1;
    }
    return group != NULL ? 0 : -1;
}

static int finish(struct grouping *g, struct group *group)
{
    for (int i = 0; i < g->bound->aggregates.count; i++)
        if (aggregate_final(&group->states[i], &group->row[g->bound->aggregates.first_column + i], g->rq->error) < 0)
            return -1;
    return 0;
}

int grouping_next(struct grouping *g, struct value **ret_row)
{
    if (g->table == NULL && g->bound->group_count == 0) {       /* no rows are one group, too, when none are asked for */
        struct group *group = group_new(g, NULL);
        HASH_ADD_KEYPTR(hh, g->table, "", 1, group);
    }
    struct group *group = g->given == NULL ? g->table : g->given->hh.next;
    if (group == NULL)
        return 0;
    if (finish(g, group) < 0)
        return -1;
    g->given = group;
    *ret_row = group->row;
    return 1;
}

void grouping_done(struct grouping *g)
{
    HASH_CLEAR(hh, g->table);
    buf_done(&g->key);
}
