/* Folding one migration: parse it, hand each statement to its file by its kind, derive what follows. */
#include "catalog/fold.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "base/memory.h"

void migration_hash(struct slice text, uint8_t hash[static 32])
{
    SHA256(text.size == 0 ? (const uint8_t *)"" : text.data, text.size, hash);
}

/* rowhouse.super_admins, which a dump has among its views, or any statement of the declaration. */
static bool declares(const struct fold *f, const PgQuery__Node *node)
{
    return same(f->file, DECLARATION_NAME) || (node->node_case == PG_QUERY__NODE__NODE_VIEW_STMT && given(node->view_stmt->view->schemaname)
                                               && same(node->view_stmt->view->schemaname, "rowhouse"));
}

static int fold_statement(struct fold *f, const PgQuery__Node *node)
{
    if (declares(f, node))
        return fold_super_admins(f, node);
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return fold_create_table(f, node->create_stmt);
    case PG_QUERY__NODE__NODE_VIEW_STMT: return fold_create_view(f, node->view_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return fold_create_index(f, node->index_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return fold_alter_table(f, node->alter_table_stmt);
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT: return fold_create_policy(f, node->create_policy_stmt);
    case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT: return fold_alter_policy(f, node->alter_policy_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT: return fold_create_enum(f, node->create_enum_stmt);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT: return fold_alter_enum(f, node->alter_enum_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return fold_rename(f, node->rename_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return fold_drop(f, node->drop_stmt);
    case PG_QUERY__NODE__NODE_INSERT_STMT:
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT: return fold_data(f, node);
    default: return fold_other(f, node);
    }
}

/* --- A statement --- */

/* Rows are looked at: what follows from the definitions must be so, and what they are stored by must be there. */
static bool touches_rows(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_CREATE_TABLE:
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_NOTE:
        return false;
    default:
        return true;
    }
}

static int judge_all(struct fold *f)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->table_count; i++)
        if (fold_judge_table(f, catalog->tables[i]) < 0)
            return -1;
    return 0;
}

/* A statement may reach any table; a check, its table and those that it refers to. */
static int judge_touched(struct fold *f, const struct effect *effect)
{
    if (effect->kind == EFFECT_STATEMENT)
        return judge_all(f);
    if (effect->kind == EFFECT_DROP_TABLE || effect->kind == EFFECT_DROP_INDEX)
        return 0;
    if (fold_judge_table(f, effect->table) < 0)
        return -1;
    for (int i = 0; i < effect->table->foreign_key_count; i++)
        if (fold_judge_table(f, effect->table->foreign_keys[i]->target) < 0)
            return -1;
    return 0;
}

/* Tables with rows keep their tenancy for as long as rows can be found by it; the others have what follows from their definitions.
 * Those that lie in their houses follow them, so each that is held may hold others. */
static int hold_tenancy(struct folding *folding)
{
    struct fold *f = &folding->fold;
    const struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->table_count; i++)
        draft_table(catalog->tables[i])->held = false;
    for (bool again = true; again;) {
        again = false;
        links_derive(f);
        for (int i = 0; i < catalog->table_count; i++) {
            struct table *table = catalog->tables[i];
            bool moves = is_filled(table) && !tenancy_settled(table) && folding->has_rows != NULL;
            int rows = moves ? folding->has_rows(folding->env, table, f->error) : 0;
            if (rows < 0)
                return -1;
            if (rows == 1 && !tenancy_can_hold(f->draft, table))
                return fail(f->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "table \"%s\" holds rows, so its tenancy cannot change",
                            table->qualified);
            draft_table(table)->held = draft_table(table)->held || rows == 1;
            again = again || rows == 1;
        }
    }
    folding->derived = true;
    for (int i = 0; i < catalog->table_count; i++) {
        if (!is_filled(catalog->tables[i]) || folding->has_rows != NULL)
            tenancy_settle(catalog->tables[i]);
        folding->derived = folding->derived && !draft_table(catalog->tables[i])->held;      /* its rows may go */
    }
    return 0;
}

static bool is_data(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_INSERT_STMT || node->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT
        || node->node_case == PG_QUERY__NODE__NODE_DELETE_STMT;
}

static int make_ready(struct folding *folding)
{
    struct fold *f = &folding->fold;
    bool touches = false;
    folding->derived = folding->derived && is_data(f->statement->node);
    for (int i = 0; i < f->effects.count; i++) {
        if (!touches_rows(&f->effects.items[i]))
            continue;
        touches = true;
        if (judge_touched(f, &f->effects.items[i]) < 0)
            return -1;
    }
    return touches && !folding->derived ? hold_tenancy(folding) : 0;
}

int folding_statement(struct folding *folding, int number)
{
    struct fold *f = &folding->fold;
    f->effects = (struct effects){ 0 };
    f->statement = parsed_statement(f->parsed, number);
    return fold_statement(f, f->statement->node) < 0 ? -1 : make_ready(folding);
}

static int fold_next(struct folding *folding)
{
    struct fold *f = &folding->fold;
    return folding_statement(folding, folding->next++) < 0 ? fail_within(f->error, "%s:%d", f->file, f->statement->line) : 0;
}

