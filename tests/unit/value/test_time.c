/* Instants and days: the calendar against a day-by-day count and the C library, text, arithmetic. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"

static int days_in_month(int64_t year, int month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Every day of 13,000 years, and the weekdays on the way. */
Test(time, calendar_counts_day_by_day)
{
    struct civil expected = { .year = -4713, .month = 11, .day = 24 };
    int64_t us = INSTANT_MIN;
    int weekday = 1;                                    /* Julian day 0 was a Monday */
    for (int i = 0; i < 13000 * 365; i++, us += US_PER_DAY) {
        struct civil c = time_civil(us);
        cr_assert(c.year == expected.year && c.month == expected.month && c.day == expected.day, "%lld-%d-%d",
                  (long long)expected.year, expected.month, expected.day);
        cr_assert(time_from_civil(&c) == us && time_weekday(us) == weekday);
        weekday = (weekday + 1) % 7;
        if (++expected.day > days_in_month(expected.year, expected.month)) {
            expected.day = 1;
            expected.year += ++expected.month > 12;
            expected.month = expected.month > 12 ? 1 : expected.month;
        }
    }
}

Test(time, fields_as_the_c_library_has_them)
{
    struct random r = { random_seed() };
    for (int i = 0; i < 20000; i++) {
        int64_t us = random_time(&r);
        if (us == TIME_INFINITY || us == TIME_MINUS_INFINITY)
            continue;
        struct civil c = time_civil(us);
        cr_assert(eq(i64, time_from_civil(&c), us));
        time_t seconds = (time_t)((us - c.us) / US_PER_SECOND - INSTANT_OF_1970 / US_PER_SECOND);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        cr_assert(tm.tm_year + 1900LL == c.year && tm.tm_mon + 1 == c.month && tm.tm_mday == c.day && tm.tm_hour == c.hour &&
                  tm.tm_min == c.minute && tm.tm_sec == c.second && tm.tm_wday == time_weekday(us), "%lld", (long long)us);
    }
}

struct text_case { char in[48], out[48]; enum sqlstate state; };

