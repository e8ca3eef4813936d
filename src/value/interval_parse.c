/* Reading intervals: '15 minutes', '1 day 02:03:04', '-1.5 hours', '1-2', '3 days ago', 'P1Y2M3DT4H5M6.7S'.
 *
 * The words are read from the right, as PostgreSQL does, so that a unit is known before its number. A number without
 * a unit is seconds at the end, days before a time or hours, and else has the unit of the number to its right, which
 * makes it the second of its kind and is refused. Fractions go down: of a year to months, of a month to days (30),
 * of a day to microseconds. */
#include "value/time.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "value/scan.h"

#define WORDS_MAX 25                    /* PostgreSQL's MAXDATEFIELDS */
#define TEXT_MAX  256                   /* and about its buffer of twice that many characters */

enum unit { NONE, MICROSECOND, MILLISECOND, SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, YEAR, DECADE, CENTURY, MILLENNIUM };

/* Spelled in full or as PostgreSQL shortens them. */
static const struct { const char *name; enum unit unit; } units[] = {
    { "us", MICROSECOND }, { "usec", MICROSECOND }, { "usecs", MICROSECOND }, { "usecond", MICROSECOND },
    { "useconds", MICROSECOND }, { "microsecond", MICROSECOND }, { "microseconds", MICROSECOND },
    { "ms", MILLISECOND }, { "msec", MILLISECOND }, { "msecs", MILLISECOND }, { "mseconds", MILLISECOND },
    { "millisecond", MILLISECOND }, { "milliseconds", MILLISECOND },
    { "s", SECOND }, { "sec", SECOND }, { "secs", SECOND }, { "second", SECOND }, { "seconds", SECOND },
    { "m", MINUTE }, { "min", MINUTE }, { "mins", MINUTE }, { "minute", MINUTE }, { "minutes", MINUTE },
    { "h", HOUR }, { "hr", HOUR }, { "hrs", HOUR }, { "hour", HOUR }, { "hours", HOUR },
    { "d", DAY }, { "day", DAY }, { "days", DAY },
    { "w", WEEK }, { "week", WEEK }, { "weeks", WEEK },
    { "mon", MONTH }, { "mons", MONTH }, { "month", MONTH }, { "months", MONTH },
    { "y", YEAR }, { "yr", YEAR }, { "yrs", YEAR }, { "year", YEAR }, { "years", YEAR },
    { "dec", DECADE }, { "decs", DECADE }, { "decade", DECADE }, { "decades", DECADE },
    { "c", CENTURY }, { "cent", CENTURY }, { "century", CENTURY }, { "centuries", CENTURY },
    { "mil", MILLENNIUM }, { "mils", MILLENNIUM }, { "millennium", MILLENNIUM }, { "millennia", MILLENNIUM },
};

enum outcome { READ_OK, READ_MALFORMED, READ_FIELD_OVERFLOW };

struct sum {
    int64_t years, months;      /* joined at the end */
    int32_t days;
    int64_t us;
};

/* --- Adding up; false on overflow --- */

static bool add_us(struct sum *s, int64_t whole, double fraction, int64_t scale)
{
    int64_t product, part;
    if (__builtin_mul_overflow(whole, scale, &product) || __builtin_add_overflow(s->us, product, &s->us))
        return false;
    fraction *= (double)scale;
    part = (int64_t)fraction;
    fraction -= (double)part;
    part += fraction > 0.5 ? 1 : fraction < -0.5 ? -1 : 0;
    return !__builtin_add_overflow(s->us, part, &s->us);
}

static bool add_days(struct sum *s, int64_t whole, int32_t scale)
{
    int32_t days;
    return !__builtin_mul_overflow(whole, scale, &days) && !__builtin_add_overflow(s->days, days, &s->days);
}

static bool add_fraction_of_days(struct sum *s, double fraction, int scale)
{
    fraction *= scale;
    int days = (int)fraction;
    return add_days(s, days, 1) && add_us(s, 0, fraction - days, US_PER_DAY);
}

