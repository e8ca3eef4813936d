/* Casts: which there are, in which context, and what they do where it is not plain. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"

struct cast_case { char from[32], to[32], in[48], out[48]; enum sqlstate state; enum cast_context context; int length, precision, scale; };
#define IMPLICIT .context = CAST_IMPLICIT
#define ASSIGNMENT .context = CAST_ASSIGNMENT
#define EXPLICIT .context = CAST_EXPLICIT

ParameterizedTestParameters(cast, cases)
{
    static struct cast_case cases[] = {
        { "numeric", "integer", "2.5", "3", 0, EXPLICIT }, { "double precision", "integer", "2.5", "2", 0, EXPLICIT }, { "double precision", "integer", "3.5", "4", 0, EXPLICIT },
        { "double precision", "bigint", "9.3e18", "", SQLSTATE_NUMERIC_OUT_OF_RANGE, EXPLICIT }, { "double precision", "integer", "NaN", "", SQLSTATE_NUMERIC_OUT_OF_RANGE, EXPLICIT },
        { "bigint", "smallint", "40000", "", SQLSTATE_NUMERIC_OUT_OF_RANGE, EXPLICIT }, { "numeric", "bigint", "9223372036854775807.5", "", SQLSTATE_NUMERIC_OUT_OF_RANGE, EXPLICIT },
        { "real", "double precision", "0.1", "0.10000000149011612", 0, IMPLICIT }, { "real", "numeric", "0.1", "0.1", 0, ASSIGNMENT },
        { "double precision", "numeric", "0.1234567890123456", "0.123456789012346", 0, ASSIGNMENT }, { "double precision", "real", "1e300", "", SQLSTATE_NUMERIC_OUT_OF_RANGE, ASSIGNMENT },
        { "numeric", "double precision", "0.1", "0.1", 0, IMPLICIT }, { "double precision", "numeric", "NaN", "NaN", 0, EXPLICIT }, { "numeric", "integer", "-Infinity", "", SQLSTATE_FEATURE_NOT_SUPPORTED, EXPLICIT },
        { "integer", "boolean", "7", "t", 0, EXPLICIT }, { "boolean", "integer", "t", "1", 0, EXPLICIT }, { "integer", "boolean", "7", "", SQLSTATE_CANNOT_COERCE, ASSIGNMENT },
        { "bigint", "boolean", "7", "", SQLSTATE_CANNOT_COERCE, EXPLICIT }, { "boolean", "text", "t", "true", 0, ASSIGNMENT },
        { "text", "varchar", "abcdef", "abc", 0, EXPLICIT, .length = 3 }, { "text", "varchar", "abcdef", "", SQLSTATE_STRING_TOO_LONG, ASSIGNMENT, .length = 3 },
        { "varchar", "varchar", "abcdef", "", SQLSTATE_STRING_TOO_LONG, IMPLICIT, .length = 3 }, { "integer", "varchar", "12345", "123", 0, EXPLICIT, .length = 3 },
        { "numeric", "numeric", "1.005", "1.01", 0, IMPLICIT, .precision = 5, .scale = 2 }, { "integer", "numeric", "12345", "", SQLSTATE_NUMERIC_OUT_OF_RANGE, IMPLICIT, .precision = 5, .scale = 2 },
        { "text", "integer", "12", "12", 0, EXPLICIT }, { "text", "integer", "12", "", SQLSTATE_CANNOT_COERCE, ASSIGNMENT }, { "text", "uuid", "x", "", SQLSTATE_INVALID_TEXT, EXPLICIT },
        { "inet", "text", "10.0.0.1", "10.0.0.1/32", 0, ASSIGNMENT }, { "inet", "text", "::1/64", "::1/64", 0, ASSIGNMENT }, { "uuid", "bytea", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "", SQLSTATE_CANNOT_COERCE, EXPLICIT },
        { "date", "timestamptz", "2025-01-02", "2025-01-02 00:00:00+00", 0, IMPLICIT }, { "timestamptz", "date", "1969-12-31 23:00", "1969-12-31", 0, ASSIGNMENT },
        { "date", "timestamp", "5874897-12-31", "", SQLSTATE_DATETIME_OVERFLOW, IMPLICIT }, { "date", "timestamp", "-infinity", "-infinity", 0, IMPLICIT },
        { "timestamp", "date", "infinity", "infinity", 0, ASSIGNMENT }, { "timestamp", "date", "infinity", "", SQLSTATE_CANNOT_COERCE, IMPLICIT },
        { "jsonb", "integer", "1.5", "2", 0, EXPLICIT }, { "jsonb", "numeric", "1.50", "1.50", 0, EXPLICIT }, { "jsonb", "boolean", "true", "t", 0, EXPLICIT },
        { "jsonb", "integer", "\"1\"", "", SQLSTATE_INVALID_PARAMETER_VALUE, EXPLICIT }, { "jsonb", "boolean", "null", "", SQLSTATE_INVALID_PARAMETER_VALUE, EXPLICIT },
        { "jsonb", "text", "\"a\"", "\"a\"", 0, ASSIGNMENT }, { "jsonb", "json", "{\"a\":1}", "{\"a\": 1}", 0, ASSIGNMENT }, { "json", "jsonb", "{\"a\":1,\"a\":2}", "{\"a\": 2}", 0, ASSIGNMENT },
        { "integer[]", "bigint[]", "{1,NULL}", "{1,NULL}", 0, IMPLICIT }, { "text[]", "integer[]", "{1,NULL}", "{1,NULL}", 0, EXPLICIT }, { "integer[]", "text", "{1,NULL}", "{1,NULL}", 0, ASSIGNMENT },
        { "text", "integer[]", "{1,2}", "{1,2}", 0, EXPLICIT }, { "integer[]", "integer", "{1}", "", SQLSTATE_CANNOT_COERCE, EXPLICIT }, { "text[]", "varchar[]", "{abc,d}", "{ab,d}", 0, EXPLICIT, .length = 2 },
    };
    return cr_make_param_array(struct cast_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct cast_case *t, cast, cases)
{
    struct arena arena;
    struct type from, to;
    struct value value, result;
    struct error error = { 0 };
    struct buf text = { 0 };
    arena_init(&arena, SIZE_MAX);
    cr_assert(type_by_name(slice_of_string(t->from), &from));
    cr_assert(type_by_name(slice_of_string(t->to), &to));
    to.length = t->length;
    to.precision = t->precision;
    to.scale = t->scale;
    cr_assert(eq(int, value_from_text(from, slice_of_string(t->in), &arena, &value, &error), 0), "%s", error.message);
    int outcome = value_cast(from, to, t->context, &value, &arena, &result, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s to %s: %s", t->from, t->to, error.message);
    if (outcome == 0) {
        value_to_text(to, &result, &text);
        cr_assert(eq(str, (char *)buf_text(&text), t->out), "%s to %s", t->from, t->to);
    }
    buf_done(&text);
    arena_done(&arena);
}

/* What can be cast gives a value of the type or an error of the value, never "cannot cast"; NULL stays NULL. */
Test(cast, every_pair_of_types)
{
    struct random r = { random_seed() };
    struct arena arena;
    struct buf stored = { 0 };
    arena_init(&arena, SIZE_MAX);
    for (int i = 0; i < RANDOM_TYPES * RANDOM_TYPES * 3; i++, arena_reset(&arena), buf_clear(&stored)) {
        struct type from = random_type(i % RANDOM_TYPES), to = random_type(i / RANDOM_TYPES % RANDOM_TYPES);
        enum cast_context context = (enum cast_context)(i / RANDOM_TYPES / RANDOM_TYPES);
        struct value value = random_value(&r, from, &arena), null = VALUE_OF_NULL, result;
        struct error error = { 0 };
        bool can = value_can_cast(from, to, context);
        cr_assert(eq(int, value_cast(from, to, context, &null, &arena, &result, &error), 0));
        cr_assert(value_is_null(&result));
        cr_assert(context == CAST_IMPLICIT || value_can_cast(from, to, context) >= value_can_cast(from, to, context - 1));
        if (value_cast(from, to, context, &value, &arena, &result, &error) == 0) {
            cr_assert(can);
            value_store(to, &result, &stored);
        } else {
            cr_assert(eq(int, error.state == SQLSTATE_CANNOT_COERCE, !can), "%s to %s: %s", type_name(from, &arena), type_name(to, &arena), error.message);
        }
    }
    buf_done(&stored);
    arena_done(&arena);
}
