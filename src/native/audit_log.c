/* How the log's shape is stored, beside its rows and in the same transaction, in the organization's house:
 *      RELATION_AUDIT_HEAD    empty key -> [entries, last leaf hash as bin]
 *      RELATION_AUDIT_LEAVES  entry u64 BE, from 0 -> id of its row */
#include "native/audit_log.h"

#include "native/draft.h"

int audit_head_load(struct request *rq, uint32_t house, struct audit_head *ret)
{
    struct key key;
    struct slice bytes, hash;
    uint32_t count;
    *ret = (struct audit_head){ 0 };
    key_start(&key, house, RELATION_AUDIT_HEAD);
    int got = system_get(rq, &key, &bytes);
    if (got <= 0)
        return got;
    if (!mp_array(&bytes, &count) || count != 2 || !mp_int(&bytes, &ret->entries) || !mp_bin(&bytes, &hash) || hash.size != AUDIT_HASH_SIZE)
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the head of this organization's audit log is damaged");
    memcpy(ret->last.bytes, hash.data, hash.size);
    return 0;
}

int audit_head_save(struct request *rq, uint32_t house, const struct audit_head *head)
{
    struct key key;
    struct buf bytes = { 0 };
    key_start(&key, house, RELATION_AUDIT_HEAD);
    mp_put_array(&bytes, 2);
    mp_put_int(&bytes, head->entries);
    mp_put_bin(&bytes, slice_of(head->last.bytes, AUDIT_HASH_SIZE));
    int result = system_put(rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

static void leaf_key(struct key *key, uint32_t house, int64_t entry)
{
    key_start(key, house, RELATION_AUDIT_LEAVES);
    key_u64(key, (uint64_t)entry);
}

int audit_leaf_save(struct request *rq, uint32_t house, int64_t entry, int64_t id)
{
    struct key key;
    struct buf bytes = { 0 };
    leaf_key(&key, house, entry);
    mp_put_int(&bytes, id);
    int result = system_put(rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

int audit_leaf_load(struct request *rq, uint32_t house, int64_t entry, int64_t *ret_id)
{
    struct key key;
    struct slice bytes;
    leaf_key(&key, house, entry);
    int got = system_get(rq, &key, &bytes);
    if (got == 1 && !mp_int(&bytes, ret_id))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "entry %lld of this organization's audit log is damaged", (long long)entry);
    return got;
}

const char *audit_follows(const struct table *table, const struct found *row, struct audit_head *head)
{
    struct audit_hash hash;
    const struct value *previous = found_column(table, row, "previous_hash");
    const struct value *stated = found_column(table, row, "audit_chain_hash");
    int column = table_column(table, SLICE_LITERAL("audit_chain_hash"));
    if (!audit_leaf_hash(row->bytes, column, &hash) || value_is_null(stated) || !audit_hash_is(&hash, stated->bytes))
        return "its row was changed";
    if (head->entries == 0 ? !value_is_null(previous) : value_is_null(previous) || !audit_hash_is(&head->last, previous->bytes))
        return "it does not follow the entry before it";
    head->last = hash;
    return NULL;
}

/* --- Verifying --- */

struct audit {
    struct request *rq;
    const struct table *table;
    uint32_t house;
    struct audit_head head;         /* as stored */
    struct audit_head seen;         /* as recomputed so far */
    const char *reason;             /* what is wrong with entry seen.entries, NULL while nothing is */
};

static int verify_entry(struct audit *a)
{
    struct found row;
    struct value id = value_int(0);
    int got = audit_leaf_load(a->rq, a->house, a->seen.entries, &id.integer);
    if (got == 0)
        a->reason = "its place in the log is gone";
    if (got <= 0)
        return got;
    got = table_find(a->rq, a->table, a->house, &id, &row);
    if (got == 0)
        a->reason = "its row is gone";
    if (got <= 0)
        return got;
    a->reason = audit_follows(a->table, &row, &a->seen);
    return 0;
}

/* Rows of the table that are not entries of the log: somebody wrote them past it. */
static int count_rows(struct audit *a, int64_t *ret)
{
    struct walk walk;
    struct found row;
    int got;
    *ret = 0;
    if (walk_start(&walk, a->rq, a->table->primary, a->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1)
        ++*ret;
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
    }
    if (memcmp(a->seen.last.bytes, a->head.last.bytes, AUDIT_HASH_SIZE) != 0) {
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
    struct audit audit = { .rq = rq, .house = house };
    if (native_table_of(rq, AUDIT_TABLE, &audit.table) < 0 || audit_head_load(rq, house, &audit.head) < 0 || verify_all(&audit) < 0)
        return -1;
    *ret = (struct audit_report){ audit.reason, audit.head, audit.seen.entries };
    return 0;
}
