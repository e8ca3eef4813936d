/* The hash by OpenSSL's low-level calls: the others fetch and allocate for every hash, which costs more than hashing. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "proof/merkle.h"

#include <assert.h>
#include <openssl/sha.h>

#include "proof/note.h"

_Static_assert(MERKLE_HASH_SIZE == SHA256_DIGEST_LENGTH, "the tree's hash is SHA-256");

/* --- Hashes --- */

void merkle_digest(struct slice bytes, struct merkle_hash *ret)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data, bytes.size);
    SHA256_Final(ret->bytes, &context);
}

void merkle_empty(struct merkle_hash *ret)
{
    merkle_digest(slice_of(NULL, 0), ret);
}

void merkle_leaf(struct slice leaf, struct merkle_hash *ret)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, "\x00", 1);
    SHA256_Update(&context, leaf.data, leaf.size);
    SHA256_Final(ret->bytes, &context);
}

void merkle_join(const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *ret)
{
    uint8_t node[1 + 2 * MERKLE_HASH_SIZE] = { 0x01 };
    memcpy(node + 1, left->bytes, MERKLE_HASH_SIZE);
    memcpy(node + 1 + MERKLE_HASH_SIZE, right->bytes, MERKLE_HASH_SIZE);
    merkle_digest(slice_of(node, sizeof node), ret);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, MERKLE_HASH_SIZE) == 0;
}

