#include "crypto/seal.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#define BLOCK_SIZE 16
#define HALF_NONCE (SEAL_NONCE_SIZE / 2)

/* Looked up once: OpenSSL goes through its providers for each look-up, which takes longer than sealing does. They are immutable
 * and stay until the process ends. */
static EVP_CIPHER *ecb, *gcm;
static pthread_once_t ciphers_once = PTHREAD_ONCE_INIT;

static void find_ciphers(void)
{
    ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

/* OpenSSL fails here only without memory or without AES: the process cannot go on. */
static EVP_CIPHER_CTX *cipher_start(void)
{
    pthread_once(&ciphers_once, find_ciphers);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert(ecb != NULL && gcm != NULL && ctx != NULL);
    return ctx;
}

static void block_xor(uint8_t *to, const uint8_t *with)
{
    for (int i = 0; i < BLOCK_SIZE; i++)
        to[i] ^= with[i];
}

/* Doubling in GF(2^128), as CMAC makes its subkeys (NIST SP 800-38B, section 6.1). */
static void block_double(uint8_t block[static BLOCK_SIZE])
{
    uint8_t carry = block[0] >> 7;
    for (int i = 0; i < BLOCK_SIZE - 1; i++)
        block[i] = (uint8_t)(block[i] << 1 | block[i + 1] >> 7);
    block[BLOCK_SIZE - 1] = (uint8_t)(block[BLOCK_SIZE - 1] << 1 ^ (carry ? 0x87 : 0));
}

static void encrypt_blocks(EVP_CIPHER_CTX *ctx, const uint8_t *in, int size, uint8_t *out)
{
    int written;
    int done = EVP_EncryptUpdate(ctx, out, &written, in, size);
    assert(done == 1 && written == size);
}

/* The key of one message: two blocks of CMAC, of a counter, 'X', and half of the nonce. Each message is one whole block. */
static void derive_key(EVP_CIPHER_CTX *ctx, const struct seal_key *key, const uint8_t *nonce, struct seal_key *ret)
{
    uint8_t subkey[BLOCK_SIZE] = { 0 }, messages[2 * BLOCK_SIZE];
    int done = EVP_EncryptInit_ex2(ctx, ecb, key->bytes, NULL, NULL);
    assert(done == 1);
    EVP_CIPHER_CTX_set_padding(ctx, 0);
    encrypt_blocks(ctx, (const uint8_t[BLOCK_SIZE]){ 0 }, BLOCK_SIZE, subkey);
    block_double(subkey);
    for (int i = 0; i < 2; i++) {
        uint8_t *message = messages + i * BLOCK_SIZE;
        memcpy(message, (const uint8_t[4]){ 0, (uint8_t)(1 + i), 'X', 0 }, 4);
        memcpy(message + 4, nonce, HALF_NONCE);
        block_xor(message, subkey);
    }
    encrypt_blocks(ctx, messages, sizeof messages, ret->bytes);
    seal_wipe(subkey, sizeof subkey);
    seal_wipe(messages, sizeof messages);
}

void seal_close(const struct seal_key *key, struct sys *sys, struct slice associated, struct slice clear, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = cipher_start();
    struct seal_key own;
    int written = 0, end = 0;
    uint8_t *text = out + SEAL_NONCE_SIZE;
    assert(clear.size <= INT32_MAX && associated.size <= INT32_MAX);
    sys_random(sys, out, SEAL_NONCE_SIZE);
    derive_key(ctx, key, out, &own);
    bool done = EVP_EncryptInit_ex2(ctx, gcm, own.bytes, out + HALF_NONCE, NULL) == 1;
    done = done && (associated.size == 0 || EVP_EncryptUpdate(ctx, NULL, &end, associated.data, (int)associated.size) == 1);
    done = done && (clear.size == 0 || EVP_EncryptUpdate(ctx, text, &written, clear.data, (int)clear.size) == 1);
    done = done && EVP_EncryptFinal_ex(ctx, text + written, &end) == 1;
    done = done && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE, text + clear.size) == 1;
    assert(done);
    assert((size_t)(written + end) == clear.size);
    EVP_CIPHER_CTX_free(ctx);
    seal_wipe(&own, sizeof own);
}

bool seal_open(const struct seal_key *key, struct slice associated, struct slice sealed, uint8_t *out)
{
    struct seal_key own;
    uint8_t tag[SEAL_TAG_SIZE];
    int written = 0, end = 0;
    if (sealed.size < SEAL_OVERHEAD || sealed.size > INT32_MAX)
        return false;
    EVP_CIPHER_CTX *ctx = cipher_start();
    size_t size = sealed.size - SEAL_OVERHEAD;
    const uint8_t *text = sealed.data + SEAL_NONCE_SIZE;
    memcpy(tag, text + size, sizeof tag);
    derive_key(ctx, key, sealed.data, &own);
    bool done = EVP_DecryptInit_ex2(ctx, gcm, own.bytes, sealed.data + HALF_NONCE, NULL) == 1;
    done = done && (associated.size == 0 || EVP_DecryptUpdate(ctx, NULL, &end, associated.data, (int)associated.size) == 1);
    done = done && (size == 0 || EVP_DecryptUpdate(ctx, out, &written, text, (int)size) == 1);
    done = done && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1;
    assert(done);
    bool sound = EVP_DecryptFinal_ex(ctx, out + written, &end) == 1;
    EVP_CIPHER_CTX_free(ctx);
    seal_wipe(&own, sizeof own);
    if (!sound)
        seal_wipe(out, size);
    return sound;
}

void seal_wipe(void *secret, size_t size)
{
    OPENSSL_cleanse(secret, size);
}
