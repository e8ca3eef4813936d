/* Functions of the request: its instant, its principal, its random numbers. */
#include "base/sys.h"
#include "sql/function.h"

static int call_now(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    *ret = value_time(eval->now_us);
    return 0;
}

static int call_random_uuid(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    *ret = value_uuid(uuid_random(eval->sys));
    return 0;
}

/* 53 random bits as a number in [0, 1). */
static int call_random(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    uint64_t bits;
    sys_random(eval->sys, &bits, sizeof bits);
    *ret = value_float((double)(bits >> 11) / (double)(UINT64_C(1) << 53));
    return 0;
}

static int call_uid(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    *ret = eval->claims != NULL && eval->claims->has_uid ? value_uuid(eval->claims->uid) : VALUE_OF_NULL;
    return 0;
}

static int call_role(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    const char *role = eval->claims != NULL ? eval->claims->role : NULL;
    *ret = role != NULL ? value_text(slice_of_string(role)) : VALUE_OF_NULL;
    return 0;
}

static int call_jwt(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    *ret = eval->claims != NULL && eval->claims->jwt.size > 0 ? value_json(eval->claims->jwt) : VALUE_OF_NULL;
    return 0;
}

/* What `profiles` says of the caller: see struct claims. */
static int call_organization_id(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    *ret = eval->claims != NULL && eval->claims->has_organization ? value_uuid(eval->claims->organization) : VALUE_OF_NULL;
    return 0;
}

static int call_is_super_admin(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    *ret = value_bool(eval->claims != NULL && eval->claims->super_admin);
    return 0;
}

#define NULLARY(name, volatility, ret, call) { name, volatility, false, false, 0, { 0 }, ret, EXPR_FUNCTION, call, false },

static const struct function rows[] = {
    NULLARY("now", FUNCTION_STABLE, TYPE_TIMESTAMPTZ, call_now)
    NULLARY("transaction_timestamp", FUNCTION_STABLE, TYPE_TIMESTAMPTZ, call_now)
    NULLARY("statement_timestamp", FUNCTION_STABLE, TYPE_TIMESTAMPTZ, call_now)
    NULLARY("gen_random_uuid", FUNCTION_VOLATILE, TYPE_UUID, call_random_uuid)
    NULLARY("uuid_generate_v4", FUNCTION_VOLATILE, TYPE_UUID, call_random_uuid)
    NULLARY("random", FUNCTION_VOLATILE, TYPE_FLOAT8, call_random)
    NULLARY("auth.uid", FUNCTION_STABLE, TYPE_UUID, call_uid)
    NULLARY("auth.role", FUNCTION_STABLE, TYPE_TEXT, call_role)
    NULLARY("auth.jwt", FUNCTION_STABLE, TYPE_JSONB, call_jwt)
    NULLARY("auth.organization_id", FUNCTION_STABLE, TYPE_UUID, call_organization_id)
    NULLARY("auth.is_super_admin", FUNCTION_STABLE, TYPE_BOOL, call_is_super_admin)
};
FUNCTION_TABLE(functions_session, rows);
