/* The stored form: see the table in value/type.h. Reading allocates nothing; what is read borrows the row. */
#include "value/value.h"

#include <assert.h>
#include <math.h>

#include "value/mp.h"
#include "value/numeric.h"
#include "value/stamp.h"

/* --- Writing --- */

/* One bit pattern for every NaN, or V1 would not hold. */
static double canonical(double real)
{
    return isnan(real) ? (double)NAN : real;
}

static void store_interval(const struct interval *interval, struct buf *out)
{
    mp_put_array(out, 3);
    mp_put_int(out, interval->months);
    mp_put_int(out, interval->days);
    mp_put_int(out, interval->us);
}

static void store_integer(struct type type, int64_t integer, struct buf *out)
{
    assert(type.id != TYPE_INT2 || (int16_t)integer == integer);
    assert(type.id != TYPE_INT4 || (int32_t)integer == integer);
    mp_put_int(out, integer);
}

static void store_float(struct type type, double real, struct buf *out)
{
    if (type.id == TYPE_FLOAT8) {
        mp_put_double(out, canonical(real));
        return;
    }
    assert(isnan(real) || (double)(float)real == real);
    mp_put_float(out, (float)canonical(real));
}

enum value_kind value_kind_of(struct type type)
{
    static const enum value_kind kinds[TYPE_ID_COUNT] = {
        [TYPE_UNKNOWN] = VALUE_TEXT, [TYPE_BOOL] = VALUE_BOOL,
        [TYPE_INT2] = VALUE_INT, [TYPE_INT4] = VALUE_INT, [TYPE_INT8] = VALUE_INT,
        [TYPE_FLOAT4] = VALUE_FLOAT, [TYPE_FLOAT8] = VALUE_FLOAT, [TYPE_NUMERIC] = VALUE_NUMERIC,
        [TYPE_TEXT] = VALUE_TEXT, [TYPE_VARCHAR] = VALUE_TEXT, [TYPE_ENUM] = VALUE_TEXT,
        [TYPE_BYTEA] = VALUE_BYTES, [TYPE_UUID] = VALUE_UUID,
        [TYPE_TIMESTAMPTZ] = VALUE_TIME, [TYPE_TIMESTAMP] = VALUE_TIME, [TYPE_DATE] = VALUE_DATE,
        [TYPE_INTERVAL] = VALUE_INTERVAL, [TYPE_JSONB] = VALUE_JSON, [TYPE_JSON] = VALUE_TEXT, [TYPE_INET] = VALUE_INET,
    };
    assert(type.id < TYPE_ID_COUNT);
    return type.array ? VALUE_ARRAY : kinds[type.id];
}

/* A column that holds JSON's null is not NULL: the nil goes into an ext. */
static void store_json(struct slice json, struct buf *out)
{
    if (mp_peek(json) == MP_NIL)
        mp_put_ext(out, MP_EXT_JSON_NULL, json);
    else
        buf_append_slice(out, json);
}

void value_store(struct type type, const struct value *value, struct buf *out)
{
    if (value_is_null(value)) {
        mp_put_nil(out);
        return;
    }
    assert(value->kind == value_kind_of(type) || value->kind == VALUE_SEALED);
    switch (value->kind) {
    case VALUE_NULL:     break;
    case VALUE_BOOL:     mp_put_bool(out, value->boolean); break;
    case VALUE_INT:      store_integer(type, value->integer, out); break;
    case VALUE_FLOAT:    store_float(type, value->real, out); break;
    case VALUE_NUMERIC:  mp_put_ext(out, MP_EXT_DECIMAL, value->bytes); break;
    case VALUE_TEXT:
    case VALUE_INET:     mp_put_str(out, value->bytes); break;
    case VALUE_BYTES:    mp_put_bin(out, value->bytes); break;
    case VALUE_UUID:     mp_put_ext(out, MP_EXT_UUID, slice_of(value->uuid.bytes, sizeof value->uuid.bytes)); break;
    case VALUE_TIME:     stamp_put(out, stamp_of_time(value->instant)); break;
    case VALUE_DATE:     stamp_put(out, stamp_of_date(value->date)); break;
    case VALUE_INTERVAL: store_interval(&value->interval, out); break;
    case VALUE_JSON:     store_json(value->bytes, out); break;
    case VALUE_ARRAY:    buf_append_slice(out, value->bytes); break;
    case VALUE_SEALED:   mp_put_ext(out, MP_EXT_SEALED, value->bytes); break;
    }
}

