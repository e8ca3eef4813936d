#include "protocol/session.h"

#include "base/log.h"
#include "base/version.h"
#include "native/tokens/token.h"
#include "value/mp.h"
#include "value/time.h"

void session_init(struct session *session)
{
    *session = (struct session){ .expires_us = INT64_MAX };
}

void session_done(struct session *session)
{
    principal_done(&session->who);
}

int session_allows(const struct session *session, const struct method *method, int64_t now_us, struct error *error)
{
    if (method_allowed(method, &session->who, error) < 0)
        return -1;
    if (method->right == RIGHT_ANYONE || now_us < session->expires_us)
        return 0;
    fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token has expired");
    return fail_hint(error, "call auth with a renewed one");
}

static int hello(struct buf *out)
{
    mp_put_map(out, 3);
    mp_put_string(out, "server");
    mp_put_string(out, "rowhouse");
    mp_put_string(out, "version");
    mp_put_string(out, ROWHOUSE_VERSION);
    mp_put_string(out, "protocol");
    mp_put_int(out, 1);
    return 0;
}

static void put_uuid(struct buf *out, bool there, const struct uuid *uuid)
{
    if (there)
        mp_put_ext(out, MP_EXT_UUID, slice_of(uuid->bytes, sizeof uuid->bytes));
    else
        mp_put_nil(out);
}

static void put_principal(struct buf *out, const struct principal *who)
{
    mp_put_map(out, 3);
    mp_put_string(out, "role");
    mp_put_string(out, who->super_admin ? "super_admin" : who->claims.role);
    mp_put_string(out, "user_id");
    put_uuid(out, who->claims.has_uid, &who->claims.uid);
    mp_put_string(out, "organization_id");
    put_uuid(out, who->has_house, &who->organization);
}

/* Until when a principal is believed. */
static int64_t expiry(const struct principal *who)
{
    int64_t exp_us;
    if (who->claims.jwt.size == 0 || token_time(who->claims.jwt, "exp", &exp_us) != 1)
        return INT64_MAX;
    return exp_us + TOKEN_LEEWAY_S * US_PER_SECOND;
}

static int principal_of_token(const struct session_auth *asked, struct slice token, struct principal *ret, struct error *error)
{
    if (secret_matches(asked->service_key, token)) {
        principal_system(ret);
        ret->owner = false;                 /* the service role has the rights that it is granted */
        return 0;
    }
    return token_verify(asked->token_keys, token, asked->now_us, ret, error);
}

static int auth(struct session *session, const struct session_auth *asked, struct args args, struct buf *out, struct error *error)
{
    struct slice token;
    struct principal who;
    if (args.count != 1 || !mp_str(&args.rest, &token))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "auth takes a token");
    if (principal_of_token(asked, token, &who, error) < 0) {
        log_event(LOG_INFO, "auth_failed", "reason", "%s", error->message, NULL);
        return -1;
    }
    principal_done(&session->who);
    session->who = who;
    session->expires_us = expiry(&session->who);
    if (asked->resolve(asked->env, error) < 0)
        return -1;
    put_principal(out, &session->who);
    return 0;
}

int session_run(struct session *session, const struct session_auth *asked, const struct method *method, struct args args, struct buf *out,
                struct error *error)
{
    if (method->name[0] == 'a')
        return auth(session, asked, args, out, error);
    if (method->name[0] == 'h')
        return hello(out);
    mp_put_string(out, "pong");
    return 0;
}
