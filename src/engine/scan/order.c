#include "engine/scan/order.h"

#include <assert.h>

#include "engine/args.h"
#include "value/mp.h"

/* --- As asked --- */

static int read_word(struct request *rq, struct slice word, struct key_order *order, bool *nulls_given)
{
    if (slice_is(word, "asc"))
        order->desc = false;
    else if (slice_is(word, "desc"))
        order->desc = true;
    else if (slice_is(word, "nulls first"))
        order->nulls_first = *nulls_given = true;
    else if (slice_is(word, "nulls last"))
        order->nulls_first = !(*nulls_given = true);
    else
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "an order wants \"asc\", \"desc\", \"nulls first\" or \"nulls last\", not \"%.*s\"", SLICE_FMT(word));
    return 0;
}

struct order_reader {
    struct request *rq;
    int (*find)(struct request *rq, void *env, struct slice name, int *ret);
    void *env;
};

static int read_item(const struct order_reader *reader, struct slice *in, struct order_column *ret)
{
    struct request *rq = reader->rq;
    struct slice name, word;
    uint32_t words = 1;
    bool nulls_given = false;
    *ret = (struct order_column){ 0 };
    mp_array(in, &words);
    if (words < 1 || words > 3 || !mp_str(in, &name))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "\"order\" wants column names, or arrays of a name, a direction and a place of nulls");
    if (reader->find(rq, reader->env, name, &ret->column) < 0)
        return -1;
    for (uint32_t i = 1; i < words; i++) {
        if (!mp_str(in, &word))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"order\" wants texts after a column's name");
        if (read_word(rq, word, &ret->order, &nulls_given) < 0)
            return -1;
    }
    if (!nulls_given)
        ret->order.nulls_first = ret->order.desc;
    return 0;
}

int order_read(struct request *rq, int (*find)(struct request *rq, void *env, struct slice name, int *ret), void *env,
               struct slice object, struct order *ret)
{
    const struct order_reader reader = { rq, find, env };
    uint32_t count;
    ret->count = 0;
    if (object.data == NULL)
        return 0;
    if (!mp_array(&object, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"order\" wants an array");
    if (count > ORDER_COLUMNS_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"order\" has more than %d columns", ORDER_COLUMNS_MAX);
    for (uint32_t i = 0; i < count; i++)
        if (read_item(&reader, &object, &ret->columns[ret->count++]) < 0)
            return -1;
    return 0;
}

static int find_column(struct request *rq, void *env, struct slice name, int *ret)
{
    const struct table *table = env;
    if (args_column(rq, table, name, ret) < 0)
        return -1;
    if (table->columns[*ret].type.id == TYPE_JSON)
        return fail(rq->error, SQLSTATE_UNDEFINED_FUNCTION, "could not identify an ordering operator for type json");
    return 0;
}

int order_from_wire(struct request *rq, const struct table *table, struct slice object, struct order *ret)
{
    if (order_read(rq, find_column, (void *)table, object, ret) < 0)
        return -1;
    for (int i = 0; i < ret->count; i++)
        ret->columns[i].collation = table->columns[ret->columns[i].column].type.collation;
    return 0;
}

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
