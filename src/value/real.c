#include "value/real.h"

#include <assert.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/scan.h"

/* --- Output --- */

/* Odd part and power of two of a number that is not 0. */
struct odd { unsigned __int128 part; int power; };

static struct odd odd_of(unsigned __int128 number, int power)
{
    for (; number % 2 == 0; number /= 2)
        power++;
    return (struct odd){ number, power };
}

/* Whether the decimal "d.ddde[+-]xx" lies exactly between two neighbouring doubles (or floats) around `number`. Such a
 * one reads back by the rule of the even neighbour only, and PostgreSQL does not count on it. A power of ten beyond 27
 * has more factors of five than the numbers that could meet here. */
static bool is_halfway(const char *text, double number, bool single)
{
    unsigned __int128 decimal = 0, five = 1;
    int power = 0, bits = single ? 24 : 53;
    for (bool point = false; *text != 'e'; text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        decimal = decimal * 10 + (unsigned)(*text - '0');
        power -= point;
    }
    power += atoi(text + 1);
    if (power > 27 || power < -27 || decimal == 0)
        return false;
    for (int i = 0; i < abs(power); i++)
        five *= 5;
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(number, &exponent), bits);
    exponent -= bits;
    bool lowest = mantissa == 1ull << (bits - 1);       /* the gap below is half as wide */
    struct { unsigned __int128 number; int power; } halves[] = {
        { 2 * mantissa + 1, exponent - 1 },
        { lowest ? 4 * mantissa - 1 : 2 * mantissa - 1, lowest ? exponent - 2 : exponent - 1 },
    };
    for (int i = 0; i < 2; i++) {
        struct odd a = odd_of(power > 0 ? decimal * five : decimal, power > 0 ? power : 0);
        struct odd b = odd_of(power < 0 ? halves[i].number * five : halves[i].number,
                              halves[i].power + (power < 0 ? -power : 0));
        if (a.part == b.part && a.power == b.power)
            return true;
    }
    return false;
}

static bool reads_back(const char *text, double number, bool single)
{
    bool same = single ? strtof(text, NULL) == (float)number : strtod(text, NULL) == number;
    return same && !is_halfway(text, number, single);
}

/* "d.ddde[+-]xx" to digits and point. */
static struct real_digits split(const char *text)
{
    struct real_digits r = { 0 };
    for (; *text != 'e'; text++)
        if (*text != '.')
            r.digits[r.count++] = *text;
    r.point = atoi(text + 1) + 1;
    while (r.count > 1 && r.digits[r.count - 1] == '0')
        r.digits[--r.count] = '\0';
    return r;
}

/* The next larger number of as many digits, in `text` of the form "d.ddde[+-]xx". False when it would carry past
 * the first digit, where no power of two needs it. */
static bool increment(char *text)
{
    char *last = strchr(text, 'e') - 1;
    while (last > text && *last == '9')
        *last-- = '0';
    if (*last == '9' || *last == '.')
        return false;
    ++*last;
    return true;
}

/* A number of at most 15 digits (6 of a real) survives being a double, so if that many digits read back, they are
 * the shortest, with zeros behind. Subnormal numbers have fewer significant digits: there every length is tried.
 * The gap below a power of two is half of the one above it, so the shortest may be the second nearest. */
struct real_digits real_digits(double number, bool single)
{
    char text[40];
    int sure = single ? FLT_DIG : DBL_DIG, most = single ? 9 : 17, exponent;
    double magnitude = fabs(number);
    assert(isfinite(number));
    bool subnormal = magnitude < (single ? (double)FLT_MIN : DBL_MIN);
    bool power_of_two = frexp(magnitude, &exponent) == 0.5;
    struct real_digits r = { .count = 1, .point = 1, .digits = "0" };
    for (int count = subnormal ? 1 : sure; magnitude != 0 && count <= most; count++) {
        snprintf(text, sizeof text, "%.*e", count - 1, magnitude);
        if (reads_back(text, magnitude, single) ||
            (power_of_two && increment(text) && reads_back(text, magnitude, single))) {
            r = split(text);
            break;
        }
    }
    r.negative = signbit(number);
    return r;
}

static void append_zeros(struct buf *out, int count)
{
    for (; count > 0; count--)
        buf_append_byte(out, '0');
}

static void append_plain(const struct real_digits *r, struct buf *out)
{
    int whole = r->point < r->count ? r->point : r->count;
    if (r->point <= 0) {
        buf_append_string(out, "0.");
        append_zeros(out, -r->point);
        buf_append(out, r->digits, (size_t)r->count);
        return;
    }
    buf_append(out, r->digits, (size_t)whole);
    append_zeros(out, r->point - r->count);
    if (r->count > r->point)
        buf_printf(out, ".%s", r->digits + r->point);
}

void real_format(double number, bool single, struct buf *out)
{
    if (isnan(number)) {
        buf_append_string(out, "NaN");
        return;
    }
    if (isinf(number)) {
        buf_append_string(out, number < 0 ? "-Infinity" : "Infinity");
        return;
    }
    struct real_digits r = real_digits(number, single);
    int exponent = r.point - 1;
    if (r.negative)
        buf_append_byte(out, '-');
    if (exponent >= -4 && exponent < (single ? FLT_DIG : DBL_DIG))
        append_plain(&r, out);
    else
        buf_printf(out, "%c%s%se%+03d", r.digits[0], r.count > 1 ? "." : "", r.digits + 1, exponent);
}

/* --- Input --- */

/* strtod() reads what PostgreSQL does, NaN and infinity included; the locale is C in every program of ours. */
int real_parse(struct slice text, bool single, double *ret, struct error *error)
{
    struct slice number = scan_trim(text);
    const char *type = single ? "real" : "double precision";
    struct buf copy = { 0 };
    char *end;
    buf_append_slice(&copy, number);
    const char *start = buf_text(&copy);
    errno = 0;
    double real = single ? (double)strtof(start, &end) : strtod(start, &end);
    bool whole = number.size > 0 && end == start + number.size;
    bool out_of_range = errno == ERANGE && (real == 0 || isinf(real));
    size_t read = (size_t)(end - start);
    buf_done(&copy);
    if (out_of_range)
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "\"%.*s\" is out of range for type %s", (int)read,
                    (const char *)number.data, type);
    if (!whole)
        return fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type %s: \"%.*s\"", type, SLICE_FMT(text));
    *ret = isnan(real) ? (double)NAN : real;
    return 0;
}

/* --- Order and width --- */

int real_compare(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

int real_narrow(double number, double *ret, struct error *error)
{
    float narrow = (float)number;
    if (isinf(narrow) && !isinf(number))
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value out of range: overflow");
    if (narrow == 0.0f && number != 0.0)
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value out of range: underflow");
    *ret = (double)narrow;
    return 0;
}
