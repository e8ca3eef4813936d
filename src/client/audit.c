/* Audit logs, offline: what is in a file against the key that signed it. Formats: proof/checkpoint.h, value/audit_line.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "client/client.h"
#include "proof/checkpoint.h"
#include "value/audit_line.h"
#include "value/audit_stub.h"
#include "value/json.h"
#include "value/mp.h"

static bool refuse(struct rh_audit_verdict *ret, const char *reason)
{
    ret->good = false;
    snprintf(ret->reason, sizeof ret->reason, "%s", reason);
    return false;
}

static bool start(const char *key_text, struct note_key *ret_key, struct rh_audit_verdict *ret)
{
    *ret = (struct rh_audit_verdict){ 0 };
    return note_key_parse(slice_of_string(key_text), ret_key) || refuse(ret, "the verifier key is malformed");
}

static bool accept(struct rh_audit_verdict *ret, const struct checkpoint *checkpoint, uint64_t number)
{
    _Static_assert(sizeof ret->origin == sizeof checkpoint->origin && sizeof ret->root == sizeof checkpoint->root.bytes, "the same forms");
    ret->good = true;
    memcpy(ret->origin, checkpoint->origin, sizeof ret->origin);
    ret->size = checkpoint->size;
    memcpy(ret->root, checkpoint->root.bytes, sizeof ret->root);
    ret->number = number;
    return true;
}

bool rh_audit_verify_checkpoint(const char *key_text, const char *text, size_t size, struct rh_audit_verdict *ret)
{
    struct note_key key;
    struct checkpoint checkpoint;
    if (!start(key_text, &key, ret))
        return false;
    const char *reason = checkpoint_get(slice_of(text, size), &key, &checkpoint);
    return reason != NULL ? refuse(ret, reason) : accept(ret, &checkpoint, checkpoint.size);
}

bool rh_audit_verify_stub(const char *key_text, const char *text, size_t size, struct rh_audit_verdict *ret)
{
    struct note_key key;
    struct audit_stub stub;
    if (!start(key_text, &key, ret))
        return false;
    const char *reason = audit_stub_get(slice_of(text, size), &key, &stub);
    return reason != NULL ? refuse(ret, reason) : accept(ret, &stub.removed, stub.entry);
}

/* One column of a leaf from outside: a value that a row may hold. */
static bool column_is_good(struct slice object, struct arena *arena)
{
    struct slice in = object, payload, json;
    struct value value;
    struct error error;
    int8_t ext;
    if (!mp_ext(&in, &ext, &payload))
        return json_from_wire(&object, arena, &json, &error) == 0;
    switch (ext) {
    case MP_EXT_TIMESTAMP: return value_from_wire(type_of(TYPE_TIMESTAMPTZ), &object, arena, &value, &error) == 0;
    case MP_EXT_UUID:      return value_from_wire(type_of(TYPE_UUID), &object, arena, &value, &error) == 0;
    case MP_EXT_DECIMAL:   return value_from_wire(type_of(TYPE_NUMERIC), &object, arena, &value, &error) == 0;
    default:               return false;
    }
}

/* Leaves come from outside: they are read only when they are a row's array, whole. */
static bool leaf_is_row(struct slice leaf)
{
    struct arena arena;
    struct slice in = leaf, object;
    uint32_t count;
    if (leaf.size == 0 || mp_check(leaf, WIRE_DEPTH_MAX) != (int64_t)leaf.size || !mp_array(&in, &count))
        return false;
    arena_init(&arena, SIZE_MAX);
    bool good = true;
    for (uint32_t i = 0; good && i < count; i++)
        good = mp_skip(&in, &object) && column_is_good(object, &arena);
    arena_done(&arena);
    return good;
}

bool rh_audit_verify_inclusion(const char *key_text, const char *text, size_t size, struct rh_audit_verdict *ret, struct rh_reply **ret_row)
{
    struct note_key key;
    struct checkpoint checkpoint;
    struct proof_file file;
    if (!start(key_text, &key, ret))
        return false;
    const char *reason = proof_file_get(slice_of(text, size), &file);
    if (reason == NULL)
        reason = proof_file_included(&file, &key, &checkpoint);
    if (reason == NULL && !leaf_is_row(buf_slice(&file.leaf)))
        reason = "its leaf is no row";
    if (reason == NULL && ret_row != NULL) {
        *ret_row = memory_alloc(sizeof **ret_row);
        **ret_row = (struct rh_reply){ .bytes = file.leaf };
        file.leaf = (struct buf){ 0 };
    }
    proof_file_done(&file);
    return reason != NULL ? refuse(ret, reason) : accept(ret, &checkpoint, file.number);
}

