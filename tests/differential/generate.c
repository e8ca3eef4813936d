/* Which operation, by whom, on what. */
#include "sql.h"

/* Limits some reads and writes of those who enter every house to one. */
static void choose_organization(struct generator *g, struct operation *op)
{
    if (op->table->house != HOUSE_NONE && op->caller->enters_all && random_percent(&g->random, 25))
        op->organization = random_percent(&g->random, 50) ? ORGANIZATION_A : ORGANIZATION_B;
    else if (op->table->house != HOUSE_NONE && op->caller->organization != NULL && random_percent(&g->random, 10))
        op->organization = op->caller->organization;
}

static const struct caller *choose_caller(struct generator *g)
{
    int kind = random_below(&g->random, 100);
    return &g->callers[kind < 35 ? 0 : kind < 50 ? 1 : kind < 70 ? 2 : kind < 73 ? 3 : kind < 76 ? 4 : 5];
}

/* Roles and organizations of the callers change by generate_reassignment() alone, or the seed would soon have nobody left to ask. */
static bool is_frozen(const struct operation *op)
{
    return strcmp(op->table->name, "profiles") == 0 && op->caller->enters_all;
}

/* One of those that are there for their policies (policies.sql), or any. */
const struct meta_table *choose_any_table(struct generator *g)
{
    const struct meta *meta = g->meta;
    if (random_percent(&g->random, 20))
        return &meta->tables[meta->lab_first + random_below(&g->random, meta->count - meta->lab_first)];
    return &meta->tables[random_below(&g->random, meta->count)];
}

/* Members may write a third of the tables: they are asked about those more often, or most of their writes would be refused. */
static const struct meta_table *choose_table(struct generator *g, const struct caller *caller)
{
    const struct meta_table *table = choose_any_table(g);
    for (int tries = 0; tries < 3 && !caller->enters_all && !table->members_write; tries++)
        table = choose_any_table(g);
    return table;
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
        generate_insert(g, ret);
        return;
    }
    if (kind < 36 && !is_frozen(ret)) {
        generate_upsert(g, ret);
        return;
    }
    if (kind < 40 && ret->table->movable) {
        generate_move(g, ret);
        return;
    }
    if (kind < 52 && !is_frozen(ret)) {
        ret->kind = OPERATION_UPDATE;
        generate_update(g, ret);
    } else if (kind < 59 && !is_frozen(ret)) {
        ret->kind = OPERATION_DELETE;
        generate_delete(g, ret);
    } else if (kind < 65) {
        ret->kind = OPERATION_GET;
        aim_at_key(g, ret, choose_house(g, ret->caller));
        output_all(ret);
    } else if (kind < 82) {
        ret->kind = OPERATION_SCAN;
        generate_scan(g, ret);
    } else if (kind < 88) {
        ret->kind = OPERATION_COUNT;
        ret->where = random_percent(&g->random, 80) ? filter_random(g, ret->table, 3) : NULL;
    } else {
        ret->kind = OPERATION_AGGREGATE;
        generate_aggregate(g, ret);
    }
    choose_organization(g, ret);
}

void generate(struct generator *g, struct operation *ret)
{
    const struct caller *caller = choose_caller(g);
    if (random_percent(&g->random, 1)) {
        generate_reassignment(g, ret);
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

void generate_statement(struct generator *g, struct operation *ret)
{
    int kind = random_below(&g->random, 100);
    if (kind < 55) {
        generate_select(g, ret);
    } else if (kind < 60) {
        generate_mistake(g, ret);
    } else {
        generate(g, ret);
        ret->page = 0;
        decorate(g, ret);
    }
}

void generate_whole_table(struct generator *g, const struct meta_table *table, struct operation *ret)
{
    *ret = (struct operation){ .kind = OPERATION_SCAN, .caller = &g->callers[CALLER_COUNT - 1], .table = table,
                               .limit = INT32_MAX, .page = 1000 };
    output_all(ret);
}
