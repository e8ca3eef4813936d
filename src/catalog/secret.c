/* Secret columns: those whose cells are sealed because their comment says "@secret".
 *
 *      COMMENT ON COLUMN google_credentials.access_token IS 'OAuth token. @secret';
 *
 * A migration that would leave a column secret that cannot be sealed (catalog/classify.c) is refused. */
#include "catalog/fold.h"

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
