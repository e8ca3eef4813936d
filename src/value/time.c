#include "value/time.h"

#include <assert.h>
#include "value/calendar.h"

/* --- The calendar: days since 1970-01-01 and dates, by eras of 400 years that begin on the 1st of March --- */

#define DAYS_PER_ERA  146097
#define ERA_OF_1970   719468            /* days from 0000-03-01 to 1970-01-01 */

static int64_t floor_divide(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return quotient * b > a ? quotient - 1 : quotient;
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - ERA_OF_1970;
}

static void civil_from_days(int64_t days, struct civil *ret)
{
    days += ERA_OF_1970;
    int64_t era = floor_divide(days, DAYS_PER_ERA);
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;        /* from March */
    ret->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    ret->month = (int)(month < 10 ? month + 3 : month - 9);
    ret->year = year_of_era + era * 400 + (ret->month <= 2);
}

int time_days_in_month(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

struct civil time_civil(int64_t instant)
{
    struct civil c;
    assert(instant != TIME_INFINITY);
    assert(instant != TIME_MINUS_INFINITY);
    int64_t days = floor_divide(instant, US_PER_DAY), rest = instant - days * US_PER_DAY;
    civil_from_days(days + DAYS_TO_2000, &c);
    c.hour = (int)(rest / US_PER_HOUR);
    c.minute = (int)(rest / US_PER_MINUTE % 60);
    c.second = (int)(rest / US_PER_SECOND % 60);
    c.us = (int)(rest % US_PER_SECOND);
    return c;
}

/* The day's count times its length may pass 64 bits for years that nothing else keeps out: say so. */
bool time_from_fields(const struct civil *c, int64_t *ret_us)
{
    int64_t us;
    int64_t days = days_from_civil(c->year, c->month, c->day) - DAYS_TO_2000;
    int64_t rest = c->hour * US_PER_HOUR + c->minute * US_PER_MINUTE + c->second * US_PER_SECOND + c->us;
    if (__builtin_mul_overflow(days, US_PER_DAY, &us) || __builtin_add_overflow(us, rest, &us))
        return false;
    *ret_us = us;
    return us >= INSTANT_MIN && us < INSTANT_END;
}

int64_t time_from_civil(const struct civil *c)
{
    int64_t us;
    assert(c->month >= 1 && c->month <= 12);
    assert(c->day >= 1 && c->day <= time_days_in_month(c->year, c->month));
    bool in_range = time_from_fields(c, &us);
    assert(in_range);
    return us;
}

bool date_from_fields(int64_t year, int month, int day, int32_t *ret_days)
{
    int64_t days = days_from_civil(year, month, day);
    *ret_days = (int32_t)days;
    return days >= DATE_MIN && days < DATE_END;
}

int time_weekday(int64_t instant)
{
    int64_t days = floor_divide(instant, US_PER_DAY) + 6;       /* 2000-01-01 was a Saturday */
    return (int)(days - floor_divide(days, 7) * 7);
}

int64_t instant_from_unix(int64_t unix_us)
{
    if (unix_us == TIME_INFINITY)
        return TIME_INFINITY;
    return unix_us < INT64_MIN - INSTANT_OF_1970 ? TIME_MINUS_INFINITY : unix_us + INSTANT_OF_1970;
}

int64_t instant_to_unix(int64_t instant)
{
    if (instant == TIME_MINUS_INFINITY)
        return TIME_MINUS_INFINITY;
    return instant > INT64_MAX + INSTANT_OF_1970 ? TIME_INFINITY : instant - INSTANT_OF_1970;
}

int date_to_instant(int32_t days, int64_t *ret, struct error *error)
{
    if (days == DATE_INFINITY || days == DATE_MINUS_INFINITY) {
        *ret = days == DATE_INFINITY ? TIME_INFINITY : TIME_MINUS_INFINITY;
        return 0;
    }
    if (days - DAYS_TO_2000 >= INSTANT_END / US_PER_DAY)        /* the first day is the first instant's */
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "date out of range for timestamp");
    *ret = ((int64_t)days - DAYS_TO_2000) * US_PER_DAY;
    return 0;
}

/* --- Output --- */

static void format_date(int64_t year, int month, int day, struct buf *out)
{
    buf_printf(out, "%04lld-%02d-%02d", (long long)(year > 0 ? year : 1 - year), month, day);
}

static void format_fraction(int us, struct buf *out)
{
    char digits[8];
    if (us == 0)
        return;
    int size = 6;
    for (; us % 10 == 0; us /= 10)
        size--;
    for (int i = size; i > 0; i--, us /= 10)
        digits[i] = (char)('0' + us % 10);
    digits[0] = '.';
    buf_append(out, digits, (size_t)size + 1);
}

