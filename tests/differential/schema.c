#include "schema.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALL_TABLES "c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)"

const struct meta_table *meta_table(const struct meta *meta, const char *name)
{
    for (int i = 0; i < meta->count; i++)
        if (strcmp(meta->tables[i].name, name) == 0)
            return &meta->tables[i];
    return NULL;
}

const struct meta_column *meta_column(const struct meta_table *table, const char *name)
{
    for (int i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

static bool is_listed(const char *const *list, const char *name)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

static const char *copy(struct arena *arena, const char *text)
{
    return arena_string(arena, slice_of_string(text));
}

/* 'a','b' of PostgreSQL's text form of an IN list; NULL reads as an empty one. */
static void read_values(struct meta_column *column, const char *list, struct arena *arena)
{
    column->values = ARENA_ARRAY(arena, const char *, 16);
    char *words = arena_string(arena, slice_of_string(list)), *rest = NULL;
    for (char *word = strtok_r(words, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        assert(column->value_count < 16);
        column->values[column->value_count++] = word;
    }
}

/* name, type, modifiers, not null, generated, default, values, referenced table, referenced column, touched */
static const char columns_sql[] =
    "SELECT a.attname, format_type(a.atttypid, NULL), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated = 's',"
    " COALESCE(pg_get_expr(d.adbin, d.adrelid), ''),"
    " COALESCE((SELECT string_agg(v[1], ',') FROM pg_constraint k,"
    "     regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') v"
    "   WHERE k.contype = 'c' AND k.conrelid = a.attrelid AND k.conkey = ARRAY[a.attnum]), ''),"
    " COALESCE(f.confrelid::regclass::text, ''), COALESCE(t.attname, ''), COALESCE(col_description(a.attrelid, a.attnum), '') LIKE '%%@touch%%'"
    " FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conrelid = a.attrelid AND f.conkey = ARRAY[a.attnum]"
    " LEFT JOIN pg_attribute t ON t.attrelid = f.confrelid AND t.attnum = f.confkey[1]"
    " WHERE a.attrelid = '%s'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

static void read_columns(PGconn *db, struct meta *meta, struct meta_table *table, struct arena *arena)
{
    char sql[2048];
    snprintf(sql, sizeof sql, columns_sql, table->name);
    PGresult *rows = pg_query(db, sql);
    table->column_count = PQntuples(rows);
    assert(table->column_count <= TABLE_COLUMNS_MAX);
    for (int i = 0; i < table->column_count; i++) {
        struct meta_column *column = &table->columns[i];
        column->number = i;
        column->name = copy(arena, PQgetvalue(rows, i, 0));
        bool known = type_by_name(slice_of_string(PQgetvalue(rows, i, 1)), &column->type);
        assert(known);
        sscanf(PQgetvalue(rows, i, 2), "numeric(%d,%d)", &column->type.precision, &column->type.scale);
        column->not_null = PQgetvalue(rows, i, 3)[0] == 't';
        column->generated = PQgetvalue(rows, i, 4)[0] == 't';
        const char *default_sql = PQgetvalue(rows, i, 5);
        column->has_default = default_sql[0] != '\0' && !column->generated;
        column->fleeting = column->has_default && strchr(default_sql, '(') != NULL;
        column->touched = PQgetvalue(rows, i, 9)[0] == 't';
        column->compared = !column->touched;
        assert(!column->touched || strcmp(column->name, "updated_at") == 0);
        /* Rowhouse refuses to encrypt or to clear what random names name; PostgreSQL has no opinion. */
        column->written = !column->generated && strcmp(column->name, "retention_days") != 0;
        bool encrypts = strcmp(column->name, "encryption_required") == 0;
        read_values(column, encrypts ? "f" : PQgetvalue(rows, i, 6), arena);
        if (PQgetvalue(rows, i, 7)[0] != '\0') {
            column->target = meta_table(meta, PQgetvalue(rows, i, 7));
            assert(column->target != NULL);
            column->target_column = copy(arena, PQgetvalue(rows, i, 8));
        }
    }
    PQclear(rows);
}

/* Unique indexes without a WHERE, the primary key first: their columns' positions. */
static void read_uniques(PGconn *db, struct meta_table *table)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT array_to_string(ARRAY(SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(n, o)"
             " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY o), ','), i.indisprimary"
             " FROM pg_index i WHERE i.indrelid = '%s'::regclass AND i.indisunique AND i.indpred IS NULL"
             " ORDER BY i.indisprimary DESC, i.indexrelid", table->name);
    PGresult *rows = pg_query(db, sql);
    assert(PQntuples(rows) >= 1 && PQntuples(rows) <= TABLE_UNIQUES_MAX);
    for (int i = 0; i < PQntuples(rows); i++) {
        struct meta_unique *unique = &table->uniques[table->unique_count++];
        unique->primary = PQgetvalue(rows, i, 1)[0] == 't';
        char names[512], *rest = NULL;
        snprintf(names, sizeof names, "%s", PQgetvalue(rows, i, 0));
        for (char *name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest))
            unique->columns[unique->count++] = meta_column(table, name)->number;
    }
    PQclear(rows);
    assert(table->uniques[0].primary);
}

static void read_policies(PGconn *db, struct meta_table *table)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) > 0 FROM pg_policy WHERE polrelid = '%s'::regclass AND polcmd IN ('a', '*')"
             " AND polname <> 'superadmin_access'", table->name);
    char *any = pg_value(db, sql);
    table->members_write = any[0] == 't';
    free(any);
}

