#include "catalog/catalog.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "catalog/bind.h"
#include "catalog/fold.h"

struct catalog *catalog_new(void)
{
    struct draft *draft = memory_alloc(sizeof *draft);
    arena_init(&draft->arena, SIZE_MAX);
    draft->relation_next = RELATION_USER_FIRST;
    draft->catalog.collations = collations_new();
    rights_begin(draft);
    return &draft->catalog;
}

void catalog_free(struct catalog *catalog)
{
    struct draft *draft = (struct draft *)catalog;
    if (draft == NULL)
        return;
    for (int i = 0; i < draft->kept_count; i++)
        parsed_free(draft->kept[i]);
    collations_free(draft->catalog.collations);
    arena_done(&draft->arena);
    free(draft);
}

/* --- Look-ups --- */

static const struct relation_name *relation(const struct catalog *catalog, struct slice name)
{
    const struct draft *draft = (const struct draft *)catalog;
    static const struct { struct slice prefix; const char *schema; } schemas[] = {
        { { (const uint8_t *)"public.", 7 }, "public" },
        { { (const uint8_t *)"auth.", 5 }, "auth" },
    };
    for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
        size_t size = schemas[i].prefix.size;
        if (name.size > size && memcmp(name.data, schemas[i].prefix.data, size) == 0)
            return name_find(draft, schemas[i].schema, slice_of(name.data + size, name.size - size));
    }
    return name_find(draft, "public", name);
}

const struct table *catalog_table(const struct catalog *catalog, struct slice name)
{
    const struct relation_name *found = relation(catalog, name);
    return found == NULL || found->kind != RELATION_KIND_TABLE ? NULL : found->object;
}

const struct catalog_view *catalog_view(const struct catalog *catalog, struct slice name)
{
    const struct relation_name *found = relation(catalog, name);
    return found == NULL || found->kind != RELATION_KIND_VIEW ? NULL : found->object;
}

/* A view begins with its shape. */
static bool is_readable(const struct relation_name *found)
{
    return found != NULL && (found->kind == RELATION_KIND_TABLE || found->kind == RELATION_KIND_VIEW);
}

const struct table *catalog_relation(const struct catalog *catalog, struct slice name)
{
    const struct relation_name *found = relation(catalog, name);
    return is_readable(found) ? found->object : NULL;
}

const struct index *catalog_index(const struct catalog *catalog, struct slice name)
{
    const struct relation_name *found = relation(catalog, name);
    return found == NULL || found->kind != RELATION_KIND_INDEX ? NULL : found->object;
}

int table_column(const struct table *table, struct slice name)
{
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped && slice_is(name, table->columns[i].name))
            return i;
    return -1;
}

const struct foreign_key *table_foreign_key(const struct table *table, struct slice name)
{
    for (int i = 0; i < table->foreign_key_count; i++)
        if (slice_is(name, table->foreign_keys[i]->name))
            return table->foreign_keys[i];
    return NULL;
}

int table_value(const struct table *table, const struct row *row, int column, struct value *ret)
{
    assert(column >= 0);
    assert(column < table->column_count);
    const struct column *c = &table->columns[column];
    if (c->dropped) {
        *ret = VALUE_OF_NULL;
        return 0;
    }
    if (column >= row->count) {
        *ret = c->missing;
        return 0;
    }
    struct slice bytes = row->columns[column];
    return cell_load(c->type, &bytes, ret);
}

/* --- Scopes --- */

static int scope_column(const void *table, struct slice name, struct type *ret)
{
    int column = table_column(table, name);
    if (column >= 0)
        *ret = ((const struct table *)table)->columns[column].type;
    return column;
}

static const void *scope_find_table(void *env, struct slice schema, struct slice name)
{
    const struct draft *draft = env;
    const struct relation_name *found = NULL;
    if (schema.size == 0 || slice_is(schema, "public"))
        found = name_find(draft, "public", name);
    else if (slice_is(schema, "auth"))
        found = name_find(draft, "auth", name);
    return is_readable(found) ? found->object : NULL;
}

static const char *scope_table_name(const void *table)
{
    return ((const struct table *)table)->name;
}

static const struct enum_type *scope_find_enum(void *env, struct slice name)
{
    return enum_find(env, name);
}

void catalog_scope(const struct catalog *catalog, const struct table *table, bool subselects, struct scope *ret)
{
    *ret = (struct scope){
        .table = table,
        .alias = table == NULL ? NULL : table->name,
        .column = scope_column,
        .find_table = subselects ? scope_find_table : NULL,
        .expand = bind_expand,
        .table_name = scope_table_name,
        .env = (void *)catalog,
        .find_enum = scope_find_enum,
        .collations = catalog->collations,
    };
}

const char *tenancy_name(enum tenancy tenancy)
{
    static const char *const names[] = {
        [TENANCY_TENANT] = "tenant", [TENANCY_CHILD] = "child", [TENANCY_USER] = "user", [TENANCY_GLOBAL] = "global",
    };
    return names[tenancy];
}
