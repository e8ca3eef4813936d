#include "engine/load.h"

#include <assert.h>

#include "engine/changes.h"
#include "engine/scan/unique.h"
#include "engine/write/write.h"
#include "value/mp.h"

#define STEP_BYTES_MAX MIB(4)       /* of rows that one step removes or brings back */

/* --- The record of a load --- */

static void key_of_load(struct key *ret)
{
    key_start(ret, TENANT_SYSTEM, RELATION_LOAD);
}

static void key_of_record(uint64_t number, struct key *ret)
{
    key_start(ret, TENANT_SYSTEM, RELATION_LOAD_UNDO);
    key_u64(ret, number);
}

/* Everything but the tables. */
static bool load_read(struct slice *bytes, struct load *ret, uint32_t *ret_cleared)
{
    uint32_t count;
    *ret = (struct load){ 0 };
    return mp_array(bytes, &count) && count == 5 && mp_int(bytes, &ret->id) && mp_uint(bytes, &ret->records) && mp_uint(bytes, &ret->checked) &&
           mp_bool(bytes, &ret->over) && mp_array(bytes, ret_cleared) && *ret_cleared <= TABLES_MAX;
}

int load_is_open(const struct view *view, struct error *error)
{
    struct key key;
    struct slice bytes;
    struct load load;
    uint32_t cleared;
    key_of_load(&key);
    int got = view_get(view, key_slice(&key), &bytes, error);
    if (got != 1)
        return got;
    return load_read(&bytes, &load, &cleared) ? !load.over : fail(error, SQLSTATE_DATA_CORRUPTED, "the record of a restore is damaged");
}

int load_refuse(struct error *error)
{
    fail(error, SQLSTATE_OBJECT_IN_USE, "a restore is under way, and nothing else is written meanwhile");
    return fail_hint(error, "try again when it is over; one that was interrupted is taken back after a minute");
}

int load_find(struct request *rq, struct load *ret)
{
    struct key key;
    struct slice bytes;
    uint32_t cleared;
    key_of_load(&key);
    int got = system_get(rq, &key, &bytes);
    if (got != 1)
        return got;
    if (!load_read(&bytes, ret, &cleared))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the record of a restore is damaged");
    uint16_t *relations = ARENA_ARRAY(rq->arena, uint16_t, cleared + 1);
    for (uint32_t i = 0; i < cleared; i++) {
        int64_t relation;
        if (!mp_int(&bytes, &relation))
            return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the record of a restore is damaged");
        relations[i] = (uint16_t)relation;
    }
    ret->cleared = relations;
    ret->cleared_count = (int)cleared;
    return 1;
}

