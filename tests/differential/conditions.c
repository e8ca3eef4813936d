/* Random conditions of SQL: comparisons with values that are there, sub-selects along foreign keys, expressions. */
#include "sql.h"

static bool is_compared(const struct meta_column *column)
{
    enum kind kind = kind_of(column);
    return kind != KIND_NONE && kind != KIND_JSON && !column->type.array;
}

static void put_value(struct sql_text *s, const char *text)
{
    if (!s->takes_params || s->param_count == STATEMENT_PARAMS_MAX || !percent(s, 40)) {
        put_quoted(&s->text, text);
        return;
    }
    s->params[s->param_count++] = text;
    buf_printf(&s->text, "$%d", s->param_count);
}

void put_comparison(struct sql_text *s)
{
    static const char *const operators[] = { "=", "=", "<>", "<", ">=", "IS DISTINCT FROM" };
    const struct part *part = &s->parts[below(s, s->part_count)];
    const struct meta_column *column = any_column(s, part);
    const char **row = percent(s, 80) ? pick_row(s->g, part->table, true, NULL) : NULL;
    const char *value = row != NULL && row[column->number] != NULL ? row[column->number] : value_valid(s->g, column);
    int kind = below(s, 10);
    buf_printf(&s->text, "%s.%s ", part->alias, column->name);
    if (!is_compared(column) || kind == 0) {
        buf_printf(&s->text, "IS %sNULL", percent(s, 50) ? "NOT " : "");
    } else if (kind == 1) {
        buf_append_string(&s->text, percent(s, 80) ? "IN (" : "NOT IN (");
        put_value(s, value);
        buf_append_string(&s->text, ", ");
        put_value(s, value_valid(s->g, column));
        buf_append_byte(&s->text, ')');
    } else if (kind == 2 && type_is_text(column->type)) {
        buf_printf(&s->text, "%s '%%a%%'", percent(s, 50) ? "LIKE" : "ILIKE");
    } else if (kind == 3) {
        buf_append_string(&s->text, "BETWEEN ");
        put_value(s, value);
        buf_append_string(&s->text, " AND ");
        put_value(s, value_valid(s->g, column));
    } else {
        buf_printf(&s->text, "%s ", operators[below(s, 6)]);
        put_value(s, value);
    }
}

/* A condition inside of a sub-select, over its own table x. */
static void put_inner_condition(struct sql_text *s, const struct meta_table *table)
{
    struct sql_text inner = *s;
    inner.parts[0] = (struct part){ table, "x" };
    inner.part_count = 1;
    inner.sub_selects = false;
    put_comparison(&inner);
    s->text = inner.text;
    s->param_count = inner.param_count;
    memcpy(s->params, inner.params, sizeof s->params);
}

static void put_sub_select(struct sql_text *s)
{
    const struct part *part = &s->parts[below(s, s->part_count)];
    for (int i = 0; i < part->table->column_count; i++) {
        const struct meta_column *column = &part->table->columns[i];
        if (column->target == NULL || percent(s, 30))
            continue;
        int kind = below(s, 4);
        if (kind < 2)
            buf_append_string(&s->text, "EXISTS (SELECT 1 FROM ");
        else
            buf_printf(&s->text, "%s.%s %s (SELECT x.%s FROM ", part->alias, column->name, percent(s, 70) ? "IN" : kind == 2 ? "NOT IN" : "= ANY",
                       column->target_column);
        put_from_item(s, column->target, true);
        buf_append_string(&s->text, " x");
        if (kind < 2)
            buf_printf(&s->text, " WHERE x.%s = %s.%s", column->target_column, part->alias, column->name);
        if (percent(s, 40)) {
            buf_append_string(&s->text, kind < 2 ? " AND " : " WHERE ");
            put_inner_condition(s, column->target);
        }
        buf_append_byte(&s->text, ')');
        return;
    }
    buf_append_string(&s->text, "true");
}

void put_condition(struct sql_text *s, int depth)
{
    int kind = below(s, 10);
    if (depth == 0 || kind < 5) {
        int what = below(s, 100);
        if (what < 12 && s->sub_selects && s->part_count > 0)
            put_sub_select(s);
        else if (what < 40 || s->part_count == 0)
            put_expression(s, KIND_BOOL, 3);
        else
            put_comparison(s);
        return;
    }
    buf_append_string(&s->text, kind == 9 ? "NOT (" : "(");
    put_condition(s, depth - 1);
    if (kind != 9) {
        buf_append_string(&s->text, kind < 8 ? " AND " : " OR ");
        put_condition(s, depth - 1);
    }
    buf_append_byte(&s->text, ')');
}
