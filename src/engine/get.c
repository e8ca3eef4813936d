/* The method `get`: the row under a primary key, or nil. The hot path: nothing is decoded unless a policy asks. */
#include "engine/args.h"
#include "engine/select.h"

#include "engine/walker.h"
#include "value/mp.h"

/* The key of a row in one house, from the values of the primary key as declared. False: no row of this house has it. */
static bool key_in_house(struct request *rq, const struct table *table, uint32_t house, const struct value *values, struct key *ret)
{
    const struct index *primary = table->primary;
    struct error too_long = { 0 };
    bool lossy = false;
    key_start(ret, house, table->relation);
    for (int i = 0, part = 0; i < primary->count; i++) {
        int column = primary->columns[i].column;
        if (part < primary->key_count && primary->key[part].column == column) {
            if (key_column(ret, table->columns[column].type, &values[i], primary->key[part].order, &lossy, &too_long) < 0)
                return false;
            part++;
        } else {
            uint32_t named;
            if (values[i].kind != VALUE_UUID || !store_house(rq->view, &values[i].uuid, &named) || named != house)
                return false;
        }
    }
    return true;
}

/* 1: the row may be read, 0: not, -1. */
static int admits(struct request *rq, const struct guard *guard, uint32_t house, struct slice row)
{
    if (guard->access != ACCESS_FILTER)
        return guard->access == ACCESS_ALL;
    int count = guard->table->column_count;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, count);
    if (row_values_needed(guard->table, row, NULL, count, columns, rq->error) < 0)
        return -1;
    return guard_admits(rq, guard, house, columns);
}

int get_row(struct request *rq, const struct table *table, uint32_t house, const struct value *values, struct slice *ret)
{
    struct guard guard;
    struct found found;
    struct key key;
    if (policy_using(rq, table, POLICY_SELECT, house, &guard) < 0)
        return -1;
    if (guard.access == ACCESS_NONE)
        return 0;
    if (house != HOUSE_ANY) {
        if (!key_in_house(rq, table, house, values, &key))
            return 0;
        int got = view_get(rq->view, key_slice(&key), ret, rq->error);
        return got == 1 ? admits(rq, &guard, house, *ret) : got;
    }
    int got = table_find(rq, table, house, values, &found);
    if (got != 1)
        return got;
    *ret = found.bytes;
    return admits(rq, &guard, key_tenant(key_slice(&found.key)), found.bytes);
}

int engine_get(struct request *rq, struct args args, struct buf *out)
{
    const struct table *table;
    const struct uuid *organization;
    struct slice key, row;
    struct value values[INDEX_COLUMNS_MAX];
    struct options options;
    struct column_list columns;
    uint32_t house;
    if (args_table(rq, &args, &table) < 0 || args_object(rq, &args, "the key", &key) < 0
        || args_options(rq, &args, OPTION_COLUMNS | OPTION_ORGANIZATION, &options) < 0
        || option_organization(rq, options.organization, &organization) < 0
        || args_key(rq, table, key, values) < 0)
        return -1;
    bool some = options.columns.data != NULL;
    if (some && option_columns(rq, options.columns, "columns", table, &columns) < 0)
        return -1;
    int got = engine_house(rq, table, organization, &house);
    if (got == 1)
        got = get_row(rq, table, house, values, &row);
    if (got < 0)
        return -1;
    if (got == 1)
        row_put(table, row, some ? &columns : NULL, out);
    else
        mp_put_nil(out);
    return 0;
}