/* --- The file's end --- */

/* (C4) */
static void require_empty(struct fold *f, struct table *table)
{
    const struct draft_table *draft = draft_table(table);
    if (!draft->filled || tenancy_settled(table))
        return;
    fold_effect(f, (struct effect){
        .kind = EFFECT_REQUIRE_EMPTY, .table = table, .column = -1,
        .text = arena_printf(f->arena, "%s changes from %s to %s: it must have no rows", table->qualified, tenancy_name(draft->tenancy),
                             tenancy_name(table->tenancy)) });
}

void folding_settle(struct folding *folding)
{
    struct fold *f = &folding->fold;
    const struct catalog *catalog = &f->draft->catalog;
    f->effects = (struct effects){ 0 };
    for (int i = 0; i < catalog->table_count; i++)
        draft_table(catalog->tables[i])->held = false;
    links_derive(f);
    rights_derive(f->draft);
    for (int i = 0; i < catalog->table_count; i++)
        require_empty(f, catalog->tables[i]);
}

static int fold_end(struct folding *folding)
{
    folding->ended = true;
    folding_settle(folding);
    return fold_judge(&folding->fold) < 0 ? -1 : super_admins_bind(&folding->fold);
}

/* --- The file --- */

int parsing_line(const struct error *error)
{
    const char *at = NULL;
    int line = 1;
    for (const char *next = error->message; (next = strstr(next, "line ")) != NULL; next++)
        at = next;
    if (at != NULL)
        sscanf(at, "line %d", &line);
    return line;
}

/* First of all: the version is another one from here on, for whoever keeps what it read with a catalog. */
static void record_migration(struct fold *f, struct slice text)
{
    struct catalog *catalog = &f->draft->catalog;
    struct migration migration = { .name = f->file, .text = arena_copy(f->arena, text), .applied_us = f->applied_us };
    migration_hash(text, migration.hash);
    *FOLD_APPEND(f->arena, catalog->migrations, catalog->migration_count) = migration;
    catalog->version++;
}

static void start_tables(struct catalog *catalog)
{
    for (int i = 0; i < catalog->table_count; i++) {
        draft_table(catalog->tables[i])->filled = true;
        tenancy_settle(catalog->tables[i]);
    }
}

void folding_begin(struct folding *folding, struct draft *draft, const char *name, int64_t applied_us, struct parsed *parsed)
{
    static const struct parsed_statement nothing = { .line = 1 };
    folding->parsed = parsed;
    folding->fold = (struct fold){
        .draft = draft, .arena = &draft->arena, .applied_us = applied_us, .parsed = parsed, .statement = &nothing,
        .file = arena_string(&draft->arena, slice_of_string(name)),
    };
    start_tables(&draft->catalog);
}

int folding_start(struct catalog *catalog, const char *name, struct slice text, int64_t applied_us, has_rows_fn *has_rows, void *env,
                  struct folding **ret, struct error *error)
{
    struct draft *draft = (struct draft *)catalog;
    struct parsed *parsed;
    if (parse_sql(text, MIGRATION_SIZE_MAX, &parsed, error) < 0)
        return fail_within(error, "%s:%d", name, parsing_line(error));
    struct folding *folding = memory_alloc(sizeof *folding);
    *folding = (struct folding){ .has_rows = has_rows, .env = env };
    folding_begin(folding, draft, name, applied_us, parsed);
    record_migration(&folding->fold, text);
    if (same(name, DECLARATION_NAME))
        super_admins_start(draft);
    *ret = folding;
    return 0;
}

int folding_next(struct folding *folding, struct effects *ret_effects, struct error *error)
{
    *ret_effects = (struct effects){ 0 };
    if (folding->ended)
        return 0;
    folding->fold.error = error;
    bool more = folding->next < parsed_count(folding->parsed);
    if ((more ? fold_next(folding) : fold_end(folding)) < 0)
        return -1;
    *ret_effects = folding->fold.effects;
    return 1;
}

int folding_step(const struct folding *folding)
{
    return folding->next;
}

void folding_free(struct folding *folding)
{
    if (folding == NULL)
        return;
    parsed_free(folding->parsed);
    free(folding);
}

static void add_effects(struct arena *arena, struct effects *all, const struct effects *more)
{
    for (int i = 0; i < more->count; i++)
        *FOLD_APPEND(arena, all->items, all->count) = more->items[i];
}

int catalog_apply(struct catalog *catalog, const char *name, struct slice text, int64_t applied_us,
                  struct effects *ret_effects, struct error *error)
{
    struct draft *draft = (struct draft *)catalog;
    struct folding *folding;
    struct effects effects;
    int more;
    *ret_effects = (struct effects){ 0 };
    if (folding_start(catalog, name, text, applied_us, NULL, NULL, &folding, error) < 0)
        return -1;
    while ((more = folding_next(folding, &effects, error)) == 1)
        add_effects(&draft->arena, ret_effects, &effects);
    /* Statements of effects point into their trees. */
    *FOLD_APPEND(&draft->arena, draft->kept, draft->kept_count) = folding->parsed;
    folding->parsed = NULL;
    folding_free(folding);
    return more;
}
