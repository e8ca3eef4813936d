/* audit_checkpoint, audit_inclusion_proof, audit_consistency_proof: reads, computed from the stored tree.
 *
 * A log's origin is "rowhouse/<organization's uuid>". The key pair is the server's; under each origin it is another verifier key. A
 * checkpoint is a reply like any other: it leaves when all that it covers is on disk, so a crash never takes back what was signed. */
#include "native/audit/audit_proof.h"

#include <assert.h>
#include <string.h>

#include "native/draft.h"
#include "native/groups.h"

_Static_assert(NOTE_SEED_SIZE == MERKLE_HASH_SIZE, "a seed is read as a hash is");

int audit_signer_set(struct audit_signer *signer, struct slice text, struct error *error)
{
    struct merkle_hash seed;
    size_t prefix = sizeof AUDIT_KEY_PREFIX - 1;
    if (text.size <= prefix || memcmp(text.data, AUDIT_KEY_PREFIX, prefix) != 0 ||
        !merkle_parse(slice_of(text.data + prefix, text.size - prefix), &seed))
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the audit key is not \"" AUDIT_KEY_PREFIX "\" and 64 hexadecimal digits");
    memcpy(signer->seed, seed.bytes, NOTE_SEED_SIZE);
    explicit_bzero(&seed, sizeof seed);
    note_public(signer->seed, signer->public_key);
    return 0;
}

int audit_key_of(struct request *rq, const struct uuid *organization, struct note_key *ret)
{
    char origin[NOTE_NAME_MAX] = AUDIT_ORIGIN;
    if (rq->host->audit_signer == NULL)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "there is no key to sign checkpoints with");
    uuid_format(organization, origin + strlen(origin));
    note_key_make(origin, rq->host->audit_signer->public_key, ret);
    return 0;
}

int audit_sign(struct request *rq, const struct uuid *organization, bool also, struct buf *text)
{
    struct note_key key;
    if (audit_key_of(rq, organization, &key) < 0)
        return -1;
    if (also)
        note_sign_also(text, &key, rq->host->audit_signer->seed);
    else
        note_sign(text, 0, &key, rq->host->audit_signer->seed);
    return 0;
}

/* The checkpoint's text goes to `out`, its root to *ret_root. */
static int sign(struct request *rq, uint32_t house, const struct uuid *organization, uint64_t size, struct merkle_hash *ret_root, struct buf *out)
{
    struct note_key key;
    struct checkpoint checkpoint = { .size = size };
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, rq, house);
    if (audit_key_of(rq, organization, &key) < 0 || merkle_root(&tree, size, &checkpoint.root) < 0)
        return -1;
    memcpy(checkpoint.origin, key.name, sizeof checkpoint.origin);
    checkpoint_put(&checkpoint, &key, rq->host->audit_signer->seed, out);
    *ret_root = checkpoint.root;
    return 0;
}

int audit_checkpoint_put(struct request *rq, uint32_t house, const struct uuid *organization, uint64_t size, struct buf *out)
{
    struct merkle_hash root;
    return sign(rq, house, organization, size, &root, out);
}

/* --- Pieces of replies --- */

static void put_hash(struct buf *out, const char *name, const struct merkle_hash *hash)
{
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    merkle_format(hash, text);
    put_text(out, name, slice_of_string(text));
}

static void put_hashes(struct buf *out, const struct merkle_proof *proof)
{
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    mp_put_string(out, "hashes");
    mp_put_array(out, (uint32_t)proof->count);
    for (int i = 0; i < proof->count; i++) {
        merkle_format(&proof->hashes[i], text);
        mp_put_string(out, text);
    }
}

/* An optional size of the log: all of it when left out; 22023 when it never had it. */
static int size_of(struct request *rq, const struct value *value, const struct audit_head *head, uint64_t *ret)
{
    int64_t size = value_is_null(value) ? head->entries : value->integer;
    if (size < 0 || size > head->entries)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the log has %lld entries, so it has no size %lld", (long long)head->entries,
                    (long long)size);
    *ret = (uint64_t)size;
    return 0;
}

