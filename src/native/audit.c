/* The audit log: append_audit_log, verify_audit_chain. The hashes are audit_rule.h's, how the log is stored audit_log.c's. */
#include "native/audit_log.h"
#include "native/draft.h"
#include "native/groups.h"

#include <assert.h>

/* --- append_audit_log --- */

/* The parameters that are columns of the same name: number, column, type, array, required, summary. */
#define APPEND_LIST(X) \
    X(APPEND_ACTION, "action_type", TYPE_TEXT, false, true, "what was done") \
    X(APPEND_RESOURCE_TYPE, "resource_type", TYPE_TEXT, false, false, "to what kind of thing") \
    X(APPEND_RESOURCE_ID, "resource_id", TYPE_TEXT, false, false, "to which") \
    X(APPEND_DETAILS, "details", TYPE_JSONB, false, false, "anything") \
    X(APPEND_IP, "ip_address", TYPE_TEXT, false, false, "from where") \
    X(APPEND_AGENT, "user_agent", TYPE_TEXT, false, false, "with what") \
    X(APPEND_REQUEST, "request_id", TYPE_TEXT, false, false, "of the application") \
    X(APPEND_SESSION, "session_id", TYPE_TEXT, false, false, "of the application") \
    X(APPEND_GEO, "geo_location", TYPE_JSONB, false, false, "where that is") \
    X(APPEND_RISK, "risk_score", TYPE_INT4, false, false, "of the application") \
    X(APPEND_TAGS, "compliance_tags", TYPE_TEXT, true, false, "such as {gdpr,soc2}") \
    X(APPEND_RETENTION, "retention_class", TYPE_TEXT, false, false, "standard when left out") \
    X(APPEND_EXPIRES, "expires_at", TYPE_TIMESTAMPTZ, false, false, "when it may go")

enum {
#define X(number, ...) number,
    APPEND_LIST(X)
#undef X
    APPEND_COLUMNS,
    APPEND_ORGANIZATION = APPEND_COLUMNS
};
static const char *const append_columns[] = {
#define X(number, column, ...) [number] = column,
    APPEND_LIST(X)
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
    for (int i = 0; i < APPEND_COLUMNS; i++)
        if (!value_is_null(&values[i]))
            draft_set(draft, append_columns[i], values[i]);
    draft_set(draft, "id", value_int(id));
    draft_set(draft, "organization_id", value_uuid(*organization));
    draft_set(draft, "user_id", who->claims.has_uid ? value_uuid(who->claims.uid) : VALUE_OF_NULL);
    draft_set(draft, "created_at", value_time(draft->rq->now_us));
    if (head->entries > 0) {
        char previous[AUDIT_HASH_TEXT_SIZE + 1];
        audit_hash_format(&head->last, previous);
        draft_text(draft, "previous_hash", arena_string(draft->rq->arena, slice_of_string(previous)));
    }
}

static void hash_draft(const struct draft *draft, struct audit_hash *ret)
{
    struct buf row = { 0 };
    mp_put_array(&row, (uint32_t)draft->table->column_count);
    for (int i = 0; i < draft->table->column_count; i++)
        value_store(draft->table->columns[i].type, &draft->columns[i], &row);
    bool good = audit_leaf_hash(buf_slice(&row), table_column(draft->table, SLICE_LITERAL("audit_chain_hash")), ret);
    assert(good);
    buf_done(&row);
}

static int append_audit_log(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct audit_head head;
    struct uuid organization;
    uint32_t house;
    int64_t id;
    if (native_table_of(rq, AUDIT_TABLE, &table) < 0 || native_house(rq, &values[APPEND_ORGANIZATION], &house, &organization) < 0 ||
        audit_head_load(rq, house, &head) < 0 ||
        sequence_next(rq, table->columns[table_column(table, SLICE_LITERAL("id"))].sequence, &id) < 0)
        return -1;
    draft_start(&draft, rq, table);
    fill(&draft, values, &head, &organization, id);
    hash_draft(&draft, &head.last);
    char text[AUDIT_HASH_TEXT_SIZE + 1];
    audit_hash_format(&head.last, text);
    draft_text(&draft, "audit_chain_hash", text);
    if (draft_insert(&draft, house, NULL) < 0 || audit_leaf_save(rq, house, head.entries, id) < 0)
        return -1;
    head.entries++;
    if (audit_head_save(rq, house, &head) < 0)
        return -1;
    mp_put_map(out, 3);
    put_int(out, "id", id);
    put_int(out, "entry", head.entries - 1);
    put_text(out, "audit_chain_hash", slice_of_string(text));
    return 0;
}

/* --- verify_audit_chain --- */

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

static int verify(struct audit *a)
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

enum { VERIFY_ORGANIZATION };

static int verify_audit_chain(struct request *rq, const struct value *values, struct buf *out)
{
    struct audit audit = { .rq = rq };
    struct uuid organization;
    if (native_table_of(rq, AUDIT_TABLE, &audit.table) < 0 || native_house(rq, &values[VERIFY_ORGANIZATION], &audit.house, &organization) < 0 ||
        audit_head_load(rq, audit.house, &audit.head) < 0 || verify(&audit) < 0)
        return -1;
    char text[AUDIT_HASH_TEXT_SIZE + 1];
    audit_hash_format(&audit.head.last, text);
    mp_put_map(out, audit.reason == NULL ? 3 : 5);
    put_bool(out, "valid", audit.reason == NULL);
    put_int(out, "entries", audit.head.entries);
    put_text(out, "last_hash", audit.head.entries > 0 ? slice_of_string(text) : slice_of_string(""));
    if (audit.reason != NULL) {
        put_int(out, "broken_at", audit.seen.entries);
        put_text(out, "reason", slice_of_string(audit.reason));
    }
    return 0;
}

const struct native_function audit_functions[] = {
    { .name = "append_audit_log", .writes = true, .caller = CALLER_MEMBER, .run = append_audit_log,
      .returns = "{id, entry, audit_chain_hash}",
      .summary = "appends an entry to the organization's chained audit log",
      .parameters = {
#define X(number, ...) [number] = { __VA_ARGS__ },
          APPEND_LIST(X)
#undef X
          [APPEND_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "verify_audit_chain", .caller = CALLER_MEMBER, .run = verify_audit_chain,
      .returns = "{valid, entries, last_hash, broken_at, reason}",
      .summary = "recomputes every hash of the organization's audit log",
      .parameters = { [VERIFY_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
