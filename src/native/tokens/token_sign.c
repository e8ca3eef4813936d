#include "native/tokens/token_sign.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>

#define HMAC_SIZE 32
#define P256_SIZE 32                /* of r, and of s */

/* --- HS256 --- */

static bool hmac(const struct token_key *key, struct slice bytes, uint8_t ret[static HMAC_SIZE])
{
    unsigned int size = HMAC_SIZE;
    return HMAC(EVP_sha256(), key->secret.data, (int)key->secret.size, bytes.data, bytes.size, ret, &size) != NULL;
}

/* --- ES256: OpenSSL's signatures are DER --- */

static size_t raw_of_der(const uint8_t *der, size_t size, uint8_t ret[static 2 * P256_SIZE])
{
    const BIGNUM *r, *s;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
    if (pair == NULL)
        return 0;
    ECDSA_SIG_get0(pair, &r, &s);
    bool good = BN_bn2binpad(r, ret, P256_SIZE) == P256_SIZE && BN_bn2binpad(s, ret + P256_SIZE, P256_SIZE) == P256_SIZE;
    ECDSA_SIG_free(pair);
    return good ? 2 * P256_SIZE : 0;
}

/* The size; *ret is OpenSSL's to free. 0: no signature. */
static size_t der_of_raw(struct slice raw, uint8_t **ret)
{
    ECDSA_SIG *pair = raw.size == 2 * P256_SIZE ? ECDSA_SIG_new() : NULL;
    BIGNUM *r = pair == NULL ? NULL : BN_bin2bn(raw.data, P256_SIZE, NULL);
    BIGNUM *s = pair == NULL ? NULL : BN_bin2bn(raw.data + P256_SIZE, P256_SIZE, NULL);
    int size = 0;
    *ret = NULL;
    if (r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL;               /* the pair's now */
        size = i2d_ECDSA_SIG(pair, ret);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return size > 0 ? (size_t)size : 0;
}

/* --- With a key pair --- */

/* Ed25519 hashes by itself. */
static const EVP_MD *digest_of(const struct token_key *key)
{
    return key->algorithm == TOKEN_ES256 ? EVP_sha256() : NULL;
}

static size_t sign_with_pair(const struct token_key *key, struct slice bytes, uint8_t ret[static TOKEN_SIGNATURE_MAX])
{
    uint8_t made[128];              /* DER of two numbers of 32 bytes takes 72 */
    size_t size = sizeof made;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, digest_of(key), NULL, key->pair) == 1 &&
                EVP_DigestSign(context, made, &size, bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    if (!good)
        return 0;
    if (key->algorithm == TOKEN_ES256)
        return raw_of_der(made, size, ret);
    memcpy(ret, made, TOKEN_SIGNATURE_MAX);
    return size;
}

static bool signed_with_pair(const struct token_key *key, struct slice bytes, struct slice signature)
{
    uint8_t *der = NULL;
    if (key->algorithm == TOKEN_ES256) {
        size_t size = der_of_raw(signature, &der);
        signature = slice_of(der, size);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && signature.size > 0 && EVP_DigestVerifyInit(context, NULL, digest_of(key), NULL, key->pair) == 1 &&
                EVP_DigestVerify(context, signature.data, signature.size, bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return good;
}

size_t token_sign(const struct token_key *key, struct slice bytes, uint8_t ret[static TOKEN_SIGNATURE_MAX])
{
    if (key->algorithm == TOKEN_HS256)
        return hmac(key, bytes, ret) ? HMAC_SIZE : 0;
    return sign_with_pair(key, bytes, ret);
}

bool token_signed(const struct token_key *key, struct slice bytes, struct slice signature)
{
    uint8_t right[HMAC_SIZE];
    if (key->algorithm != TOKEN_HS256)
        return signed_with_pair(key, bytes, signature);
    return hmac(key, bytes, right) && signature.size == HMAC_SIZE && CRYPTO_memcmp(right, signature.data, HMAC_SIZE) == 0;
}
