#include "native/audit/audit_append.h"

#include <assert.h>

#include "native/draft.h"
#include "value/audit_line.h"

static const char *const entry_columns[] = {
#define X(number, column, ...) [number] = column,
    AUDIT_ENTRY_LIST(X)
#undef X
};

/* Every column gets its value here, so that the leaf can be hashed before the row is written: once, with its hash. */
static void fill(struct draft *draft, const struct value *values, const struct audit_head *head, const struct uuid *organization, int64_t id)
{
    const struct principal *who = draft->rq->who;
    for (int i = 0; i < draft->table->column_count; i++) {
        const struct column *column = &draft->table->columns[i];
        draft->given[i] = !column->dropped;
        draft->columns[i] = VALUE_OF_NULL;
        if (column->default_value != NULL && column->default_value->op == EXPR_CONST)
            draft->columns[i] = column->default_value->constant;
    }
    for (int i = 0; i < ENTRY_COLUMNS; i++)
        if (!value_is_null(&values[i]))
            draft_set(draft, entry_columns[i], values[i]);
    draft_set(draft, "id", value_int(id));
    draft_set(draft, "organization_id", organization != NULL ? value_uuid(*organization) : VALUE_OF_NULL);
    draft_set(draft, "user_id", who->claims.has_uid ? value_uuid(who->claims.uid) : VALUE_OF_NULL);
    draft_set(draft, "created_at", value_time(draft->rq->now_us));
    draft_set(draft, "previous_hash", VALUE_OF_NULL);
    draft_set(draft, AUDIT_HASH_COLUMN, VALUE_OF_NULL);
    if (head->entries > 0) {
        char previous[MERKLE_HASH_TEXT_SIZE + 1];
        merkle_format(&head->last, previous);
        draft_text(draft, "previous_hash", arena_string(draft->rq->arena, slice_of_string(previous)));
    }
}

/* While the draft has no audit_chain_hash, its row is the leaf. */
static void hash_draft(const struct draft *draft, struct merkle_hash *ret)
{
    struct buf row = { 0 };
    assert(value_is_null(&draft->columns[table_column(draft->table, SLICE_LITERAL(AUDIT_HASH_COLUMN))]));
    mp_put_array(&row, (uint32_t)draft->table->column_count);
    for (int i = 0; i < draft->table->column_count; i++)
        value_store(draft->table->columns[i].type, &draft->columns[i], &row);
    merkle_leaf(buf_slice(&row), ret);
    buf_done(&row);
}

/* A log does not begin where hashes of an older one were brought back: that one is still on its way, and this would be a fork of it. */
static int may_begin(struct request *rq, uint32_t house)
{
    struct audit_place place;
    int there = audit_place_load(rq, house, 0, &place);
    if (there <= 0)
        return there;
    fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this organization's audit log is being restored");
    return fail_hint(rq->error, "call restore_audit_log when its rows are there");
}

int audit_append(struct request *rq, uint32_t house, const struct uuid *organization, const struct value *values, struct audit_appended *ret)
{
    const struct table *table;
    struct draft draft;
    struct audit_head head;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    assert(organization != NULL || house == TENANT_SYSTEM);
    if (native_table_of(rq, REFERENCE_AUDIT_LOGS_ENHANCED, &table) < 0 || audit_head_load(rq, house, &head) < 0 || (head.entries == 0 && may_begin(rq, house) < 0) ||
        sequence_next(rq, table->columns[table_column(table, SLICE_LITERAL("id"))].sequence, &ret->place.id) < 0)
        return -1;
    draft_start(&draft, rq, table);
    fill(&draft, values, &head, organization, ret->place.id);
    hash_draft(&draft, &ret->place.hash);
    merkle_format(&ret->place.hash, text);
    draft_text(&draft, "audit_chain_hash", text);
    ret->entry = head.entries;
    if (draft_insert(&draft, house, NULL) < 0 || audit_log_extend(rq, house, &head, &ret->place) < 0)
        return -1;
    return audit_head_save(rq, house, &head);
}

static int set_hash(struct request *rq, const struct table *table, const char *column, const struct merkle_hash *hash, struct found *row)
{
    struct draft draft;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    merkle_format(hash, text);
    draft_start(&draft, rq, table);
    draft_text(&draft, column, text);
    return draft_update(&draft, row, row);
}

int audit_adopt(struct request *rq, const struct table *table, const struct found *row, const struct audit_head *head, struct merkle_hash *ret)
{
    struct found adopted = *row;
    if (head->entries > 0 && set_hash(rq, table, "previous_hash", &head->last, &adopted) < 0)
        return -1;
    bool good = audit_leaf_hash(adopted.bytes, table_column(table, SLICE_LITERAL("audit_chain_hash")), ret);
    assert(good);
    return set_hash(rq, table, "audit_chain_hash", ret, &adopted);
}
