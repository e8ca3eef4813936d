/* What a file adds up to once its last statement is folded: numbers, tenancy, key columns, both ends of foreign keys. */
#include "catalog/fold.h"

/* Rows are stored under their primary key, so each table has one by the end of the file that creates it. */
static int check_table(struct fold *f, const struct table *table)
{
    const struct origin *at = &table->origin;
    if (table->primary == NULL) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s:%d: table \"%s\" has no primary key", at->file, at->line, table->name);
        return fail_hint(f->error, "Rows are stored under it: add one, for example id bigserial PRIMARY KEY.");
    }
    int column = table_column(table, SLICE_LITERAL("organization_id"));
    if (same(table->qualified, "organizations"))
        column = table_column(table, SLICE_LITERAL("id"));
    if (column < 0 || (table->columns[column].type.id == TYPE_UUID && !table->columns[column].type.array))
        return 0;
    return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s:%d: column \"%s\" of table \"%s\" must be a uuid: it names the row's house",
                at->file, at->line, table->columns[column].name, table->name);
}

/* Key columns: the tenant's is constant in its house, so keys leave it out. */
static void derive_key(struct index *index)
{
    index->key_count = 0;
    index->elided = false;
    for (int i = 0; i < index->count; i++) {
        if (index->columns[i].column == index->table->tenant_column)
            index->elided = true;
        else
            index->key[index->key_count++] = index->columns[i];
    }
    index->house = index->key_count == 0 && index->predicate == NULL;
}

/* Whether the first key columns of an index are the foreign key's, in any order. */
static bool serves(const struct index *index, const struct foreign_key *key)
{
    int wanted = 0;
    if (index->predicate != NULL)
        return false;
    for (int i = 0; i < key->count; i++)
        wanted += key->columns[i] != key->table->tenant_column;
    if (wanted > index->key_count)
        return false;
    for (int i = 0; i < wanted; i++) {
        bool found = false;
        for (int k = 0; k < key->count; k++)
            found = found || key->columns[k] == index->key[i].column;
        if (!found)
            return false;
    }
    return true;
}

static const struct index *serving_index(const struct foreign_key *key)
{
    const struct table *table = key->table;
    const struct index *best = NULL;
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        if ((index->primary || !index->house) && serves(index, key) && (best == NULL || index->key_count < best->key_count))
            best = index;
    }
    return best;
}

static void link_keys(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    for (int i = 0; i < catalog->table_count; i++) {
        catalog->tables[i]->referenced_count = 0;
        catalog->tables[i]->referenced_by = NULL;
    }
    for (int i = 0; i < catalog->table_count; i++)
        for (int k = 0; k < catalog->tables[i]->foreign_key_count; k++) {
            const struct foreign_key *key = catalog->tables[i]->foreign_keys[k];
            struct table *target = own_table(key->target);
            own_key(key)->index = serving_index(key);
            *FOLD_APPEND(&draft->arena, target->referenced_by, target->referenced_count) = key;
        }
}

static void number(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    memset(catalog->by_relation, 0, draft->relation_next * sizeof *catalog->by_relation);
    memset(catalog->table_by_relation, 0, draft->relation_next * sizeof *catalog->table_by_relation);
    catalog->index_count = 0;
    catalog->indexes = NULL;
    for (int i = 0; i < catalog->table_count; i++) {
        struct table *table = catalog->tables[i];
        table->number = i;
        table->updated_at_column = -1;
        for (int c = 0; c < table->column_count; c++)
            if (table->columns[c].updated_at)
                table->updated_at_column = c;
        for (int k = 0; k < table->index_count; k++) {
            struct index *index = own_index(table->indexes[k]);
            derive_key(index);
            index->number = catalog->index_count;
            *FOLD_APPEND(&draft->arena, catalog->indexes, catalog->index_count) = index;
            catalog->by_relation[index->relation] = index;
            catalog->table_by_relation[index->relation] = table;
        }
    }
    catalog->organizations = catalog_table(catalog, SLICE_LITERAL("organizations"));
    catalog->profiles = catalog_table(catalog, SLICE_LITERAL("profiles"));
    catalog->users = catalog_table(catalog, SLICE_LITERAL("auth.users"));
    catalog->classifications = catalog_table(catalog, SLICE_LITERAL(CLASSIFICATIONS_TABLE));
}

/* (C4): a table that was there before and has other tenancy now must be empty. First of all effects. */
static void require_empty(struct fold *f)
{
    for (int i = 0; i < f->before_count; i++) {
        const struct table *table = f->before[i].table;
        if (table->tenancy == f->before[i].tenancy && table->tenant_column == f->before[i].column)
            continue;
        bool dropped = f->draft->catalog.table_by_relation[table->relation] != table;
        if (dropped)
            continue;
        fold_effect(f, (struct effect){
            .kind = EFFECT_REQUIRE_EMPTY, .table = table, .column = -1,
            .text = arena_printf(f->arena, "%s changes from %s to %s: it must have no rows", table->qualified,
                                 tenancy_name(f->before[i].tenancy), tenancy_name(table->tenancy)) });
        struct effect effect = f->effects.items[f->effects.count - 1];
        memmove(f->effects.items + 1, f->effects.items, (size_t)(f->effects.count - 1) * sizeof effect);
        f->effects.items[0] = effect;
    }
}

int fold_finish(struct fold *f)
{
    struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->table_count; i++)
        if (check_table(f, catalog->tables[i]) < 0)
            return -1;
    tenancy_derive(f->draft);
    number(f->draft);
    link_keys(f->draft);
    require_empty(f);
    return protect_derive(f) < 0 ? -1 : secret_derive(f);
}
