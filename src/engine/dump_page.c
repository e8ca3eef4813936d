#include "engine/dump_page.h"

#include <assert.h>

#include "engine/scan/unique.h"
#include "engine/seal_mark.h"
#include "engine/seal_row.h"
#include "value/mp.h"

struct page {
    struct request *rq;
    struct request row_rq;          /* its arena is emptied after each row */
    struct arena arena;
    const struct table *table;      /* NULL: of a system relation */
    bool secrets;
    bool any_marked, marked[COLUMNS_MAX];       /* secret in this house */
    uint64_t left_out[COLUMNS_MAX];
    struct buf entries, row;
    int count;
};

/* In the words of the type's own input. */
static const char *empty_text(struct type type)
{
    if (type.array)
        return "{}";
    switch (type.id) {
    case TYPE_TEXT: case TYPE_VARCHAR: case TYPE_BYTEA: return "";
    case TYPE_ENUM: return type.labels->labels[0];
    case TYPE_JSONB: case TYPE_JSON: return "{}";
    case TYPE_BOOL: return "false";
    case TYPE_UUID: return "00000000-0000-0000-0000-000000000000";
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP: case TYPE_DATE: return "1970-01-01";
    case TYPE_INTERVAL: return "00:00:00";
    case TYPE_INET: return "0.0.0.0";
    default: return "0";
    }
}

static struct value stand_in(struct page *page, const struct column *column)
{
    struct value value;
    if (!column->not_null)
        return VALUE_OF_NULL;
    if (column->default_value != NULL && column->default_value->op == EXPR_CONST && !value_is_null(&column->default_value->constant))
        return column->default_value->constant;
    int made = value_from_text(column->type, slice_of_string(empty_text(column->type)), &page->arena, &value, page->rq->error);
    assert(made == 0);
    return value;
}

static int read_row(struct page *page, struct slice key, struct slice row, struct value *columns)
{
    const struct table *table = page->table;
    if (page->secrets)
        return row_load(&page->row_rq, table, key, row, NULL, table->column_count, &page->arena, columns);
    if (row_values(table, row, columns) < 0)
        return fail(page->rq->error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", table->qualified);
    for (int i = 0; i < table->column_count; i++)
        if (columns[i].kind == VALUE_SEALED || (page->any_marked && page->marked[i] && !value_is_null(&columns[i]))) {
            columns[i] = stand_in(page, &table->columns[i]);
            page->left_out[i]++;
        }
    return 0;
}

static int add_row(struct page *page, struct slice key, struct slice row)
{
    struct value *columns = ARENA_ARRAY(&page->arena, struct value, COLUMNS_MAX);
    if (read_row(page, key, row, columns) < 0)
        return -1;
    buf_clear(&page->row);
    row_begin(page->table->column_count, false, &page->row);
    for (int i = 0; i < page->table->column_count; i++)
        value_store(page->table->columns[i].type, &columns[i], &page->row);
    mp_put_bin(&page->entries, key);
    mp_put_bin(&page->entries, buf_slice(&page->row));
    arena_reset(&page->arena);
    return 0;
}

/* 1 there is more, 0, -1 */
static int fill(struct page *page, struct slice low_bytes, int entries_max)
{
    struct cursor cursor;
    struct key low;
    struct slice key, value;
    int got;
    key_copy(&low, low_bytes);
    if (cursor_open(page->rq->view, &low, NULL, false, &cursor, page->rq->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &key, &value, page->rq->error)) == 1) {
        if (page->count == entries_max || page->entries.size > DUMP_PAGE_BYTES)
            break;
        if (page->table != NULL) {
            if (add_row(page, key, value) < 0) {
                got = -1;
                break;
            }
        } else {
            mp_put_bin(&page->entries, key);
            mp_put_bin(&page->entries, value);
        }
        page->count++;
    }
    cursor_close(&cursor);
    return got;
}

static void put_page(struct page *page, bool more, struct buf *out)
{
    uint32_t columns = 0;
    for (int i = 0; i < COLUMNS_MAX; i++)
        columns += page->left_out[i] > 0;
    mp_put_map(out, 3);
    mp_put_string(out, "more");
    mp_put_bool(out, more);
    mp_put_string(out, "entries");
    mp_put_array(out, 2 * (uint32_t)page->count);
    buf_append_slice(out, buf_slice(&page->entries));
    mp_put_string(out, "left_out");
    mp_put_array(out, 2 * columns);
    for (int i = 0; i < COLUMNS_MAX; i++)
        if (page->left_out[i] > 0) {
            mp_put_int(out, i);
            mp_put_uint(out, page->left_out[i]);
        }
}

/* What a dump needs of the system's relations: no keys, no replies, no digests. */
static bool is_told(uint16_t relation)
{
    return relation == RELATION_HOUSE_NUMBERS || relation == RELATION_SEQUENCES || relation == RELATION_AUDIT_LEAVES || relation == RELATION_AUDIT_STUB;
}

int dump_page(struct request *rq, struct slice low, bool secrets, int entries_max, struct buf *out)
{
    struct page *page = ARENA_NEW(rq->arena, struct page);
    uint16_t relation = low.size >= KEY_PREFIX_SIZE && low.size <= KEY_SIZE_MAX ? key_relation(low) : 0;
    *page = (struct page){ .rq = rq, .row_rq = *rq, .secrets = secrets };
    page->table = relation < RELATION_USER_FIRST ? NULL : rq->view->catalog->table_by_relation[relation];
    bool is_table = page->table != NULL && page->table->relation == relation;
    if (!is_table && !is_told(relation))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a page of a dump begins at a key of a table");
    if (is_table && (page->table->may[principal_identity(rq->who)] & PRIVILEGE_SELECT) == 0)
        return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for table %s", page->table->name);
    arena_init(&page->arena, ROW_SIZE_MAX);
    page->row_rq.arena = &page->arena;
    int marked = page->table == NULL || secrets ? 0 : seal_marked(rq, page->table, key_tenant(low), page->marked);
    page->any_marked = marked == 1;
    int more = marked < 0 ? -1 : fill(page, low, entries_max);
    if (more >= 0)
        put_page(page, more == 1, out);
    buf_done(&page->entries);
    buf_done(&page->row);
    arena_done(&page->arena);
    return more < 0 ? -1 : 0;
}
