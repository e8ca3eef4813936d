/* Reading timestamps and dates.
 *
 *      [space] date [space | 'T'] [time [space] [zone]] [space] ['BC' | 'AD'] [space]
 *
 * date: 2025-01-02, 2025/1/2 or 20250102, the year with 3 digits at least, so that nothing has to be guessed.
 * time: 3:04, 03:04:05, 03:04:05.678901, 0304, 030405, 030405.678.
 * zone: Z, UTC, GMT, or a sign and h, hh, hhmm, hh:mm, hh:mm:ss.
 * 24:00:00 is the end of the day and a second 60 carries, as in PostgreSQL. */
#include "value/time.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "value/calendar.h"
#include "value/scan.h"

#define ZONE_MAX_S (16 * 3600)          /* PostgreSQL: below 16 hours */
#define YEAR_DIGITS_MAX 7
#define YEAR_BEYOND 99999999            /* out of every range */
#define FRACTION_DIGITS_MAX 40

struct reader {
    struct slice rest;
    struct civil civil;
    int64_t zone_s;                     /* east of Greenwich */
};

enum outcome { READ_OK, READ_MALFORMED, READ_OUT_OF_RANGE, READ_ZONE_OUT_OF_RANGE };

static uint8_t look(const struct reader *r, size_t ahead)
{
    return ahead < r->rest.size ? r->rest.data[ahead] : 0;
}

static void move(struct reader *r, size_t size)
{
    assert(size <= r->rest.size);
    r->rest = slice_of(r->rest.data + size, r->rest.size - size);
}

static size_t digits_ahead(const struct reader *r)
{
    size_t count = 0;
    while (scan_is_digit(look(r, count)))
        count++;
    return count;
}

static size_t letters_ahead(const struct reader *r)
{
    size_t count = 0;
    while (scan_is_letter(look(r, count)))
        count++;
    return count;
}

static void skip_space(struct reader *r)
{
    while (scan_is_space(look(r, 0)))
        move(r, 1);
}

/* `count` digits that are known to be there. */
static int number(struct reader *r, size_t count)
{
    int n = 0;
    for (size_t i = 0; i < count; i++)
        n = n * 10 + look(r, i) - '0';
    move(r, count);
    return n;
}

/* One or two digits; no field has more. */
static enum outcome small_number(struct reader *r, int *ret)
{
    size_t count = digits_ahead(r);
    if (count < 1 || count > 2)
        return count == 0 ? READ_MALFORMED : READ_OUT_OF_RANGE;
    *ret = number(r, count);
    return READ_OK;
}

/* A separator and a small number behind it, if the separator is there. */
static enum outcome next_number(struct reader *r, uint8_t separator, bool *ret_there, int *ret)
{
    *ret_there = look(r, 0) == separator;
    if (!*ret_there)
        return READ_OK;
    move(r, 1);
    return small_number(r, ret);
}

static enum outcome read_date(struct reader *r)
{
    size_t count = digits_ahead(r);
    if (count == 8 && look(r, 8) != '-') {
        r->civil.year = number(r, 4);
        r->civil.month = number(r, 2);
        r->civil.day = number(r, 2);
        return READ_OK;
    }
    uint8_t separator = look(r, count);
    if (count < 3 || (separator != '-' && separator != '/'))
        return READ_MALFORMED;
    if (count > YEAR_DIGITS_MAX) {
        r->civil.year = YEAR_BEYOND;            /* the rest may still be malformed */
        move(r, count);
    } else {
        r->civil.year = number(r, count);
    }
    bool there;
    enum outcome outcome = next_number(r, separator, &there, &r->civil.month);
    if (outcome == READ_OK)
        outcome = next_number(r, separator, &there, &r->civil.day);
    return outcome == READ_OK && !there ? READ_MALFORMED : outcome;
}

static void read_fraction(struct reader *r)
{
    char text[FRACTION_DIGITS_MAX + 3] = "0.";
    move(r, 1);
    size_t count = digits_ahead(r), kept = count < FRACTION_DIGITS_MAX ? count : FRACTION_DIGITS_MAX;
    if (kept > 0)
        memcpy(text + 2, r->rest.data, kept);
    r->civil.us = (int)rint(strtod(text, NULL) * 1e6);          /* 1,000,000 carries */
    move(r, count);
}

static enum outcome read_time(struct reader *r)
{
    size_t count = digits_ahead(r);
    bool minutes, seconds = count == 6;
    enum outcome outcome;
    if (count == 4 || count == 6) {
        r->civil.hour = number(r, 2);
        r->civil.minute = number(r, 2);
        r->civil.second = seconds ? number(r, 2) : 0;
    } else {
        outcome = small_number(r, &r->civil.hour);
        if (outcome == READ_OK)
            outcome = next_number(r, ':', &minutes, &r->civil.minute);
        if (outcome != READ_OK || !minutes)
            return outcome != READ_OK ? outcome : READ_MALFORMED;
        outcome = next_number(r, ':', &seconds, &r->civil.second);
        if (outcome != READ_OK)
            return outcome;
    }
    if (seconds && look(r, 0) == '.')
        read_fraction(r);
    return READ_OK;
}

