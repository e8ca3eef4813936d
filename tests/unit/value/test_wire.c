/* Lenient input from the wire: what is taken, as what, and what is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"

struct wire_case { char type[32]; unsigned char wire[24]; int size; char out[64]; enum sqlstate state; int length, precision, scale; };
#define WIRE(bytes) .wire = bytes, .size = sizeof bytes - 1

ParameterizedTestParameters(wire, cases)
{
    static struct wire_case cases[] = {
        { "bigint", WIRE("\xcb\x40\x08\0\0\0\0\0\0"), "3" }, { "integer", WIRE("\xca\x40\x40\0\0"), "3" }, { "integer", WIRE("\xd6\x01\x01\x00\x30\x0c"), "30" },
        { "bigint", WIRE("\xcb\x40\x09\0\0\0\0\0\0"), "", SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "smallint", WIRE("\xcd\x80\x00"), "", SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "bigint", WIRE("\xcf\x80\0\0\0\0\0\0\0"), "", SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "bigint", WIRE("\xcb\x7f\xf8\0\0\0\0\0\0"), "", SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "integer", WIRE("\xa3" "12 "), "12" }, { "integer", WIRE("\xc3"), "", SQLSTATE_DATATYPE_MISMATCH }, { "integer", WIRE("\xa1x"), "", SQLSTATE_INVALID_TEXT },
        { "numeric", WIRE("\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "0.1" }, { "numeric", WIRE("\xca\x3d\xcc\xcc\xcd"), "0.1" }, { "numeric", WIRE("\x07"), "7" },
        { "numeric", WIRE("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615" }, { "numeric", WIRE("\xd5\x01\x00\x5f"), "5" },
        { "numeric", WIRE("\xd5\x01\x00\x51"), "", SQLSTATE_INVALID_BINARY }, { "numeric", WIRE("\xa4" "1.50"), "1.50" },
        { "numeric", WIRE("\xa6" "12.345"), "12.35", .precision = 4, .scale = 2 }, { "numeric", WIRE("\x64"), "", SQLSTATE_NUMERIC_OUT_OF_RANGE, .precision = 4, .scale = 2 },
        { "real", WIRE("\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "0.1" }, { "real", WIRE("\xcb\x7f\xe0\0\0\0\0\0\0"), "", SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "double precision", WIRE("\x07"), "7" }, { "double precision", WIRE("\xa3NaN"), "NaN" },
        { "boolean", WIRE("\xc3"), "t" }, { "boolean", WIRE("\x01"), "", SQLSTATE_DATATYPE_MISMATCH }, { "boolean", WIRE("\xa2on"), "t" },
        { "text", WIRE("\xa2hi"), "hi" }, { "text", WIRE("\xc4\x02hi"), "", SQLSTATE_DATATYPE_MISMATCH }, { "text", WIRE("\x01"), "", SQLSTATE_DATATYPE_MISMATCH },
        { "text", WIRE("\xa1\xff"), "", SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE }, { "text", WIRE("\xa1\0"), "", SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE },
        { "varchar", WIRE("\xa3" "abc"), "", SQLSTATE_STRING_TOO_LONG, .length = 2 },
        { "bytea", WIRE("\xc4\x02\x00\xff"), "\\x00ff" }, { "bytea", WIRE("\xa4\\x01"), "\\x01" },
        { "uuid", WIRE("\xc4\x10\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"), "00010203-0405-0607-0809-0a0b0c0d0e0f" },
        { "uuid", WIRE("\xd8\x02\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"), "00010203-0405-0607-0809-0a0b0c0d0e0f" },
        { "uuid", WIRE("\xc4\x02\x00\xff"), "", SQLSTATE_INVALID_BINARY }, { "uuid", WIRE("\xd4\x01\x00"), "", SQLSTATE_INVALID_BINARY }, { "uuid", WIRE("\x01"), "", SQLSTATE_DATATYPE_MISMATCH },
        { "timestamptz", WIRE("\xd6\xff\0\0\0\x01"), "1970-01-01 00:00:01+00" }, { "timestamptz", WIRE("\xc7\x0c\xff\0\0\x03\xe8\xff\xff\xff\xff\xff\xff\xff\xff"), "1969-12-31 23:59:59.000001+00" },
        { "timestamptz", WIRE("\xd7\xff\0\0\0\0\0\0\0\x01"), "1970-01-01 00:00:01+00" }, { "timestamptz", WIRE("\xd7\xff\0\0\0\x04\0\0\0\x01"), "1970-01-01 00:00:01+00" },
        { "timestamptz", WIRE("\xd7\xff\xff\xff\xff\xff\0\0\0\x01"), "", SQLSTATE_INVALID_BINARY }, { "timestamptz", WIRE("\xd4\xff\x01"), "", SQLSTATE_INVALID_BINARY },
        { "timestamptz", WIRE("\xc7\x0c\xff\0\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), "infinity" }, { "timestamptz", WIRE("\xc7\x0c\xff\0\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xfe"), "", SQLSTATE_DATETIME_OVERFLOW },
        { "timestamptz", WIRE("\xaa" "2025-01-02"), "2025-01-02 00:00:00+00" }, { "timestamptz", WIRE("\x01"), "", SQLSTATE_DATATYPE_MISMATCH },
        { "date", WIRE("\xd6\xff\0\x01\x51\x80"), "1970-01-02" }, { "date", WIRE("\xd6\xff\0\x01\x51\x81"), "", SQLSTATE_DATETIME_OVERFLOW },
        { "interval", WIRE("\x93\x0e\x03\x00"), "1 year 2 mons 3 days" }, { "interval", WIRE("\x92\x0e\x03"), "", SQLSTATE_INVALID_BINARY }, { "interval", WIRE("\xa5" "1 day"), "1 day" },
        { "jsonb", WIRE("\xa1x"), "\"x\"" }, { "jsonb", WIRE("\x82\xa1" "b\x01\xa1" "a\xc0"), "{\"a\": null, \"b\": 1}" }, { "jsonb", WIRE("\xd4\x03\xc0"), "null" },
        { "jsonb", WIRE("\xd4\x03\x01"), "", SQLSTATE_INVALID_BINARY }, { "jsonb", WIRE("\xc4\x01x"), "", SQLSTATE_INVALID_BINARY },
        { "json", WIRE("\xa3{ }"), "{ }" }, { "json", WIRE("\x80"), "", SQLSTATE_DATATYPE_MISMATCH },
        { "inet", WIRE("\xa7" "::0:1/9"), "::1/9" }, { "inet", WIRE("\xa1x"), "", SQLSTATE_INVALID_TEXT },
        { "integer[]", WIRE("\x94\x01\xc0\xa1" "3\xcb\x40\x10\0\0\0\0\0\0"), "{1,NULL,3,4}" }, { "integer[]", WIRE("\xa5{5,6}"), "{5,6}" },
        { "integer[]", WIRE("\x92\x01\xc3"), "", SQLSTATE_DATATYPE_MISMATCH }, { "integer[]", WIRE("\x91\x91\x01"), "", SQLSTATE_DATATYPE_MISMATCH }, { "integer[]", WIRE("\x01"), "", SQLSTATE_DATATYPE_MISMATCH },
        { "varchar[]", WIRE("\x92\xa1" "a\xa3" "abc"), "", SQLSTATE_STRING_TOO_LONG, .length = 2 },
    };
    return cr_make_param_array(struct wire_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct wire_case *t, wire, cases)
{
    struct arena arena;
    struct type type;
    struct value value;
    struct error error = { 0 };
    struct buf text = { 0 }, stored = { 0 };
    arena_init(&arena, SIZE_MAX);
    cr_assert(type_by_name(slice_of_string(t->type), &type));
    type.length = t->length;
    type.precision = t->precision;
    type.scale = t->scale;
    struct slice rest = slice_of(t->wire, (size_t)t->size);
    cr_assert(eq(i64, mp_check(rest, WIRE_DEPTH_MAX), (int64_t)t->size), "%s, %s", t->type, t->out);
    int result = value_from_wire(type, &rest, &arena, &value, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s, %s: %s", t->type, t->out, error.message);
    if (result == 0) {
        cr_assert(eq(sz, rest.size, 0));
        value_to_text(type, &value, &text);
        cr_assert(eq(str, (char *)buf_text(&text), t->out));
        value_store(type, &value, &stored);
        rest = buf_slice(&stored);
        cr_assert(eq(int, value_load(type, &rest, &value), 0));
    }
    buf_done(&text);
    buf_done(&stored);
    arena_done(&arena);
}

/* Whatever sound MessagePack arrives for whatever type: a value that stores and loads, or an error; in bounds always. */
Test(wire, anything_for_any_type)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct arena arena;
    struct buf wire = { 0 }, stored = { 0 };
    int taken = 0;
    arena_init(&arena, SIZE_MAX);
    for (int i = 0; i < 40000; i++, arena_reset(&arena), buf_clear(&wire), buf_clear(&stored)) {
        struct type type = random_type((int)random_below(&r, RANDOM_TYPES));
        struct type sent = random_chance(&r, 2) ? type : random_type((int)random_below(&r, RANDOM_TYPES));
        struct value value = random_value(&r, sent, &arena);
        struct error error;
        value_store(sent, &value, &wire);
        for (int change = 0; change < 2 && random_chance(&r, 2); change++)
            wire.data[random_below(&r, wire.size)] = (uint8_t)random_next(&r);
        int64_t size = mp_check(buf_slice(&wire), WIRE_DEPTH_MAX);
        if (size <= 0)
            continue;
        uint8_t *exact = malloc((size_t)size);
        memcpy(exact, wire.data, (size_t)size);
        struct slice rest = slice_of(exact, (size_t)size), loaded = rest;
        struct value dummy;
        (void)value_load(type, &loaded, &dummy);
        if (value_from_wire(type, &rest, &arena, &value, &error) == 0) {
            taken++;
            cr_assert(eq(sz, rest.size, 0), "SEED=%llu", (unsigned long long)seed);
            value_store(type, &value, &stored);
            rest = buf_slice(&stored);
            cr_assert(eq(int, value_load(type, &rest, &value), 0), "SEED=%llu", (unsigned long long)seed);
            cr_assert(eq(sz, rest.size, 0));
        }
        free(exact);
    }
    cr_assert(gt(int, taken, 5000));
    buf_done(&wire);
    buf_done(&stored);
    arena_done(&arena);
}

