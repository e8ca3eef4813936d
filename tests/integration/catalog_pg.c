/* The DDL that the catalog writes, against PostgreSQL 15: loaded there, it gives the schema that the files give there.
 *
 * Two databases of one server, one from schema/migrations, one from catalog_ddl_before() and _after(). They are compared
 * by what PostgreSQL itself says of each object, so the spelling of the DDL does not count, its meaning does. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "lib/pg.h"
#include "lib/pg_listings.h"

#define MIGRATIONS "schema/migrations"
static int is_sql(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

static struct slice load(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s", path);
    uint8_t *bytes = memory_alloc(MIGRATION_SIZE_MAX);
    struct slice text = slice_of(bytes, fread(bytes, 1, MIGRATION_SIZE_MAX, file));
    fclose(file);
    return text;
}

static void fold(struct catalog *catalog, const char *name, struct slice text)
{
    struct effects effects;
    struct error error;
    cr_assert(eq(int, catalog_apply(catalog, name, text, 0, &effects, &error), 0), "%s", error.message);
}

static struct catalog *fold_directory(void)
{
    struct catalog *catalog = catalog_new();
    struct dirent **entries;
    int count = scandir(MIGRATIONS, &entries, is_sql, alphasort);
    cr_assert(gt(int, count, 0), "run from the repository's root");
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", MIGRATIONS, entries[i]->d_name);
        fold(catalog, entries[i]->d_name, load(path));
        free(entries[i]);
    }
    free(entries);
    return catalog;
}

static struct buf ddl_of(const struct catalog *catalog)
{
    struct buf out = { 0 };
    catalog_ddl_before(catalog, DDL_POSTGRESQL, &out);
    catalog_ddl_after(catalog, DDL_POSTGRESQL, &out);
    return out;
}

static void run_text(PGconn *db, struct buf *sql)
{
    PGresult *result = PQexec(db, buf_text(sql));
    cr_assert(eq(int, PQresultStatus(result), PGRES_COMMAND_OK), "%s", PQresultErrorMessage(result));
    PQclear(result);
}

static PGconn *other_database(const struct pg *pg)
{
    char conninfo[1024];
    snprintf(conninfo, sizeof conninfo, "%s dbname=other", pg_conninfo(pg));
    PGconn *db = PQconnectdb(conninfo);
    cr_assert(eq(int, PQstatus(db), CONNECTION_OK), "%s", PQerrorMessage(db));
    return db;
}

/* Loads `files` (NULL: schema/migrations) and what the catalog makes of them into two databases. */
static void judge(const char *text)
{
    struct pg *pg = pg_start();
    PGconn *first = pg_connect(pg);
    PQclear(pg_query(first, "CREATE DATABASE other"));
    struct catalog *catalog;
    if (text == NULL) {
        cr_assert(pg_run_directory(pg, MIGRATIONS, 0));
        catalog = fold_directory();
    } else {
        struct buf sql = { 0 };
        pg_begin(first);
        buf_append_string(&sql, text);
        run_text(first, &sql);
        buf_done(&sql);
        catalog = catalog_new();
        fold(catalog, "case.sql", slice_of_string(text));
    }
    PGconn *second = other_database(pg);
    struct buf ddl = ddl_of(catalog);
    run_text(second, &ddl);
    cr_expect(eq(int, compare_all(first, second), 0));
    buf_done(&ddl);
    catalog_free(catalog);
    PQfinish(first);
    PQfinish(second);
    pg_stop(pg);
}

Test(catalog_pg, the_reference_loads_and_is_the_same)
{
    judge(NULL);
}

