/* The values of one row: fitting each other and the tables, or spoilt in one place. */
#include "parts.h"

/* What is wrong with a write, if anything: one thing only. */
enum defect {
    DEFECT_NONE, DEFECT_NULL, DEFECT_MALFORMED, DEFECT_CHECK, DEFECT_FOREIGN_KEY, DEFECT_UNIQUE, DEFECT_RANGE, DEFECT_GENERATED,
    DEFECT_COUNT,
};

bool is_key_column(const struct meta_table *table, int column)
{
    const struct meta_unique *key = meta_key(table);
    for (int i = 0; i < key->count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

struct datum datum_of(const char *text)
{
    return (struct datum){ text == NULL ? DATUM_NULL : DATUM_VALUE, text };
}

static const char *fresh_id(struct generator *g)
{
    return arena_printf(g->arena, "%lld", (long long)g->next_id++);
}

/* A foreign key: a row of the same house, or of a table that has none. NULL where there is no such row. */
static const char *key_hit(struct generator *g, const struct meta_column *column, const char *house)
{
    const char **row = pick_row(g, column->target, column->target->house == HOUSE_NONE, house);
    return row == NULL ? NULL : row[meta_column(column->target, column->target_column)->number];
}

const char *key_miss(struct generator *g, const struct meta_column *column)
{
    return column->type.id == TYPE_UUID ? value_uuid(g) : column->type.id == TYPE_INT8 ? "987654321987" : "no such key";
}

/* `defaults`: the column may be left out. */
static struct datum value_for(struct generator *g, const struct meta_table *table, const struct meta_column *column,
                              const char *house, bool defaults)
{
    bool optional = !column->not_null && random_percent(&g->random, 20);
    if (column->number == table->house_column && table->house == HOUSE_COLUMN && column->target != NULL)
        return datum_of(house);
    if (column->target != NULL) {
        const char *hit = optional && column->number != table->house_column ? NULL : key_hit(g, column, house);
        return hit != NULL || !column->not_null ? datum_of(hit) : datum_of(key_miss(g, column));
    }
    if (is_key_column(table, column->number) && column->type.id == TYPE_INT8)
        return datum_of(fresh_id(g));
    if (is_key_column(table, column->number) && column->type.id == TYPE_UUID)
        return datum_of(value_uuid(g));
    if (is_key_column(table, column->number))
        return datum_of(arena_printf(g->arena, "action %d", random_below(&g->random, 60)));
    if (optional)
        return datum_of(NULL);
    if (defaults && column->has_default && !column->fleeting && random_percent(&g->random, 25))
        return (struct datum){ DATUM_DEFAULT, NULL };
    return datum_of(value_valid(g, column));
}

/* Columns whose value lies outside of the type, by a text that the type's input takes. */
static const char *out_of_range(const struct meta_column *column)
{
    if (column->type.array)
        return NULL;
    switch (column->type.id) {
    case TYPE_INT4:
        return "2147483648";
    case TYPE_INT8:
        return "9223372036854775808";
    case TYPE_NUMERIC:
        return column->type.precision > 0 ? "99999999999.99" : NULL;
    default:
        return NULL;
    }
}

/* A datum that spoils `column`; false where that can't be done to it. A table whose primary key is a foreign key has collisions
 * enough: a miss of another key would be a second defect. */
static bool spoil_value(struct generator *g, const struct meta_column *column, enum defect defect, bool natural_key, struct datum *ret)
{
    const char *text = NULL;
    switch (defect) {
    case DEFECT_NULL:
        *ret = datum_of(NULL);
        return column->not_null;
    case DEFECT_MALFORMED:
        text = value_malformed(g, column);
        break;
    case DEFECT_CHECK:
        text = column->value_count > 0 ? "no such value" : NULL;
        break;
    case DEFECT_FOREIGN_KEY:
        text = column->target != NULL && !natural_key ? key_miss(g, column) : NULL;
        break;
    case DEFECT_RANGE:
        text = out_of_range(column);
        break;
    default:
        break;
    }
    *ret = datum_of(text);
    return text != NULL;
}

bool stands_alone(const struct meta_table *table, const struct meta_unique *unique)
{
    for (int i = 0; i < unique->count; i++)
        if (unique->columns[i] == table->house_column || table->columns[unique->columns[i]].target != NULL)
            return false;
    return true;
}

/* Copies the columns of a unique constraint from a row that is there: of whatever house, where it says nothing of the house. */
static void collide(struct generator *g, struct operation *op, struct datum *row, const char *house)
{
    const struct meta_table *table = op->table;
    bool other_than_key = table->unique_count > 1 && random_percent(&g->random, 80);
    const struct meta_unique *unique = &table->uniques[other_than_key ? 1 + random_below(&g->random, table->unique_count - 1) : 0];
    bool anywhere = table->house == HOUSE_NONE || (stands_alone(table, unique) && random_percent(&g->random, 60));
    const char **other = pick_row(g, table, anywhere, house);
    for (int i = 0; other != NULL && i < op->column_count; i++)
        for (int j = 0; j < unique->count; j++)
            if (unique->columns[j] == op->columns[i]->number)
                row[i] = datum_of(other[unique->columns[j]]);
}

/* Gives a value to the generated column, if the table has one, in place of another column. */
static void give_generated(struct operation *op, struct datum *value, int at)
{
    for (int i = 0; i < op->table->column_count; i++)
        if (op->table->columns[i].generated) {
            op->columns[at] = &op->table->columns[i];
            *value = datum_of("2025-01-01 00:00:00+00");
        }
}

/* Makes a row carry one defect. */
void row_spoil(struct generator *g, struct operation *op, struct datum *row, const char *house)
{
    enum defect defect = random_percent(&g->random, 25) ? DEFECT_UNIQUE : 1 + random_below(&g->random, DEFECT_COUNT - 1);
    g->spoilt = true;
    if (defect == DEFECT_UNIQUE) {
        collide(g, op, row, house);
        return;
    }
    bool natural_key = op->table->columns[meta_key(op->table)->columns[0]].target != NULL;
    int start = random_below(&g->random, op->column_count);
    if (defect == DEFECT_GENERATED) {
        give_generated(op, &row[start], start);
        return;
    }
    for (int i = 0; i < op->column_count; i++) {
        int at = (start + i) % op->column_count;
        struct datum spoiled;
        if (spoil_value(g, op->columns[at], defect, natural_key, &spoiled)) {
            row[at] = spoiled;
            return;
        }
    }
}

void row_fill(struct generator *g, struct operation *op, int row, const char *house)
{
    for (int i = 0; i < op->column_count; i++)
        op->values[row * op->column_count + i] = value_for(g, op->table, op->columns[i], house, op->kind == OPERATION_INSERT);
}

void row_start(struct generator *g, const struct meta_table *table, int rows, struct operation *op)
{
    op->table = table;
    op->row_count = rows;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].written)
            op->columns[op->column_count++] = &table->columns[i];
    op->values = ARENA_ARRAY(g->arena, struct datum, op->column_count * rows);
}
