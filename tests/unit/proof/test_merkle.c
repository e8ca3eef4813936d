/* The Merkle tree: Certificate Transparency's published roots and proofs, then every proof of random trees, and every one spoilt. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proof/merkle.h"

#define LEAVES_MAX 300

/* A tree in memory, which also counts what was put. */
struct kept {
    struct merkle_hash nodes[10][LEAVES_MAX];
    uint64_t size;
    int puts;
};

static int get(void *env, int level, uint64_t index, struct merkle_hash *ret)
{
    struct kept *kept = env;
    cr_assert((index + 1) << level <= kept->size, "level %d, index %d of %d leaves is not complete", level, (int)index, (int)kept->size);
    *ret = kept->nodes[level][index];
    return 0;
}

static int put(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    struct kept *kept = env;
    kept->nodes[level][index] = *hash;
    kept->puts++;
    return 0;
}

static struct merkle_tree tree_of(struct kept *kept)
{
    return (struct merkle_tree){ get, put, kept };
}

static void append(struct kept *kept, struct slice leaf)
{
    struct merkle_tree tree = tree_of(kept);
    merkle_leaf(leaf, &kept->nodes[0][kept->size]);
    cr_assert_eq(merkle_append(&tree, kept->size, &kept->nodes[0][kept->size]), 0);
    kept->size++;
}

/* RFC 6962's definition as it is written, the judge of everything else. */
static void defined_root(const struct merkle_hash *leaves, uint64_t size, struct merkle_hash *ret)
{
    struct merkle_hash left, right;
    uint64_t k = 1;
    if (size <= 1) {
        if (size == 1)
            *ret = *leaves;
        else
            merkle_empty(ret);
        return;
    }
    while (2 * k < size)
        k *= 2;
    defined_root(leaves, k, &left);
    defined_root(leaves + k, size - k, &right);
    merkle_join(&left, &right, ret);
}

