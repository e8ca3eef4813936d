#include "engine/select/execute.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "engine/columns.h"
#include "engine/scan/order.h"
#include "engine/seal_row.h"
#include "engine/select/grouping.h"
#include "value/mp.h"

#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)hash64(slice_of((key), (size)), 0))
#define uthash_malloc(size) memory_alloc(size)
#include <uthash.h>

/* A row that waits for its place in the order. */
struct kept_row {
    struct slice bytes;                     /* the outputs */
    struct value *keys;                     /* of ORDER BY */
};

/* What DISTINCT has seen. */
struct seen {
    UT_hash_handle hh;
};

struct execution {
    struct request *rq;
    const struct bound_select *bound;
    struct evaluation *evaluation;          /* stands at the row or group in hand */
    struct result *result;
    uint64_t rows;                          /* that it was given */
    struct value *values;                   /* of the outputs, when they are needed as values */
    bool sorts;                             /* rows must be kept and sorted */
    struct kept_row *kept;
    uint32_t kept_count, kept_capacity;
    struct seen *seen;
    struct buf key;
    uint64_t offset, limit;                 /* rows still to leave out; rows still wanted */
};

/* --- LIMIT and OFFSET --- */

static int number_of(struct execution *x, const struct expr *expr, const char *name, enum sqlstate state, uint64_t *ret)
{
    struct value value;
    if (expr == NULL)
        return 0;
    if (expr_eval(expr, &x->evaluation->eval, &value, x->rq->error) < 0)
        return -1;
    if (value_is_null(&value))
        return 0;
    if (value.integer < 0)
        return fail(x->rq->error, state, "%s must not be negative", name);
    *ret = (uint64_t)value.integer;
    return 0;
}

/* How many rows of the walk the page needs, when it needs no others: 0 all. */
static uint32_t walk_limit(const struct execution *x)
{
    const struct bound_select *b = x->bound;
    bool as_they_come = b->source_count == 1 && !b->grouped && !b->distinct && !x->sorts;
    uint64_t most = x->limit > UINT32_MAX || x->offset > UINT32_MAX ? 0 : x->limit + x->offset;
    return as_they_come && most <= UINT32_MAX ? (uint32_t)most : 0;
}

/* --- Rows that are kept --- */

static int keep(struct execution *x)
{
    struct arena *arena = x->rq->arena;
    if (arena_over(arena))
        return fail(x->rq->error, SQLSTATE_OUT_OF_MEMORY, "the rows to sort pass %zu bytes", arena->limit);
    if (x->kept_count == x->kept_capacity) {
        x->kept_capacity = x->kept_capacity == 0 ? 64 : 2 * x->kept_capacity;
        struct kept_row *larger = ARENA_ARRAY(arena, struct kept_row, x->kept_capacity);
        if (x->kept_count > 0)
            memcpy(larger, x->kept, sizeof *larger * x->kept_count);
        x->kept = larger;
    }
    struct kept_row *row = &x->kept[x->kept_count++];
    struct buf bytes = { 0 };
    mp_put_array(&bytes, (uint32_t)x->bound->output_count);
    for (int i = 0; i < x->bound->output_count; i++)
        value_store(x->bound->outputs[i].type, &x->values[i], &bytes);
    row->bytes = arena_copy(arena, buf_slice(&bytes));
    buf_done(&bytes);
    row->keys = ARENA_ARRAY(arena, struct value, x->bound->sort_count);
    for (int i = 0; i < x->bound->sort_count; i++) {
        const struct sort_by *by = &x->bound->sorts[i];
        struct value value;
        if (by->expr == NULL)
            value = x->values[by->output];
        else if (expr_eval(by->expr, &x->evaluation->eval, &value, x->rq->error) < 0)
            return -1;
        row->keys[i] = value_keep(&value, arena);
    }
    return 0;
}

static int compare_rows(const void *a, const void *b, void *env)
{
    const struct execution *x = env;
    const struct kept_row *left = a, *right = b;
    for (int i = 0; i < x->bound->sort_count; i++) {
        int sign = value_order(x->bound->sorts[i].type, x->bound->sorts[i].order, &left->keys[i], &right->keys[i]);
        if (sign != 0)
            return sign;
    }
    return 0;
}

