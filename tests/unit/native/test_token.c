/* Tokens: what verifies, and everything that must not. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <jwt.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "native/tokens/token.h"
#include "value/json.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_S 1700000000ll
#define NOW_US (NOW_S * 1000000)
#define USER "00000000-0000-4000-8000-000000000001"

static struct error error;

static struct token_keys *keys_with(const char *pem)
{
    struct token_keys *keys = NULL;
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL(SECRET), pem, &keys, &error), 0), "%s", error.message);
    return keys;
}

/* A token as another program would sign it. */
static char *sign(const char *claims, jwt_alg_t algorithm, const char *key)
{
    jwt_t *jwt;
    cr_assert(eq(int, jwt_new(&jwt), 0));
    cr_assert(eq(int, jwt_add_grants_json(jwt, claims), 0));
    cr_assert(eq(int, jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key == NULL ? 0 : (int)strlen(key)), 0));
    char *token = jwt_encode_str(jwt);
    cr_assert(token != NULL);
    jwt_free(jwt);
    return token;
}

static int verify(const struct token_keys *keys, const char *token, struct principal *ret)
{
    error_clear(&error);
    int result = token_verify(keys, slice_of_string(token), NOW_US, ret, &error);
    cr_assert(result == 0 || error.state == SQLSTATE_INVALID_AUTHORIZATION, "%s", error.message);
    return result;
}

struct claims_case { char name[32]; char claims[200]; int want; enum role role; bool uid; };
ParameterizedTestParameters(token, claims)
{
    static struct claims_case cases[] = {
        { "user", "{\"role\":\"authenticated\",\"sub\":\"" USER "\"}", 0, ROLE_AUTHENTICATED, true },
        { "service", "{\"role\":\"service_role\"}", 0, ROLE_SERVICE, false },
        { "anon", "{\"role\":\"anon\"}", 0, ROLE_ANON, false },
        { "no role is anon", "{}", 0, ROLE_ANON, false },
        { "not expired", "{\"exp\":1700000001}", 0, ROLE_ANON, false },
        { "expired within the leeway", "{\"exp\":1699999971}", 0, ROLE_ANON, false },
        { "expired", "{\"exp\":1699999970}", -1, ROLE_NONE, false },
        { "expired, a fraction", "{\"exp\":1699999970.5}", -1, ROLE_NONE, false },
        { "expires at the end of time", "{\"exp\":9223372036854775807}", 0, ROLE_ANON, false },
        { "exp is no number of seconds", "{\"exp\":1e300}", -1, ROLE_NONE, false },
        { "exp is negative", "{\"exp\":-9223372036854775808}", -1, ROLE_NONE, false },
        { "exp is text", "{\"exp\":\"never\"}", -1, ROLE_NONE, false },
        { "exp is null", "{\"exp\":null}", -1, ROLE_NONE, false },
        { "not yet, within the leeway", "{\"nbf\":1700000030}", 0, ROLE_ANON, false },
        { "not yet", "{\"nbf\":1700000031}", -1, ROLE_NONE, false },
        { "not yet for ever", "{\"nbf\":9223372036854775807}", -1, ROLE_NONE, false },
        { "unknown role", "{\"role\":\"super_admin\"}", -1, ROLE_NONE, false },
        { "role is no text", "{\"role\":7}", -1, ROLE_NONE, false },
        { "user without subject", "{\"role\":\"authenticated\"}", -1, ROLE_NONE, false },
        { "subject is no uuid", "{\"role\":\"authenticated\",\"sub\":\"me\"}", -1, ROLE_NONE, false },
        { "subject of the service", "{\"role\":\"service_role\",\"sub\":\"backend\"}", 0, ROLE_SERVICE, false },
    };
    return cr_make_param_array(struct claims_case, cases, sizeof cases / sizeof *cases);
}
ParameterizedTest(struct claims_case *t, token, claims)
{
    struct principal who;
    struct token_keys *keys = keys_with(NULL);
    char *token = sign(t->claims, JWT_ALG_HS256, SECRET);
    cr_assert(eq(int, verify(keys, token, &who), t->want), "%s: %s", t->name, error.message);
    if (t->want == 0) {
        cr_assert(eq(int, who.role, t->role), "%s", t->name);
        cr_assert(eq(int, who.claims.has_uid, t->uid), "%s", t->name);
        cr_assert(eq(int, who.super_admin || who.has_house, 0), "%s: profiles say these, no token", t->name);
        principal_done(&who);
    }
    free(token);
    token_keys_free(keys);
}

Test(token, the_signature_decides)
{
    struct principal who;
    struct token_keys *keys = keys_with(NULL);
    char *token = sign("{\"role\":\"service_role\"}", JWT_ALG_HS256, "another secret of the same length");
    cr_assert(eq(int, verify(keys, token, &who), -1));
    free(token);
    token = sign("{\"role\":\"service_role\"}", JWT_ALG_NONE, NULL);
    cr_assert(eq(int, verify(keys, token, &who), -1), "none");
    free(token);
    token = sign("{\"role\":\"service_role\"}", JWT_ALG_HS512, SECRET);
    cr_assert(eq(int, verify(keys, token, &who), -1), "HS512 is not accepted");
    free(token);
    token_keys_free(keys);
}

