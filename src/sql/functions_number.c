/* Functions of numbers, and GREATEST and LEAST. */
#include <limits.h>
#include <math.h>

#include "sql/arithmetic.h"
#include "sql/function.h"
#include "value/numeric.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

/* --- Sign --- */

static struct value numeric_zero(struct arena *arena)
{
    return numeric_from_int(0, arena);
}

/* -1, 0, 1; a NaN has the sign 1, as PostgreSQL orders it. */
static int sign_of(const struct value *v, struct arena *arena)
{
    struct value zero;
    switch (v->kind) {
    case VALUE_INT:
        return (v->integer > 0) - (v->integer < 0);
    case VALUE_FLOAT:
        return v->real < 0 ? -1 : v->real != 0;
    default:
        zero = numeric_zero(arena);
        return numeric_compare(v, &zero);
    }
}

CALL(call_abs)
{
    *ret = args[0].kind == VALUE_FLOAT ? value_float(fabs(args[0].real)) : args[0];       /* of -0.0, too */
    return sign_of(ret, eval->arena) < 0 ? arithmetic_negate(call->type, &args[0], eval->arena, ret, error) : 0;
}

CALL(call_sign)
{
    int sign = sign_of(&args[0], eval->arena);
    if (args[0].kind == VALUE_FLOAT)
        *ret = value_float(isnan(args[0].real) ? args[0].real : sign);
    else if (isnan(numeric_to_double(&args[0])))
        *ret = args[0];
    else
        *ret = numeric_from_int(sign, eval->arena);
    return 0;
}

/* --- Rounding of numeric --- */

static int as_digits(int64_t digits)
{
    return (int)(digits > INT_MAX ? INT_MAX : digits < -INT_MAX ? -INT_MAX : digits);
}

/* The whole number next to `a` towards zero, one further on in the direction `away` when something was cut off on that side. */
static int whole(const struct value *a, int away, struct arena *arena, struct value *ret, struct error *error)
{
    struct value one = numeric_from_int(away, arena);
    if (numeric_truncate(a, 0, arena, ret, error) < 0)
        return -1;
    return numeric_compare(a, ret) == away ? numeric_operate('+', ret, &one, arena, ret, error) : 0;
}

CALL(call_ceil)
{
    if (args[0].kind == VALUE_NUMERIC)
        return whole(&args[0], 1, eval->arena, ret, error);
    *ret = value_float(ceil(args[0].real));
    return 0;
}

CALL(call_floor)
{
    if (args[0].kind == VALUE_NUMERIC)
        return whole(&args[0], -1, eval->arena, ret, error);
    *ret = value_float(floor(args[0].real));
    return 0;
}

CALL(call_round)
{
    if (args[0].kind == VALUE_NUMERIC)
        return numeric_round(&args[0], 0, call->count > 1 ? as_digits(args[1].integer) : 0, eval->arena, ret, error);
    *ret = value_float(rint(args[0].real));
    return 0;
}

CALL(call_trunc)
{
    if (args[0].kind == VALUE_NUMERIC)
        return numeric_truncate(&args[0], call->count > 1 ? as_digits(args[1].integer) : 0, eval->arena, ret, error);
    *ret = value_float(trunc(args[0].real));
    return 0;
}

/* --- Arithmetic by name --- */

CALL(call_mod)
{
    return arithmetic('%', call->type, &args[0], &args[1], eval->arena, ret, error);
}

CALL(call_div)
{
    struct value quotient, rest;
    struct value remainder;
    if (!numeric_is_finite(&args[0]) || !numeric_is_finite(&args[1]))
        return numeric_operate('/', &args[0], &args[1], eval->arena, ret, error);
    if (numeric_operate('%', &args[0], &args[1], eval->arena, &remainder, error) < 0 ||
        numeric_operate('-', &args[0], &remainder, eval->arena, &rest, error) < 0 ||
        numeric_operate('/', &rest, &args[1], eval->arena, &quotient, error) < 0)
        return -1;
    return numeric_round(&quotient, 0, 0, eval->arena, ret, error);
}

/* --- Roots and powers, in double precision --- */

CALL(call_sqrt)
{
    if (args[0].real < 0)
        return fail(error, SQLSTATE_INVALID_POWER_ARGUMENT, "cannot take square root of a negative number");
    *ret = value_float(sqrt(args[0].real));
    return 0;
}

CALL(call_power)
{
    double a = args[0].real, b = args[1].real;
    if (a == 0 && b < 0)
        return fail(error, SQLSTATE_INVALID_POWER_ARGUMENT, "zero raised to a negative power is undefined");
    if (a < 0 && !isinf(b) && floor(b) != b)
        return fail(error, SQLSTATE_INVALID_POWER_ARGUMENT, "a negative number raised to a non-integer power yields a complex result");
    return arithmetic_real(call->type, pow(a, b), isinf(a) || isinf(b), a != 0 && !isinf(a) && !isinf(b), ret, error);
}

CALL(call_exp)
{
    double a = args[0].real;
    return arithmetic_real(call->type, exp(a), isinf(a), !isinf(a), ret, error);
}

CALL(call_ln)
{
    if (args[0].real <= 0)
        return fail(error, SQLSTATE_INVALID_LOGARITHM_ARGUMENT, "cannot take logarithm of %s", args[0].real == 0 ? "zero" : "a negative number");
    *ret = value_float(log(args[0].real));
    return 0;
}

/* PostgreSQL computes these of numeric to as many digits as the argument asks for; a double would not be that result. */
CALL(call_numeric_refused)
{
    fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s(numeric) is not supported", call->function->name);
    return fail_hint(error, "cast the argument to double precision");
}

