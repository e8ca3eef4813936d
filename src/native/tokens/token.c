/* Tokens: JSON Web Tokens (RFC 7519) in, principals out; and back.
 *
 * Signatures are OpenSSL's (token_sign.h): libjwt 1.10 knows no EdDSA, takes a token as a C string, which ends at a NUL, and
 * reads its numbers with limits of its own.
 *  (T1) The algorithm picks the keys, never the other way round: a token that says HS256 is checked with secrets alone, so
 *       nobody can sign one with the public key's text. "none" and every other algorithm are refused.
 *  (T2) Nothing of a token is believed before its signature is checked, but its algorithm's and its key's name.
 *  (T3) exp and nbf are checked with TOKEN_LEEWAY_S of leeway for clocks that differ. They, and iat, are numbers or the token is
 *       refused.
 *  (T5) All of a token's bytes count: three parts in base64url without padding, two of them JSON objects whose members differ. */
#include "native/native.h"

#include <stdlib.h>

#include "base/memory.h"
#include "native/tokens/token.h"
#include "native/tokens/token_base64.h"
#include "native/tokens/token_sign.h"
#include "value/json.h"
#include "value/time.h"

/* --- Verifying --- */

/* A token's three parts as they stand, and what its header names. */
struct token_parts {
    struct slice header, payload, signature, signed_bytes;
    enum token_algorithm algorithm;
    struct slice kid;               /* empty: none */
};

static int not_a_token(struct error *error)
{
    return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "it is neither the service key nor a JSON Web Token");
}

static bool split(struct slice token, struct token_parts *ret)
{
    const uint8_t *end = token.data + token.size, *first = memchr(token.data, '.', token.size);
    const uint8_t *second = first == NULL ? NULL : memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
        return false;
    ret->header = slice_of(token.data, (size_t)(first - token.data));
    ret->payload = slice_of(first + 1, (size_t)(second - first - 1));
    ret->signature = slice_of(second + 1, (size_t)(end - second - 1));
    ret->signed_bytes = slice_of(token.data, (size_t)(second - token.data));
    return true;
}

/* The algorithm, which must be one of ours, and the key's name. A header that lists extensions we must understand is refused. */
static int read_header(struct token_parts *parts, struct arena *arena, struct error *error)
{
    struct slice json, header, member, name;
    struct error ignored;
    if (!base64url_decode(parts->header, arena, &json) || json_parse_unique(json, arena, &header, &ignored) < 0 ||
        !json_member(header, SLICE_LITERAL("alg"), &member) || !mp_str(&member, &name))
        return not_a_token(error);
    if (json_member(header, SLICE_LITERAL("crit"), &member))
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token asks for extensions that are not known here");
    if (json_member(header, SLICE_LITERAL("kid"), &member) && (!mp_str(&member, &parts->kid) || parts->kid.size == 0))
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's kid names no key");
    for (int i = 0; i < TOKEN_ALGORITHM_COUNT; i++)
        if (slice_is(name, token_algorithms[i])) {
            parts->algorithm = (enum token_algorithm)i;
            return 0;
        }
    fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's algorithm \"%.*s\" is not accepted", SLICE_FMT(name));
    return fail_hint(error, "sign it with HS256, ES256 or EdDSA");
}

/* The claims (stored jsonb): an object whose members differ. RFC 7519 leaves open which of two of one name counts, so that
 * two readers of a token could understand it differently. */
static int read_claims(const struct token_parts *parts, struct arena *arena, struct slice *ret, struct error *error)
{
    struct slice json;
    struct error why = { 0 };
    if (base64url_decode(parts->payload, arena, &json) && json_parse_unique(json, arena, ret, &why) == 0 && mp_peek(*ret) == MP_MAP)
        return 0;
    fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's claims cannot be read");
    return fail_detail(error, "%s", why.message[0] != '\0' ? why.message : "They are no JSON object in base64url.");
}

