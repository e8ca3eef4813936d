#include "base/checkpoint.h"

#include <assert.h>
#include <inttypes.h>

static const char proof_head[] = "c2sp.org/tlog-proof@v1";

/* --- Pieces --- */

static void put_hash(const struct merkle_hash *hash, struct buf *out)
{
    base64_put(slice_of(hash->bytes, MERKLE_HASH_SIZE), out);
    buf_append_byte(out, '\n');
}

static bool get_hash(struct slice line, struct merkle_hash *ret)
{
    struct buf bytes = { 0 };
    bool good = base64_get(line, &bytes) && bytes.size == MERKLE_HASH_SIZE;
    if (good)
        memcpy(ret->bytes, bytes.data, MERKLE_HASH_SIZE);
    buf_done(&bytes);
    return good;
}

static bool get_number(struct slice text, uint64_t *ret)
{
    if (text.size == 0 || text.size > 18 || (text.size > 1 && text.data[0] == '0'))
        return false;
    *ret = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *ret = 10 * *ret + (uint64_t)(text.data[i] - '0');
    }
    return true;
}

/* What follows `word` and a space in a line. */
static bool after_word(struct slice line, const char *word, struct slice *ret)
{
    size_t size = strlen(word);
    if (line.size <= size || memcmp(line.data, word, size) != 0 || line.data[size] != ' ')
        return false;
    *ret = slice_of(line.data + size + 1, line.size - size - 1);
    return true;
}

/* --- Checkpoints --- */

void checkpoint_put(const struct checkpoint *checkpoint, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE],
                    struct buf *out)
{
    size_t start = out->size;
    assert(strcmp(checkpoint->origin, key->name) == 0);
    buf_printf(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
    put_hash(&checkpoint->root, out);
    note_sign(out, start, key, seed);
}

const char *checkpoint_get(struct slice note, const struct note_key *key, struct checkpoint *ret)
{
    struct slice text, origin, size, root;
    const char *reason = note_verify(note, key, &text);
    if (reason != NULL)
        return reason;
    if (!line_next(&text, &origin) || !line_next(&text, &size) || !line_next(&text, &root) || !get_number(size, &ret->size) ||
        !get_hash(root, &ret->root))
        return "it is no checkpoint";
    if (!slice_is(origin, key->name))
        return "it is of another log than the key's";
    memcpy(ret->origin, key->name, sizeof ret->origin);
    return NULL;
}

/* --- Proofs --- */

static void put_proof(const struct merkle_proof *proof, struct slice checkpoint, struct buf *out)
{
    for (int i = 0; i < proof->count; i++)
        put_hash(&proof->hashes[i], out);
    buf_append_byte(out, '\n');
    buf_append_slice(out, checkpoint);
}

void inclusion_put(struct slice leaf, uint64_t index, const struct merkle_proof *proof, struct slice checkpoint, struct buf *out)
{
    buf_printf(out, "%s\nextra ", proof_head);
    base64_put(leaf, out);
    buf_printf(out, "\nindex %" PRIu64 "\n", index);
    put_proof(proof, checkpoint, out);
}

void consistency_put(uint64_t old, const struct merkle_proof *proof, struct slice checkpoint, struct buf *out)
{
    buf_printf(out, "old %" PRIu64 "\n", old);
    put_proof(proof, checkpoint, out);
}

enum proof_kind proof_kind_of(struct slice text)
{
    struct slice line, rest;
    if (!line_next(&text, &line))
        return PROOF_NONE;
    return slice_is(line, proof_head) ? PROOF_INCLUSION : after_word(line, "old", &rest) ? PROOF_CONSISTENCY : PROOF_NONE;
}

/* The hashes up to the empty line; what is behind it is the checkpoint. */
static const char *get_hashes(struct slice text, struct proof_file *ret)
{
    struct slice line;
    while (line_next(&text, &line)) {
        if (line.size == 0) {
            ret->note = text;
            return NULL;
        }
        if (ret->proof.count == MERKLE_PROOF_MAX || !get_hash(line, &ret->proof.hashes[ret->proof.count++]))
            return "a hash of the proof is malformed";
    }
    return "the proof has no checkpoint";
}

const char *proof_file_get(struct slice text, struct proof_file *ret)
{
    struct slice line, rest;
    *ret = (struct proof_file){ .kind = proof_kind_of(text) };
    if (ret->kind == PROOF_NONE)
        return "it is no proof";
    line_next(&text, &line);
    if (ret->kind == PROOF_CONSISTENCY) {
        after_word(line, "old", &rest);
        return get_number(rest, &ret->number) ? get_hashes(text, ret) : "its old size is malformed";
    }
    if (!line_next(&text, &line))
        return "the proof has no index";
    if (after_word(line, "extra", &rest)) {
        ret->has_leaf = base64_get(rest, &ret->leaf);
        if (!ret->has_leaf || !line_next(&text, &line))
            return "its leaf is malformed";
    }
    if (!after_word(line, "index", &rest) || !get_number(rest, &ret->number))
        return "its index is malformed";
    return get_hashes(text, ret);
}

void proof_file_done(struct proof_file *file)
{
    buf_done(&file->leaf);
}

const char *proof_file_included(const struct proof_file *file, const struct note_key *key, struct checkpoint *ret)
{
    struct merkle_hash leaf;
    const char *reason = checkpoint_get(file->note, key, ret);
    if (reason != NULL)
        return reason;
    if (file->kind != PROOF_INCLUSION || !file->has_leaf)
        return "it proves no inclusion of a leaf that it holds";
    merkle_leaf(buf_slice(&file->leaf), &leaf);
    return merkle_included(&leaf, file->number, ret->size, &file->proof, &ret->root) ? NULL : "the entry is not in the log that was signed";
}

const char *proof_file_consistent(const struct proof_file *file, const struct checkpoint *old, const struct note_key *key,
                                  struct checkpoint *ret)
{
    const char *reason = checkpoint_get(file->note, key, ret);
    if (reason != NULL)
        return reason;
    if (strcmp(ret->origin, old->origin) != 0)
        return "the checkpoints are of different logs";
    if (file->kind != PROOF_CONSISTENCY || file->number != old->size)
        return "it proves no consistency with the checkpoint that was kept";
    if (ret->size < old->size)
        return "the log is shorter than it was: entries were taken away";
    return merkle_consistent(old->size, &old->root, ret->size, &ret->root, &file->proof)
               ? NULL : "the log does not continue the one that was kept: its past was changed";
}
