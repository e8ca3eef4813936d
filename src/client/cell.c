/* Cells: reading replies in place. */
#include "client/client.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/uuid.h"
#include "value/json.h"
#include "value/mp.h"
#include "value/numeric.h"
#include "value/time.h"

static const struct rh_cell missing = { NULL, 0 };

static struct slice bytes_of(struct rh_cell cell)
{
    return slice_of(cell.data, cell.size);
}

/* The first object of `in` as a cell, and past it. */
static struct rh_cell next_cell(struct slice *in)
{
    struct slice object;
    if (!mp_skip(in, &object))
        return missing;
    return (struct rh_cell){ object.data, object.size };
}

void rh_reply_free(struct rh_reply *reply)
{
    if (reply == NULL)
        return;
    buf_done(&reply->bytes);
    free(reply);
}

struct rh_cell rh_result(const struct rh_reply *reply)
{
    return reply == NULL ? missing : (struct rh_cell){ reply->bytes.data, reply->bytes.size };
}

struct rh_cell rh_rows(const struct rh_reply *reply)
{
    return reply != NULL && reply->is_row ? rh_result(reply) : rh_member(rh_result(reply), "rows");
}

static enum rh_type type_of_ext(struct slice in)
{
    int8_t type;
    struct slice payload;
    if (!mp_ext(&in, &type, &payload))
        return RH_MISSING;
    switch (type) {
    case MP_EXT_TIMESTAMP: return RH_TIME;
    case MP_EXT_DECIMAL:   return RH_NUMERIC;
    case MP_EXT_UUID:      return RH_UUID;
    case MP_EXT_JSON_NULL: return RH_JSON_NULL;
    default:               return RH_MISSING;
    }
}

enum rh_type rh_type(struct rh_cell cell)
{
    if (cell.data == NULL)
        return RH_MISSING;
    switch (mp_peek(bytes_of(cell))) {
    case MP_NIL:    return RH_NULL;
    case MP_BOOL:   return RH_BOOL;
    case MP_INT:
    case MP_UINT:   return RH_INT;
    case MP_FLOAT:
    case MP_DOUBLE: return RH_DOUBLE;
    case MP_STR:    return RH_TEXT;
    case MP_BIN:    return RH_BYTES;
    case MP_ARRAY:  return RH_ARRAY;
    case MP_MAP:    return RH_MAP;
    case MP_EXT:    return type_of_ext(bytes_of(cell));
    default:        return RH_MISSING;
    }
}

bool rh_is_null(struct rh_cell cell)
{
    return rh_type(cell) <= RH_NULL;
}

size_t rh_count(struct rh_cell cell)
{
    struct slice in = bytes_of(cell), text;
    uint32_t count;
    if (mp_array(&in, &count) || mp_map(&in, &count))
        return count;
    return mp_str(&in, &text) || mp_bin(&in, &text) ? text.size : 0;
}

struct rh_cell rh_at(struct rh_cell cell, size_t index)
{
    struct slice in = bytes_of(cell);
    uint32_t count;
    if (!mp_array(&in, &count) || index >= count)
        return missing;
    for (size_t i = 0; i < index; i++)
        mp_skip(&in, NULL);
    return next_cell(&in);
}

struct rh_cell rh_step(struct rh_cell array, struct rh_cell before)
{
    struct slice in = bytes_of(array);
    uint32_t count;
    if (!mp_array(&in, &count) || count == 0)
        return missing;
    if (before.data != NULL)
        in = slice_of(before.data + before.size, (size_t)(array.data + array.size - before.data) - before.size);
    return in.size == 0 ? missing : next_cell(&in);
}

struct rh_cell rh_member(struct rh_cell cell, const char *key)
{
    struct slice in = bytes_of(cell), name;
    uint32_t count;
    if (!mp_map(&in, &count))
        return missing;
    for (uint32_t i = 0; i < count; i++) {
        if (!mp_str(&in, &name))
            return missing;
        if (slice_is(name, key))
            return next_cell(&in);
        mp_skip(&in, NULL);
    }
    return missing;
}

/* Object number `index` of a map, keys and values counted alike. */
static struct rh_cell map_object(struct rh_cell cell, size_t index)
{
    struct slice in = bytes_of(cell);
    uint32_t count;
    if (!mp_map(&in, &count) || index >= (size_t)count * 2)
        return missing;
    for (size_t i = 0; i < index; i++)
        mp_skip(&in, NULL);
    return next_cell(&in);
}

struct rh_cell rh_key(struct rh_cell cell, size_t index)
{
    return map_object(cell, index * 2);
}

struct rh_cell rh_pair(struct rh_cell cell, size_t index)
{
    return map_object(cell, index * 2 + 1);
}

bool rh_bool(struct rh_cell cell)
{
    struct slice in = bytes_of(cell);
    bool value = false;
    mp_bool(&in, &value);
    return value;
}

static bool load(enum type_id type, struct rh_cell cell, struct value *ret)
{
    struct slice in = bytes_of(cell);
    return value_load(type_of(type), &in, ret) == 0 && !value_is_null(ret);
}