/* Few bytes that mean many: the result is refused where it passes the limit, not where memory ends. */
Test(wire, amplification_is_limited)
{
    static const struct { const char *type, *element; size_t size; bool text; } cases[] = {
        { "numeric[]", "\xa8" "1e131071", 9, false }, { "numeric[]", "\xd6\x01\xd1\x80\x00\x1c", 6, false },
        { "jsonb", "\xd6\x01\xd1\x80\x00\x1c", 6, false }, { "jsonb", "1e131071,", 9, true }, { "numeric[]", "1e131071,", 9, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        struct type type;
        struct value value;
        struct error error = { 0 };
        struct buf in = { 0 };
        uint32_t count = 20000;
        arena_init(&arena, SIZE_MAX);
        cr_assert(type_by_name(slice_of_string(cases[i].type), &type));
        if (cases[i].text)
            buf_append_byte(&in, type.array ? '{' : '[');
        else
            mp_put_array(&in, count);
        for (uint32_t j = 0; j < count; j++)
            buf_append(&in, cases[i].element, cases[i].size);
        if (cases[i].text)
            buf_append_string(&in, type.array ? "1}" : "1]");
        struct slice rest = buf_slice(&in);
        int result = cases[i].text ? value_from_text(type, rest, &arena, &value, &error) : value_from_wire(type, &rest, &arena, &value, &error);
        cr_assert(eq(int, result, -1));
        cr_assert(eq(int, (int)error.state, (int)SQLSTATE_PROGRAM_LIMIT_EXCEEDED), "case %zu: %s", i, error.message);
        cr_assert(lt(sz, arena.used, 2 * VALUE_SIZE_MAX));
        buf_done(&in);
        arena_done(&arena);
    }
}
