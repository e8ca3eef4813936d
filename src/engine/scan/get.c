/* The row under a primary key: nothing of it is decoded unless a policy asks. */
#include "engine/scan/select.h"

#include "engine/scan/unique.h"
#include "engine/seal_row.h"

/* The key of a row in one house, from the values of the primary key as declared: 1; 0: no row of this house has it; -1. */
static int key_in_house(struct request *rq, const struct table *table, uint32_t house, const struct value *values, struct key *ret)
{
    const struct index *primary = table->primary;
    struct error too_long = { 0 };
    bool lossy = false;
    key_start(ret, house, table->relation);
    for (int i = 0, part = 0; i < primary->count; i++) {
        int column = primary->columns[i].column;
        if (part < primary->key_count && primary->key[part].column == column) {
            if (key_column(ret, index_type(table, &primary->key[part]), &values[i], primary->key[part].order, &lossy, &too_long) < 0)
                return 0;
            part++;
        } else {
            uint32_t named;
            int got = values[i].kind != VALUE_UUID ? 0 : store_house(rq->view, &values[i].uuid, &named, rq->error);
            if (got <= 0 || named != house)
                return got < 0 ? -1 : 0;
        }
    }
    return 1;
}

/* 1: the row may be read, 0: not, -1. */
static int admits(struct request *rq, const struct guard *guard, const struct selected *row)
{
    if (guard->access != ACCESS_FILTER)
        return guard->access == ACCESS_ALL;
    int count = guard->table->column_count;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, count);
    if (row_load(rq, guard->table, row->key, row->bytes, NULL, count, rq->arena, columns) < 0)
        return -1;
    return guard_admits(rq, guard, row->house, columns);
}

int get_row(struct request *rq, const struct table *table, uint32_t house, const struct value *values, struct key *key, struct selected *ret)
{
    struct guard guard;
    struct found found;
    if (policy_using(rq, table, POLICY_SELECT, true, house, &guard) < 0)
        return -1;
    if (guard.access == ACCESS_NONE)
        return 0;
    if (house != HOUSE_ANY) {
        int there = key_in_house(rq, table, house, values, key);
        if (there <= 0)
            return there;
        *ret = (struct selected){ .house = house, .key = key_slice(key) };
        int got = view_get(rq->view, ret->key, &ret->bytes, rq->error);
        return got == 1 ? admits(rq, &guard, ret) : got;
    }
    int got = table_find(rq, table, house, values, &found);
    if (got != 1)
        return got;
    key_copy(key, key_slice(&found.key));
    *ret = (struct selected){ .house = key_tenant(key_slice(key)), .key = key_slice(key), .bytes = found.bytes };
    return admits(rq, &guard, ret);
}
