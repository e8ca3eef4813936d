/* The native functions around tokens: issue_token. */
#include "native/groups.h"

#include "native/tokens/token.h"
#include "value/json.h"
#include "value/mp.h"
#include "value/time.h"

#define TOKEN_TTL_DEFAULT_S 3600
#define TOKEN_TTL_MAX_S     (366 * 86400)

/* {"sub", "role"} and the extra claims, as stored jsonb. */
static int build_claims(struct request *rq, const struct value *user, const struct value *role, const struct value *extra,
                        struct slice *ret)
{
    struct buf wire = { 0 };
    uint32_t count = 0;
    struct slice members = value_is_null(extra) ? slice_of(NULL, 0) : extra->bytes;
    if (members.size > 0 && !mp_map(&members, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"claims\" is not an object");
    mp_put_map(&wire, count + 1 + !value_is_null(user));
    buf_append_slice(&wire, members);
    mp_put_string(&wire, "role");       /* after the extra ones: the last of duplicates wins */
    mp_put_str(&wire, value_is_null(role) ? SLICE_LITERAL("authenticated") : role->bytes);
    if (!value_is_null(user)) {
        char text[UUID_TEXT_SIZE + 1];
        uuid_format(&user->uuid, text);
        mp_put_string(&wire, "sub");
        mp_put_string(&wire, text);
    }
    struct slice in = arena_copy(rq->arena, buf_slice(&wire));
    buf_done(&wire);
    return json_from_wire(&in, rq->arena, ret, rq->error);
}

/* What is issued here is accepted here: a known role, a user where the role needs one. */
static int check_issued(struct request *rq, const struct token_keys *keys, struct slice token)
{
    struct principal principal;
    if (token_verify(keys, token, rq->now_us, &principal, rq->error) < 0) {
        rq->error->state = SQLSTATE_INVALID_PARAMETER_VALUE;
        return -1;
    }
    principal_done(&principal);
    return 0;
}

static int issue_token(struct request *rq, const struct value *values, struct buf *out)
{
    enum { USER, ROLE, TTL, CLAIMS };
    struct slice claims;
    struct buf token = { 0 };
    const struct token_keys *keys = rq->host->token_keys;
    int64_t ttl_s = value_is_null(&values[TTL]) ? TOKEN_TTL_DEFAULT_S : values[TTL].integer;
    if (keys == NULL)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "there are no keys to sign tokens with");
    if (ttl_s < 1 || ttl_s > TOKEN_TTL_MAX_S)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"ttl_seconds\" is not between 1 and %d", TOKEN_TTL_MAX_S);
    if (build_claims(rq, &values[USER], &values[ROLE], &values[CLAIMS], &claims) < 0)
        return -1;
    if (!value_is_null(&values[USER]) && rq->view->catalog->references[REFERENCE_PROFILES] != NULL &&
        access_hook_claims(rq, &values[USER].uuid, claims, &claims) < 0)
        return -1;
    int result = token_issue(keys, claims, rq->now_us, ttl_s, &token, rq->error);
    if (result == 0)
        result = check_issued(rq, keys, buf_slice(&token));
    if (result == 0) {
        struct value expires = value_time(rq->now_us / US_PER_SECOND * US_PER_SECOND + ttl_s * US_PER_SECOND);
        mp_put_map(out, 2);
        mp_put_string(out, "token");
        mp_put_str(out, buf_slice(&token));
        mp_put_string(out, "expires_at");
        value_store(type_of(TYPE_TIMESTAMPTZ), &expires, out);
    }
    buf_done(&token);
    return result;
}

const struct native_function token_functions[] = {
    { .name = "issue_token", .caller = CALLER_SERVICE, .run = issue_token,
      .returns = "{token, expires_at}", .summary = "signs a token for a user, with the claims that custom_access_token_hook sets",
      .parameters = {
          { "user_id", TYPE_UUID, .summary = "the user, claim sub; required for the role authenticated" },
          { "role", TYPE_TEXT, .summary = "anon, authenticated (default) or service_role" },
          { "ttl_seconds", TYPE_INT8, .summary = "how long the token is valid; default 3600" },
          { "claims", TYPE_JSONB, .summary = "further claims, an object" },
      } },
    { .name = NULL },
};
