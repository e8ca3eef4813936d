/* What data may demand of a column, whichever it names (data_sensitivity_classifications), or a comment:
 *
 *  sealed    What has to be read without a key, or at every request, cannot be: keys and indexes are ordered by the clear value,
 *            references compare it, recovery computes generated columns, and policies stand before all else. Defaults, NOT NULL
 *            and CHECK see the clear value and are no obstacle.
 *  cleared   in rows that are old enough. What says which row it is, whose and how old, or is never changed, cannot be, nor what
 *            has no value to be cleared to. Other indexes follow the row, CHECK is asked when the time has come. */
#include "catalog/fold.h"

#include <stdio.h>

static bool refuse(char reason[static COLUMN_REASON_MAX], const char *format, const char *name)
{
    snprintf(reason, COLUMN_REASON_MAX, format, name);
    return false;
}

static bool index_has(const struct index *index, int column)
{
    for (int i = 0; i < index->count; i++)
        if (index->columns[i].column == column)
            return true;
    return index->predicate != NULL && expr_reads(index->predicate, index->table, index->table, column);
}

/* `only_unique`: other indexes are no obstacle. */
static bool free_of_indexes(const struct table *table, int column, bool only_unique, char reason[static COLUMN_REASON_MAX])
{
    for (int i = 0; i < table->index_count; i++)
        if ((table->indexes[i]->unique || !only_unique) && index_has(table->indexes[i], column))
            return refuse(reason, "it is part of the index \"%s\"", table->indexes[i]->name);
    for (int i = 0; i < table->foreign_key_count; i++)
        for (int k = 0; k < table->foreign_keys[i]->count; k++)
            if (table->foreign_keys[i]->columns[k] == column)
                return refuse(reason, "it is part of the foreign key \"%s\"", table->foreign_keys[i]->name);
    return true;
}

static bool free_of_policies(const struct catalog *catalog, const struct table *table, int column, char reason[static COLUMN_REASON_MAX])
{
    for (int t = 0; t < catalog->table_count; t++) {
        const struct table *owner = catalog->tables[t];
        for (int i = 0; i < owner->policy_count; i++) {
            const struct policy *policy = &owner->policies[i];
            if ((policy->using_condition != NULL && expr_reads(policy->using_condition, owner, table, column)) ||
                (policy->check_condition != NULL && expr_reads(policy->check_condition, owner, table, column)))
                return refuse(reason, "the policy \"%s\" reads it", policy->name);
        }
    }
    return true;
}

bool column_sealable(const struct catalog *catalog, const struct table *table, int column, char reason[static COLUMN_REASON_MAX])
{
    const struct column *c = &table->columns[column];
    if (table->chained)
        return refuse(reason, "\"%s\" is hashed as it is stored", table->qualified);
    if (table == catalog->classifications)
        return refuse(reason, "%s", "its table says what is sealed");
    if (c->generated != NULL)
        return refuse(reason, "%s", "it is generated from other columns");
    if (column == table->tenant_column)
        return refuse(reason, "%s", "it says whose the row is");
    if (!free_of_indexes(table, column, false, reason))
        return false;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].generated != NULL && !table->columns[i].dropped && expr_reads(table->columns[i].generated, table, table, column))
            return refuse(reason, "the column \"%s\" is generated from it", table->columns[i].name);
    return free_of_policies(catalog, table, column, reason);
}

static bool tells_age(struct type type)
{
    return !type.array && (type.id == TYPE_TIMESTAMPTZ || type.id == TYPE_TIMESTAMP || type.id == TYPE_DATE);
}

static bool has_constant_default(const struct column *column)
{
    return column->default_value != NULL && column->default_value->op == EXPR_CONST && !value_is_null(&column->default_value->constant);
}

bool column_clearable(const struct catalog *catalog, const struct table *table, int column, char reason[static COLUMN_REASON_MAX])
{
    const struct column *c = &table->columns[column];
    int created = table_column(table, SLICE_LITERAL(CREATED_COLUMN));
    if (table->append_only)
        return refuse(reason, "rows of \"%s\" are never changed", table->qualified);
    if (table == catalog->classifications)
        return refuse(reason, "%s", "its table says what is cleared");
    if (created < 0 || !tells_age(table->columns[created].type))
        return refuse(reason, "\"%s\" has no " CREATED_COLUMN " that tells how old a row is", table->qualified);
    if (column == created)
        return refuse(reason, "%s", "it tells how old a row is");
    if (c->touch != TOUCH_NEVER)
        return refuse(reason, "%s", "the server maintains it");
    if (c->generated != NULL)
        return refuse(reason, "%s", "it is generated from other columns");
    if (column == table->tenant_column)
        return refuse(reason, "%s", "it says whose the row is");
    if (!free_of_indexes(table, column, true, reason))
        return false;
    return !c->not_null || has_constant_default(c) || refuse(reason, "%s", "it is NOT NULL without a constant default");
}