bool rh_audit_verify_consistency(const char *key_text, const char *old_text, size_t old_size, const char *text, size_t size,
                                 struct rh_audit_verdict *ret)
{
    struct note_key key;
    struct checkpoint old, checkpoint;
    struct proof_file file = { 0 };
    if (!start(key_text, &key, ret))
        return false;
    const char *reason = checkpoint_get(slice_of(old_text, old_size), &key, &old);
    if (reason != NULL) {
        snprintf(ret->reason, sizeof ret->reason, "the checkpoint that was kept: %s", reason);
        return false;
    }
    reason = proof_file_get(slice_of(text, size), &file);
    if (reason == NULL)
        reason = proof_file_consistent(&file, &old, &key, &checkpoint);
    proof_file_done(&file);
    return reason != NULL ? refuse(ret, reason) : accept(ret, &checkpoint, old.size);
}

/* --- Exports --- */

/* The file is gone through twice: its checkpoint, which proofs of single entries are against, is its last line. */
struct reading {
    const struct note_key *key;
    FILE *file;
    char *line;
    size_t capacity, number;                    /* of the line, from 1 */
    struct slice bytes;                         /* the line, its newline included */
    struct arena arena;                         /* of one line */
    struct arena head;                          /* of the columns' names */
    struct audit_export export;
    struct checkpoint checkpoint;
    struct merkle_peaks peaks;
    struct audit_stub stub;
    struct buf note;                            /* its text */
    int64_t entries;                            /* seen so far */
    int64_t last;                               /* their last number */
    const char *reason;
};

static bool wrong(struct reading *r, const char *reason)
{
    r->reason = reason;
    return false;
}

/* The next line as JSON; false at the end, or with a reason. */
static bool next_json(struct reading *r, struct slice *ret)
{
    struct error error;
    ssize_t size = getline(&r->line, &r->capacity, r->file);
    if (size < 0)
        return false;
    r->number++;
    r->bytes = slice_of(r->line, (size_t)size);
    arena_reset(&r->arena);
    return json_parse(r->bytes, &r->arena, ret, &error) == 0 || wrong(r, "it is no JSON");
}

static bool text_member(struct slice json, const char *name, struct slice *ret)
{
    struct slice member;
    return json_member(json, slice_of_string(name), &member) && mp_str(&member, ret);
}

static bool read_columns(struct reading *r, struct slice columns)
{
    uint32_t count;
    struct slice name;
    if (!mp_array(&columns, &count) || count > COLUMNS_MAX)
        return wrong(r, "its columns are malformed");
    const char **names = ARENA_ARRAY(&r->head, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (!mp_str(&columns, &name))
            return wrong(r, "its columns are malformed");
        names[i] = arena_string(&r->head, name);
    }
    for (uint32_t i = 0; audit_columns[i] != NULL; i++)
        if (i >= count || strcmp(names[i], audit_columns[i]) != 0)
            return wrong(r, "its columns are not those of an audit log");
    r->export.columns = names;
    r->export.column_count = (int)count;
    return true;
}

/* What the log has no more: the stub says so, and the peaks are those of its root. */
static bool read_removed(struct reading *r, struct slice json)
{
    struct slice removed, note;
    struct merkle_hash root;
    if (!json_member(json, SLICE_LITERAL("removed"), &removed))
        return true;
    if (!mp_int(&removed, &r->export.removed) || !text_member(json, "stub", &note) || !audit_hashes_get(json, "peaks", &r->export.peaks))
        return wrong(r, "what it says of removed entries is malformed");
    buf_clear(&r->note);
    buf_append_slice(&r->note, note);
    r->export.stub = buf_slice(&r->note);
    r->reason = audit_stub_get(r->export.stub, r->key, &r->stub);
    if (r->reason != NULL)
        return wrong(r, "the stub of removed entries is not one that the log's key signed");
    if (r->export.removed < 0 || r->stub.removed.size != (uint64_t)r->export.removed || !merkle_peaks_from(r->stub.removed.size, &r->export.peaks, &r->peaks))
        return wrong(r, "its stub is of other entries than it says were removed");
    merkle_peaks_root(&r->peaks, &root);
    return merkle_equal(&root, &r->stub.removed.root) || wrong(r, "its stub is of other entries than it says were removed");
}

