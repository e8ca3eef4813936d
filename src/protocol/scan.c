/* The method `scan`: one page of rows.
 *
 * A page ends after `limit` rows, or when the stored bytes of its rows pass SCAN_REPLY_SIZE_TARGET, or after
 * SCAN_EXAMINE_MAX rows looked at. Whether there is more is known by looking one row ahead. */
#include "protocol/reading.h"

#include "engine/policy/rights.h"
#include "engine/scan/unique.h"
#include "engine/seal_row.h"
#include "protocol/cursor_token.h"
#include "protocol/methods.h"
#include "value/mp.h"

/* An array whose count is not known yet: the longest head, filled in at the end. */
static size_t array_begin(struct buf *out)
{
    static const uint8_t head[5] = { 0xdd };
    buf_append(out, head, sizeof head);
    return out->size;
}

static void array_end(struct buf *out, size_t begin, uint32_t count)
{
    for (int i = 0; i < 4; i++)
        out->data[begin - 4 + (size_t)i] = (uint8_t)(count >> (24 - 8 * i));
}

struct page {
    const struct column_list *columns;      /* NULL: all */
    struct selected last;                   /* the row last given, or last looked at */
    struct key last_key;                    /* its key, which a walk over an index keeps for one row only */
    bool more;
};

/* Appends the page's rows to `out`. */
static int put_rows(struct request *rq, const struct reading *r, struct select *select, struct page *page, struct buf *out)
{
    struct selected row;
    uint32_t count = 0;
    size_t bytes = 0, begin = array_begin(out);
    int got;
    while ((got = select_next(select, &row)) == 1) {
        page->more = count == r->limit || (count > 0 && bytes >= SCAN_REPLY_SIZE_TARGET);
        if (page->more)
            break;
        if (row_put_stored(rq, r->query.table, row.key, row.bytes, page->columns, out) < 0) {
            got = -1;
            break;
        }
        bytes += row.bytes.size;
        page->last = row;
        key_copy(&page->last_key, row.key);
        page->last.key = key_slice(&page->last_key);
        count++;
    }
    if (got == 0 && select_paused(select, &page->last))
        page->more = true;
    array_end(out, begin, count);
    return got < 0 ? -1 : 0;
}

static int put_cursor(const struct reading *r, struct select *select, const struct page *page, struct buf *out)
{
    struct position position;
    if (!page->more) {
        mp_put_nil(out);
        return 0;
    }
    if (select_position(select, &page->last, &position) < 0)
        return -1;
    token_write(&r->query, r->hash, &position, out);
    return 0;
}

static void put_names(struct request *rq, const struct table *table, const struct column_list *columns, struct buf *out)
{
    struct column_list all;
    if (columns == NULL) {
        column_list_all(rq, table, &all);
        columns = &all;
    }
    mp_put_string(out, "columns");
    mp_put_array(out, (uint32_t)columns->count);
    for (int i = 0; i < columns->count; i++)
        mp_put_string(out, table->columns[columns->columns[i]].name);
}

static int put_page(struct request *rq, const struct reading *r, struct page *page, struct buf *out)
{
    struct select *select;
    mp_put_string(out, "rows");
    if (r->nowhere) {
        mp_put_array(out, 0);
        mp_put_string(out, "cursor");
        mp_put_nil(out);
        return 0;
    }
    if (select_open(rq, &r->query, &select) < 0)
        return -1;
    int result = put_rows(rq, r, select, page, out);
    mp_put_string(out, "cursor");
    if (result == 0)
        result = put_cursor(r, select, page, out);
    select_close(select);
    return result;
}

int scan_method(struct request *rq, struct args args, struct buf *out)
{
    static const unsigned allowed = OPTION_WHERE | OPTION_ORDER | OPTION_LIMIT | OPTION_CURSOR | OPTION_COLUMNS | OPTION_NAMES
                                  | OPTION_ORGANIZATION;
    struct reading r;
    struct column_list columns;
    struct page page = { 0 };
    bool names = false;
    size_t before = out->size;
    if (reading_from_args(rq, args, allowed, &r) < 0 || reading_page(rq, &r) < 0
        || option_bool(rq, r.options.names, "names", &names) < 0)
        return -1;
    if (r.options.columns.data != NULL) {
        if (option_columns(rq, r.options.columns, "columns", r.query.table, &columns) < 0)
            return -1;
        page.columns = &columns;
    }
    if (rights_of_reading(rq, &r.query, true, page.columns) < 0)
        return -1;
    mp_put_map(out, names ? 3 : 2);
    if (names)
        put_names(rq, r.query.table, page.columns, out);
    if (put_page(rq, &r, &page, out) < 0) {
        out->size = before;
        return -1;
    }
    return 0;
}
