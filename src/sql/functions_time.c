/* Functions of instants, days and intervals. The only time zone is UTC. */
#include <math.h>

#include "sql/function.h"
#include "value/numeric.h"
#include "value/time.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

#define UNIT_SIZE_MAX 24

static bool finite_time(int64_t us)
{
    return us != TIME_INFINITY && us != TIME_MINUS_INFINITY;
}

/* A unit's name in lower case; too long for any becomes "". */
static void unit_name(struct slice text, char unit[static UNIT_SIZE_MAX])
{
    size_t size = text.size < UNIT_SIZE_MAX ? text.size : 0;
    for (size_t i = 0; i < size; i++)
        unit[i] = (char)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] - 'A' + 'a' : text.data[i]);
    unit[size] = '\0';
}

static int bad_unit(const struct expr *call, int arg, const char *unit, enum sqlstate state, struct error *error)
{
    struct arena scratch;
    arena_init(&scratch, SIZE_MAX);
    fail(error, state, "unit \"%s\" not %s for type %s", unit, state == SQLSTATE_FEATURE_NOT_SUPPORTED ? "supported" : "recognized",
         type_name(call->args[arg]->type, &scratch));
    arena_done(&scratch);
    return -1;
}

/* --- Truncation --- */

static int truncate_interval(const struct expr *call, const char *unit, struct interval *i, struct error *error)
{
    static const struct { const char *name; int months; int64_t us; } units[] = {
        { "millennium", 12000, 0 }, { "century", 1200, 0 }, { "decade", 120, 0 }, { "year", 12, 0 }, { "quarter", 3, 0 }, { "month", 1, 0 },
        { "day", 0, 0 }, { "hour", 0, US_PER_HOUR }, { "minute", 0, US_PER_MINUTE }, { "second", 0, US_PER_SECOND },
        { "milliseconds", 0, 1000 }, { "microseconds", 0, 1 },
    };
    for (size_t n = 0; n < sizeof units / sizeof *units; n++) {
        if (strcmp(units[n].name, unit) != 0)
            continue;
        if (units[n].us != 0) {
            i->us -= i->us % units[n].us;
            return 0;
        }
        i->us = 0;
        if (units[n].months != 0) {
            i->days = 0;
            i->months -= i->months % units[n].months;
        }
        return 0;
    }
    return bad_unit(call, 1, unit, strcmp(unit, "week") == 0 ? SQLSTATE_FEATURE_NOT_SUPPORTED : SQLSTATE_INVALID_PARAMETER_VALUE, error);
}

CALL(call_truncate)
{
    char unit[UNIT_SIZE_MAX];
    unit_name(args[0].bytes, unit);
    *ret = args[1];
    if (args[1].kind == VALUE_INTERVAL)
        return truncate_interval(call, unit, &ret->interval, error);
    if (time_truncate(unit, finite_time(args[1].instant) ? args[1].instant : 0, &ret->instant)) {
        if (!finite_time(args[1].instant))
            *ret = args[1];
        return 0;
    }
    return bad_unit(call, 1, unit, SQLSTATE_INVALID_PARAMETER_VALUE, error);
}

/* --- Fields: an integer of so many decimal digits behind the point --- */

struct field { __int128 number; int scale; };

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Years of the proleptic calendar as PostgreSQL counts them: there is no year 0. */
static int64_t shown_year(int64_t year)
{
    return year > 0 ? year : year - 1;
}

static int64_t century(int64_t year, int64_t size)
{
    return year > 0 ? (year + size - 1) / size : -((size - year) / size);
}

static int64_t days_of(int64_t us)
{
    return floor_divide(us, US_PER_DAY);
}

static int64_t day_of_year(int64_t us, const struct civil *c)
{
    struct civil first = { .year = c->year, .month = 1, .day = 1 };
    return days_of(us) - days_of(time_from_civil(&first)) + 1;
}

/* ISO 8601: week 1 is the one with the year's first Thursday. */
static void iso_week(int64_t us, int64_t *ret_year, int64_t *ret_week)
{
    int64_t weekday = (time_weekday(us) + 6) % 7;               /* 0 is Monday */
    int64_t thursday = (days_of(us) - weekday + 3) * US_PER_DAY;
    struct civil c = time_civil(thursday);
    *ret_year = c.year;
    *ret_week = (day_of_year(thursday, &c) - 1) / 7 + 1;
}

/* The calendar repeats after 400 years; a day beyond the range of instants is looked at `cycles` of them earlier. */
#define CYCLE_YEARS 400
#define CYCLE_DAYS  146097

