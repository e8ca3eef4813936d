/* Walking an index while rows are being written: between two steps nothing of the store is held, only where to go on. */
#include <assert.h>

#include "engine/scan/index_use.h"
#include "engine/scan/unique.h"

bool key_after(const struct key *key, struct key *ret)
{
    if (key_successor(key, ret) && memcmp(key->bytes, ret->bytes, KEY_PREFIX_SIZE) == 0)
        return true;
    ret->size = 0;
    return false;
}

static int bound_key(struct walk *walk, const struct key *front, const struct value *value, struct key *ret, bool *ret_lossy)
{
    const struct index_column *column = &walk->index->key[walk->count];
    struct type type = index_type(walk->index->table, column);
    *ret = *front;
    *ret_lossy = false;
    return key_column(ret, type, value, column->order, ret_lossy, walk->rq->error);
}

/* The range of values between low and high; NULLs lie outside of it. A lossy bound bounds nothing: rows are asked instead. */
static int walk_bounds(struct walk *walk, const struct key *front)
{
    struct key_order order = walk->index->key[walk->count].order;
    struct key null, at;
    bool lossy;
    if (bound_key(walk, front, &VALUE_OF_NULL, &null, &lossy) < 0)
        return -1;
    if (order.nulls_first)
        walk->done = !key_after(&null, &walk->next);
    else
        walk->end = null;
    if (walk->low != NULL) {
        if (bound_key(walk, front, walk->low, &at, &lossy) < 0)
            return -1;
        if (!lossy && order.desc)
            key_after(&at, &walk->end);
        else if (!lossy)
            walk->next = at;
        walk->recheck = walk->recheck || lossy;
    }
    if (walk->high != NULL) {
        if (bound_key(walk, front, walk->high, &at, &lossy) < 0)
            return -1;
        if (!lossy && order.desc)
            walk->done = !key_after(&at, &walk->next) || walk->done;
        else if (!lossy)
            walk->end = at;
        walk->recheck = walk->recheck || lossy;
    }
    return 0;
}

static const struct value *keep_value(struct request *rq, const struct value *values, int count)
{
    if (values == NULL)
        return NULL;
    struct value *copy = ARENA_ARRAY(rq->arena, struct value, count);
    memcpy(copy, values, sizeof *copy * (size_t)count);
    return copy;
}

int walk_start(struct walk *walk, struct request *rq, const struct index *index, uint32_t house, const struct value *prefix,
               int count, const struct value *low, const struct value *high, bool reverse)
{
    struct key front;
    if (index->house)
        index = index->table->primary;
    assert(house != HOUSE_ANY);
    assert(count <= index->key_count);
    assert(count < index->key_count || (low == NULL && high == NULL));
    index_used(rq, index);
    *walk = (struct walk){ .rq = rq, .index = index, .count = count, .reverse = reverse };
    walk->prefix = count > 0 ? keep_value(rq, prefix, count) : NULL;
    walk->low = keep_value(rq, low, 1);
    walk->high = keep_value(rq, high, 1);
    key_start(&front, house, index->relation);
    for (int i = 0; i < count; i++) {
        if (key_column(&front, index_type(index->table, &index->key[i]), &prefix[i], index->key[i].order, &walk->recheck, rq->error) < 0)
            return -1;
    }
    walk->next = front;
    key_after(&front, &walk->end);
    return low != NULL || high != NULL ? walk_bounds(walk, &front) : 0;
}

/* The next entry's key, and past it: 1, 0, -1. */
static int walk_step(struct walk *walk, struct key *ret)
{
    struct cursor cursor;
    struct slice key;
    if (walk->end.size != 0 && slice_compare(key_slice(&walk->next), key_slice(&walk->end)) >= 0)
        walk->done = true;
    if (walk->done)
        return 0;
    if (cursor_open(walk->rq->view, &walk->next, &walk->end, walk->reverse, &cursor, walk->rq->error) < 0)
        return -1;
    int got = cursor_next(&cursor, &key, NULL, walk->rq->error);
    if (got == 1)
        key_copy(ret, key);
    cursor_close(&cursor);
    if (got != 1)
        walk->done = true;
    else if (walk->reverse)
        walk->end = *ret;
    else
        walk->done = !key_after(ret, &walk->next);
    return got;
}

static int compare_column(const struct walk *walk, int at, const struct value *columns, const struct value *value)
{
    int column = walk->index->key[at].column;
    const struct value *mine = &columns[column];
    if (value_is_null(mine) || value_is_null(value))
        return value_is_null(mine) - value_is_null(value);
    return value_compare(index_type(walk->index->table, &walk->index->key[at]), mine, value);
}

static bool walk_wants(const struct walk *walk, const struct value *columns)
{
    for (int i = 0; i < walk->count; i++)
        if (compare_column(walk, i, columns, &walk->prefix[i]) != 0)
            return false;
    if (walk->low != NULL && compare_column(walk, walk->count, columns, walk->low) < 0)
        return false;
    return walk->high == NULL || compare_column(walk, walk->count, columns, walk->high) < 0;
}

static int walk_row(struct walk *walk, const struct key *entry, struct found *ret)
{
    struct key key = *entry;
    struct slice bytes;
    if (!walk->index->primary && key_row_from_entry(walk->index, key_slice(entry), &key) < 0)
        return fail(walk->rq->error, SQLSTATE_INDEX_CORRUPTED, "index \"%s\" is damaged", walk->index->name);
    int got = view_get(walk->rq->view, key_slice(&key), &bytes, walk->rq->error);
    if (got < 0)
        return -1;
    if (got == 0)
        return fail(walk->rq->error, SQLSTATE_INDEX_CORRUPTED, "index \"%s\" has an entry without a row", walk->index->name);
    return found_fill(walk->rq, walk->index->table, &key, bytes, ret);
}

int walk_next(struct walk *walk, struct found *ret)
{
    struct key entry;
    int got;
    while ((got = walk_step(walk, &entry)) == 1) {
        if (arena_over(walk->rq->arena))
            return fail(walk->rq->error, SQLSTATE_OUT_OF_MEMORY, "the statement needs more memory than a request may have");
        if (work_spend(walk->rq->work, WORK_OF_ROW, walk->rq->error) < 0 || walk_row(walk, &entry, ret) < 0)
            return -1;
        if (!walk->recheck || walk_wants(walk, ret->columns))
            return 1;
    }
    return got;
}
