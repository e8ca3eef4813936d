/* The Merkle tree of RFC 6962, section 2.1, over SHA-256: hashes, roots, proofs. Pure functions; the server keeps the tree's
 * nodes in its store, a client computes with what it was given.
 *
 *      leaf hash   SHA-256(0x00 || leaf)                    node hash   SHA-256(0x01 || left || right)
 *      root        of no leaves SHA-256(""), of one its leaf hash, of n > 1 the node over the first k leaves and the rest,
 *                  k the largest power of two below n
 *
 *  (M1) A subtree over leaves [index << level, (index + 1) << level) is complete once its last leaf is there, and never changes
 *       again: complete subtrees are all that is ever stored, and root and proofs of every size come from them.
 *  (M2) The first n leaves of a log fix its root at size n; a consistency proof shows that a root of more leaves has
 *       the same first ones.
 * Proofs are as RFC 6962 orders them; verifying follows RFC 9162, sections 2.1.3.2 and 2.1.4.2. */
#ifndef ROWHOUSE_PROOF_MERKLE_H
#define ROWHOUSE_PROOF_MERKLE_H

#include "base/buf.h"

#define MERKLE_HASH_SIZE 32
#define MERKLE_HASH_TEXT_SIZE 64            /* in lower-case hexadecimal */
#define MERKLE_LEVELS_MAX 64
#define MERKLE_PROOF_MAX 65                 /* hashes of one proof */

struct merkle_hash {
    uint8_t bytes[MERKLE_HASH_SIZE];
};

struct merkle_proof {
    int count;
    struct merkle_hash hashes[MERKLE_PROOF_MAX];
};

void merkle_digest(struct slice bytes, struct merkle_hash *ret);        /* plain SHA-256 */
void merkle_empty(struct merkle_hash *ret);
void merkle_leaf(struct slice leaf, struct merkle_hash *ret);
void merkle_join(const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *ret);

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);
void merkle_format(const struct merkle_hash *hash, char text[static MERKLE_HASH_TEXT_SIZE + 1]);
bool merkle_parse(struct slice text, struct merkle_hash *ret);
bool merkle_is(const struct merkle_hash *hash, struct slice text);
void merkle_put_base64(const struct merkle_hash *hash, struct buf *out);
bool merkle_get_base64(struct slice text, struct merkle_hash *ret);

/* --- A tree whose complete subtrees somebody keeps. Calls return 0, or -1, which is passed on. --- */

struct merkle_tree {
    int (*get)(void *env, int level, uint64_t index, struct merkle_hash *ret);
    int (*put)(void *env, int level, uint64_t index, const struct merkle_hash *hash);      /* of levels from 1; for merkle_append() */
    void *env;
};

/* Leaf number `size` came, whose hash the caller keeps as level 0: puts what it completes, one node an append on average. */
int merkle_append(const struct merkle_tree *tree, uint64_t size, const struct merkle_hash *leaf);

int merkle_root(const struct merkle_tree *tree, uint64_t size, struct merkle_hash *ret);
int merkle_inclusion(const struct merkle_tree *tree, uint64_t index, uint64_t size, struct merkle_proof *ret);    /* index < size */
int merkle_consistency(const struct merkle_tree *tree, uint64_t old, uint64_t size, struct merkle_proof *ret);    /* old <= size */

/* --- Proofs, from outside: any numbers, any hashes --- */

bool merkle_included(const struct merkle_hash *leaf, uint64_t index, uint64_t size, const struct merkle_proof *proof,
                     const struct merkle_hash *root);
bool merkle_consistent(uint64_t old, const struct merkle_hash *old_root, uint64_t size, const struct merkle_hash *root,
                       const struct merkle_proof *proof);

/* --- A root from all leaves, one after the other, in the memory of its peaks. A zeroed one is empty. --- */

struct merkle_peaks {
    uint64_t size;
    struct merkle_hash peaks[MERKLE_LEVELS_MAX];        /* by level; there where the bit of `size` is set */
};

/* Appends a leaf hash; calls `completed` (may be NULL) for each subtree of level 1 and up that it completes. */
void merkle_peaks_add(struct merkle_peaks *peaks, const struct merkle_hash *leaf,
                      void (*completed)(void *env, int level, uint64_t index, const struct merkle_hash *hash), void *env);
void merkle_peaks_root(const struct merkle_peaks *peaks, struct merkle_hash *ret);

/* The peaks of a kept tree at a size that it has reached; and into one, those of level 1 and up, from which it goes on growing. */
int merkle_peaks_load(const struct merkle_tree *tree, uint64_t size, struct merkle_peaks *ret);
int merkle_peaks_store(const struct merkle_tree *tree, const struct merkle_peaks *peaks);

/* Peaks as a list for a file, the largest first, and back: false where a tree of that size has not so many. */
void merkle_peaks_list(const struct merkle_peaks *peaks, struct merkle_proof *ret);
bool merkle_peaks_from(uint64_t size, const struct merkle_proof *list, struct merkle_peaks *ret);

#endif