static bool time_field(const char *unit, int64_t us, int64_t cycles, bool with_zone, struct field *ret)
{
    struct civil c = time_civil(us);
    int64_t second_us = (int64_t)c.second * US_PER_SECOND + c.us, iso_year, week, year_day = day_of_year(us, &c);
    int weekday = time_weekday(us);
    iso_week(us, &iso_year, &week);
    iso_year += CYCLE_YEARS * cycles;
    c.year += CYCLE_YEARS * cycles;
    const struct { const char *name; __int128 number; int scale; } fields[] = {
        { "microseconds", second_us, 0 }, { "milliseconds", second_us, 3 }, { "second", second_us, 6 },
        { "minute", c.minute, 0 }, { "hour", c.hour, 0 }, { "day", c.day, 0 }, { "month", c.month, 0 },
        { "quarter", (c.month - 1) / 3 + 1, 0 }, { "week", week, 0 }, { "year", shown_year(c.year), 0 },
        { "decade", floor_divide(c.year, 10), 0 }, { "century", century(c.year, 100), 0 }, { "millennium", century(c.year, 1000), 0 },
        { "isoyear", shown_year(iso_year), 0 }, { "dow", weekday, 0 }, { "isodow", weekday == 0 ? 7 : weekday, 0 },
        { "doy", year_day, 0 }, { "epoch", (__int128)us - INSTANT_OF_1970 + (__int128)cycles * CYCLE_DAYS * US_PER_DAY, 6 },
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, unit) == 0) {
            *ret = (struct field){ fields[i].number, fields[i].scale };
            return true;
        }
    }
    bool zone = strcmp(unit, "timezone") == 0 || strcmp(unit, "timezone_hour") == 0 || strcmp(unit, "timezone_minute") == 0;
    *ret = (struct field){ 0, 0 };
    return zone && with_zone;
}

static bool interval_field(const char *unit, const struct interval *i, struct field *ret)
{
    int64_t seconds = i->us % US_PER_MINUTE, years = i->months / 12, months = i->months % 12;
    /* A year has 365.25 days here, a month 30. */
    __int128 span = (__int128)years * (US_PER_DAY / 4 * 1461) + ((__int128)months * 30 + i->days) * US_PER_DAY + i->us;
    const struct { const char *name; __int128 number; int scale; } fields[] = {
        { "microseconds", seconds, 0 }, { "milliseconds", seconds, 3 }, { "second", seconds, 6 },
        { "minute", i->us / US_PER_MINUTE % 60, 0 }, { "hour", i->us / US_PER_HOUR, 0 }, { "day", i->days, 0 },
        { "month", months, 0 }, { "quarter", months / 3 + 1, 0 }, { "year", years, 0 }, { "decade", years / 10, 0 },
        { "century", years / 100, 0 }, { "millennium", years / 1000, 0 }, { "epoch", span, 6 },
    };
    for (size_t n = 0; n < sizeof fields / sizeof *fields; n++) {
        if (strcmp(fields[n].name, unit) == 0) {
            *ret = (struct field){ fields[n].number, fields[n].scale };
            return true;
        }
    }
    return false;
}

/* Some abbreviations and plurals that PostgreSQL knows. */
static void canonical_unit(char unit[static UNIT_SIZE_MAX])
{
    static const char *const same[][2] = {
        { "years", "year" }, { "y", "year" }, { "months", "month" }, { "mon", "month" }, { "days", "day" }, { "d", "day" }, { "hours", "hour" },
        { "h", "hour" }, { "minutes", "minute" }, { "min", "minute" }, { "m", "minute" }, { "seconds", "second" }, { "sec", "second" },
        { "s", "second" }, { "weeks", "week" }, { "w", "week" }, { "millisecond", "milliseconds" }, { "ms", "milliseconds" },
        { "microsecond", "microseconds" }, { "us", "microseconds" }, { "decades", "decade" }, { "centuries", "century" },
        { "millennia", "millennium" }, { "qtr", "quarter" },
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strcmp(unit, same[i][0]) == 0) {
            strcpy(unit, same[i][1]);
            return;
        }
    }
}

static bool listed(const char *const *names, size_t count, const char *unit)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], unit) == 0)
            return true;
    return false;
}
#define LISTED(names, unit) listed(names, sizeof names / sizeof *names, unit)

