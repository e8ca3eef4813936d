/* Signed notes, checkpoints and proofs as text: the specification's example, and what is no longer good once it was touched. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proof/checkpoint.h"

#define ORIGIN "rowhouse/5f0c2a10-0000-4000-8000-000000000001"

/* https://c2sp.org/signed-note, "Example". */
static const char example_key[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

static const uint8_t seed[NOTE_SEED_SIZE] = "a seed of thirty-two bytes fixed";

static void make_key(struct note_key *ret)
{
    uint8_t public_key[NOTE_PUBLIC_SIZE];
    note_public(seed, public_key);
    note_key_make(ORIGIN, public_key, ret);
}

Test(note, a_published_key_is_read)
{
    struct note_key key;
    struct buf text = { 0 };
    cr_assert(note_key_parse(slice_of_string(example_key), &key));
    cr_assert_str_eq(key.name, "example.com/foo");
    cr_assert_eq(key.id, 0x530d903a);
    note_key_format(&key, &text);
    cr_assert_str_eq(buf_text(&text), example_key);
    buf_done(&text);
    cr_assert_not(note_key_parse(SLICE_LITERAL("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"), &key), "another id");
    cr_assert_not(note_key_parse(SLICE_LITERAL("example.com/foo+530d903a"), &key));
    cr_assert_not(note_key_parse(SLICE_LITERAL(""), &key));
}

Test(note, base64_has_one_spelling)
{
    static const struct { const char *text, *bytes; } good[] = { { "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "Zm9vYmE=", "fooba" } };
    static const char *const bad[] = { "Z", "Zg", "Zg=", "Zh==", "Zm9=", "=", "====", "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-v", "Z===" };
    struct buf out = { 0 };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        buf_clear(&out);
        cr_assert(base64_get(slice_of_string(good[i].text), &out), "%s", good[i].text);
        cr_assert(slice_is(buf_slice(&out), good[i].bytes), "%s", good[i].text);
        buf_clear(&out);
        base64_put(slice_of_string(good[i].bytes), &out);
        cr_assert(slice_is(buf_slice(&out), good[i].text), "%s", good[i].bytes);
    }
    buf_clear(&out);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!base64_get(slice_of_string(bad[i]), &out) && out.size == 0, "%s", bad[i]);
    buf_done(&out);
}

Test(note, a_checkpoint_is_signed_and_read)
{
    struct note_key key;
    struct checkpoint checkpoint = { .origin = ORIGIN, .size = 12 }, read;
    struct buf text = { 0 };
    make_key(&key);
    merkle_leaf(SLICE_LITERAL("x"), &checkpoint.root);
    checkpoint_put(&checkpoint, &key, seed, &text);
    cr_assert(strstr(buf_text(&text), ORIGIN "\n12\n") == buf_text(&text), "%s", buf_text(&text));
    cr_assert_null(checkpoint_get(buf_slice(&text), &key, &read));
    cr_assert_eq(read.size, 12);
    cr_assert(merkle_equal(&read.root, &checkpoint.root));
    cr_assert_str_eq(read.origin, ORIGIN);
    /* Signatures of others stand beside it. */
    buf_append_string(&text, "\xe2\x80\x94 witness.example AAAAAAECAwQ=\n");
    cr_assert_null(checkpoint_get(buf_slice(&text), &key, &read));
    struct note_key other = key;
    note_key_make(ORIGIN "x", key.public_key, &other);
    cr_assert_not_null(checkpoint_get(buf_slice(&text), &other, &read));
    buf_done(&text);
}

Test(note, two_may_sign_one_text)
{
    static const uint8_t other_seed[NOTE_SEED_SIZE] = "another seed of thirty-two bytes";
    struct note_key key, other;
    struct checkpoint checkpoint = { .origin = ORIGIN, .size = 12 }, read;
    uint8_t public_key[NOTE_PUBLIC_SIZE];
    struct buf note = { 0 };
    struct slice text;
    make_key(&key);
    note_public(other_seed, public_key);
    note_key_make(ORIGIN, public_key, &other);
    checkpoint_put(&checkpoint, &key, seed, &note);
    cr_assert_not_null(checkpoint_get(buf_slice(&note), &other, &read));
    note_sign_also(&note, &other, other_seed);
    cr_assert_null(checkpoint_get(buf_slice(&note), &key, &read));
    cr_assert_null(checkpoint_get(buf_slice(&note), &other, &read));
    cr_assert_eq(read.size, 12);
    cr_assert(note_text(buf_slice(&note), &text));
    cr_assert_eq(text.data[text.size - 1], '\n');
    cr_assert_not(note_text(SLICE_LITERAL("no note\n"), &text));
    buf_done(&note);
}

Test(note, no_byte_of_a_checkpoint_may_change)
{
    struct note_key key;
    struct checkpoint checkpoint = { .origin = ORIGIN, .size = 7 }, read;
    struct buf text = { 0 };
    make_key(&key);
    merkle_leaf(SLICE_LITERAL("y"), &checkpoint.root);
    checkpoint_put(&checkpoint, &key, seed, &text);
    for (size_t i = 0; i < text.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            text.data[i] ^= (uint8_t)(1 << bit);
            cr_assert_not_null(checkpoint_get(buf_slice(&text), &key, &read), "byte %zu, bit %d", i, bit);
            text.data[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t size = 0; size < text.size; size++)
        cr_assert_not_null(checkpoint_get(slice_of(text.data, size), &key, &read), "%zu bytes of it", size);
    buf_done(&text);
}

static void put_two_leaves(struct note_key *key, struct buf *out, struct buf *inclusion, struct buf *consistency, struct checkpoint *ret_old)
{
    struct merkle_hash a, b;
    struct checkpoint checkpoint = { .origin = ORIGIN, .size = 2 };
    make_key(key);
    merkle_leaf(SLICE_LITERAL("first"), &a);
    merkle_leaf(SLICE_LITERAL("second"), &b);
    merkle_join(&a, &b, &checkpoint.root);
    checkpoint_put(&checkpoint, key, seed, out);
    inclusion_put(SLICE_LITERAL("first"), 0, &(struct merkle_proof){ 1, { b } }, buf_slice(out), inclusion);
    consistency_put(1, &(struct merkle_proof){ 1, { b } }, buf_slice(out), consistency);
    *ret_old = (struct checkpoint){ .origin = ORIGIN, .size = 1, .root = a };
}

Test(note, proofs_stand_alone)
{
    struct note_key key;
    struct buf checkpoint = { 0 }, inclusion = { 0 }, consistency = { 0 };
    struct checkpoint old, read;
    struct proof_file file;
    put_two_leaves(&key, &checkpoint, &inclusion, &consistency, &old);
    cr_assert_null(proof_file_get(buf_slice(&inclusion), &file));
    cr_assert_null(proof_file_included(&file, &key, &read));
    cr_assert(slice_is(buf_slice(&file.leaf), "first"));
    cr_assert_not_null(proof_file_consistent(&file, &old, &key, &read), "of another kind");
    proof_file_done(&file);
    cr_assert_null(proof_file_get(buf_slice(&consistency), &file));
    cr_assert_null(proof_file_consistent(&file, &old, &key, &read));
    cr_assert_not_null(proof_file_included(&file, &key, &read), "of another kind");
    old.root.bytes[0] ^= 1;
    cr_assert_not_null(proof_file_consistent(&file, &old, &key, &read), "a forked log");
    proof_file_done(&file);
    for (size_t i = 0; i < inclusion.size; i++) {
        inclusion.data[i] ^= 1;
        bool good = proof_file_get(buf_slice(&inclusion), &file) == NULL && proof_file_included(&file, &key, &read) == NULL;
        proof_file_done(&file);
        cr_assert_not(good, "byte %zu", i);
        inclusion.data[i] ^= 1;
    }
    buf_done(&checkpoint);
    buf_done(&inclusion);
    buf_done(&consistency);
}
