/* Rows by hand: single rows, each call a statement of its own. What writing a row takes is in write.c. */
#include "engine/table.h"

#include <assert.h>

#include "engine/scan/unique.h"
#include "engine/write/write.h"

int table_find(struct request *rq, const struct table *table, uint32_t house, const struct value *key, struct found *ret)
{
    struct value columns[COLUMNS_MAX];
    const struct index *primary = table->primary;
    for (int i = 0; i < primary->count; i++)
        columns[primary->columns[i].column] = key[i];
    return unique_find(rq, primary, house, columns, ret);
}

int table_find_unique(struct request *rq, const struct index *index, uint32_t house, const struct value *columns, struct found *ret)
{
    return unique_find(rq, index, house, columns, ret);
}

/* Ends a statement of one row: its references are checked, or everything that it did is taken back. */
static int finish(struct write *write, int err, int mark)
{
    if (err == 0)
        err = write_finish(write);
    write_done(write);
    if (err < 0)
        changes_undo(write->rq, mark);
    return err;
}

int table_insert(struct request *rq, const struct table *table, uint32_t house_hint, const struct value *columns,
                 const bool *given, struct found *ret)
{
    struct write write;
    struct proposal row;
    int mark = changes_mark(rq);
    write_start(&write, rq, table, false);
    int err = write_propose(&write, house_hint, columns, given, &row);
    if (err == 0)
        err = write_insert(&write, &row, ret);
    return finish(&write, err, mark);
}

int table_update(struct request *rq, const struct table *table, const struct found *old, const struct value *columns,
                 const bool *given, struct found *ret)
{
    struct write write;
    int mark = changes_mark(rq);
    write_start(&write, rq, table, false);
    int err = write_update(&write, old, columns, given, ret);
    return finish(&write, err, mark);
}

int table_delete(struct request *rq, const struct table *table, const struct found *row)
{
    struct write write;
    int mark = changes_mark(rq);
    write_start(&write, rq, table, false);
    int err = write_delete(&write, row);
    return finish(&write, err, mark);
}
