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

enum { VERIFY_ORGANIZATION };

static int verify_audit_chain(struct request *rq, const struct value *values, struct buf *out)
{
    struct audit_report report;
    struct uuid organization;
    uint32_t house;
    char text[AUDIT_HASH_TEXT_SIZE + 1];
    if (native_house(rq, &values[VERIFY_ORGANIZATION], &house, &organization) < 0 || audit_verify(rq, house, &report) < 0)
        return -1;
    audit_hash_format(&report.head.last, text);
    mp_put_map(out, report.reason == NULL ? 3 : 5);
    put_bool(out, "valid", report.reason == NULL);
    put_int(out, "entries", report.head.entries);
    put_text(out, "last_hash", report.head.entries > 0 ? slice_of_string(text) : slice_of_string(""));
    if (report.reason != NULL) {
        put_int(out, "broken_at", report.seen);
        put_text(out, "reason", slice_of_string(report.reason));
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
