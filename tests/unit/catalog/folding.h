/* What the tests of the catalog share: folding texts and files, and asking for what came out. */
#ifndef ROWHOUSE_TESTS_FOLDING_H
#define ROWHOUSE_TESTS_FOLDING_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "catalog/catalog.h"

#define MIGRATIONS "schema/migrations"
#define APPLIED_US 1700000000000000ll

/* The base that most cases stand on: two tenants' tables and a global one. */
#define BASE                                                                                                    \
    "CREATE SCHEMA auth;\n"                                                                                     \
    "CREATE TABLE auth.users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text UNIQUE);\n"             \
    "CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);\n"         \
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id),"                                     \
    " organization_id uuid REFERENCES organizations(id), role text NOT NULL DEFAULT 'user');\n"                 \
    "CREATE TABLE contacts (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id),\n"    \
    "    name text, email text, score integer, created_at timestamptz NOT NULL DEFAULT now());\n"

static inline int fold_text(struct catalog *catalog, const char *name, const char *sql, struct effects *effects, struct error *error)
{
    return catalog_apply(catalog, name, slice_of_string(sql), APPLIED_US, effects, error);
}

/* Folds BASE and then `sql`, which must do. */
static inline struct catalog *folded(const char *sql, struct effects *effects)
{
    struct catalog *catalog = catalog_new();
    struct error error;
    struct effects ignored;
    cr_assert(eq(int, fold_text(catalog, "base.sql", BASE, &ignored, &error), 0), "%s", error.message);
    cr_assert(eq(int, fold_text(catalog, "case.sql", sql, effects == NULL ? &ignored : effects, &error), 0), "%s\n%s", sql, error.message);
    return catalog;
}

static inline const struct table *table_of(const struct catalog *catalog, const char *name)
{
    const struct table *table = catalog_table(catalog, slice_of_string(name));
    cr_assert(table != NULL, "no table %s", name);
    return table;
}

static inline const struct index *index_of(const struct catalog *catalog, const char *name)
{
    const struct index *index = catalog_index(catalog, slice_of_string(name));
    cr_assert(index != NULL, "no index %s", name);
    return index;
}

static inline const struct column *column_of(const struct table *table, const char *name)
{
    int column = table_column(table, slice_of_string(name));
    cr_assert(column >= 0, "no column %s", name);
    return &table->columns[column];
}

static inline int count_effects(const struct effects *effects, enum effect_kind kind)
{
    int count = 0;
    for (int i = 0; i < effects->count; i++)
        count += effects->items[i].kind == kind;
    return count;
}

static inline const struct effect *effect_of(const struct effects *effects, enum effect_kind kind)
{
    for (int i = 0; i < effects->count; i++)
        if (effects->items[i].kind == kind)
            return &effects->items[i];
    return NULL;
}

/* --- Files --- */

struct files {
    int count;
    struct dirent **entries;
    struct slice *texts;
};

static inline int is_sql(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

/* Every *.sql of schema/migrations in order. */
static inline struct files migration_files(void)
{
    struct files files = { 0 };
    files.count = scandir(MIGRATIONS, &files.entries, is_sql, alphasort);
    cr_assert(gt(int, files.count, 0), "run from the repository's root");
    files.texts = memory_alloc(sizeof *files.texts * (size_t)files.count);
    for (int i = 0; i < files.count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", MIGRATIONS, files.entries[i]->d_name);
        FILE *file = fopen(path, "rb");
        cr_assert(file != NULL, "%s", path);
        uint8_t *bytes = memory_alloc(MIGRATION_SIZE_MAX);
        files.texts[i] = slice_of(bytes, fread(bytes, 1, MIGRATION_SIZE_MAX, file));
        fclose(file);
    }
    return files;
}

static inline void files_done(struct files *files)
{
    for (int i = 0; i < files->count; i++) {
        free(files->entries[i]);
        free((void *)files->texts[i].data);
    }
    free(files->entries);
    free(files->texts);
}

static inline struct catalog *fold_files(const struct files *files)
{
    struct catalog *catalog = catalog_new();
    for (int i = 0; i < files->count; i++) {
        struct effects effects;
        struct error error;
        cr_assert(eq(int, catalog_apply(catalog, files->entries[i]->d_name, files->texts[i], APPLIED_US, &effects, &error), 0),
                  "%s: %s %s", sqlstate_code(error.state), error.message, error.hint);
    }
    return catalog;
}

/* All of them, folded. */
static inline struct catalog *reference(void)
{
    struct files files = migration_files();
    struct catalog *catalog = fold_files(&files);
    files_done(&files);
    return catalog;
}

#endif
