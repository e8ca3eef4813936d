/* Tokens: JSON Web Tokens (RFC 7519) in, principals out; and back.
 *
 * libjwt does the signatures of HS256 and ES256; those of EdDSA (RFC 8037, Ed25519), which is not in libjwt 1.10, are OpenSSL's.
 *  (T1) The algorithm picks the keys, never the other way round: a token that says HS256 is checked with secrets alone, so
 *       nobody can sign one with the public key's text. "none" and every other algorithm are refused.
 *  (T2) Nothing of a token is believed before its signature is checked, but its algorithm's and its key's name.
 *  (T3) exp and nbf are checked with TOKEN_LEEWAY_S of leeway for clocks that differ. */
#include "native/native.h"

#include <jwt.h>
#include <stdlib.h>

#include "base/memory.h"
#include "native/token.h"
#include "native/token_base64.h"
#include "native/token_key.h"
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
    return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token is not a JSON Web Token");
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
    if (!base64url_decode(parts->header, arena, &json) || json_parse(json, arena, &header, &ignored) < 0 ||
        !json_member(header, SLICE_LITERAL("alg"), &member) || !mp_str(&member, &name))
        return not_a_token(error);
    if (json_member(header, SLICE_LITERAL("crit"), &member))
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token asks for extensions that are not known here");
    if (json_member(header, SLICE_LITERAL("kid"), &member))
        mp_str(&member, &parts->kid);
    for (int i = 0; i < TOKEN_ALGORITHM_COUNT; i++)
        if (slice_is(name, token_algorithms[i])) {
            parts->algorithm = (enum token_algorithm)i;
            return 0;
        }
    fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's algorithm \"%.*s\" is not accepted", SLICE_FMT(name));
    return fail_hint(error, "sign it with HS256, ES256 or EdDSA");
}

static bool verify_eddsa(const struct token_key *key, const struct token_parts *parts, struct arena *arena)
{
    struct slice signature;
    if (!base64url_decode(parts->signature, arena, &signature))
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pair) == 1 &&
                EVP_DigestVerify(context, signature.data, signature.size, parts->signed_bytes.data, parts->signed_bytes.size) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static bool verify_with_libjwt(const struct token_key *key, const char *token)
{
    jwt_t *jwt = NULL;
    struct slice bytes = key->algorithm == TOKEN_HS256 ? key->secret : slice_of_string(key->public_pem);
    jwt_alg_t algorithm = key->algorithm == TOKEN_HS256 ? JWT_ALG_HS256 : JWT_ALG_ES256;
    bool good = jwt_decode(&jwt, token, bytes.data, (int)bytes.size) == 0 && jwt_get_alg(jwt) == algorithm;
    jwt_free(jwt);
    return good;
}

/* The claims (stored jsonb), once one of the keys finds the signature good. */
static int checked_claims(const struct token_keys *keys, struct slice token, struct arena *arena, struct slice *ret, struct error *error)
{
    struct token_parts parts = { 0 };
    const struct token_key *key = NULL;
    struct slice json;
    bool good = false, any = false;
    char *text = arena_string(arena, token);
    if (!split(token, &parts))
        return not_a_token(error);
    if (read_header(&parts, arena, error) < 0)
        return -1;
    while (!good && (key = token_key_next(keys, parts.algorithm, parts.kid, key)) != NULL) {
        good = parts.algorithm == TOKEN_EDDSA ? verify_eddsa(key, &parts, arena) : verify_with_libjwt(key, text);
        any = true;
    }
    if (!any)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "there is no key for %s tokens such as this", token_algorithms[parts.algorithm]);
    if (!good)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's signature does not verify");
    if (!base64url_decode(parts.payload, arena, &json) || json_parse(json, arena, ret, error) < 0)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's claims cannot be read");
    return 0;
}

#define TOKEN_TIME_MAX_S (INT64_MAX / US_PER_SECOND / 2)

bool token_time(struct slice claims, const char *name, int64_t *ret_us)
{
    struct slice member;
    int64_t seconds;
    double real;
    if (!json_member(claims, slice_of_string(name), &member))
        return false;
    if (mp_double(&member, &real))
        seconds = real > 0 && real < (double)TOKEN_TIME_MAX_S ? (int64_t)real : 0;
    else if (!mp_int(&member, &seconds))
        seconds = 0;                /* a time that is none has passed */
    seconds = seconds < 0 ? 0 : seconds > TOKEN_TIME_MAX_S ? TOKEN_TIME_MAX_S : seconds;
    *ret_us = seconds * US_PER_SECOND;
    return true;
}

static int check_times(struct slice claims, int64_t now_us, struct error *error)
{
    int64_t time_us;
    if (token_time(claims, "exp", &time_us) && now_us >= time_us + TOKEN_LEEWAY_S * US_PER_SECOND)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token has expired");
    if (token_time(claims, "nbf", &time_us) && now_us < time_us - TOKEN_LEEWAY_S * US_PER_SECOND)
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

static char *sign_with_libjwt(const struct token_key *key, const char *claims)
{
    jwt_t *jwt = NULL;
    char *token = NULL;
    struct slice bytes = key->algorithm == TOKEN_HS256 ? key->secret : slice_of_string(key->private_pem);
    if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, claims) == 0 &&
        jwt_set_alg(jwt, key->algorithm == TOKEN_HS256 ? JWT_ALG_HS256 : JWT_ALG_ES256, bytes.data, (int)bytes.size) == 0 &&
        (key->kid == NULL || jwt_add_header(jwt, "kid", key->kid) == 0))
        token = jwt_encode_str(jwt);
    jwt_free(jwt);
    return token;
}

static char *sign_eddsa(const struct token_key *key, const char *claims)
{
    struct buf header = { 0 }, token = { 0 };
    uint8_t signature[64];
    size_t size = sizeof signature;
    buf_append_string(&header, "{\"alg\":\"EdDSA\",\"kid\":");
    json_quote(slice_of_string(key->kid), &header);
    buf_append_string(&header, ",\"typ\":\"JWT\"}");
    base64url_encode(buf_slice(&header), &token);
    buf_append_byte(&token, '.');
    base64url_encode(slice_of_string(claims), &token);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair) == 1 &&
                EVP_DigestSign(context, signature, &size, token.data, token.size) == 1;
    EVP_MD_CTX_free(context);
    buf_append_byte(&token, '.');
    base64url_encode(slice_of(signature, size), &token);
    char *text = good ? memory_string(buf_text(&token)) : NULL;
    buf_done(&header);
    buf_done(&token);
    return text;
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
    const struct token_key *key = keys->signer;
    struct buf json = { 0 };
    char *token = NULL;
    if (timed_claims(claims, now_us / US_PER_SECOND, ttl_s, &json) == 0)
        token = key->algorithm == TOKEN_EDDSA ? sign_eddsa(key, buf_text(&json)) : sign_with_libjwt(key, buf_text(&json));
    buf_done(&json);
    if (token == NULL)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "the claims cannot be signed");
    size_t size = strlen(token);
    if (size <= TOKEN_SIZE_MAX)
        buf_append(out, token, size);
    free(token);
    if (size > TOKEN_SIZE_MAX)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the token has %zu bytes, more than %zu", size, TOKEN_SIZE_MAX);
    return 0;
}
