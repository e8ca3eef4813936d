#include "value/time.h"

#include <assert.h>
#include <math.h>

#define DAYS_PER_MONTH  30
#define SECONDS_PER_DAY 86400.0

/* --- Output, IntervalStyle postgres: "1 year 2 mons -3 days +04:05:06.7" --- */

/* The sign of a field is written out where it differs from the one before it: `*before` says that it was negative. */
static void format_field(int value, const char *unit, bool *first, bool *before, struct buf *out)
{
    if (value == 0)
        return;
    buf_printf(out, "%s%s%d %s%s", *first ? "" : " ", *before && value > 0 ? "+" : "", value, unit, value == 1 ? "" : "s");
    *before = value < 0;
    *first = false;
}

void interval_format(const struct interval *interval, struct buf *out)
{
    bool first = true, before = false;
    format_field(interval->months / 12, "year", &first, &before, out);
    format_field(interval->months % 12, "mon", &first, &before, out);
    format_field(interval->days, "day", &first, &before, out);
    if (!first && interval->us == 0)
        return;
    uint64_t us = interval->us < 0 ? -(uint64_t)interval->us : (uint64_t)interval->us;
    uint64_t in_hour = us % US_PER_HOUR;
    buf_printf(out, "%s%s%02llu:%02u:%02u", first ? "" : " ", interval->us < 0 ? "-" : before ? "+" : "",
               (unsigned long long)(us / US_PER_HOUR), (unsigned)(in_hour / US_PER_MINUTE),
               (unsigned)(in_hour / US_PER_SECOND % 60));
    unsigned fraction = (unsigned)(us % US_PER_SECOND);
    if (fraction == 0)
        return;
    int digits = 6;
    for (; fraction % 10 == 0; fraction /= 10)
        digits--;
    buf_printf(out, ".%0*u", digits, fraction);
}

/* --- Order --- */

__int128 interval_span(const struct interval *a)
{
    return ((__int128)a->months * DAYS_PER_MONTH + a->days) * US_PER_DAY + a->us;
}

int interval_compare(const struct interval *a, const struct interval *b)
{
    __int128 x = interval_span(a), y = interval_span(b);
    return (x > y) - (x < y);
}

/* --- Arithmetic --- */

static int overflow(struct error *error)
{
    return fail(error, SQLSTATE_DATETIME_OVERFLOW, "interval out of range");
}

int interval_operate(char sign, const struct interval *a, const struct interval *b, struct interval *ret, struct error *error)
{
    struct interval r;
    bool over;
    assert(sign == '+' || sign == '-');
    if (sign == '+')
        over = __builtin_add_overflow(a->months, b->months, &r.months) | __builtin_add_overflow(a->days, b->days, &r.days) |
               __builtin_add_overflow(a->us, b->us, &r.us);
    else
        over = __builtin_sub_overflow(a->months, b->months, &r.months) | __builtin_sub_overflow(a->days, b->days, &r.days) |
               __builtin_sub_overflow(a->us, b->us, &r.us);
    if (over)
        return overflow(error);
    *ret = r;
    return 0;
}

/* What lies between seconds that a double cannot tell apart is rounded off (PostgreSQL's TSROUND). */
static double round_us(double number)
{
    return rint(number * 1e6) / 1e6;
}

static double scaled(double number, double factor, bool divide)
{
    return divide ? number / factor : number * factor;
}

/* Fractions of months become days, fractions of days seconds; nothing is carried upwards. Step by step as
 * PostgreSQL's interval_mul() and interval_div(), so that the same doubles come out. */
static int scale(const struct interval *a, double factor, bool divide, struct interval *ret, struct error *error)
{
    double months = scaled(a->months, factor, divide), days = scaled(a->days, factor, divide);
    if (!(months >= INT32_MIN && months <= INT32_MAX && days >= INT32_MIN && days <= INT32_MAX))
        return overflow(error);
    struct interval r = { .months = (int32_t)months, .days = (int32_t)days };
    double month_days = round_us((months - r.months) * DAYS_PER_MONTH);
    double seconds = round_us((days - r.days + month_days - (int)month_days) * SECONDS_PER_DAY);
    if (fabs(seconds) >= SECONDS_PER_DAY) {
        r.days += (int)(seconds / SECONDS_PER_DAY);
        seconds -= (int)(seconds / SECONDS_PER_DAY) * SECONDS_PER_DAY;
    }
    double us = rint(scaled((double)a->us, factor, divide) + seconds * 1e6);
    if (__builtin_add_overflow(r.days, (int32_t)month_days, &r.days) || !(us >= -0x1p63 && us < 0x1p63))
        return overflow(error);
    r.us = (int64_t)us;
    *ret = r;
    return 0;
}

int interval_multiply(const struct interval *a, double factor, struct interval *ret, struct error *error)
{
    return scale(a, factor, false, ret, error);
}

int interval_divide(const struct interval *a, double divisor, struct interval *ret, struct error *error)
{
    if (divisor == 0)
        return fail(error, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
    return scale(a, divisor, true, ret, error);
}
