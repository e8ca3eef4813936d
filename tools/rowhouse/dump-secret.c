/* Secret columns in a dump: left out, or with --secrets opened.
 *
 * Left out is every value of a column that is secret now, and every cell that is still sealed though its column is secret no
 * longer. NULL stands for it; where NULL may not, the column's default if that is a constant, else what is empty or zero of its type:
 * such a dump can be restored, and whoever reads it sees that there is nothing. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "dump.h"
#include "engine/seal_row.h"

void dump_secrets_start(struct dump_secrets *s, const struct view *view, bool wanted, struct error *error)
{
    *s = (struct dump_secrets){ .view = *view, .wanted = wanted };
    principal_system(&s->who);
    arena_init(&s->arena, ROW_SIZE_MAX);
    s->rq = (struct request){ .view = &s->view, .who = &s->who, .sys = sys_real(), .arena = &s->arena, .error = error, .marks = seal_marks_new() };
    s->left_out = memory_alloc(sizeof *s->left_out * (size_t)(view->catalog->table_count * COLUMNS_MAX + 1));
}

void dump_secrets_done(struct dump_secrets *s)
{
    arena_done(&s->arena);
    seal_marks_free(s->rq.marks);
    free(s->left_out);
}

/* In the words of the type's own input. */
static const char *empty_text(struct type type)
{
    if (type.array)
        return "{}";
    switch (type.id) {
    case TYPE_TEXT: case TYPE_VARCHAR: case TYPE_BYTEA: return "";
    case TYPE_ENUM: return type.labels->labels[0];
    case TYPE_JSONB: case TYPE_JSON: return "{}";
    case TYPE_BOOL: return "false";
    case TYPE_UUID: return "00000000-0000-0000-0000-000000000000";
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP: case TYPE_DATE: return "1970-01-01";
    case TYPE_INTERVAL: return "00:00:00";
    case TYPE_INET: return "0.0.0.0";
    default: return "0";
    }
}

static struct value stand_in(struct dump_secrets *s, const struct column *column)
{
    struct value value;
    if (!column->not_null)
        return VALUE_OF_NULL;
    if (column->default_value != NULL && column->default_value->op == EXPR_CONST && !value_is_null(&column->default_value->constant))
        return column->default_value->constant;
    int made = value_from_text(column->type, slice_of_string(empty_text(column->type)), &s->arena, &value, s->rq.error);
    assert(made == 0);
    return value;
}

int dump_secrets_row(struct dump_secrets *s, const struct table *table, struct slice key, struct slice row, struct value *columns)
{
    bool marked[COLUMNS_MAX];
    arena_reset(&s->arena);
    if (s->wanted)
        return row_load(&s->rq, table, key, row, NULL, table->column_count, &s->arena, columns);
    int any = seal_marked(&s->rq, table, key_tenant(key), marked);
    if (any < 0)
        return -1;
    if (row_values(table, row, columns) < 0)
        return fail(s->rq.error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", table->qualified);
    for (int i = 0; i < table->column_count; i++)
        if (columns[i].kind == VALUE_SEALED || (any == 1 && marked[i] && !value_is_null(&columns[i]))) {
            columns[i] = stand_in(s, &table->columns[i]);
            s->left_out[table->number * COLUMNS_MAX + i]++;
        }
    return 0;
}

void dump_secrets_tell(const struct dump_secrets *s)
{
    bool any = false;
    for (int t = 0; t < s->view.catalog->table_count; t++) {
        const struct table *table = s->view.catalog->tables[t];
        for (int i = 0; i < table->column_count; i++) {
            uint64_t count = s->left_out[t * COLUMNS_MAX + i];
            if (count == 0)
                continue;
            if (!any)
                fprintf(stderr, "rowhouse dump: secret values were left out (--secrets writes them, in the clear):\n");
            fprintf(stderr, "    %s.%s  %" PRIu64 "%s\n", table->qualified, table->columns[i].name, count,
                    table->columns[i].not_null ? ", not null: something empty stands there" : "");
            any = true;
        }
    }
}
