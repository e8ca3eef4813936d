/* Casts between types: PostgreSQL's pg_cast as far as our types go, and its rules for all others:
 * every type casts to text and varchar by its output function, on assignment; text casts to every type by its input
 * function, explicitly; a literal without a type does so always; arrays cast as their elements do. */
#include "value/value.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "value/array.h"
#include "value/inet.h"
#include "value/json.h"
#include "value/json_number.h"
#include "value/modifier.h"
#include "value/numeric.h"
#include "value/real.h"
#include "value/time.h"

/* --- What can be cast --- */

#define I CAST_IMPLICIT
#define A CAST_ASSIGNMENT
#define E CAST_EXPLICIT

static const struct { enum type_id from, to; enum cast_context context; } casts[] = {
    { TYPE_INT2, TYPE_INT4, I }, { TYPE_INT2, TYPE_INT8, I }, { TYPE_INT2, TYPE_FLOAT4, I }, { TYPE_INT2, TYPE_FLOAT8, I },
    { TYPE_INT2, TYPE_NUMERIC, I },
    { TYPE_INT4, TYPE_INT2, A }, { TYPE_INT4, TYPE_INT8, I }, { TYPE_INT4, TYPE_FLOAT4, I }, { TYPE_INT4, TYPE_FLOAT8, I },
    { TYPE_INT4, TYPE_NUMERIC, I }, { TYPE_INT4, TYPE_BOOL, E },
    { TYPE_INT8, TYPE_INT2, A }, { TYPE_INT8, TYPE_INT4, A }, { TYPE_INT8, TYPE_FLOAT4, I }, { TYPE_INT8, TYPE_FLOAT8, I },
    { TYPE_INT8, TYPE_NUMERIC, I },
    { TYPE_FLOAT4, TYPE_INT2, A }, { TYPE_FLOAT4, TYPE_INT4, A }, { TYPE_FLOAT4, TYPE_INT8, A },
    { TYPE_FLOAT4, TYPE_FLOAT8, I }, { TYPE_FLOAT4, TYPE_NUMERIC, A },
    { TYPE_FLOAT8, TYPE_INT2, A }, { TYPE_FLOAT8, TYPE_INT4, A }, { TYPE_FLOAT8, TYPE_INT8, A },
    { TYPE_FLOAT8, TYPE_FLOAT4, A }, { TYPE_FLOAT8, TYPE_NUMERIC, A },
    { TYPE_NUMERIC, TYPE_INT2, A }, { TYPE_NUMERIC, TYPE_INT4, A }, { TYPE_NUMERIC, TYPE_INT8, A },
    { TYPE_NUMERIC, TYPE_FLOAT4, I }, { TYPE_NUMERIC, TYPE_FLOAT8, I },
    { TYPE_BOOL, TYPE_INT4, E },
    { TYPE_TEXT, TYPE_VARCHAR, I }, { TYPE_VARCHAR, TYPE_TEXT, I },
    { TYPE_DATE, TYPE_TIMESTAMP, I }, { TYPE_DATE, TYPE_TIMESTAMPTZ, I },
    { TYPE_TIMESTAMP, TYPE_DATE, A }, { TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, I },
    { TYPE_TIMESTAMPTZ, TYPE_DATE, A }, { TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, A },
    { TYPE_JSONB, TYPE_BOOL, E }, { TYPE_JSONB, TYPE_NUMERIC, E }, { TYPE_JSONB, TYPE_INT2, E }, { TYPE_JSONB, TYPE_INT4, E },
    { TYPE_JSONB, TYPE_INT8, E }, { TYPE_JSONB, TYPE_FLOAT4, E }, { TYPE_JSONB, TYPE_FLOAT8, E },
    { TYPE_JSONB, TYPE_JSON, A }, { TYPE_JSON, TYPE_JSONB, A },
};

#undef I
#undef A
#undef E

static struct type element_of(struct type type)
{
    type.array = false;
    return type;
}

bool value_can_cast(struct type from, struct type to, enum cast_context context)
{
    if (from.id == TYPE_UNKNOWN || type_same(from, to))
        return true;
    if (from.array && to.array)
        return value_can_cast(element_of(from), element_of(to), context);
    if (!from.array && !to.array)
        for (size_t i = 0; i < sizeof casts / sizeof *casts; i++)
            if (casts[i].from == from.id && casts[i].to == to.id)
                return context >= casts[i].context;
    if (type_is_text(to))
        return context >= CAST_ASSIGNMENT;
    return type_is_text(from) && context == CAST_EXPLICIT;
}

