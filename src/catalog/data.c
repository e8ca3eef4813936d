/* INSERT, UPDATE and DELETE in a migration: kept for the engine, once their names are known to be good. */
#include "catalog/fold.h"

static int check_names(struct fold *f, const struct table *table, const struct assignment *items, int count)
{
    int column;
    for (int i = 0; i < count; i++)
        if (items[i].column != NULL && fold_column(f, table, items[i].column, &column) < 0)
            return -1;
    return 0;
}

static const char *describe(struct fold *f, const struct statement *s, const struct table *table)
{
    if (s->kind == STATEMENT_INSERT)
        return arena_printf(f->arena, "insert %d row%s into %s", s->row_count, s->row_count == 1 ? "" : "s", table->qualified);
    return arena_printf(f->arena, "%s rows of %s", s->kind == STATEMENT_UPDATE ? "update" : "delete", table->qualified);
}

int fold_data(struct fold *f, const PgQuery__Node *node)
{
    struct statement *statement = ARENA_NEW(f->arena, struct statement);
    struct table *table;
    int column;
    if (statement_from(f->parsed, node, f->statement->line, f->arena, statement, f->error) < 0)
        return -1;
    PgQuery__RangeVar name = PG_QUERY__RANGE_VAR__INIT;
    name.relname = (char *)statement->table;
    if (statement->schema != NULL)
        name.schemaname = (char *)statement->schema;
    if (fold_table(f, &name, false, &table) < 0)
        return -1;
    if (check_names(f, table, statement->rows, statement->row_count * statement->column_count) < 0
        || check_names(f, table, statement->updates, statement->update_count) < 0)
        return -1;
    for (int i = 0; i < statement->conflict_count; i++)
        if (fold_column(f, table, statement->conflict_columns[i], &column) < 0)
            return -1;
    table->seeded = table->seeded || statement->kind == STATEMENT_INSERT;
    if (statement->kind == STATEMENT_INSERT && !is_filled(table)) {
        links_derive(f);                    /* its rows lie by what it is now */
        tenancy_settle(table);
        draft_table(table)->filled = true;
    }
    fold_effect(f, (struct effect){ .kind = EFFECT_STATEMENT, .table = table, .column = -1, .statement = statement,
                                    .text = describe(f, statement, table) });
    return 0;
}
