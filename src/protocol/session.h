/* Who a connection is: hello, auth and ping, which it answers itself. */
#ifndef ROWHOUSE_PROTOCOL_SESSION_H
#define ROWHOUSE_PROTOCOL_SESSION_H

#include "protocol/dispatch.h"
#include "store/secret.h"

struct session {
    struct principal who;           /* role ROLE_NONE: not signed in */
    int64_t expires_us;             /* of the token; INT64_MAX: never */
};

/* What `auth` asks. */
struct session_auth {
    const struct secret *service_key;
    const struct token_keys *token_keys;
    int64_t now_us;
    int (*resolve)(void *env, struct error *error);     /* finds what the session's principal is by now */
    void *env;
};

void session_init(struct session *session);
void session_done(struct session *session);

/* Whether the session may use a method at all: method_allowed(), and 28000 once its token has expired. */
int session_allows(const struct session *session, const struct method *method, int64_t now_us, struct error *error);

/* Runs a METHOD_SESSION. */
int session_run(struct session *session, const struct session_auth *asked, const struct method *method, struct args args, struct buf *out,
                struct error *error);

#endif
