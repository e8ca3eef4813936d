/* The digits of a numeric's payload (value/numeric.h), read in place; for the files that compute with them. */
#ifndef ROWHOUSE_VALUE_DECIMAL_H
#define ROWHOUSE_VALUE_DECIMAL_H

#include "value/value.h"

#define DECIMAL_POINT_MAX 131072        /* digits before the decimal point */
#define DECIMAL_SCALE_MAX 16383         /* digits after it */

/* In PostgreSQL's order. What is not finite has a payload of one byte, which no decimal has, since its scale is an integer:
 * msgpack's nil for NaN, false for -Infinity, true for Infinity. */
enum decimal_kind { DECIMAL_MINUS_INFINITY, DECIMAL_FINITE, DECIMAL_INFINITY, DECIMAL_NAN };

/* The number 0.d1d2d3... * 10^point, with point = count - scale and d1 not 0; zero has no digits. Borrows the payload. */
struct decimal {
    enum decimal_kind kind;     /* the rest is of a finite one, and 0 of others */
    bool negative;              /* never of zero */
    int32_t scale;              /* digits after the decimal point; negative only in foreign bytes */
    uint32_t count;             /* digits */
    uint32_t first;             /* the first digit's nibble in `bcd` */
    const uint8_t *bcd;
};

/* False when the bytes are no decimal. Whether they are in PostgreSQL's range is decimal_in_range(). */
bool decimal_open(struct slice payload, struct decimal *ret);
bool decimal_in_range(const struct decimal *decimal);

static inline int decimal_digit(const struct decimal *d, uint32_t index)
{
    uint32_t nibble = d->first + index;
    return nibble % 2 == 0 ? d->bcd[nibble / 2] >> 4 : d->bcd[nibble / 2] & 15;
}

static inline int64_t decimal_point(const struct decimal *d)
{
    return (int64_t)d->count - d->scale;
}

/* A value that is no number; its bytes lie in static memory. */
struct value decimal_special(enum decimal_kind kind);

int decimal_compare(const struct decimal *a, const struct decimal *b);

/* Appends the digits of a finite number as '0' to '9'. */
void decimal_digits(const struct decimal *decimal, struct buf *out);

/* Appends the number as numeric prints it; the scale is not negative. */
void decimal_format(const struct decimal *decimal, struct buf *out);

/* Appends the key's body (value/key.c); returns whether it is lossy. */
bool decimal_key(const struct decimal *decimal, struct buf *out);

/* A numeric of ASCII digits (leading zeros welcome) and a scale from 0 on; -1 with 22003 when it is out of range. */
int decimal_build(bool negative, const char *digits, size_t count, int64_t scale, struct arena *arena,
                  struct value *ret, struct error *error);

#endif
