#include "engine/seal_row.h"

#include <stdio.h>

#include "engine/seal_mark.h"
#include "value/mp.h"

/* --- One cell --- */

#define NUMBER_SIZE 4
#define CELL_OVERHEAD_MAX (6 + NUMBER_SIZE + SEAL_OVERHEAD)     /* 6: the longest head of an ext */

struct slice sealing_associate(struct associated *a, struct slice key, int column)
{
    memcpy(a->bytes, key.data, key.size);
    a->bytes[key.size] = (uint8_t)(column >> 8);
    a->bytes[key.size + 1] = (uint8_t)column;
    return slice_of(a->bytes, key.size + 2);
}

void sealing_start(struct sealing *sealing, struct request *rq, uint32_t house)
{
    *sealing = (struct sealing){ .rq = rq, .house = house };
}

void sealing_done(struct sealing *sealing)
{
    seal_wipe(&sealing->key, sizeof sealing->key);
}

int sealing_close(struct sealing *s, struct slice associated, struct slice clear, struct buf *out)
{
    if (s->current == 0 || s->key.number != s->current) {
        if (data_key_current(s->rq, s->house, &s->key) < 0)
            return -1;
        s->current = s->key.number;
    }
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_append_byte(out, (uint8_t)(s->current >> shift));
    seal_close(&s->key.key, s->rq->sys, associated, clear, buf_reserve(out, clear.size + SEAL_OVERHEAD));
    out->size += clear.size + SEAL_OVERHEAD;
    return 0;
}

uint32_t sealing_number(struct slice payload)
{
    uint32_t number = 0;
    for (int i = 0; i < NUMBER_SIZE && payload.size >= NUMBER_SIZE; i++)
        number = number << 8 | payload.data[i];
    return number;
}

int sealing_open(struct sealing *s, struct slice associated, struct slice payload, const char *what, struct buf *out)
{
    uint32_t number = sealing_number(payload);
    if (payload.size < NUMBER_SIZE + SEAL_OVERHEAD)
        return fail(s->rq->error, SQLSTATE_DATA_CORRUPTED, "%s is damaged", what);
    if (s->key.number != number && data_key_find(s->rq, s->house, number, &s->key) < 0)
        return fail_within(s->rq->error, "%s", what);
    struct slice sealed = slice_of(payload.data + NUMBER_SIZE, payload.size - NUMBER_SIZE);
    if (!seal_open(&s->key.key, associated, sealed, buf_reserve(out, sealed.size - SEAL_OVERHEAD)))
        return fail(s->rq->error, SQLSTATE_DATA_CORRUPTED, "%s does not open", what);
    out->size += sealed.size - SEAL_OVERHEAD;
    return 0;
}

/* --- Writing --- */

static int put_cell(struct sealing *s, struct slice key, const struct table *table, int column, const struct value *value, struct buf *out)
{
    struct associated associated;
    struct buf clear = { 0 }, payload = { 0 };
    value_store(table->columns[column].type, value, &clear);
    int result = sealing_close(s, sealing_associate(&associated, key, column), buf_slice(&clear), &payload);
    if (result == 0)
        mp_put_ext(out, MP_EXT_SEALED, buf_slice(&payload));
    buf_done(&clear);
    buf_done(&payload);
    return result;
}

/* The old row's cell, if it may stay (X3). */
static bool keeps_cell(struct sealing *s, const struct row *old, int column, struct slice *ret)
{
    int8_t ext;
    struct slice cell, payload;
    if (old == NULL || column >= old->count)
        return false;
    *ret = cell = old->columns[column];
    if (!mp_ext(&cell, &ext, &payload) || ext != MP_EXT_SEALED)
        return false;
    if (s->current == 0 && data_key_number(s->rq, s->house, &s->current) < 0)
        return false;               /* sealing it anew meets the same error, and says so */
    return sealing_number(payload) == s->current;
}

static int put_cells(struct sealing *s, const struct table *table, struct slice key, const struct value *row, const struct row *old,
                     const bool *changed, const bool *marked, struct buf *out)
{
    struct slice kept;
    for (int i = 0; i < table->column_count; i++) {
        if (!marked[i] || value_is_null(&row[i]))
            value_store(table->columns[i].type, &row[i], out);
        else if (old != NULL && !changed[i] && keeps_cell(s, old, i, &kept))
            buf_append_slice(out, kept);
        else if (put_cell(s, key, table, i, &row[i], out) < 0)
            return -1;
    }
    return 0;
}

static int store_sealed(struct request *rq, const struct table *table, struct slice key, const struct value *row, const struct found *old,
                        const bool *changed, const bool *marked, struct buf *out)
{
    struct sealing sealing;
    struct row old_row;
    bool kept = old != NULL && row_is_sealed(old->bytes) && row_open(old->bytes, &old_row) == 0;
    sealing_start(&sealing, rq, key_tenant(key));
    row_begin(table->column_count, true, out);
    int result = put_cells(&sealing, table, key, row, kept ? &old_row : NULL, changed, marked, out);
    sealing_done(&sealing);
    return result;
}