/* --- Numbers --- */

static const char *integer_name(enum type_id id)
{
    return id == TYPE_INT2 ? "smallint" : id == TYPE_INT4 ? "integer" : "bigint";
}

static int out_of_range(enum type_id id, struct error *error)
{
    return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "%s out of range", integer_name(id));
}

static int no_integer(enum type_id id, const struct value *value, struct error *error)
{
    return fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot convert %s to %s", isnan(numeric_to_double(value)) ? "NaN" : "infinity", integer_name(id));
}

static int to_integer(enum type_id to, const struct value *value, struct value *ret, struct error *error)
{
    int64_t integer = value->integer;
    if (value->kind == VALUE_FLOAT) {
        double whole = rint(value->real);
        if (!(whole >= -0x1p63 && whole < 0x1p63))
            return out_of_range(to, error);
        integer = (int64_t)whole;
    } else if (value->kind == VALUE_NUMERIC && !numeric_is_finite(value)) {
        return no_integer(to, value, error);
    } else if (value->kind == VALUE_NUMERIC && numeric_to_int(value, &integer, error) < 0) {
        return out_of_range(to, error);
    }
    if ((to == TYPE_INT2 && (int16_t)integer != integer) || (to == TYPE_INT4 && (int32_t)integer != integer))
        return out_of_range(to, error);
    *ret = value_int(integer);
    return 0;
}

static int to_float(enum type_id to, const struct value *value, struct value *ret, struct error *error)
{
    bool single = to == TYPE_FLOAT4;
    double real = value->real;
    if (value->kind == VALUE_NUMERIC) {
        struct buf text = { 0 };
        numeric_format(value, &text);
        int result = real_parse(buf_slice(&text), single, &real, error);
        buf_done(&text);
        if (result < 0)
            return -1;
    } else if (value->kind == VALUE_INT) {
        real = single ? (double)(float)value->integer : (double)value->integer;
    } else if (single && real_narrow(real, &real, error) < 0) {
        return -1;
    }
    *ret = value_float(real);
    return 0;
}

static int to_numeric(struct type from, const struct value *value, struct arena *arena, struct value *ret, struct error *error)
{
    char text[40];
    if (value->kind == VALUE_INT) {
        *ret = numeric_from_int(value->integer, arena);
        return 0;
    }
    if (from.id == TYPE_FLOAT8 || !isfinite(value->real))
        return numeric_from_double(value->real, arena, ret, error);
    snprintf(text, sizeof text, "%.6g", value->real);
    return numeric_parse(slice_of_string(text), arena, ret, error);
}

static int to_number(struct type from, struct type to, const struct value *value, struct arena *arena,
                     struct value *ret, struct error *error)
{
    if (type_is_integer(to))
        return to_integer(to.id, value, ret, error);
    if (to.id != TYPE_NUMERIC)
        return to_float(to.id, value, ret, error);
    if (value->kind == VALUE_NUMERIC)
        *ret = *value;
    else if (to_numeric(from, value, arena, ret, error) < 0)
        return -1;
    return 0;
}

/* --- Times --- */

static void time_to_date(int64_t instant, struct value *ret)
{
    ret->kind = VALUE_DATE;
    if (instant == TIME_INFINITY || instant == TIME_MINUS_INFINITY) {
        ret->date = instant == TIME_INFINITY ? DATE_INFINITY : DATE_MINUS_INFINITY;
        return;
    }
    int64_t days = instant / US_PER_DAY;
    ret->date = (int32_t)(days - (days * US_PER_DAY > instant) + DAYS_TO_2000);
}

/* --- JSON --- */

static int bad_json(struct slice json, struct type to, struct arena *arena, struct error *error)
{
    const char *kind = "numeric";
    switch (mp_peek(json)) {
    case MP_NIL:   kind = "null"; break;
    case MP_BOOL:  kind = "boolean"; break;
    case MP_STR:   kind = "string"; break;
    case MP_ARRAY: kind = "array"; break;
    case MP_MAP:   kind = "object"; break;
    default:       break;
    }
    return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "cannot cast jsonb %s to type %s", kind, type_name(type_of(to.id), arena));
}

