/* What only SQL can say of a write: expressions as its values, one more condition, DO UPDATE ... WHERE, RETURNING of expressions.
 *
 * A write that was valid stays valid: expressions give what the column takes whatever the row is, and keys, foreign keys and
 * unique columns keep their constants. */
#include "sql.h"

static bool is_unique(const struct meta_table *table, const struct meta_column *column)
{
    for (int i = 0; i < table->unique_count; i++)
        for (int k = 0; k < table->uniques[i].count; k++)
            if (table->uniques[i].columns[k] == column->number)
                return true;
    return false;
}

/* An expression whose value any row may have in this column; false: there is none. */
static bool put_assigned(struct sql_text *s, const struct meta_table *table, const struct meta_column *column)
{
    enum kind kind = kind_of(column);
    if (column->target != NULL || is_unique(table, column) || column->number == table->house_column || kind == KIND_NONE)
        return false;
    if (column->value_count > 0) {
        put_template(s, "CASE WHEN $b THEN ", 2);
        put_quoted(&s->text, value_valid(s->g, column));
        buf_append_string(&s->text, " ELSE ");
        put_quoted(&s->text, value_valid(s->g, column));
        buf_append_string(&s->text, " END");
        return true;
    }
    switch (kind) {
    case KIND_TEXT: put_template(s, "left(coalesce($t, '-'), 8)", 2); return true;
    case KIND_INT: put_template(s, "coalesce(abs($i % 50), 1)", 2); return true;
    case KIND_NUMERIC: put_template(s, "coalesce(abs(round(($i % 50) / 3.0, 2)), 1)", 2); return true;
    case KIND_BOOL: put_template(s, "coalesce($b, true)", 2); return true;
    case KIND_JSON: put_template(s, "coalesce($j, '{}')", 2); return true;
    case KIND_TEXTS: put_template(s, "coalesce($a, '{}')", 2); return true;
    case KIND_INSTANT: put_template(s, "coalesce($z, '2025-01-01')", 2); return true;
    case KIND_DATE: put_template(s, "coalesce($d, '2025-01-01')", 2); return true;
    default: return false;
    }
}

static const char *take(struct sql_text *s)
{
    const char *text = arena_string(s->g->arena, buf_slice(&s->text));
    buf_clear(&s->text);
    return text;
}

static void decorate_values(struct sql_text *s, struct operation *op, int count)
{
    for (int i = 0; i < count; i++) {
        const struct meta_column *column = op->columns[i % op->column_count];
        if (op->values[i].kind == DATUM_VALUE && !column->generated && percent(s, 30) && put_assigned(s, op->table, column))
            op->values[i] = (struct datum){ DATUM_EXPRESSION, take(s) };
    }
}

static const char *returning(struct sql_text *s)
{
    int count = 1 + below(s, 3);
    for (int i = 0; i < count; i++) {
        buf_append_string(&s->text, i > 0 ? ", " : "");
        put_expression(s, kind_any(s), 2);
    }
    return take(s);
}

static void decorate_one(struct generator *g, struct operation *op)
{
    struct sql_text s = { .g = g };
    bool inserts = op->kind == OPERATION_INSERT || op->kind == OPERATION_UPSERT;
    if (op->kind > OPERATION_DELETE || g->spoilt)
        return;
    if (inserts && percent(&s, 30))
        decorate_values(&s, op, op->column_count * op->row_count);
    s.parts[s.part_count++] = (struct part){ op->table, "t" };
    if (op->kind == OPERATION_UPDATE && percent(&s, 50))
        decorate_values(&s, op, op->column_count);
    op->lists = op->kind == OPERATION_UPDATE && percent(&s, 20);
    if (!inserts && percent(&s, 20)) {
        put_condition(&s, 1);
        op->condition = take(&s);
    }
    if (percent(&s, 30))
        op->returning = returning(&s);
    if (op->kind == OPERATION_UPSERT && percent(&s, 50)) {
        s.parts[s.part_count++] = (struct part){ op->table, "excluded" };
        put_condition(&s, 1);
        op->condition = take(&s);
    }
    buf_done(&s.text);
}

void decorate(struct generator *g, struct operation *op)
{
    for (int i = 0; i < op->part_count; i++) {
        decorate_one(g, &op->parts[i]);
        if (op->parts[i].kind == OPERATION_UPSERT && !op->caller->enters_all)
            op->parts[i].condition = NULL;              /* it may be refused before it is asked, and the rest with it */
    }
    if (op->part_count == 0)
        decorate_one(g, op);
}
