#include "engine/scan/unique.h"

#include <assert.h>

#include "catalog/rights.h"
#include "engine/houses.h"
#include "engine/seal_row.h"

int found_open(struct request *rq, const struct table *table, struct found *row)
{
    return row_load(rq, table, key_slice(&row->key), row->bytes, NULL, table->column_count, rq->arena, row->columns);
}

int found_fill(struct request *rq, const struct table *table, const struct key *key, struct slice bytes, struct found *ret)
{
    key_copy(&ret->key, key_slice(key));
    ret->bytes = rq->changes != NULL ? arena_copy(rq->arena, bytes) : bytes;
    ret->columns = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    return found_open(rq, table, ret);
}

/* --- Finding --- */

static bool same_in_index(const struct index *index, const struct value *a, const struct value *b)
{
    for (int i = 0; i < index->count; i++) {
        int column = index->columns[i].column;
        bool null = value_is_null(&a[column]);
        if (null != value_is_null(&b[column]))
            return false;
        if (!null && value_compare(type_collated(index->table->columns[column].type, NULL), &a[column], &b[column]) != 0)
            return false;
    }
    return true;
}

/* The row at `key`, if it counts: 1, 0, -1. `columns` NULL: its key says all. */
static int row_at(struct request *rq, const struct index *index, const struct key *key, const struct value *columns,
                  const struct key *except, struct found *ret)
{
    struct slice bytes;
    struct found found;
    if (except != NULL && slice_equal(key_slice(key), key_slice(except)))
        return 0;
    if (columns == NULL && ret == NULL)
        return view_has(rq->view, key_slice(key), rq->error);
    int got = view_get(rq->view, key_slice(key), &bytes, rq->error);
    if (got != 1)
        return got;
    if (found_fill(rq, index->table, key, bytes, &found) < 0)
        return -1;
    if (columns != NULL && !same_in_index(index, found.columns, columns))
        return 0;
    if (ret != NULL)
        *ret = found;
    return 1;
}

/* Entries between two keys whose row has these columns. Entries of the primary key are the rows. */
static int find_between(struct request *rq, const struct index *index, const struct key *low, const struct key *high,
                        const struct value *recheck, const struct key *except, struct found *ret)
{
    struct cursor cursor;
    struct slice entry;
    struct key key;
    if (cursor_open(rq->view, low, high, false, &cursor, rq->error) < 0)
        return -1;
    int got;
    while ((got = cursor_next(&cursor, &entry, NULL, rq->error)) == 1) {
        if (key_relation(entry) == index->table->relation)
            key_copy(&key, entry);
        else if (key_row_from_entry(index, entry, &key) < 0)
            got = fail(rq->error, SQLSTATE_INDEX_CORRUPTED, "index \"%s\" is damaged", index->name);
        if (got == 1)
            got = row_at(rq, index, &key, recheck, except, ret);
        if (got != 0)
            break;
    }
    cursor_close(&cursor);
    return got;
}

static int find_in_house(struct request *rq, const struct index *index, uint32_t house, const struct value *columns,
                         const struct key *except, struct found *ret)
{
    struct key low, high = { 0 };
    bool lossy = false;
    if (index->primary) {
        if (key_of_row(index->table, house, columns, &low, rq->error) < 0)
            return -1;
        return row_at(rq, index, &low, NULL, except, ret);
    }
    key_start(&low, house, index->house ? index->table->relation : index->relation);
    for (int i = 0; i < index->key_count && !index->house; i++) {
        int column = index->key[i].column;
        if (key_column(&low, index_type(index->table, &index->key[i]), &columns[column], index->key[i].order, &lossy, rq->error) < 0)
            return -1;
    }
    key_after(&low, &high);
    return find_between(rq, index, &low, &high, lossy ? columns : NULL, except, ret);
}

/* --- Over all houses --- */

int unique_house(struct request *rq, const struct index *index, const struct value *columns, uint32_t *ret_house)
{
    struct key claim;
    return key_of_claim(index, columns, &claim, rq->error) < 0 ? -1 : view_claim(rq->view, &claim, ret_house, rq->error);
}

/* Narrows `house` to the one that can have the row: the tenancy column says it, or the claim. 1, 0: there is no such row, -1. */
static int find_house(struct request *rq, const struct index *index, const struct value *columns, uint32_t *house)
{
    const struct table *table = index->table;
    uint32_t own = TENANT_SYSTEM;
    if (!table_in_houses(table)) {
        assert(*house == HOUSE_ANY || *house == TENANT_SYSTEM);
        *house = TENANT_SYSTEM;
        return 1;
    }
    if (!index->elided)
        return *house != HOUSE_ANY ? 1 : unique_house(rq, index, columns, house);
    const struct value *organization = &columns[table->tenant_column];
    int got = value_is_null(organization) ? 1 : store_house(rq->view, &organization->uuid, &own, rq->error);
    if (got <= 0)
        return got;
    if (*house != HOUSE_ANY && *house != own)
        return 0;
    *house = own;
    return 1;
}

