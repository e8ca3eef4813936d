/* + - * / % and negation of numbers, instants, days and intervals, with PostgreSQL's overflow errors. */
#ifndef ROWHOUSE_SQL_ARITHMETIC_H
#define ROWHOUSE_SQL_ARITHMETIC_H

#include "value/value.h"

/* `sign` is one of + - * / %; neither value is NULL; `type` is the result's. Numbers may be of different width or kind. */
int arithmetic(char sign, struct type type, const struct value *a, const struct value *b, struct arena *arena,
               struct value *ret, struct error *error);
int arithmetic_negate(struct type type, const struct value *a, struct arena *arena, struct value *ret, struct error *error);

/* A number that fits the integer type, or 22003. */
int arithmetic_integer(struct type type, __int128 number, struct value *ret, struct error *error);
/* A result of floating point arithmetic: 22003 when it over- or underflowed; `inexact_zero`: zero means underflow. */
int arithmetic_real(struct type type, double number, bool was_infinite, bool inexact_zero, struct value *ret, struct error *error);

#endif
