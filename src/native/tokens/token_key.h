/* The keys of tokens: what verifies them, and the one that signs. Several may be good at a time, so that keys can be rotated: give
 * the new one to the server, sign with it, and take the old one away when the last token of it has expired.
 *
 *  (T1) A key has one algorithm, and verifies tokens of that algorithm alone; see token.c.
 *  (T4) A token with a `kid` is verified by the key of that name alone, one without by every key of its algorithm; the keys of
 *       single settings have no name. */
#ifndef ROWHOUSE_NATIVE_TOKENS_TOKEN_KEY_H
#define ROWHOUSE_NATIVE_TOKENS_TOKEN_KEY_H

#include <openssl/evp.h>

#include "native/native.h"

#define TOKEN_KEYS_MAX 32
#define TOKEN_KID_MAX 64

enum token_algorithm { TOKEN_HS256, TOKEN_ES256, TOKEN_EDDSA, TOKEN_ALGORITHM_COUNT };
extern const char *const token_algorithms[TOKEN_ALGORITHM_COUNT];

struct token_key {
    enum token_algorithm algorithm;
    char *kid;                      /* NULL: none */
    struct slice secret;            /* HS256 */
    EVP_PKEY *pair;                 /* ES256, EdDSA: the whole pair, or the public key alone */
    bool signs;
};

struct token_keys {
    int count;
    struct token_key items[TOKEN_KEYS_MAX];
    const struct token_key *signer;
};

/* The next key after `after` (NULL: the first) that may have signed a token of this algorithm and kid (empty: none). NULL: no more. */
const struct token_key *token_key_next(const struct token_keys *keys, enum token_algorithm algorithm, struct slice kid,
                                       const struct token_key *after);

#endif