static int open_log(struct request *rq, const struct value *named, uint32_t *ret_house, struct uuid *ret_organization, struct audit_head *ret)
{
    if (native_house(rq, named, ret_house, ret_organization) < 0)
        return -1;
    return audit_head_load(rq, *ret_house, ret);
}

/* --- audit_checkpoint --- */

enum { CHECKPOINT_SIZE, CHECKPOINT_ORGANIZATION };

static int audit_checkpoint(struct request *rq, const struct value *values, struct buf *out)
{
    struct audit_head head;
    struct uuid organization;
    struct merkle_hash root;
    struct note_key key;
    struct audit_stub stub;
    struct slice stub_note;
    struct buf note = { 0 }, verifier = { 0 };
    uint32_t house;
    uint64_t size = 0;
    int result = open_log(rq, &values[CHECKPOINT_ORGANIZATION], &house, &organization, &head);
    if (result == 0)
        result = audit_stub_load(rq, house, &stub_note, &stub) < 0 ? -1 : 0;
    if (result == 0)
        result = size_of(rq, &values[CHECKPOINT_SIZE], &head, &size);
    if (result == 0)
        result = audit_key_of(rq, &organization, &key);
    if (result == 0)
        result = sign(rq, house, &organization, size, &root, &note);
    if (result == 0) {
        note_key_format(&key, &verifier);
        mp_put_map(out, stub.removed.size > 0 ? 7 : 6);
        put_text(out, "origin", slice_of_string(key.name));
        put_int(out, "tree_size", (int64_t)size);
        put_hash(out, "root", &root);
        put_text(out, "checkpoint", buf_slice(&note));
        put_text(out, "key", buf_slice(&verifier));
        put_int(out, "removed", (int64_t)stub.removed.size);
        if (stub.removed.size > 0)
            put_text(out, "stub", stub_note);
    }
    buf_done(&note);
    buf_done(&verifier);
    return result;
}

/* --- audit_inclusion_proof --- */

enum { INCLUSION_ENTRY, INCLUSION_SIZE, INCLUSION_ORGANIZATION };

/* The leaf of an entry, from its row; of a removed one its hash alone: who proves it has the entry from before. */
static int leaf_of(struct request *rq, uint32_t house, int64_t entry, struct merkle_hash *ret_hash, struct buf *out)
{
    const struct table *table;
    struct audit_place place = { 0 };
    struct found row;
    int64_t first;
    if (native_table_of(rq, REFERENCE_AUDIT_LOGS_ENHANCED, &table) < 0 || audit_first_entry(rq, house, &first) < 0)
        return -1;
    int got = audit_place_load(rq, house, entry, &place);
    *ret_hash = place.hash;
    if (got == 1 && entry < first)
        return 0;
    struct value id = value_int(place.id);
    if (got == 1)
        got = table_find(rq, table, house, &id, &row);
    if (got == 0 || (got == 1 && !audit_leaf(row.bytes, table_column(table, SLICE_LITERAL("audit_chain_hash")), out)))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "entry %lld of this organization's audit log is damaged", (long long)entry);
    return got < 0 ? -1 : 0;
}

static int prove_inclusion(struct request *rq, const struct value *values, struct buf *leaf, struct buf *note, struct buf *text, struct buf *out)
{
    struct audit_head head;
    struct uuid organization;
    struct merkle_hash root, leaf_hash;
    struct merkle_proof proof;
    struct audit_tree env;
    uint32_t house;
    uint64_t size = 0;
    int64_t entry = values[INCLUSION_ENTRY].integer;
    if (open_log(rq, &values[INCLUSION_ORGANIZATION], &house, &organization, &head) < 0 || size_of(rq, &values[INCLUSION_SIZE], &head, &size) < 0)
        return -1;
    if (entry < 0 || (uint64_t)entry >= size)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a log of %llu entries has no entry %lld", (unsigned long long)size, (long long)entry);
    struct merkle_tree tree = audit_tree_open(&env, rq, house);
    if (merkle_inclusion(&tree, (uint64_t)entry, size, &proof) < 0 || leaf_of(rq, house, entry, &leaf_hash, leaf) < 0 ||
        sign(rq, house, &organization, size, &root, note) < 0)
        return -1;
    inclusion_put(buf_slice(leaf), (uint64_t)entry, &proof, buf_slice(note), text);
    mp_put_map(out, 6);
    put_int(out, "entry", entry);
    put_int(out, "tree_size", (int64_t)size);
    put_hash(out, "leaf_hash", &leaf_hash);
    put_hash(out, "root", &root);
    put_hashes(out, &proof);
    put_text(out, "proof", buf_slice(text));
    return 0;
}

