/* MessagePack's timestamp extension (-1): seconds since 1970 and nanoseconds, in 4, 8 or 12 bytes.
 *
 * Stored instants use the smallest of the three forms. The infinities of PostgreSQL are the 12-byte form with
 * the largest and the smallest number of seconds. */
#ifndef ROWHOUSE_VALUE_STAMP_H
#define ROWHOUSE_VALUE_STAMP_H

#include "value/mp.h"

#define STAMP_INFINITY       INT64_MAX      /* seconds */
#define STAMP_MINUS_INFINITY INT64_MIN

struct stamp {
    int64_t seconds;
    uint32_t nanoseconds;       /* below 1,000,000,000 */
};

void stamp_put(struct buf *out, struct stamp stamp);

/* False when `payload` is none of the three forms, or has too many nanoseconds. */
bool stamp_read(struct slice payload, struct stamp *ret);

/* To whole microseconds, as PostgreSQL rounds the fraction of a text. */
void stamp_round(struct stamp *stamp);

/* Instants and days of struct value. Stored ones are whole microseconds in range; false for others. */
struct stamp stamp_of_time(int64_t instant);
struct stamp stamp_of_date(int32_t days);
bool stamp_to_time(struct stamp stamp, int64_t *ret_instant);
bool stamp_to_date(struct stamp stamp, int32_t *ret_days);

#endif