static bool add_months(struct sum *s, int64_t whole)
{
    int32_t months = (int32_t)s->months;
    if (whole < INT32_MIN || whole > INT32_MAX || __builtin_add_overflow(months, (int32_t)whole, &months))
        return false;
    s->months = months;
    return true;
}

static bool add_years(struct sum *s, int64_t whole, double fraction, int scale)
{
    int32_t years;
    if (__builtin_mul_overflow(whole, scale, &years) || __builtin_add_overflow(s->years, years, &s->years) ||
        s->years < INT32_MIN || s->years > INT32_MAX)
        return false;
    return add_months(s, (int)rint(fraction * scale * 12));
}

static bool add(struct sum *s, enum unit unit, int64_t whole, double fraction)
{
    switch (unit) {
    case MICROSECOND: return add_us(s, whole, fraction, 1);
    case MILLISECOND: return add_us(s, whole, fraction, 1000);
    case SECOND:      return add_us(s, whole, fraction, US_PER_SECOND);
    case MINUTE:      return add_us(s, whole, fraction, US_PER_MINUTE);
    case HOUR:        return add_us(s, whole, fraction, US_PER_HOUR);
    case DAY:         return add_days(s, whole, 1) && add_us(s, 0, fraction, US_PER_DAY);
    case WEEK:        return add_days(s, whole, 7) && add_fraction_of_days(s, fraction, 7);
    case MONTH:       return add_months(s, whole) && add_fraction_of_days(s, fraction, 30);
    case YEAR:        return add_years(s, whole, fraction, 1);
    case DECADE:      return add_years(s, whole, fraction, 10);
    case CENTURY:     return add_years(s, whole, fraction, 100);
    case MILLENNIUM:  return add_years(s, whole, fraction, 1000);
    default:          return false;
    }
}

/* --- Words --- */

enum word_kind { WORD_NUMBER, WORD_TIME, WORD_LETTERS };
struct word { enum word_kind kind; char *text; };           /* in a copy of the input, each ended by NUL */

static bool in_number(char c) { return scan_is_digit((uint8_t)c) || c == '.' || c == ':' || c == '-'; }

/* What follows letters directly makes them part of a date or a zone, except where PostgreSQL knows the letters. */
static bool may_end_here(const char *letters, char next)
{
    if (next == '-' || next == '/' || next == '.')
        return false;
    return (next != '+' && !scan_is_digit((uint8_t)next)) || (letters[1] == '\0' && strchr("dhmsy", letters[0]) != NULL) ||
           strcmp(letters, "mon") == 0 || strcmp(letters, "dec") == 0;
}

/* Splits `from` into words, copied to `to`, which has room for a NUL behind each character. -1: malformed. */
static int split(const char *from, char *to, struct word words[WORDS_MAX])
{
    int count = 0;
    while (*from != '\0') {
        uint8_t c = (uint8_t)*from;
        if (scan_is_space(c) || c == '@' || c == ',') {
            from++;
            continue;
        }
        if (count == WORDS_MAX)
            return -1;
        struct word *word = &words[count++];
        word->text = to;
        if (c == '+' || c == '-') {
            *to++ = *from++;
            while (scan_is_space((uint8_t)*from))
                from++;
        }
        if (scan_is_digit((uint8_t)*from) || *from == '.') {
            while (in_number(*from))
                *to++ = *from++;
            *to = '\0';
            if (to[-1] == '.' && scan_is_letter((uint8_t)*from))
                return -1;
            word->kind = strchr(word->text, ':') != NULL ? WORD_TIME : WORD_NUMBER;
        } else if (scan_is_letter((uint8_t)*from) && to == word->text) {
            word->kind = WORD_LETTERS;
            while (scan_is_letter((uint8_t)*from))
                *to++ = (char)(*from++ | 0x20);
            *to = '\0';
            if (!may_end_here(word->text, *from))
                return -1;
        } else {
            return -1;
        }
        *to++ = '\0';
    }
    return count;
}