int64_t rh_int(struct rh_cell cell)
{
    struct slice in = bytes_of(cell);
    int64_t integer;
    double real;
    if (mp_int(&in, &integer))
        return integer;
    if (mp_double(&in, &real) && fabs(real) < 9.2e18 && real == floor(real))
        return (int64_t)real;
    return 0;
}

double rh_double(struct rh_cell cell)
{
    struct slice in = bytes_of(cell);
    struct value value;
    double real;
    if (mp_double(&in, &real))
        return real;
    if (rh_type(cell) == RH_NUMERIC && load(TYPE_NUMERIC, cell, &value))
        return numeric_to_double(&value);
    return (double)rh_int(cell);
}

const char *rh_text(struct rh_cell cell, size_t *ret_size)
{
    struct slice in = bytes_of(cell), text = { 0 };
    mp_str(&in, &text);
    *ret_size = text.size;
    return (const char *)text.data;
}

const void *rh_bytes(struct rh_cell cell, size_t *ret_size)
{
    struct slice in = bytes_of(cell), bytes = { 0 };
    mp_bin(&in, &bytes);
    *ret_size = bytes.size;
    return bytes.data;
}

int64_t rh_time_us(struct rh_cell cell)
{
    struct value value;
    if (rh_type(cell) != RH_TIME)
        return 0;
    if (load(TYPE_TIMESTAMPTZ, cell, &value))
        return value_unix_us(&value);
    return load(TYPE_DATE, cell, &value) ? TIME_INFINITY : 0;       /* days reach further than instants */
}

bool rh_uuid(struct rh_cell cell, struct rh_uuid *ret)
{
    struct value value;
    if (rh_type(cell) != RH_UUID || !load(TYPE_UUID, cell, &value))
        return false;
    memcpy(ret->bytes, value.uuid.bytes, sizeof ret->bytes);
    return true;
}

bool rh_uuid_parse(const char *text, struct rh_uuid *ret)
{
    struct uuid uuid;
    if (!uuid_parse(slice_of_string(text), &uuid))
        return false;
    memcpy(ret->bytes, uuid.bytes, sizeof ret->bytes);
    return true;
}

void rh_uuid_format(const struct rh_uuid *uuid, char text[37])
{
    struct uuid copy;
    memcpy(copy.bytes, uuid->bytes, sizeof copy.bytes);
    uuid_format(&copy, text);
}

/* --- As text --- */

static void print_stored(enum type_id type, struct rh_cell cell, bool quoted, struct buf *out)
{
    struct value value;
    if (!load(type, cell, &value))
        return;
    if (quoted)
        json_from_value(type_of(type), &value, out);
    else
        value_to_text(type_of(type), &value, out);
}

/* A cell does not say whether it is an instant or a day; only days reach beyond the last instant. */
static void print_time(struct rh_cell cell, bool quoted, struct buf *out)
{
    struct value value;
    print_stored(load(TYPE_TIMESTAMPTZ, cell, &value) ? TYPE_TIMESTAMPTZ : TYPE_DATE, cell, quoted, out);
}

static void print_cell(struct rh_cell cell, bool inside, struct buf *out);

static void print_container(struct rh_cell cell, bool map, struct buf *out)
{
    struct slice in = bytes_of(cell);
    uint32_t count = 0;
    if (map)
        mp_map(&in, &count);
    else
        mp_array(&in, &count);
    buf_append_byte(out, map ? '{' : '[');
    for (uint32_t i = 0; i < count; i++) {
        buf_append_string(out, i > 0 ? ", " : "");
        print_cell(next_cell(&in), true, out);
        if (map) {
            buf_append_string(out, ": ");
            print_cell(next_cell(&in), true, out);
        }
    }
    buf_append_byte(out, map ? '}' : ']');
}

static void print_cell(struct rh_cell cell, bool inside, struct buf *out)
{
    struct slice in = bytes_of(cell), text;
    switch (rh_type(cell)) {
    case RH_MISSING:
    case RH_NULL:
        buf_append_string(out, inside ? "null" : "");
        return;
    case RH_JSON_NULL:
        buf_append_string(out, "null");
        return;
    case RH_TEXT:
        mp_str(&in, &text);
        if (inside)
            json_quote(text, out);
        else
            buf_append_slice(out, text);
        return;
    case RH_ARRAY:
    case RH_MAP:
        print_container(cell, rh_type(cell) == RH_MAP, out);
        return;
    case RH_BOOL:    buf_append_string(out, rh_bool(cell) ? "true" : "false"); return;
    case RH_INT:     json_to_text(in, out); return;
    case RH_DOUBLE:  print_stored(TYPE_FLOAT8, cell, inside, out); return;
    case RH_BYTES:   print_stored(TYPE_BYTEA, cell, inside, out); return;
    case RH_TIME:    print_time(cell, inside, out); return;
    case RH_NUMERIC: print_stored(TYPE_NUMERIC, cell, inside, out); return;
    case RH_UUID:    print_stored(TYPE_UUID, cell, inside, out); return;
    }
}

static char *printed(struct rh_cell cell, bool inside)
{
    struct buf out = { 0 };
    print_cell(cell, inside, &out);
    buf_text(&out);
    return (char *)out.data;
}

char *rh_cell_text(struct rh_cell cell) { return printed(cell, false); }
char *rh_cell_json(struct rh_cell cell) { return printed(cell, true); }
