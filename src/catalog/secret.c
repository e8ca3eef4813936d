/* Secret columns: those whose cells are sealed because their comment says "@secret".
 *
 *      COMMENT ON COLUMN google_credentials.access_token IS 'OAuth token. @secret';
 *
 * A migration that would leave a column secret that cannot be sealed (catalog/classify.c) is refused. */
#include "catalog/fold.h"

static bool is_marked(const struct column *column)
{
    return !column->dropped && comment_says(column->comment, "@secret");
}

void secret_derive(struct draft *draft)
{
    const struct catalog *catalog = &draft->catalog;
    char reason[COLUMN_REASON_MAX];
    for (int t = 0; t < catalog->table_count; t++) {
        struct table *table = catalog->tables[t];
        table->secrets = false;
        for (int i = 0; i < table->column_count; i++) {
            struct column *column = &table->columns[i];
            column->secret = is_marked(column) && column_sealable(catalog, table, i, reason);
            table->secrets = table->secrets || column->secret;
        }
    }
}

int secret_judge(struct fold *f)
{
    const struct catalog *catalog = &f->draft->catalog;
    char reason[COLUMN_REASON_MAX];
    for (int t = 0; t < catalog->table_count; t++)
        for (int i = 0; i < catalog->tables[t]->column_count; i++) {
            const struct table *table = catalog->tables[t];
            const struct column *column = &table->columns[i];
            if (!is_marked(column) || column_sealable(catalog, table, i, reason))
                continue;
            fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" of \"%s\" cannot be secret: %s", column->name, table->qualified, reason);
            return fail_hint(f->error, "take \"@secret\" out of its comment, or what stands in the way");
        }
    return 0;
}
