/* Tokens of every odd shape, each signed well with a key of each algorithm: what is no token of RFC 7519 is refused, and none is
 * understood as something that another reader would not read in it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "native/tokens/token.h"
#include "native/tokens/token_base64.h"
#include "native/tokens/token_sign.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_US 1700000000000000ll
#define USER "\"sub\":\"00000000-0000-4000-8000-000000000001\",\"role\":\"authenticated\""

static struct error error;
static struct token_keys *keys;
static struct token_key signers[TOKEN_ALGORITHM_COUNT];

static void set_up(void)
{
    signers[TOKEN_HS256] = (struct token_key){ .algorithm = TOKEN_HS256, .secret = SLICE_LITERAL(SECRET) };
    signers[TOKEN_ES256] = (struct token_key){ .algorithm = TOKEN_ES256, .pair = EVP_EC_gen("P-256") };
    signers[TOKEN_EDDSA] = (struct token_key){ .algorithm = TOKEN_EDDSA, .pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL(SECRET), NULL, &keys, &error), 0));
    for (int i = TOKEN_ES256; i <= TOKEN_EDDSA; i++) {
        char *pem;
        BIO *bio = BIO_new(BIO_s_mem());
        cr_assert(eq(int, PEM_write_bio_PrivateKey(bio, signers[i].pair, NULL, NULL, 0, NULL, NULL), 1));
        BIO_write(bio, "", 1);
        BIO_get_mem_data(bio, &pem);
        cr_assert(eq(int, token_keys_add_pem(keys, NULL, pem, &error), 0), "%s", error.message);
        BIO_free(bio);
    }
}

static void tear_down(void)
{
    token_keys_free(keys);
    EVP_PKEY_free(signers[TOKEN_ES256].pair);
    EVP_PKEY_free(signers[TOKEN_EDDSA].pair);
}
TestSuite(token_shape, .init = set_up, .fini = tear_down);

static void build(const struct token_key *key, struct slice header, struct slice claims, struct buf *out)
{
    uint8_t signature[TOKEN_SIGNATURE_MAX];
    base64url_encode(header, out);
    buf_append_byte(out, '.');
    base64url_encode(claims, out);
    size_t size = token_sign(key, buf_slice(out), signature);
    cr_assert(size > 0);
    buf_append_byte(out, '.');
    base64url_encode(slice_of(signature, size), out);
}

static bool accepted(struct slice token)
{
    struct principal who;
    error_clear(&error);
    int result = token_verify(keys, token, NOW_US, &who, &error);
    if (result == 0)
        principal_done(&who);
    cr_assert(result == 0 || error.state == SQLSTATE_INVALID_AUTHORIZATION, "%s %s", sqlstate_code(error.state), error.message);
    return result == 0;
}

/* With every algorithm; `header`: what stands behind "alg", or the whole of it when it begins with '!'. */
static void expect(bool want, const char *header, struct slice claims)
{
    for (int i = 0; i < TOKEN_ALGORITHM_COUNT; i++) {
        struct buf text = { 0 }, token = { 0 };
        if (header[0] == '!')
            buf_append_string(&text, header + 1);
        else
            buf_printf(&text, "{\"alg\":\"%s\"%s}", token_algorithms[i], header);
        build(&signers[i], buf_slice(&text), claims, &token);
        cr_assert(eq(int, accepted(buf_slice(&token)), want), "%s: %s . %.*s: %s", token_algorithms[i], buf_text(&text), SLICE_FMT(claims),
                  error.message);
        buf_done(&text);
        buf_done(&token);
    }
}

Test(token_shape, times_are_numbers)
{
    static const char *const none[] = {
        "\"1700009999\"", "[1700009999]", "{\"at\":1700009999}", "true", "false", "null", "\"\"", "[]", "1e300", "-1e131073", "92233720368547758070",
    };
    static const char *const names[] = { "exp", "nbf", "iat" };
    char claims[300];
    for (size_t n = 0; n < 3; n++)
        for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
            snprintf(claims, sizeof claims, "{" USER ",\"%s\":%s}", names[n], none[i]);
            expect(false, "", slice_of_string(claims));
        }
}