/* The claims, once one of the keys finds the signature good. */
static int checked_claims(const struct token_keys *keys, struct slice token, struct arena *arena, struct slice *ret, struct error *error)
{
    struct token_parts parts = { 0 };
    const struct token_key *key = NULL;
    struct slice signature;
    bool good = false, any = false;
    if (!split(token, &parts) || !base64url_decode(parts.signature, arena, &signature))
        return not_a_token(error);
    if (read_header(&parts, arena, error) < 0)
        return -1;
    while (!good && (key = token_key_next(keys, parts.algorithm, parts.kid, key)) != NULL) {
        good = token_signed(key, parts.signed_bytes, signature);
        any = true;
    }
    if (!any)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "there is no key for %s tokens such as this", token_algorithms[parts.algorithm]);
    if (!good)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's signature does not verify");
    return read_claims(&parts, arena, ret, error);
}

#define TOKEN_TIME_MAX_S (INT64_MAX / US_PER_SECOND / 2)

/* A number that is no int64, in seconds: a fraction, or one beyond. False: no number, or no time of ours. */
static bool seconds_of(struct slice member, int64_t *ret)
{
    struct buf text = { 0 };
    json_to_compact(member, &text);
    const char *start = buf_text(&text);
    double seconds = strtod(start, NULL);
    bool good = (start[0] == '-' || (start[0] >= '0' && start[0] <= '9')) && seconds < (double)TOKEN_TIME_MAX_S;
    buf_done(&text);
    *ret = good && seconds > 0 ? (int64_t)seconds : 0;
    return good;
}

int token_time(struct slice claims, const char *name, int64_t *ret_us)
{
    struct slice member, rest;
    int64_t seconds;
    if (!json_member(claims, slice_of_string(name), &member))
        return 0;
    rest = member;
    if (!mp_int(&rest, &seconds) && !seconds_of(member, &seconds))
        return -1;
    seconds = seconds < 0 ? 0 : seconds > TOKEN_TIME_MAX_S ? TOKEN_TIME_MAX_S : seconds;
    *ret_us = seconds * US_PER_SECOND;
    return 1;
}

static int check_times(struct slice claims, int64_t now_us, struct error *error)
{
    static const char *const names[] = { "exp", "nbf", "iat" };
    int64_t time_us;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (token_time(claims, names[i], &time_us) < 0)
            return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's %s is not a number of seconds", names[i]);
    if (token_time(claims, "exp", &time_us) == 1 && now_us >= time_us + TOKEN_LEEWAY_S * US_PER_SECOND)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token has expired");
    if (token_time(claims, "nbf", &time_us) == 1 && now_us < time_us - TOKEN_LEEWAY_S * US_PER_SECOND)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token is not valid yet");
    return 0;
}

static const struct { const char *name; enum role role; } roles[] = {
    { "anon", ROLE_ANON }, { "authenticated", ROLE_AUTHENTICATED }, { "service_role", ROLE_SERVICE },
};

/* A token without a role is anonymous, as PostgREST has it. */
static int read_role(struct slice claims, struct principal *ret, struct error *error)
{
    struct slice member, name = slice_of_string("anon");
    if (json_member(claims, slice_of_string("role"), &member) && !mp_str(&member, &name))
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's role is not a text");
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (slice_is(name, roles[i].name)) {
            ret->role = roles[i].role;
            ret->claims.role = roles[i].name;
            return 0;
        }
    fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's role \"%.*s\" does not exist", SLICE_FMT(name));
    return fail_hint(error, "roles are anon, authenticated and service_role");
}

static int read_subject(struct slice claims, struct principal *ret, struct error *error)
{
    struct slice member, subject;
    ret->claims.has_uid = json_member(claims, slice_of_string("sub"), &member) && mp_str(&member, &subject) &&
                          uuid_parse(subject, &ret->claims.uid);
    if (ret->role == ROLE_AUTHENTICATED && !ret->claims.has_uid)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's subject is not the uuid of a user");
    return 0;
}

