/* real and double precision as text: the shortest digits that read back as the same number. */
#ifndef ROWHOUSE_VALUE_REAL_H
#define ROWHOUSE_VALUE_REAL_H

#include "value/value.h"

/* A finite number as 0.d1d2d3... * 10^point, d1 not 0; zero has the one digit '0' and point 1. */
struct real_digits {
    bool negative;              /* also of -0 */
    int count;                  /* 1 to 17 */
    int point;
    char digits[20];            /* ASCII, ends in NUL */
};

/* `single`: of a real, which has the precision of a float. `number` is finite (asserted). */
struct real_digits real_digits(double number, bool single);

/* As PostgreSQL prints it: 1.5, 1e+15, NaN, -Infinity. */
void real_format(double number, bool single, struct buf *out);

/* PostgreSQL's input of real (`single`) and double precision. 22P02; 22003 when the number does not fit. */
int real_parse(struct slice text, bool single, double *ret, struct error *error);

/* PostgreSQL's order: NaN equals NaN and is larger than everything, -0 equals 0. */
int real_compare(double a, double b);

/* A double as a real: 22003 when it over- or underflows. */
int real_narrow(double number, double *ret, struct error *error);

#endif