ParameterizedTestParameters(time, text)
{
    static struct text_case cases[] = {
        { "2025-01-02 03:04:05", "2025-01-02 03:04:05+00", 0 }, { "2025-01-02", "2025-01-02 00:00:00+00", 0 },
        { "2025-01-02T03:04:05.678Z", "2025-01-02 03:04:05.678+00", 0 }, { "20250102T030405", "2025-01-02 03:04:05+00", 0 },
        { "2025-01-02 03:04:05+05:30", "2025-01-01 21:34:05+00", 0 }, { "2025-01-02 03:04:05-0330", "2025-01-02 06:34:05+00", 0 },
        { "2025-01-02 03:04:05 UTC", "2025-01-02 03:04:05+00", 0 }, { " 2025-1-2 3:4 ", "2025-01-02 03:04:00+00", 0 },
        { "2025-01-02 24:00:00", "2025-01-03 00:00:00+00", 0 }, { "2025-01-02 23:59:60", "2025-01-03 00:00:00+00", 0 },
        { "1999-12-31 23:59:59.9999999", "2000-01-01 00:00:00+00", 0 }, { "2025-01-02 03:04:05.123456789", "2025-01-02 03:04:05.123457+00", 0 },
        { "0044-03-15 BC", "0044-03-15 00:00:00+00 BC", 0 }, { "4714-11-24 BC", "4714-11-24 00:00:00+00 BC", 0 },
        { "294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999+00", 0 }, { "infinity", "infinity", 0 },
        { "-infinity", "-infinity", 0 }, { "epoch", "1970-01-01 00:00:00+00", 0 },
        { "", "", SQLSTATE_INVALID_DATETIME }, { "now", "", SQLSTATE_INVALID_DATETIME }, { "2025-01", "", SQLSTATE_INVALID_DATETIME },
        { "2025-01-02 x", "", SQLSTATE_INVALID_DATETIME }, { "2025-01-02 10:00 Europe/Rome", "", SQLSTATE_INVALID_DATETIME },
        { "2025-01-02 10", "", SQLSTATE_INVALID_DATETIME }, { "25-01-02", "", SQLSTATE_INVALID_DATETIME },
        { "2025-13-01", "", SQLSTATE_DATETIME_OVERFLOW }, { "2025-02-29", "", SQLSTATE_DATETIME_OVERFLOW },
        { "2025-01-02 25:00", "", SQLSTATE_DATETIME_OVERFLOW }, { "2025-01-02 24:00:01", "", SQLSTATE_DATETIME_OVERFLOW },
        { "0000-01-01", "", SQLSTATE_DATETIME_OVERFLOW }, { "294277-01-01", "", SQLSTATE_DATETIME_OVERFLOW },
        { "4714-11-23 BC", "", SQLSTATE_DATETIME_OVERFLOW }, { "99999999999-01-01", "", SQLSTATE_DATETIME_OVERFLOW },
        { "2025-01-02 03:04:05+16", "", SQLSTATE_INVALID_TIME_ZONE_DISPLACEMENT },
    };
    return cr_make_param_array(struct text_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct text_case *t, time, text)
{
    int64_t us;
    struct error error = { 0 };
    struct buf text = { 0 };
    int result = time_parse(slice_of_string(t->in), true, &us, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s: %s", t->in, error.message);
    if (result == 0) {
        time_format(us, true, &text);
        cr_assert(eq(str, (char *)buf_text(&text), t->out));
    }
    buf_done(&text);
}

Test(time, a_timestamp_ignores_its_zone)
{
    int64_t us;
    struct error error;
    cr_assert(eq(int, time_parse(SLICE_LITERAL("2000-01-01 00:00:00+05"), false, &us, &error), 0));
    cr_assert(eq(i64, us, 0));
}

Test(time, months_are_added_before_days)
{
    static const struct { const char *at; struct interval interval; const char *sum; } cases[] = {
        { "2025-01-31", { .months = 1 }, "2025-02-28 00:00:00" }, { "2024-01-31", { .months = 1 }, "2024-02-29 00:00:00" },
        { "2024-02-29", { .months = 12 }, "2025-02-28 00:00:00" }, { "2024-02-29", { .months = -48 }, "2020-02-29 00:00:00" },
        { "2025-01-31", { .months = 1, .days = 1 }, "2025-03-01 00:00:00" }, { "2025-01-01", { .us = -1 }, "2024-12-31 23:59:59.999999" },
        { "0001-01-01", { .months = -1 }, "0001-12-01 00:00:00 BC" }, { "infinity", { .days = 1 }, "infinity" },
    };
    struct buf text = { 0 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us;
        struct error error;
        cr_assert(eq(int, time_parse(slice_of_string(cases[i].at), false, &us, &error), 0));
        cr_assert(eq(int, time_add(us, &cases[i].interval, &us, &error), 0));
        buf_clear(&text);
        time_format(us, false, &text);
        cr_assert(eq(str, (char *)buf_text(&text), (char *)cases[i].sum));
    }
    buf_done(&text);
}

/* a + (b - a) = b, for all of time. */
Test(time, differences_add_up)
{
    struct random r = { random_seed() };
    for (int i = 0; i < 20000; i++) {
        int64_t a = random_time(&r), b = random_time(&r), sum;
        struct error error;
        if (a == TIME_INFINITY || a == TIME_MINUS_INFINITY || b == TIME_INFINITY || b == TIME_MINUS_INFINITY)
            continue;
        struct interval difference = time_subtract(b, a);
        cr_assert(eq(int, time_add(a, &difference, &sum, &error), 0), "%lld, %lld", (long long)a, (long long)b);
        cr_assert(eq(i64, sum, b));
    }
}

Test(time, leaves_its_range_with_an_error)
{
    int64_t us;
    struct error error;
    cr_assert(eq(int, time_add(INSTANT_END - 1, &(struct interval){ .us = 1 }, &us, &error), -1));
    cr_assert(eq(int, time_add(INSTANT_MIN, &(struct interval){ .us = -1 }, &us, &error), -1));
    cr_assert(eq(int, time_add(0, &(struct interval){ .months = INT32_MAX }, &us, &error), -1));
    cr_assert(eq(int, time_add(0, &(struct interval){ .days = INT32_MIN }, &us, &error), -1));
    cr_assert(eq(int, time_add(0, &(struct interval){ .us = INT64_MIN }, &us, &error), -1));
    cr_assert(eq(int, (int)error.state, (int)SQLSTATE_DATETIME_OVERFLOW));
}

Test(time, truncates)
{
    static const struct { const char *unit, *result; } cases[] = {
        { "microseconds", "2025-08-14 13:14:15.678901" }, { "milliseconds", "2025-08-14 13:14:15.678" },
        { "second", "2025-08-14 13:14:15" }, { "minute", "2025-08-14 13:14:00" }, { "hour", "2025-08-14 13:00:00" },
        { "day", "2025-08-14 00:00:00" }, { "week", "2025-08-11 00:00:00" }, { "month", "2025-08-01 00:00:00" },
        { "quarter", "2025-07-01 00:00:00" }, { "year", "2025-01-01 00:00:00" }, { "decade", "2020-01-01 00:00:00" },
        { "century", "2001-01-01 00:00:00" }, { "millennium", "2001-01-01 00:00:00" },
    };
    int64_t us, cut;
    struct error error;
    struct buf text = { 0 };
    cr_assert(eq(int, time_parse(SLICE_LITERAL("2025-08-14 13:14:15.678901"), false, &us, &error), 0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(time_truncate(cases[i].unit, us, &cut));
        buf_clear(&text);
        time_format(cut, false, &text);
        cr_assert(eq(str, (char *)buf_text(&text), (char *)cases[i].result));
    }
    cr_assert(not(time_truncate("fortnight", us, &cut)));
    buf_done(&text);
}
