/* Functions and operators of inet: networks inside networks. */
#include <assert.h>

#include "sql/function.h"
#include "value/inet.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

static struct inet read_inet(const struct value *value)
{
    struct inet inet;
    bool sound = inet_parse(value->bytes, &inet);
    assert(sound);
    return inet;
}

/* << and <<= ask whether the left lies in the right, >> and >>= the other way round, && whether either does. */
int inet_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    const char *name = call->function->name;
    struct inet a = read_inet(&args[0]), b = read_inet(&args[1]);
    const struct inet *outer = name[0] == '<' ? &b : &a, *inner = name[0] == '<' ? &a : &b;
    bool within = inet_contains(outer, inner);
    if (name[0] == '&')
        *ret = value_bool(within || inet_contains(inner, outer));
    else
        *ret = value_bool(within && (name[2] == '=' || outer->bits < inner->bits));
    return 0;
}

static int give(const struct inet *inet, struct arena *arena, struct buf *text, struct value *ret)
{
    inet_format(inet, text);
    *ret = (struct value){ .kind = VALUE_INET, .bytes = arena_copy(arena, buf_slice(text)) };
    buf_done(text);
    return 0;
}

CALL(call_host)
{
    struct inet inet = read_inet(&args[0]);
    struct buf text = { 0 };
    inet.bits = 8 * inet.size;
    give(&inet, eval->arena, &text, ret);
    ret->kind = VALUE_TEXT;
    return 0;
}

CALL(call_family)
{
    *ret = value_int(read_inet(&args[0]).size == 4 ? 4 : 6);
    return 0;
}

CALL(call_masklen)
{
    *ret = value_int(read_inet(&args[0]).bits);
    return 0;
}

CALL(call_set_masklen)
{
    struct inet inet = read_inet(&args[0]);
    struct buf text = { 0 };
    int64_t bits = args[1].integer == -1 ? 8 * inet.size : args[1].integer;
    if (bits < 0 || bits > 8 * inet.size)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid mask length: %lld", (long long)args[1].integer);
    inet.bits = (uint8_t)bits;
    return give(&inet, eval->arena, &text, ret);
}

static const struct function rows[] = {
    { "host", FUNCTION_IMMUTABLE, true, false, 1, { TYPE_INET }, TYPE_TEXT, EXPR_FUNCTION, call_host, false },
    { "family", FUNCTION_IMMUTABLE, true, false, 1, { TYPE_INET }, TYPE_INT4, EXPR_FUNCTION, call_family, false },
    { "masklen", FUNCTION_IMMUTABLE, true, false, 1, { TYPE_INET }, TYPE_INT4, EXPR_FUNCTION, call_masklen, false },
    { "set_masklen", FUNCTION_IMMUTABLE, true, false, 2, { TYPE_INET, TYPE_INT4 }, TYPE_INET, EXPR_FUNCTION, call_set_masklen, false },
};
FUNCTION_TABLE(functions_inet, rows);
