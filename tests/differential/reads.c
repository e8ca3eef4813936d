#include "parts.h"

/* Some columns, and most often the primary key behind them: then every row has its place, and a limit may cut. */
static void make_order(struct generator *g, struct operation *op)
{
    const struct meta_unique *key = meta_key(op->table);
    int count = random_below(&g->random, 4);
    for (int i = 0; i < count; i++) {
        const struct meta_column *column = &op->table->columns[random_below(&g->random, op->table->column_count)];
        if (column->compared)
            op->order[op->order_count++] = (struct order_item){ column, random_percent(&g->random, 50), random_below(&g->random, 3) };
    }
    op->ordered = random_percent(&g->random, 70);
    op->limit = !op->ordered || random_percent(&g->random, 50) ? 10000 : 1 + random_below(&g->random, 20);
    bool desc = random_percent(&g->random, 30);
    for (int i = 0; op->ordered && i < key->count; i++)
        op->order[op->order_count++] = (struct order_item){ &op->table->columns[key->columns[i]], desc, 0 };
}

void generate_scan(struct generator *g, struct operation *op)
{
    if (random_percent(&g->random, 80))
        op->where = filter_random(g, op->table, 3);
    output_all(op);
    if (random_percent(&g->random, 30)) {           /* some of the columns, in another order */
        int from = random_below(&g->random, op->output_count), count = 1 + random_below(&g->random, op->output_count - from);
        memmove(op->outputs, op->outputs + from, sizeof *op->outputs * (size_t)count);
        op->output_count = count;
    }
    make_order(g, op);
    if (random_percent(&g->random, 30))
        op->page = 1 + random_below(&g->random, 7);
}

/* 0 and 0.00 are equal: which of them is the least, or stands for a group, depends on the order in which rows are met. */
static bool equals_look_alike(const struct meta_column *column)
{
    return column->type.id != TYPE_NUMERIC || column->type.precision > 0;
}

static bool can_aggregate(const char *function, const struct meta_column *column)
{
    if (column->type.array || !column->compared)
        return strcmp(function, "count") == 0 && column->compared;
    bool number = type_is_number(column->type);
    if (strcmp(function, "sum") == 0 || strcmp(function, "avg") == 0)
        return number;
    bool ordered = (number && equals_look_alike(column)) || column->type.id == TYPE_TEXT || column->type.id == TYPE_TIMESTAMPTZ || column->type.id == TYPE_DATE;
    return ordered || strcmp(function, "count") == 0;
}

void generate_aggregate(struct generator *g, struct operation *op)
{
    static const char *const functions[] = { "count", "min", "max", "sum", "avg" };
    if (random_percent(&g->random, 60))
        op->where = filter_random(g, op->table, 2);
    int groups = random_below(&g->random, 3), wanted = 1 + random_below(&g->random, 3);
    for (int i = 0; i < groups; i++) {
        const struct meta_column *column = &op->table->columns[random_below(&g->random, op->table->column_count)];
        bool grouped = column->compared && !column->type.array && column->type.id != TYPE_JSONB && equals_look_alike(column);
        if (grouped && (i == 0 || column != op->groups[0]))
            op->groups[op->group_count++] = column;
    }
    op->aggregates[op->aggregate_count++] = (struct aggregate_item){ "count", NULL, false };
    for (int tries = 0; tries < 20 && op->aggregate_count <= wanted; tries++) {
        const char *function = functions[random_below(&g->random, 5)];
        const struct meta_column *column = &op->table->columns[random_below(&g->random, op->table->column_count)];
        if (can_aggregate(function, column))
            op->aggregates[op->aggregate_count++] = (struct aggregate_item){ function, column, random_percent(&g->random, 30) };
    }
}