/* One character changed anywhere, or the end cut off: it never verifies as something else. */
Test(token, any_change_breaks_it)
{
    static const char other[] = "Ab0_-.=x";
    struct principal who;
    struct token_keys *keys = keys_with(NULL);
    char *token = sign("{\"role\":\"authenticated\",\"sub\":\"" USER "\"}", JWT_ALG_HS256, SECRET);
    size_t size = strlen(token);
    for (size_t i = 0; i < size; i++) {
        char before = token[i];
        for (const char *c = other; *c != '\0'; c++) {
            token[i] = *c;
            cr_assert(before == *c || verify(keys, token, &who) < 0, "character %zu", i);
        }
        token[i] = before;
        if (i > 0) {
            char *cut = strndup(token, i);
            cr_assert(eq(int, verify(keys, cut, &who), -1), "cut at %zu", i);
            free(cut);
        }
    }
    free(token);
    token_keys_free(keys);
}

Test(token, what_is_no_token)
{
    static const char *const texts[] = { "", ".", "..", "...", "a.b.c", "e30.e30.", "eyJhbGciOiJIUzI1NiJ9.e30", "{}", "\xff\xfe.\x01.x" };
    struct principal who;
    struct token_keys *keys = keys_with(NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert(eq(int, verify(keys, texts[i], &who), -1), "%s", texts[i]);
    char *large = malloc(TOKEN_SIZE_MAX + 2);
    memset(large, 'a', TOKEN_SIZE_MAX + 1);
    large[TOKEN_SIZE_MAX + 1] = '\0';
    cr_assert(eq(int, verify(keys, large, &who), -1));
    free(large);
    token_keys_free(keys);
}

static char *pem_of(EVP_PKEY *key, bool private)
{
    char *text, *copy;
    BIO *bio = BIO_new(BIO_s_mem());
    if (private)
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_bio_PUBKEY(bio, key);
    long size = BIO_get_mem_data(bio, &text);
    copy = strndup(text, (size_t)size);
    BIO_free(bio);
    return copy;
}

Test(token, es256)
{
    struct principal who;
    EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
    char *public = pem_of(key, false), *private = pem_of(key, true), *foreign = pem_of(other, true);
    struct token_keys *keys = keys_with(public), *without = keys_with(NULL);
    char *token = sign("{\"role\":\"authenticated\",\"sub\":\"" USER "\"}", JWT_ALG_ES256, private);
    cr_assert(eq(int, verify(keys, token, &who), 0), "%s", error.message);
    cr_assert(eq(int, who.role, ROLE_AUTHENTICATED));
    principal_done(&who);
    cr_assert(eq(int, verify(without, token, &who), -1), "no such key");
    free(token);
    token = sign("{\"role\":\"service_role\"}", JWT_ALG_ES256, foreign);
    cr_assert(eq(int, verify(keys, token, &who), -1), "another key");
    free(token);
    token = sign("{\"role\":\"service_role\"}", JWT_ALG_HS256, public);
    cr_assert(eq(int, verify(keys, token, &who), -1), "the public key is not a secret");
    free(token);
    token_keys_free(keys);
    token_keys_free(without);
    free(public);
    free(private);
    free(foreign);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

Test(token, issues_what_it_accepts)
{
    struct principal who;
    struct arena arena;
    struct slice claims, member, text;
    struct buf token = { 0 };
    int64_t exp_us;
    struct token_keys *keys = keys_with(NULL);
    arena_init(&arena, MIB(1));
    cr_assert(eq(int, json_parse(SLICE_LITERAL("{\"role\":\"authenticated\",\"sub\":\"" USER "\",\"exp\":1,\"plan\":\"gold\"}"), &arena, &claims, &error), 0));
    cr_assert(eq(int, token_issue(keys, claims, NOW_US, 60, &token, &error), 0), "%s", error.message);
    cr_assert(eq(int, verify(keys, buf_text(&token), &who), 0), "%s", error.message);
    cr_assert(token_time(who.claims.jwt, "exp", &exp_us));
    cr_assert(eq(i64, exp_us, NOW_US + 60 * 1000000ll), "the given time counts, not the claims'");
    cr_assert(json_member(who.claims.jwt, SLICE_LITERAL("plan"), &member) && mp_str(&member, &text) && slice_is(text, "gold"));
    principal_done(&who);
    buf_done(&token);
    arena_done(&arena);
    token_keys_free(keys);
}

Test(token, keys_that_cannot_work_are_refused)
{
    struct token_keys *keys;
    EVP_PKEY *other = EVP_EC_gen("P-384");
    char *pem = pem_of(other, false);
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL(SECRET), "nonsense", &keys, &error), -1));
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL(SECRET), pem, &keys, &error), -1), "another curve");
    free(pem);
    EVP_PKEY_free(other);
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL("0123456789abcdef0123456789abcde"), NULL, &keys, &error), -1));
    cr_assert(eq(str, (char *)sqlstate_code(error.state), "F0000"));
}
