/* PostgreSQL's numeric over GMP: an integer and a decimal scale.
 *
 * Payload bytes (struct value, VALUE_NUMERIC) are Tarantool's MP_DECIMAL: the scale as a msgpack integer, then packed
 * BCD, two digits a byte, last nibble the sign (0xC plus, 0xD minus), no leading zero digits; zero is plus.
 * https://www.tarantool.io/en/doc/latest/reference/internals/msgpack_extensions/#the-decimal-type
 * NaN and the infinities have no such form: theirs is one byte (value/decimal.h), which Tarantool's readers refuse. Result scales of + - * / and the aggregates are
 * those of PostgreSQL 15's numeric.c; its limits 131072 digits before and 16383 after the point hold. */
#ifndef ROWHOUSE_VALUE_NUMERIC_H
#define ROWHOUSE_VALUE_NUMERIC_H

#include "value/value.h"

int numeric_parse(struct slice text, struct arena *arena, struct value *ret, struct error *error);
void numeric_format(const struct value *value, struct buf *out);

/* `sign` is one of + - * / %. */
int numeric_operate(char sign, const struct value *a, const struct value *b, struct arena *arena,
                    struct value *ret, struct error *error);
struct value numeric_negate(const struct value *a, struct arena *arena);

/* Rounds half away from zero to `scale` digits and checks `precision` (0: none), 22003 "numeric field overflow". */
int numeric_round(const struct value *a, int precision, int scale, struct arena *arena, struct value *ret, struct error *error);
/* Towards zero. Both take negative scales: tens, hundreds. */
int numeric_truncate(const struct value *a, int scale, struct arena *arena, struct value *ret, struct error *error);

bool numeric_is_finite(const struct value *value);       /* neither NaN nor an infinity */
int numeric_compare(const struct value *a, const struct value *b);
struct value numeric_from_int(int64_t integer, struct arena *arena);
int numeric_from_double(double real, struct arena *arena, struct value *ret, struct error *error);
double numeric_to_double(const struct value *a);
int numeric_to_int(const struct value *a, int64_t *ret, struct error *error);      /* rounds; 22003 */
bool numeric_valid(struct slice payload);               /* foreign payload bytes, canonical or not */
struct value numeric_canonical(struct slice payload, struct arena *arena);      /* of a valid one */

#endif
