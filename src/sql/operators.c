/* The operators, as in PostgreSQL's pg_operator for the types that Rowhouse has. */
#include "sql/function.h"

#define PREFIX(name, arg, ret_type, node) \
    { name, FUNCTION_IMMUTABLE, true, false, 1, { arg }, ret_type, node, NULL, false },
#define BINARY(name, left, right, ret_type, node) \
    { name, FUNCTION_IMMUTABLE, true, false, 2, { left, right }, ret_type, node, NULL, false },
#define CALL(name, left, right, ret_type, call) \
    { name, FUNCTION_IMMUTABLE, true, false, 2, { left, right }, ret_type, EXPR_FUNCTION, call, false },
#define CALL_PREFIX(name, arg, ret_type, call) \
    { name, FUNCTION_IMMUTABLE, true, false, 1, { arg }, ret_type, EXPR_FUNCTION, call, false },
#define CALL_NULLS(name, left, right, ret_type, call) \
    { name, FUNCTION_IMMUTABLE, false, false, 2, { left, right }, ret_type, EXPR_FUNCTION, call, false },

#define INTEGERS(name, node)                                        \
    BINARY(name, TYPE_INT2, TYPE_INT2, TYPE_INT2, node)             \
    BINARY(name, TYPE_INT2, TYPE_INT4, TYPE_INT4, node)             \
    BINARY(name, TYPE_INT2, TYPE_INT8, TYPE_INT8, node)             \
    BINARY(name, TYPE_INT4, TYPE_INT2, TYPE_INT4, node)             \
    BINARY(name, TYPE_INT4, TYPE_INT4, TYPE_INT4, node)             \
    BINARY(name, TYPE_INT4, TYPE_INT8, TYPE_INT8, node)             \
    BINARY(name, TYPE_INT8, TYPE_INT2, TYPE_INT8, node)             \
    BINARY(name, TYPE_INT8, TYPE_INT4, TYPE_INT8, node)             \
    BINARY(name, TYPE_INT8, TYPE_INT8, TYPE_INT8, node)
#define FLOATS(name, node)                                          \
    BINARY(name, TYPE_FLOAT4, TYPE_FLOAT4, TYPE_FLOAT4, node)       \
    BINARY(name, TYPE_FLOAT4, TYPE_FLOAT8, TYPE_FLOAT8, node)       \
    BINARY(name, TYPE_FLOAT8, TYPE_FLOAT4, TYPE_FLOAT8, node)       \
    BINARY(name, TYPE_FLOAT8, TYPE_FLOAT8, TYPE_FLOAT8, node)
#define NUMBERS(name, node) \
    INTEGERS(name, node) FLOATS(name, node) BINARY(name, TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, node)
#define EACH_NUMBER(name, node)                                     \
    PREFIX(name, TYPE_INT2, TYPE_INT2, node)                        \
    PREFIX(name, TYPE_INT4, TYPE_INT4, node)                        \
    PREFIX(name, TYPE_INT8, TYPE_INT8, node)                        \
    PREFIX(name, TYPE_FLOAT4, TYPE_FLOAT4, node)                    \
    PREFIX(name, TYPE_FLOAT8, TYPE_FLOAT8, node)                    \
    PREFIX(name, TYPE_NUMERIC, TYPE_NUMERIC, node)

#define EACH_INTEGER(row, name)                                     \
    row(name, TYPE_INT2, TYPE_INT2, number_call_operator)           \
    row(name, TYPE_INT4, TYPE_INT4, number_call_operator)           \
    row(name, TYPE_INT8, TYPE_INT8, number_call_operator)
#define BITS(name, type, ret_type, call)  CALL(name, type, type, ret_type, call)
#define SHIFT(name, type, ret_type, call) CALL(name, type, TYPE_INT4, ret_type, call)

#define TEXT_ARRAY (TYPE_TEXT | SIGNATURE_ARRAY)

