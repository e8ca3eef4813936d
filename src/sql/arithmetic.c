#include "sql/arithmetic.h"

#include <assert.h>
#include <math.h>

#include "value/numeric.h"
#include "value/time.h"

static int division_by_zero(struct error *error)
{
    return fail(error, SQLSTATE_DIVISION_BY_ZERO, "division by zero");
}

int arithmetic_integer(struct type type, __int128 number, struct value *ret, struct error *error)
{
    int64_t max = type.id == TYPE_INT2 ? INT16_MAX : type.id == TYPE_INT4 ? INT32_MAX : INT64_MAX;
    if (number > max || number < -(__int128)max - 1)
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "%s out of range",
                    type.id == TYPE_INT2 ? "smallint" : type.id == TYPE_INT4 ? "integer" : "bigint");
    *ret = value_int((int64_t)number);
    return 0;
}

static int integers(char sign, struct type type, __int128 a, __int128 b, struct value *ret, struct error *error)
{
    if ((sign == '/' || sign == '%') && b == 0)
        return division_by_zero(error);
    __int128 result = sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : sign == '/' ? a / b : a % b;
    return arithmetic_integer(type, result, ret, error);
}

int arithmetic_real(struct type type, double number, bool was_infinite, bool inexact_zero, struct value *ret, struct error *error)
{
    if (type.id == TYPE_FLOAT4)
        number = (float)number;
    if (isinf(number) && !was_infinite)
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value out of range: overflow");
    if (number == 0 && inexact_zero)
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value out of range: underflow");
    *ret = value_float(number);
    return 0;
}

static int reals(char sign, struct type type, double a, double b, struct value *ret, struct error *error)
{
    if (sign == '/' && b == 0 && !isnan(a))
        return division_by_zero(error);
    double result = sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b;
    bool product = sign == '*' ? a != 0 && b != 0 : sign == '/' && a != 0 && !isinf(b);
    return arithmetic_real(type, result, isinf(a) || isinf(b), product, ret, error);
}

static bool date_finite(int32_t date)
{
    return date != DATE_INFINITY && date != DATE_MINUS_INFINITY;
}

static int date_shift(int32_t date, int64_t days, struct value *ret, struct error *error)
{
    int64_t shifted = date_finite(date) ? date + days : date;
    if (date_finite(date) && (shifted < DATE_MIN || shifted >= DATE_END))
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "date out of range");
    *ret = (struct value){ .kind = VALUE_DATE, .date = (int32_t)shifted };
    return 0;
}

static int date_difference(int32_t a, int32_t b, struct value *ret, struct error *error)
{
    if (!date_finite(a) || !date_finite(b))
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "cannot subtract infinite dates");
    *ret = value_int((int64_t)a - b);
    return 0;
}

static int time_shift(char sign, const struct value *at, const struct interval *by, struct value *ret, struct error *error)
{
    int64_t instant = at->instant;
    struct interval shift = *by;
    if (at->kind == VALUE_DATE && date_to_instant(at->date, &instant, error) < 0)
        return -1;
    if (sign == '-') {
        if (by->months == INT32_MIN || by->days == INT32_MIN || by->us == INT64_MIN)
            return fail(error, SQLSTATE_DATETIME_OVERFLOW, "interval out of range");
        shift = (struct interval){ -by->months, -by->days, -by->us };
    }
    *ret = value_instant(instant);
    return time_add(instant, &shift, &ret->instant, error);
}

static int time_difference(int64_t a, int64_t b, struct value *ret, struct error *error)
{
    if (a == TIME_INFINITY || a == TIME_MINUS_INFINITY || b == TIME_INFINITY || b == TIME_MINUS_INFINITY)
        return fail(error, SQLSTATE_DATETIME_OVERFLOW, "cannot subtract infinite timestamps");
    *ret = (struct value){ .kind = VALUE_INTERVAL, .interval = time_subtract(a, b) };
    return 0;
}

static int intervals(char sign, const struct value *a, const struct value *b, struct value *ret, struct error *error)
{
    *ret = (struct value){ .kind = VALUE_INTERVAL };
    if (a->kind == VALUE_TIME)
        return time_difference(a->instant, b->instant, ret, error);
    if (a->kind == VALUE_FLOAT)
        return interval_multiply(&b->interval, a->real, &ret->interval, error);
    if (b->kind == VALUE_FLOAT)
        return sign == '*' ? interval_multiply(&a->interval, b->real, &ret->interval, error)
                           : interval_divide(&a->interval, b->real, &ret->interval, error);
    return interval_operate(sign, &a->interval, &b->interval, &ret->interval, error);
}

static int days(char sign, const struct value *a, const struct value *b, struct value *ret, struct error *error)
{
    if (a->kind == VALUE_INT)
        return date_shift(b->date, a->integer, ret, error);
    return date_shift(a->date, sign == '-' ? -b->integer : b->integer, ret, error);
}

int arithmetic(char sign, struct type type, const struct value *a, const struct value *b, struct arena *arena,
               struct value *ret, struct error *error)
{
    assert(!type.array);
    switch (type.id) {
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8:
        if (a->kind == VALUE_DATE)
            return date_difference(a->date, b->date, ret, error);
        return integers(sign, type, a->integer, b->integer, ret, error);
    case TYPE_FLOAT4: case TYPE_FLOAT8:
        return reals(sign, type, a->real, b->real, ret, error);
    case TYPE_NUMERIC:
        return numeric_operate(sign, a, b, arena, ret, error);
    case TYPE_DATE:
        return days(sign, a, b, ret, error);
    case TYPE_TIMESTAMP: case TYPE_TIMESTAMPTZ:
        if (a->kind == VALUE_INTERVAL)
            return time_shift(sign, b, &a->interval, ret, error);
        return time_shift(sign, a, &b->interval, ret, error);
    default:
        assert(type.id == TYPE_INTERVAL);
        return intervals(sign, a, b, ret, error);
    }
}

int arithmetic_negate(struct type type, const struct value *a, struct arena *arena, struct value *ret, struct error *error)
{
    struct interval zero = { 0 };
    switch (type.id) {
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8:
        return arithmetic_integer(type, -(__int128)a->integer, ret, error);
    case TYPE_FLOAT4: case TYPE_FLOAT8:
        *ret = value_float(-a->real);
        return 0;
    case TYPE_NUMERIC:
        *ret = numeric_negate(a, arena);
        return 0;
    default:
        assert(type.id == TYPE_INTERVAL);
        *ret = (struct value){ .kind = VALUE_INTERVAL };
        return interval_operate('-', &zero, &a->interval, &ret->interval, error);
    }
}
