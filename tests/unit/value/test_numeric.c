/* Numerics: text, arithmetic laws, foreign bytes. PostgreSQL itself is asked in tests/integration/value_pg.c. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"
#include "value/decimal.h"

static struct arena arena;
static void begin(void) { arena_init(&arena, SIZE_MAX); }
static void end(void) { arena_done(&arena); }
TestSuite(numeric, .init = begin, .fini = end);

static struct value number(const char *text)
{
    struct value value;
    struct error error;
    cr_assert(eq(int, numeric_parse(slice_of_string(text), &arena, &value, &error), 0), "%s: %s", text, error.message);
    return value;
}

static const char *text_of(const struct value *value)
{
    struct buf text = { 0 };
    numeric_format(value, &text);
    const char *copy = arena_string(&arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

struct text_case { char in[40], out[40]; enum sqlstate state; };

ParameterizedTestParameters(numeric, text)
{
    static struct text_case cases[] = {
        { "0", "0", 0 }, { "-0", "0", 0 }, { "-0.00", "0.00", 0 }, { "000", "0", 0 }, { "007.50", "7.50", 0 },
        { "+.5", "0.5", 0 }, { "-5.", "-5", 0 }, { " 1 ", "1", 0 }, { "1e3", "1000", 0 }, { "1.5e3", "1500", 0 },
        { "1.25e1", "12.5", 0 }, { "1E-5", "0.00001", 0 }, { "0e5", "0", 0 }, { "0.0e-3", "0.0000", 0 },
        { "12345678901234567890.12345678901234567", "12345678901234567890.12345678901234567", 0 },
        { "", "", SQLSTATE_INVALID_TEXT }, { ".", "", SQLSTATE_INVALID_TEXT }, { "1.2.3", "", SQLSTATE_INVALID_TEXT },
        { "1e", "", SQLSTATE_INVALID_TEXT }, { "1 2", "", SQLSTATE_INVALID_TEXT }, { "--1", "", SQLSTATE_INVALID_TEXT },
        { "0x1", "", SQLSTATE_INVALID_TEXT }, { "1_0", "", SQLSTATE_INVALID_TEXT }, { "-nan", "", SQLSTATE_INVALID_TEXT },
        { "1e131072", "", SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "1e-16384", "", SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "1e99999999999999999999", "", SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "0e-99999999999", "", SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "1e9999999999x", "", SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "1e999999x", "", SQLSTATE_INVALID_TEXT },
        { "nan", "NaN", 0 }, { "-Infinity", "-Infinity", 0 }, { "+inf", "Infinity", 0 },
    };
    return cr_make_param_array(struct text_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct text_case *t, numeric, text)
{
    struct value value;
    struct error error = { 0 };
    begin();
    int result = numeric_parse(slice_of_string(t->in), &arena, &value, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s: %s", t->in, error.message);
    if (result == 0)
        cr_assert(eq(str, (char *)text_of(&value), t->out), "%s", t->in);
    end();
}

Test(numeric, largest_and_smallest)
{
    struct value large = number("1e131071"), small = number("1e-16383"), sum, product;
    struct error error;
    cr_assert(eq(int, numeric_operate('+', &large, &small, &arena, &sum, &error), 0));
    cr_assert(eq(sz, strlen(text_of(&sum)), 131072 + 1 + 16383));
    cr_assert(eq(int, numeric_operate('*', &large, &large, &arena, &product, &error), -1));
    cr_assert(eq(int, (int)error.state, (int)SQLSTATE_NUMERIC_OUT_OF_RANGE));
    cr_assert(eq(int, numeric_operate('*', &small, &small, &arena, &product, &error), 0));
    cr_assert(eq(sz, strlen(text_of(&product)), 2 + 16383), "a product is rounded to the longest scale");
}

/* (a + b) - b = a; a - b = -(b - a); the sign of a - b is the order; a = (a / b) * b + rest; a % b is smaller than b. */
Test(numeric, laws)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct error error;
    struct value zero = numeric_from_int(0, &arena);
    for (int i = 0; i < 5000; i++, arena_reset(&arena)) {
        zero = numeric_from_int(0, &arena);
        struct value a = random_decimal(&r, &arena), b = random_decimal(&r, &arena), x, y;
        const char *what = arena_printf(&arena, "%s, %s, SEED=%llu", text_of(&a), text_of(&b), (unsigned long long)seed);
        numeric_operate('+', &a, &b, &arena, &x, &error);
        numeric_operate('-', &x, &b, &arena, &y, &error);
        cr_assert(eq(int, numeric_compare(&a, &y), 0), "%s", what);
        numeric_operate('-', &a, &b, &arena, &x, &error);
        numeric_operate('-', &b, &a, &arena, &y, &error);
        y = numeric_negate(&y, &arena);
        cr_assert(slice_equal(x.bytes, y.bytes), "%s", what);
        cr_assert(eq(int, numeric_compare(&x, &zero), numeric_compare(&a, &b)), "%s", what);
        if (numeric_compare(&b, &zero) == 0) {
            cr_assert(eq(int, numeric_operate('/', &a, &b, &arena, &x, &error), -1));
            cr_assert(eq(int, (int)error.state, (int)SQLSTATE_DIVISION_BY_ZERO));
            continue;
        }
        numeric_operate('%', &a, &b, &arena, &x, &error);
        numeric_operate('-', &a, &x, &arena, &y, &error);
        struct value rest = x;
        numeric_operate('%', &y, &b, &arena, &x, &error);
        cr_assert(eq(int, numeric_compare(&x, &zero), 0), "%s", what);
        struct value size_b = numeric_compare(&b, &zero) < 0 ? numeric_negate(&b, &arena) : b;
        struct value size_rest = numeric_compare(&rest, &zero) < 0 ? numeric_negate(&rest, &arena) : rest;
        cr_assert(lt(int, numeric_compare(&size_rest, &size_b), 0), "%s", what);
    }
}