/* Units that exist, though a type may not have them: 0A000 instead of 22023. */
static enum sqlstate unit_error(const char *unit)
{
    static const char *const known[] = {
        "microseconds", "milliseconds", "second", "minute", "hour", "day", "month", "quarter", "week", "year", "decade", "century",
        "millennium", "isoyear", "dow", "isodow", "doy", "epoch", "julian", "timezone", "timezone_hour", "timezone_minute",
    };
    return LISTED(known, unit) ? SQLSTATE_FEATURE_NOT_SUPPORTED : SQLSTATE_INVALID_PARAMETER_VALUE;
}

/* Fields that a day has by itself. */
static bool day_has(const char *unit)
{
    static const char *const parts[] = { "microseconds", "milliseconds", "second", "minute", "hour" };
    return !LISTED(parts, unit);
}

static int infinite_field(const char *unit, bool positive, bool numeric, struct arena *arena, struct value *ret, struct error *error)
{
    static const char *const growing[] = { "year", "decade", "century", "millennium", "isoyear", "epoch" };
    *ret = VALUE_OF_NULL;
    if (!LISTED(growing, unit))
        return 0;
    if (numeric)
        return numeric_from_double(positive ? INFINITY : -INFINITY, arena, ret, error);
    *ret = value_float(positive ? INFINITY : -INFINITY);
    return 0;
}

static int give_field(const struct field *field, bool numeric, struct arena *arena, struct value *ret, struct error *error)
{
    static const int64_t powers[] = { 1, 0, 0, 1000, 0, 0, 1000000 };
    int64_t power = powers[field->scale];
    if (!numeric) {
        *ret = value_float((double)field->number / (double)power);
        return 0;
    }
    __int128 magnitude = field->number < 0 ? -field->number : field->number;
    const char *sign = field->number < 0 ? "-" : "";
    long long whole = (long long)(magnitude / power), rest = (long long)(magnitude % power);
    const char *text = field->scale == 0 ? arena_printf(arena, "%s%lld", sign, whole)
                                         : arena_printf(arena, "%s%lld.%0*lld", sign, whole, field->scale, rest);
    return numeric_parse(slice_of_string(text), arena, ret, error);
}

static bool finite_date(int32_t date)
{
    return date != DATE_INFINITY && date != DATE_MINUS_INFINITY;
}

/* Of a day only extract() takes parts; date_part() has its midnight, as a timestamp. */
static int part_of_day(const struct expr *call, const char *unit, int32_t date, struct arena *arena, struct value *ret, struct error *error)
{
    struct field field;
    int64_t cycles = finite_date(date) ? date / CYCLE_DAYS : 0, day = finite_date(date) ? date % CYCLE_DAYS : 0;
    if (!day_has(unit))
        return bad_unit(call, 1, unit, SQLSTATE_FEATURE_NOT_SUPPORTED, error);
    if (!time_field(unit, (day - DAYS_TO_2000) * US_PER_DAY, cycles, false, &field))
        return bad_unit(call, 1, unit, unit_error(unit), error);
    if (!finite_date(date))
        return infinite_field(unit, date == DATE_INFINITY, true, arena, ret, error);
    if (field.scale > 0)                                    /* the epoch: days have no fraction */
        field = (struct field){ field.number / US_PER_SECOND, 0 };
    return give_field(&field, true, arena, ret, error);
}

/* date_part('epoch', interval), summed in PostgreSQL's order, whose rounding shows. */
static double interval_seconds(const struct interval *i)
{
    double seconds = (double)i->us / US_PER_SECOND;
    seconds += 365.25 * 86400 * (i->months / 12);
    seconds += 30.0 * 86400 * (i->months % 12);
    return seconds + 86400.0 * i->days;
}

static int part_of(const struct expr *call, struct eval *eval, const struct value *args, bool numeric, struct value *ret, struct error *error)
{
    char unit[UNIT_SIZE_MAX];
    struct field field;
    unit_name(args[0].bytes, unit);
    canonical_unit(unit);
    if (args[1].kind == VALUE_INTERVAL) {
        if (!interval_field(unit, &args[1].interval, &field))
            return bad_unit(call, 1, unit, unit_error(unit), error);
        if (!numeric && strcmp(unit, "epoch") == 0)
            *ret = value_float(interval_seconds(&args[1].interval));
        else
            return give_field(&field, numeric, eval->arena, ret, error);
        return 0;
    }
    if (args[1].kind == VALUE_DATE)
        return part_of_day(call, unit, args[1].date, eval->arena, ret, error);
    int64_t us = args[1].instant;
    bool with_zone = call->args[1]->type.id == TYPE_TIMESTAMPTZ;
    if (!time_field(unit, finite_time(us) ? us : 0, 0, with_zone, &field))
        return bad_unit(call, 1, unit, unit_error(unit), error);
    return finite_time(us) ? give_field(&field, numeric, eval->arena, ret, error) : infinite_field(unit, us > 0, numeric, eval->arena, ret, error);
}

