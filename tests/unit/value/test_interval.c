/* Intervals as PostgreSQL 15 reads and prints them; its answers were taken from a server. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"

struct text_case { char in[64], out[64]; enum sqlstate state; };

ParameterizedTestParameters(interval, text)
{
    static struct text_case cases[] = {
        { "15 minutes", "00:15:00", 0 }, { "1 day 02:03:04", "1 day 02:03:04", 0 }, { "-1 day +02:03:04", "-1 days +02:03:04", 0 },
        { "1.5 days", "1 day 12:00:00", 0 }, { "1.5 months", "1 mon 15 days", 0 }, { "1.5 years", "1 year 6 mons", 0 },
        { "1-2", "1 year 2 mons", 0 }, { "-1-2", "-1 years -2 mons", 0 }, { "1-2 3 4:05:06", "1 year 2 mons 3 days 04:05:06", 0 },
        { "P1Y2M3DT4H5M6.7S", "1 year 2 mons 3 days 04:05:06.7", 0 }, { "P1DT2H", "1 day 02:00:00", 0 }, { "PT0.5S", "00:00:00.5", 0 },
        { "P-1DT-2H", "-1 days -02:00:00", 0 }, { "2 weeks 3 days", "17 days", 0 }, { "3 days ago", "-3 days", 0 },
        { "1:2", "01:02:00", 0 }, { "1:2.5", "00:01:02.5", 0 }, { "-1:02:03", "-01:02:03", 0 }, { "100:00:00", "100:00:00", 0 },
        { "5", "00:00:05", 0 }, { "1h30m", "01:30:00", 0 }, { "1 25:00", "1 day 25:00:00", 0 }, { "@ 1 minute", "00:01:00", 0 },
        { "1 mon -1 day", "1 mon -1 days", 0 }, { "0.5 weeks", "3 days 12:00:00", 0 }, { "1 century", "100 years", 0 },
        { "0", "00:00:00", 0 }, { "2147483647 days", "2147483647 days", 0 }, { "1.5 milliseconds", "00:00:00.0015", 0 },
        { "", "", SQLSTATE_INVALID_DATETIME }, { "1 fortnight", "", SQLSTATE_INVALID_DATETIME }, { "1 day 1 day", "", SQLSTATE_INVALID_DATETIME },
        { "P", "", SQLSTATE_INVALID_DATETIME }, { "x", "", SQLSTATE_INVALID_DATETIME }, { "1..5 s", "", SQLSTATE_INVALID_DATETIME },
        { "2147483648 days", "", SQLSTATE_INTERVAL_FIELD_OVERFLOW }, { "1 2:60", "", SQLSTATE_INTERVAL_FIELD_OVERFLOW },
        { "9223372036854775808 us", "", SQLSTATE_INTERVAL_FIELD_OVERFLOW }, { "200000000 years", "", SQLSTATE_DATETIME_OVERFLOW },
    };
    return cr_make_param_array(struct text_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct text_case *t, interval, text)
{
    struct interval interval;
    struct error error = { 0 };
    struct buf text = { 0 };
    int result = interval_parse(slice_of_string(t->in), &interval, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s: %s", t->in, error.message);
    if (result == 0) {
        interval_format(&interval, &text);
        cr_assert(eq(str, (char *)buf_text(&text), t->out));
    }
    buf_done(&text);
}

Test(interval, extremes_come_back)
{
    static const struct interval extremes[] = {
        { INT32_MIN, INT32_MIN, -INT64_MAX }, { INT32_MAX, INT32_MAX, INT64_MAX }, { -1, 1, -1 }, { 13, -1, 1 },
    };
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        struct buf text = { 0 };
        struct interval back;
        struct error error;
        interval_format(&extremes[i], &text);
        cr_assert(eq(int, interval_parse(buf_slice(&text), &back, &error), 0), "%s: %s", buf_text(&text), error.message);
        cr_assert(back.months == extremes[i].months && back.days == extremes[i].days && back.us == extremes[i].us, "%s", buf_text(&text));
        buf_done(&text);
    }
}

Test(interval, any_text_is_read_within_its_bounds)
{
    static const char pool[] = "0123456789 .:-+PTYMWDHSago@,dayhourmonsecx\t";
    struct random r = { random_seed() };
    for (int i = 0; i < 30000; i++) {
        size_t size = random_below(&r, 40);
        uint8_t *exact = malloc(size > 0 ? size : 1);
        struct interval interval;
        struct error error;
        for (size_t at = 0; at < size; at++)
            exact[at] = (uint8_t)pool[random_below(&r, sizeof pool - 1)];
        (void)interval_parse(slice_of(exact, size), &interval, &error);
        free(exact);
    }
}

Test(interval, months_are_30_days_in_order)
{
    struct interval month = { .months = 1 }, days = { .days = 30 }, hours = { .us = 720 * US_PER_HOUR }, less = { .us = 720 * US_PER_HOUR - 1 };
    cr_assert(eq(int, interval_compare(&month, &days), 0));
    cr_assert(eq(int, interval_compare(&days, &hours), 0));
    cr_assert(eq(int, interval_compare(&less, &month), -1));
}

Test(interval, arithmetic)
{
    struct interval r;
    struct error error;
    cr_assert(eq(int, interval_multiply(&(struct interval){ .months = 1 }, 1.5, &r, &error), 0));
    cr_assert(r.months == 1 && r.days == 15 && r.us == 0);
    cr_assert(eq(int, interval_divide(&(struct interval){ .days = 1 }, 3, &r, &error), 0));
    cr_assert(r.days == 0 && r.us == 8 * US_PER_HOUR);
    cr_assert(eq(int, interval_operate('-', &(struct interval){ .days = 1 }, &(struct interval){ .us = 5 }, &r, &error), 0));
    cr_assert(r.days == 1 && r.us == -5);
    cr_assert(eq(int, interval_operate('+', &(struct interval){ .days = INT32_MAX }, &(struct interval){ .days = 1 }, &r, &error), -1));
    cr_assert(eq(int, interval_multiply(&(struct interval){ .months = INT32_MAX }, 2, &r, &error), -1));
    cr_assert(eq(int, interval_multiply(&(struct interval){ .months = 1 }, __builtin_nan(""), &r, &error), -1));
    cr_assert(eq(int, (int)error.state, (int)SQLSTATE_DATETIME_OVERFLOW));
    cr_assert(eq(int, interval_divide(&(struct interval){ .days = 1 }, 0, &r, &error), -1));
    cr_assert(eq(int, (int)error.state, (int)SQLSTATE_DIVISION_BY_ZERO));
}
