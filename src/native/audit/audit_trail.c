/* An entry is: action_type "<table>.insert", ".update" or ".delete"; resource_type the table; resource_id its primary key as text;
 * details {"before": {...}, "after": {...}}: of an insert and a delete the row, of an update the columns that changed.
 *
 * A column whose comment says "@redact", one that is secret and one whose cell was sealed is told as {"redacted": true}; a value whose JSON is larger than VALUE_TOLD_MAX as its size and
 * SHA-256, so that an entry stays small. Rows of the system house belong to no organization: they leave none. The log's own
 * table cannot be audited (catalog/protect.c), so entries make no entries. */
#include "native/audit/audit_trail.h"

#include <assert.h>

#include "engine/seal_mark.h"
#include "engine/seal_row.h"
#include "native/audit/audit_append.h"
#include "native/draft.h"
#include "value/json.h"

#define VALUE_TOLD_MAX KIB(4)

/* A row of a change: its values, and which of its columns are not told. */
struct told {
    struct value *columns;
    bool *hidden;
};

static void put_value(const struct column *column, const struct value *value, bool hidden, struct buf *out)
{
    size_t start = out->size;
    if (value_is_null(value) || !hidden)
        json_from_value(column->type, value, out);
    else
        buf_append_string(out, "{\"redacted\": true}");
    size_t size = out->size - start;
    if (size <= VALUE_TOLD_MAX)
        return;
    struct merkle_hash hash;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    merkle_digest(slice_of(out->data + start, size), &hash);
    merkle_format(&hash, text);
    out->size = start;
    buf_printf(out, "{\"bytes\": %zu, \"sha256\": \"%s\"}", size, text);
}

static bool same_value(struct type type, const struct value *a, const struct value *b)
{
    return value_is_null(a) || value_is_null(b) ? value_is_null(a) && value_is_null(b) : value_compare(type, a, b) == 0;
}

/* The columns of a row that differ from `other`'s; all where there is no other row. */
static void put_row(const struct table *table, const struct told *told, const struct told *before_or_after, struct buf *out)
{
    const struct value *row = told->columns, *other = before_or_after == NULL ? NULL : before_or_after->columns;
    bool any = false;
    buf_append_byte(out, '{');
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->dropped || (other != NULL && same_value(column->type, &row[i], &other[i])))
            continue;
        buf_append_string(out, any ? ", " : "");
        json_quote(slice_of_string(column->name), out);
        buf_append_string(out, ": ");
        put_value(column, &row[i], told->hidden[i] || (other != NULL && before_or_after->hidden[i]), out);
        any = true;
    }
    buf_append_byte(out, '}');
}

static int details_of(struct request *rq, const struct table *table, const struct told *before, const struct told *after, struct value *ret)
{
    struct buf text = { 0 };
    struct slice json;
    buf_append_byte(&text, '{');
    if (before != NULL) {
        buf_append_string(&text, "\"before\": ");
        put_row(table, before, after, &text);
    }
    if (after != NULL) {
        buf_append_string(&text, before != NULL ? ", \"after\": " : "\"after\": ");
        put_row(table, after, before, &text);
    }
    buf_append_byte(&text, '}');
    int result = json_parse(buf_slice(&text), rq->arena, &json, rq->error);
    buf_done(&text);
    *ret = value_json(json);
    return result;
}

/* The primary key as text, columns of a longer one separated by commas. */
static struct value key_of(struct request *rq, const struct table *table, const struct value *row)
{
    struct buf text = { 0 };
    for (int i = 0; i < table->primary->count; i++) {
        int column = table->primary->columns[i].column;
        buf_append_string(&text, i > 0 ? "," : "");
        value_to_text(table->columns[column].type, &row[column], &text);
    }
    struct slice copy = arena_copy(rq->arena, buf_slice(&text));
    buf_done(&text);
    return value_text(copy);
}