CALL(call_extract) { return part_of(call, eval, args, true, ret, error); }
CALL(call_date_part) { return part_of(call, eval, args, false, ret, error); }

CALL(call_date_part_of_day)
{
    struct value at[2] = { args[0], VALUE_OF_NULL };
    if (value_cast(type_of(TYPE_DATE), type_of(TYPE_TIMESTAMP), CAST_IMPLICIT, &args[1], eval->arena, &at[1], error) < 0)
        return -1;
    return part_of(call, eval, at, false, ret, error);
}

/* --- Zones and instants --- */

static int only_utc(struct slice zone, struct error *error)
{
    static const char *const names[] = { "utc", "gmt", "z", "zulu", "etc/utc", "uct", "universal", "etc/gmt", "greenwich" };
    char name[UNIT_SIZE_MAX];
    unit_name(zone, name);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return 0;
    fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "time zone \"%.*s\" is not supported", SLICE_FMT(zone));
    return fail_hint(error, "only UTC is");
}

/* In UTC the instant and its local time have the same number. */
CALL(call_timezone)
{
    *ret = args[1];
    return only_utc(args[0].bytes, error);
}

CALL(call_to_timestamp)
{
    double seconds = args[0].real;
    if (isnan(seconds))
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "timestamp cannot be NaN");
    if (isinf(seconds)) {
        *ret = value_instant(seconds > 0 ? TIME_INFINITY : TIME_MINUS_INFINITY);
        return 0;
    }
    double us = rint((seconds + (double)(INSTANT_OF_1970 / US_PER_SECOND)) * US_PER_SECOND);
    if (us < (double)INSTANT_MIN || us >= (double)INSTANT_END)
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "timestamp out of range: \"%g\"", seconds);
    *ret = value_instant((int64_t)us);
    return 0;
}

CALL(call_isfinite)
{
    bool infinite = args[0].kind == VALUE_DATE ? !finite_date(args[0].date) : args[0].kind == VALUE_TIME && !finite_time(args[0].instant);
    *ret = value_bool(!infinite);
    return 0;
}

#define ROW1(name, arg, ret, call) { name, FUNCTION_IMMUTABLE, true, false, 1, { arg }, ret, EXPR_FUNCTION, call, false },
#define ROW2(name, first, second, ret, call) { name, FUNCTION_IMMUTABLE, true, false, 2, { first, second }, ret, EXPR_FUNCTION, call, false },
#define PART(name, type, ret, call) ROW2(name, TYPE_TEXT, type, ret, call)

static const struct function rows[] = {
    PART("date_trunc", TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, call_truncate)
    PART("date_trunc", TYPE_TIMESTAMP, TYPE_TIMESTAMP, call_truncate)
    PART("date_trunc", TYPE_INTERVAL, TYPE_INTERVAL, call_truncate)
    PART("date_part", TYPE_TIMESTAMPTZ, TYPE_FLOAT8, call_date_part)
    PART("date_part", TYPE_TIMESTAMP, TYPE_FLOAT8, call_date_part)
    PART("date_part", TYPE_DATE, TYPE_FLOAT8, call_date_part_of_day)
    PART("date_part", TYPE_INTERVAL, TYPE_FLOAT8, call_date_part)
    PART("extract", TYPE_TIMESTAMPTZ, TYPE_NUMERIC, call_extract)
    PART("extract", TYPE_TIMESTAMP, TYPE_NUMERIC, call_extract)
    PART("extract", TYPE_DATE, TYPE_NUMERIC, call_extract)
    PART("extract", TYPE_INTERVAL, TYPE_NUMERIC, call_extract)
    ROW2("timezone", TYPE_TEXT, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, call_timezone)
    ROW2("timezone", TYPE_TEXT, TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, call_timezone)
    ROW1("to_timestamp", TYPE_FLOAT8, TYPE_TIMESTAMPTZ, call_to_timestamp)
    ROW1("isfinite", TYPE_TIMESTAMPTZ, TYPE_BOOL, call_isfinite)
    ROW1("isfinite", TYPE_TIMESTAMP, TYPE_BOOL, call_isfinite)
    ROW1("isfinite", TYPE_DATE, TYPE_BOOL, call_isfinite)
    ROW1("isfinite", TYPE_INTERVAL, TYPE_BOOL, call_isfinite)
};
FUNCTION_TABLE(functions_time, rows);
