/* Checking the whole image: every value against its checksum, every row against its table and its key, every index
 * against the rows and back. One pass over the tree in key order; an entry costs a look at its row, a row one look for
 * each of its indexes. */
#include "store/internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define PROGRESS_ROWS 65536

struct verifying {
    const struct view *view;
    const struct verify_hooks *hooks;
    struct arena arena;
    uint64_t rows;
};

static void report(struct verifying *v, struct slice key, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void report(struct verifying *v, struct slice key, const char *format, ...)
{
    char finding[1200], space[24];
    va_list args;
    va_start(args, format);
    int used = vsnprintf(finding, 256, format, args);
    va_end(args);
    if (used > 255)
        used = 255;
    used += snprintf(finding + used, 64, "; house %" PRIu32 ", key ", key_tenant(key));
    for (size_t i = KEY_PREFIX_SIZE; i < key.size && (size_t)used + 3 < sizeof finding; i++)
        used += snprintf(finding + used, 3, "%02x", key.data[i]);
    v->hooks->report(v->hooks->env, relation_name(v->view->catalog, key_relation(key), space), finding);
}

static void verify_indexes(struct verifying *v, const struct table *table, struct slice key, const struct value *columns)
{
    struct error error;
    arena_reset(&v->arena);
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        struct key entry;
        bool covers, lossy;
        if (!index_kept(index))
            continue;
        if (index_covers(index, columns, &v->arena, &covers, &error) < 0
            || key_of_entry(index, key_tenant(key), columns, &entry, &lossy, &error) < 0)
            report(v, key, "the row has no key in index \"%s\": %s", index->name, error.message);
        else if (covers && !view_has(v->view, key_slice(&entry)))
            report(v, key, "the row has no entry in index \"%s\"", index->name);
    }
}

static void verify_row(struct verifying *v, const struct table *table, struct slice key, struct slice row)
{
    struct value columns[COLUMNS_MAX];
    struct key expected;
    struct error error;
    if (row_values(table, row, columns) < 0)
        report(v, key, "the row does not fit its table");
    else if (key_of_row(table, key_tenant(key), columns, &expected, &error) < 0 || !slice_equal(key_slice(&expected), key))
        report(v, key, "the row is not the one of its key");
    else
        verify_indexes(v, table, key, columns);
}

static void verify_entry(struct verifying *v, const struct index *index, struct slice entry)
{
    struct value columns[COLUMNS_MAX];
    struct key row_key, expected;
    struct slice row;
    struct error error;
    bool covers = false, lossy;
    arena_reset(&v->arena);
    if (key_row_from_entry(index, entry, &row_key) < 0) {
        report(v, entry, "index \"%s\" has an entry that is none", index->name);
        return;
    }
    int found = view_get(v->view, key_slice(&row_key), &row, &error);
    if (found == 0)
        report(v, entry, "index \"%s\" has an entry without a row", index->name);
    if (found <= 0 || row_values(index->table, row, columns) < 0)
        return;                                         /* a damaged row is reported where it lies */
    if (index_covers(index, columns, &v->arena, &covers, &error) < 0 || !covers
        || key_of_entry(index, key_tenant(entry), columns, &expected, &lossy, &error) < 0
        || !slice_equal(key_slice(&expected), entry))
        report(v, entry, "index \"%s\" has an entry that its row does not ask for", index->name);
}

static void verify_key(struct verifying *v, struct slice key, struct slice stored)
{
    uint16_t relation = key_relation(key);
    const struct table *table = v->view->catalog->table_by_relation[relation];
    struct slice value;
    struct error error;
    if (relation >= RELATION_USER_FIRST && table == NULL) {
        report(v, key, "no table has this relation");
        return;
    }
    if (table != NULL && table->relation != relation) {
        verify_entry(v, v->view->catalog->by_relation[relation], key);
        return;
    }
    v->rows++;
    if (value_open(v->view, key, stored, &value, &error) < 0)
        report(v, key, "the checksum does not match");
    else if (table != NULL)
        verify_row(v, table, key, value);
    if (v->rows % PROGRESS_ROWS == 0 && v->hooks->progress != NULL)
        v->hooks->progress(v->hooks->env, table != NULL ? table->qualified : "system", v->rows);
}

int store_verify(const struct view *view, const struct verify_hooks *hooks, uint64_t *ret_rows, struct error *error)
{
    struct verifying v = { .view = view, .hooks = hooks };
    MDB_cursor *cursor;
    MDB_val key, value;
    assert(hooks->report != NULL);
    int code = mdb_cursor_open(view->txn, view->store->image.dbi, &cursor);
    if (code != 0)
        return image_fail(error, code, "open a cursor");
    arena_init(&v.arena, ARENA_REQUEST_MAX);
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        if (key.mv_size < KEY_PREFIX_SIZE)
            hooks->report(hooks->env, "?", "a key is too short to be one");
        else
            verify_key(&v, slice_of(key.mv_data, key.mv_size), slice_of(value.mv_data, value.mv_size));
    }
    mdb_cursor_close(cursor);
    arena_done(&v.arena);
    *ret_rows = v.rows;
    return code == MDB_NOTFOUND ? 0 : image_fail(error, code, "scan");
}
