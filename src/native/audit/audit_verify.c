/* Verifying a log: every hash is made again from the rows, the tree from the hashes, and what is stored must be that.
 *
 * Of entries that were removed there are hashes alone: they must make the root that the stub was signed with, the stub must be signed by
 * the log's key, and it must be the one that the log's newest record of a removal holds (R3). */
#include "native/audit/audit_log.h"
#include "native/audit/audit_proof.h"
#include "native/draft.h"
#include "value/json.h"

const char *audit_follows(const struct table *table, const struct found *row, struct audit_head *head)
{
    struct merkle_hash hash;
    const struct value *previous = found_column(table, row, "previous_hash");
    const struct value *stated = found_column(table, row, "audit_chain_hash");
    int column = table_column(table, SLICE_LITERAL("audit_chain_hash"));
    if (!audit_leaf_hash(row->bytes, column, &hash) || value_is_null(stated) || !merkle_is(&hash, stated->bytes))
        return "its row was changed";
    if (head->entries == 0 ? !value_is_null(previous) : value_is_null(previous) || !merkle_is(&head->last, previous->bytes))
        return "it does not follow the entry before it";
    head->last = hash;
    return NULL;
}

#define ENTRIES_BETWEEN_RESETS 256      /* of the scratch memory in which rows are read */

struct audit {
    struct request rq;              /* with a scratch arena of its own */
    const struct table *table;
    uint32_t house;
    struct audit_head head;         /* as stored */
    struct audit_head seen;         /* as recomputed so far */
    struct slice note;              /* the stub as stored; stub.removed.size 0: there is none */
    struct audit_stub stub;
    int64_t recorded;               /* the newest entry that records a removal; -1: none does */
    struct merkle_peaks peaks;
    const char *reason;             /* what is wrong with entry seen.entries, NULL while nothing is */
    bool failed;                    /* in a callback, with the error set */
};

/* A subtree was completed by the rows: is it the one that proofs are made from? */
static void compare_node(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    struct audit *a = env;
    struct merkle_hash stored;
    int got = a->failed ? 0 : audit_node_load(&a->rq, a->house, level, index, &stored);
    if (got < 0)
        a->failed = true;
    else if (got == 0 || !merkle_equal(&stored, hash))
        a->reason = "the tree over it is not that of the rows";
}

/* --- What was removed --- */

static const char *check_signature(struct audit *a)
{
    struct uuid organization;
    struct note_key key;
    struct audit_stub stub;
    if (store_house_organization(a->rq.view, a->house, &organization, a->rq.error) != 1 || audit_key_of(&a->rq, &organization, &key) < 0) {
        error_clear(a->rq.error);
        return "there is no key that the stub of removed entries could be checked with";
    }
    if (audit_stub_get(a->note, &key, &stub) != NULL)
        return "the stub of removed entries is not signed by the log's key";
    return stub.entry < (uint64_t)a->head.entries ? NULL : "the stub of removed entries is of a longer log";
}

/* The hashes that are left of removed entries; of a pruned tree its peaks. */
static int read_removed(struct audit *a)
{
    struct audit_place place = { 0 };
    int64_t removed = (int64_t)a->stub.removed.size;
    for (; a->reason == NULL && !a->failed && a->seen.entries < removed; a->seen.entries++) {
        int got = audit_place_load(&a->rq, a->house, a->seen.entries, &place);
        if (got < 0)
            return -1;
        if (got == 0 && a->seen.entries == 0) {
            struct audit_tree env;
            struct merkle_tree tree = audit_tree_open(&env, &a->rq, a->house);
            a->seen.entries = removed;
            return merkle_peaks_load(&tree, a->stub.removed.size, &a->peaks);
        }
        if (got == 0) {
            a->reason = "its hash is gone";
            return 0;
        }
        merkle_peaks_add(&a->peaks, &place.hash, compare_node, a);
        if (a->seen.entries % ENTRIES_BETWEEN_RESETS == 0)
            arena_reset(a->rq.arena);
    }
    if (a->reason == NULL && !a->failed && !merkle_equal(&place.hash, &a->stub.last))
        a->reason = "the entry before it is not the one that the stub of removed entries ends with";
    return a->failed ? -1 : 0;
}

static int verify_removed(struct audit *a)
{
    struct merkle_hash root;
    if (a->stub.removed.size == 0)
        return 0;
    a->reason = check_signature(a);
    if (a->reason != NULL || read_removed(a) < 0)
        return a->reason != NULL ? 0 : -1;
    a->seen.last = a->stub.last;
    merkle_peaks_root(&a->peaks, &root);
    if (a->reason == NULL && !merkle_equal(&root, &a->stub.removed.root))
        a->reason = "the entries before it are not those that the stub of removed entries was signed for";
    return 0;
}