/* Cells of the row that will be sealed: what they add to its size does not count against its limit. */
static size_t count_sealed(const struct table *table, const struct value *row, const bool *marked)
{
    size_t count = 0;
    for (int i = 0; i < table->column_count; i++)
        count += marked[i] && !value_is_null(&row[i]);
    return count;
}

int row_store(struct request *rq, const struct table *table, struct slice key, const struct value *row, const struct found *old,
              const bool *changed, struct buf *out)
{
    bool marked[COLUMNS_MAX];
    size_t sealed = 0;
    int any = seal_marked(rq, table, key_tenant(key), marked);
    if (any < 0)
        return -1;
    buf_clear(out);
    if (any == 1 && (sealed = count_sealed(table, row, marked)) > 0) {
        if (store_sealed(rq, table, key, row, old, changed, marked, out) < 0)
            return -1;
    } else {
        row_begin(table->column_count, false, out);
        for (int i = 0; i < table->column_count; i++)
            value_store(table->columns[i].type, &row[i], out);
    }
    if (out->size > ROW_SIZE_MAX + sealed * CELL_OVERHEAD_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a row of \"%s\" is %zu bytes, the limit is %zu",
                    table->name, out->size, (size_t)ROW_SIZE_MAX);
    return 0;
}

/* --- Reading --- */

static int refuse_row(struct request *rq, const struct table *table)
{
    return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", table->qualified);
}

/* Appends the stored form of a cell that is sealed. */
static int open_cell(struct sealing *s, const struct table *table, struct slice key, int column, struct slice payload, struct buf *out)
{
    struct associated associated;
    char what[160];
    snprintf(what, sizeof what, "a sealed cell of \"%s\".\"%s\"", table->qualified, table->columns[column].name);
    return sealing_open(s, sealing_associate(&associated, key, column), payload, what, out);
}

static int open_value(struct sealing *s, const struct table *table, struct slice key, int column, struct arena *arena, struct value *value)
{
    struct buf clear = { 0 };
    int result = open_cell(s, table, key, column, value->bytes, &clear);
    if (result == 0) {
        struct slice bytes = arena_copy(arena, buf_slice(&clear));
        if (value_load(table->columns[column].type, &bytes, value) < 0 || bytes.size > 0)
            result = refuse_row(s->rq, table);
    }
    buf_done(&clear);
    return result;
}

static int open_values(struct request *rq, const struct table *table, struct slice key, const bool *needed, int end, struct arena *arena,
                       struct value *columns)
{
    struct sealing sealing;
    int result = 0;
    sealing_start(&sealing, rq, key_tenant(key));
    for (int i = 0; i < end && result == 0; i++)
        if ((needed == NULL || needed[i]) && columns[i].kind == VALUE_SEALED)
            result = open_value(&sealing, table, key, i, arena, &columns[i]);
    sealing_done(&sealing);
    return result;
}

int row_load(struct request *rq, const struct table *table, struct slice key, struct slice bytes, const bool *needed, int end,
             struct arena *arena, struct value *columns)
{
    uint32_t there;
    struct slice rest = bytes;
    bool sound = mp_array(&rest, &there);
    for (int i = 0; i < end && sound; i++) {
        const struct column *column = &table->columns[i];
        if ((uint32_t)i >= there)
            columns[i] = column->dropped ? VALUE_OF_NULL : column->missing;
        else if (column->dropped || (needed != NULL && !needed[i]))
            sound = mp_skip(&rest, NULL);
        else
            sound = cell_load(column->type, &rest, &columns[i]) == 0;
        if (column->dropped)
            columns[i] = VALUE_OF_NULL;
    }
    if (!sound)
        return refuse_row(rq, table);
    return row_is_sealed(bytes) && !rq->keeps_sealed ? open_values(rq, table, key, needed, end, arena, columns) : 0;
}

/* One column of an opened row, its stored form in the clear. */
static int put_open(struct sealing *s, const struct table *table, struct slice key, const struct row *row, int column, struct buf *out)
{
    int8_t ext;
    struct slice cell, payload;
    if (column >= row->count) {
        value_store(table->columns[column].type, &table->columns[column].missing, out);
        return 0;
    }
    cell = row->columns[column];
    if (mp_ext(&cell, &ext, &payload) && ext == MP_EXT_SEALED)
        return open_cell(s, table, key, column, payload, out);
    buf_append_slice(out, row->columns[column]);
    return 0;
}

int row_put_stored(struct request *rq, const struct table *table, struct slice key, struct slice bytes, const struct column_list *columns,
                   struct buf *out)
{
    struct sealing sealing;
    struct column_list all;
    struct row row;
    size_t start = out->size;
    int result = 0;
    if (!row_is_sealed(bytes)) {
        row_put(table, bytes, columns, out);
        return 0;
    }
    if (row_open(bytes, &row) < 0)
        return refuse_row(rq, table);
    if (columns == NULL)
        column_list_all(rq, table, &all);
    const struct column_list *wanted = columns == NULL ? &all : columns;
    sealing_start(&sealing, rq, key_tenant(key));
    mp_put_array(out, (uint32_t)wanted->count);
    for (int i = 0; i < wanted->count && result == 0; i++)
        result = put_open(&sealing, table, key, &row, wanted->columns[i], out);
    sealing_done(&sealing);
    if (result < 0)
        out->size = start;
    return result;
}