int unique_find(struct request *rq, const struct index *index, uint32_t house, const struct value *columns, struct found *ret)
{
    assert(index->unique);
    if (index_null_distinct(index, columns))
        return 0;
    int got = find_house(rq, index, columns, &house);
    return got == 1 ? find_in_house(rq, index, house, columns, NULL, ret) : got;
}

/* --- Collisions --- */

static bool touches(const struct index *index, const bool *changed)
{
    if (changed == NULL || index->predicate != NULL)
        return true;
    for (int i = 0; i < index->count; i++)
        if (changed[index->columns[i].column])
            return true;
    return false;
}

/* Whether another row claims the same, in whatever house. What `old` claims is given up for it. */
static int claim_collides(struct request *rq, const struct index *index, const struct value *columns, const struct found *old,
                          uint32_t *ret_house)
{
    struct key claim, own;
    if (key_of_claiming(index, columns, rq->arena, &claim, rq->error) < 0)
        return -1;
    int got = claim.size == 0 ? 0 : view_claim(rq->view, &claim, ret_house, rq->error);
    if (got != 1 || old == NULL)
        return got;
    if (key_of_claiming(index, old->columns, rq->arena, &own, rq->error) < 0)
        return -1;
    return !slice_equal(key_slice(&claim), key_slice(&own));
}

static int house_collides(struct request *rq, const struct index *index, uint32_t house, const struct value *columns,
                          const struct found *old)
{
    bool covers;
    if (index_covers(index, columns, rq->arena, &covers, rq->error) < 0)
        return -1;
    if (!covers || house == HOUSE_ANY || index_null_distinct(index, columns))
        return 0;
    return find_in_house(rq, index, house, columns, old != NULL ? &old->key : NULL, NULL);
}

int unique_collision(struct request *rq, const struct table *table, uint32_t house, const struct value *columns,
                     const struct found *old, const bool *changed, struct collision *ret)
{
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        if (!index->unique || !touches(index, changed))
            continue;
        *ret = (struct collision){ index, house };
        int got = index->claimed ? claim_collides(rq, index, columns, old, &ret->house) : house_collides(rq, index, house, columns, old);
        if (got != 0)
            return got;
    }
    return 0;
}

int unique_unjudged(struct request *rq, const struct table *table, uint32_t house, const struct value *columns)
{
    int got = 0;
    for (int i = 0; i < table->index_count && got == 0; i++) {
        const struct index *index = table->indexes[i];
        if (index->unique && !index->primary && !index->claimed)
            got = house_collides(rq, index, house, columns, NULL);
    }
    return got;
}

int unique_other(struct request *rq, const struct index *index, const struct found *row)
{
    uint32_t own = key_tenant(key_slice(&row->key)), house = own;
    if (index_null_distinct(index, row->columns))
        return 0;
    if (index->claimed && unique_house(rq, index, row->columns, &house) < 0)
        return -1;
    return house != own ? 1 : find_in_house(rq, index, own, row->columns, &row->key, NULL);
}

/* --- Saying so --- */

bool details_shown(const struct request *rq, const struct table *table, const int *columns, int count)
{
    enum identity who = principal_identity(rq->who);
    bool shown = !table->row_security || principal_bypasses_policies(rq->who);
    for (int i = 0; shown && i < count; i++)
        shown = column_readable(table, columns[i], who);
    return shown;
}

const char *key_detail(struct request *rq, const struct table *table, const int *columns, int count, const struct value *values)
{
    struct buf text = { 0 };
    buf_append_string(&text, "(");
    for (int i = 0; i < count; i++)
        buf_printf(&text, "%s%s", i == 0 ? "" : ", ", table->columns[columns[i]].name);
    buf_append_string(&text, ")=(");
    for (int i = 0; i < count; i++) {
        buf_append_string(&text, i == 0 ? "" : ", ");
        if (value_is_null(&values[i]))
            buf_append_string(&text, "null");
        else
            value_to_text(table->columns[columns[i]].type, &values[i], &text);
    }
    buf_append_string(&text, ")");
    const char *copy = arena_string(rq->arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

int unique_refuse(struct request *rq, const struct index *index, const struct value *columns)
{
    int numbers[INDEX_COLUMNS_MAX];
    struct value values[INDEX_COLUMNS_MAX];
    fail(rq->error, SQLSTATE_UNIQUE_VIOLATION, "duplicate key value violates unique constraint \"%s\"", index->name);
    for (int i = 0; i < index->count; i++) {
        numbers[i] = index->columns[i].column;
        values[i] = columns[numbers[i]];
    }
    if (!details_shown(rq, index->table, numbers, index->count))
        return -1;
    return fail_detail(rq->error, "Key %s already exists.", key_detail(rq, index->table, numbers, index->count, values));
}