/* A fraction ".5" up to the end of the word. */
static enum outcome read_fraction(const char *text, double *ret)
{
    char *end;
    *ret = 0;
    if (text[1] == '\0')
        return READ_OK;
    if (!scan_is_digit((uint8_t)text[1]))
        return READ_MALFORMED;
    *ret = strtod(text, &end);
    return *end == '\0' ? READ_OK : READ_MALFORMED;
}

/* h:mm, h:mm:ss, h:mm:ss.f, or mm:ss.f */
static enum outcome read_time(const char *text, struct sum *sum)
{
    char *at;
    double fraction = 0;
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    errno = 0;
    long long hours = strtoll(text, &at, 10);
    if (errno == ERANGE)
        return READ_FIELD_OVERFLOW;
    if (*at != ':' || !scan_is_digit((uint8_t)at[1]))
        return READ_MALFORMED;
    long long minutes = strtoll(at + 1, &at, 10), seconds = 0;
    if (*at == '.') {
        seconds = minutes;
        minutes = hours;
        hours = 0;
    } else if (*at == ':') {
        if (!scan_is_digit((uint8_t)at[1]))
            return READ_MALFORMED;
        seconds = strtoll(at + 1, &at, 10);
    }
    if (*at == '.') {
        if (read_fraction(at, &fraction) != READ_OK)
            return READ_MALFORMED;
    } else if (*at != '\0') {
        return READ_MALFORMED;
    }
    if (hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60)
        return READ_FIELD_OVERFLOW;
    int64_t us = (minutes * 60 + seconds) * US_PER_SECOND + (int64_t)rint(fraction * 1e6), whole;
    if (__builtin_mul_overflow(hours, US_PER_HOUR, &whole) || __builtin_add_overflow(whole, us, &us))
        return READ_FIELD_OVERFLOW;
    return __builtin_add_overflow(sum->us, negative ? -us : us, &sum->us) ? READ_FIELD_OVERFLOW : READ_OK;
}

/* A number of the unit, or years-months. */
static enum outcome read_number(const char *text, enum unit *unit, struct sum *sum)
{
    char *at;
    double fraction = 0;
    bool negative = *text == '-';
    errno = 0;
    int64_t whole = strtoll(text, &at, 10);
    if (at == text && *text != '.')             /* "-.5": strtoll() takes no sign without a digit */
        at += *text == '-' || *text == '+';
    if (errno == ERANGE)
        return READ_FIELD_OVERFLOW;
    if (*at == '-') {
        int64_t months = strtoll(at + 1, &at, 10);
        if (months < 0 || months > 11)
            return READ_FIELD_OVERFLOW;
        if (*at != '\0')
            return READ_MALFORMED;
        if ( __builtin_mul_overflow(whole, 12, &whole) ||
            __builtin_add_overflow(whole, negative ? -months : months, &whole))
            return READ_FIELD_OVERFLOW;
        *unit = MONTH;
    } else if (*at == '.') {
        if (read_fraction(at, &fraction) != READ_OK)
            return READ_MALFORMED;
        fraction = negative ? -fraction : fraction;
    } else if (*at != '\0') {
        return READ_MALFORMED;
    }
    return add(sum, *unit, whole, fraction) ? READ_OK : READ_FIELD_OVERFLOW;
}

static enum unit find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, name) == 0)
            return units[i].unit;
    return NONE;
}

static bool negate(struct sum *s)
{
    if (s->us == INT64_MIN || s->days == INT32_MIN || s->months == INT32_MIN || s->years == INT32_MIN)
        return false;
    *s = (struct sum){ -s->years, -s->months, -s->days, -s->us };
    return true;
}

