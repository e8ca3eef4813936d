/* What only restoring a dump needs, for the service key: set_sequence, restore_audit_log. */
#include "native/audit_append.h"
#include "native/draft.h"
#include "native/groups.h"

enum { SET_TABLE, SET_COLUMN, SET_VALUE };

static int set_sequence(struct request *rq, const struct value *values, struct buf *out)
{
    char *name = arena_string(rq->arena, values[SET_TABLE].bytes);
    const struct table *table;
    if (native_table_of(rq, name, &table) < 0)
        return -1;
    int column = table_column(table, values[SET_COLUMN].bytes);
    if (column < 0 || table->columns[column].sequence == 0)
        return fail(rq->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%.*s\" of \"%s\" has no sequence", SLICE_FMT(values[SET_COLUMN].bytes), name);
    if (values[SET_VALUE].integer < 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"value\" is not negative");
    int64_t next, last = values[SET_VALUE].integer;
    if (sequence_next(rq, table->columns[column].sequence, &next) < 0)
        return -1;
    if (last < next - 1)            /* never back to numbers that were given already */
        last = next - 1;
    if (sequence_set(rq, table->columns[column].sequence, last) < 0)
        return -1;
    mp_put_int(out, last);
    return 0;
}

/* Rows that were restored are no log yet: their shape (head, leaves and tree) is not in a dump. It is made again from the rows in
 * the order of their ids, each of which must follow the one before it, or has no hashes and gets them; so many a call, so that a transaction stays small. */
#define RESTORE_ENTRIES_MAX 10000
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
    bool unchained = value_is_null(found_column(table, row, "audit_chain_hash")) && value_is_null(found_column(table, row, "previous_hash"));
    if (unchained && audit_adopt(rq, table, row, head, &head->last) < 0)
        return -1;
    const char *reason = unchained ? NULL : audit_follows(table, row, head);
    if (reason != NULL)
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "row %lld of the audit log does not continue it: %s", (long long)place.id, reason);
    place.hash = head->last;
    return audit_log_extend(rq, house, head, &place);
}

static int restore_audit_log(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct audit_head head;
    struct uuid organization;
    struct walk walk;
    struct found row;
    struct value low;
    uint32_t house;
    int got = 1, count = 0;
    if (native_table_of(rq, AUDIT_TABLE, &table) < 0 || native_house(rq, &values[RESTORE_ORGANIZATION], &house, &organization) < 0 ||
        audit_head_load(rq, house, &head) < 0 || first_id(rq, house, &head, &low) < 0 ||
        walk_start(&walk, rq, table->primary, house, NULL, 0, &low, NULL, false) < 0)
        return -1;
    while (count < RESTORE_ENTRIES_MAX && (got = walk_next(&walk, &row)) == 1) {
        if (restore_entry(rq, table, house, &row, &head) < 0)
            return -1;
        count++;
    }
    if (got >= 0 && count == 0 && head.entries > 0)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this organization's audit log has all its entries");
    if (got < 0 || (count > 0 && audit_head_save(rq, house, &head) < 0))
        return -1;
    mp_put_map(out, 2);
    put_int(out, "restored", count);
    put_int(out, "entries", head.entries);
    return 0;
}

const struct native_function restore_functions[] = {
    { .name = "set_sequence", .writes = true, .caller = CALLER_SERVICE, .run = set_sequence, .returns = "the last number given",
      .summary = "makes a sequence go on after a number, if it is not beyond it already; for restoring a dump",
      .parameters = { [SET_TABLE] = { "table_name", TYPE_TEXT, false, true, "such as contacts" },
                      [SET_COLUMN] = { "column_name", TYPE_TEXT, false, true, "such as id" },
                      [SET_VALUE] = { "value", TYPE_INT8, false, true, "from 0" } } },
    { .name = "restore_audit_log", .writes = true, .caller = CALLER_SERVICE, .run = restore_audit_log,
      .returns = "{restored, entries}",
      .summary = "makes up to 10000 restored rows of audit_logs_enhanced the organization's log again; those without hashes get theirs",
      .parameters = { [RESTORE_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