static int audit_inclusion_proof(struct request *rq, const struct value *values, struct buf *out)
{
    struct buf leaf = { 0 }, note = { 0 }, text = { 0 };
    int result = prove_inclusion(rq, values, &leaf, &note, &text, out);
    buf_done(&leaf);
    buf_done(&note);
    buf_done(&text);
    return result;
}

/* --- audit_consistency_proof --- */

enum { CONSISTENCY_OLD, CONSISTENCY_NEW, CONSISTENCY_ORGANIZATION };

static int prove_consistency(struct request *rq, const struct value *values, struct buf *note, struct buf *text, struct buf *out)
{
    struct audit_head head;
    struct uuid organization;
    struct merkle_hash old_root, root;
    struct merkle_proof proof;
    struct audit_tree env;
    uint32_t house;
    uint64_t old = 0, size = 0;
    if (open_log(rq, &values[CONSISTENCY_ORGANIZATION], &house, &organization, &head) < 0 ||
        size_of(rq, &values[CONSISTENCY_NEW], &head, &size) < 0 || size_of(rq, &values[CONSISTENCY_OLD], &head, &old) < 0)
        return -1;
    if (old > size)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"old_size\" is above \"new_size\"");
    struct merkle_tree tree = audit_tree_open(&env, rq, house);
    if (merkle_consistency(&tree, old, size, &proof) < 0 || merkle_root(&tree, old, &old_root) < 0 ||
        sign(rq, house, &organization, size, &root, note) < 0)
        return -1;
    consistency_put(old, &proof, buf_slice(note), text);
    mp_put_map(out, 6);
    put_int(out, "old_size", (int64_t)old);
    put_int(out, "new_size", (int64_t)size);
    put_hash(out, "old_root", &old_root);
    put_hash(out, "root", &root);
    put_hashes(out, &proof);
    put_text(out, "proof", buf_slice(text));
    return 0;
}

static int audit_consistency_proof(struct request *rq, const struct value *values, struct buf *out)
{
    struct buf note = { 0 }, text = { 0 };
    int result = prove_consistency(rq, values, &note, &text, out);
    buf_done(&note);
    buf_done(&text);
    return result;
}

const struct native_function audit_proof_functions[] = {
    { .name = "audit_checkpoint", .caller = CALLER_MEMBER, .run = audit_checkpoint,
      .returns = "{origin, tree_size, root, checkpoint, key, removed, stub}",
      .summary = "the signed head of the organization's audit log, for keeping: nothing up to it can change unnoticed",
      .parameters = { [CHECKPOINT_SIZE] = { "tree_size", TYPE_INT8, false, false, "of a former head; all entries when left out" },
                      [CHECKPOINT_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "audit_inclusion_proof", .caller = CALLER_MEMBER, .run = audit_inclusion_proof,
      .returns = "{entry, tree_size, leaf_hash, root, hashes, proof}",
      .summary = "proves that an entry is in the log of a signed head; `proof` is a file that stands alone, of a removed entry without the entry",
      .parameters = { [INCLUSION_ENTRY] = { "entry", TYPE_INT8, false, true, "its number, from 0" },
                      [INCLUSION_SIZE] = { "tree_size", TYPE_INT8, false, false, "of the head; all entries when left out" },
                      [INCLUSION_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "audit_consistency_proof", .caller = CALLER_MEMBER, .run = audit_consistency_proof,
      .returns = "{old_size, new_size, old_root, root, hashes, proof}",
      .summary = "proves that the log of a signed head continues a former one",
      .parameters = { [CONSISTENCY_OLD] = { "old_size", TYPE_INT8, false, true, "of the head that was kept" },
                      [CONSISTENCY_NEW] = { "new_size", TYPE_INT8, false, false, "all entries when left out" },
                      [CONSISTENCY_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
