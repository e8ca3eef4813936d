/* Foreign MessagePack into JSON's stored form. Checked by mp_check(), but packed by anybody: unsorted, doubled keys, longer
 * forms, floats that are integers. No recursion. */
#include "value/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "value/json_build.h"
#include "value/numeric.h"
#include "value/real.h"
#include "value/utf8.h"


static int add_real(struct json_builder *b, struct slice *in, bool single, struct error *error)
{
    double real;
    struct buf text = { 0 };
    mp_double(in, &real);
    if (!isfinite(real))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "NaN and infinity are no JSON numbers");
    real_format(real, single, &text);
    int result = json_build_number(b, buf_slice(&text), error);
    buf_done(&text);
    return result;
}

static int add_decimal(struct json_builder *b, struct slice *in, struct error *error)
{
    int8_t type;
    struct slice payload;
    struct arena arena;
    struct buf text = { 0 };
    mp_ext(in, &type, &payload);
    if (type != MP_EXT_DECIMAL || !numeric_valid(payload))
        return fail(error, SQLSTATE_INVALID_BINARY, "extension type %d has no place in JSON", type);
    arena_init(&arena, VALUE_SIZE_MAX);
    struct value number = numeric_canonical(payload, &arena);
    if (!numeric_is_finite(&number)) {
        arena_done(&arena);
        return fail(error, SQLSTATE_INVALID_BINARY, "JSON has neither NaN nor infinities");
    }
    numeric_format(&number, &text);
    int result = json_build_number(b, buf_slice(&text), error);
    buf_done(&text);
    arena_done(&arena);
    return result;
}

static int add_scalar(struct json_builder *b, struct slice *in, struct error *error)
{
    int64_t integer;
    uint64_t natural;
    bool boolean;
    char digits[24];
    struct slice text;
    switch (mp_peek(*in)) {
    case MP_NIL:
        mp_nil(in);
        json_build_null(b);
        return 0;
    case MP_BOOL:
        mp_bool(in, &boolean);
        json_build_bool(b, boolean);
        return 0;
    case MP_INT:
        mp_int(in, &integer);
        json_build_int(b, integer);
        return 0;
    case MP_UINT:
        mp_uint(in, &natural);
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)natural);
        return json_build_number(b, slice_of_string(digits), error);
    case MP_FLOAT:
        return add_real(b, in, true, error);
    case MP_DOUBLE:
        return add_real(b, in, false, error);
    case MP_STR:
        mp_str(in, &text);
        if (utf8_check(text, error) < 0)
            return -1;
        json_build_text(b, text);
        return 0;
    case MP_EXT:
        return add_decimal(b, in, error);
    default:
        return fail(error, SQLSTATE_INVALID_BINARY, "binary data has no place in JSON");
    }
}

static int add_key(struct json_builder *b, struct slice *in, struct error *error)
{
    struct slice key;
    if (!mp_str(in, &key))
        return fail(error, SQLSTATE_INVALID_BINARY, "a key of a JSON object must be a string");
    if (utf8_check(key, error) < 0)
        return -1;
    json_build_key(b, key);
    return 0;
}

/* How many objects are still to come in each container that is open. */
struct walk {
    uint32_t left[JSON_DEPTH_MAX];
    bool map[JSON_DEPTH_MAX];
};

static int add_next(struct json_builder *b, struct walk *walk, struct slice *in, struct error *error)
{
    uint32_t count;
    bool map = mp_peek(*in) == MP_MAP;
    if (!map && mp_peek(*in) != MP_ARRAY)
        return add_scalar(b, in, error);
    bool sound = map ? mp_map(in, &count) : mp_array(in, &count);
    assert(sound);
    if (json_build_open(b, map, error) < 0)
        return -1;
    walk->left[b->depth - 1] = count;
    walk->map[b->depth - 1] = map;
    return 0;
}

static int add_all(struct json_builder *b, struct slice *in, struct error *error)
{
    struct walk walk;
    do {
        if (b->depth > 0 && walk.map[b->depth - 1] && add_key(b, in, error) < 0)
            return -1;
        if (add_next(b, &walk, in, error) < 0)
            return -1;
        while (b->depth > 0 && walk.left[b->depth - 1]-- == 0)
            json_build_close(b);
    } while (b->depth > 0);
    return 0;
}

int json_from_wire(struct slice *in, struct arena *arena, struct slice *ret, struct error *error)
{
    struct json_builder b = { .depth = 0 };
    struct slice rest = *in;
    if (add_all(&b, &rest, error) < 0) {
        json_build_done(&b);
        return -1;
    }
    if (json_build_end(&b, arena, ret, error) < 0)
        return -1;
    *in = rest;
    return 0;
}