static int give_bytes(struct execution *x, struct slice bytes)
{
    x->rows++;
    return result_put(x->result, x->bound->path->shape, bytes, x->values);
}

static int give_sorted(struct execution *x)
{
    if (x->kept_count > 1)
        qsort_r(x->kept, x->kept_count, sizeof *x->kept, compare_rows, x);
    for (uint64_t i = x->offset; i < x->kept_count && x->limit > 0; i++, x->limit--)
        if (give_bytes(x, x->kept[i].bytes) < 0)
            return -1;
    return 0;
}

/* --- Rows on their way out --- */

/* DISTINCT: 1 the first of its kind, 0, -1. */
static int is_new(struct execution *x)
{
    struct seen *seen;
    buf_clear(&x->key);
    for (int i = 0; i < x->bound->output_count; i++)
        value_key(type_collated(x->bound->outputs[i].type, NULL), &x->values[i], (struct key_order){ 0 }, &x->key);
    HASH_FIND(hh, x->seen, x->key.data, x->key.size, seen);
    if (seen != NULL)
        return 0;
    if (arena_over(x->rq->arena))
        return fail(x->rq->error, SQLSTATE_OUT_OF_MEMORY, "the different rows pass %zu bytes", x->rq->arena->limit);
    struct slice key = arena_copy(x->rq->arena, buf_slice(&x->key));
    seen = ARENA_NEW(x->rq->arena, struct seen);
    HASH_ADD_KEYPTR(hh, x->seen, key.data, key.size, seen);
    return 1;
}

static int evaluate_outputs(struct execution *x)
{
    for (int i = 0; i < x->bound->output_count; i++)
        if (expr_eval(x->bound->outputs[i].expr, &x->evaluation->eval, &x->values[i], x->rq->error) < 0)
            return -1;
    return 0;
}

/* A row of the one table, whose outputs are columns of it: as it is stored. */
static int give_stored(struct execution *x, const struct selected *row)
{
    const struct bound_select *b = x->bound;
    struct column_list columns = { b->output_count, b->path->columns };
    struct buf *to = x->result->store;
    if (to == NULL)
        buf_clear(to = &x->key);
    if (row_put_stored(x->rq, b->sources[0].table, row->key, row->bytes, b->path->whole_rows ? NULL : &columns, to) < 0)
        return -1;
    if (x->result->store == NULL)
        return give_bytes(x, buf_slice(to));
    x->rows++;
    return x->result->stored(x->result);
}

static int give_outputs(struct execution *x)
{
    if (!x->bound->distinct && evaluate_outputs(x) < 0)         /* DISTINCT has looked at them */
        return -1;
    x->rows++;
    return x->result->row(x->result, x->values);
}

/* The row in hand: 1 go on, 0 the page is full, -1. `stored`: the row as it is kept, when outputs may be copied from it. */
static int emit(struct execution *x, const struct selected *stored)
{
    const struct bound_select *b = x->bound;
    int fresh = 1;
    if ((b->distinct || x->sorts) && evaluate_outputs(x) < 0)
        return -1;
    if (b->distinct && (fresh = is_new(x)) != 1)
        return fresh < 0 ? -1 : 1;
    if (x->sorts)
        return keep(x) < 0 ? -1 : 1;
    if (x->offset > 0) {
        x->offset--;
        return 1;
    }
    if (x->limit == 0)
        return 0;
    x->limit--;
    int given = stored != NULL ? give_stored(x, stored) : give_outputs(x);
    return given < 0 ? -1 : x->limit > 0;
}

static int emit_rows(struct execution *x, struct joined *joined)
{
    int got = 0, more = 1;
    while (more == 1 && (got = joined_next(joined)) == 1) {
        const struct selected stored = { joined->house, joined->key, joined->bytes };
        more = emit(x, x->bound->path->plain_columns && !x->sorts ? &stored : NULL);
        if (joined->scratch.used > 0)
            arena_reset(&joined->scratch);
    }
    return got < 0 || more < 0 ? -1 : 0;
}

