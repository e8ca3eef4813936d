/* Secret columns: those whose cells are sealed because their comment says "@secret".
 *
 *      COMMENT ON COLUMN google_credentials.access_token IS 'OAuth token. @secret';
 *
 * What has to be read without a key, or at every request, cannot be secret: keys and indexes are ordered by the clear value,
 * references compare it, recovery computes generated columns, and policies stand before all else. A migration that would leave
 * such a column secret is refused. Defaults, NOT NULL and CHECK see the clear value and are no obstacle. */
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

static bool free_of_indexes(const struct table *table, int column, char reason[static COLUMN_REASON_MAX])
{
    for (int i = 0; i < table->index_count; i++)
        if (index_has(table->indexes[i], column))
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
    if (same(table->qualified, CLASSIFICATIONS_TABLE))
        return refuse(reason, "%s", "its table says what is sealed");
    if (c->generated != NULL)
        return refuse(reason, "%s", "it is generated from other columns");
    if (column == table->tenant_column)
        return refuse(reason, "%s", "it says whose the row is");
    if (!free_of_indexes(table, column, reason))
        return false;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].generated != NULL && !table->columns[i].dropped && expr_reads(table->columns[i].generated, table, table, column))
            return refuse(reason, "the column \"%s\" is generated from it", table->columns[i].name);
    return free_of_policies(catalog, table, column, reason);
}

static int derive_column(struct fold *f, struct table *table, int number)
{
    char reason[COLUMN_REASON_MAX];
    struct column *column = &table->columns[number];
    column->secret = !column->dropped && comment_says(column->comment, "@secret");
    table->secrets = table->secrets || column->secret;
    if (!column->secret || column_sealable(&f->draft->catalog, table, number, reason))
        return 0;
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" of \"%s\" cannot be secret: %s", column->name, table->qualified, reason);
    return fail_hint(f->error, "take \"@secret\" out of its comment, or what stands in the way");
}

int secret_derive(struct fold *f)
{
    struct catalog *catalog = &f->draft->catalog;
    for (int t = 0; t < catalog->table_count; t++) {
        struct table *table = catalog->tables[t];
        table->secrets = false;
        for (int i = 0; i < table->column_count; i++)
            if (derive_column(f, table, i) < 0)
                return -1;
    }
    return 0;
}
