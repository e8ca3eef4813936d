/* Signed notes: text that somebody signed, in the form of https://c2sp.org/signed-note, with Ed25519.
 *
 *      <text, every line ends in a newline>
 *      <an empty line>
 *      — <key name> <base64(key id, 4 bytes BE || signature, 64 bytes)>            one line a signature
 *
 *      key id        the first 4 bytes of SHA-256(key name || 0x0a || 0x01 || public key, 32 bytes)
 *      verifier key  <key name>+<key id, 8 hexadecimal digits>+<base64(0x01 || public key)>
 *
 *  (N1) Signatures by other keys are ignored; a note is good when one by the given key is there and every such one holds.
 *  (N2) Base64 is RFC 4648's with padding, and exact: other spellings of the same bytes are refused. */
#ifndef ROWHOUSE_PROOF_NOTE_H
#define ROWHOUSE_PROOF_NOTE_H

#include "base/buf.h"

#define NOTE_NAME_MAX 128                   /* bytes of a key's name */
#define NOTE_SEED_SIZE 32                   /* the private key */
#define NOTE_PUBLIC_SIZE 32

struct note_key {
    char name[NOTE_NAME_MAX + 1];
    uint32_t id;
    uint8_t public_key[NOTE_PUBLIC_SIZE];
};

/* The key under a name: not empty, without spaces and plus signs (asserted). */
void note_key_make(const char *name, const uint8_t public_key[static NOTE_PUBLIC_SIZE], struct note_key *ret);
bool note_key_parse(struct slice text, struct note_key *ret);
void note_key_format(const struct note_key *key, struct buf *out);

/* The public key of a private one. */
void note_public(const uint8_t seed[static NOTE_SEED_SIZE], uint8_t ret[static NOTE_PUBLIC_SIZE]);

/* Appends the empty line and the signature of all that is in `note` from `start` on: text that ends in a newline. */
void note_sign(struct buf *note, size_t start, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE]);

/* Appends one more signature to a note that is signed: by whoever else vouches for its text. */
void note_sign_also(struct buf *note, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE]);

/* The text of a note whose signatures nobody has checked; false: it is no note. */
bool note_text(struct slice note, struct slice *ret_text);

/* Checks a note and returns its text, which borrows it; or why it is not good, in a sentence. */
const char *note_verify(struct slice note, const struct note_key *key, struct slice *ret_text);

/* --- Base64 --- */
void base64_put(struct slice bytes, struct buf *out);
bool base64_get(struct slice text, struct buf *out);    /* appends the bytes */

/* The next line of `rest` without its newline, and past it; false at the end, or where no newline ends it. */
bool line_next(struct slice *rest, struct slice *ret);

#endif
