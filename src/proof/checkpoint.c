#include "proof/checkpoint.h"

#include <assert.h>
#include <inttypes.h>

static const char proof_head[] = "c2sp.org/tlog-proof@v1";

/* --- Pieces --- */

bool number_get(struct slice text, uint64_t *ret)
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

bool after_word(struct slice line, const char *word, struct slice *ret)
{
    size_t size = strlen(word);
    if (line.size <= size || memcmp(line.data, word, size) != 0 || line.data[size] != ' ')
        return false;
    *ret = slice_of(line.data + size + 1, line.size - size - 1);
    return true;
}

/* --- Checkpoints --- */

void checkpoint_text_put(const struct checkpoint *checkpoint, struct buf *out)
{
    buf_printf(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
    merkle_put_base64(&checkpoint->root, out);
    buf_append_byte(out, '\n');
}

bool checkpoint_text_get(struct slice *text, struct checkpoint *ret)
{
    struct slice origin, size, root;
    if (!line_next(text, &origin) || !line_next(text, &size) || !line_next(text, &root) || origin.size == 0 || origin.size > NOTE_NAME_MAX ||
        memchr(origin.data, '\0', origin.size) != NULL ||
        !number_get(size, &ret->size) || !merkle_get_base64(root, &ret->root))
        return false;
    memcpy(ret->origin, origin.data, origin.size);
    ret->origin[origin.size] = '\0';
    return true;
}

void checkpoint_put(const struct checkpoint *checkpoint, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE],
                    struct buf *out)
{
    size_t start = out->size;
    assert(strcmp(checkpoint->origin, key->name) == 0);
    checkpoint_text_put(checkpoint, out);
    note_sign(out, start, key, seed);
}

const char *checkpoint_get(struct slice note, const struct note_key *key, struct checkpoint *ret)
{
    struct slice text;
    const char *reason = note_verify(note, key, &text);
    if (reason != NULL)
        return reason;
    if (!checkpoint_text_get(&text, ret))
        return "it is no checkpoint";
    return strcmp(ret->origin, key->name) == 0 ? NULL : "it is of another log than the key's";
}

/* --- Proofs --- */

static void put_proof(const struct merkle_proof *proof, struct slice checkpoint, struct buf *out)
{
    for (int i = 0; i < proof->count; i++) {
        merkle_put_base64(&proof->hashes[i], out);
        buf_append_byte(out, '\n');
    }
    buf_append_byte(out, '\n');
    buf_append_slice(out, checkpoint);
}

void inclusion_put(struct slice leaf, uint64_t index, const struct merkle_proof *proof, struct slice checkpoint, struct buf *out)
{
    buf_printf(out, "%s\n", proof_head);
    if (leaf.size > 0) {
        buf_append_string(out, "extra ");
        base64_put(leaf, out);
        buf_append_byte(out, '\n');
    }
    buf_printf(out, "index %" PRIu64 "\n", index);
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
        if (ret->proof.count == MERKLE_PROOF_MAX || !merkle_get_base64(line, &ret->proof.hashes[ret->proof.count++]))
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
        return number_get(rest, &ret->number) ? get_hashes(text, ret) : "its old size is malformed";
    }
    if (!line_next(&text, &line))
        return "the proof has no index";
    if (after_word(line, "extra", &rest)) {
        ret->has_leaf = base64_get(rest, &ret->leaf);
        if (!ret->has_leaf || !line_next(&text, &line))
            return "its leaf is malformed";
    }
    if (!after_word(line, "index", &rest) || !number_get(rest, &ret->number))
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
    if (file->kind != PROOF_INCLUSION)
        return "it proves no inclusion";
    if (!file->has_leaf)
        return "it does not hold the entry itself: that was removed from the log, and is in proofs that were made before";
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