static const struct function operator_rows[] = {
    NUMBERS("+", EXPR_ADD)
    BINARY("+", TYPE_DATE, TYPE_INT4, TYPE_DATE, EXPR_ADD)
    BINARY("+", TYPE_INT4, TYPE_DATE, TYPE_DATE, EXPR_ADD)
    BINARY("+", TYPE_DATE, TYPE_INTERVAL, TYPE_TIMESTAMP, EXPR_ADD)
    BINARY("+", TYPE_INTERVAL, TYPE_DATE, TYPE_TIMESTAMP, EXPR_ADD)
    BINARY("+", TYPE_TIMESTAMP, TYPE_INTERVAL, TYPE_TIMESTAMP, EXPR_ADD)
    BINARY("+", TYPE_INTERVAL, TYPE_TIMESTAMP, TYPE_TIMESTAMP, EXPR_ADD)
    BINARY("+", TYPE_TIMESTAMPTZ, TYPE_INTERVAL, TYPE_TIMESTAMPTZ, EXPR_ADD)
    BINARY("+", TYPE_INTERVAL, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, EXPR_ADD)
    BINARY("+", TYPE_INTERVAL, TYPE_INTERVAL, TYPE_INTERVAL, EXPR_ADD)
    NUMBERS("-", EXPR_SUB)
    BINARY("-", TYPE_DATE, TYPE_INT4, TYPE_DATE, EXPR_SUB)
    BINARY("-", TYPE_DATE, TYPE_DATE, TYPE_INT4, EXPR_SUB)
    BINARY("-", TYPE_DATE, TYPE_INTERVAL, TYPE_TIMESTAMP, EXPR_SUB)
    BINARY("-", TYPE_TIMESTAMP, TYPE_INTERVAL, TYPE_TIMESTAMP, EXPR_SUB)
    BINARY("-", TYPE_TIMESTAMPTZ, TYPE_INTERVAL, TYPE_TIMESTAMPTZ, EXPR_SUB)
    BINARY("-", TYPE_TIMESTAMP, TYPE_TIMESTAMP, TYPE_INTERVAL, EXPR_SUB)
    BINARY("-", TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, TYPE_INTERVAL, EXPR_SUB)
    BINARY("-", TYPE_INTERVAL, TYPE_INTERVAL, TYPE_INTERVAL, EXPR_SUB)
    CALL("-", TYPE_JSONB, TYPE_TEXT, TYPE_JSONB, json_call_operator)
    CALL("-", TYPE_JSONB, TYPE_INT4, TYPE_JSONB, json_call_operator)
    CALL("-", TYPE_JSONB, TEXT_ARRAY, TYPE_JSONB, json_call_operator)
    EACH_NUMBER("+", EXPR_ADD)
    EACH_NUMBER("-", EXPR_NEG)
    PREFIX("-", TYPE_INTERVAL, TYPE_INTERVAL, EXPR_NEG)
    NUMBERS("*", EXPR_MUL)
    BINARY("*", TYPE_INTERVAL, TYPE_FLOAT8, TYPE_INTERVAL, EXPR_MUL)
    BINARY("*", TYPE_FLOAT8, TYPE_INTERVAL, TYPE_INTERVAL, EXPR_MUL)
    NUMBERS("/", EXPR_DIV)
    BINARY("/", TYPE_INTERVAL, TYPE_FLOAT8, TYPE_INTERVAL, EXPR_DIV)
    /* Narrower integers than the other operand are cast here, as PostgreSQL has no operators across widths. */
    BINARY("%", TYPE_INT2, TYPE_INT2, TYPE_INT2, EXPR_MOD)
    BINARY("%", TYPE_INT4, TYPE_INT4, TYPE_INT4, EXPR_MOD)
    BINARY("%", TYPE_INT8, TYPE_INT8, TYPE_INT8, EXPR_MOD)
    BINARY("%", TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, EXPR_MOD)

    CALL("^", TYPE_FLOAT8, TYPE_FLOAT8, TYPE_FLOAT8, number_call_operator)
    CALL("^", TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, number_call_operator)
    CALL_PREFIX("|/", TYPE_FLOAT8, TYPE_FLOAT8, number_call_operator)
    EACH_INTEGER(CALL_PREFIX, "@")
    CALL_PREFIX("@", TYPE_FLOAT4, TYPE_FLOAT4, number_call_operator)
    CALL_PREFIX("@", TYPE_FLOAT8, TYPE_FLOAT8, number_call_operator)
    CALL_PREFIX("@", TYPE_NUMERIC, TYPE_NUMERIC, number_call_operator)
    EACH_INTEGER(CALL_PREFIX, "~")
    EACH_INTEGER(BITS, "&")
    EACH_INTEGER(BITS, "|")
    EACH_INTEGER(BITS, "#")
    EACH_INTEGER(SHIFT, "<<")
    EACH_INTEGER(SHIFT, ">>")

    BINARY("||", TYPE_TEXT, TYPE_TEXT, TYPE_TEXT, EXPR_CONCAT)
    BINARY("||", SIGNATURE_ANYNONARRAY, TYPE_TEXT, TYPE_TEXT, EXPR_CONCAT)
    BINARY("||", TYPE_TEXT, SIGNATURE_ANYNONARRAY, TYPE_TEXT, EXPR_CONCAT)
    BINARY("||", TYPE_BYTEA, TYPE_BYTEA, TYPE_BYTEA, EXPR_CONCAT)
    CALL("||", TYPE_JSONB, TYPE_JSONB, TYPE_JSONB, json_call_operator)
    CALL_NULLS("||", SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE_ARRAY, array_call_operator)
    CALL_NULLS("||", SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE, SIGNATURE_COMPATIBLE_ARRAY, array_call_operator)
    CALL_NULLS("||", SIGNATURE_COMPATIBLE, SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE_ARRAY, array_call_operator)

    BINARY("~~", TYPE_TEXT, TYPE_TEXT, TYPE_BOOL, EXPR_LIKE)
    BINARY("~~*", TYPE_TEXT, TYPE_TEXT, TYPE_BOOL, EXPR_ILIKE)

    BINARY("->", TYPE_JSONB, TYPE_TEXT, TYPE_JSONB, EXPR_JSON_GET)
    BINARY("->", TYPE_JSONB, TYPE_INT4, TYPE_JSONB, EXPR_JSON_GET)
    BINARY("->>", TYPE_JSONB, TYPE_TEXT, TYPE_TEXT, EXPR_JSON_GET_TEXT)
    BINARY("->>", TYPE_JSONB, TYPE_INT4, TYPE_TEXT, EXPR_JSON_GET_TEXT)
    CALL("#>", TYPE_JSONB, TEXT_ARRAY, TYPE_JSONB, json_call_operator)
    CALL("#>>", TYPE_JSONB, TEXT_ARRAY, TYPE_TEXT, json_call_operator)
    BINARY("@>", TYPE_JSONB, TYPE_JSONB, TYPE_BOOL, EXPR_JSON_CONTAINS)
    CALL("<@", TYPE_JSONB, TYPE_JSONB, TYPE_BOOL, json_call_operator)
    BINARY("?", TYPE_JSONB, TYPE_TEXT, TYPE_BOOL, EXPR_JSON_HAS_KEY)
    CALL("?|", TYPE_JSONB, TEXT_ARRAY, TYPE_BOOL, json_call_operator)
    CALL("?&", TYPE_JSONB, TEXT_ARRAY, TYPE_BOOL, json_call_operator)

    CALL("<<", TYPE_INET, TYPE_INET, TYPE_BOOL, inet_call_operator)
    CALL("<<=", TYPE_INET, TYPE_INET, TYPE_BOOL, inet_call_operator)
    CALL(">>", TYPE_INET, TYPE_INET, TYPE_BOOL, inet_call_operator)
    CALL(">>=", TYPE_INET, TYPE_INET, TYPE_BOOL, inet_call_operator)
    CALL("&&", TYPE_INET, TYPE_INET, TYPE_BOOL, inet_call_operator)

    CALL("@>", SIGNATURE_ANYARRAY, SIGNATURE_ANYARRAY, TYPE_BOOL, array_call_operator)
    CALL("<@", SIGNATURE_ANYARRAY, SIGNATURE_ANYARRAY, TYPE_BOOL, array_call_operator)
    CALL("&&", SIGNATURE_ANYARRAY, SIGNATURE_ANYARRAY, TYPE_BOOL, array_call_operator)
};
FUNCTION_TABLE(operators, operator_rows);

