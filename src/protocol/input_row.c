/* Columns, keys and records by name: from the wire to values of a table's columns. */
#include "protocol/args.h"

#include "value/mp.h"

int args_column(struct request *rq, const struct table *table, struct slice name, int *ret)
{
    *ret = table_column(table, name);
    if (*ret < 0)
        return fail(rq->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%.*s\" of relation \"%s\" does not exist",
                    SLICE_FMT(name), table->name);
    return 0;
}

int option_columns(struct request *rq, struct slice object, const char *name, const struct table *table, struct column_list *ret)
{
    uint32_t count;
    if (object.data == NULL) {
        column_list_all(rq, table, ret);
        return 0;
    }
    if (!mp_array(&object, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" must be an array of column names", name);
    if (count > COLUMNS_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "option \"%s\" has more than %d columns", name, COLUMNS_MAX);
    int *columns = ARENA_ARRAY(rq->arena, int, count);
    for (uint32_t i = 0; i < count; i++) {
        struct slice column;
        if (!mp_str(&object, &column))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" must be an array of column names", name);
        if (args_column(rq, table, column, &columns[i]) < 0)
            return -1;
    }
    *ret = (struct column_list){ (int)count, columns };
    return 0;
}

int option_returning(struct request *rq, struct slice object, const struct table *table, struct returning *ret)
{
    *ret = (struct returning){ 0 };
    if (object.data == NULL)
        return 0;
    if (mp_peek(object) == MP_BOOL) {
        mp_bool(&object, &ret->wanted);
        if (ret->wanted)
            column_list_all(rq, table, &ret->columns);
        return 0;
    }
    ret->wanted = true;
    return option_columns(rq, object, "returning", table, &ret->columns);
}

static int value_of_column(struct request *rq, const struct table *table, int column, struct slice *in, struct value *ret)
{
    const struct column *c = &table->columns[column];
    if (value_from_wire(c->type, in, rq->arena, ret, rq->error) == 0)
        return 0;
    if (rq->error->detail[0] == '\0')
        fail_detail(rq->error, "The value is for column \"%s\" of relation \"%s\".", c->name, table->name);
    return -1;
}

/* How many values there are to be, and of which columns. */
static int refuse_key(struct request *rq, const struct table *table, int count)
{
    const struct index *primary = table->primary;
    struct buf names = { 0 };
    for (int i = 0; i < primary->count; i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", table->columns[primary->columns[i].column].name);
    if (primary->count == 1)
        fail(rq->error, SQLSTATE_DATATYPE_MISMATCH, "the key of \"%s\" must be one value, not an array of %d", table->qualified, count);
    else
        fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the key of \"%s\" must be an array of %d values, not %d", table->qualified, primary->count, count);
    fail_hint(rq->error, "it is (%s), and names one row; a scan or a query finds several", buf_text(&names));
    buf_done(&names);
    return -1;
}

int args_key(struct request *rq, const struct table *table, struct slice object, struct value *ret)
{
    const struct index *primary = table->primary;
    struct slice peek = object;
    uint32_t count = 1;
    bool array = mp_array(&peek, &count), single = primary->count == 1;
    if (!single && (!array || (int)count != primary->count))
        return refuse_key(rq, table, array ? (int)count : 1);
    object = single ? object : peek;
    for (int i = 0; i < primary->count; i++)
        if (value_of_column(rq, table, primary->columns[i].column, &object, &ret[i]) < 0)
            return single && array && rq->error->state == SQLSTATE_DATATYPE_MISMATCH ? refuse_key(rq, table, (int)count) : -1;
    return 0;
}

static int record_column(struct request *rq, const struct table *table, struct slice *in, struct input_row *record)
{
    struct slice name;
    int column;
    if (!mp_str(in, &name))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a record must be a map from column names to values");
    if (args_column(rq, table, name, &column) < 0)
        return -1;
    if (record->given[column])
        return fail(rq->error, SQLSTATE_DUPLICATE_COLUMN, "column \"%s\" specified more than once", table->columns[column].name);
    record->given[column] = true;
    record->count++;
    return value_of_column(rq, table, column, in, &record->columns[column]);
}

int args_record(struct request *rq, const struct table *table, struct slice *in, struct input_row *ret)
{
    uint32_t count;
    if (!mp_map(in, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a record must be a map from column names to values");
    ret->columns = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    ret->given = ARENA_ARRAY(rq->arena, bool, table->column_count);
    ret->count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (record_column(rq, table, in, ret) < 0)
            return -1;
    return 0;
}