Test(numeric, integers_and_back)
{
    struct random r = { random_seed() };
    struct error error;
    for (int i = 0; i < 5000; i++, arena_reset(&arena)) {
        int64_t integer = random_int(&r, 64), back;
        struct value value = numeric_from_int(integer, &arena);
        cr_assert(eq(int, numeric_to_int(&value, &back, &error), 0));
        cr_assert(eq(i64, back, integer));
        cr_assert(eq(str, (char *)text_of(&value), arena_printf(&arena, "%lld", (long long)integer)));
    }
}

Test(numeric, rounds_half_away_from_zero)
{
    static const struct { const char *in; int precision, scale; const char *out; } cases[] = {
        { "1.005", 0, 2, "1.01" }, { "-1.005", 0, 2, "-1.01" }, { "1.0049", 0, 2, "1.00" }, { "2.5", 0, 0, "3" }, { "-2.5", 0, 0, "-3" },
        { "0.5", 0, 0, "1" }, { "0.4", 0, 0, "0" }, { "-0.4", 0, 0, "0" }, { "1234", 0, -2, "1200" }, { "1250", 0, -2, "1300" },
        { "49", 0, -2, "0" }, { "1.5", 0, 4, "1.5000" }, { "99.99", 4, 2, "99.99" }, { "0.001", 2, 2, "0.00" },
        { "999.94", 4, 1, "999.9" }, { "1", 0, -1000000, "0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value in = number(cases[i].in), out;
        struct error error;
        cr_assert(eq(int, numeric_round(&in, cases[i].precision, cases[i].scale, &arena, &out, &error), 0));
        cr_assert(eq(str, (char *)text_of(&out), (char *)cases[i].out), "%s", cases[i].in);
    }
    struct value in = number("99.995"), out;
    struct error error;
    cr_assert(eq(int, numeric_round(&in, 4, 2, &arena, &out, &error), -1));
    cr_assert(eq(str, error.detail, "A field with precision 4, scale 2 must round to an absolute value less than 10^2."));
}

/* Tarantool's encoder writes other sign nibbles, leading zeros and negative scales; none of it survives. */
Test(numeric, foreign_bytes_become_canonical)
{
    static const struct { const char *payload; size_t size; const char *text; } cases[] = {
        { "\x02\x01\x23\x4c", 4, "12.34" }, { "\x00\x0a", 2, "0" }, { "\x00\x0d", 2, "0" },
        { "\x00\x5b", 2, "-5" }, { "\x00\x5f", 2, "5" }, { "\xff\x5c", 2, "50" }, { "\xd0\xdf\x1c", 3, "1000000000000000000000000000000000" },
        { "\x01\x00\x00\x00\x7d", 5, "-0.7" }, { "\xd2\x80\x00\x00\x00\x0c", 6, "0" }, { "\xcc\x02\x1c", 3, "0.01" },
        { "\xc0", 1, "NaN" }, { "\xc2", 1, "-Infinity" }, { "\xc3", 1, "Infinity" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice payload = slice_of(cases[i].payload, cases[i].size);
        cr_assert(numeric_valid(payload), "%s", cases[i].text);
        struct value value = numeric_canonical(payload, &arena), same = number(cases[i].text);
        cr_assert(slice_equal(value.bytes, same.bytes), "%s: %s", cases[i].text, text_of(&value));
    }
    cr_assert(not(numeric_valid(SLICE_LITERAL(""))));
    cr_assert(not(numeric_valid(SLICE_LITERAL("\x00"))));
    cr_assert(not(numeric_valid(SLICE_LITERAL("\xc1"))));
    cr_assert(not(numeric_valid(SLICE_LITERAL("\x01\x23"))), "no sign");
    cr_assert(not(numeric_valid(SLICE_LITERAL("\x01\xa1\x2c"))), "no digit");
    cr_assert(not(numeric_valid(SLICE_LITERAL("\xd2\x80\x00\x00\x00\x1c"))), "2 billion zeros");
    cr_assert(not(numeric_valid(SLICE_LITERAL("\xcd\x40\x00\x1c"))), "a scale of 16384");
}

Test(numeric, mutated_bytes_are_valid_and_computable_or_refused)
{
    struct random r = { random_seed() };
    struct error error;
    for (int i = 0; i < 20000; i++, arena_reset(&arena)) {
        struct value value = random_numeric(&r, &arena), sum;
        size_t size = value.bytes.size - random_below(&r, 2);
        uint8_t *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, value.bytes.data, size);
        for (int change = 0; change < 2 && size > 0; change++)
            exact[random_below(&r, size)] = (uint8_t)random_next(&r);
        if (numeric_valid(slice_of(exact, size))) {
            struct value canonical = numeric_canonical(slice_of(exact, size), &arena), again;
            again = numeric_canonical(canonical.bytes, &arena);
            cr_assert(slice_equal(canonical.bytes, again.bytes));
            (void)numeric_operate('+', &canonical, &value, &arena, &sum, &error);
        }
        free(exact);
    }
}
