/* Tenancy: which house the rows of a table lie in, derived from columns and foreign keys alone.
 *
 *  1. `organizations`, and tables with a column organization_id: tenant.
 *  2. Of the rest, a table with a NOT NULL foreign key to a table that has a house (tenant or child), the first such key
 *     as written: child. This goes on until nothing changes.
 *  3. Tables with exactly one foreign key to a table with a house, NULL or not: child; then 2 again, until nothing changes.
 *  4. Tables with a column user_id: user. What is left: global.
 * A table never leads to its own house by a key to itself. Steps 2 and 3 take tables in order of creation, keys in order
 * of definition, so the same schema gives the same tenancy.
 *
 * Between the statements of a file a table that has rows is held: it keeps the tenancy by which they were stored, whatever follows
 * from its definition for the moment. At the file's end no table is. */
#include "catalog/fold.h"

static bool housed(const struct table *table)
{
    return table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
}

static bool leads(const struct foreign_key *key)
{
    return key->target != key->table && housed(key->target);
}

static bool not_null(const struct foreign_key *key)
{
    for (int i = 0; i < key->count; i++)
        if (!key->table->columns[key->columns[i]].not_null)
            return false;
    return true;
}

/* A tenant's column names a house: it is a uuid, also in the middle of a file. */
static int tenant_column(const struct table *table)
{
    int column = table_column(table, table->is_organizations ? SLICE_LITERAL("id") : SLICE_LITERAL("organization_id"));
    bool uuid = column >= 0 && table->columns[column].type.id == TYPE_UUID && !table->columns[column].type.array;
    return uuid ? column : -1;
}

static void start(struct table *table)
{
    const struct draft_table *draft = draft_table(table);
    table->is_organizations = same(table->qualified, "organizations");
    table->tenant_column = draft->held ? draft->tenant_column : tenant_column(table);
    table->tenancy = draft->held ? draft->tenancy : table->tenant_column >= 0 ? TENANCY_TENANT : TENANCY_GLOBAL;
    table->parent = draft->held ? draft->parent : NULL;
}

static const struct foreign_key *firm_parent(const struct table *table)
{
    for (int i = 0; i < table->foreign_key_count; i++)
        if (leads(table->foreign_keys[i]) && not_null(table->foreign_keys[i]))
            return table->foreign_keys[i];
    return NULL;
}

static const struct foreign_key *only_parent(const struct table *table)
{
    const struct foreign_key *found = NULL;
    for (int i = 0; i < table->foreign_key_count; i++) {
        if (!leads(table->foreign_keys[i]))
            continue;
        if (found != NULL)
            return NULL;
        found = table->foreign_keys[i];
    }
    return found;
}

static bool adopt(struct catalog *catalog, const struct foreign_key *(*parent_of)(const struct table *))
{
    bool changed = false;
    for (int i = 0; i < catalog->table_count; i++) {
        struct table *table = catalog->tables[i];
        if (draft_table(table)->held || housed(table) || (table->parent = parent_of(table)) == NULL)
            continue;
        table->tenancy = TENANCY_CHILD;
        changed = true;
    }
    return changed;
}

void tenancy_derive(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    for (int i = 0; i < catalog->table_count; i++)
        start(catalog->tables[i]);
    do
        while (adopt(catalog, firm_parent))
            ;
    while (adopt(catalog, only_parent));
    for (int i = 0; i < catalog->table_count; i++) {
        struct table *table = catalog->tables[i];
        if (!draft_table(table)->held && !housed(table) && table_column(table, SLICE_LITERAL("user_id")) >= 0)
            table->tenancy = TENANCY_USER;
    }
}

/* --- Where rows lie --- */

void tenancy_settle(struct table *table)
{
    struct draft_table *draft = draft_table(table);
    draft->tenancy = table->tenancy;
    draft->tenant_column = table->tenant_column;
    draft->parent = table->parent;
}

bool tenancy_settled(const struct table *table)
{
    const struct draft_table *draft = draft_table(table);
    return draft->tenancy == table->tenancy && draft->tenant_column == table->tenant_column;
}

static bool has_column(const struct table *table, int column)
{
    return column >= 0 && !table->columns[column].dropped;
}

static bool has_index(const struct table *table, const struct index *index)
{
    for (int i = 0; i < table->index_count; i++)
        if (table->indexes[i] == index)
            return true;
    return false;
}

static bool is_there(const struct draft *draft, const struct table *table)
{
    for (int i = 0; i < draft->catalog.table_count; i++)
        if (draft->catalog.tables[i] == table)
            return true;
    return false;
}

bool tenancy_can_hold(const struct draft *draft, const struct table *table)
{
    const struct draft_table *t = draft_table(table);
    if (t->tenancy == TENANCY_TENANT)
        return has_column(table, t->tenant_column) && table->columns[t->tenant_column].type.id == TYPE_UUID;
    if (t->tenancy != TENANCY_CHILD)
        return true;
    for (int i = 0; i < t->parent->count; i++)
        if (!has_column(table, t->parent->columns[i]))
            return false;
    return is_there(draft, t->parent->target) && has_index(t->parent->target, t->parent->target_index);
}

void tenancy_reason(const struct table *table, struct buf *out)
{
    switch (table->tenancy) {
    case TENANCY_TENANT:
        if (table->is_organizations)
            buf_append_string(out, "each row is in the house that it makes");
        else if (table->columns[table->tenant_column].not_null)
            buf_append_string(out, "by organization_id");
        else
            buf_append_string(out, "by organization_id; rows without one are in the system house");
        break;
    case TENANCY_CHILD:
        buf_printf(out, "in the house of its row of %s, by ", table->parent->target->qualified);
        for (int i = 0; i < table->parent->count; i++)
            buf_printf(out, "%s%s", i == 0 ? "" : ", ", table->columns[table->parent->columns[i]].name);
        break;
    case TENANCY_USER:
        buf_append_string(out, "in the system house, owned by user_id");
        break;
    case TENANCY_GLOBAL:
        buf_append_string(out, "in the system house");
        break;
    }
}