static enum outcome read_offset(struct reader *r)
{
    int hours = 0, minutes = 0, seconds = 0;
    bool west = look(r, 0) == '-', there;
    move(r, 1);
    size_t count = digits_ahead(r);
    if (count == 3 || count == 4 || count == 6) {
        hours = number(r, count == 3 ? 1 : 2);
        minutes = number(r, 2);
        seconds = count == 6 ? number(r, 2) : 0;
    } else {
        enum outcome outcome = small_number(r, &hours);
        if (outcome == READ_OK)
            outcome = next_number(r, ':', &there, &minutes);
        if (outcome == READ_OK && there)
            outcome = next_number(r, ':', &there, &seconds);
        if (outcome != READ_OK)
            return outcome;
    }
    r->zone_s = hours * 3600 + minutes * 60 + seconds;
    if (hours > 15 || minutes > 59 || seconds > 59 || r->zone_s >= ZONE_MAX_S)
        return READ_ZONE_OUT_OF_RANGE;
    r->zone_s = west ? -r->zone_s : r->zone_s;
    return READ_OK;
}

static enum outcome read_zone(struct reader *r)
{
    size_t count = letters_ahead(r);
    struct slice word = slice_of(r->rest.data, count);
    if (look(r, 0) == '+' || look(r, 0) == '-')
        return read_offset(r);
    if (scan_is_word(word, "z") || scan_is_word(word, "utc") || scan_is_word(word, "gmt") || scan_is_word(word, "zulu"))
        move(r, count);
    return READ_OK;
}

static enum outcome read_era(struct reader *r)
{
    size_t count = letters_ahead(r);
    struct slice word = slice_of(r->rest.data, count);
    bool before = scan_is_word(word, "bc");
    if (!before && !scan_is_word(word, "ad"))
        return count == 0 ? READ_OK : READ_MALFORMED;
    move(r, count);
    if (r->civil.year == 0)
        return READ_OUT_OF_RANGE;
    if (before)
        r->civil.year = 1 - r->civil.year;
    return READ_OK;
}

static enum outcome check_fields(const struct civil *c, bool year_zero)
{
    bool end_of_day = c->hour == 24 && c->minute == 0 && c->second == 0 && c->us == 0;
    if (year_zero || c->month < 1 || c->month > 12 || c->day < 1 || c->day > time_days_in_month(c->year, c->month))
        return READ_OUT_OF_RANGE;
    if ((c->hour > 23 && !end_of_day) || c->minute > 59 || c->second > 60)
        return READ_OUT_OF_RANGE;
    return READ_OK;
}

static enum outcome read_all(struct slice text, struct reader *r)
{
    *r = (struct reader){ .rest = scan_trim(text) };
    enum outcome outcome = read_date(r);
    if (outcome != READ_OK)
        return outcome;
    bool year_zero = r->civil.year == 0, joined = (look(r, 0) | 0x20) == 't';
    if (joined)
        move(r, 1);
    else
        skip_space(r);
    if (joined || scan_is_digit(look(r, 0)))
        outcome = read_time(r);
    skip_space(r);
    if (outcome == READ_OK)
        outcome = read_zone(r);
    skip_space(r);
    if (outcome == READ_OK)
        outcome = read_era(r);
    if (outcome == READ_OK && r->rest.size > 0)
        outcome = READ_MALFORMED;
    return outcome == READ_OK ? check_fields(&r->civil, year_zero) : outcome;
}

static int refuse(enum outcome outcome, struct slice text, const char *type, struct error *error)
{
    switch (outcome) {
    case READ_OUT_OF_RANGE:
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "date/time field value out of range: \"%.*s\"", SLICE_FMT(text));
    case READ_ZONE_OUT_OF_RANGE:
        return fail(error, SQLSTATE_INVALID_TIME_ZONE_DISPLACEMENT, "time zone displacement out of range: \"%.*s\"",
                    SLICE_FMT(text));
    default:
        fail(error, SQLSTATE_INVALID_DATETIME, "invalid input syntax for type %s: \"%.*s\"", type, SLICE_FMT(text));
        return fail_hint(error, "Write ISO 8601, as in 2025-01-02 03:04:05.678+00; zones are Z, UTC, GMT or an offset.");
    }
}

/* The words that are a moment of their own. */
static bool read_word(struct slice text, int64_t minus_infinity, int64_t epoch, int64_t infinity, int64_t *ret)
{
    struct slice word = scan_trim(text);
    if (scan_is_word(word, "infinity"))
        *ret = infinity;
    else if (scan_is_word(word, "-infinity"))
        *ret = minus_infinity;
    else if (scan_is_word(word, "epoch"))
        *ret = epoch;
    else
        return false;
    return true;
}

int time_parse(struct slice text, bool with_zone, int64_t *ret_instant, struct error *error)
{
    struct reader r;
    int64_t us;
    if (read_word(text, TIME_MINUS_INFINITY, INSTANT_OF_1970, TIME_INFINITY, ret_instant))
        return 0;
    enum outcome outcome = read_all(text, &r);
    if (outcome != READ_OK)
        return refuse(outcome, text, with_zone ? "timestamp with time zone" : "timestamp", error);
    int64_t zone_us = with_zone ? r.zone_s * US_PER_SECOND : 0;
    bool fits = time_from_fields(&r.civil, &us) && us - zone_us >= INSTANT_MIN && us - zone_us < INSTANT_END;
    if (!fits)
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "timestamp out of range: \"%.*s\"", SLICE_FMT(text));
    *ret_instant = us - zone_us;
    return 0;
}

int date_parse(struct slice text, int32_t *ret_days, struct error *error)
{
    struct reader r;
    int64_t days;
    if (read_word(text, DATE_MINUS_INFINITY, 0, DATE_INFINITY, &days)) {
        *ret_days = (int32_t)days;
        return 0;
    }
    enum outcome outcome = read_all(text, &r);
    if (outcome != READ_OK)
        return refuse(outcome, text, "date", error);
    if (!date_from_fields(r.civil.year, r.civil.month, r.civil.day, ret_days))
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "date out of range: \"%.*s\"", SLICE_FMT(text));
    return 0;
}
