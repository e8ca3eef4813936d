/* How the log's shape is stored, beside its rows and in the same transaction, in the organization's house:
 *      RELATION_AUDIT_HEAD    empty key -> [entries, last leaf hash as bin]
 *      RELATION_AUDIT_LEAVES  entry u64 BE, from 0 -> [id of its row, leaf hash as bin]: level 0 of the tree
 *      RELATION_AUDIT_NODES   level u8 from 1, index u64 BE -> node hash as bin, of complete subtrees (merkle.h, M1) */
#include "native/audit_log.h"

#include "native/draft.h"

static int damaged(struct request *rq, const char *what)
{
    return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "%s of this organization's audit log is damaged", what);
}

static bool get_hash(struct slice *in, struct merkle_hash *ret)
{
    struct slice hash;
    if (!mp_bin(in, &hash) || hash.size != MERKLE_HASH_SIZE)
        return false;
    memcpy(ret->bytes, hash.data, MERKLE_HASH_SIZE);
    return true;
}

static int put_number_and_hash(struct request *rq, const struct key *key, int64_t number, const struct merkle_hash *hash)
{
    struct buf bytes = { 0 };
    mp_put_array(&bytes, 2);
    mp_put_int(&bytes, number);
    mp_put_bin(&bytes, slice_of(hash->bytes, MERKLE_HASH_SIZE));
    int result = system_put(rq, key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

static bool get_number_and_hash(struct slice bytes, int64_t *ret_number, struct merkle_hash *ret)
{
    uint32_t count;
    return mp_array(&bytes, &count) && count == 2 && mp_int(&bytes, ret_number) && get_hash(&bytes, ret);
}

/* --- Head --- */

int audit_head_load(struct request *rq, uint32_t house, struct audit_head *ret)
{
    struct key key;
    struct slice bytes;
    *ret = (struct audit_head){ 0 };
    key_start(&key, house, RELATION_AUDIT_HEAD);
    int got = system_get(rq, &key, &bytes);
    if (got == 1 && (!get_number_and_hash(bytes, &ret->entries, &ret->last) || ret->entries < 0))
        return damaged(rq, "the head");
    return got < 0 ? -1 : 0;
}

int audit_head_save(struct request *rq, uint32_t house, const struct audit_head *head)
{
    struct key key;
    key_start(&key, house, RELATION_AUDIT_HEAD);
    return put_number_and_hash(rq, &key, head->entries, &head->last);
}

/* --- Leaves and nodes --- */

static void leaf_key(struct key *key, uint32_t house, uint64_t entry)
{
    key_start(key, house, RELATION_AUDIT_LEAVES);
    key_u64(key, entry);
}

int audit_place_load(struct request *rq, uint32_t house, int64_t entry, struct audit_place *ret)
{
    struct key key;
    struct slice bytes;
    leaf_key(&key, house, (uint64_t)entry);
    int got = system_get(rq, &key, &bytes);
    if (got == 1 && !get_number_and_hash(bytes, &ret->id, &ret->hash))
        return damaged(rq, "an entry's place");
    return got;
}

static void node_key(struct key *key, uint32_t house, int level, uint64_t index)
{
    uint8_t byte = (uint8_t)level;
    key_start(key, house, RELATION_AUDIT_NODES);
    key_bytes(key, &byte, 1);
    key_u64(key, index);
}

/* 1, 0 not there, -1. */
static int node_load(struct request *rq, uint32_t house, int level, uint64_t index, struct merkle_hash *ret)
{
    struct key key;
    struct slice bytes;
    if (level == 0) {
        struct audit_place place;
        int got = audit_place_load(rq, house, (int64_t)index, &place);
        if (got == 1)
            *ret = place.hash;
        return got;
    }
    node_key(&key, house, level, index);
    int got = system_get(rq, &key, &bytes);
    return got == 1 && !get_hash(&bytes, ret) ? damaged(rq, "a node") : got;
}

static int tree_get(void *env, int level, uint64_t index, struct merkle_hash *ret)
{
    const struct audit_tree *tree = env;
    int got = node_load(tree->rq, tree->house, level, index, ret);
    return got == 0 ? damaged(tree->rq, "the tree") : got < 0 ? -1 : 0;
}

static int tree_put(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    const struct audit_tree *tree = env;
    struct key key;
    struct buf bytes = { 0 };
    node_key(&key, tree->house, level, index);
    mp_put_bin(&bytes, slice_of(hash->bytes, MERKLE_HASH_SIZE));
    int result = system_put(tree->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

struct merkle_tree audit_tree_open(struct audit_tree *tree, struct request *rq, uint32_t house)
{
    *tree = (struct audit_tree){ rq, house };
    return (struct merkle_tree){ tree_get, tree_put, tree };
}

int audit_log_extend(struct request *rq, uint32_t house, struct audit_head *head, const struct audit_place *place)
{
    struct key key;
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, rq, house);
    leaf_key(&key, house, (uint64_t)head->entries);
    if (put_number_and_hash(rq, &key, place->id, &place->hash) < 0 || merkle_append(&tree, (uint64_t)head->entries, &place->hash) < 0)
        return -1;
    head->entries++;
    head->last = place->hash;
    return 0;
}

/* --- Verifying --- */

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
    struct merkle_peaks peaks;
    const char *reason;             /* what is wrong with entry seen.entries, NULL while nothing is */
    bool failed;                    /* in a callback, with the error set */
};

/* A subtree was completed by the rows: is it the one that proofs are made from? */
static void compare_node(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    struct audit *a = env;
    struct merkle_hash stored;
    int got = a->failed ? 0 : node_load(&a->rq, a->house, level, index, &stored);
    if (got < 0)
        a->failed = true;
    else if (got == 0 || !merkle_equal(&stored, hash))
        a->reason = "the tree over it is not that of the rows";
}

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
    for (; a->seen.entries < a->head.entries; a->seen.entries++) {
        if (verify_entry(a) < 0)
            return -1;
        if (a->reason != NULL)
            return 0;
        if (a->seen.entries % ENTRIES_BETWEEN_RESETS == 0)
            arena_reset(a->rq.arena);
    }
    if (!merkle_equal(&a->seen.last, &a->head.last)) {
        a->reason = "the entry before it is not the one that the log ended with";
        return 0;
    }
    if (count_rows(a, &rows) < 0)
        return -1;
    if (rows != a->head.entries)
        a->reason = "the table has rows that were not appended to the log";
    return 0;
}

int audit_verify(struct request *rq, uint32_t house, struct audit_report *ret)
{
    struct arena scratch;
    struct audit audit = { .rq = *rq, .house = house };
    if (native_table_of(rq, AUDIT_TABLE, &audit.table) < 0 || audit_head_load(rq, house, &audit.head) < 0)
        return -1;
    arena_init(&scratch, ARENA_REQUEST_MAX);
    audit.rq.arena = &scratch;
    int result = verify_all(&audit);
    if (result < 0 && rq->error->state == SQLSTATE_DATA_CORRUPTED) {
        audit.reason = "what is stored of it is damaged";
        error_clear(rq->error);
        result = 0;
    }
    arena_done(&scratch);
    *ret = (struct audit_report){ .reason = audit.reason, .head = audit.head, .seen = audit.seen.entries };
    merkle_peaks_root(&audit.peaks, &ret->root);
    return result;
}
