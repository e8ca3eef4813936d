/* What a log says of itself, and proofs against it, as text: C2SP's forms, so that other tools read them.
 *
 *  checkpoint (https://c2sp.org/tlog-checkpoint), the text of a signed note:
 *      <origin>\n  <number of leaves>\n  <base64 of the root>\n  [further lines]
 *  inclusion (https://c2sp.org/tlog-proof):
 *      c2sp.org/tlog-proof@v1\n  [extra <base64>\n]  index <number>\n  <base64 of a hash>\n ...  \n  <signed checkpoint>
 *  consistency (the request of https://c2sp.org/tlog-witness):
 *      old <number of leaves>\n  <base64 of a hash>\n ...  \n  <signed checkpoint>
 *
 * In a log's proofs of inclusion `extra` is the leaf itself, so that a file stands alone. Numbers are decimal, without leading zeros. */
#ifndef ROWHOUSE_PROOF_CHECKPOINT_H
#define ROWHOUSE_PROOF_CHECKPOINT_H

#include "proof/merkle.h"
#include "proof/note.h"

struct checkpoint {
    char origin[NOTE_NAME_MAX + 1];
    uint64_t size;
    struct merkle_hash root;
};

/* Appends the signed checkpoint; the key's name is its origin. */
void checkpoint_put(const struct checkpoint *checkpoint, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE],
                    struct buf *out);
/* Reads one that `key` signed for the origin of its name. NULL, or why not in a sentence. */
const char *checkpoint_get(struct slice note, const struct note_key *key, struct checkpoint *ret);

/* The text alone, for those that add lines of their own (value/audit_stub.h); reading leaves these in *text. */
void checkpoint_text_put(const struct checkpoint *checkpoint, struct buf *out);
bool checkpoint_text_get(struct slice *text, struct checkpoint *ret);

/* Pieces of such texts. A number without a sign or leading zeros, below 10^18. */
bool number_get(struct slice text, uint64_t *ret);
/* What follows `word` and a space in a line. */
bool after_word(struct slice line, const char *word, struct slice *ret);

/* `leaf`: empty where it is not at hand; the file then needs it from elsewhere. */
void inclusion_put(struct slice leaf, uint64_t index, const struct merkle_proof *proof, struct slice checkpoint, struct buf *out);
void consistency_put(uint64_t old, const struct merkle_proof *proof, struct slice checkpoint, struct buf *out);

enum proof_kind { PROOF_NONE, PROOF_INCLUSION, PROOF_CONSISTENCY };

/* Which kind of text this begins as; PROOF_NONE: neither. */
enum proof_kind proof_kind_of(struct slice text);

/* A proof file, taken apart but not believed. */
struct proof_file {
    enum proof_kind kind;
    uint64_t number;                /* the leaf's index, or the old size */
    struct merkle_proof proof;
    struct slice note;              /* the signed checkpoint; borrows the text */
    bool has_leaf;
    struct buf leaf;                /* of `extra`; owned: proof_file_done() */
};
const char *proof_file_get(struct slice text, struct proof_file *ret);
void proof_file_done(struct proof_file *file);

/* Checkpoint and proof together: whether the leaf in the file is where it says in a log that `key` signed. */
const char *proof_file_included(const struct proof_file *file, const struct note_key *key, struct checkpoint *ret);
/* Whether the file's checkpoint continues `old`, a checkpoint that was read and believed before. */
const char *proof_file_consistent(const struct proof_file *file, const struct checkpoint *old, const struct note_key *key,
                                  struct checkpoint *ret);

#endif
