#include "native/draft.h"

#include <assert.h>

int native_table_of(struct request *rq, enum reference reference, const struct table **ret)
{
    *ret = rq->view->catalog->references[reference];
    return *ret != NULL ? 0 : reference_find(rq->view->catalog, reference, ret, rq->error);
}

int native_table_named(struct request *rq, struct slice name, const struct table **ret)
{
    *ret = catalog_table(rq->view->catalog, name);
    return *ret != NULL ? 0 : fail(rq->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s\" does not exist", SLICE_FMT(name));
}

static int column_of(const struct table *table, const char *name)
{
    int column = table_column(table, slice_of_string(name));
    assert(column >= 0);
    return column;
}

void draft_start(struct draft *draft, struct request *rq, const struct table *table)
{
    draft->rq = rq;
    draft->table = table;
    draft->columns = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    draft->given = ARENA_ARRAY(rq->arena, bool, table->column_count);
}

void draft_set(struct draft *draft, const char *column, struct value value)
{
    int number = column_of(draft->table, column);
    draft->columns[number] = value;
    draft->given[number] = true;
}

void draft_text(struct draft *draft, const char *column, const char *text)
{
    draft_set(draft, column, text == NULL ? VALUE_OF_NULL : value_text(slice_of_string(text)));
}

/* The type of a value of that column before its modifiers, an integer of any size: what native functions calculate with. */
static struct type plain_type(struct type type)
{
    type.length = type.precision = type.scale = 0;
    if (!type.array && value_kind_of(type) == VALUE_INT)
        type.id = TYPE_INT8;
    return type;
}

/* What was calculated is held to the column's type as what is sent is: its range, precision and length. */
static int fit_columns(struct draft *draft)
{
    struct request *rq = draft->rq;
    for (int i = 0; i < draft->table->column_count; i++) {
        const struct column *column = &draft->table->columns[i];
        if (draft->given[i] && value_cast(plain_type(column->type), column->type, CAST_ASSIGNMENT, &draft->columns[i], rq->arena,
                                          &draft->columns[i], rq->error) < 0)
            return fail_detail(rq->error, "The value is for column \"%s\" of relation \"%s\".", column->name, draft->table->name);
    }
    return 0;
}

int draft_insert(struct draft *draft, uint32_t house, struct found *ret)
{
    return fit_columns(draft) < 0 ? -1 : table_insert(draft->rq, draft->table, house, draft->columns, draft->given, ret);
}

int draft_update(struct draft *draft, const struct found *old, struct found *ret)
{
    return fit_columns(draft) < 0 ? -1 : table_update(draft->rq, draft->table, old, draft->columns, draft->given, ret);
}

int64_t count_shown(int64_t count)
{
    return count > INT32_MAX ? INT32_MAX : count;
}

int draft_find(struct draft *draft, enum reference reference, uint32_t house, struct found *ret)
{
    return table_find_unique(draft->rq, reference_unique(draft->table, reference), house, draft->columns, ret);
}

const struct value *found_column(const struct table *table, const struct found *row, const char *column)
{
    return &row->columns[column_of(table, column)];
}

int64_t found_int(const struct table *table, const struct found *row, const char *column, int64_t when_null)
{
    const struct value *value = found_column(table, row, column);
    return value_is_null(value) ? when_null : value->integer;
}

bool found_bool(const struct table *table, const struct found *row, const char *column, bool when_null)
{
    const struct value *value = found_column(table, row, column);
    return value_is_null(value) ? when_null : value->boolean;
}

void put_text(struct buf *out, const char *name, struct slice text)
{
    mp_put_string(out, name);
    mp_put_str(out, text);
}

void put_int(struct buf *out, const char *name, int64_t value)
{
    mp_put_string(out, name);
    mp_put_int(out, value);
}

void put_bool(struct buf *out, const char *name, bool value)
{
    mp_put_string(out, name);
    mp_put_bool(out, value);
}

void put_time(struct buf *out, const char *name, int64_t us)
{
    struct value time = value_time(us);
    mp_put_string(out, name);
    value_store(type_of(TYPE_TIMESTAMPTZ), &time, out);
}
