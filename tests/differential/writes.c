#include "parts.h"

void output_all(struct operation *op)
{
    for (int i = 0; i < op->table->column_count; i++)
        if (op->table->columns[i].compared || op->table->columns[i].touched)
            op->outputs[op->output_count++] = &op->table->columns[i];
}

/* The house that a caller writes to: mostly his own. */
const char *choose_house(struct generator *g, const struct caller *caller)
{
    int kind = random_below(&g->random, 100);
    if (caller->organization != NULL && !caller->enters_all && kind < 85)
        return caller->organization;
    return kind % 10 < 5 ? ORGANIZATION_A : kind % 10 < 9 ? ORGANIZATION_B : NULL;
}

/* The key of a row of `house`, or of none. */
void aim_at_key(struct generator *g, struct operation *op, const char *house)
{
    const struct meta_unique *key = meta_key(op->table);
    const char **row = random_percent(&g->random, 95) ? pick_row(g, op->table, op->table->house == HOUSE_NONE, house) : NULL;
    op->key = ARENA_ARRAY(g->arena, struct datum, key->count);
    for (int i = 0; i < key->count; i++) {
        const struct meta_column *column = &op->table->columns[key->columns[i]];
        op->key[i] = datum_of(row != NULL ? row[column->number] : key_miss(g, column));
    }
}

/* --- Inserts --- */

void generate_row(struct generator *g, const struct meta_table *table, const char *house, struct operation *ret)
{
    *ret = (struct operation){ .kind = OPERATION_INSERT, .caller = &g->callers[CALLER_COUNT - 1] };
    row_start(g, table, 1, ret);
    row_fill(g, ret, 0, house);
}

void generate_insert(struct generator *g, struct operation *op)
{
    const char *house = choose_house(g, op->caller);
    bool homeless = house == NULL && op->table->house == HOUSE_COLUMN && op->table->columns[op->table->house_column].not_null;
    bool spoilt = !g->sound && random_percent(&g->random, 25) && !homeless;      /* to be homeless is the defect then */
    int rows = random_percent(&g->random, 15) && !spoilt ? 2 + random_below(&g->random, 3) : 1;
    row_start(g, op->table, rows, op);
    for (int row = 0; row < rows; row++) {
        if (row > 0 && op->caller->enters_all && !homeless)
            house = random_percent(&g->random, 50) ? ORGANIZATION_A : ORGANIZATION_B;
        row_fill(g, op, row, house);
    }
    if (spoilt)
        row_spoil(g, op, op->values, house);
    if (random_percent(&g->random, 70))
        output_all(op);
    op->conflict_nothing = random_percent(&g->random, 10);
}

/* An upsert takes its conflict columns from a row that is there, half of the time; perhaps from one of another house, which it then
 * moves, where the caller may do that and nothing refers to the row. */
void generate_upsert(struct generator *g, struct operation *op)
{
    const char *house = choose_house(g, op->caller);
    op->kind = OPERATION_UPSERT;
    row_start(g, op->table, 1, op);
    row_fill(g, op, 0, house);
    op->conflict = &op->table->uniques[random_below(&g->random, op->table->unique_count)];
    bool elsewhere = op->table->house != HOUSE_NONE && (!op->caller->enters_all || op->table->movable) && random_percent(&g->random, 40);
    const char **other = pick_row(g, op->table, op->table->house == HOUSE_NONE || elsewhere, house);
    for (int i = 0; other != NULL && random_percent(&g->random, elsewhere ? 80 : 50) && i < op->column_count; i++)
        for (int j = 0; j < op->table->unique_count; j++)
            for (int k = 0; k < op->table->uniques[j].count; k++)
                if (op->table->uniques[j].columns[k] == op->columns[i]->number && (!elsewhere || stands_alone(op->table, &op->table->uniques[j])))
                    op->values[i] = datum_of(other[op->columns[i]->number]);
    if (random_percent(&g->random, 50))
        output_all(op);
}

/* --- Updates and deletes: some of them blind, without any condition, so that SELECT's policies say nothing to them --- */

/* Whether it is one of policies.sql, which fill quickly enough to lose all that one user may delete. */
static bool is_lab(const struct generator *g, const struct meta_table *table)
{
    return table >= &g->meta->tables[g->meta->lab_first];
}

/* Whether an update may set the column at all. A primary key is, rarely; where a row lives is not changed. */
static bool may_set(struct generator *g, const struct meta_table *table, const struct meta_column *column)
{
    if (!column->written || (column->touched && !random_percent(&g->random, 10)))
        return false;
    if (column->number == table->house_column && table->house == HOUSE_COLUMN)
        return false;
    return !is_key_column(table, column->number) || random_percent(&g->random, 10);
}

void generate_update(struct generator *g, struct operation *op)
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
    row_fill(g, op, 0, house);
    if (!g->sound && random_percent(&g->random, 25) && op->column_count > 0)
        row_spoil(g, op, op->values, house);
    bool blind = !by_key && random_percent(&g->random, 25);
    if (by_key)
        aim_at_key(g, op, house);
    else if (!blind)
        op->where = filter_random(g, op->table, 2);
    if (!blind && random_percent(&g->random, 50))
        output_all(op);
}

void generate_delete(struct generator *g, struct operation *op)
{
    if (is_lab(g, op->table) && !op->caller->enters_all && random_percent(&g->random, 5))
        return;
    if (random_percent(&g->random, 80))
        aim_at_key(g, op, choose_house(g, op->caller));
    else
        op->where = filter_random(g, op->table, 2);
    if (random_percent(&g->random, 50))
        output_all(op);
}

/* The service role gives one of the users another organization or role, which holds from the next operation on. */
void generate_reassignment(struct generator *g, struct operation *op)
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
    output_all(op);
}

/* A member changes the own profile, mostly the role: that of a super admin is not for taking. */
void generate_own_profile(struct generator *g, struct operation *op)
{
    static const char *const roles[] = { "user", "admin", "manager", "super_admin", "super_admin" };
    op->kind = OPERATION_UPDATE;
    op->table = meta_table(g->meta, "profiles");
    op->row_count = op->column_count = 1;
    bool role = random_percent(&g->random, 80);
    op->columns[0] = meta_column(op->table, role ? "role" : "email");
    op->values = ARENA_ARRAY(g->arena, struct datum, 1);
    op->values[0] = datum_of(role ? roles[random_below(&g->random, 5)] : value_valid(g, op->columns[0]));
    op->key = ARENA_ARRAY(g->arena, struct datum, 1);
    op->key[0] = datum_of(g->callers[random_below(&g->random, 3)].user);
    if (random_percent(&g->random, 50))
        output_all(op);
}

/* A row goes to another house, if the caller may. */
void generate_move(struct generator *g, struct operation *op)
{
    const struct meta_column *column = &op->table->columns[op->table->house_column];
    op->kind = OPERATION_UPDATE;
    op->row_count = op->column_count = 1;
    op->columns[0] = column;
    op->values = ARENA_ARRAY(g->arena, struct datum, 1);
    op->values[0] = datum_of(random_percent(&g->random, 50) ? ORGANIZATION_A : random_percent(&g->random, 80) ? ORGANIZATION_B : NULL);
    aim_at_key(g, op, choose_house(g, op->caller));
    output_all(op);
}
