/* Keys of tokens: Ed25519 and P-256, found by kid, rotated. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "native/tokens/token.h"
#include "native/tokens/token_base64.h"
#include "native/tokens/token_key.h"
#include "value/json.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_US 1700000000000000ll

static struct error error;
static struct arena arena;

static void set_up(void) { arena_init(&arena, SIZE_MAX); }
static void tear_down(void) { arena_done(&arena); }
TestSuite(token_keys, .init = set_up, .fini = tear_down);

static char *pem_of(EVP_PKEY *pair, bool private)
{
    char *data;
    BIO *bio = BIO_new(BIO_s_mem());
    cr_assert(private ? PEM_write_bio_PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL) == 1 : PEM_write_bio_PUBKEY(bio, pair) == 1);
    long size = BIO_get_mem_data(bio, &data);
    char *pem = strndup(data, (size_t)size);
    BIO_free(bio);
    return pem;
}

static struct token_keys *new_keys(void)
{
    struct token_keys *keys;
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL(SECRET), NULL, &keys, &error), 0));
    return keys;
}

static void add(struct token_keys *keys, const char *kid, EVP_PKEY *pair, bool private)
{
    char *pem = pem_of(pair, private);
    cr_assert(eq(int, token_keys_add_pem(keys, kid, pem, &error), 0), "%s", error.message);
    free(pem);
}

static char *issue(const struct token_keys *keys)
{
    struct slice claims;
    struct buf token = { 0 };
    cr_assert(eq(int, json_parse(SLICE_LITERAL("{\"role\":\"service_role\"}"), &arena, &claims, &error), 0));
    cr_assert(eq(int, token_issue(keys, claims, NOW_US, 60, &token, &error), 0), "%s", error.message);
    char *text = arena_string(&arena, buf_slice(&token));
    buf_done(&token);
    return text;
}

static bool good(const struct token_keys *keys, const char *token)
{
    struct principal who;
    if (token_verify(keys, slice_of_string(token), NOW_US, &who, &error) < 0)
        return false;
    cr_assert(eq(int, (int)who.role, (int)ROLE_SERVICE));
    principal_done(&who);
    return true;
}

Test(token_keys, signs_and_verifies_with_every_algorithm)
{
    EVP_PKEY *pairs[2] = { EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_EC_gen("P-256") };
    for (int i = 0; i < 2; i++) {
        struct token_keys *signer = new_keys(), *checker = new_keys(), *other = new_keys();
        add(signer, "2026", pairs[i], true);
        add(checker, "2026", pairs[i], false);
        EVP_PKEY *stranger = i == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen("P-256");
        add(other, "2026", stranger, true);
        cr_assert(eq(int, token_keys_sign_with(signer, "2026", &error), 0), "%s", error.message);
        cr_assert(eq(int, token_keys_sign_with(checker, "2026", &error), -1), "a public key cannot sign");
        cr_assert(eq(int, token_keys_sign_with(signer, "2027", &error), -1));
        char *token = issue(signer);
        cr_assert(good(signer, token), "%s", error.message);
        cr_assert(good(checker, token), "%s", error.message);
        cr_assert(not(good(other, token)));
        EVP_PKEY_free(stranger);
        EVP_PKEY_free(pairs[i]);
        token_keys_free(signer);
        token_keys_free(checker);
        token_keys_free(other);
    }
}

/* Every byte of an EdDSA token matters. */
Test(token_keys, no_byte_can_be_changed)
{
    struct token_keys *keys = new_keys();
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    add(keys, "a", pair, true);
    cr_assert(eq(int, token_keys_sign_with(keys, "a", &error), 0));
    char *token = issue(keys);
    for (size_t i = 0; i < strlen(token); i++) {
        char was = token[i];
        token[i] = was == 'A' ? 'B' : 'A';
        cr_assert(not(good(keys, token)), "byte %zu", i);
        token[i] = was;
    }
    cr_assert(good(keys, token));
    EVP_PKEY_free(pair);
    token_keys_free(keys);
}

Test(token_keys, rotation_by_kid)
{
    struct token_keys *keys = new_keys(), *later = new_keys();
    EVP_PKEY *old = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *new = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    add(keys, "old", old, true);
    add(keys, "new", new, true);
    add(later, "new", new, true);
    cr_assert(eq(int, token_keys_sign_with(keys, "old", &error), 0));
    char *first = issue(keys);
    cr_assert(eq(int, token_keys_sign_with(keys, "new", &error), 0));
    char *second = issue(keys);
    cr_assert(good(keys, first) && good(keys, second));
    cr_assert(not(good(later, first)));
    cr_assert(good(later, second));
    char *pem = pem_of(old, false);
    cr_assert(eq(int, token_keys_add_pem(keys, "old", pem, &error), -1), "two of one name");
    cr_assert(eq(int, token_keys_add_secret(keys, "short", SLICE_LITERAL("x"), &error), -1));
    cr_assert(eq(int, token_keys_add_pem(keys, "none", "no key", &error), -1));
    cr_assert(eq(int, token_keys_add_secret(keys, "s", SLICE_LITERAL("another secret of more than 32 bytes"), &error), 0));
    cr_assert(eq(int, token_keys_sign_with(keys, "s", &error), 0));
    cr_assert(good(keys, issue(keys)));
    free(pem);
    EVP_PKEY_free(old);
    EVP_PKEY_free(new);
    token_keys_free(keys);
    token_keys_free(later);
}

/* The public key's text, or its bytes, as a secret: the oldest trick. */
Test(token_keys, a_public_key_is_no_secret)
{
    struct token_keys *keys = new_keys(), *forger;
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    add(keys, "a", pair, false);
    char *pem = pem_of(pair, false);
    cr_assert(eq(int, token_keys_new(slice_of_string(pem), NULL, &forger, &error), 0));
    cr_assert(not(good(keys, issue(forger))));
    free(pem);
    EVP_PKEY_free(pair);
    token_keys_free(keys);
    token_keys_free(forger);
}

Test(token_keys, unknown_extensions_are_refused)
{
    struct token_keys *keys = new_keys();
    struct buf token = { 0 };
    base64url_encode(SLICE_LITERAL("{\"alg\":\"HS256\",\"crit\":[\"x\"]}"), &token);
    buf_append_string(&token, ".e30.AAAA");
    cr_assert(not(good(keys, buf_text(&token))));
    cr_assert(strstr(error.message, "extensions") != NULL, "%s", error.message);
    buf_done(&token);
    token_keys_free(keys);
}

Test(base64url, every_size_round_trips_and_one_text_is_one_run_of_bytes)
{
    uint8_t bytes[40];
    struct slice back;
    for (size_t size = 0; size < sizeof bytes; size++) {
        struct buf text = { 0 };
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(i * 37 + size);
        base64url_encode(slice_of(bytes, size), &text);
        arena_init(&arena, SIZE_MAX);
        cr_assert(base64url_decode(buf_slice(&text), &arena, &back));
        cr_assert(slice_equal(back, slice_of(bytes, size)));
        arena_done(&arena);
        buf_done(&text);
    }
    static const char *const bad[] = { "A", "AB", "AAB", "AA==", "A A", "AA+/" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        arena_init(&arena, SIZE_MAX);
        cr_assert(not(base64url_decode(slice_of_string(bad[i]), &arena, &back)), "%s", bad[i]);
        arena_done(&arena);
    }
}