void time_format(int64_t us, bool with_zone, struct buf *out)
{
    if (us == TIME_INFINITY || us == TIME_MINUS_INFINITY) {
        buf_append_string(out, us == TIME_INFINITY ? "infinity" : "-infinity");
        return;
    }
    struct civil c = time_civil(us);
    format_date(c.year, c.month, c.day, out);
    buf_printf(out, " %02d:%02d:%02d", c.hour, c.minute, c.second);
    format_fraction(c.us, out);
    if (with_zone)
        buf_append_string(out, "+00");
    if (c.year <= 0)
        buf_append_string(out, " BC");
}

void date_format(int32_t days, struct buf *out)
{
    if (days == DATE_INFINITY || days == DATE_MINUS_INFINITY) {
        buf_append_string(out, days == DATE_INFINITY ? "infinity" : "-infinity");
        return;
    }
    struct civil c;
    civil_from_days(days, &c);
    format_date(c.year, c.month, c.day, out);
    if (c.year <= 0)
        buf_append_string(out, " BC");
}

/* --- Arithmetic --- */

static bool infinite(int64_t us)
{
    return us == TIME_INFINITY || us == TIME_MINUS_INFINITY;
}

static bool add_months(int64_t *us, int32_t months)
{
    struct civil c = time_civil(*us);
    int64_t month = c.month - 1 + (int64_t)months;
    c.year += floor_divide(month, 12);
    c.month = (int)(month - floor_divide(month, 12) * 12) + 1;
    int last = time_days_in_month(c.year, c.month);
    c.day = c.day < last ? c.day : last;
    return time_from_fields(&c, us);
}

int time_add(int64_t us, const struct interval *interval, int64_t *ret_us, struct error *error)
{
    if (infinite(us)) {
        *ret_us = us;
        return 0;
    }
    bool fits = interval->months == 0 || add_months(&us, interval->months);
    __int128 sum = (__int128)us + (__int128)interval->days * US_PER_DAY;
    fits = fits && sum >= INSTANT_MIN && sum < INSTANT_END;     /* PostgreSQL checks between the steps as well */
    sum += interval->us;
    if (!fits || sum < INSTANT_MIN || sum >= INSTANT_END)
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "timestamp out of range");
    *ret_us = (int64_t)sum;
    return 0;
}

struct interval time_subtract(int64_t a_us, int64_t b_us)
{
    assert(!infinite(a_us));
    assert(!infinite(b_us));
    __int128 difference = (__int128)a_us - b_us;        /* the whole range is a little more than 64 bits */
    return (struct interval){ .days = (int32_t)(difference / US_PER_DAY), .us = (int64_t)(difference % US_PER_DAY) };
}

/* --- date_trunc --- */

enum unit { MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR, DECADE, CENTURY, MILLENNIUM };

static const struct { const char *name; enum unit unit; } units[] = {
    { "microsecond", MICROSECOND }, { "microseconds", MICROSECOND },
    { "millisecond", MILLISECOND }, { "milliseconds", MILLISECOND },
    { "second", SECOND }, { "seconds", SECOND }, { "minute", MINUTE }, { "minutes", MINUTE },
    { "hour", HOUR }, { "hours", HOUR }, { "day", DAY }, { "days", DAY }, { "week", WEEK }, { "weeks", WEEK },
    { "month", MONTH }, { "months", MONTH }, { "quarter", QUARTER }, { "year", YEAR }, { "years", YEAR },
    { "decade", DECADE }, { "decades", DECADE }, { "century", CENTURY }, { "centuries", CENTURY },
    { "millennium", MILLENNIUM }, { "millennia", MILLENNIUM },
};

static int64_t truncate_days(int64_t us, enum unit unit)
{
    int64_t day = floor_divide(us, US_PER_DAY) * US_PER_DAY;
    struct civil c = time_civil(day);
    if (unit == DAY)
        return day;
    if (unit == WEEK)                                   /* ISO weeks begin on Monday */
        return day - (time_weekday(us) + 6) % 7 * US_PER_DAY;
    c.day = 1;
    if (unit == QUARTER)
        c.month -= (c.month - 1) % 3;
    if (unit >= YEAR)
        c.month = 1;
    if (unit == DECADE)
        c.year = floor_divide(c.year, 10) * 10;
    else if (unit == CENTURY)                           /* the 21st began in 2001 */
        c.year = floor_divide(c.year - 1, 100) * 100 + 1;
    else if (unit == MILLENNIUM)
        c.year = floor_divide(c.year - 1, 1000) * 1000 + 1;
    if (!time_from_fields(&c, &day))
        return INSTANT_MIN;                             /* the period began before time did */
    return day;
}

bool time_truncate(const char *unit, int64_t us, int64_t *ret_us)
{
    static const int64_t size[] = { 1, 1000, US_PER_SECOND, US_PER_MINUTE, US_PER_HOUR };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].name, unit) != 0)
            continue;
        if (infinite(us))
            *ret_us = us;
        else if (units[i].unit <= HOUR)
            *ret_us = floor_divide(us, size[units[i].unit]) * size[units[i].unit];
        else
            *ret_us = truncate_days(us, units[i].unit);
        return true;
    }
    return false;
}
