/* hello, auth, ping: what a connection answers itself. */
#include "server/route.h"

#include "base/log.h"
#include "base/version.h"
#include "native/tokens/token.h"
#include "server/server.h"
#include "value/time.h"

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

static int principal_of_token(struct connection *c, struct slice token, struct principal *ret, struct error *error)
{
    struct server *server = c->loop->server;
    if (secret_matches(&server->service_key, token)) {
        principal_system(ret);
        ret->owner = false;                 /* the service role has the rights that it is granted */
        return 0;
    }
    return token_verify(server->token_keys, token, c->loop->now_us, ret, error);
}

static int auth(struct connection *c, struct args args, struct buf *out, struct error *error)
{
    struct slice token;
    struct principal who;
    if (args.count != 1 || !mp_str(&args.rest, &token))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "auth takes a token");
    if (principal_of_token(c, token, &who, error) < 0) {
        log_event(LOG_INFO, "auth_failed", "reason", "%s", error->message, NULL);
        return -1;
    }
    principal_done(&c->who);
    c->who = who;
    c->expires_us = expiry(&c->who);
    ev_timer_stop(c->loop->ev, &c->deadline);
    if (connection_view(c, error) < 0)
        return -1;
    put_principal(out, &c->who);
    return 0;
}

int session_run(struct connection *c, const struct method *method, struct args args, struct buf *out, struct error *error)
{
    if (method->name[0] == 'a')
        return auth(c, args, out, error);
    if (method->name[0] == 'h')
        return hello(out);
    mp_put_string(out, "pong");
    return 0;
}
