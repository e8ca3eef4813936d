/* Folding one migration: parse, hand each statement to its file by its kind, derive what follows. */
#include "catalog/fold.h"

#include <stdio.h>

#include <openssl/sha.h>

void migration_hash(struct slice text, uint8_t hash[static 32])
{
    SHA256(text.size == 0 ? (const uint8_t *)"" : text.data, text.size, hash);
}

static int fold_statement(struct fold *f, const PgQuery__Node *node)
{
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

/* What tables are before the file, for fold_finish(). */
static void remember(struct fold *f)
{
    const struct catalog *catalog = &f->draft->catalog;
    f->before_count = catalog->table_count;
    f->before = arena_alloc(f->arena, sizeof *f->before * (size_t)catalog->table_count);
    for (int i = 0; i < catalog->table_count; i++) {
        f->before[i].table = catalog->tables[i];
        f->before[i].tenancy = catalog->tables[i]->tenancy;
        f->before[i].column = catalog->tables[i]->tenant_column;
    }
}

static int fold_file(struct fold *f)
{
    for (int i = 0; i < parsed_count(f->parsed); i++) {
        f->statement = parsed_statement(f->parsed, i);
        if (fold_statement(f, f->statement->node) < 0)
            return fail_within(f->error, "%s:%d", f->file, f->statement->line);
    }
    return fold_finish(f);
}

/* The parser says "... at line 12, column 3": every error begins with file and line. */
static int fail_parsing(const char *file, struct error *error)
{
    const char *at = NULL;
    int line = 1;
    for (const char *next = error->message; (next = strstr(next, "line ")) != NULL; next++)
        at = next;
    if (at != NULL)
        sscanf(at, "line %d", &line);
    return fail_within(error, "%s:%d", file, line);
}

static void record_migration(struct fold *f, struct slice text)
{
    struct catalog *catalog = &f->draft->catalog;
    struct migration migration = { .name = f->file, .text = arena_copy(f->arena, text), .applied_us = f->applied_us };
    migration_hash(text, migration.hash);
    *FOLD_APPEND(f->arena, catalog->migrations, catalog->migration_count) = migration;
    catalog->version++;
}

int catalog_apply(struct catalog *catalog, const char *name, struct slice text, int64_t applied_us,
                  struct effects *ret_effects, struct error *error)
{
    struct draft *draft = (struct draft *)catalog;
    struct parsed *parsed;
    if (parse_sql(text, MIGRATION_SIZE_MAX, &parsed, error) < 0)
        return fail_parsing(name, error);
    struct fold f = {
        .draft = draft, .arena = &draft->arena, .error = error, .applied_us = applied_us, .parsed = parsed,
        .file = arena_string(&draft->arena, slice_of_string(name)), .relation_first = (uint16_t)draft->relation_next,
    };
    remember(&f);
    int err = fold_file(&f);
    if (f.keep_parsed)
        *FOLD_APPEND(&draft->arena, draft->kept, draft->kept_count) = parsed;
    else
        parsed_free(parsed);
    if (err < 0)
        return err;
    record_migration(&f, text);
    *ret_effects = f.effects;
    return 0;
}
