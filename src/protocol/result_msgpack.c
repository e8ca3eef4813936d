#include "protocol/result_msgpack.h"

#include "value/mp.h"

/* Up to the number of the rows: the same for every run of a statement, so it is kept beside it. */
static struct slice head_of(struct result_shape *shape)
{
    static const char keeper = 0;
    struct buf head = { 0 };
    if (shape->keeper == &keeper)
        return shape->kept;
    mp_put_map(&head, 4);
    mp_put_string(&head, "columns");
    mp_put_array(&head, (uint32_t)shape->count);
    for (int i = 0; i < shape->count; i++)
        mp_put_string(&head, shape->outputs[i].name);
    mp_put_string(&head, "types");
    mp_put_array(&head, (uint32_t)shape->count);
    for (int i = 0; i < shape->count; i++)
        mp_put_string(&head, type_name(shape->outputs[i].type, shape->arena));
    mp_put_string(&head, "rows");
    shape->kept = arena_copy(shape->arena, buf_slice(&head));
    shape->keeper = &keeper;
    buf_done(&head);
    return shape->kept;
}

static struct result_msgpack *of(struct result *result)
{
    return (struct result_msgpack *)result;
}

static int put_columns(struct result *result, struct result_shape *shape)
{
    static const uint8_t rows[5] = { 0xdd };            /* an array whose count is filled in at the end */
    struct result_msgpack *r = of(result);
    r->shape = shape;
    r->start = r->out->size;
    r->rows = 0;
    buf_append_slice(r->out, head_of(shape));
    buf_append(r->out, rows, sizeof rows);
    r->rows_at = r->out->size;
    return 0;
}

static int end_row(struct result *result)
{
    struct result_msgpack *r = of(result);
    r->rows++;
    if (r->out->size - r->start <= REPLY_SIZE_MAX - KIB(64))
        return 0;
    fail(r->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the rows pass the %zu bytes of a reply", (size_t)REPLY_SIZE_MAX);
    return fail_hint(r->error, "give a LIMIT, or read pages with ORDER BY a key and WHERE it is greater than the last one");
}

static int put_row(struct result *result, const struct value *values)
{
    struct result_msgpack *r = of(result);
    mp_put_array(r->out, (uint32_t)r->shape->count);
    for (int i = 0; i < r->shape->count; i++)
        value_store(r->shape->outputs[i].type, &values[i], r->out);
    return end_row(result);
}

static int put_count(struct result *result, uint64_t count)
{
    struct result_msgpack *r = of(result);
    for (int i = 0; i < 4; i++)
        r->out->data[r->rows_at - 4 + (size_t)i] = (uint8_t)(r->rows >> (24 - 8 * i));
    mp_put_string(r->out, "count");
    mp_put_uint(r->out, count);
    return 0;
}

void result_msgpack_start(struct result_msgpack *result, struct buf *out, struct error *error)
{
    *result = (struct result_msgpack){ .result = { put_columns, put_row, out, end_row, put_count }, .out = out, .error = error };
}
