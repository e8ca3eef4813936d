/* Text in and out, type by type, where PostgreSQL is particular; errors by their SQLSTATE. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"

struct text_case { char type[32], in[64], out[64]; enum sqlstate state; int length, precision, scale; };

ParameterizedTestParameters(text, cases)
{
    static struct text_case cases[] = {
        { .type = "boolean", .in = " TRUE ", .out = "t" }, { .type = "boolean", .in = "of", .out = "f" }, { .type = "boolean", .in = "ye", .out = "t" },
        { .type = "boolean", .in = "o", .state = SQLSTATE_INVALID_TEXT }, { .type = "boolean", .in = "", .state = SQLSTATE_INVALID_TEXT },
        { .type = "boolean", .in = "truee", .state = SQLSTATE_INVALID_TEXT },
        { .type = "smallint", .in = "-32768", .out = "-32768" }, { .type = "smallint", .in = "32768", .state = SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { .type = "integer", .in = " +007 ", .out = "7" }, { .type = "integer", .in = "", .state = SQLSTATE_INVALID_TEXT },
        { .type = "integer", .in = "1.0", .state = SQLSTATE_INVALID_TEXT }, { .type = "integer", .in = "-", .state = SQLSTATE_INVALID_TEXT },
        { .type = "integer", .in = "99999999999x", .state = SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { .type = "bigint", .in = "-9223372036854775808", .out = "-9223372036854775808" },
        { .type = "bigint", .in = "9223372036854775808", .state = SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { .type = "numeric", .in = "12.345", .out = "12.35", .precision = 4, .scale = 2 },
        { .type = "numeric", .in = "123.45", .state = SQLSTATE_NUMERIC_OUT_OF_RANGE, .precision = 4, .scale = 2 },
        { .type = "varchar", .in = "h\xc3\xa9llo", .out = "h\xc3\xa9llo", .length = 5 },
        { .type = "varchar", .in = "hello   ", .out = "hello", .length = 5 }, { .type = "varchar", .in = "hello!", .state = SQLSTATE_STRING_TOO_LONG, .length = 5 },
        { .type = "text", .in = "\xc3\x28", .state = SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE }, { .type = "text", .in = "\xed\xa0\x80", .state = SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE },
        { .type = "integer", .in = "\xff", .state = SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE },
        { .type = "bytea", .in = "\\xDEad be\nef", .out = "\\xdeadbeef" }, { .type = "bytea", .in = "a\\\\b\\001", .out = "\\x615c6201" },
        { .type = "bytea", .in = "\\x1", .state = SQLSTATE_INVALID_PARAMETER_VALUE }, { .type = "bytea", .in = "\\xzz", .state = SQLSTATE_INVALID_PARAMETER_VALUE },
        { .type = "bytea", .in = "\\1", .state = SQLSTATE_INVALID_TEXT }, { .type = "bytea", .in = "\\400", .state = SQLSTATE_INVALID_TEXT },
        { .type = "uuid", .in = "{A0EEBC999C0B4EF8BB6D6BB9BD380A11}", .out = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
        { .type = "uuid", .in = "x", .state = SQLSTATE_INVALID_TEXT },
        { .type = "inet", .in = "010.001.0.255", .out = "10.1.0.255" }, { .type = "inet", .in = "10.1/16", .out = "10.1.0.0/16" },
        { .type = "inet", .in = "2001:DB8:0:0::1/64", .out = "2001:db8::1/64" }, { .type = "inet", .in = "::ffff:1.2.3.4/128", .out = "::ffff:1.2.3.4" },
        { .type = "inet", .in = "10.1", .state = SQLSTATE_INVALID_TEXT }, { .type = "inet", .in = "1.2.3.256", .state = SQLSTATE_INVALID_TEXT },
        { .type = "inet", .in = "1.2.3.4/33", .state = SQLSTATE_INVALID_TEXT }, { .type = "inet", .in = " 1.2.3.4", .state = SQLSTATE_INVALID_TEXT },
        { .type = "inet", .in = "fe80::1%eth0", .state = SQLSTATE_INVALID_TEXT },
        { .type = "json", .in = "{\"a\" : 1, \"a\":2}", .out = "{\"a\" : 1, \"a\":2}" }, { .type = "json", .in = "\"\\u0000\"", .out = "\"\\u0000\"" },
        { .type = "json", .in = "{", .state = SQLSTATE_INVALID_TEXT },
        { .type = "integer[]", .in = " { 1 , NULL,3 } ", .out = "{1,NULL,3}" }, { .type = "integer[]", .in = "{}", .out = "{}" },
        { .type = "text[]", .in = "{a b,\"\",\"x\\\"y\", \"NULL\",nu\\ll}", .out = "{\"a b\",\"\",\"x\\\"y\",\"NULL\",\"null\"}" },
        { .type = "integer[]", .in = "{1,x", .state = SQLSTATE_INVALID_TEXT }, { .type = "integer[]", .in = "{1,}", .state = SQLSTATE_INVALID_TEXT },
        { .type = "integer[]", .in = "{1} 2", .state = SQLSTATE_INVALID_TEXT }, { .type = "integer[]", .in = "1", .state = SQLSTATE_INVALID_TEXT },
        { .type = "integer[]", .in = "{1,99999999999}", .state = SQLSTATE_NUMERIC_OUT_OF_RANGE }, { .type = "text[]", .in = "{\"a\"b}", .state = SQLSTATE_INVALID_TEXT },
        { .type = "integer[]", .in = "{{1},{2}}", .state = SQLSTATE_FEATURE_NOT_SUPPORTED }, { .type = "integer[]", .in = "[0:1]={1,2}", .state = SQLSTATE_FEATURE_NOT_SUPPORTED },
        { .type = "date", .in = "2025-01-02 10:00", .out = "2025-01-02" }, { .type = "date", .in = "5874897-12-31", .out = "5874897-12-31" },
        { .type = "date", .in = "5874898-01-01", .state = SQLSTATE_DATETIME_OVERFLOW },
        { .type = "varchar[]", .in = "{ab,abc}", .state = SQLSTATE_STRING_TOO_LONG, .length = 2 },
    };
    return cr_make_param_array(struct text_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct text_case *t, text, cases)
{
    struct arena arena;
    struct type type;
    struct value value;
    struct error error = { 0 };
    struct buf text = { 0 };
    arena_init(&arena, SIZE_MAX);
    cr_assert(type_by_name(slice_of_string(t->type), &type), "%s", t->type);
    type.length = t->length;
    type.precision = t->precision;
    type.scale = t->scale;
    int result = value_from_text(type, slice_of_string(t->in), &arena, &value, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s '%s': %s", t->type, t->in, error.message);
    if (result == 0) {
        value_to_text(type, &value, &text);
        cr_assert(eq(str, (char *)buf_text(&text), t->out));
    }
    buf_done(&text);
    arena_done(&arena);
}

Test(text, a_nul_is_refused)
{
    struct value value;
    struct arena arena;
    struct error error;
    arena_init(&arena, SIZE_MAX);
    cr_assert(eq(int, value_from_text(type_of(TYPE_TEXT), SLICE_LITERAL("a\0b"), &arena, &value, &error), -1));
    cr_assert(eq(str, error.message, "invalid byte sequence for encoding \"UTF8\": 0x00"));
    cr_assert(eq(int, value_from_text(type_of(TYPE_TEXT), SLICE_LITERAL("12345678901234567890\0"), &arena, &value, &error), -1));
    arena_done(&arena);
}

Test(text, enum_labels)
{
    struct type type = { .id = TYPE_ENUM, .labels = &random_enum };
    struct value sad, happy;
    struct arena arena;
    struct error error;
    arena_init(&arena, SIZE_MAX);
    cr_assert(eq(int, value_from_text(type, SLICE_LITERAL("sad"), &arena, &sad, &error), 0));
    cr_assert(eq(int, value_from_text(type, SLICE_LITERAL("happy"), &arena, &happy, &error), 0));
    cr_assert(eq(int, value_compare(type, &sad, &happy), -1), "declared before, though not in the alphabet");
    cr_assert(eq(int, value_from_text(type, SLICE_LITERAL("Sad"), &arena, &sad, &error), -1));
    cr_assert(eq(str, error.message, "invalid input value for enum mood: \"Sad\""));
    arena_done(&arena);
}

Test(text, type_names)
{
    struct arena arena;
    struct type type;
    arena_init(&arena, SIZE_MAX);
    for (int i = 0; i < RANDOM_TYPES; i++) {
        struct type named = random_type(i);
        if (named.id == TYPE_ENUM)
            continue;
        const char *name = type_name(named, &arena);
        cr_assert(type_by_name(slice_of_string(name), &type), "%s", name);
        cr_assert(type_same(type, named), "%s", name);
    }
    cr_assert(type_by_name(SLICE_LITERAL("TIMESTAMPTZ"), &type));
    cr_assert(type_by_name(SLICE_LITERAL("_int4"), &type));
    cr_assert(type.array && type.id == TYPE_INT4);
    cr_assert(not(type_by_name(SLICE_LITERAL("money"), &type) || type_by_name(SLICE_LITERAL(""), &type) || type_by_name(SLICE_LITERAL("[]"), &type)));
    cr_assert(not(type_by_name(SLICE_LITERAL("unknown"), &type)), "no column has it");
    cr_assert(eq(str, (char *)type_name((struct type){ .id = TYPE_NUMERIC, .array = true, .precision = 10, .scale = 2 }, &arena), "numeric(10,2)[]"));
    cr_assert(eq(str, (char *)type_name((struct type){ .id = TYPE_VARCHAR, .length = 7 }, &arena), "character varying(7)"));
    arena_done(&arena);
}
