/* Arithmetic of numerics, over GMP's integers.
 *
 * A number is integer / 10^scale. PostgreSQL computes in digits of base 10,000 and lets that show in one place, the
 * scale of a quotient: 16 significant digits are guaranteed by counting base-10,000 digits, see quotient_scale(). */
#include "value/numeric.h"

#include <assert.h>
#include <gmp.h>

#include "value/decimal.h"

#define QUOTIENT_DIGITS    16           /* PostgreSQL's NUMERIC_MIN_SIG_DIGITS */
#define QUOTIENT_SCALE_MAX 1000         /* and NUMERIC_MAX_DISPLAY_SCALE */
#define ROUND_SCALE_MAX    2000         /* and NUMERIC_MAX_RESULT_SCALE, which round(n, scale) is clamped to */

struct number {
    mpz_t integer;
    int64_t scale;
};

static struct decimal opened(const struct value *value)
{
    struct decimal d;
    assert(value->kind == VALUE_NUMERIC);
    bool sound = decimal_open(value->bytes, &d);
    assert(sound);
    return d;
}

/* What fits into 64 bits needs no text in between. */
#define SMALL_DIGITS 18

static void number_open(const struct decimal *d, struct number *ret)
{
    mpz_init(ret->integer);
    ret->scale = d->scale;
    if (d->count <= SMALL_DIGITS) {
        unsigned long small = 0;
        for (uint32_t i = 0; i < d->count; i++)
            small = small * 10 + (unsigned long)decimal_digit(d, i);
        mpz_set_ui(ret->integer, small);
    } else {
        struct buf digits = { 0 };
        decimal_digits(d, &digits);
        int bad = mpz_set_str(ret->integer, buf_text(&digits), 10);
        assert(bad == 0);
        buf_done(&digits);
    }
    if (d->negative)
        mpz_neg(ret->integer, ret->integer);
}

static int number_build(const struct number *n, struct arena *arena, struct value *ret, struct error *error)
{
    struct buf text = { 0 };
    char *digits = (char *)buf_reserve(&text, mpz_sizeinbase(n->integer, 10) + 2);
    mpz_get_str(digits, 10, n->integer);
    bool negative = digits[0] == '-';
    digits += negative;
    int result = decimal_build(negative, digits, strlen(digits), n->scale, arena, ret, error);
    buf_done(&text);
    return result;
}

static void multiply_by_power(mpz_t integer, int64_t power)
{
    mpz_t factor;
    assert(power >= 0);
    if (power == 0)
        return;
    mpz_init(factor);
    mpz_ui_pow_ui(factor, 10, (unsigned long)power);
    mpz_mul(integer, integer, factor);
    mpz_clear(factor);
}

/* integer / divisor, rounded half away from zero. */
static void divide_rounding(mpz_t integer, const mpz_t divisor)
{
    mpz_t rest;
    mpz_init(rest);
    int sign = mpz_sgn(integer) * mpz_sgn(divisor);
    mpz_tdiv_qr(integer, rest, integer, divisor);
    mpz_mul_2exp(rest, rest, 1);
    if (mpz_cmpabs(rest, divisor) >= 0) {
        if (sign < 0)
            mpz_sub_ui(integer, integer, 1);
        else
            mpz_add_ui(integer, integer, 1);
    }
    mpz_clear(rest);
}

static void rescale(struct number *n, int64_t scale)
{
    mpz_t divisor;
    if (scale >= n->scale) {
        multiply_by_power(n->integer, scale - n->scale);
    } else {
        mpz_init(divisor);
        mpz_ui_pow_ui(divisor, 10, (unsigned long)(n->scale - scale));
        divide_rounding(n->integer, divisor);
        mpz_clear(divisor);
    }
    n->scale = scale;
}

