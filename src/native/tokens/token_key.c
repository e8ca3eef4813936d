#include "native/tokens/token_key.h"

#include <openssl/pem.h>
#include <stdlib.h>

#include "base/memory.h"
#include "native/tokens/token.h"

const char *const token_algorithms[TOKEN_ALGORITHM_COUNT] = { "HS256", "ES256", "EdDSA" };

static struct slice copy_secret(struct slice secret)
{
    uint8_t *copy = memory_alloc(secret.size);
    memcpy(copy, secret.data, secret.size);
    return slice_of(copy, secret.size);
}

/* A private or public key; NULL when the text is neither. */
static EVP_PKEY *read_pem(const char *pem, bool *ret_private)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *pair = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, "");
    *ret_private = pair != NULL;
    BIO_free(bio);
    if (pair != NULL)
        return pair;
    bio = BIO_new_mem_buf(pem, -1);
    pair = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return pair;
}

static bool is_p256(EVP_PKEY *pair)
{
    char curve[64] = "";
    return EVP_PKEY_is_a(pair, "EC") && EVP_PKEY_get_group_name(pair, curve, sizeof curve, NULL) == 1 && strcmp(curve, "prime256v1") == 0;
}

static int check_kid(const struct token_keys *keys, const char *kid, struct error *error)
{
    if (keys->count == TOKEN_KEYS_MAX)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "there are more than %d keys of tokens", TOKEN_KEYS_MAX);
    if (kid == NULL)
        return 0;
    if (kid[0] == '\0' || strlen(kid) > TOKEN_KID_MAX)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the name of a key has 1 to %d characters", TOKEN_KID_MAX);
    for (int i = 0; i < keys->count; i++)
        if (keys->items[i].kid != NULL && strcmp(keys->items[i].kid, kid) == 0)
            return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "two keys of tokens are called \"%s\"", kid);
    return 0;
}

static void add(struct token_keys *keys, const char *kid, struct token_key key)
{
    key.kid = kid == NULL ? NULL : memory_string(kid);
    keys->items[keys->count++] = key;
}

int token_keys_add_secret(struct token_keys *keys, const char *kid, struct slice secret, struct error *error)
{
    if (check_kid(keys, kid, error) < 0)
        return -1;
    if (secret.size < TOKEN_SECRET_SIZE_MIN) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the token secret has %zu bytes", secret.size);
        return fail_hint(error, "it needs at least %d", TOKEN_SECRET_SIZE_MIN);
    }
    add(keys, kid, (struct token_key){ .algorithm = TOKEN_HS256, .secret = copy_secret(secret), .signs = true });
    return 0;
}

int token_keys_add_pem(struct token_keys *keys, const char *kid, const char *pem, struct error *error)
{
    struct token_key key = { 0 };
    bool private;
    if (check_kid(keys, kid, error) < 0)
        return -1;
    key.pair = read_pem(pem, &private);
    key.signs = private;
    if (key.pair != NULL && (EVP_PKEY_is_a(key.pair, "ED25519") || is_p256(key.pair))) {
        key.algorithm = is_p256(key.pair) ? TOKEN_ES256 : TOKEN_EDDSA;
        add(keys, kid, key);
        return 0;
    }
    EVP_PKEY_free(key.pair);
    fail(error, SQLSTATE_CONFIG_FILE_ERROR, "a key of tokens is neither of Ed25519 nor of the curve P-256");
    return fail_hint(error, "it is a PEM text: -----BEGIN PUBLIC KEY----- or -----BEGIN PRIVATE KEY-----");
}

int token_keys_new(struct slice hs256_secret, const char *es256_public_pem, struct token_keys **ret, struct error *error)
{
    struct token_keys *keys = memory_alloc(sizeof *keys);
    int result = token_keys_add_secret(keys, NULL, hs256_secret, error);
    if (result == 0 && es256_public_pem != NULL) {
        result = token_keys_add_pem(keys, NULL, es256_public_pem, error);
        const struct token_key *added = &keys->items[keys->count - 1];
        if (result < 0 || added->algorithm != TOKEN_ES256 || added->signs) {
            fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the key of ES256 tokens is no public key of the curve P-256");
            result = fail_hint(error, "it is a PEM text that starts with -----BEGIN PUBLIC KEY-----");
        }
    }
    if (result < 0) {
        token_keys_free(keys);
        return -1;
    }
    keys->signer = &keys->items[0];
    *ret = keys;
    return 0;
}

int token_keys_sign_with(struct token_keys *keys, const char *kid, struct error *error)
{
    for (int i = 0; i < keys->count; i++)
        if (keys->items[i].kid != NULL && strcmp(keys->items[i].kid, kid) == 0) {
            if (!keys->items[i].signs)
                return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the key \"%s\" is a public one, which cannot sign", kid);
            keys->signer = &keys->items[i];
            return 0;
        }
    return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "there is no key of tokens that is called \"%s\"", kid);
}

void token_keys_free(struct token_keys *keys)
{
    if (keys == NULL)
        return;
    for (int i = 0; i < keys->count; i++) {
        struct token_key *key = &keys->items[i];
        if (key->secret.size > 0)
            explicit_bzero((void *)key->secret.data, key->secret.size);
        free((void *)key->secret.data);
        free(key->kid);
        EVP_PKEY_free(key->pair);
    }
    free(keys);
}

const struct token_key *token_key_next(const struct token_keys *keys, enum token_algorithm algorithm, struct slice kid,
                                       const struct token_key *after)
{
    for (int i = after == NULL ? 0 : (int)(after - keys->items) + 1; i < keys->count; i++) {
        const struct token_key *key = &keys->items[i];
        if (key->algorithm == algorithm && (kid.size == 0 || (key->kid != NULL && slice_is(kid, key->kid))))
            return key;
    }
    return NULL;
}