/* The test data of certificate-transparency (merkletree/test_vectors) and its roots. */
static const struct slice published_leaves[] = {
    { (const uint8_t *)"", 0 }, { (const uint8_t *)"\x00", 1 }, { (const uint8_t *)"\x10", 1 }, { (const uint8_t *)"\x20\x21", 2 },
    { (const uint8_t *)"\x30\x31", 2 }, { (const uint8_t *)"\x40\x41\x42\x43", 4 },
    { (const uint8_t *)"\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
    { (const uint8_t *)"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};
static const char *const published_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static struct kept kept;

static void check_root(uint64_t size, const char *want)
{
    struct merkle_tree tree = tree_of(&kept);
    struct merkle_hash root;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    cr_assert_eq(merkle_root(&tree, size, &root), 0);
    merkle_format(&root, text);
    cr_assert_str_eq(text, want, "%d leaves", (int)size);
}

Test(merkle, published_roots)
{
    check_root(0, published_roots[0]);
    for (int i = 0; i < 8; i++) {
        append(&kept, published_leaves[i]);
        check_root((uint64_t)i + 1, published_roots[i + 1]);
    }
    for (uint64_t size = 0; size <= 8; size++)
        check_root(size, published_roots[size]);
}

static void check_proof(const struct merkle_proof *proof, int count, const char *const *want)
{
    cr_assert_eq(proof->count, count);
    for (int i = 0; i < count; i++)
        cr_assert(merkle_is(&proof->hashes[i], slice_of_string(want[i])), "hash %d", i);
}

Test(merkle, published_proofs)
{
    static const char *const inclusion_0_of_8[] = {
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    };
    static const char *const inclusion_5_of_8[] = {
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    };
    static const char *const consistency_6_to_8[] = {
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    };
    struct merkle_tree tree = tree_of(&kept);
    struct merkle_proof proof;
    for (int i = 0; i < 8; i++)
        append(&kept, published_leaves[i]);
    merkle_inclusion(&tree, 0, 8, &proof);
    check_proof(&proof, 3, inclusion_0_of_8);
    merkle_inclusion(&tree, 5, 8, &proof);
    check_proof(&proof, 3, inclusion_5_of_8);
    merkle_consistency(&tree, 6, 8, &proof);
    check_proof(&proof, 3, consistency_6_to_8);
}

/* --- Random trees --- */

static uint64_t state;

static uint64_t draw(uint64_t limit)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545F4914F6CDD1Dull >> 11) % limit;
}

static void grow(uint64_t size)
{
    while (kept.size < size) {
        uint64_t leaf = draw(UINT64_MAX);
        append(&kept, slice_of(&leaf, draw(2) * sizeof leaf));
    }
}

static void seed(void)
{
    state = (uint64_t)time(NULL) * 2654435761u | 1;
    fprintf(stderr, "seed %llu\n", (unsigned long long)state);
    grow(1 + draw(LEAVES_MAX - 1));
}

/* A proof with one bit flipped, a hash less, one more, or two exchanged: another one than before. */
static bool spoil(struct merkle_proof *proof)
{
    int at = proof->count > 0 ? (int)draw((uint64_t)proof->count) : 0;
    switch (draw(4)) {
    case 0:
        if (proof->count == 0)
            return false;
        proof->hashes[at].bytes[draw(MERKLE_HASH_SIZE)] ^= (uint8_t)(1u << draw(8));
        return true;
    case 1:
        if (proof->count == 0)
            return false;
        proof->count--;
        return true;
    case 2:
        if (proof->count == MERKLE_PROOF_MAX)
            return false;
        proof->hashes[proof->count++] = kept.nodes[0][draw(kept.size)];
        return true;
    default:
        if (at == 0 || merkle_equal(&proof->hashes[at], &proof->hashes[at - 1]))
            return false;
        struct merkle_hash held = proof->hashes[at];
        proof->hashes[at] = proof->hashes[at - 1];
        proof->hashes[at - 1] = held;
        return true;
    }
}

static void count_completed(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    cr_assert(merkle_equal(hash, &kept.nodes[level][index]), "level %d, index %d", level, (int)index);
    ++*(int *)env;
}

Test(merkle, roots_are_as_defined, .init = seed)
{
    struct merkle_tree tree = tree_of(&kept);
    struct merkle_hash root, want;
    struct merkle_peaks peaks = { 0 };
    int completed = 0;
    for (uint64_t size = 0; size <= kept.size; size++) {
        defined_root(kept.nodes[0], size, &want);
        merkle_root(&tree, size, &root);
        cr_assert(merkle_equal(&root, &want), "%d of %d leaves", (int)size, (int)kept.size);
        merkle_peaks_root(&peaks, &root);
        cr_assert(merkle_equal(&root, &want), "peaks of %d leaves", (int)size);
        if (size < kept.size)
            merkle_peaks_add(&peaks, &kept.nodes[0][size], count_completed, &completed);
    }
    cr_assert_eq(completed, kept.puts);
    cr_assert(kept.puts < (int)kept.size, "an append puts less than one node on average");
}

/* A tree that has of its beginning the peaks alone goes on as the whole one does. */
Test(merkle, a_tree_goes_on_from_its_peaks, .init = seed)
{
    static struct kept whole, rest;
    struct merkle_tree from = tree_of(&whole), to = tree_of(&rest);
    for (int i = 0; i < 200; i++)
        append(&whole, slice_of(&i, sizeof i));
    for (uint64_t begin = 1; begin < 200; begin++) {
        struct merkle_peaks peaks = { 0 }, again = { 0 };
        struct merkle_proof list;
        struct merkle_hash root, want;
        memset(&rest, 0, sizeof rest);
        cr_assert_eq(merkle_peaks_load(&from, begin, &peaks), 0);
        cr_assert_eq(merkle_root(&from, begin, &want), 0);
        merkle_peaks_root(&peaks, &root);
        cr_assert(merkle_equal(&root, &want));
        merkle_peaks_list(&peaks, &list);
        cr_assert(merkle_peaks_from(begin, &list, &again));
        list.count--;
        cr_assert_not(merkle_peaks_from(begin, &list, &again), "one too few");
        cr_assert_eq(merkle_peaks_store(&to, &again), 0);
        rest.nodes[0][begin - 1] = whole.nodes[0][begin - 1];
        for (rest.size = begin; rest.size < 200; rest.size++) {
            rest.nodes[0][rest.size] = whole.nodes[0][rest.size];
            cr_assert_eq(merkle_append(&to, rest.size, &rest.nodes[0][rest.size]), 0);
        }
        cr_assert_eq(merkle_root(&from, 200, &want), 0);
        cr_assert_eq(merkle_root(&to, 200, &root), 0);
        cr_assert(merkle_equal(&root, &want), "from %d on", (int)begin);
    }
}

Test(merkle, every_inclusion_proof_holds_and_no_spoilt_one, .init = seed)
{
    struct merkle_tree tree = tree_of(&kept);
    struct merkle_hash root;
    for (uint64_t size = 1; size <= kept.size; size += 1 + draw(4)) {
        merkle_root(&tree, size, &root);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof proof;
            struct merkle_hash leaf = kept.nodes[0][index];
            cr_assert_eq(merkle_inclusion(&tree, index, size, &proof), 0);
            cr_assert(merkle_included(&leaf, index, size, &proof, &root), "%d of %d", (int)index, (int)size);
            cr_assert_not(merkle_included(&leaf, index, 0, &proof, &root));
            cr_assert_not(merkle_included(&leaf, size, size, &proof, &root));
            uint64_t other = draw(size);
            if (other != index && !merkle_equal(&kept.nodes[0][other], &leaf)) {
                cr_assert_not(merkle_included(&kept.nodes[0][other], index, size, &proof, &root));
                cr_assert_not(merkle_included(&leaf, other, size, &proof, &root), "%d as %d of %d", (int)index, (int)other, (int)size);
            }
            if (spoil(&proof))
                cr_assert_not(merkle_included(&leaf, index, size, &proof, &root), "%d of %d", (int)index, (int)size);
        }
    }
}

