/* The method `get`: the row under a primary key, or nil. The hot path: the stored bytes are copied. */
#include "protocol/args.h"

#include "engine/policy/rights.h"
#include "engine/scan/select.h"
#include "engine/seal_row.h"
#include "protocol/methods.h"
#include "value/mp.h"

int get_method(struct request *rq, struct args args, struct buf *out)
{
    const struct table *table;
    const struct uuid *organization;
    struct slice key;
    struct key row_key;
    struct selected row;
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
    if (rights_of_get(rq, table, some ? &columns : NULL) < 0)
        return -1;
    int got = engine_house(rq, table, organization, &house);
    if (got == 1)
        got = get_row(rq, table, house, values, &row_key, &row);
    if (got < 0)
        return -1;
    if (got == 1)
        return row_put_stored(rq, table, row.key, row.bytes, some ? &columns : NULL, out);
    mp_put_nil(out);
    return 0;
}