static int principal_from_claims(struct slice claims, int64_t now_us, struct principal *ret, struct error *error)
{
    *ret = (struct principal){ 0 };
    if (check_times(claims, now_us, error) < 0 || read_role(claims, ret, error) < 0 || read_subject(claims, ret, error) < 0)
        return -1;
    uint8_t *copy = memory_alloc(claims.size);
    memcpy(copy, claims.data, claims.size);
    ret->claims.jwt = slice_of(copy, claims.size);
    return 0;
}

int token_verify(const struct token_keys *keys, struct slice token, int64_t now_us, struct principal *ret, struct error *error)
{
    struct slice claims;
    struct arena arena;
    if (token.size > TOKEN_SIZE_MAX)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token has %zu bytes, more than %zu", token.size, TOKEN_SIZE_MAX);
    arena_init(&arena, REQUEST_SIZE_UNAUTH_MAX);
    int result = checked_claims(keys, token, &arena, &claims, error);
    if (result == 0)
        result = principal_from_claims(claims, now_us, ret, error);
    arena_done(&arena);
    return result;
}

void principal_done(struct principal *principal)
{
    free((void *)principal->claims.jwt.data);
    *principal = (struct principal){ 0 };
}

/* --- Issuing --- */

/* The token of the claims, compact JSON; false: the key cannot sign. */
static bool sign(const struct token_key *key, struct slice claims, struct buf *out)
{
    struct buf header = { 0 };
    uint8_t signature[TOKEN_SIGNATURE_MAX];
    buf_append_string(&header, "{\"alg\":");
    json_quote(slice_of_string(token_algorithms[key->algorithm]), &header);
    if (key->kid != NULL) {
        buf_append_string(&header, ",\"kid\":");
        json_quote(slice_of_string(key->kid), &header);
    }
    buf_append_string(&header, ",\"typ\":\"JWT\"}");
    base64url_encode(buf_slice(&header), out);
    buf_append_byte(out, '.');
    base64url_encode(claims, out);
    size_t size = token_sign(key, buf_slice(out), signature);
    buf_append_byte(out, '.');
    base64url_encode(slice_of(signature, size), out);
    buf_done(&header);
    return size > 0;
}

/* The claims with iat and exp in place of those that they bring, as compact JSON. -1: no object. */
static int timed_claims(struct slice claims, int64_t now_s, int64_t ttl_s, struct buf *out)
{
    struct buf wire = { 0 };
    struct arena arena;
    struct slice json, in;
    struct error ignored;
    uint32_t count;
    if (!mp_map(&claims, &count))
        return -1;
    mp_put_map(&wire, count + 2);
    buf_append_slice(&wire, claims);
    mp_put_string(&wire, "iat");            /* after the others: the last of duplicates wins */
    mp_put_int(&wire, now_s);
    mp_put_string(&wire, "exp");
    mp_put_int(&wire, now_s + ttl_s);
    arena_init(&arena, REQUEST_SIZE_MAX);
    in = buf_slice(&wire);
    int result = json_from_wire(&in, &arena, &json, &ignored);
    if (result == 0)
        json_to_compact(json, out);
    arena_done(&arena);
    buf_done(&wire);
    return result;
}

int token_issue(const struct token_keys *keys, struct slice claims, int64_t now_us, int64_t ttl_s, struct buf *out, struct error *error)
{
    struct buf json = { 0 }, token = { 0 };
    int result = 0;
    if (timed_claims(claims, now_us / US_PER_SECOND, ttl_s, &json) < 0 || !sign(keys->signer, buf_slice(&json), &token))
        result = fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "the claims cannot be signed");
    else if (token.size > TOKEN_SIZE_MAX)
        result = fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the token has %zu bytes, more than %zu", token.size, TOKEN_SIZE_MAX);
    else
        buf_append_slice(out, buf_slice(&token));
    buf_done(&json);
    buf_done(&token);
    return result;
}
