/* Lenient input from the wire: what value.h promises for each type. */
#include "value/value.h"

#include <assert.h>
#include <math.h>

#include "value/array.h"
#include "value/json.h"
#include "value/modifier.h"
#include "value/mp.h"
#include "value/numeric.h"
#include "value/real.h"
#include "value/stamp.h"
#include "value/utf8.h"

static const char *const kind_names[] = {
    [MP_NIL] = "nil", [MP_BOOL] = "a boolean", [MP_INT] = "an integer", [MP_UINT] = "an integer", [MP_FLOAT] = "a float",
    [MP_DOUBLE] = "a float", [MP_STR] = "a string", [MP_BIN] = "binary", [MP_ARRAY] = "an array", [MP_MAP] = "a map",
    [MP_EXT] = "an extension", [MP_BAD] = "nothing",
};

static int mismatch(struct type type, enum mp_type found, struct arena *arena, struct error *error)
{
    return fail(error, SQLSTATE_DATATYPE_MISMATCH, "%s is no value of type %s", kind_names[found], type_name(type, arena));
}

static int out_of_range(struct type type, struct arena *arena, struct error *error)
{
    return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "%s out of range", type_name(type_of(type.id), arena));
}

/* --- Numbers: any kind for any type, if it is the same number (and a real takes the nearest) --- */

/* Any number as a numeric; a float by its shortest digits. */
static int read_numeric(struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    enum mp_type found = mp_peek(*bytes);
    struct buf text = { 0 };
    struct slice payload;
    int64_t integer;
    uint64_t natural;
    double real;
    int8_t type;
    if (mp_ext(bytes, &type, &payload)) {
        if (type != MP_EXT_DECIMAL || !numeric_valid(payload))
            return fail(error, SQLSTATE_INVALID_BINARY, "malformed decimal, or one out of range");
        *ret = numeric_canonical(payload, arena);
        return 0;
    }
    if (mp_int(bytes, &integer)) {
        *ret = numeric_from_int(integer, arena);
        return 0;
    }
    if (mp_uint(bytes, &natural))
        buf_printf(&text, "%llu", (unsigned long long)natural);
    else if (mp_double(bytes, &real))
        real_format(real, found == MP_FLOAT, &text);
    int result = numeric_parse(buf_slice(&text), arena, ret, error);
    buf_done(&text);
    return result;
}

static int read_integer(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    struct value numeric, back;
    if (!mp_int(bytes, &ret->integer)) {
        if (read_numeric(bytes, arena, &numeric, error) < 0)
            return -1;
        if (numeric_to_int(&numeric, &ret->integer, error) < 0)
            return out_of_range(type, arena, error);
        back = numeric_from_int(ret->integer, arena);
        if (numeric_compare(&numeric, &back) != 0)
            return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "a number with a fraction is no value of type %s",
                        type_name(type, arena));
    }
    if ((type.id == TYPE_INT2 && (int16_t)ret->integer != ret->integer) ||
        (type.id == TYPE_INT4 && (int32_t)ret->integer != ret->integer))
        return out_of_range(type, arena, error);
    return 0;
}

static int read_float(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    struct value numeric;
    if (!mp_double(bytes, &ret->real)) {
        if (read_numeric(bytes, arena, &numeric, error) < 0)
            return -1;
        ret->real = numeric_to_double(&numeric);
        if (isinf(ret->real) && numeric_is_finite(&numeric))
            return out_of_range(type, arena, error);
    }
    return type.id == TYPE_FLOAT4 ? real_narrow(ret->real, &ret->real, error) : 0;
}

static int read_number(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    enum mp_type found = mp_peek(*bytes);
    if (found != MP_INT && found != MP_UINT && found != MP_FLOAT && found != MP_DOUBLE && found != MP_EXT)
        return mismatch(type, found, arena, error);
    if (type.id == TYPE_NUMERIC)
        return read_numeric(bytes, arena, ret, error);
    if (type.id == TYPE_FLOAT4 || type.id == TYPE_FLOAT8)
        return read_float(type, bytes, arena, ret, error);
    return read_integer(type, bytes, arena, ret, error);
}

/* --- Other types --- */