#define COMPARE(left, right) BINARY("=", left, right, TYPE_BOOL, EXPR_EQ)

static const struct function comparison_rows[] = {
    COMPARE(TYPE_BOOL, TYPE_BOOL)
    INTEGERS("=", EXPR_EQ)
    FLOATS("=", EXPR_EQ)
    COMPARE(TYPE_NUMERIC, TYPE_NUMERIC)
    COMPARE(TYPE_TEXT, TYPE_TEXT)
    COMPARE(SIGNATURE_ANYENUM, SIGNATURE_ANYENUM)
    COMPARE(TYPE_BYTEA, TYPE_BYTEA)
    COMPARE(TYPE_UUID, TYPE_UUID)
    COMPARE(TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ)
    COMPARE(TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP)
    COMPARE(TYPE_TIMESTAMPTZ, TYPE_DATE)
    COMPARE(TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ)
    COMPARE(TYPE_TIMESTAMP, TYPE_TIMESTAMP)
    COMPARE(TYPE_TIMESTAMP, TYPE_DATE)
    COMPARE(TYPE_DATE, TYPE_TIMESTAMPTZ)
    COMPARE(TYPE_DATE, TYPE_TIMESTAMP)
    COMPARE(TYPE_DATE, TYPE_DATE)
    COMPARE(TYPE_INTERVAL, TYPE_INTERVAL)
    COMPARE(TYPE_JSONB, TYPE_JSONB)
    COMPARE(TYPE_INET, TYPE_INET)
    COMPARE(SIGNATURE_ANYARRAY, SIGNATURE_ANYARRAY)
};
FUNCTION_TABLE(comparisons, comparison_rows);
