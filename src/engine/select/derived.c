#include "engine/select/derived.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/work.h"
#include "engine/select/execute.h"
#include "value/mp.h"

#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)hash64(slice_of((key), (size)), 0))
#define uthash_malloc(size) memory_alloc(size)
#include <uthash.h>

struct bucket {
    UT_hash_handle hh;
    uint32_t first, last;
};

/* --- Making --- */

/* What keeps the rows (D2). */
struct keeper {
    struct result result;
    struct derived *derived;
    struct error *error;
};

static struct keeper *keeper_of(struct result *result)
{
    return (struct keeper *)result;
}

static int keep_columns(struct result *result, struct result_shape *shape)
{
    return 0;
}

static int keep_stored(struct result *result)
{
    struct keeper *keeper = keeper_of(result);
    struct derived *d = keeper->derived;
    if (++d->count <= DERIVED_ROWS_MAX && d->bytes.size <= DERIVED_SIZE_MAX)
        return 0;
    fail(keeper->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"%s\" has more than %d rows or %zu bytes", d->source->alias, DERIVED_ROWS_MAX,
         (size_t)DERIVED_SIZE_MAX);
    return fail_hint(keeper->error, "give conditions on what it groups by: they are asked before it groups");
}

static int keep_row(struct result *result, const struct value *values)
{
    struct derived *d = keeper_of(result)->derived;
    const struct bound_select *query = d->source->query;
    mp_put_array(&d->bytes, (uint32_t)query->output_count);
    for (int i = 0; i < query->output_count; i++)
        value_store(query->outputs[i].type, &values[i], &d->bytes);
    return keep_stored(result);
}

static int keep_done(struct result *result, uint64_t count)
{
    return 0;
}

int derived_make(struct request *rq, const struct source *source, const bool *needed, const struct value *params,
                 const struct uuid *organization, struct derived *ret)
{
    struct arena arena;
    struct request own = *rq;
    *ret = (struct derived){ .source = source, .work = rq->work, .needed = needed };
    arena_init(&ret->arena, SIZE_MAX);
    arena_init(&arena, ARENA_REQUEST_MAX);          /* of its groups and sorts, which are gone afterwards */
    own.arena = &arena;
    struct keeper keeper = { { keep_columns, keep_row, &ret->bytes, keep_stored, keep_done }, ret, rq->error };
    int err = execute_select(&own, source->query, params, organization, &keeper.result);
    arena_done(&arena);
    if (err < 0)
        return -1;
    struct slice rest = buf_slice(&ret->bytes);
    ret->rows = ARENA_ARRAY(&ret->arena, struct slice, ret->count + 1);
    for (uint32_t i = 0; i < ret->count; i++)
        if (!mp_skip(&rest, &ret->rows[i]))
            return fail(rq->error, SQLSTATE_INTERNAL_ERROR, "the rows of \"%s\" cannot be read", source->alias);
    return 0;
}

void derived_done(struct derived *derived)
{
    HASH_CLEAR(hh, derived->buckets);
    buf_done(&derived->bytes);
    arena_done(&derived->arena);
}

/* --- Reading --- */

static int load(const struct derived *d, uint32_t number, int column, const struct row *row, struct value *ret, struct error *error)
{
    struct slice bytes = row->columns[column];
    if (value_load(d->source->table->columns[column].type, &bytes, ret) == 0)
        return 0;
    return fail(error, SQLSTATE_INTERNAL_ERROR, "row %u of \"%s\" cannot be read", number, d->source->alias);
}

/* What a look-up by the step's columns compares. 1, 0: one of them is NULL, which equals nothing; -1. */
static int key_of(const struct derived *d, const struct access_step *step, uint32_t number, struct buf *ret, struct error *error)
{
    struct row row;
    buf_clear(ret);
    if (row_open(d->rows[number], &row) < 0)
        return fail(error, SQLSTATE_INTERNAL_ERROR, "row %u of \"%s\" cannot be read", number, d->source->alias);
    for (int i = 0; i < step->prefix_count; i++) {
        struct value value;
        if (load(d, number, step->columns[i], &row, &value, error) < 0)
            return -1;
        if (value_is_null(&value))
            return 0;
        value_key(type_collated(d->source->table->columns[step->columns[i]].type, NULL), &value, (struct key_order){ 0 }, ret);
    }
    return 1;
}

static void add(struct derived *d, struct slice key, uint32_t number)
{
    struct bucket *bucket;
    HASH_FIND(hh, d->buckets, key.data, key.size, bucket);
    if (bucket != NULL) {
        d->others[bucket->last] = number + 1;
        bucket->last = number;
        return;
    }
    bucket = ARENA_NEW(&d->arena, struct bucket);
    bucket->first = bucket->last = number;
    struct slice kept = arena_copy(&d->arena, key);
    HASH_ADD_KEYPTR(hh, d->buckets, kept.data, kept.size, bucket);
}

static int fill(struct derived *d, const struct access_step *step, struct error *error)
{
    struct buf key = { 0 };
    int got = 0;
    d->others = ARENA_ARRAY(&d->arena, uint32_t, d->count + 1);
    for (uint32_t i = 0; i < d->count && got >= 0; i++)
        if ((got = key_of(d, step, i, &key, error)) == 1)
            add(d, buf_slice(&key), i);
    buf_done(&key);
    return got < 0 ? -1 : 0;
}

int derived_start(struct derived *d, const struct access_step *step, const struct value *prefix, struct error *error)
{
    struct bucket *bucket;
    struct buf key = { 0 };
    d->all = step->prefix_count == 0;
    d->next = d->all && d->count > 0;
    if (d->all)
        return 0;
    if (d->others == NULL && fill(d, step, error) < 0)
        return -1;
    for (int i = 0; i < step->prefix_count; i++)
        value_key(type_collated(d->source->table->columns[step->columns[i]].type, NULL), &prefix[i], (struct key_order){ 0 }, &key);
    HASH_FIND(hh, d->buckets, key.data, key.size, bucket);
    d->next = bucket != NULL ? bucket->first + 1 : 0;
    buf_done(&key);
    return 0;
}

int derived_next(struct derived *d, struct value *columns, struct error *error)
{
    struct row row;
    if (d->next == 0)
        return 0;
    uint32_t number = d->next - 1;
    if (work_spend(d->work, WORK_OF_ROW, error) < 0)
        return -1;
    if (row_open(d->rows[number], &row) < 0)
        return fail(error, SQLSTATE_INTERNAL_ERROR, "row %u of \"%s\" cannot be read", number, d->source->alias);
    for (int i = 0; i < d->source->table->column_count; i++)
        if (d->needed[i] && load(d, number, i, &row, &columns[i], error) < 0)
            return -1;
    d->next = d->all ? (number + 1 < d->count ? number + 2 : 0) : d->others[number];
    return 1;
}