/* What the reference does not use: made-up names and every clause that can be written. */
Test(catalog_pg, other_forms_load_and_are_the_same)
{
    judge("CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'Happy');\n"
          "CREATE TYPE \"Odd Type\" AS ENUM ('x');\n"
          "CREATE TABLE parents (a int, b text, PRIMARY KEY (b, a), UNIQUE (a), c numeric(10,2) DEFAULT -1.50 CHECK (c > -2 AND c < 100),\n"
          "    m mood DEFAULT 'sad', ms mood[] DEFAULT ARRAY['sad']::mood[], o \"Odd Type\", v varchar(20) DEFAULT 'a''b', s smallserial,\n"
          "    CHECK (a > 0 OR b IS NOT NULL), CHECK (a < 10), CHECK (length(b) > 1), CONSTRAINT \"Named One\" UNIQUE NULLS NOT DISTINCT (c, v));\n"
          "CREATE TABLE \"Kids\" (\"Id\" serial PRIMARY KEY, pa int, pb text,\n"
          "    \"order\" int NOT NULL DEFAULT CASE WHEN true THEN 1 ELSE NULL END UNIQUE, /* a comment, with ) */ d date DEFAULT '2020-01-02',\n"
          "    i interval DEFAULT '1 day 02:00:00'::interval, \"me too\" int REFERENCES \"Kids\" ON UPDATE SET NULL,\n"
          "    twice int GENERATED ALWAYS AS (\"order\" * 2) STORED, flag boolean DEFAULT ((1 < 2) IS TRUE), j jsonb DEFAULT '{\"a\": [1]}',\n"
          "    FOREIGN KEY (pb, pa) REFERENCES parents (b, a) ON DELETE CASCADE ON UPDATE SET DEFAULT,\n"
          "    FOREIGN KEY (pa) REFERENCES parents (a) ON DELETE RESTRICT);\n"
          "CREATE INDEX ON \"Kids\" (pa DESC, pb NULLS FIRST, d DESC NULLS LAST) WHERE (pa > 1 AND pb LIKE 'a%') IS TRUE;\n"
          "CREATE UNIQUE INDEX ON \"Kids\" (pa, pb) NULLS NOT DISTINCT;\n"
          "CREATE INDEX ON \"Kids\" (pa, pb);\n"
          "CREATE TABLE a_table_with_a_name_that_is_so_long_that_postgres_must_cut_it (id bigint PRIMARY KEY,\n"
          "    a_column_with_a_name_that_is_so_long_that_postgres_must_cut_it_too int UNIQUE CHECK\n"
          "    (a_column_with_a_name_that_is_so_long_that_postgres_must_cut_it_too > 0) REFERENCES \"Kids\");\n"
          "ALTER TABLE \"Kids\" ADD COLUMN late text NOT NULL DEFAULT 'x' CHECK (late <> '') UNIQUE, DROP COLUMN i, ALTER COLUMN pb SET NOT NULL,\n"
          "    ALTER COLUMN d SET DEFAULT '2021-01-01', ADD CHECK (pa <> 5);\n"
          "ALTER TABLE \"Kids\" ALTER COLUMN pb TYPE varchar(30), ALTER COLUMN twice SET NOT NULL;\n"
          "ALTER TABLE parents DROP CONSTRAINT parents_check, ALTER COLUMN v DROP DEFAULT;\n"
          "ALTER TABLE parents ENABLE ROW LEVEL SECURITY;\n"
          "CREATE POLICY \"a policy\" ON parents AS RESTRICTIVE FOR UPDATE USING ((a = 1 OR b = 'x') IS NOT FALSE)\n"
          "    WITH CHECK (EXISTS (SELECT FROM \"Kids\" k WHERE k.pa = parents.a)); -- the end\n"
          "COMMENT ON COLUMN \"Kids\".\"order\" IS 'it''s an order';\n"
          "COMMENT ON TABLE parents IS E'two\\nlines';\n"
          "CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;\n"
          "ALTER TABLE \"Kids\" ADD COLUMN updated_at timestamptz;\n"
          "CREATE TRIGGER kids_touched BEFORE UPDATE ON \"Kids\" FOR EACH ROW EXECUTE FUNCTION set_updated_at();\n"
          "GRANT SELECT ON parents TO PUBLIC;\n"
          "REVOKE ALL ON \"Kids\" FROM anon, PUBLIC; GRANT SELECT (\"Id\", \"order\"), UPDATE (late) ON \"Kids\" TO anon, postgres;\n"
          "GRANT INSERT, DELETE ON \"Kids\" TO authenticated WITH GRANT OPTION; REVOKE GRANT OPTION FOR DELETE ON \"Kids\" FROM authenticated;\n"
          "REVOKE USAGE ON SEQUENCE \"Kids_Id_seq\" FROM anon; REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM service_role;\n"
          "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO PUBLIC;\n"
          "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon, service_role;\n"
          "CREATE FUNCTION cleanup_old_metrics() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; END $$; REVOKE ALL ON FUNCTION cleanup_old_metrics FROM authenticated;\n"
          "CREATE FUNCTION cleanup_resolved_alerts() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; END $$; GRANT EXECUTE ON FUNCTION cleanup_resolved_alerts() TO PUBLIC;\n"
          "CREATE TABLE later (id int PRIMARY KEY, i int GENERATED BY DEFAULT AS IDENTITY); CREATE VIEW seen WITH (security_invoker = true) AS SELECT id FROM later;\n"
          "REVOKE ALL ON seen FROM PUBLIC; GRANT SELECT (id) ON seen TO anon; GRANT CREATE ON SCHEMA public TO service_role; REVOKE USAGE ON SCHEMA public FROM PUBLIC;\n"
          "CREATE TABLE gone (id int PRIMARY KEY, p int REFERENCES parents (a)); DROP TABLE gone;\n");
}