static int from_json(struct slice json, struct type to, struct arena *arena, struct value *ret, struct error *error)
{
    struct value numeric;
    struct buf text = { 0 };
    struct slice rest = json;
    bool boolean;
    if (to.id == TYPE_BOOL) {
        if (!mp_bool(&rest, &boolean))
            return bad_json(json, to, arena, error);
        *ret = value_bool(boolean);
        return 0;
    }
    if (!json_is_number(mp_peek(json)))
        return bad_json(json, to, arena, error);
    json_to_text(json, &text);
    int result = numeric_parse(buf_slice(&text), arena, &numeric, error);
    buf_done(&text);
    return result < 0 ? -1 : to_number(type_of(TYPE_NUMERIC), to, &numeric, arena, ret, error);
}

/* --- All of them --- */

static struct slice inet_with_bits(struct slice text, struct arena *arena)
{
    struct inet inet;
    bool sound = inet_parse(text, &inet);
    assert(sound);
    if (memchr(text.data, '/', text.size) != NULL)
        return text;
    return slice_of_string(arena_printf(arena, "%.*s/%d", SLICE_FMT(text), inet.bits));
}

static int by_text(struct type from, struct type to, const struct value *value, struct arena *arena,
                   struct value *ret, struct error *error)
{
    struct buf text = { 0 };
    struct slice copy;
    to.length = to.precision = to.scale = 0;            /* modifiers come later, by the rules of casts */
    if (value->kind == VALUE_TEXT) {
        copy = value->bytes;
    } else if (from.id == TYPE_BOOL && !from.array) {   /* a cast to text that is not the output function */
        copy = value->boolean ? SLICE_LITERAL("true") : SLICE_LITERAL("false");
    } else if (value->kind == VALUE_INET) {             /* and this one, which always has the prefix length */
        copy = inet_with_bits(value->bytes, arena);
    } else {
        value_to_text(from, value, &text);
        copy = arena_copy(arena, buf_slice(&text));
        buf_done(&text);
    }
    return value_from_text(to, copy, arena, ret, error);
}

static int cast_scalar(struct type from, struct type to, const struct value *value, struct arena *arena,
                       struct value *ret, struct error *error)
{
    if (type_is_number(from) && type_is_number(to))
        return to_number(from, to, value, arena, ret, error);
    if (from.id == TYPE_JSONB && (type_is_number(to) || to.id == TYPE_BOOL))
        return from_json(value->bytes, to, arena, ret, error);
    if (from.id == TYPE_INT4 && to.id == TYPE_BOOL) {
        *ret = value_bool(value->integer != 0);
        return 0;
    }
    if (from.id == TYPE_BOOL && to.id == TYPE_INT4) {
        *ret = value_int(value->boolean);
        return 0;
    }
    if (value->kind == VALUE_DATE && value_kind_of(to) == VALUE_TIME) {
        ret->kind = VALUE_TIME;
        return date_to_instant(value->date, &ret->instant, error);
    }
    if (value->kind == VALUE_TIME && value_kind_of(to) == VALUE_TIME) {
        *ret = *value;
        return 0;
    }
    if (value->kind == VALUE_TIME && value_kind_of(to) == VALUE_DATE) {
        time_to_date(value->instant, ret);
        return 0;
    }
    return by_text(from, to, value, arena, ret, error);
}

static int cast_array(struct type from, struct type to, enum cast_context context, const struct value *array,
                      struct arena *arena, struct value *ret, struct error *error)
{
    struct slice rest = array_elements(array);
    struct array_writer writer = { .count = 0 };
    struct value element, result;
    while (array_next(from, &rest, &element))
        if (value_cast(element_of(from), element_of(to), context, &element, &writer.scratch, &result, error) < 0 ||
            array_put(&writer, element_of(to), &result, error) < 0) {
            array_abandon(&writer);
            return -1;
        }
    *ret = array_end(&writer, arena);
    return 0;
}

int value_cast(struct type from, struct type to, enum cast_context context, const struct value *value,
               struct arena *arena, struct value *ret, struct error *error)
{
    if (value_is_null(value)) {
        *ret = VALUE_OF_NULL;
        return 0;
    }
    if (!value_can_cast(from, to, context))
        return fail(error, SQLSTATE_CANNOT_COERCE, "cannot cast type %s to %s", type_name(from, arena), type_name(to, arena));
    if (type_same(from, to))
        *ret = *value;
    else if (from.array && to.array)
        return cast_array(from, to, context, value, arena, ret, error);
    else if ((from.array || to.array ? by_text : cast_scalar)(from, to, value, arena, ret, error) < 0)
        return -1;
    return modifier_apply(to, context == CAST_EXPLICIT, arena, ret, error);
}