static int load_save(struct request *rq, const struct load *load)
{
    struct key key;
    struct buf bytes = { 0 };
    key_of_load(&key);
    mp_put_array(&bytes, 5);
    mp_put_int(&bytes, load->id);
    mp_put_uint(&bytes, load->records);
    mp_put_uint(&bytes, load->checked);
    mp_put_bool(&bytes, load->over);
    mp_put_array(&bytes, (uint32_t)load->cleared_count);
    for (int i = 0; i < load->cleared_count; i++)
        mp_put_int(&bytes, load->cleared[i]);
    int result = system_put(rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

int load_begin(struct request *rq, const struct load *load)
{
    struct load other;
    int got = load_find(rq, &other);
    if (got == 1)
        return load_refuse(rq->error);
    return got < 0 ? -1 : load_save(rq, load);
}

/* --- What it changes --- */

static int record_put(struct request *rq, uint64_t number, const struct change *change)
{
    struct key key;
    struct buf bytes = { 0 };
    key_of_record(number, &key);
    mp_put_array(&bytes, 2);
    mp_put_bin(&bytes, change->key);
    if (change->old_value.data == NULL)
        mp_put_nil(&bytes);
    else
        mp_put_bin(&bytes, change->old_value);
    int result = changes_add(rq, key_slice(&key), slice_of(NULL, 0), buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

int load_note(struct request *rq, int mark)
{
    struct load load;
    int end = changes_mark(rq), got = load_find(rq, &load);
    if (got != 1 || end == mark)
        return got < 0 ? -1 : 0;
    for (int i = mark; i < end; i++) {
        const struct change change = rq->changes->items[i];     /* the list moves as it grows */
        uint16_t relation = key_relation(change.key);
        if (relation != RELATION_LOAD && relation != RELATION_LOAD_UNDO && record_put(rq, load.records++, &change) < 0)
            return -1;
    }
    return load_save(rq, &load);
}

/* The first row of a table in the houses from `house` on, which moves to the row's; HOUSE_ANY: in all of them. Copied. */
static int first_row(struct request *rq, const struct table *table, uint32_t *house, struct key *ret_key, struct slice *ret_row)
{
    int more = *house != HOUSE_ANY ? 1 : house_step(rq, HOUSE_ANY, house);
    for (; more == 1; more = house_step(rq, HOUSE_ANY, house)) {
        struct key low;
        struct cursor cursor;
        struct slice key, row;
        key_start(&low, *house, table->relation);
        int got = cursor_open(rq->view, &low, NULL, false, &cursor, rq->error) < 0 ? -1 : cursor_next(&cursor, &key, &row, rq->error);
        if (got == 1) {
            key_copy(ret_key, key);
            *ret_row = arena_copy(rq->arena, row);
        }
        cursor_close(&cursor);
        if (got != 0)
            return got;
    }
    return more;
}

int table_has_rows(struct request *rq, const struct table *table)
{
    struct key key;
    struct slice row;
    uint32_t house = HOUSE_ANY;
    return first_row(rq, table, &house, &key, &row);
}

/* One row goes as it is: what refers to it is asked at the end like everything else. */
static int clear_row(struct request *rq, const struct table *table, const struct key *key, struct slice row)
{
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, COLUMNS_MAX);
    if (row_values(table, row, columns) < 0)
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", table->qualified);
    if (changes_add(rq, key_slice(key), row, slice_of(NULL, 0)) < 0)
        return -1;
    return table->is_organizations ? house_end(rq, key_tenant(key_slice(key)), &columns[table->tenant_column].uuid) : 0;
}

/* Rows of one table: 1 there may be more, 0 it has none. */
static int clear_table(struct request *rq, const struct table *table, int *budget, int64_t *ret_count)
{
    struct key key;
    struct slice row;
    size_t bytes = 0;
    uint32_t house = HOUSE_ANY;
    for (; *budget > 0 && bytes < STEP_BYTES_MAX; --*budget, bytes += row.size) {
        int got = first_row(rq, table, &house, &key, &row);
        if (got != 1)
            return got;
        if (clear_row(rq, table, &key, row) < 0)
            return -1;
        ++*ret_count;
    }
    return 1;
}

/* A table without rows leaves the list. */
int load_clear(struct request *rq, int budget, int64_t *ret_count)
{
    struct load load;
    int more = load_find(rq, &load);
    if (more != 1)
        return more < 0 ? -1 : fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "no restore is under way");
    for (more = 0; more == 0 && load.cleared_count > 0;) {
        const struct table *table = rq->view->catalog->table_by_relation[load.cleared[0]];
        if (table != NULL && (more = clear_table(rq, table, &budget, ret_count)) != 0)
            break;
        load.cleared++;
        load.cleared_count--;
    }
    return more < 0 || load_save(rq, &load) < 0 ? -1 : more;
}

/* --- Its end --- */

struct checking {
    struct request *rq;             /* of one row: its arena is emptied after each */
    struct write write;
    uint32_t house;                 /* whose organization is known to be there; TENANT_SYSTEM: none yet */
};

/* 1, 0, -1 */
static int organization_there(struct checking *c, const struct table *table, uint32_t house, const struct value *row)
{
    const struct table *organizations = c->rq->view->catalog->organizations;
    if (house == TENANT_SYSTEM || house == c->house || table->tenancy != TENANCY_TENANT)
        return 1;
    struct value *columns = ARENA_ARRAY(c->rq->arena, struct value, COLUMNS_MAX);
    if (organizations == NULL)
        return 0;
    columns[organizations->tenant_column] = row[table->tenant_column];
    int there = unique_find(c->rq, organizations->primary, house, columns, NULL);
    if (there == 1)
        c->house = house;
    return there;
}

static int check_row(struct checking *c, const struct table *table, struct slice key_bytes)
{
    struct request *rq = c->rq;
    struct slice bytes;
    struct found row;
    struct key key;
    uint32_t house = key_tenant(key_bytes);
    int got = view_get(rq->view, key_bytes, &bytes, rq->error);
    if (got != 1)
        return got;
    key_copy(&key, key_bytes);
    if (found_fill(rq, table, &key, bytes, &row) < 0)
        return -1;
    for (int i = 0; i < table->foreign_key_count; i++) {
        int holds = reference_holds(&c->write, table->foreign_keys[i], house, row.columns);
        if (holds != 1)
            return holds < 0 ? -1 : reference_refuse(rq, table->foreign_keys[i], row.columns);
    }
    int there = organization_there(c, table, house, row.columns);
    return there == 0 ? house_refuse(rq, table, row.columns) : there < 0 ? -1 : 0;
}

static int record_damaged(struct error *error)
{
    return fail(error, SQLSTATE_DATA_CORRUPTED, "what a restore has written down to be taken back is damaged");
}

static bool record_read(struct slice value, struct slice *ret_key, struct slice *ret_old)
{
    uint32_t count;
    *ret_old = slice_of(NULL, 0);
    return mp_array(&value, &count) && count == 2 && mp_bin(&value, ret_key) && (mp_nil(&value) || mp_bin(&value, ret_old));
}

/* The rows of the records from `load->checked` on. */
static int check_records(struct checking *c, struct load *load, int budget)
{
    struct cursor cursor;
    struct key low;
    struct slice at, value, key, old;
    int got = 1;
    key_of_record(load->checked, &low);
    if (cursor_open(c->rq->view, &low, NULL, false, &cursor, c->rq->error) < 0)
        return -1;
    for (; budget > 0 && (got = cursor_next(&cursor, &at, &value, c->rq->error)) == 1; budget--, load->checked++) {
        if (!record_read(value, &key, &old)) {
            got = record_damaged(c->rq->error);
            break;
        }
        const struct table *table = c->rq->view->catalog->table_by_relation[key_relation(key)];
        if (key_relation(key) >= RELATION_USER_FIRST && table != NULL && (got = check_row(c, table, key)) < 0)
            break;
        arena_reset(c->rq->arena);
        c->write.sparse = NULL;
    }
    cursor_close(&cursor);
    return got < 0 ? -1 : 0;
}

/* Removes records from the last one on; the load's own when none is left. */
static int forget_records(struct request *rq, struct load *load, int budget)
{
    struct key key;
    for (; budget > 0 && load->records > 0; budget--) {
        key_of_record(--load->records, &key);
        if (system_put(rq, &key, slice_of(NULL, 0)) < 0)
            return -1;
    }
    if (load->records > 0)
        return load_save(rq, load) < 0 ? -1 : 1;
    key_of_load(&key);
    return system_put(rq, &key, slice_of(NULL, 0));
}

int load_check(struct request *rq, int budget, int64_t *ret_count)
{
    struct load load;
    struct arena arena;
    struct request own = *rq;
    struct checking c = { .rq = &own };
    int got = load_find(rq, &load);
    if (got != 1)
        return got < 0 ? -1 : fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "no restore is under way");
    if (load.over)
        return forget_records(rq, &load, budget);
    arena_init(&arena, rq->arena->limit);
    own.arena = &arena;
    own.changes = NULL;
    write_start(&c.write, &own, NULL, false);
    uint64_t before = load.checked;
    int result = check_records(&c, &load, budget);
    write_done(&c.write);
    arena_done(&arena);
    *ret_count += (int64_t)(load.checked - before);
    load.over = load.checked == load.records;
    return result < 0 || load_save(rq, &load) < 0 ? -1 : 1;
}

/* --- Back --- */

static int undo_record(struct request *rq, uint64_t number, size_t *bytes)
{
    struct key at;
    struct slice value, key, old, now = { 0 };
    key_of_record(number, &at);
    int got = system_get(rq, &at, &value);
    if (got != 1 || !record_read(value, &key, &old))
        return got < 0 ? -1 : record_damaged(rq->error);
    *bytes += key.size + old.size;
    if ((got = view_get(rq->view, key, &now, rq->error)) < 0)
        return -1;
    now = got == 1 ? arena_copy(rq->arena, now) : slice_of(NULL, 0);
    if ((now.data != NULL || old.data != NULL) && changes_add(rq, key, now, old) < 0)
        return -1;
    return system_replace(rq, &at, value, slice_of(NULL, 0));
}

int load_undo(struct request *rq, int budget, int64_t *ret_count)
{
    struct load load;
    size_t bytes = 0;
    int got = load_find(rq, &load);
    if (got != 1)
        return got;
    if (load.over)
        return forget_records(rq, &load, budget);
    for (; budget > 0 && load.records > 0 && bytes < STEP_BYTES_MAX; budget--, ++*ret_count)
        if (undo_record(rq, --load.records, &bytes) < 0)
            return -1;
    load.checked = 0;
    return load.records == 0 ? forget_records(rq, &load, 1) : load_save(rq, &load) < 0 ? -1 : 1;
}

/* --- Rows of migrations --- */

static void key_of_touched(uint16_t relation, struct key *ret)
{
    key_start(ret, TENANT_SYSTEM, RELATION_TOUCHED);
    key_u16(ret, relation);
}

int seeds_only(const struct request *rq, const struct table *table)
{
    struct key key;
    if (!table->seeded)
        return 0;
    key_of_touched(table->relation, &key);
    int touched = view_has(rq->view, key_slice(&key), rq->error);
    return touched < 0 ? -1 : !touched;
}

int seeds_touched(struct request *rq, int mark)
{
    int end = changes_mark(rq);
    for (int i = mark; i < end; i++) {
        uint16_t relation = key_relation(rq->changes->items[i].key);
        const struct table *table = relation < RELATION_USER_FIRST ? NULL : rq->view->catalog->table_by_relation[relation];
        struct key key;
        int untouched = table == NULL ? 0 : seeds_only(rq, table);
        if (untouched < 0)
            return -1;
        if (untouched == 0)
            continue;
        key_of_touched(relation, &key);
        if (system_put(rq, &key, SLICE_LITERAL("\xc3")) < 0)
            return -1;
    }
    return 0;
}