static int read_uuid(struct slice *bytes, struct value *ret, struct error *error)
{
    struct slice payload;
    int8_t type = MP_EXT_UUID;
    bool sound = mp_bin(bytes, &payload) || mp_ext(bytes, &type, &payload);
    assert(sound);
    if (type != MP_EXT_UUID || payload.size != sizeof ret->uuid.bytes)
        return fail(error, SQLSTATE_INVALID_BINARY, "a uuid has 16 bytes, in binary or in extension type %d", MP_EXT_UUID);
    memcpy(ret->uuid.bytes, payload.data, sizeof ret->uuid.bytes);
    return 0;
}

static int read_stamp(struct type type, struct slice *bytes, struct value *ret, struct error *error)
{
    struct slice payload;
    struct stamp stamp;
    int8_t ext;
    bool sound = mp_ext(bytes, &ext, &payload);
    assert(sound);
    if (ext != MP_EXT_TIMESTAMP || !stamp_read(payload, &stamp))
        return fail(error, SQLSTATE_INVALID_BINARY, "an instant is extension type %d with 4, 8 or 12 bytes", MP_EXT_TIMESTAMP);
    stamp_round(&stamp);
    if (type.id != TYPE_DATE)
        return stamp_to_time(stamp, &ret->instant) ? 0 : fail(error, SQLSTATE_DATETIME_OVERFLOW, "timestamp out of range");
    if (!stamp_to_date(stamp, &ret->date))
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "date out of range, or not at midnight UTC");
    return 0;
}

static int read_interval(struct slice *bytes, struct value *ret, struct error *error)
{
    struct slice rest = *bytes;
    if (value_load(type_of(TYPE_INTERVAL), &rest, ret) < 0)
        return fail(error, SQLSTATE_INVALID_BINARY, "an interval is an array of months, days and microseconds");
    *bytes = rest;
    return 0;
}

static int read_text(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    struct slice text;
    bool sound = mp_str(bytes, &text);
    assert(sound);
    return value_from_text(type, text, arena, ret, error);
}

static int read_json(struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    struct slice rest = *bytes;
    int8_t ext;
    ret->kind = VALUE_JSON;
    if (mp_ext(&rest, &ext, &ret->bytes) && ext == MP_EXT_JSON_NULL) {
        if (ret->bytes.size != 1 || mp_peek(ret->bytes) != MP_NIL)
            return fail(error, SQLSTATE_INVALID_BINARY, "extension type %d has a nil inside", MP_EXT_JSON_NULL);
        *bytes = rest;
        return 0;
    }
    return json_from_wire(bytes, arena, &ret->bytes, error);
}

static int read_array(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    uint32_t count;
    struct array_writer writer = { .count = 0 };
    struct type element_type = type;
    struct value element;
    element_type.array = false;
    bool sound = mp_array(bytes, &count);
    assert(sound);
    for (uint32_t i = 0; i < count; i++)
        if (value_from_wire(element_type, bytes, &writer.scratch, &element, error) < 0 ||
            array_put(&writer, element_type, &element, error) < 0) {
            array_abandon(&writer);
            return -1;
        }
    *ret = array_end(&writer, arena);
    return 0;
}

static int read_scalar(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    enum mp_type found = mp_peek(*bytes);
    ret->kind = value_kind_of(type);
    if (type_is_number(type))
        return read_number(type, bytes, arena, ret, error);
    if (ret->kind == VALUE_BOOL && mp_bool(bytes, &ret->boolean))
        return 0;
    if (ret->kind == VALUE_BYTES && mp_bin(bytes, &ret->bytes))
        return 0;
    if (ret->kind == VALUE_UUID && (found == MP_BIN || found == MP_EXT))
        return read_uuid(bytes, ret, error);
    if ((ret->kind == VALUE_TIME || ret->kind == VALUE_DATE) && found == MP_EXT)
        return read_stamp(type, bytes, ret, error);
    if (ret->kind == VALUE_INTERVAL && found == MP_ARRAY)
        return read_interval(bytes, ret, error);
    return mismatch(type, found, arena, error);
}

int value_from_wire(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error)
{
    enum mp_type found = mp_peek(*bytes);
    if (mp_nil(bytes)) {
        *ret = VALUE_OF_NULL;
        return 0;
    }
    if (value_kind_of(type) == VALUE_JSON)
        return read_json(bytes, arena, ret, error);
    if (found == MP_STR)
        return read_text(type, bytes, arena, ret, error);
    if (type.array)
        return found == MP_ARRAY ? read_array(type, bytes, arena, ret, error) : mismatch(type, found, arena, error);
    if (read_scalar(type, bytes, arena, ret, error) < 0)
        return -1;
    return modifier_apply(type, false, arena, ret, error);
}
