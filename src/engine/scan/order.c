#include "engine/scan/order.h"

#include <assert.h>

#include "value/mp.h"

/* --- Total orders --- */

static bool has_column(const struct total_order *order, int column)
{
    for (int i = 0; i < order->count; i++)
        if (order->columns[i].column == column)
            return true;
    return false;
}

void order_total(const struct table *table, const struct order *order, enum ties ties, struct total_order *ret)
{
    ret->table = table;
    ret->count = 0;
    ret->ties = ties;
    for (int i = 0; i < order->count; i++)
        if (!has_column(ret, order->columns[i].column))
            ret->columns[ret->count++] = order->columns[i];
    ret->asked = ret->count;
    for (int i = 0; i < table->primary->key_count; i++) {
        const struct index_column *key = &table->primary->key[i];
        if (!has_column(ret, key->column))
            ret->columns[ret->count++] = (struct order_column){ .column = key->column, .collation = key->collation };
    }
}

void order_values(const struct total_order *order, uint32_t house, const struct value *columns, struct position *ret)
{
    ret->house = house;
    ret->ties = order->ties;
    for (int i = 0; i < order->count; i++)
        ret->values[i] = columns[order->columns[i].column];
}

static int compare_column(const struct total_order *order, int i, const struct value *a, const struct value *b)
{
    const struct order_column *by = &order->columns[i];
    return value_order(order_type(order, i), by->order, a, b);
}

int order_compare(const struct total_order *order, const struct position *a, const struct position *b)
{
    int sign = 0;
    for (int i = 0; i < order->asked && sign == 0; i++)
        sign = compare_column(order, i, &a->values[i], &b->values[i]);
    if (sign == 0)
        sign = (a->house > b->house) - (a->house < b->house);
    if (sign != 0)
        return sign;
    for (int i = order->asked; i < order->count && sign == 0; i++)
        sign = compare_column(order, i, &a->values[i], &b->values[i]);
    return order->ties == TIES_DOWN ? -sign : sign;
}

/* --- Sorting --- */

void sort_start(struct sort *sort, struct request *rq, const struct total_order *order, uint32_t limit)
{
    *sort = (struct sort){ .rq = rq, .order = *order, .limit = limit };
    assert(order->ties != TIES_FREE);
}

static bool behind(const struct sort *sort, uint32_t a, uint32_t b)
{
    return order_compare(&sort->order, &sort->rows[a]->at, &sort->rows[b]->at) > 0;
}

static void swap_rows(struct sort *sort, uint32_t a, uint32_t b)
{
    struct sort_row *row = sort->rows[a];
    sort->rows[a] = sort->rows[b];
    sort->rows[b] = row;
}

/* The heap's root is the last row in the order. */
static void rise(struct sort *sort, uint32_t at)
{
    while (at > 0 && behind(sort, at, (at - 1) / 2)) {
        swap_rows(sort, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct sort *sort, uint32_t at, uint32_t count)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && behind(sort, child + 1, child))
            child++;
        if (!behind(sort, child, at))
            return;
        swap_rows(sort, at, child);
        at = child;
    }
}

static void drop_last(struct sort *sort)
{
    struct sort_row *last = sort->rows[0];
    sort->rows[0] = sort->rows[--sort->count];
    sink(sort, 0, sort->count);
    sort->bytes -= last->row_size;
    sort->spare = last;         /* one is enough: a row is dropped when another comes */
}

static struct sort_row *take_spare(struct sort *sort, size_t size)
{
    struct sort_row *row = sort->spare;
    sort->spare = NULL;
    if (row == NULL)
        row = ARENA_NEW(sort->rq->arena, struct sort_row);
    if (row->room < size) {
        row->room = row->room == 0 ? size : size + size / 2;
        row->memory = arena_alloc(sort->rq->arena, row->room);
    }
    return row;
}

static void make_room(struct sort *sort)
{
    if (sort->count < sort->capacity)
        return;
    uint32_t capacity = sort->capacity == 0 ? 64 : 2 * sort->capacity;
    struct sort_row **grown = ARENA_ARRAY(sort->rq->arena, struct sort_row *, capacity);
    if (sort->count > 0)
        memcpy(grown, sort->rows, sizeof *grown * sort->count);
    sort->rows = grown;
    sort->capacity = capacity;
}

/* Values that borrow from the row borrow from its copy afterwards; those of sealed cells are copied. */
static void follow(struct position *at, const struct total_order *order, struct slice from, const uint8_t *to, struct arena *arena)
{
    for (int i = 0; i < order->count; i++) {
        struct slice *bytes = &at->values[i].bytes;
        switch (at->values[i].kind) {
        case VALUE_TEXT: case VALUE_BYTES: case VALUE_NUMERIC: case VALUE_JSON: case VALUE_INET: case VALUE_ARRAY:
            if (bytes->data >= from.data && bytes->data < from.data + from.size)
                bytes->data = to + (bytes->data - from.data);
            else if (row_is_sealed(from))
                at->values[i] = value_keep(&at->values[i], arena);
            break;
        default:
            break;
        }
    }
}

int sort_add(struct sort *sort, const struct selected *row, const struct value *columns)
{
    struct position at;
    order_values(&sort->order, row->house, columns, &at);
    bool full = sort->limit > 0 && sort->count == sort->limit;
    if (full && order_compare(&sort->order, &at, &sort->rows[0]->at) > 0)
        return 0;
    if (full)
        drop_last(sort);
    if (arena_over(sort->rq->arena))
        return fail(sort->rq->error, SQLSTATE_OUT_OF_MEMORY, "the rows to sort pass %zu bytes", sort->rq->arena->limit);
    make_room(sort);
    struct sort_row *kept = take_spare(sort, row->key.size + row->bytes.size);
    memcpy(kept->memory, row->key.data, row->key.size);
    memcpy(kept->memory + row->key.size, row->bytes.data, row->bytes.size);
    kept->key_size = row->key.size;
    kept->row_size = row->bytes.size;
    kept->at = at;
    follow(&kept->at, &sort->order, row->bytes, kept->memory + kept->key_size, sort->rq->arena);
    sort->rows[sort->count++] = kept;
    sort->bytes += kept->row_size;
    rise(sort, sort->count - 1);
    while (sort->limit > 0 && sort->count > 2
           && sort->bytes - sort->rows[0]->row_size > SCAN_REPLY_SIZE_TARGET + ROW_SIZE_MAX) {
        sort->limit = sort->count - 1;
        drop_last(sort);
    }
    return 0;
}

void sort_finish(struct sort *sort)
{
    for (uint32_t left = sort->count; left > 1; left--) {
        swap_rows(sort, 0, left - 1);
        sink(sort, 0, left - 1);
    }
}

bool sort_next(struct sort *sort, struct selected *ret)
{
    if (sort->next == sort->count)
        return false;
    const struct sort_row *row = sort->rows[sort->next++];
    *ret = (struct selected){ .house = row->at.house,
                              .key = slice_of(row->memory, row->key_size),
                              .bytes = slice_of(row->memory + row->key_size, row->row_size) };
    return true;
}
