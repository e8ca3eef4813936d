/* What the server and the functions around tokens know of them beyond native.h. */
#ifndef ROWHOUSE_NATIVE_TOKENS_TOKEN_H
#define ROWHOUSE_NATIVE_TOKENS_TOKEN_H

#include "native/native.h"

#define TOKEN_LEEWAY_S 30
#define TOKEN_SECRET_SIZE_MIN 32

/* A time of the claims (stored jsonb): "exp", "nbf". 1, 0: there is none, -1: it is no number of seconds. */
int token_time(struct slice claims, const char *name, int64_t *ret_us);

/* access.c: the claims (stored jsonb) with user_role and organization_id of the user's profile, as custom_access_token_hook sets
 * them. */
int access_hook_claims(struct request *rq, const struct uuid *user, struct slice claims, struct slice *ret);

#endif
