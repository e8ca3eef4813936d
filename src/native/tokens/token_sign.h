/* Signatures of tokens: HMAC-SHA-256 (RFC 7518, 3.2), ECDSA on P-256 in JWS's form, r then s (3.4), Ed25519 (RFC 8037). */
#ifndef ROWHOUSE_NATIVE_TOKENS_TOKEN_SIGN_H
#define ROWHOUSE_NATIVE_TOKENS_TOKEN_SIGN_H

#include "native/tokens/token_key.h"

#define TOKEN_SIGNATURE_MAX 64

/* The size of the signature; 0: the key cannot sign. */
size_t token_sign(const struct token_key *key, struct slice bytes, uint8_t ret[static TOKEN_SIGNATURE_MAX]);
bool token_signed(const struct token_key *key, struct slice bytes, struct slice signature);

#endif
