#include "engine/columns.h"

#include <assert.h>

#include "value/mp.h"

void column_list_all(struct request *rq, const struct table *table, struct column_list *ret)
{
    int *columns = ARENA_ARRAY(rq->arena, int, table->column_count);
    int count = 0;
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped)
            columns[count++] = i;
    *ret = (struct column_list){ count, columns };
}

/* Whether the stored array is just what a client gets: every column there, none dropped. */
static bool row_leaves_as_it_is(const struct table *table, struct slice row)
{
    uint32_t count;
    if (!mp_array(&row, &count) || (int)count != table->column_count)
        return false;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].dropped)
            return false;
    return true;
}

static void column_put(const struct table *table, const struct row *row, int column, struct buf *out)
{
    if (column < row->count)
        buf_append_slice(out, row->columns[column]);
    else
        value_store(table->columns[column].type, &table->columns[column].missing, out);
}

static uint32_t columns_left(const struct table *table)
{
    uint32_t count = 0;
    for (int i = 0; i < table->column_count; i++)
        count += !table->columns[i].dropped;
    return count;
}

void row_put(const struct table *table, struct slice bytes, const struct column_list *columns, struct buf *out)
{
    if (columns == NULL && row_leaves_as_it_is(table, bytes)) {
        buf_append_slice(out, bytes);
        return;
    }
    struct row row;
    int opened = row_open(bytes, &row);
    assert(opened == 0);
    mp_put_array(out, columns == NULL ? columns_left(table) : (uint32_t)columns->count);
    if (columns == NULL) {
        for (int i = 0; i < table->column_count; i++)
            if (!table->columns[i].dropped)
                column_put(table, &row, i, out);
    } else {
        for (int i = 0; i < columns->count; i++)
            column_put(table, &row, columns->columns[i], out);
    }
}
