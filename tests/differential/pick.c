#include "generate.h"

#include <stdlib.h>

const char **pick_row(struct generator *g, const struct meta_table *table, bool any_house, const char *house)
{
    struct buf sql = { 0 };
    const struct meta_unique *key = meta_key(table);
    buf_append_string(&sql, "SELECT * FROM (SELECT row_number() OVER (ORDER BY ");
    for (int i = 0; i < key->count; i++)
        buf_printf(&sql, "%s%s", i == 0 ? "" : ", ", table->columns[key->columns[i]].name);
    buf_printf(&sql, ") - 1 AS pick_number, count(*) OVER () AS pick_count, t.* FROM %s t", table->name);
    if (!any_house && house != NULL)
        buf_printf(&sql, " WHERE %s = '%s'", table->house_sql, house);
    else if (!any_house)
        buf_printf(&sql, " WHERE %s IS NULL", table->house_sql);
    buf_printf(&sql, ") r WHERE pick_number = %lld %% pick_count", (long long)(random_next(&g->random) >> 2));
    PGresult *rows = pg_query(g->db, buf_text(&sql));
    const char **row = PQntuples(rows) == 0 ? NULL : ARENA_ARRAY(g->arena, const char *, table->column_count);
    for (int i = 0; row != NULL && i < table->column_count; i++)
        if (!PQgetisnull(rows, 0, i + 2))
            row[i] = arena_string(g->arena, slice_of_string(PQgetvalue(rows, 0, i + 2)));
    PQclear(rows);
    buf_done(&sql);
    return row;
}
