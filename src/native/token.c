/* Tokens: JSON Web Tokens (RFC 7519) in, principals out; and back, for the service role.
 *
 * libjwt does the signatures: HS256 with the server's secret, ES256 with a public key from the configuration. EdDSA, which
 * the design names as well, is not in libjwt 1.10.
 *  (T1) The algorithm picks the key, never the other way round: a token that says HS256 is checked with the secret alone,
 *       so nobody can sign one with the public key's text. "none" and every other algorithm are refused.
 *  (T2) Nothing of a token is believed before its signature is checked, but the algorithm's name.
 *  (T3) exp and nbf are checked with TOKEN_LEEWAY_S of leeway for clocks that differ. */
#include "native/native.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base/memory.h"
#include "native/token.h"
#include "value/json.h"
#include "value/time.h"

struct token_keys {
    struct slice secret;            /* ours */
    char *es256_public;             /* PEM, or NULL */
};

static void copy_secret(struct token_keys *keys, struct slice secret)
{
    uint8_t *copy = memory_alloc(secret.size);
    memcpy(copy, secret.data, secret.size);
    keys->secret = slice_of(copy, secret.size);
}

/* Whether a text is a public key that ES256 is checked with: better found out now than at the first token. */
static bool is_p256(const char *pem)
{
    char curve[64] = "";
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    bool good = key != NULL && EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1 &&
                strcmp(curve, "prime256v1") == 0;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return good;
}

int token_keys_new(struct slice hs256_secret, const char *es256_public_pem, struct token_keys **ret, struct error *error)
{
    if (hs256_secret.size < TOKEN_SECRET_SIZE_MIN) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the token secret has %zu bytes", hs256_secret.size);
        return fail_hint(error, "it needs at least %d", TOKEN_SECRET_SIZE_MIN);
    }
    if (es256_public_pem != NULL && !is_p256(es256_public_pem)) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the key of ES256 tokens is no public key of the curve P-256");
        return fail_hint(error, "it is a PEM text that starts with -----BEGIN PUBLIC KEY-----");
    }
    struct token_keys *keys = memory_alloc(sizeof *keys);
    copy_secret(keys, hs256_secret);
    if (es256_public_pem != NULL)
        keys->es256_public = memory_string(es256_public_pem);
    *ret = keys;
    return 0;
}

void token_keys_free(struct token_keys *keys)
{
    if (keys == NULL)
        return;
    explicit_bzero((void *)keys->secret.data, keys->secret.size);
    free((void *)keys->secret.data);
    free(keys->es256_public);
    free(keys);
}

/* --- Verifying --- */

/* The key for the algorithm that the token names (T1). */
static int key_for(const struct token_keys *keys, jwt_alg_t algorithm, struct slice *ret, struct error *error)
{
    if (algorithm == JWT_ALG_HS256) {
        *ret = keys->secret;
        return 0;
    }
    if (algorithm == JWT_ALG_ES256 && keys->es256_public != NULL) {
        *ret = slice_of_string(keys->es256_public);
        return 0;
    }
    const char *name = algorithm == JWT_ALG_NONE ? "none" : jwt_alg_str(algorithm);
    fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's algorithm \"%s\" is not accepted", name == NULL ? "?" : name);
    return fail_hint(error, keys->es256_public != NULL ? "sign it with HS256 or ES256" : "sign it with HS256");
}

/* The claims as JSON text (free it), once the signature is found good. */
static int checked_claims(const struct token_keys *keys, const char *token, char **ret, struct error *error)
{
    struct slice key = { 0 };
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, token, NULL, 0) != 0)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token is not a JSON Web Token");
    const char *name = jwt_get_header(jwt, "alg");      /* jwt_get_alg() says none where no key was given */
    jwt_alg_t algorithm = name == NULL ? JWT_ALG_INVAL : jwt_str_alg(name);
    jwt_free(jwt);
    if (key_for(keys, algorithm, &key, error) < 0)
        return -1;
    jwt = NULL;
    if (jwt_decode(&jwt, token, key.data, (int)key.size) != 0)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's signature does not verify");
    *ret = jwt_get_alg(jwt) == algorithm ? jwt_get_grants_json(jwt, NULL) : NULL;
    jwt_free(jwt);
    if (*ret == NULL)
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
    char *json;
    struct slice claims;
    struct arena arena;
    if (token.size > TOKEN_SIZE_MAX)
        return fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token has %zu bytes, more than %zu", token.size, TOKEN_SIZE_MAX);
    arena_init(&arena, REQUEST_SIZE_UNAUTH_MAX);
    int result = checked_claims(keys, arena_string(&arena, token), &json, error);
    if (result == 0) {
        result = json_parse(slice_of_string(json), &arena, &claims, error);
        if (result < 0)
            fail(error, SQLSTATE_INVALID_AUTHORIZATION, "the token's claims cannot be read");
        else
            result = principal_from_claims(claims, now_us, ret, error);
        free(json);
    }
    arena_done(&arena);
    return result;
}

void principal_done(struct principal *principal)
{
    free((void *)principal->claims.jwt.data);
    *principal = (struct principal){ 0 };
}

/* --- Issuing --- */

static char *signed_token(const struct token_keys *keys, const char *claims, int64_t now_s, int64_t ttl_s)
{
    jwt_t *jwt = NULL;
    char *token = NULL;
    if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, claims) == 0) {
        jwt_del_grants(jwt, "iat");
        jwt_del_grants(jwt, "exp");
        if (jwt_add_grant_int(jwt, "iat", now_s) == 0 && jwt_add_grant_int(jwt, "exp", now_s + ttl_s) == 0 &&
            jwt_set_alg(jwt, JWT_ALG_HS256, keys->secret.data, (int)keys->secret.size) == 0)
            token = jwt_encode_str(jwt);
    }
    jwt_free(jwt);
    return token;
}

int token_issue(const struct token_keys *keys, struct slice claims, int64_t now_us, int64_t ttl_s, struct buf *out, struct error *error)
{
    struct buf json = { 0 };
    json_to_compact(claims, &json);
    char *token = signed_token(keys, buf_text(&json), now_us / US_PER_SECOND, ttl_s);
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
