/* Audit logs out of a dump, for the service key: restore_audit_leaves, restore_audit_log.
 *
 * Rows that were restored are no log yet: its shape (head, leaves, tree, stub) is made again from them in the order of their ids. Each must
 * follow the one before it, or has no hashes and gets them. A log whose first entries were removed goes on from its stub, which its
 * last record of a removal holds (value/audit_stub.h). The hashes of what was removed came before, if the dump has them; where
 * it went through PostgreSQL it has not, and the tree goes on from its peaks, pruned. A stub that another server's key signed is signed
 * by this one's as well: who restores with the service key vouches for all that he restores. */
#include "native/audit/audit_append.h"
#include "native/audit/audit_proof.h"
#include "native/draft.h"
#include "native/groups.h"
#include "value/json.h"

/* --- restore_audit_leaves --- */

enum { LEAVES_FIRST, LEAVES_HASHES, LEAVES_ORGANIZATION };

static int restore_audit_leaves(struct request *rq, const struct value *values, struct buf *out)
{
    struct audit_head head;
    struct audit_place place = { 0 };
    struct uuid organization;
    uint32_t house;
    int64_t first = values[LEAVES_FIRST].integer;
    struct slice hashes = values[LEAVES_HASHES].bytes;
    if (native_house(rq, &values[LEAVES_ORGANIZATION], &house, &organization) < 0 || audit_head_load(rq, house, &head) < 0)
        return -1;
    if (head.entries > 0)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this organization has an audit log");
    if (first < 0 || hashes.size % MERKLE_HASH_SIZE != 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"hashes\" are %d bytes each, from entry number \"first\" on", MERKLE_HASH_SIZE);
    int before = first == 0 ? 1 : audit_place_load(rq, house, first - 1, &place);
    if (before <= 0)
        return before < 0 ? -1 : fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the hashes before entry %lld are not there", (long long)first);
    head.entries = first;
    head.last = place.hash;
    int there = audit_place_load(rq, house, first, &place);
    if (there != 0)
        return there < 0 ? -1 : fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the hash of entry %lld is there already", (long long)first);
    place.id = 0;                   /* of a row that was removed: nobody asks for it */
    for (size_t at = 0; at < hashes.size; at += MERKLE_HASH_SIZE) {
        memcpy(place.hash.bytes, hashes.data + at, MERKLE_HASH_SIZE);
        if (audit_log_extend(rq, house, &head, &place) < 0)
            return -1;
    }
    mp_put_int(out, head.entries);
    return 0;
}

/* --- Where the log begins --- */

struct restoring {
    struct request *rq;
    const struct table *table;
    uint32_t house;
    struct uuid organization;
    struct audit_head head;
};

static int no_stub(const struct restoring *r, const char *reason)
{
    return fail(r->rq->error, SQLSTATE_DATA_CORRUPTED, "the first entries of this organization's audit log are not there, and %s", reason);
}

/* The details of the newest record of a removal: 1, 0 there is none, -1. It may lie far back, so rows are read in memory of their own. */
static int find_record(const struct restoring *r, struct slice *ret_details)
{
    struct arena scratch;
    struct request reading = *r->rq;
    struct walk walk;
    struct found row;
    arena_init(&scratch, ARENA_REQUEST_MAX);
    reading.arena = &scratch;
    int got = walk_start(&walk, &reading, r->table->primary, r->house, NULL, 0, NULL, NULL, true) < 0 ? -1 : walk_next(&walk, &row);
    while (got == 1 && !slice_is(found_column(r->table, &row, "action_type")->bytes, AUDIT_RETAIN_ACTION)) {
        arena_reset(&scratch);
        got = walk_next(&walk, &row);
    }
    if (got == 1) {
        const struct value *details = found_column(r->table, &row, "details");
        *ret_details = value_is_null(details) ? SLICE_LITERAL("\xc0") : arena_copy(r->rq->arena, details->bytes);
    }
    arena_done(&scratch);
    return got;
}

static bool is_of_log(const struct restoring *r, const struct audit_stub *stub)
{
    char id[UUID_TEXT_SIZE + 1];
    size_t before = sizeof AUDIT_ORIGIN - 1;
    uuid_format(&r->organization, id);
    return strncmp(stub->removed.origin, AUDIT_ORIGIN, before) == 0 && strcmp(stub->removed.origin + before, id) == 0;
}

static int find_stub(const struct restoring *r, struct slice *ret_note, struct audit_stub *ret, struct merkle_proof *ret_peaks)
{
    struct slice details, note;
    int got = find_record(r, &details);
    if (got <= 0)
        return got < 0 ? -1 : no_stub(r, "no entry records that they were removed");
    if (!json_member(details, SLICE_LITERAL("stub"), &note) || !mp_str(&note, ret_note) || !audit_stub_read(*ret_note, ret) ||
        !audit_hashes_get(details, "peaks", ret_peaks) || !is_of_log(r, ret))
        return no_stub(r, "the entry that records their removal holds no stub of this log");
    return 0;
}

/* The tree up to the stub: as its leaves made it, or else its peaks. */
static int plant_tree(const struct restoring *r, const struct audit_stub *stub, const struct merkle_proof *list)
{
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, r->rq, r->house);
    struct merkle_peaks peaks = { 0 };
    struct merkle_hash root;
    struct audit_place place;
    int64_t last = (int64_t)stub->removed.size - 1;
    if (!merkle_peaks_from(stub->removed.size, list, &peaks))
        return no_stub(r, "the stub of them has not the peaks of its tree");
    merkle_peaks_root(&peaks, &root);
    if (!merkle_equal(&root, &stub->removed.root))
        return no_stub(r, "the stub of them is of another tree");
    int leaves = audit_place_load(r->rq, r->house, 0, &place);
    if (leaves == 1) {
        if (merkle_root(&tree, stub->removed.size, &root) < 0)
            return -1;
        return merkle_equal(&root, &stub->removed.root) ? 0 : no_stub(r, "the hashes of them are not those that the stub was signed for");
    }
    if (leaves < 0 || merkle_peaks_store(&tree, &peaks) < 0)
        return -1;
    return audit_leaf_put(r->rq, r->house, last, &(struct audit_place){ .hash = stub->last });
}

