/* Which operation, by whom, on what. */
#include <stdio.h>
#include <stdlib.h>

#include "sql.h"

/* Limits some reads and writes of those who enter every house to one. */
static void choose_organization(struct generator *g, struct operation *op)
{
    bool blind = (op->kind == OPERATION_UPDATE || op->kind == OPERATION_DELETE) && op->key == NULL && op->where == NULL;
    if (g->sound || blind)                  /* for PostgreSQL it is a condition, which asks a right of its own, and reads */
        return;
    if (op->table->house != HOUSE_NONE && op->caller->enters_all && random_percent(&g->random, 25))
        op->organization = random_percent(&g->random, 50) ? ORGANIZATION_A : ORGANIZATION_B;
    else if (op->table->house != HOUSE_NONE && op->caller->organization != NULL && random_percent(&g->random, 10))
        op->organization = op->caller->organization;
}

static const struct caller *choose_caller(struct generator *g)
{
    if (g->sound) {
        int user = random_below(&g->random, 100);
        return &g->callers[user < 30 ? 0 : user < 50 ? 1 : user < 90 ? 2 : user < 92 ? 3 : user < 95 ? 4 : 5];
    }
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
    if (random_percent(&g->random, g->sound ? 4 : 20))      /* PostgreSQL takes its time over them */
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
    if (!caller->enters_all && strcmp(caller->role, "authenticated") == 0 && random_percent(&g->random, 2)) {
        generate_own_profile(g, ret);
        return;
    }
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
    if (!g->sound && random_percent(&g->random, 1)) {
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

/* Reads of everything that the caller sees, the most that can touch rows. */
static void generate_look(struct generator *g, struct operation *ret)
{
    *ret = (struct operation){ .kind = random_percent(&g->random, 75) ? OPERATION_SCAN : OPERATION_COUNT, .caller = choose_caller(g) };
    ret->table = choose_table(g, ret->caller);
    if (ret->kind == OPERATION_SCAN)
        generate_scan(g, ret);
    ret->where = NULL;
}

/* Whether a statement names a table, or a view over it: a word that ends with its name, in which a view has _ for the dot. */
static bool is_named(const char *sql, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = sql; *at != '\0'; at++) {
        size_t i = 0;
        while (i < size && (at[i] == name[i] || (name[i] == '.' && at[i] == '_')))
            i++;
        if (i == size && at > sql && (at[-1] == ' ' || at[-1] == '_') && (at[i] == ' ' || at[i] == ')' || at[i] == '\0'))
            return true;
    }
    return false;
}

static bool has_scan(const PGresult *plan, const char *table)
{
    const char *dot = strchr(table, '.'), *name = dot != NULL ? dot + 1 : table;
    for (int i = 0; i < PQntuples(plan); i++) {
        const char *on = strstr(PQgetvalue(plan, i, 0), " on ");
        size_t size = strlen(name);
        if (on != NULL && strncmp(on + 4, name, size) == 0 && (on[4 + size] == ' ' || on[4 + size] == '\0'))
            return true;
    }
    return false;
}

/* What PostgreSQL's planner leaves out, because a condition is never true or an expression is constant, is not there when rights are asked: a
 * statement is taken where every table that it names is walked. Rowhouse asks for what a statement names. */
static bool is_planned(struct generator *g, const struct operation *op)
{
    struct buf text = { 0 };
    const char *const *params;
    bool planned = true;
    for (int i = 0; i < op->part_count; i++)
        planned = planned && is_planned(g, &op->parts[i]);
    if (op->part_count > 0)
        return planned;
    buf_append_string(&text, "EXPLAIN ");
    int count = operation_sql(op, false, g->arena, &text, &params);
    const char *sql = buf_text(&text) + strlen("EXPLAIN ");
    PGresult *plan = PQexecParams(g->db, buf_text(&text), count, NULL, params, NULL, NULL, 0);
    for (int i = 0; i < PQntuples(plan); i++)
        planned = planned && strstr(PQgetvalue(plan, i, 0), "One-Time Filter: false") == NULL;
    for (int i = 0; i < g->meta->count && PQntuples(plan) > 0; i++)
        planned = planned && (!is_named(sql, g->meta->tables[i].name) || has_scan(plan, g->meta->tables[i].name));
    PQclear(plan);
    buf_done(&text);
    return planned;
}

void generate_sound(struct generator *g, bool sql, struct operation *ret)
{
    g->spoilt = false;
    if (random_percent(&g->random, 65)) {
        generate_look(g, ret);
    } else if (sql && random_percent(&g->random, 60)) {
        do
            generate_select(g, ret);
        while (ret->caller != choose_caller(g) || !is_planned(g, ret));
        return;
    } else {
        do {
            generate(g, ret);
            if (sql)
                decorate(g, ret);
        } while (sql && !is_planned(g, ret));
    }
    ret->page = sql ? 0 : ret->page;
}

void generate_whole_table(struct generator *g, const struct meta_table *table, struct operation *ret)
{
    *ret = (struct operation){ .kind = OPERATION_SCAN, .caller = &g->callers[CALLER_COUNT - 1], .table = table,
                               .limit = INT32_MAX, .page = 1000 };
    output_all(ret);
}
