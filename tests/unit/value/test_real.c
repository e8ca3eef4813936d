/* Floats as text: the number comes back, and no shorter text would do. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <math.h>

#include "random_value.h"
#include "value/real.h"

static const char *format(double real, bool single, struct buf *text)
{
    buf_clear(text);
    real_format(real, single, text);
    return buf_text(text);
}

Test(real, comes_back_and_is_shortest)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct buf text = { 0 };
    struct error error;
    for (int i = 0; i < 40000; i++) {
        bool single = random_chance(&r, 2);
        double real = random_double(&r, single), back;
        const char *shown = format(real, single, &text);
        cr_assert(eq(int, real_parse(slice_of_string(shown), single, &back, &error), 0), "%s: %s", shown, error.message);
        cr_assert(eq(int, real_compare(real, back), 0), "%s, SEED=%llu", shown, (unsigned long long)seed);
        cr_assert(eq(int, signbit(back) != 0, (isnan(real) ? 0 : signbit(real) != 0)));
        if (!isfinite(real) || real == 0)
            continue;
        struct real_digits digits = real_digits(real, single);
        if (digits.count == 1)
            continue;
        char shorter[40];
        snprintf(shorter, sizeof shorter, "%.*e", digits.count - 2, fabs(real));
        double other = single ? (double)strtof(shorter, NULL) : strtod(shorter, NULL);
        /* What is exactly between two numbers reads back by the rule of the even one: not counted on. */
        cr_assert(other != fabs(real) || digits.count >= (single ? 8 : 16), "%s, SEED=%llu", shown, (unsigned long long)seed);
    }
    buf_done(&text);
}

Test(real, prints_as_postgresql)
{
    static const struct { double real; bool single; const char *text; } cases[] = {
        { 0.0, false, "0" }, { -0.0, false, "-0" }, { 1, false, "1" }, { 0.1, false, "0.1" }, { 1e14, false, "100000000000000" },
        { 1e15, false, "1e+15" }, { 123456789012345, false, "123456789012345" }, { 1e-4, false, "0.0001" }, { 1e-5, false, "1e-05" },
        { 1.5e300, false, "1.5e+300" }, { 5e-324, false, "5e-324" }, { 0x1p-44, false, "5.684341886080802e-14" },
        { 54197540113824176.0, false, "5.4197540113824176e+16" }, { 9007199254740993.0, false, "9.007199254740992e+15" },
        { 123456, true, "123456" }, { 1234567, true, "1.234567e+06" }, { 0.1f, true, "0.1" }, { 1e-45f, true, "1e-45" },
        { 3.4028234663852886e38, true, "3.4028235e+38" }, { 16777216, true, "1.6777216e+07" },
    };
    struct buf text = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert(eq(str, (char *)format(cases[i].real, cases[i].single, &text), (char *)cases[i].text));
    buf_done(&text);
}

Test(real, refuses)
{
    static const struct { const char *text; bool single; enum sqlstate state; } cases[] = {
        { "", false, SQLSTATE_INVALID_TEXT }, { "1e400", false, SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "1e-400", false, SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "1e40", true, SQLSTATE_NUMERIC_OUT_OF_RANGE },
        { "1e-50", true, SQLSTATE_NUMERIC_OUT_OF_RANGE }, { "1x", false, SQLSTATE_INVALID_TEXT }, { "infinit", false, SQLSTATE_INVALID_TEXT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double real;
        struct error error = { 0 };
        cr_assert(eq(int, real_parse(slice_of_string(cases[i].text), cases[i].single, &real, &error), -1));
        cr_assert(eq(int, (int)error.state, (int)cases[i].state), "%s", cases[i].text);
    }
}
