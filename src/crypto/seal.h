/* Sealing: authenticated encryption of short secrets under a key of 32 bytes.
 *
 * The cipher is XAES-256-GCM (C2SP): AES-256-GCM (NIST SP 800-38D) whose nonce has 192 bits. The first half of the nonce and the
 * key give a key for this one message, by the counter mode of NIST SP 800-108 over CMAC; GCM uses the second half.
 *
 *      sealed = nonce (24) | ciphertext (as long as the clear bytes) | tag (16)
 *
 *  (B1) Nonces are random, and nobody has to count. Plain GCM allows 2^32 messages a key with random nonces of 96 bits (SP 800-38D,
 *       section 8.3); a house that writes 40,000 cells a second would be there in thirty hours. Here 2^80 messages keep the risk
 *       that two share a nonce below 2^-32: no machine comes near it, so the bound is not enforced.
 *  (B2) Associated data is authenticated, not kept: who opens names the same bytes, or it does not open.
 *  (B3) What does not open tells nothing of why: another key, other associated data and a flipped bit look alike.
 * Length is not hidden. */
#ifndef ROWHOUSE_CRYPTO_SEAL_H
#define ROWHOUSE_CRYPTO_SEAL_H

#include "base/slice.h"
#include "base/sys.h"

#define SEAL_KEY_SIZE   32
#define SEAL_NONCE_SIZE 24
#define SEAL_TAG_SIZE   16
#define SEAL_OVERHEAD   (SEAL_NONCE_SIZE + SEAL_TAG_SIZE)

struct seal_key {
    uint8_t bytes[SEAL_KEY_SIZE];
};

/* `out` gets clear.size + SEAL_OVERHEAD bytes and does not overlap `clear`. */
void seal_close(const struct seal_key *key, struct sys *sys, struct slice associated, struct slice clear, uint8_t *out);

/* `out` gets sealed.size - SEAL_OVERHEAD bytes, and zeros when it does not open (B3). */
bool seal_open(const struct seal_key *key, struct slice associated, struct slice sealed, uint8_t *out) __attribute__((warn_unused_result));

/* Overwrites what was secret; no compiler leaves it out. */
void seal_wipe(void *secret, size_t size);

#endif
