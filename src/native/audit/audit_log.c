/* How the log's shape is stored, beside its rows and in the same transaction, in the organization's house:
 *      RELATION_AUDIT_HEAD    empty key -> [entries, last leaf hash as bin]
 *      RELATION_AUDIT_LEAVES  entry u64 BE, from 0 -> [id of its row, leaf hash as bin]: level 0 of the tree
 *      RELATION_AUDIT_NODES   level u8 from 1, index u64 BE -> node hash as bin, of complete subtrees (merkle.h, M1)
 *      RELATION_AUDIT_STUB    empty key -> the signed stub, there once entries were removed (value/audit_stub.h)
 *
 *  (A3) Rows are there from the stub's size on, or from 0 without a stub. Leaves and nodes are there from 0: the hashes of entries that
 *       were removed stay, so that every proof can still be made. One exception, a *pruned* tree: a log that was brought back without
 *       these hashes has of the removed part the peaks alone, which its stub's entry keeps; what needs more is refused (55000). */
#include "native/audit/audit_log.h"

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

static void put_number_and_hash(int64_t number, const struct merkle_hash *hash, struct buf *out)
{
    mp_put_array(out, 2);
    mp_put_int(out, number);
    mp_put_bin(out, slice_of(hash->bytes, MERKLE_HASH_SIZE));
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
    if (got == 1)
        ret->stored = bytes;
    return got < 0 ? -1 : 0;
}

int audit_head_save(struct request *rq, uint32_t house, const struct audit_head *head)
{
    struct key key;
    struct buf bytes = { 0 };
    key_start(&key, house, RELATION_AUDIT_HEAD);
    put_number_and_hash(head->entries, &head->last, &bytes);
    int result = head->stored.data != NULL ? system_replace(rq, &key, head->stored, buf_slice(&bytes)) : system_put(rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
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

int audit_node_load(struct request *rq, uint32_t house, int level, uint64_t index, struct merkle_hash *ret)
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

/* A node that is not there: damage, unless the tree is pruned. */
static int missing(struct request *rq, uint32_t house)
{
    struct audit_place place;
    int64_t first;
    int got = audit_first_entry(rq, house, &first) < 0 ? -1 : first == 0 ? 1 : audit_place_load(rq, house, 0, &place);
    if (got != 0)
        return got < 0 ? -1 : damaged(rq, "the tree");
    return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the hashes of the %lld removed entries did not come along when this organization's audit log was restored", (long long)first);
}

static int tree_get(void *env, int level, uint64_t index, struct merkle_hash *ret)
{
    const struct audit_tree *tree = env;
    if (level == 0 && tree->end != NULL && (int64_t)index == tree->end->entries - 1) {
        *ret = tree->end->last;
        return 0;
    }
    int got = audit_node_load(tree->rq, tree->house, level, index, ret);
    return got == 0 ? missing(tree->rq, tree->house) : got < 0 ? -1 : 0;
}

static int tree_put(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    const struct audit_tree *tree = env;
    struct key key;
    struct buf bytes = { 0 };
    node_key(&key, tree->house, level, index);
    mp_put_bin(&bytes, slice_of(hash->bytes, MERKLE_HASH_SIZE));
    int result = tree->end != NULL ? system_replace(tree->rq, &key, (struct slice){ 0 }, buf_slice(&bytes)) : system_put(tree->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

struct merkle_tree audit_tree_open(struct audit_tree *tree, struct request *rq, uint32_t house)
{
    *tree = (struct audit_tree){ rq, house, NULL };
    return (struct merkle_tree){ tree_get, tree_put, tree };
}

int audit_leaf_put(struct request *rq, uint32_t house, int64_t entry, const struct audit_place *place)
{
    struct key key;
    struct buf bytes = { 0 };
    leaf_key(&key, house, (uint64_t)entry);
    put_number_and_hash(place->id, &place->hash, &bytes);
    int result = system_put(rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

/* Nothing is at the places where a log grows, and the newest leaf is at hand: neither is looked up. */
int audit_log_extend(struct request *rq, uint32_t house, struct audit_head *head, const struct audit_place *place)
{
    struct audit_tree env = { rq, house, head };
    struct merkle_tree tree = { tree_get, tree_put, &env };
    struct key key;
    struct buf bytes = { 0 };
    leaf_key(&key, house, (uint64_t)head->entries);
    put_number_and_hash(place->id, &place->hash, &bytes);
    int result = system_replace(rq, &key, (struct slice){ 0 }, buf_slice(&bytes));
    buf_done(&bytes);
    if (result < 0 || merkle_append(&tree, (uint64_t)head->entries, &place->hash) < 0)
        return -1;
    head->entries++;
    head->last = place->hash;
    return 0;
}

/* --- The stub --- */

int audit_stub_load(struct request *rq, uint32_t house, struct slice *ret_note, struct audit_stub *ret)
{
    struct key key;
    struct slice bytes;
    *ret = (struct audit_stub){ 0 };
    *ret_note = (struct slice){ 0 };
    key_start(&key, house, RELATION_AUDIT_STUB);
    int got = system_get(rq, &key, &bytes);
    if (got == 1 && (!mp_str(&bytes, ret_note) || !audit_stub_read(*ret_note, ret))) {
        *ret = (struct audit_stub){ 0 };
        return damaged(rq, "the stub");
    }
    return got;
}

int audit_stub_save(struct request *rq, uint32_t house, struct slice note)
{
    struct key key;
    struct buf bytes = { 0 };
    key_start(&key, house, RELATION_AUDIT_STUB);
    mp_put_str(&bytes, note);
    int result = system_put(rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

int audit_first_entry(struct request *rq, uint32_t house, int64_t *ret)
{
    struct audit_stub stub;
    struct slice note;
    int got = audit_stub_load(rq, house, &note, &stub);
    *ret = (int64_t)stub.removed.size;
    return got < 0 ? -1 : 0;
}
