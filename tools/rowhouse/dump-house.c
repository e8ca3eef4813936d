/* What one house needs to live elsewhere: the rows of tables without houses that its rows refer to, its users before all; and the
 * rows that those refer to in turn. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dump.h"

#define NEEDED_DEPTH_MAX 4

static int by_key(const struct needed_row *a, const struct needed_row *b)
{
    size_t size = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->key, b->key, size);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static void add(struct needed_row **set, const struct key *key)
{
    struct needed_row *row;
    HASH_FIND(hh, *set, key->bytes, key->size, row);
    if (row != NULL)
        return;
    row = memory_alloc(sizeof *row + key->size);
    row->size = key->size;
    memcpy(row->key, key->bytes, key->size);
    HASH_ADD(hh, *set, key, row->size, row);
}

/* The key of the row that `columns` of the referencing table refer to; 0 when there is none, or not by the primary key. */
static int target_key(const struct foreign_key *fk, const struct value *columns, struct key *ret, struct error *error)
{
    static struct value target[COLUMNS_MAX];
    if (fk->target_index != fk->target->primary)
        return 0;
    for (int i = 0; i < fk->count; i++) {
        if (value_is_null(&columns[fk->columns[i]]))
            return 0;
        target[fk->target_columns[i]] = columns[fk->columns[i]];
    }
    return key_of_row(fk->target, TENANT_SYSTEM, target, ret, error) < 0 ? -1 : 1;
}

/* The reference of one row. */
static int add_reference(const struct foreign_key *fk, struct slice row, struct needed_row **set, struct error *error)
{
    static struct value columns[COLUMNS_MAX];
    struct key key;
    if (row_values(fk->table, row, columns) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", fk->table->qualified);
    int refers = target_key(fk, columns, &key, error);
    if (refers == 1)
        add(set, &key);
    return refers < 0 ? -1 : 0;
}

static int add_of_house(struct source *source, const struct foreign_key *fk, uint32_t house, struct needed_row **set)
{
    struct source_cursor cursor;
    struct slice at, row;
    int got;
    source_cursor_open(source, house, fk->table->relation, &cursor);
    while ((got = source_next(&cursor, &at, &row)) == 1)
        if (add_reference(fk, row, set, &source->cli->error) < 0) {
            got = -1;
            break;
        }
    source_cursor_close(&cursor);
    return got;
}

/* Also of rows that come into `from` meanwhile, where both are one set. */
static int add_of_needed(struct source *source, const struct foreign_key *fk, const struct needed_row *from, struct needed_row **set)
{
    struct buf row = { 0 };
    int got = 0;
    for (; got >= 0 && from != NULL; from = from->hh.next) {
        got = source_get(source, slice_of(from->key, from->size), &row);
        if (got == 1)
            got = add_reference(fk, buf_slice(&row), set, &source->cli->error);
    }
    buf_done(&row);
    return got < 0 ? -1 : 0;
}

static void free_set(struct needed_row *set)
{
    struct needed_row *each, *next;
    HASH_ITER(hh, set, each, next) {
        HASH_DEL(set, each);
        free(each);
    }
}

/* `depth`: tables that refer to each other in a ring are followed so many times. */
static int collect(struct source *source, const struct table *table, uint32_t house, int depth, struct needed_row **set)
{
    int result = 0;
    for (int i = 0; result == 0 && i < table->referenced_count; i++) {
        const struct foreign_key *fk = table->referenced_by[i];
        struct needed_row *others = NULL;
        if (fk->table->tenancy == TENANCY_TENANT || fk->table->tenancy == TENANCY_CHILD) {
            result = add_of_house(source, fk, house, set);
        } else if (fk->table != table && depth < NEEDED_DEPTH_MAX) {
            result = collect(source, fk->table, house, depth + 1, &others);
            result = result == 0 ? add_of_needed(source, fk, others, set) : result;
            free_set(others);
        }
    }
    for (int i = 0; result == 0 && i < table->foreign_key_count; i++)
        if (table->foreign_keys[i]->target == table)
            result = add_of_needed(source, table->foreign_keys[i], *set, set);
    return result;
}

int needed_rows(struct source *source, const struct table *table, uint32_t house, struct needed_row **ret)
{
    *ret = NULL;
    int result = collect(source, table, house, 0, ret);
    HASH_SORT(*ret, by_key);
    return result;
}