Test(merkle, every_consistency_proof_holds_and_no_spoilt_one, .init = seed)
{
    struct merkle_tree tree = tree_of(&kept);
    struct merkle_hash root, old_root, other;
    for (uint64_t size = 0; size <= kept.size; size += 1 + draw(4)) {
        merkle_root(&tree, size, &root);
        for (uint64_t old = 0; old <= size; old++) {
            struct merkle_proof proof;
            merkle_root(&tree, old, &old_root);
            cr_assert_eq(merkle_consistency(&tree, old, size, &proof), 0);
            cr_assert(merkle_consistent(old, &old_root, size, &root, &proof), "%d to %d", (int)old, (int)size);
            if (old < size)
                cr_assert_not(merkle_consistent(size, &root, old, &old_root, &proof), "a log does not shrink");
            other = old_root;
            other.bytes[draw(MERKLE_HASH_SIZE)] ^= 1;
            cr_assert_not(merkle_consistent(old, &other, size, &root, &proof), "another history of %d", (int)old);
            if (spoil(&proof))
                cr_assert_not(merkle_consistent(old, &old_root, size, &root, &proof), "%d to %d", (int)old, (int)size);
        }
    }
}

Test(merkle, proofs_of_enormous_trees_are_refused_quietly)
{
    struct merkle_proof proof = { .count = MERKLE_PROOF_MAX };
    struct merkle_hash hash = { { 0 } };
    cr_assert_not(merkle_included(&hash, UINT64_MAX - 1, UINT64_MAX, &proof, &hash));
    cr_assert_not(merkle_consistent(UINT64_MAX - 1, &hash, UINT64_MAX, &hash, &proof));
    proof.count = 0;
    cr_assert_not(merkle_included(&hash, 7, UINT64_MAX, &proof, &hash));
    cr_assert_not(merkle_consistent(3, &hash, UINT64_MAX, &hash, &proof));
}
