/* The keys of tokens: what verifies them, and the one that signs. Several may be good at a time, so that keys can be rotated: give
 * the new one to the server, sign with it, and take the old one away when the last token of it has expired.
 *
 *  (T1) A key has one algorithm, and verifies tokens of that algorithm alone; see token.c.
 *  (T4) A key with a name verifies tokens that carry its name as `kid`, or none; the keys of single settings have no name and
 *       are tried for any. */
#ifndef ROWHOUSE_NATIVE_TOKEN_KEY_H
#define ROWHOUSE_NATIVE_TOKEN_KEY_H

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
    char *public_pem, *private_pem; /* ES256, in libjwt's form; private NULL where only the public key is known */
    EVP_PKEY *pair;                 /* EdDSA */
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
