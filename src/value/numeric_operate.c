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

/* To `scale` digits after the point: half away from zero, or towards it. */
static void rescale_by(struct number *n, int64_t scale, bool truncates)
{
    mpz_t divisor;
    if (scale >= n->scale) {
        multiply_by_power(n->integer, scale - n->scale);
    } else {
        mpz_init(divisor);
        mpz_ui_pow_ui(divisor, 10, (unsigned long)(n->scale - scale));
        if (truncates)
            mpz_tdiv_q(n->integer, n->integer, divisor);
        else
            divide_rounding(n->integer, divisor);
        mpz_clear(divisor);
    }
    n->scale = scale;
}

static void rescale(struct number *n, int64_t scale)
{
    rescale_by(n, scale, false);
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

/* --- NaN and the infinities, as in PostgreSQL's numeric.c --- */

static int sign_of(const struct decimal *d)
{
    if (d->kind != DECIMAL_FINITE)
        return d->kind == DECIMAL_MINUS_INFINITY ? -1 : 1;
    return d->count == 0 ? 0 : d->negative ? -1 : 1;
}

static bool infinite(const struct decimal *d)
{
    return d->kind == DECIMAL_INFINITY || d->kind == DECIMAL_MINUS_INFINITY;
}

static struct value signed_infinity(int sign)
{
    return decimal_special(sign == 0 ? DECIMAL_NAN : sign < 0 ? DECIMAL_MINUS_INFINITY : DECIMAL_INFINITY);
}

/* One of the two is no number; neither is NaN. */
static struct value operate_infinite(char sign, const struct decimal *x, const struct decimal *y, const struct value *a, struct arena *arena)
{
    int sign_x = sign_of(x), sign_y = sign == '-' ? -sign_of(y) : sign_of(y);
    switch (sign) {
    case '+':
    case '-':
        return infinite(x) && infinite(y) && sign_x != sign_y ? decimal_special(DECIMAL_NAN) : signed_infinity(infinite(x) ? sign_x : sign_y);
    case '*':
        return signed_infinity(sign_x * sign_y);
    case '/':
        if (!infinite(x))
            return numeric_from_int(0, arena);
        return infinite(y) ? decimal_special(DECIMAL_NAN) : signed_infinity(sign_x * sign_y);
    default:
        return infinite(x) ? decimal_special(DECIMAL_NAN) : *a;
    }
}

int numeric_operate(char sign, const struct value *a, const struct value *b, struct arena *arena,
                    struct value *ret, struct error *error)
{
    struct decimal first = opened(a), second = opened(b);
    struct number x, y;
    if (first.kind == DECIMAL_NAN || second.kind == DECIMAL_NAN) {
        *ret = decimal_special(DECIMAL_NAN);
        return 0;
    }
    if ((sign == '/' || sign == '%') && sign_of(&second) == 0)
        return fail(error, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
    if (infinite(&first) || infinite(&second)) {
        *ret = operate_infinite(sign, &first, &second, a, arena);
        return 0;
    }
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
    if (d.kind != DECIMAL_FINITE)
        return d.kind == DECIMAL_NAN ? *a : signed_infinity(-sign_of(&d));
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

static int field_infinite(int precision, int scale, struct error *error)
{
    fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "numeric field overflow");
    return fail_detail(error, "A field with precision %d, scale %d cannot hold an infinite value.", precision, scale);
}

/* Scales are cut to what any number has, as in PostgreSQL; tens, hundreds and so on of what is smaller are 0. */
static int to_scale(const struct value *a, int scale, bool truncates, struct arena *arena, struct value *ret, struct error *error)
{
    struct decimal d = opened(a);
    struct number n;
    scale = scale > DECIMAL_SCALE_MAX ? DECIMAL_SCALE_MAX : scale;
    if (d.kind != DECIMAL_FINITE || d.scale == scale) {
        *ret = *a;
        return 0;
    }
    if (scale < 0 && -(int64_t)scale > decimal_point(&d) + 1) {
        *ret = numeric_from_int(0, arena);
        return 0;
    }
    number_open(&d, &n);
    rescale_by(&n, scale, truncates);
    if (scale < 0)
        rescale(&n, 0);
    int result = number_build(&n, arena, ret, error);
    mpz_clear(n.integer);
    return result;
}

int numeric_round(const struct value *a, int precision, int scale, struct arena *arena, struct value *ret, struct error *error)
{
    struct decimal d = opened(a);
    if (precision != 0 && infinite(&d))
        return field_infinite(precision, scale, error);
    if (to_scale(a, scale, false, arena, ret, error) < 0)
        return -1;
    d = opened(ret);
    if (precision != 0 && d.count > 0 && decimal_point(&d) > precision - scale)
        return field_overflow(precision, scale, error);
    return 0;
}

int numeric_truncate(const struct value *a, int scale, struct arena *arena, struct value *ret, struct error *error)
{
    return to_scale(a, scale, true, arena, ret, error);
}