/* --- Reading --- */

static bool load_integer(struct type type, struct slice *bytes, struct value *ret)
{
    if (!mp_int(bytes, &ret->integer))
        return false;
    if (type.id == TYPE_INT2)
        return (int16_t)ret->integer == ret->integer;
    return type.id == TYPE_INT8 || (int32_t)ret->integer == ret->integer;
}

static bool load_ext(struct slice *bytes, int8_t type, struct slice *ret)
{
    int8_t found;
    return mp_ext(bytes, &found, ret) && found == type;
}

static bool load_uuid(struct slice *bytes, struct value *ret)
{
    struct slice payload;
    if (!load_ext(bytes, MP_EXT_UUID, &payload) || payload.size != sizeof ret->uuid.bytes)
        return false;
    memcpy(ret->uuid.bytes, payload.data, sizeof ret->uuid.bytes);
    return true;
}

static bool load_stamp(struct type type, struct slice *bytes, struct value *ret)
{
    struct slice payload;
    struct stamp stamp;
    if (!load_ext(bytes, MP_EXT_TIMESTAMP, &payload) || !stamp_read(payload, &stamp))
        return false;
    return type.id == TYPE_DATE ? stamp_to_date(stamp, &ret->date) : stamp_to_time(stamp, &ret->instant);
}

static bool load_interval(struct slice *bytes, struct interval *ret)
{
    uint32_t count;
    int64_t months, days;
    if (!mp_array(bytes, &count) || count != 3 || !mp_int(bytes, &months) || !mp_int(bytes, &days) ||
        !mp_int(bytes, &ret->us))
        return false;
    ret->months = (int32_t)months;
    ret->days = (int32_t)days;
    return ret->months == months && ret->days == days;
}

static bool load_json(struct slice *bytes, struct slice *ret)
{
    int8_t type;
    struct slice rest = *bytes, payload;
    if (!mp_ext(&rest, &type, &payload) || type == MP_EXT_DECIMAL)
        return mp_skip(bytes, ret);
    *ret = payload;
    *bytes = rest;
    return type == MP_EXT_JSON_NULL && payload.size == 1 && mp_peek(payload) == MP_NIL;
}

static bool load_array(struct slice *bytes, struct slice *ret)
{
    enum mp_type type = mp_peek(*bytes);
    return type == MP_ARRAY && mp_skip(bytes, ret);
}

static bool load(struct type type, struct slice *bytes, struct value *ret)
{
    switch (ret->kind) {
    case VALUE_NULL:     return false;
    case VALUE_BOOL:     return mp_bool(bytes, &ret->boolean);
    case VALUE_INT:      return load_integer(type, bytes, ret);
    case VALUE_FLOAT:    return mp_double(bytes, &ret->real);
    case VALUE_NUMERIC:  return load_ext(bytes, MP_EXT_DECIMAL, &ret->bytes) && numeric_valid(ret->bytes);
    case VALUE_TEXT:
    case VALUE_INET:     return mp_str(bytes, &ret->bytes);
    case VALUE_BYTES:    return mp_bin(bytes, &ret->bytes);
    case VALUE_UUID:     return load_uuid(bytes, ret);
    case VALUE_TIME:
    case VALUE_DATE:     return load_stamp(type, bytes, ret);
    case VALUE_INTERVAL: return load_interval(bytes, &ret->interval);
    case VALUE_JSON:     return load_json(bytes, &ret->bytes);
    case VALUE_ARRAY:    return load_array(bytes, &ret->bytes);
    case VALUE_SEALED:   return false;                          /* cell_load() reads those */
    }
    return false;
}

int value_load(struct type type, struct slice *bytes, struct value *ret)
{
    if (mp_nil(bytes)) {
        ret->kind = VALUE_NULL;
        return 0;
    }
    ret->kind = value_kind_of(type);
    return load(type, bytes, ret) ? 0 : -1;
}
