/* What a file must not leave behind. Between its statements it may stand: a table gets its primary key, and a column its type, a few
 * statements after it was created. But nothing looks at the rows of a table before it has them. */
#include "catalog/fold.h"

int fold_judge_table(struct fold *f, const struct table *table)
{
    if (table->primary == NULL) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "table \"%s\" has no primary key", table->name);
        return fail_hint(f->error, "Rows are stored under it: add one, for example id bigserial PRIMARY KEY.");
    }
    int column = table_column(table, same(table->qualified, "organizations") ? SLICE_LITERAL("id") : SLICE_LITERAL("organization_id"));
    if (column < 0 || (table->columns[column].type.id == TYPE_UUID && !table->columns[column].type.array))
        return 0;
    return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" of table \"%s\" must be a uuid: it names the row's house",
                table->columns[column].name, table->name);
}

int fold_judge(struct fold *f)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->table_count; i++) {
        const struct origin *at = &catalog->tables[i]->origin;
        if (fold_judge_table(f, catalog->tables[i]) < 0)
            return fail_within(f->error, "%s:%d", at->file, at->line);
    }
    return protect_judge(f) < 0 || secret_judge(f) < 0 || touch_judge(f) < 0 ? fail_within(f->error, "%s:%d", f->file, f->statement->line) : 0;
}