Test(token_shape, times_may_be_fractions)
{
    static const struct { const char *claim; bool good; } cases[] = {
        { "\"exp\":1700000010.50", true }, { "\"exp\":17000000.1e2", true }, { "\"exp\":1.70000001e9", true }, { "\"exp\":1600000000.25", false },
        { "\"exp\":9223372036854775807", true }, { "\"exp\":-1", false }, { "\"exp\":-0.5", false }, { "\"exp\":0", false },
        { "\"nbf\":1700000010.75", true }, { "\"nbf\":1700001000.75", false }, { "\"nbf\":9223372036854775807", false }, { "\"nbf\":-7", true },
        { "\"iat\":1700000000.5", true }, { "\"iat\":1700009999", true }, { "\"exp\":1700000010,\"nbf\":1699999990,\"iat\":1699999990", true },
        { "\"plan\":123456789012345678901234567890", true }, { "\"plan\":0.1e-30", true },
    };
    char claims[300];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(claims, sizeof claims, "{" USER ",%s}", cases[i].claim);
        expect(cases[i].good, "", slice_of_string(claims));
    }
}

Test(token_shape, claims_are_an_object)
{
    static const char *const shapes[] = {
        "", "[]", "[{" USER "}]", "\"text\"", "7", "null", "true", "{" USER "}{}", "{" USER "} x", "{" USER, "{" USER ",}", "{" USER ",\"a\":NaN}",
        "{" USER ",\"role\":\"service_role\"}", "{\"role\":\"anon\"," USER "}", "{" USER ",\"nbf\":1,\"exp\":1800000000,\"nbf\":1800000000}",
        "{" USER ",\"a\":{\"b\":1,\"b\":2}}", "{" USER ",\"x\":\"\\u0000\"}", "\xef\xbb\xbf{" USER "}", "{" USER ",\"x\":\"\xff\"}",
        "{\"sub\":\"00000000-0000-4000-8000-000000000001\",\"role\":null}", "{\"sub\":[\"00000000-0000-4000-8000-000000000001\"],\"role\":\"authenticated\"}",
    };
    expect(true, "", SLICE_LITERAL("{" USER "}"));
    expect(true, "", SLICE_LITERAL(" {" USER " } "));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        expect(false, "", slice_of_string(shapes[i]));
    expect(false, "", SLICE_LITERAL("{" USER "}\0"));
    expect(false, "", SLICE_LITERAL("{" USER "}\0{\"role\":\"service_role\"}"));
}

Test(token_shape, headers_are_an_object_that_names_a_key)
{
    static const char *const bad[] = {
        "!", "![]", "!\"HS256\"", "!null", "!{}", "!{\"alg\":[\"HS256\"]}", "!{\"alg\":\"none\"}", "!{\"alg\":\"hs256\"}", "!{\"alg\":null}",
        ",\"alg\":\"HS256\"", ",\"alg\":\"none\"", ",\"kid\":\"stranger\"", ",\"kid\":\"\"", ",\"kid\":null", ",\"kid\":7", ",\"kid\":[\"a\"]",
        ",\"crit\":[]", ",\"typ\":\"JWT\",\"typ\":\"JWT\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(false, bad[i], SLICE_LITERAL("{" USER "}"));
    expect(true, ",\"typ\":\"JWT\",\"more\":{\"a\":[1]}", SLICE_LITERAL("{" USER "}"));
}

/* Whatever is put in front of a good token, behind it or between its parts. */
Test(token_shape, every_byte_counts)
{
    static const struct slice more[] = {
        { (const uint8_t *)"\0", 1 }, { (const uint8_t *)"\0x", 2 }, { (const uint8_t *)"\0.e30.", 6 }, { (const uint8_t *)"=", 1 }, { (const uint8_t *)"==", 2 },
        { (const uint8_t *)" ", 1 }, { (const uint8_t *)"\n", 1 }, { (const uint8_t *)".", 1 }, { (const uint8_t *)"A", 1 }, { (const uint8_t *)"AA", 2 },
        { (const uint8_t *)"AAAA", 4 }, { (const uint8_t *)"\xc2\xa0", 2 },
    };
    for (int i = 0; i < TOKEN_ALGORITHM_COUNT; i++) {
        struct buf token = { 0 }, header = { 0 };
        buf_printf(&header, "{\"alg\":\"%s\"}", token_algorithms[i]);
        build(&signers[i], buf_slice(&header), SLICE_LITERAL("{" USER "}"), &token);
        cr_assert(accepted(buf_slice(&token)), "%s", error.message);
        for (size_t m = 0; m < sizeof more / sizeof *more; m++)
            for (size_t at = 0; at <= token.size; at++) {
                if (at > 0 && at < token.size && token.data[at] != '.' && token.data[at - 1] != '.')
                    continue;
                struct buf other = { 0 };
                buf_append(&other, token.data, at);
                buf_append_slice(&other, more[m]);
                buf_append(&other, token.data + at, token.size - at);
                cr_assert(not(accepted(buf_slice(&other))), "%s: piece %zu at %zu of %zu", token_algorithms[i], m, at, token.size);
                buf_done(&other);
            }
        buf_done(&token);
        buf_done(&header);
    }
}