/* An entry that records a removal; the newest is the stub's. */
static void meet_record(struct audit *a, const struct found *row)
{
    struct slice member, held, text, stub;
    a->recorded = a->seen.entries;
    if (a->seen.entries != (int64_t)a->stub.entry || a->stub.removed.size == 0)
        return;
    const struct value *details = found_column(a->table, row, "details");
    if (value_is_null(details) || !json_member(details->bytes, SLICE_LITERAL("stub"), &member) || !mp_str(&member, &held) ||
        !note_text(held, &text) || !note_text(a->note, &stub) || !slice_equal(text, stub))
        a->reason = "it holds another stub of removed entries than is there";
}

static const char *check_record(const struct audit *a)
{
    if (a->recorded == (a->stub.removed.size == 0 ? -1 : (int64_t)a->stub.entry))
        return NULL;
    return a->stub.removed.size == 0 ? "the log records that entries were removed, and there is no stub of them"
                                     : "the stub of removed entries is not that of the log's last removal";
}

/* --- What is there --- */

static int verify_entry(struct audit *a)
{
    struct found row;
    struct audit_place place;
    int got = audit_place_load(&a->rq, a->house, a->seen.entries, &place);
    if (got == 0)
        a->reason = "its place in the log is gone";
    if (got <= 0)
        return got;
    struct value id = value_int(place.id);
    got = table_find(&a->rq, a->table, a->house, &id, &row);
    if (got == 0)
        a->reason = "its row is gone";
    if (got <= 0)
        return got;
    a->reason = audit_follows(a->table, &row, &a->seen);
    if (a->reason == NULL && !merkle_equal(&a->seen.last, &place.hash))
        a->reason = "its row is not the one that was appended";
    if (a->reason == NULL && slice_is(found_column(a->table, &row, "action_type")->bytes, AUDIT_RETAIN_ACTION))
        meet_record(a, &row);
    if (a->reason == NULL)
        merkle_peaks_add(&a->peaks, &place.hash, compare_node, a);
    return a->failed ? -1 : 0;
}

/* Rows of the table that are not entries of the log: somebody wrote them past it. */
static int count_rows(struct audit *a, int64_t *ret)
{
    struct walk walk;
    struct found row;
    int got;
    *ret = 0;
    if (walk_start(&walk, &a->rq, a->table->primary, a->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1)
        if (++*ret % ENTRIES_BETWEEN_RESETS == 0)
            arena_reset(a->rq.arena);
    return got;
}

static int verify_all(struct audit *a)
{
    int64_t rows;
    if (verify_removed(a) < 0)
        return -1;
    for (; a->reason == NULL && a->seen.entries < a->head.entries; a->seen.entries++) {
        if (verify_entry(a) < 0)
            return -1;
        if (a->reason != NULL)
            return 0;
        if (a->seen.entries % ENTRIES_BETWEEN_RESETS == 0)
            arena_reset(a->rq.arena);
    }
    if (a->reason == NULL)
        a->reason = check_record(a);
    if (a->reason == NULL && !merkle_equal(&a->seen.last, &a->head.last))
        a->reason = "the entry before it is not the one that the log ended with";
    if (a->reason != NULL)
        return 0;
    if (count_rows(a, &rows) < 0)
        return -1;
    if (rows != a->head.entries - (int64_t)a->stub.removed.size)
        a->reason = "the table has rows that were not appended to the log";
    return 0;
}

int audit_verify(struct request *rq, uint32_t house, struct audit_report *ret)
{
    struct arena scratch;
    struct audit audit = { .rq = *rq, .house = house, .recorded = -1 };
    if (native_table_of(rq, REFERENCE_AUDIT_LOGS_ENHANCED, &audit.table) < 0 || audit_head_load(rq, house, &audit.head) < 0)
        return -1;
    arena_init(&scratch, ARENA_REQUEST_MAX);
    audit.rq.arena = &scratch;
    int result = audit_stub_load(rq, house, &audit.note, &audit.stub) < 0 ? -1 : verify_all(&audit);
    if (result < 0 && (rq->error->state == SQLSTATE_DATA_CORRUPTED || rq->error->state == SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE)) {
        audit.reason = "what is stored of it is damaged";
        error_clear(rq->error);
        result = 0;
    }
    arena_done(&scratch);
    *ret = (struct audit_report){ .reason = audit.reason, .head = audit.head, .removed = (int64_t)audit.stub.removed.size,
                                   .seen = audit.seen.entries };
    merkle_peaks_root(&audit.peaks, &ret->root);
    return result;
}