/* `marked`: the columns that are secret in the row's house. Sealed cells are opened where there is another row to compare with: a
 * row that is damaged can be deleted. */
static int read_row(struct request *rq, const struct table *table, struct slice key, struct slice bytes, const bool *marked, bool compared,
                    struct told *ret)
{
    int count = table->column_count;
    *ret = (struct told){ ARENA_ARRAY(rq->arena, struct value, count), ARENA_ARRAY(rq->arena, bool, count) };
    int decoded = row_values(table, bytes, ret->columns);
    assert(decoded == 0);
    for (int i = 0; i < count; i++)
        ret->hidden[i] = marked[i] || ret->columns[i].kind == VALUE_SEALED || comment_says(table->columns[i].comment, "@redact");
    return compared ? row_load(rq, table, key, bytes, NULL, count, rq->arena, ret->columns) : 0;
}

static bool same_rows(const struct table *table, const struct told *before, const struct told *after)
{
    for (int i = 0; i < table->column_count; i++)
        if (!same_value(table->columns[i].type, &before->columns[i], &after->columns[i]))
            return false;
    return true;
}

static int record(struct request *rq, const struct table *table, uint32_t house, const struct change *change)
{
    struct value values[ENTRY_COLUMNS];
    struct uuid organization;
    struct audit_appended ignored;
    bool had = change->old_value.data != NULL, has = change->new_value.data != NULL;
    const char *what = !had ? "insert" : !has ? "delete" : "update";
    struct told before, after;
    bool marked[COLUMNS_MAX] = { false };
    int known = store_house_organization(rq->view, house, &organization, rq->error);
    if (known <= 0)                     /* the organization itself was deleted, with its log */
        return known;
    if (seal_marked(rq, table, house, marked) < 0 || (had && read_row(rq, table, change->key, change->old_value, marked, has, &before) < 0) ||
        (has && read_row(rq, table, change->key, change->new_value, marked, had, &after) < 0))
        return -1;
    for (int i = 0; i < ENTRY_COLUMNS; i++)
        values[i] = VALUE_OF_NULL;
    if (had && has && same_rows(table, &before, &after))
        return 0;                       /* its secrets were sealed under another key, or opened */
    values[ENTRY_ACTION] = value_text(slice_of_string(arena_printf(rq->arena, "%s.%s", table->qualified, what)));
    values[ENTRY_RESOURCE_TYPE] = value_text(slice_of_string(table->qualified));
    values[ENTRY_RESOURCE_ID] = key_of(rq, table, has ? after.columns : before.columns);
    if (details_of(rq, table, had ? &before : NULL, has ? &after : NULL, &values[ENTRY_DETAILS]) < 0 || audit_append(rq, house, &organization, values, &ignored) < 0)
        return fail_within(rq->error, "the audit entry of \"%s\"", table->qualified);
    return 0;
}

/* A house whose rows are being restored: its log comes when they are there (audit_restore.c). 1, 0, -1. */
static int awaits_log(struct request *rq, uint32_t house)
{
    struct audit_head head;
    return audit_head_load(rq, house, &head) < 0 ? -1 : head.entries == 0;
}

int audit_trail(struct request *rq, int mark, bool restoring)
{
    const struct catalog *catalog = rq->view->catalog;
    int end = changes_mark(rq);         /* entries come behind it */
    for (int i = mark; i < end; i++) {
        const struct change change = rq->changes->items[i];
        const struct table *table = catalog->table_by_relation[key_relation(change.key)];
        uint32_t house = key_tenant(change.key);
        if (table == NULL || !table->audited || house == TENANT_SYSTEM)
            continue;
        if (arena_over(rq->arena))
            return fail(rq->error, SQLSTATE_OUT_OF_MEMORY, "the audit entries of one request need more memory than it may have");
        int untold = restoring ? awaits_log(rq, house) : 0;
        if (untold < 0 || (untold == 0 && record(rq, table, house, &change) < 0))
            return -1;
    }
    return 0;
}