/* A table without organization_id lives with the parent that a NOT NULL key leads to, or the only key to a table with houses. */
static const struct meta_column *parent_column(const struct meta_table *table)
{
    const struct meta_column *only = NULL;
    int count = 0;
    for (int i = 0; i < table->column_count; i++) {
        const struct meta_column *column = &table->columns[i];
        if (column->target == NULL || column->target->house == HOUSE_NONE)
            continue;
        if (column->not_null)
            return column;
        only = column;
        count++;
    }
    return count == 1 ? only : NULL;
}

static void derive_house(struct meta_table *table, struct arena *arena)
{
    bool is_organizations = strcmp(table->name, "organizations") == 0;
    const struct meta_column *column = meta_column(table, is_organizations ? "id" : "organization_id");
    table->house = HOUSE_COLUMN;
    if (column != NULL) {
        table->house_sql = arena_printf(arena, "t.%s", column->name);
    } else if ((column = parent_column(table)) != NULL) {
        /* Only tables with a column of their own are parents here: t in the inner select is the parent. */
        assert(column->target->house == HOUSE_COLUMN);
        table->house = HOUSE_PARENT;
        table->house_sql = arena_printf(arena, "(SELECT %s FROM %s p WHERE p.%s = t.%s)",
                                        strcmp(column->target->name, "organizations") == 0 ? "p.id" : "p.organization_id",
                                        column->target->name, column->target_column, column->name);
    } else {
        table->house = HOUSE_NONE;
        table->house_sql = "NULL::uuid";
    }
    table->house_column = column == NULL ? -1 : column->number;
}

static void derive_movable(struct meta *meta)
{
    for (int i = 0; i < meta->count; i++)
        meta->tables[i].movable = meta->tables[i].house == HOUSE_COLUMN && strcmp(meta->tables[i].name, "organizations") != 0;
    for (int i = 0; i < meta->count; i++) {
        struct meta_table *table = &meta->tables[i];
        for (int j = 0; j < table->column_count; j++) {
            struct meta_table *target = (struct meta_table *)table->columns[j].target;
            bool is_own_house = table->house == HOUSE_COLUMN && j == table->house_column;
            if (target == NULL || target->house == HOUSE_NONE || is_own_house)
                continue;
            table->movable = target->movable = false;
        }
        for (int j = 0; j < meta_key(table)->count; j++)
            if (table->columns[meta_key(table)->columns[j]].target != NULL)
                table->movable = false;
    }
}

void meta_load(PGconn *db, const char *const *skip, struct arena *arena, struct meta *ret)
{
    /* The order of creation: a table comes after those that it refers to. */
    PGresult *names = pg_query(db, "SELECT c.oid::regclass FROM pg_class c WHERE " ALL_TABLES " ORDER BY c.oid");
    *ret = (struct meta){ .tables = ARENA_ARRAY(arena, struct meta_table, PQntuples(names)) };
    for (int i = 0; i < PQntuples(names); i++) {
        if (is_listed(skip, PQgetvalue(names, i, 0)))
            continue;
        struct meta_table *table = &ret->tables[ret->count++];
        if (ret->lab_first == 0 && strncmp(PQgetvalue(names, i, 0), "lab_", 4) == 0)
            ret->lab_first = ret->count - 1;
        table->name = copy(arena, PQgetvalue(names, i, 0));
        read_columns(db, ret, table, arena);
        read_uniques(db, table);
        read_policies(db, table);
        derive_house(table, arena);
    }
    PQclear(names);
    derive_movable(ret);
}