static bool read_head(struct reading *r)
{
    struct slice json, format, origin, entries, complete, columns;
    if (!next_json(r, &json) || !text_member(json, "rowhouse", &format) || !slice_is(format, AUDIT_EXPORT_FORMAT) ||
        !text_member(json, "origin", &origin) || !json_member(json, SLICE_LITERAL("entries"), &entries) ||
        !mp_int(&entries, &r->export.entries) || !json_member(json, SLICE_LITERAL("complete"), &complete) ||
        !mp_bool(&complete, &r->export.complete) || !json_member(json, SLICE_LITERAL("columns"), &columns))
        return wrong(r, "it is no export of an audit log");
    if (!slice_is(origin, r->key->name))
        return wrong(r, "it is of another log than the key's");
    memcpy(r->export.origin, r->key->name, sizeof r->key->name);
    return read_columns(r, columns) && read_removed(r, json);
}

/* Entry `entry` with its leaf: the line says what the leaf says, and the leaf belongs where it stands. */
static bool check_entry(struct reading *r, int64_t entry, struct slice leaf, const struct merkle_proof *proof)
{
    struct merkle_hash hash;
    struct buf expected = { 0 };
    if (!leaf_is_row(leaf))
        return wrong(r, "its leaf is no row");
    audit_line_entry(&r->export, entry, leaf, proof, &expected);
    bool same = slice_equal(buf_slice(&expected), r->bytes);
    buf_done(&expected);
    if (!same)
        return wrong(r, "what it shows is not what its leaf says");
    merkle_leaf(leaf, &hash);
    if (r->export.complete ? entry != r->export.removed + r->entries : entry <= r->last || entry < r->export.removed)
        return wrong(r, "it is not in its place: entries are missing or out of order");
    if (r->export.complete)
        merkle_peaks_add(&r->peaks, &hash, NULL, NULL);
    else if (!merkle_included(&hash, (uint64_t)entry, r->checkpoint.size, proof, &r->checkpoint.root))
        return wrong(r, "it is not in the log that was signed");
    r->last = entry;
    r->entries++;
    return true;
}

static bool read_entry(struct reading *r, struct slice json)
{
    struct slice number, text;
    struct merkle_proof proof = { 0 };
    struct buf leaf = { 0 };
    int64_t entry;
    bool good = json_member(json, SLICE_LITERAL("entry"), &number) && mp_int(&number, &entry) && entry >= 0 && text_member(json, "leaf", &text) &&
                base64_get(text, &leaf) && (r->export.complete || audit_hashes_get(json, "hashes", &proof));
    good = good ? check_entry(r, entry, buf_slice(&leaf), &proof) : wrong(r, "it is no entry");
    buf_done(&leaf);
    return good;
}

static bool read_checkpoint(struct reading *r)
{
    struct slice json, note;
    while (next_json(r, &json))
        if (text_member(json, "checkpoint", &note)) {
            r->reason = checkpoint_get(note, r->key, &r->checkpoint);
            return r->reason == NULL;
        }
    return r->reason == NULL ? wrong(r, "the export has no checkpoint") : false;
}

static bool read_entries(struct reading *r)
{
    struct slice json, note;
    struct merkle_hash root;
    bool ended = false;
    while (!ended && next_json(r, &json)) {
        ended = text_member(json, "checkpoint", &note);
        if (!ended && !read_entry(r, json))
            return false;
    }
    if (r->reason != NULL)
        return false;
    if (getc(r->file) != EOF)
        return wrong(r, "something follows the checkpoint");
    if (r->entries != r->export.entries)
        return wrong(r, "it has not as many entries as it says");
    merkle_peaks_root(&r->peaks, &root);
    if (r->export.complete && (r->peaks.size != r->checkpoint.size || !merkle_equal(&root, &r->checkpoint.root)))
        return wrong(r, "its entries are not the log that was signed");
    return true;
}

static bool read_twice(struct reading *r)
{
    if (!read_head(r) || !read_checkpoint(r))
        return false;
    rewind(r->file);
    r->number = 0;
    return read_head(r) && read_entries(r);
}

bool rh_audit_verify_export(const char *key_text, const char *path, struct rh_audit_verdict *ret)
{
    struct note_key key;
    struct reading reading = { .key = &key, .last = -1 };
    if (!start(key_text, &key, ret))
        return false;
    reading.file = fopen(path, "re");
    if (reading.file == NULL) {
        snprintf(ret->reason, sizeof ret->reason, "it cannot be read: %s", strerror(errno));
        return false;
    }
    arena_init(&reading.arena, SIZE_MAX);
    arena_init(&reading.head, SIZE_MAX);
    if (read_twice(&reading))
        accept(ret, &reading.checkpoint, (uint64_t)reading.entries);
    else
        snprintf(ret->reason, sizeof ret->reason, "line %zu: %s", reading.number, reading.reason);
    arena_done(&reading.arena);
    arena_done(&reading.head);
    buf_done(&reading.note);
    free(reading.line);
    fclose(reading.file);
    return ret->good;
}