/* --- Operators --- */

/* A shift count works modulo the width, as the machine's shifts do in PostgreSQL. */
static int64_t shifted(enum type_id id, int64_t number, int64_t count, bool left)
{
    int by = (int)(count & (id == TYPE_INT8 ? 63 : 31));
    if (!left)
        return number >> by;
    uint64_t bits = (uint64_t)number << by;
    return id == TYPE_INT2 ? (int16_t)bits : id == TYPE_INT4 ? (int32_t)bits : (int64_t)bits;
}

int number_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    const char *name = call->function->name;
    int64_t a = args[0].integer, b = call->count > 1 ? args[1].integer : 0;
    switch (name[0]) {
    case '^':
        return args[0].kind == VALUE_FLOAT ? call_power(call, eval, args, ret, error) : call_numeric_refused(call, eval, args, ret, error);
    case '@':
        return call_abs(call, eval, args, ret, error);
    case '~':
        *ret = value_int(~a);
        return 0;
    case '&':
        *ret = value_int(a & b);
        return 0;
    case '#':
        *ret = value_int(a ^ b);
        return 0;
    case '|':
        if (name[1] == '/')
            return call_sqrt(call, eval, args, ret, error);
        *ret = value_int(a | b);
        return 0;
    default:
        *ret = value_int(shifted(call->type.id, a, b, name[0] == '<'));
        return 0;
    }
}

/* --- Order --- */

static int extreme(const struct expr *call, const struct value *args, int wanted, struct value *ret, struct error *error)
{
    *ret = VALUE_OF_NULL;
    for (int i = 0; i < call->count; i++) {
        if (value_is_null(&args[i]))
            continue;
        if (!value_is_null(ret) && call->collation == &collation_conflict)
            return collation_unknown("string comparison", error);
        if (value_is_null(ret) || value_compare(type_collated(call->type, call->collation), &args[i], ret) == wanted)
            *ret = args[i];
    }
    return 0;
}

CALL(call_greatest) { return extreme(call, args, 1, ret, error); }
CALL(call_least) { return extreme(call, args, -1, ret, error); }

#define ROW(name, strict, variadic, count, args, ret, call) { name, FUNCTION_IMMUTABLE, strict, variadic, count, args, ret, EXPR_FUNCTION, call, false },
#define ARGS(...) { __VA_ARGS__ }
#define SAME1(name, type, call) ROW(name, true, false, 1, ARGS(type), type, call)
#define SAME2(name, type, call) ROW(name, true, false, 2, ARGS(type, type), type, call)
#define EXTREME(name, call) { name, FUNCTION_IMMUTABLE, false, true, 1, ARGS(SIGNATURE_COMPATIBLE), SIGNATURE_COMPATIBLE, EXPR_FUNCTION, call, true },
#define DIGITS(name, call) ROW(name, true, false, 2, ARGS(TYPE_NUMERIC, TYPE_INT4), TYPE_NUMERIC, call)

static const struct function rows[] = {
    SAME1("abs", TYPE_INT2, call_abs)
    SAME1("abs", TYPE_INT4, call_abs)
    SAME1("abs", TYPE_INT8, call_abs)
    SAME1("abs", TYPE_FLOAT4, call_abs)
    SAME1("abs", TYPE_FLOAT8, call_abs)
    SAME1("abs", TYPE_NUMERIC, call_abs)
    SAME1("sign", TYPE_FLOAT8, call_sign)
    SAME1("sign", TYPE_NUMERIC, call_sign)
    SAME1("ceil", TYPE_FLOAT8, call_ceil)
    SAME1("ceil", TYPE_NUMERIC, call_ceil)
    SAME1("ceiling", TYPE_FLOAT8, call_ceil)
    SAME1("ceiling", TYPE_NUMERIC, call_ceil)
    SAME1("floor", TYPE_FLOAT8, call_floor)
    SAME1("floor", TYPE_NUMERIC, call_floor)
    SAME1("round", TYPE_FLOAT8, call_round)
    SAME1("round", TYPE_NUMERIC, call_round)
    DIGITS("round", call_round)
    SAME1("trunc", TYPE_FLOAT8, call_trunc)
    SAME1("trunc", TYPE_NUMERIC, call_trunc)
    DIGITS("trunc", call_trunc)
    SAME2("mod", TYPE_INT2, call_mod)
    SAME2("mod", TYPE_INT4, call_mod)
    SAME2("mod", TYPE_INT8, call_mod)
    SAME2("mod", TYPE_NUMERIC, call_mod)
    SAME2("div", TYPE_NUMERIC, call_div)
    SAME1("sqrt", TYPE_FLOAT8, call_sqrt)
    SAME1("sqrt", TYPE_NUMERIC, call_numeric_refused)
    SAME2("power", TYPE_FLOAT8, call_power)
    SAME2("power", TYPE_NUMERIC, call_numeric_refused)
    SAME2("pow", TYPE_FLOAT8, call_power)
    SAME2("pow", TYPE_NUMERIC, call_numeric_refused)
    SAME1("exp", TYPE_FLOAT8, call_exp)
    SAME1("exp", TYPE_NUMERIC, call_numeric_refused)
    SAME1("ln", TYPE_FLOAT8, call_ln)
    SAME1("ln", TYPE_NUMERIC, call_numeric_refused)
    EXTREME("greatest", call_greatest)
    EXTREME("least", call_least)
};
FUNCTION_TABLE(functions_number, rows);