static int emit_groups(struct execution *x, struct joined *joined)
{
    struct grouping grouping;
    struct value *row;
    int got = 0, more = 1;
    grouping_start(&grouping, x->rq, x->bound, x->evaluation);
    while (more == 1 && (got = joined_next(joined)) == 1) {
        more = grouping_add(&grouping) < 0 ? -1 : 1;
        arena_reset(&joined->scratch);
    }
    while (more == 1 && got >= 0 && (got = grouping_next(&grouping, &row)) == 1) {
        bool wanted = true;
        x->evaluation->columns = row;
        if (x->bound->having != NULL && expr_is_true(x->bound->having, &x->evaluation->eval, &wanted, x->rq->error) < 0)
            more = -1;
        else if (wanted)
            more = emit(x, NULL);
        arena_reset(&joined->scratch);
    }
    grouping_done(&grouping);
    return got < 0 || more < 0 ? -1 : 0;
}

/* --- The whole --- */

static int run(struct execution *x, struct joined *joined)
{
    const struct bound_select *b = x->bound;
    if (x->limit > 0 && (b->grouped ? emit_groups(x, joined) : emit_rows(x, joined)) < 0)
        return -1;
    return x->sorts ? give_sorted(x) : 0;
}

/* The row under a primary key. */
static int execute_key(struct execution *x, const struct value *params, uint32_t house)
{
    const struct bound_select *b = x->bound;
    const struct index *primary = b->sources[0].table->primary;
    struct value values[INDEX_COLUMNS_MAX];
    struct key key;
    struct selected row;
    int got = 1;
    for (int i = 0; i < primary->count; i++) {
        values[i] = b->path->key[i]->op == EXPR_PARAM ? params[b->path->key[i]->param] : b->path->key[i]->constant;
        got = got == 1 && !value_is_null(&values[i]);
    }
    x->sorts = false;                       /* one row has its order */
    if (got == 1)
        got = get_row(x->rq, b->sources[0].table, house, values, &key, &row);
    return got == 1 ? emit(x, &row) : got;
}

/* Whether the statement is in one house, which is needed to find a row by its key: 1, 0, -1. */
static int in_one_house(struct execution *x, const struct uuid *organization, uint32_t *ret)
{
    if (x->bound->path->key == NULL)
        return 0;
    int got = engine_house(x->rq, x->bound->sources[0].table, organization, ret);
    return got == 1 ? *ret != HOUSE_ANY : got;
}

static int execute_rows(struct execution *x, const struct value *params, const struct uuid *organization)
{
    struct joined joined;
    int err = joined_open(x->rq, x->bound, params, organization, walk_limit(x), &joined);
    x->evaluation = &joined.evaluation;
    if (err == 0)
        err = run(x, &joined);
    joined_close(&joined);
    HASH_CLEAR(hh, x->seen);
    return err;
}

int execute_select(struct request *rq, const struct bound_select *bound, const struct value *params, const struct uuid *organization,
                   struct result *result)
{
    struct evaluation constants;
    struct execution x = { .rq = rq, .bound = bound, .evaluation = &constants, .result = result, .limit = UINT64_MAX };
    uint32_t house;
    x.sorts = bound->sort_count > 0 && !bound->path->walk_sorts;
    x.values = ARENA_ARRAY(rq->arena, struct value, bound->output_count + 1);
    evaluation_of_statement(&constants, rq, rq, NULL, params, bound->parameters->used);
    if (result->columns(result, bound->path->shape) < 0
        || number_of(&x, bound->limit, "LIMIT", SQLSTATE_INVALID_ROW_COUNT_IN_LIMIT, &x.limit) < 0
        || number_of(&x, bound->offset, "OFFSET", SQLSTATE_INVALID_ROW_COUNT_IN_OFFSET, &x.offset) < 0)
        return -1;
    int err = in_one_house(&x, organization, &house);
    if (err >= 0)
        err = err == 1 ? execute_key(&x, params, house) : execute_rows(&x, params, organization);
    buf_done(&x.key);
    return err < 0 ? -1 : result->done(result, x.rows);
}
