/* Views over every table, which give its rows and columns in another way each, so that a statement over one may ask whatever it may
 * ask of the table. Both servers have them; in FROM the same texts stand as sub-selects as well. */
#include <ctype.h>
#include <string.h>

#include "sql.h"
#include "views.h"

enum shape { SHAPE_PLAIN, SHAPE_FILTERED, SHAPE_COMPUTED, SHAPE_JOINED, SHAPE_GROUPED, SHAPE_PAGED, SHAPE_NESTED, SHAPES };
#define SHAPES_OF_ONE_TABLE (SHAPE_COMPUTED + 1)

static const char *const names[SHAPES] = { "plain", "filtered", "computed", "joined", "grouped", "paged", "nested" };

static void put_name(enum shape shape, const struct meta_table *table, struct buf *out)
{
    buf_printf(out, "%s_", names[shape]);
    for (const char *c = table->name; *c != '\0'; c++)
        buf_append_byte(out, isalnum((unsigned char)*c) ? (uint8_t)*c : '_');
}

/* An expression that is the column, whatever it is. */
static void put_computed(const struct meta_table *table, struct buf *out)
{
    for (int i = 0; i < table->column_count; i++)
        buf_printf(out, "%s coalesce(x.%s, x.%s) AS %s", i == 0 ? "SELECT" : ",", table->columns[i].name, table->columns[i].name, table->columns[i].name);
    buf_printf(out, " FROM %s x", table->name);
}

static void put_joined(const struct meta_table *table, struct buf *out)
{
    buf_printf(out, "SELECT x.* FROM %s x", table->name);
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].target != NULL) {
            const struct meta_column *column = &table->columns[i];
            buf_printf(out, " LEFT JOIN %s y ON y.%s = x.%s", column->target->name, column->target_column, column->name);
            return;
        }
}

static bool is_key(const struct meta_table *table, int column)
{
    const struct meta_unique *key = meta_key(table);
    for (int i = 0; i < key->count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

/* Groups of one row each, whose aggregates are its values. */
static void put_grouped(const struct meta_table *table, struct buf *out)
{
    const struct meta_unique *key = meta_key(table);
    for (int i = 0; i < table->column_count; i++) {
        const struct meta_column *column = &table->columns[i];
        bool aggregate = !is_key(table, i) && !column->type.array && (type_is_number(column->type) || column->type.id == TYPE_TEXT);
        buf_append_string(out, i == 0 ? "SELECT " : ", ");
        buf_printf(out, aggregate ? "max(x.%s) AS %s" : "x.%s", column->name, column->name);
    }
    buf_printf(out, " FROM %s x GROUP BY", table->name);
    for (int i = 0; i < key->count; i++)
        buf_printf(out, "%s x.%s", i == 0 ? "" : ",", table->columns[key->columns[i]].name);
}

/* The last column that both servers have the same values of. */
static const char *last_column(const struct meta_table *table)
{
    int i = table->column_count - 1;
    while (i > 0 && !table->columns[i].compared)
        i--;
    return table->columns[i].name;
}

static void put_select(enum shape shape, const struct meta_table *table, struct buf *out)
{
    const struct meta_unique *key = meta_key(table);
    switch (shape) {
    case SHAPE_FILTERED:
        buf_printf(out, "SELECT * FROM %s WHERE %s IS NOT NULL", table->name, last_column(table));
        return;
    case SHAPE_COMPUTED:
        put_computed(table, out);
        return;
    case SHAPE_JOINED:
        put_joined(table, out);
        return;
    case SHAPE_GROUPED:
        put_grouped(table, out);
        return;
    case SHAPE_PAGED:
        buf_printf(out, "SELECT * FROM %s OFFSET 0", table->name);
        return;
    case SHAPE_NESTED:
        buf_append_string(out, "SELECT * FROM ");
        put_name(table->columns[0].not_null ? SHAPE_COMPUTED : SHAPE_GROUPED, table, out);
        buf_printf(out, " v WHERE v.%s IS NOT NULL", table->columns[key->columns[0]].name);
        return;
    default:
        buf_printf(out, "SELECT * FROM %s", table->name);
    }
}

void put_from_item(struct sql_text *s, const struct meta_table *table, bool one_table)
{
    enum shape shape = (enum shape)below(s, one_table ? SHAPES_OF_ONE_TABLE : SHAPES);
    if (percent(s, 60)) {
        buf_append_string(&s->text, table->name);
    } else if (one_table || percent(s, 60)) {
        put_name(shape, table, &s->text);
    } else {
        buf_append_byte(&s->text, '(');
        put_select(shape, table, &s->text);
        buf_append_byte(&s->text, ')');
    }
}

char *views_text(const struct meta *meta)
{
    struct buf text = { 0 };
    for (enum shape shape = 0; shape < SHAPES; shape++)
        for (int i = 0; i < meta->count; i++) {
            buf_append_string(&text, "CREATE VIEW ");
            put_name(shape, &meta->tables[i], &text);
            buf_append_string(&text, " WITH (security_invoker = true) AS ");
            put_select(shape, &meta->tables[i], &text);
            buf_append_string(&text, ";\nGRANT SELECT ON ");
            put_name(shape, &meta->tables[i], &text);
            buf_append_string(&text, " TO anon, authenticated, service_role;\n");
        }
    char *copy = strdup(buf_text(&text));
    buf_done(&text);
    return copy;
}
