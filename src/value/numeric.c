#include "value/numeric.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/decimal.h"
#include "value/scan.h"

static struct decimal opened(const struct value *value)
{
    struct decimal d;
    assert(value->kind == VALUE_NUMERIC);
    bool sound = decimal_open(value->bytes, &d);
    assert(sound);
    return d;
}

/* --- Text --- */

static int bad_text(struct slice text, struct error *error)
{
    return fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type numeric: \"%.*s\"", SLICE_FMT(text));
}

/* NaN has no sign. */
static enum decimal_kind kind_of(struct slice number)
{
    bool is_signed = number.size > 0 && (number.data[0] == '-' || number.data[0] == '+');
    struct slice word = is_signed ? slice_of(number.data + 1, number.size - 1) : number;
    if (scan_is_word(number, "nan"))
        return DECIMAL_NAN;
    if (!scan_is_word(word, "inf") && !scan_is_word(word, "infinity"))
        return DECIMAL_FINITE;
    return number.data[0] == '-' ? DECIMAL_MINUS_INFINITY : DECIMAL_INFINITY;
}

#define EXPONENT_MAX (INT32_MAX / 2)

static int overflow(struct error *error)
{
    return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value overflows numeric format");
}

/* The exponent behind an 'e' at `at`; saturates far outside of the range. */
static bool parse_exponent(struct slice number, size_t *at, int64_t *ret)
{
    bool negative = false, any = false;
    int64_t exponent = 0;
    (*at)++;
    if (*at < number.size && (number.data[*at] == '+' || number.data[*at] == '-'))
        negative = number.data[(*at)++] == '-';
    for (; *at < number.size && scan_is_digit(number.data[*at]); (*at)++, any = true)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + number.data[*at] - '0';
    *ret = negative ? -exponent : exponent;
    return any;
}

/* A number with `scale` digits after the point and an exponent: the zeros that it adds are written out. */
static int build_scaled(bool negative, struct buf *digits, int64_t scale, int64_t exponent, struct arena *arena,
                        struct value *ret, struct error *error)
{
    size_t zeros = 0;
    scale -= exponent;
    while (zeros < digits->size && digits->data[zeros] == '0')
        zeros++;
    if (scale < 0) {
        bool zero = zeros == digits->size;
        if (!zero && (int64_t)(digits->size - zeros) - scale > DECIMAL_POINT_MAX)
            return overflow(error);
        for (; scale < 0 && !zero; scale++)
            buf_append_byte(digits, '0');
        scale = 0;
    }
    return decimal_build(negative, (const char *)digits->data, digits->size, scale, arena, ret, error);
}

int numeric_parse(struct slice text, struct arena *arena, struct value *ret, struct error *error)
{
    struct slice number = scan_trim(text);
    struct buf digits = { 0 };
    size_t at = 0;
    int64_t scale = 0, exponent = 0;
    bool negative = false, point = false, sound = true;
    if (kind_of(number) != DECIMAL_FINITE) {
        *ret = decimal_special(kind_of(number));
        return 0;
    }
    if (at < number.size && (number.data[at] == '+' || number.data[at] == '-'))
        negative = number.data[at++] == '-';
    for (; at < number.size; at++) {
        if (scan_is_digit(number.data[at])) {
            buf_append_byte(&digits, number.data[at]);
            scale += point;
        } else if (number.data[at] == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    sound = digits.size > 0;
    if (sound && at < number.size && (number.data[at] | 0x20) == 'e')
        sound = parse_exponent(number, &at, &exponent);
    bool beyond = sound && (exponent >= EXPONENT_MAX || exponent <= -EXPONENT_MAX);     /* whatever follows, as in PostgreSQL */
    int result = beyond ? overflow(error) : sound && at == number.size ? build_scaled(negative, &digits, scale, exponent, arena, ret, error)
                                            : bad_text(text, error);
    buf_done(&digits);
    return result;
}

void numeric_format(const struct value *value, struct buf *out)
{
    struct decimal d = opened(value);
    decimal_format(&d, out);
}

bool numeric_is_finite(const struct value *value)
{
    return opened(value).kind == DECIMAL_FINITE;
}

/* --- Order --- */

int numeric_compare(const struct value *a, const struct value *b)
{
    struct decimal x = opened(a), y = opened(b);
    return decimal_compare(&x, &y);
}

/* --- Conversions --- */

/* For digits that are known to be in range. */
static struct value built(bool negative, const char *digits, size_t count, int scale, struct arena *arena)
{
    struct value value;
    struct error error;
    int result = decimal_build(negative, digits, count, scale, arena, &value, &error);
    assert(result == 0);
    return value;
}

struct value numeric_from_int(int64_t integer, struct arena *arena)
{
    char digits[24];
    uint64_t magnitude = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)magnitude);
    return built(integer < 0, digits, (size_t)count, 0, arena);
}

int numeric_from_double(double real, struct arena *arena, struct value *ret, struct error *error)
{
    char text[40];
    if (!isfinite(real)) {
        *ret = decimal_special(isnan(real) ? DECIMAL_NAN : real > 0 ? DECIMAL_INFINITY : DECIMAL_MINUS_INFINITY);
        return 0;
    }
    snprintf(text, sizeof text, "%.15g", real);         /* PostgreSQL: what the type holds for sure */
    return numeric_parse(slice_of_string(text), arena, ret, error);
}

double numeric_to_double(const struct value *a)
{
    struct buf text = { 0 };
    numeric_format(a, &text);
    double real = strtod(buf_text(&text), NULL);
    buf_done(&text);
    return real;
}

int numeric_to_int(const struct value *a, int64_t *ret, struct error *error)
{
    struct decimal d = opened(a);
    int64_t point = decimal_point(&d);
    __int128 number = 0;
    if (point <= 19) {
        for (int64_t i = 0; i < point; i++)
            number = number * 10 + (i < d.count ? decimal_digit(&d, (uint32_t)i) : 0);
        if (point >= 0 && point < d.count && decimal_digit(&d, (uint32_t)point) >= 5)
            number++;
        if (d.negative)
            number = -number;
    }
    if (d.kind != DECIMAL_FINITE || point > 19 || number > INT64_MAX || number < INT64_MIN)
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "bigint out of range");
    *ret = (int64_t)number;
    return 0;
}

/* --- Foreign bytes --- */

bool numeric_valid(struct slice payload)
{
    struct decimal d;
    return decimal_open(payload, &d) && decimal_in_range(&d);
}

struct value numeric_canonical(struct slice payload, struct arena *arena)
{
    struct decimal d;
    struct buf digits = { 0 };
    bool sound = decimal_open(payload, &d);
    assert(sound);
    assert(decimal_in_range(&d));
    if (d.kind != DECIMAL_FINITE)
        return decimal_special(d.kind);
    decimal_digits(&d, &digits);
    for (int64_t zeros = d.count > 0 ? -(int64_t)d.scale : 0; zeros > 0; zeros--)
        buf_append_byte(&digits, '0');
    int scale = d.scale > 0 ? d.scale : 0;
    struct value value = built(d.negative, (const char *)digits.data, digits.size, scale, arena);
    buf_done(&digits);
    return value;
}