static int keep_stub(const struct restoring *r, struct slice signed_note)
{
    struct note_key key;
    struct audit_stub stub;
    struct buf note = { 0 };
    int result = audit_key_of(r->rq, &r->organization, &key);
    buf_append_slice(&note, signed_note);
    if (result == 0 && audit_stub_get(signed_note, &key, &stub) != NULL)
        result = audit_sign(r->rq, &r->organization, true, &note);
    const char *reason = result == 0 ? audit_stub_get(buf_slice(&note), &key, &stub) : NULL;
    if (reason != NULL)
        result = no_stub(r, reason);
    if (result == 0)
        result = audit_stub_save(r->rq, r->house, buf_slice(&note));
    buf_done(&note);
    return result;
}

/* The head of before the first row; 0 also where there is no row. */
static int begin_log(struct restoring *r)
{
    struct walk walk;
    struct found row;
    struct slice note;
    struct audit_stub stub;
    struct merkle_proof peaks;
    int got = walk_start(&walk, r->rq, r->table->primary, r->house, NULL, 0, NULL, NULL, false) < 0 ? -1 : walk_next(&walk, &row);
    if (got <= 0 || value_is_null(found_column(r->table, &row, "previous_hash")))
        return got < 0 ? -1 : 0;
    if (find_stub(r, &note, &stub, &peaks) < 0 || plant_tree(r, &stub, &peaks) < 0 || keep_stub(r, note) < 0)
        return -1;
    r->head = (struct audit_head){ .entries = (int64_t)stub.removed.size, .last = stub.last };
    return 0;
}

/* --- restore_audit_log --- */

#define RESTORE_ENTRIES_MAX 2000       /* of one call, so that a transaction stays small */
enum { RESTORE_ORGANIZATION };

/* The first id behind the log's end. */
static int first_id(struct request *rq, uint32_t house, const struct audit_head *head, struct value *ret)
{
    struct audit_place last = { .id = INT64_MIN };
    if (head->entries > 0 && audit_place_load(rq, house, head->entries - 1, &last) < 0)
        return -1;
    *ret = value_int(head->entries > 0 ? last.id + 1 : INT64_MIN);
    return 0;
}

static int restore_entry(struct request *rq, const struct table *table, uint32_t house, const struct found *row, struct audit_head *head)
{
    struct audit_place place = { .id = found_int(table, row, "id", 0) };
    struct audit_head next = *head;
    bool unchained = value_is_null(found_column(table, row, "audit_chain_hash")) && value_is_null(found_column(table, row, "previous_hash"));
    if (unchained && audit_adopt(rq, table, row, head, &next.last) < 0)
        return -1;
    const char *reason = unchained ? NULL : audit_follows(table, row, &next);
    if (reason != NULL)
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "row %lld of the audit log does not continue it: %s", (long long)place.id, reason);
    place.hash = next.last;
    return audit_log_extend(rq, house, head, &place);
}

static int restore_audit_log(struct request *rq, const struct value *values, struct buf *out)
{
    struct restoring r = { .rq = rq };
    struct walk walk;
    struct found row;
    struct value low;
    int got = 1, count = 0;
    if (native_table_of(rq, REFERENCE_AUDIT_LOGS_ENHANCED, &r.table) < 0 || native_house(rq, &values[RESTORE_ORGANIZATION], &r.house, &r.organization) < 0 ||
        audit_head_load(rq, r.house, &r.head) < 0 || first_id(rq, r.house, &r.head, &low) < 0 ||
        (r.head.entries == 0 && begin_log(&r) < 0) ||
        walk_start(&walk, rq, r.table->primary, r.house, NULL, 0, &low, NULL, false) < 0)
        return -1;
    while (count < RESTORE_ENTRIES_MAX && (got = walk_next(&walk, &row)) == 1) {
        if (restore_entry(rq, r.table, r.house, &row, &r.head) < 0)
            return -1;
        count++;
    }
    if (got >= 0 && count == 0 && r.head.entries > 0)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this organization's audit log has all its entries");
    if (got < 0 || (count > 0 && audit_head_save(rq, r.house, &r.head) < 0))
        return -1;
    mp_put_map(out, 2);
    put_int(out, "restored", count);
    put_int(out, "entries", r.head.entries);
    return 0;
}

const struct native_function audit_restore_functions[] = {
    { .name = "restore_audit_leaves", .writes = true, .caller = CALLER_SERVICE, .run = restore_audit_leaves, .returns = "how many there are",
      .summary = "brings back the hashes of entries that were removed from the organization's audit log, before restore_audit_log",
      .parameters = { [LEAVES_FIRST] = { "first", TYPE_INT8, false, true, "the number of the first entry of these" },
                      [LEAVES_HASHES] = { "hashes", TYPE_BYTEA, false, true, "32 bytes each" },
                      [LEAVES_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "restore_audit_log", .writes = true, .caller = CALLER_SERVICE, .run = restore_audit_log,
      .returns = "{restored, entries}",
      .summary = "makes up to 2000 restored rows of audit_logs_enhanced the organization's log again; those without hashes get theirs",
      .parameters = { [RESTORE_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
