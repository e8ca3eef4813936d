/* Checking the whole image: every value against its checksum, every row against its table and its key, every index and every
 * claim against the rows and back. One pass over the tree in key order; an entry costs a look at its row, a row one look for
 * each of its indexes and claims. */
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

static void verify_claim_of_row(struct verifying *v, const struct index *index, struct slice key, const struct value *columns)
{
    struct key claim;
    struct error error;
    uint32_t tenant;
    if (key_of_claiming(index, columns, &v->arena, &claim, &error) < 0 || claim.size == 0)
        return;                                         /* one without a key is reported with its entry */
    int found = view_claim(v->view, &claim, &tenant, &error);
    if (found == 0)
        report(v, key, "the row has no claim in index \"%s\"", index->name);
    else if (found == 1 && tenant != key_tenant(key))
        report(v, key, "the row's claim in index \"%s\" is house %" PRIu32 "'s", index->name, tenant);
}

static void verify_indexes(struct verifying *v, const struct table *table, struct slice key, const struct value *columns)
{
    struct error error;
    arena_reset(&v->arena);
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        struct key entry;
        bool covers, lossy;
        if (index->claimed)
            verify_claim_of_row(v, index, key, columns);
        if (!index_kept(index))
            continue;
        if (index_covers(index, columns, &v->arena, &covers, &error) < 0
            || key_of_entry(index, key_tenant(key), columns, &entry, &lossy, &error) < 0)
            report(v, key, "the row has no key in index \"%s\": %s", index->name, error.message);
        else if (covers && view_has(v->view, key_slice(&entry), &error) != 1)
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

/* Whether a house has what a claim says: the row, or an entry with the claim's columns, which is looked at where it lies. 1, 0, -1. */
static int claim_is_kept(struct verifying *v, const struct index *index, uint32_t tenant, struct slice claim)
{
    struct key front, end;
    struct cursor cursor;
    struct slice entry;
    struct error error;
    key_start(&front, tenant, index->relation);
    key_bytes(&front, claim.data + KEY_PREFIX_SIZE, claim.size - KEY_PREFIX_SIZE);
    if (index->primary)
        return view_has(v->view, key_slice(&front), &error);
    if (!key_successor(&front, &end) || cursor_open(v->view, &front, NULL, false, &cursor, &error) < 0)
        return -1;
    int found = cursor_next(&cursor, &entry, NULL, &error);
    if (found == 1)
        found = slice_compare(entry, key_slice(&end)) < 0 && key_entry_declared(index, entry) == front.size;
    cursor_close(&cursor);
    return found;
}

static void verify_claim(struct verifying *v, struct slice claim, struct slice stored)
{
    const struct index *index = v->view->catalog->by_relation[key_relation(claim)];
    uint32_t tenant;
    if (index == NULL || !index->claimed)
        report(v, claim, "no index has this claim");
    else if (!claim_read(stored, &tenant))
        report(v, claim, "index \"%s\" has a claim that is none", index->name);
    else if (claim_is_kept(v, index, tenant, claim) != 1)
        report(v, claim, "index \"%s\" has a claim without a row in house %" PRIu32, index->name, tenant);
}

static void verify_key(struct verifying *v, struct slice key, struct slice stored)
{
    uint16_t relation = key_relation(key);
    const struct table *table = v->view->catalog->table_by_relation[relation];
    struct slice value;
    struct error error;
    if (key_tenant(key) == TENANT_CLAIMS) {
        verify_claim(v, key, stored);
        return;
    }
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
