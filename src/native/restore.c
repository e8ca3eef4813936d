/* What only restoring a dump needs, for the service key: set_sequence (audit logs: audit_restore.c). */
#include "native/draft.h"
#include "native/groups.h"

enum { SET_TABLE, SET_COLUMN, SET_VALUE };

static int set_sequence(struct request *rq, const struct value *values, struct buf *out)
{
    char *name = arena_string(rq->arena, values[SET_TABLE].bytes);
    const struct table *table;
    if (native_table_of(rq, name, &table) < 0)
        return -1;
    int column = table_column(table, values[SET_COLUMN].bytes);
    if (column < 0 || table->columns[column].sequence == 0)
        return fail(rq->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%.*s\" of \"%s\" has no sequence", SLICE_FMT(values[SET_COLUMN].bytes), name);
    if (values[SET_VALUE].integer < 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"value\" is not negative");
    int64_t next, last = values[SET_VALUE].integer;
    if (sequence_next(rq, table->columns[column].sequence, &next) < 0)
        return -1;
    if (last < next - 1)            /* never back to numbers that were given already */
        last = next - 1;
    if (sequence_set(rq, table->columns[column].sequence, last) < 0)
        return -1;
    mp_put_int(out, last);
    return 0;
}

const struct native_function restore_functions[] = {
    { .name = "set_sequence", .writes = true, .caller = CALLER_SERVICE, .run = set_sequence, .returns = "the last number given",
      .summary = "makes a sequence go on after a number, if it is not beyond it already; for restoring a dump",
      .parameters = { [SET_TABLE] = { "table_name", TYPE_TEXT, false, true, "such as contacts" },
                      [SET_COLUMN] = { "column_name", TYPE_TEXT, false, true, "such as id" },
                      [SET_VALUE] = { "value", TYPE_INT8, false, true, "from 0" } } },
    { .name = NULL },
};
