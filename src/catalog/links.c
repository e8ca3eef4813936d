/* What statements add up to: numbers, tenancy, key columns, both ends of foreign keys. Derived anew each time, into the same memory. */
#include "catalog/fold.h"

/* Key columns: the tenant's is constant in its house, so keys leave it out. A row's own key tells rows apart and no more: it is
 * of bytes, whatever the collation, so no other version of ICU moves a row. */
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
    for (int i = 0; i < index->key_count && index->primary; i++)
        index->key[i].collation = NULL;
    index->house = index->key_count == 0 && index->predicate == NULL;
    bool housed = index->table->tenancy == TENANCY_TENANT || index->table->tenancy == TENANCY_CHILD;
    index->claimed = index->unique && housed && !index->elided;
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

/* The keys that refer to a table lie behind each other in one array. */
static void link_keys(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    int count = 0;
    for (int i = 0; i < catalog->table_count; i++) {
        catalog->tables[i]->referenced_count = 0;
        count += catalog->tables[i]->foreign_key_count;
    }
    if (count > draft->links_capacity) {
        draft->links_capacity = 2 * count;
        draft->links = ARENA_ARRAY(&draft->arena, const struct foreign_key *, draft->links_capacity);
    }
    for (int i = 0; i < catalog->table_count; i++)
        for (int k = 0; k < catalog->tables[i]->foreign_key_count; k++)
            own_table(catalog->tables[i]->foreign_keys[k]->target)->referenced_count++;
    for (int i = 0, at = 0; i < catalog->table_count; i++) {
        struct table *table = catalog->tables[i];
        table->referenced_by = table->referenced_count == 0 ? NULL : draft->links + at;
        at += table->referenced_count;
        table->referenced_count = 0;
    }
    for (int i = 0; i < catalog->table_count; i++)
        for (int k = 0; k < catalog->tables[i]->foreign_key_count; k++) {
            const struct foreign_key *key = catalog->tables[i]->foreign_keys[k];
            struct table *target = own_table(key->target);
            own_key(key)->index = serving_index(key);
            target->referenced_by[target->referenced_count++] = key;
        }
}

/* Whose key is a user's id: what else it says of him is asked where it is there. */
static const struct table *table_of_people(const struct catalog *catalog)
{
    const struct table *table = catalog_table(catalog, SLICE_LITERAL("profiles"));
    if (table == NULL || table->primary == NULL || table->primary->count != 1)
        return NULL;
    const struct column *key = &table->columns[table->primary->columns[0].column];
    return same(key->name, "id") && key->type.id == TYPE_UUID && !key->type.array ? table : NULL;
}

static void room_for_indexes(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    int count = 0;
    for (int i = 0; i < catalog->table_count; i++)
        count += catalog->tables[i]->index_count;
    if (count > draft->indexes_capacity) {
        draft->indexes_capacity = 2 * count;
        catalog->indexes = ARENA_ARRAY(&draft->arena, const struct index *, draft->indexes_capacity);
    }
    catalog->index_count = 0;
}

static void number(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    memset(catalog->by_relation, 0, draft->relation_next * sizeof *catalog->by_relation);
    memset(catalog->table_by_relation, 0, draft->relation_next * sizeof *catalog->table_by_relation);
    room_for_indexes(draft);
    for (int i = 0; i < catalog->table_count; i++) {
        struct table *table = catalog->tables[i];
        table->number = i;
        for (int k = 0; k < table->index_count; k++) {
            struct index *index = own_index(table->indexes[k]);
            derive_key(index);
            index->number = catalog->index_count;
            catalog->indexes[catalog->index_count++] = index;
            catalog->by_relation[index->relation] = index;
            catalog->table_by_relation[index->relation] = table;
        }
    }
    catalog->organizations = catalog_table(catalog, SLICE_LITERAL("organizations"));
    catalog->profiles = table_of_people(catalog);
    reference_bind(catalog);
    catalog->users = catalog->references[REFERENCE_USERS];
    catalog->classifications = catalog->references[REFERENCE_DATA_SENSITIVITY_CLASSIFICATIONS];
}

void links_derive(struct fold *f)
{
    tenancy_derive(f->draft);
    number(f->draft);
    link_keys(f->draft);
    protect_derive(f->draft);
    secret_derive(f->draft);
    touch_derive(f->draft);
    declare_derive(f->draft);
}
