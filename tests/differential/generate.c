#include "generate.h"

#include <assert.h>
#include <stdlib.h>

/* --- Values of one row --- */

/* What is wrong with a write, if anything: one thing only. */
enum defect {
    DEFECT_NONE, DEFECT_NULL, DEFECT_MALFORMED, DEFECT_CHECK, DEFECT_FOREIGN_KEY, DEFECT_UNIQUE, DEFECT_RANGE, DEFECT_GENERATED,
    DEFECT_COUNT,
};

static bool is_key_column(const struct meta_table *table, int column)
{
    const struct meta_unique *key = meta_key(table);
    for (int i = 0; i < key->count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

static struct datum datum_of(const char *text)
{
    return (struct datum){ text == NULL ? DATUM_NULL : DATUM_VALUE, text };
}

/* Ids that no other house uses: a primary key is unique in a house only. */
static const char *fresh_id(struct generator *g, const struct meta_table *table, const char *house)
{
    static const int64_t step = 1000000000;
    int64_t base = table->house == HOUSE_NONE || house == NULL ? 0 : strcmp(house, ORGANIZATION_A) == 0 ? step : 2 * step;
    return arena_printf(g->arena, "%lld", (long long)(base + g->next_id++));
}

/* A foreign key: a row of the same house, or of a table that has none. NULL where there is no such row. */
static const char *key_hit(struct generator *g, const struct meta_column *column, const char *house)
{
    const char **row = pick_row(g, column->target, column->target->house == HOUSE_NONE, house);
    return row == NULL ? NULL : row[meta_column(column->target, column->target_column)->number];
}

static const char *key_miss(struct generator *g, const struct meta_column *column)
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
        return datum_of(fresh_id(g, table, house));
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

/* Copies the columns of a unique constraint from a row that is there. */
static void collide(struct generator *g, struct operation *op, struct datum *row, const char *house)
{
    const struct meta_table *table = op->table;
    const struct meta_unique *unique = &table->uniques[random_below(&g->random, table->unique_count)];
    const char **other = pick_row(g, table, table->house == HOUSE_NONE, house);
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
static void spoil(struct generator *g, struct operation *op, struct datum *row, const char *house)
{
    enum defect defect = 1 + random_below(&g->random, DEFECT_COUNT - 1);
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

/* --- Inserts --- */

static void fill_row(struct generator *g, struct operation *op, int row, const char *house)
{
    for (int i = 0; i < op->column_count; i++)
        op->values[row * op->column_count + i] = value_for(g, op->table, op->columns[i], house, op->kind == OPERATION_INSERT);
}

static void start_insert(struct generator *g, const struct meta_table *table, int rows, struct operation *op)
{
    op->table = table;
    op->row_count = rows;
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].generated)
            op->columns[op->column_count++] = &table->columns[i];
    op->values = ARENA_ARRAY(g->arena, struct datum, op->column_count * rows);
}

void generate_row(struct generator *g, const struct meta_table *table, const char *house, struct operation *ret)
{
    *ret = (struct operation){ .kind = OPERATION_INSERT, .caller = &g->callers[CALLER_COUNT - 1] };
    start_insert(g, table, 1, ret);
    fill_row(g, ret, 0, house);
}

static void put_outputs(struct operation *op)
{
    for (int i = 0; i < op->table->column_count; i++)
        if (op->table->columns[i].compared)
            op->outputs[op->output_count++] = &op->table->columns[i];
}

/* The house that a caller writes to: mostly his own. */
static const char *choose_house(struct generator *g, const struct caller *caller)
{
    int kind = random_below(&g->random, 100);
    if (caller->organization != NULL && !caller->enters_all && kind < 85)
        return caller->organization;
    return kind % 10 < 5 ? ORGANIZATION_A : kind % 10 < 9 ? ORGANIZATION_B : NULL;
}

static void make_insert(struct generator *g, struct operation *op)
{
    const char *house = choose_house(g, op->caller);
    bool homeless = house == NULL && op->table->house == HOUSE_COLUMN && op->table->columns[op->table->house_column].not_null;
    bool spoilt = random_percent(&g->random, 25) && !homeless;      /* to be homeless is the defect then */
    int rows = random_percent(&g->random, 15) && !spoilt ? 2 + random_below(&g->random, 3) : 1;
    start_insert(g, op->table, rows, op);
    for (int row = 0; row < rows; row++) {
        if (row > 0 && op->caller->enters_all && !homeless)
            house = random_percent(&g->random, 50) ? ORGANIZATION_A : ORGANIZATION_B;
        fill_row(g, op, row, house);
    }
    if (spoilt)
        spoil(g, op, op->values, house);
    if (random_percent(&g->random, 70))
        put_outputs(op);
    op->conflict_nothing = random_percent(&g->random, 10);
}

/* An upsert takes its conflict columns from a row that is there, half of the time. */
static void make_upsert(struct generator *g, struct operation *op)
{
    const char *house = choose_house(g, op->caller);
    op->kind = OPERATION_UPSERT;
    start_insert(g, op->table, 1, op);
    fill_row(g, op, 0, house);
    op->conflict = &op->table->uniques[random_below(&g->random, op->table->unique_count)];
    const char **other = pick_row(g, op->table, op->table->house == HOUSE_NONE, house);
    for (int i = 0; other != NULL && random_percent(&g->random, 50) && i < op->column_count; i++)
        for (int j = 0; j < op->table->unique_count; j++)
            for (int k = 0; k < op->table->uniques[j].count; k++)
                if (op->table->uniques[j].columns[k] == op->columns[i]->number)
                    op->values[i] = datum_of(other[op->columns[i]->number]);
    if (random_percent(&g->random, 50))
        put_outputs(op);
}

/* --- Updates and deletes --- */

/* The key of a row of `house`, or of none. */
static void aim_at_key(struct generator *g, struct operation *op, const char *house)
{
    const struct meta_unique *key = meta_key(op->table);
    const char **row = random_percent(&g->random, 95) ? pick_row(g, op->table, op->table->house == HOUSE_NONE, house) : NULL;
    op->key = ARENA_ARRAY(g->arena, struct datum, key->count);
    for (int i = 0; i < key->count; i++) {
        const struct meta_column *column = &op->table->columns[key->columns[i]];
        op->key[i] = datum_of(row != NULL ? row[column->number] : key_miss(g, column));
    }
}

/* Whether an update may set the column at all. A primary key is, rarely; where a row lives is not changed. */
static bool may_set(struct generator *g, const struct meta_table *table, const struct meta_column *column)
{
    if (column->generated || !column->compared)
        return false;
    if (column->number == table->house_column && table->house == HOUSE_COLUMN)
        return false;
    return !is_key_column(table, column->number) || random_percent(&g->random, 10);
}

static void make_update(struct generator *g, struct operation *op)
{
    const char *house = choose_house(g, op->caller);
    bool by_key = random_percent(&g->random, 60);
    op->row_count = 1;
    int wanted = 1 + random_below(&g->random, 4), start = random_below(&g->random, op->table->column_count);
    for (int i = 0; i < op->table->column_count && op->column_count < wanted; i++) {
        const struct meta_column *column = &op->table->columns[(start + i) % op->table->column_count];
        if (!may_set(g, op->table, column))
            continue;
        op->columns[op->column_count++] = column;
        /* A key to rows with houses fits rows of one house only. */
        by_key = by_key || (column->target != NULL && column->target->house != HOUSE_NONE) || is_key_column(op->table, column->number);
    }
    op->values = ARENA_ARRAY(g->arena, struct datum, op->column_count);
    fill_row(g, op, 0, house);
    if (random_percent(&g->random, 25) && op->column_count > 0)
        spoil(g, op, op->values, house);
    if (by_key)
        aim_at_key(g, op, house);
    else
        op->where = filter_random(g, op->table, 2);
    if (random_percent(&g->random, 50))
        put_outputs(op);
}

static void make_delete(struct generator *g, struct operation *op)
{
    if (random_percent(&g->random, 80))
        aim_at_key(g, op, choose_house(g, op->caller));
    else
        op->where = filter_random(g, op->table, 2);
    if (random_percent(&g->random, 50))
        put_outputs(op);
}

/* --- Reads --- */

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

static void make_scan(struct generator *g, struct operation *op)
{
    if (random_percent(&g->random, 80))
        op->where = filter_random(g, op->table, 3);
    put_outputs(op);
    if (random_percent(&g->random, 30)) {           /* some of the columns, in another order */
        int from = random_below(&g->random, op->output_count), count = 1 + random_below(&g->random, op->output_count - from);
        memmove(op->outputs, op->outputs + from, sizeof *op->outputs * (size_t)count);
        op->output_count = count;
    }
    make_order(g, op);
    if (random_percent(&g->random, 30))
        op->page = 1 + random_below(&g->random, 7);
}

static bool can_aggregate(const char *function, const struct meta_column *column)
{
    if (column->type.array || !column->compared)
        return strcmp(function, "count") == 0 && column->compared;
    bool number = type_is_number(column->type);
    if (strcmp(function, "sum") == 0 || strcmp(function, "avg") == 0)
        return number;
    bool ordered = number || column->type.id == TYPE_TEXT || column->type.id == TYPE_TIMESTAMPTZ || column->type.id == TYPE_DATE;
    return ordered || strcmp(function, "count") == 0;
}

static void make_aggregate(struct generator *g, struct operation *op)
{
    static const char *const functions[] = { "count", "min", "max", "sum", "avg" };
    if (random_percent(&g->random, 60))
        op->where = filter_random(g, op->table, 2);
    int groups = random_below(&g->random, 3), wanted = 1 + random_below(&g->random, 3);
    for (int i = 0; i < groups; i++) {
        const struct meta_column *column = &op->table->columns[random_below(&g->random, op->table->column_count)];
        if (column->compared && !column->type.array && column->type.id != TYPE_JSONB && (i == 0 || column != op->groups[0]))
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

/* Limits some reads and writes of those who enter every house to one. */
static void choose_organization(struct generator *g, struct operation *op)
{
    if (op->table->house != HOUSE_NONE && op->caller->enters_all && random_percent(&g->random, 25))
        op->organization = random_percent(&g->random, 50) ? ORGANIZATION_A : ORGANIZATION_B;
    else if (op->table->house != HOUSE_NONE && op->caller->organization != NULL && random_percent(&g->random, 10))
        op->organization = op->caller->organization;
}

/* --- All of it --- */

static const struct caller *choose_caller(struct generator *g)
{
    int kind = random_below(&g->random, 100);
    return &g->callers[kind < 35 ? 0 : kind < 50 ? 1 : kind < 70 ? 2 : kind < 73 ? 3 : kind < 76 ? 4 : 5];
}

/* Roles and organizations of the callers change by reassign() alone, or the seed would soon have nobody left to ask. */
static bool is_frozen(const struct operation *op)
{
    return strcmp(op->table->name, "profiles") == 0 && op->caller->enters_all;
}

/* Members may write a third of the tables: they are asked about those more often, or most of their writes would be refused. */
static const struct meta_table *choose_table(struct generator *g, const struct caller *caller)
{
    const struct meta_table *table = &g->meta->tables[random_below(&g->random, g->meta->count)];
    for (int tries = 0; tries < 3 && !caller->enters_all && !table->members_write; tries++)
        table = &g->meta->tables[random_below(&g->random, g->meta->count)];
    return table;
}

/* The service role gives one of the users another organization or role, which holds from the next operation on. */
static void reassign(struct generator *g, struct operation *op)
{
    struct caller *user = &g->callers[random_below(&g->random, 3)];
    user->organization = random_percent(&g->random, 45) ? ORGANIZATION_A : random_percent(&g->random, 80) ? ORGANIZATION_B : NULL;
    user->enters_all = random_percent(&g->random, 25);
    *op = (struct operation){ .kind = OPERATION_UPDATE, .caller = &g->callers[CALLER_COUNT - 1], .row_count = 1, .column_count = 2 };
    op->table = meta_table(g->meta, "profiles");
    op->columns[0] = meta_column(op->table, "organization_id");
    op->columns[1] = meta_column(op->table, "role");
    op->values = ARENA_ARRAY(g->arena, struct datum, 2);
    op->values[0] = datum_of(user->organization);
    op->values[1] = datum_of(user->enters_all ? "super_admin" : "user");
    op->key = ARENA_ARRAY(g->arena, struct datum, 1);
    op->key[0] = datum_of(user->user);
    put_outputs(op);
}

/* A row goes to another house, if the caller may. */
static void move(struct generator *g, struct operation *op)
{
    const struct meta_column *column = &op->table->columns[op->table->house_column];
    op->kind = OPERATION_UPDATE;
    op->row_count = op->column_count = 1;
    op->columns[0] = column;
    op->values = ARENA_ARRAY(g->arena, struct datum, 1);
    op->values[0] = datum_of(random_percent(&g->random, 50) ? ORGANIZATION_A : random_percent(&g->random, 80) ? ORGANIZATION_B : NULL);
    aim_at_key(g, op, choose_house(g, op->caller));
    put_outputs(op);
}

/* One operation by `caller`, of any kind but a transaction. */
static void generate_one(struct generator *g, const struct caller *caller, struct operation *ret)
{
    *ret = (struct operation){ .caller = caller, .textual = random_percent(&g->random, 20) };
    ret->table = choose_table(g, ret->caller);
    g->spoilt = false;
    int kind = random_below(&g->random, 100);
    if (kind < 32) {
        ret->kind = OPERATION_INSERT;
        make_insert(g, ret);
        return;
    }
    if (kind < 36 && !is_frozen(ret)) {
        make_upsert(g, ret);
        return;
    }
    if (kind < 40 && ret->table->movable) {
        move(g, ret);
        return;
    }
    if (kind < 52 && !is_frozen(ret)) {
        ret->kind = OPERATION_UPDATE;
        make_update(g, ret);
    } else if (kind < 59 && !is_frozen(ret)) {
        ret->kind = OPERATION_DELETE;
        make_delete(g, ret);
    } else if (kind < 65) {
        ret->kind = OPERATION_GET;
        aim_at_key(g, ret, choose_house(g, ret->caller));
        put_outputs(ret);
    } else if (kind < 82) {
        ret->kind = OPERATION_SCAN;
        make_scan(g, ret);
    } else if (kind < 88) {
        ret->kind = OPERATION_COUNT;
        ret->where = random_percent(&g->random, 80) ? filter_random(g, ret->table, 3) : NULL;
    } else {
        ret->kind = OPERATION_AGGREGATE;
        make_aggregate(g, ret);
    }
    choose_organization(g, ret);
}

void generate(struct generator *g, struct operation *ret)
{
    const struct caller *caller = choose_caller(g);
    if (random_percent(&g->random, 1)) {
        reassign(g, ret);
        return;
    }
    if (random_percent(&g->random, 90)) {
        generate_one(g, caller, ret);
        return;
    }
    *ret = (struct operation){ .kind = OPERATION_TRANSACTION, .caller = caller };
    ret->part_count = 2 + random_below(&g->random, 4);
    ret->parts = ARENA_ARRAY(g->arena, struct operation, ret->part_count);
    for (int i = 0; i < ret->part_count; i++) {
        generate_one(g, caller, &ret->parts[i]);
        ret->parts[i].page = 0;
    }
    ret->table = ret->parts[0].table;
}

void generate_whole_table(struct generator *g, const struct meta_table *table, struct operation *ret)
{
    *ret = (struct operation){ .kind = OPERATION_SCAN, .caller = &g->callers[CALLER_COUNT - 1], .table = table, .limit = INT32_MAX, .page = 1000 };
    put_outputs(ret);
}