static enum outcome read_words(const struct word *words, int count, struct sum *sum)
{
    enum unit unit = NONE;
    unsigned seen = 0;                          /* bits of the units that had a number */
    bool ago = false;
    for (int i = count - 1; i >= 0; i--) {
        enum outcome outcome = READ_OK;
        enum unit bit = HOUR;
        if (words[i].kind == WORD_LETTERS) {
            if (strcmp(words[i].text, "ago") == 0)
                ago = true;
            else if ((unit = find_unit(words[i].text)) == NONE)
                return READ_MALFORMED;
            continue;
        }
        if (words[i].kind == WORD_TIME) {
            outcome = read_time(words[i].text, sum);
            if (outcome == READ_FIELD_OVERFLOW && !scan_is_digit((uint8_t)words[i].text[0]))
                return READ_MALFORMED;          /* PostgreSQL goes on to read a signed one as a number */
            if (seen & (1u << HOUR | 1u << MINUTE | 1u << SECOND))
                return READ_MALFORMED;
            seen |= 1u << HOUR | 1u << MINUTE | 1u << SECOND;
            unit = DAY;
        } else {
            unit = unit == NONE ? SECOND : unit;
            outcome = read_number(words[i].text, &unit, sum);
            bit = unit;
            unit = unit == HOUR ? DAY : unit;
            if (seen & 1u << bit)
                return READ_MALFORMED;
            seen |= 1u << bit;
        }
        if (outcome != READ_OK)
            return outcome;
    }
    if (seen == 0)
        return READ_MALFORMED;
    return ago && !negate(sum) ? READ_FIELD_OVERFLOW : READ_OK;
}

/* --- ISO 8601 with designators --- */

static enum outcome read_iso(const char *text, struct sum *sum)
{
    static const struct { char letter; bool time; enum unit unit; } designators[] = {
        { 'Y', false, YEAR }, { 'M', false, MONTH }, { 'W', false, WEEK }, { 'D', false, DAY },
        { 'H', true, HOUR }, { 'M', true, MINUTE }, { 'S', true, SECOND },
    };
    bool time = false;
    if (text[0] != 'P' || text[1] == '\0')
        return READ_MALFORMED;
    for (text++; *text != '\0'; text++) {
        char *end;
        if (*text == 'T') {
            time = true;
            continue;
        }
        if (strchr("+-.0123456789", *text) == NULL || strpbrk(text, "xXnNiI") != NULL)
            return READ_MALFORMED;
        double number = strtod(text, &end);
        if (end == text)
            return READ_MALFORMED;
        if (!(fabs(number) < 1e15))
            return READ_FIELD_OVERFLOW;
        text = end;
        double whole = trunc(number);
        enum unit unit = NONE;
        for (size_t i = 0; i < sizeof designators / sizeof *designators; i++)
            if (designators[i].letter == *text && designators[i].time == time)
                unit = designators[i].unit;
        if (unit == NONE)
            return READ_MALFORMED;
        if (!add(sum, unit, (int64_t)whole, number - whole))
            return READ_FIELD_OVERFLOW;
    }
    return READ_OK;
}

int interval_parse(struct slice text, struct interval *ret, struct error *error)
{
    char copy[TEXT_MAX + 1], split_text[2 * TEXT_MAX + 2];
    struct word words[WORDS_MAX];
    struct sum sum = { 0 };
    struct slice trimmed = scan_trim(text);
    enum outcome outcome = READ_MALFORMED;
    if (trimmed.size <= TEXT_MAX && trimmed.size > 0 && memchr(trimmed.data, 0, trimmed.size) == NULL) {
        memcpy(copy, trimmed.data, trimmed.size);
        copy[trimmed.size] = '\0';
        int count = split(copy, split_text, words);
        outcome = count < 0 ? READ_MALFORMED : read_words(words, count, &sum);
        if (outcome == READ_MALFORMED) {
            sum = (struct sum){ 0 };
            outcome = read_iso(copy, &sum);
        }
    }
    if (outcome == READ_FIELD_OVERFLOW)
        return fail(error, SQLSTATE_INTERVAL_FIELD_OVERFLOW, "interval field value out of range: \"%.*s\"", SLICE_FMT(text));
    if (outcome == READ_MALFORMED)
        return fail(error, SQLSTATE_INVALID_DATETIME, "invalid input syntax for type interval: \"%.*s\"", SLICE_FMT(text));
    int64_t months = sum.years * 12 + sum.months;
    if (months < INT32_MIN || months > INT32_MAX)
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "interval out of range");
    *ret = (struct interval){ .months = (int32_t)months, .days = sum.days, .us = sum.us };
    return 0;
}