/* The weight of the first base-10,000 digit (0: units) and its value, as PostgreSQL stores the number. */
static void first_digit(const struct decimal *d, int64_t *ret_weight, int *ret_digit)
{
    int64_t point = decimal_point(d);
    *ret_weight = 0;
    *ret_digit = 0;
    if (d->count == 0)
        return;
    int64_t weight = point > 0 ? (point - 1) / 4 : -((-point) / 4) - 1;
    int64_t digits = point - 4 * weight;                /* decimal digits in it, 1 to 4 */
    for (int64_t i = 0; i < digits; i++)
        *ret_digit = *ret_digit * 10 + (i < d->count ? decimal_digit(d, (uint32_t)i) : 0);
    *ret_weight = weight;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t quotient_scale(const struct decimal *a, const struct decimal *b)
{
    int64_t weight_a, weight_b;
    int digit_a, digit_b;
    first_digit(a, &weight_a, &digit_a);
    first_digit(b, &weight_b, &digit_b);
    int64_t weight = weight_a - weight_b - (digit_a <= digit_b ? 1 : 0);
    int64_t scale = larger(QUOTIENT_DIGITS - 4 * weight, larger(larger(a->scale, b->scale), 0));
    return scale < QUOTIENT_SCALE_MAX ? scale : QUOTIENT_SCALE_MAX;
}

static void add(char sign, struct number *x, struct number *y)
{
    int64_t scale = larger(x->scale, y->scale);
    rescale(x, scale);
    rescale(y, scale);
    if (sign == '+')
        mpz_add(x->integer, x->integer, y->integer);
    else
        mpz_sub(x->integer, x->integer, y->integer);
}

static void multiply(struct number *x, const struct number *y)
{
    mpz_mul(x->integer, x->integer, y->integer);
    x->scale += y->scale;
    if (x->scale > DECIMAL_SCALE_MAX)
        rescale(x, DECIMAL_SCALE_MAX);
}

static void divide(struct number *x, struct number *y, int64_t scale)
{
    /* x / 10^sx / (y / 10^sy) * 10^scale, in integers. */
    int64_t power = scale + y->scale - x->scale;
    if (power >= 0)
        multiply_by_power(x->integer, power);
    else
        multiply_by_power(y->integer, -power);
    divide_rounding(x->integer, y->integer);
    x->scale = scale;
}

static void remainder_of(struct number *x, struct number *y)
{
    int64_t scale = larger(x->scale, y->scale);
    rescale(x, scale);
    rescale(y, scale);
    mpz_tdiv_r(x->integer, x->integer, y->integer);
}

int numeric_operate(char sign, const struct value *a, const struct value *b, struct arena *arena,
                    struct value *ret, struct error *error)
{
    struct decimal first = opened(a), second = opened(b);
    struct number x, y;
    if ((sign == '/' || sign == '%') && second.count == 0)
        return fail(error, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
    number_open(&first, &x);
    number_open(&second, &y);
    switch (sign) {
    case '+':
    case '-': add(sign, &x, &y); break;
    case '*': multiply(&x, &y); break;
    case '/': divide(&x, &y, quotient_scale(&first, &second)); break;
    case '%': remainder_of(&x, &y); break;
    default: assert(!"an operator of + - * / %");
    }
    int result = number_build(&x, arena, ret, error);
    mpz_clear(x.integer);
    mpz_clear(y.integer);
    return result;
}

struct value numeric_negate(const struct value *a, struct arena *arena)
{
    struct decimal d = opened(a);
    struct value value = { .kind = VALUE_NUMERIC, .bytes = arena_copy(arena, a->bytes) };
    if (d.count > 0)
        ((uint8_t *)value.bytes.data)[value.bytes.size - 1] ^= 1;       /* 0xC plus, 0xD minus */
    return value;
}

static int field_overflow(int precision, int scale, struct error *error)
{
    int digits = precision - scale;
    fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "numeric field overflow");
    return fail_detail(error, "A field with precision %d, scale %d must round to an absolute value less than %s%d.",
                       precision, scale, digits != 0 ? "10^" : "", digits != 0 ? digits : 1);
}

int numeric_round(const struct value *a, int precision, int scale, struct arena *arena, struct value *ret, struct error *error)
{
    struct decimal d = opened(a);
    struct number n;
    scale = scale < -ROUND_SCALE_MAX ? -ROUND_SCALE_MAX : scale > ROUND_SCALE_MAX ? ROUND_SCALE_MAX : scale;
    if (d.scale == scale && (precision == 0 || decimal_point(&d) <= precision - scale)) {
        *ret = *a;
        return 0;
    }
    number_open(&d, &n);
    rescale(&n, scale);
    if (scale < 0)
        rescale(&n, 0);
    int result = number_build(&n, arena, ret, error);
    mpz_clear(n.integer);
    if (result < 0 || precision == 0)
        return result;
    struct decimal rounded = opened(ret);
    if (rounded.count > 0 && decimal_point(&rounded) > precision - scale)
        return field_overflow(precision, scale, error);
    return 0;
}