void merkle_format(const struct merkle_hash *hash, char text[static MERKLE_HASH_TEXT_SIZE + 1])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < MERKLE_HASH_SIZE; i++) {
        text[2 * i] = hex[hash->bytes[i] >> 4];
        text[2 * i + 1] = hex[hash->bytes[i] & 15];
    }
    text[MERKLE_HASH_TEXT_SIZE] = '\0';
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool merkle_parse(struct slice text, struct merkle_hash *ret)
{
    if (text.size != MERKLE_HASH_TEXT_SIZE)
        return false;
    for (int i = 0; i < MERKLE_HASH_SIZE; i++) {
        int high = digit(text.data[2 * i]), low = digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool merkle_is(const struct merkle_hash *hash, struct slice text)
{
    struct merkle_hash other;
    return merkle_parse(text, &other) && merkle_equal(hash, &other);
}

void merkle_put_base64(const struct merkle_hash *hash, struct buf *out)
{
    base64_put(slice_of(hash->bytes, MERKLE_HASH_SIZE), out);
}

bool merkle_get_base64(struct slice text, struct merkle_hash *ret)
{
    struct buf bytes = { 0 };
    bool good = base64_get(text, &bytes) && bytes.size == MERKLE_HASH_SIZE;
    if (good)
        memcpy(ret->bytes, bytes.data, MERKLE_HASH_SIZE);
    buf_done(&bytes);
    return good;
}

/* --- The kept tree --- */

int merkle_append(const struct merkle_tree *tree, uint64_t size, const struct merkle_hash *leaf)
{
    struct merkle_hash hash = *leaf, left;
    for (int level = 0; size >> level & 1; level++) {
        if (tree->get(tree->env, level, (size >> level) - 1, &left) < 0)
            return -1;
        merkle_join(&left, &hash, &hash);
        if (tree->put(tree->env, level + 1, size >> (level + 1), &hash) < 0)
            return -1;
    }
    return 0;
}

/* The largest power of two below size > 1, as its exponent. */
static int split(uint64_t size)
{
    assert(size > 1);
    return 63 - __builtin_clzll(size - 1);
}

/* The root over leaves [start, start + size), size > 0. As the recursion of RFC 6962 goes, `start` is a multiple of every power of two up
 * to the first one not below `size`, so that whatever is complete there is a subtree of the whole. */
static int range(const struct merkle_tree *tree, uint64_t start, uint64_t size, struct merkle_hash *ret)
{
    struct merkle_hash left, right;
    if ((size & (size - 1)) == 0) {
        int level = __builtin_ctzll(size);
        return tree->get(tree->env, level, start >> level, ret);
    }
    int level = split(size);
    uint64_t k = 1ull << level;
    if (tree->get(tree->env, level, start >> level, &left) < 0 || range(tree, start + k, size - k, &right) < 0)
        return -1;
    merkle_join(&left, &right, ret);
    return 0;
}

int merkle_root(const struct merkle_tree *tree, uint64_t size, struct merkle_hash *ret)
{
    if (size > 0)
        return range(tree, 0, size, ret);
    merkle_empty(ret);
    return 0;
}

static int proof_add(const struct merkle_tree *tree, uint64_t start, uint64_t size, struct merkle_proof *proof)
{
    assert(proof->count < MERKLE_PROOF_MAX);
    return range(tree, start, size, &proof->hashes[proof->count++]);
}

/* PATH(index, D[start : start + size]). */
static int path(const struct merkle_tree *tree, uint64_t index, uint64_t start, uint64_t size, struct merkle_proof *proof)
{
    if (size == 1)
        return 0;
    uint64_t k = 1ull << split(size);
    if (index < k)
        return path(tree, index, start, k, proof) < 0 ? -1 : proof_add(tree, start + k, size - k, proof);
    return path(tree, index - k, start + k, size - k, proof) < 0 ? -1 : proof_add(tree, start, k, proof);
}

int merkle_inclusion(const struct merkle_tree *tree, uint64_t index, uint64_t size, struct merkle_proof *ret)
{
    assert(index < size);
    ret->count = 0;
    return path(tree, index, 0, size, ret);
}

/* SUBPROOF(old, D[start : start + size], known): whether the verifier knows this subtree's root at `old`. */
static int subproof(const struct merkle_tree *tree, uint64_t old, uint64_t start, uint64_t size, bool known, struct merkle_proof *proof)
{
    if (old == size)
        return known ? 0 : proof_add(tree, start, size, proof);
    uint64_t k = 1ull << split(size);
    if (old <= k)
        return subproof(tree, old, start, k, known, proof) < 0 ? -1 : proof_add(tree, start + k, size - k, proof);
    return subproof(tree, old - k, start + k, size - k, false, proof) < 0 ? -1 : proof_add(tree, start, k, proof);
}

int merkle_consistency(const struct merkle_tree *tree, uint64_t old, uint64_t size, struct merkle_proof *ret)
{
    assert(old <= size);
    ret->count = 0;
    return old == 0 ? 0 : subproof(tree, old, 0, size, true, ret);
}

/* --- Verifying --- */

bool merkle_included(const struct merkle_hash *leaf, uint64_t index, uint64_t size, const struct merkle_proof *proof,
                     const struct merkle_hash *root)
{
    struct merkle_hash hash = *leaf;
    if (index >= size)
        return false;
    uint64_t at = index, last = size - 1;
    for (int i = 0; i < proof->count; i++) {
        const struct merkle_hash *p = &proof->hashes[i];
        if (last == 0)
            return false;
        if (!(at & 1) && at != last) {
            merkle_join(&hash, p, &hash);
        } else {
            merkle_join(p, &hash, &hash);
            while (!(at & 1) && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && merkle_equal(&hash, root);
}

/* 0 < old < size: both roots are rebuilt from the proof, the old one from those hashes of it that were there then. */
static bool rebuild_both(uint64_t old, const struct merkle_hash *old_root, uint64_t size, const struct merkle_hash *root,
                         const struct merkle_proof *proof)
{
    bool whole = (old & (old - 1)) == 0;            /* the old tree is a subtree of the new: its root begins both */
    int i = 0;
    if (!whole && proof->count == 0)
        return false;
    struct merkle_hash was = whole ? *old_root : proof->hashes[i++], is = was;
    uint64_t at = old - 1, last = size - 1;
    while (at & 1) {
        at >>= 1;
        last >>= 1;
    }
    for (; i < proof->count; i++) {
        const struct merkle_hash *p = &proof->hashes[i];
        if (last == 0)
            return false;
        if (at & 1 || at == last) {
            merkle_join(p, &was, &was);
            merkle_join(p, &is, &is);
            while (!(at & 1) && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            merkle_join(&is, p, &is);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && merkle_equal(&was, old_root) && merkle_equal(&is, root);
}

bool merkle_consistent(uint64_t old, const struct merkle_hash *old_root, uint64_t size, const struct merkle_hash *root,
                       const struct merkle_proof *proof)
{
    struct merkle_hash empty;
    if (old > size)
        return false;
    merkle_empty(&empty);
    if (old == 0 && !merkle_equal(old_root, &empty))
        return false;
    if (old == size)
        return proof->count == 0 && merkle_equal(old_root, root);
    return old == 0 ? proof->count == 0 : rebuild_both(old, old_root, size, root, proof);
}

/* --- Peaks --- */

static bool has_peak(uint64_t size, int level)
{
    return size >> level & 1;
}

void merkle_peaks_add(struct merkle_peaks *peaks, const struct merkle_hash *leaf,
                      void (*completed)(void *env, int level, uint64_t index, const struct merkle_hash *hash), void *env)
{
    struct merkle_hash hash = *leaf;
    int level = 0;
    for (; has_peak(peaks->size, level); level++) {
        merkle_join(&peaks->peaks[level], &hash, &hash);
        if (completed != NULL)
            completed(env, level + 1, peaks->size >> (level + 1), &hash);
    }
    peaks->peaks[level] = hash;
    peaks->size++;
}

void merkle_peaks_root(const struct merkle_peaks *peaks, struct merkle_hash *ret)
{
    bool any = false;
    merkle_empty(ret);
    for (int level = 0; level < MERKLE_LEVELS_MAX; level++) {
        if (!has_peak(peaks->size, level))
            continue;
        if (any)
            merkle_join(&peaks->peaks[level], ret, ret);
        else
            *ret = peaks->peaks[level];
        any = true;
    }
}

int merkle_peaks_load(const struct merkle_tree *tree, uint64_t size, struct merkle_peaks *ret)
{
    ret->size = size;
    for (int level = 0; level < MERKLE_LEVELS_MAX; level++)
        if (has_peak(size, level) && tree->get(tree->env, level, (size >> level) - 1, &ret->peaks[level]) < 0)
            return -1;
    return 0;
}

int merkle_peaks_store(const struct merkle_tree *tree, const struct merkle_peaks *peaks)
{
    for (int level = 1; level < MERKLE_LEVELS_MAX; level++)
        if (has_peak(peaks->size, level) && tree->put(tree->env, level, (peaks->size >> level) - 1, &peaks->peaks[level]) < 0)
            return -1;
    return 0;
}

void merkle_peaks_list(const struct merkle_peaks *peaks, struct merkle_proof *ret)
{
    ret->count = 0;
    for (int level = MERKLE_LEVELS_MAX - 1; level >= 0; level--)
        if (has_peak(peaks->size, level))
            ret->hashes[ret->count++] = peaks->peaks[level];
}

bool merkle_peaks_from(uint64_t size, const struct merkle_proof *list, struct merkle_peaks *ret)
{
    int used = 0;
    if (list->count != __builtin_popcountll(size))
        return false;
    ret->size = size;
    for (int level = MERKLE_LEVELS_MAX - 1; level >= 0; level--)
        if (has_peak(size, level))
            ret->peaks[level] = list->hashes[used++];
    return true;
}
