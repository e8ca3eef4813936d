/* Instants, days and intervals, as PostgreSQL reads, prints and adds them; the proleptic Gregorian calendar.
 *
 * Input: ISO 8601 forms (date, 'T' or space, time with optional fraction, 'Z' or numeric offset), 'now' is not accepted,
 * 'infinity', '-infinity', 'epoch'; a zone name other than UTC/GMT/Z is refused with a hint. A timestamptz without
 * a zone is UTC. Range: 4713 BC to 294276 AD (22008). Text output: '2025-01-02 03:04:05.678+00', TimeZone = UTC.
 * Instants are microseconds since 2000 (value/value.h), days count from 1970. */
#ifndef ROWHOUSE_VALUE_TIME_H
#define ROWHOUSE_VALUE_TIME_H

#include "value/value.h"

#define US_PER_SECOND 1000000ll
#define US_PER_MINUTE (60 * US_PER_SECOND)
#define US_PER_HOUR   (60 * US_PER_MINUTE)
#define US_PER_DAY    (24 * US_PER_HOUR)

/* Finite instants lie in [INSTANT_MIN, INSTANT_END), finite days in [DATE_MIN, DATE_END). */
#define INSTANT_MIN (-211813488000000000ll)     /* 4714-11-24 BC, Julian day 0 */
#define INSTANT_END 9223371331200000000ll       /* 294277-01-01 */
#define TIME_US_MIN (INSTANT_MIN - INSTANT_OF_1970)     /* the first, as a clock counts */
#define DAYS_TO_2000 10957                      /* from 1970-01-01 */
#define DATE_MIN    (-2440588)                  /* 4714-11-24 BC */
#define DATE_END    2145042906                  /* 5874898-01-01 */

struct civil { int64_t year; int month, day, hour, minute, second, us; };   /* year 0 is 1 BC */

struct civil time_civil(int64_t instant);               /* finite ones */
int64_t time_from_civil(const struct civil *civil);     /* fields in range, asserted */
int time_weekday(int64_t instant);                           /* 0 is Sunday */

int time_parse(struct slice text, bool with_zone, int64_t *ret_instant, struct error *error);
int date_parse(struct slice text, int32_t *ret_days, struct error *error);
int interval_parse(struct slice text, struct interval *ret, struct error *error);   /* '15 minutes', '1 day 02:03:04', 'P1DT2H' */
void time_format(int64_t instant, bool with_zone, struct buf *out);
void date_format(int32_t days, struct buf *out);
void interval_format(const struct interval *interval, struct buf *out);             /* IntervalStyle postgres */

/* Midnight of a day: 22008 for days beyond the last instant; infinities stay. */
int date_to_instant(int32_t days, int64_t *ret, struct error *error);

/* timestamp + interval: months first (day clamped to the month), then days, then microseconds. 22008. */
int time_add(int64_t instant, const struct interval *interval, int64_t *ret, struct error *error);
/* timestamp - timestamp, both finite: days and microseconds, no months. */
struct interval time_subtract(int64_t a, int64_t b);
int interval_operate(char sign, const struct interval *a, const struct interval *b, struct interval *ret, struct error *error);
int interval_multiply(const struct interval *a, double factor, struct interval *ret, struct error *error);
int interval_divide(const struct interval *a, double divisor, struct interval *ret, struct error *error);      /* 22012 */
int interval_compare(const struct interval *a, const struct interval *b);

/* What orders intervals, a month being 30 days and a day 24 hours, in microseconds. */
__int128 interval_span(const struct interval *a);

/* date_trunc: "microseconds" ... "millennium"; false for an unknown unit. */
bool time_truncate(const char *unit, int64_t instant, int64_t *ret);

#endif
