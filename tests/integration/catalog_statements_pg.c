/* Random DDL, a statement at a time, in PostgreSQL and in the catalog: both accept it, or both refuse it (a statement
 * may have several faults, and which of them is named first may differ). What Rowhouse refuses as not supported (0A000)
 * is left out of both. At the end of a round the database and what the catalog writes of itself are compared.
 *
 *      SEED=7 ROUNDS=20 catalog_statements_pg */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "lib/chance.h"
#include "lib/pg.h"
#include "lib/pg_listings.h"

#define STATEMENTS 120

/* --- Statements --- */

static const char *const tables[] = { "a", "b", "c", "\"D d\"" };
static const char *const columns[] = { "id", "x", "y", "z", "\"Order\"", "t", "u" };
static const char *const types[] = { "int", "bigint", "text", "varchar(10)", "numeric(8,2)", "boolean", "timestamptz", "jsonb", "uuid",
                                     "text[]", "mood", "serial", "date" };
static const char *const defaults[] = { "1", "'1'", "now()", "gen_random_uuid()", "'{}'", "true", "-1.5" };
static const char *const conditions[] = { "x > 0", "x IS NOT NULL", "y <> 'q'", "x > 1 AND z = 'a'", "id IN (1, 2)", "t < now()", "true",
                                          "(x = 1 OR y = 'b') IS TRUE", "\"Order\" BETWEEN 1 AND 9" };
static const char *const actions[] = { "", "", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE", " ON DELETE RESTRICT" };
static const char *const names[] = { "n1", "n2", "a_x_idx", "a_x_key", "b_y_check", "a_x_fkey" };
static const char *const behaviours[] = { "", "", " CASCADE", " RESTRICT" };

static void put_columns(struct buf *out)
{
    buf_append_string(out, PICK(columns));
    while (chance(40))
        buf_printf(out, ", %s", PICK(columns));
}

static void put_constraint(struct buf *out, const char *column)
{
    if (chance(15))
        buf_printf(out, " CONSTRAINT %s", PICK(names));
    switch (random_below(6)) {
    case 0: buf_append_string(out, " PRIMARY KEY"); break;
    case 1: buf_append_string(out, chance(80) ? " UNIQUE" : " UNIQUE NULLS NOT DISTINCT"); break;
    case 2: buf_printf(out, " CHECK (%s)", column == NULL || chance(30) ? PICK(conditions) : "true"); return;
    default:
        if (column != NULL) {
            buf_printf(out, " REFERENCES %s%s%s", PICK(tables), chance(30) ? " (x)" : "", PICK(actions));
            return;
        }
        buf_append_string(out, " FOREIGN KEY (");
        put_columns(out);
        buf_printf(out, ") REFERENCES %s", PICK(tables));
        if (chance(50)) {
            buf_append_string(out, " (");
            put_columns(out);
            buf_append_string(out, ")");
        }
        buf_append_string(out, PICK(actions));
        return;
    }
    if (column != NULL)
        return;
    buf_append_string(out, " (");
    put_columns(out);
    buf_append_string(out, ")");
}

static void put_column(struct buf *out, const char *name)
{
    buf_printf(out, "%s %s", name, PICK(types));
    if (chance(25))
        buf_printf(out, " DEFAULT %s", PICK(defaults));
    if (chance(20))
        buf_append_string(out, " NOT NULL");
    while (chance(20))
        put_constraint(out, name);
}

static void create_table(struct buf *out)
{
    buf_printf(out, "CREATE TABLE %s%s (", chance(30) ? "IF NOT EXISTS " : "", PICK(tables));
    buf_append_string(out, chance(70) ? "id int PRIMARY KEY" : "id bigserial, PRIMARY KEY (id)");
    for (size_t i = 1; i < sizeof columns / sizeof *columns; i++)
        if (chance(70)) {
            buf_append_string(out, ", ");
            put_column(out, columns[i]);
        }
    while (chance(30)) {
        buf_append_string(out, ",");
        put_constraint(out, NULL);
    }
    buf_append_string(out, ")");
}

static void alter_command(struct buf *out)
{
    const char *column = PICK(columns);
    switch (random_below(12)) {
    case 0: buf_append_string(out, chance(30) ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN "); put_column(out, column); break;
    case 1: buf_printf(out, "DROP COLUMN %s%s%s", chance(30) ? "IF EXISTS " : "", column, PICK(behaviours)); break;
    case 2: buf_printf(out, "ALTER COLUMN %s SET DEFAULT %s", column, PICK(defaults)); break;
    case 3: buf_printf(out, "ALTER COLUMN %s DROP DEFAULT", column); break;
    case 4: buf_printf(out, "ALTER COLUMN %s SET NOT NULL", column); break;
    case 5: buf_printf(out, "ALTER COLUMN %s DROP NOT NULL", column); break;
    case 6: buf_printf(out, "ALTER COLUMN %s TYPE %s", column, PICK(types)); break;
    case 7: buf_printf(out, "DROP CONSTRAINT %s%s%s", chance(30) ? "IF EXISTS " : "", PICK(names), PICK(behaviours)); break;
    case 8: buf_printf(out, "%s ROW LEVEL SECURITY", chance(70) ? "ENABLE" : "DISABLE"); break;
    default: buf_append_string(out, "ADD"); put_constraint(out, NULL); break;
    }
}

static void alter_table(struct buf *out)
{
    buf_printf(out, "ALTER TABLE %s%s ", chance(20) ? "IF EXISTS " : "", PICK(tables));
    alter_command(out);
    while (chance(25)) {
        buf_append_string(out, ", ");
        alter_command(out);
    }
}

static void create_index(struct buf *out)
{
    static const char *const orders[] = { "", "", " DESC", " NULLS FIRST", " DESC NULLS LAST" };
    buf_printf(out, "CREATE %sINDEX ", chance(25) ? "UNIQUE " : "");
    if (chance(50))
        buf_printf(out, "%s%s ", chance(30) ? "IF NOT EXISTS " : "", PICK(names));
    buf_printf(out, "ON %s (%s%s", PICK(tables), PICK(columns), PICK(orders));
    while (chance(40))
        buf_printf(out, ", %s%s", PICK(columns), PICK(orders));
    buf_append_string(out, ")");
    if (chance(30))
        buf_printf(out, " WHERE %s", PICK(conditions));
}

static void policy(struct buf *out)
{
    static const char *const commands[] = { "", " FOR ALL", " FOR SELECT", " FOR INSERT", " FOR UPDATE", " FOR DELETE" };
    static const char *const roles[] = { "", "", " TO PUBLIC", " TO anon", " TO anon, authenticated" };
    buf_printf(out, "CREATE POLICY %s ON %s%s%s%s", PICK(names), PICK(tables), chance(20) ? " AS RESTRICTIVE" : "", PICK(commands), PICK(roles));
    if (chance(70) && chance(30))
        buf_printf(out, " USING (EXISTS (SELECT 1 FROM %s WHERE %s))", PICK(tables), PICK(conditions));
    else if (chance(70))
        buf_printf(out, " USING (%s)", PICK(conditions));
    if (chance(40))
        buf_printf(out, " WITH CHECK (%s)", PICK(conditions));
}

/* --- Rights --- */

static void privileges(struct buf *out, const char *const *from, size_t count, bool some_columns)
{
    if (chance(20)) {
        buf_append_string(out, chance(50) ? "ALL" : "ALL PRIVILEGES");
        return;
    }
    for (int more = 0; more == 0 || chance(40); more++) {
        buf_printf(out, "%s%s", more > 0 ? ", " : "", from[random_below(count)]);
        if (some_columns && chance(40))
            buf_printf(out, " (%s)", PICK(columns));
    }
}

static void rights_on(struct buf *out)
{
    static const char *const table[] = { "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "USAGE" };
    static const char *const sequence[] = { "SELECT", "USAGE", "UPDATE", "INSERT" }, *const schema[] = { "USAGE", "CREATE" };
    switch (random_below(6)) {
    case 0: privileges(out, sequence, 3, false); buf_append_string(out, " ON ALL SEQUENCES IN SCHEMA public"); break;
    case 1: privileges(out, table, 7, false); buf_append_string(out, " ON ALL TABLES IN SCHEMA public"); break;
    case 2: privileges(out, sequence, 4, false); buf_printf(out, " ON SEQUENCE %s_id_seq", chance(50) ? "a" : "b"); break;
    case 3: privileges(out, schema, 2, false); buf_append_string(out, " ON SCHEMA public"); break;
    default: privileges(out, table, 8, true); buf_printf(out, " ON %s%s", chance(50) ? "TABLE " : "", PICK(tables)); break;
    }
}

static void rights_by_default(struct buf *out)
{
    static const char *const table[] = { "SELECT", "INSERT", "UPDATE", "DELETE" }, *const sequence[] = { "SELECT", "USAGE", "UPDATE" };
    static const char *const function[] = { "EXECUTE" };
    switch (random_below(3)) {
    case 0: privileges(out, table, 4, false); buf_append_string(out, " ON TABLES"); break;
    case 1: privileges(out, sequence, 3, false); buf_append_string(out, " ON SEQUENCES"); break;
    default: privileges(out, function, 1, false); buf_append_string(out, " ON FUNCTIONS"); break;
    }
}

static void rights(struct buf *out)
{
    static const char *const roles[] = { "anon", "authenticated", "service_role", "PUBLIC", "anon, authenticated", "postgres" };
    static const char *const schemas[] = { "", "IN SCHEMA public ", "FOR ROLE postgres ", "FOR ROLE anon IN SCHEMA public " };
    bool revoke = chance(50), option = chance(20), by_default = chance(25);
    if (by_default)
        buf_printf(out, "ALTER DEFAULT PRIVILEGES %s", PICK(schemas));
    buf_append_string(out, !revoke ? "GRANT " : option ? "REVOKE GRANT OPTION FOR " : "REVOKE ");
    (by_default ? rights_by_default : rights_on)(out);
    buf_printf(out, " %s %s%s%s", revoke ? "FROM" : "TO", PICK(roles), !revoke && option ? " WITH GRANT OPTION" : "",
               revoke && chance(30) ? " CASCADE" : "");
}

static void put_statement(struct buf *out)
{
    switch (random_below(28)) {
    case 20: case 21: case 22: case 23: case 24: case 25: case 26: case 27: rights(out); break;
    case 0: case 1: case 2: create_table(out); break;
    case 3: case 4: case 5: case 6: create_index(out); break;
    case 7: buf_printf(out, "DROP TABLE %s%s%s", chance(50) ? "IF EXISTS " : "", PICK(tables), PICK(behaviours)); break;
    case 8: buf_printf(out, "DROP INDEX %s%s%s", chance(50) ? "IF EXISTS " : "", PICK(names), PICK(behaviours)); break;
    case 9: case 10: policy(out); break;
    case 11: buf_printf(out, "DROP POLICY %s%s ON %s", chance(50) ? "IF EXISTS " : "", PICK(names), PICK(tables)); break;
    case 12: buf_printf(out, "COMMENT ON COLUMN %s.%s IS 'it''s'", PICK(tables), PICK(columns)); break;
    case 13: buf_printf(out, "ALTER INDEX %s RENAME TO %s", PICK(names), PICK(names)); break;
    default: alter_table(out); break;
    }
}

/* --- Both sides --- */

struct sides {
    PGconn *db;
    struct catalog *catalog;
    char *accepted[STATEMENTS + 2];
    int count;
};

static int fold(struct catalog *catalog, const char *sql, struct error *error)
{
    struct effects effects;
    return catalog_apply(catalog, "random.sql", slice_of_string(sql), 0, &effects, error);
}

static void fold_again(struct sides *s)
{
    struct error error;
    catalog_free(s->catalog);
    s->catalog = catalog_new();
    for (int i = 0; i < s->count; i++)
        cr_assert(eq(int, fold(s->catalog, s->accepted[i], &error), 0), "%s", error.message);
}

/* The SQLSTATE with which PostgreSQL refuses a statement; "00000" when it does not. In a savepoint of its own. */
static void ask_pg(PGconn *db, const char *sql, char code[static 6])
{
    PQclear(pg_query(db, "SAVEPOINT s"));
    PGresult *result = PQexec(db, sql);
    const char *state_code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(code, 6, "%s", state_code == NULL ? "00000" : state_code);
    PQclear(result);
}

static void one_statement(struct sides *s, const char *sql)
{
    struct error error = { 0 };
    char theirs[6];
    ask_pg(s->db, sql, theirs);
    int err = fold(s->catalog, sql, &error);
    const char *ours = err < 0 ? sqlstate_code(error.state) : "00000";
    bool keep = err == 0 && strcmp(theirs, "00000") == 0;
    if (strcmp(ours, "0A000") != 0)
        cr_expect(eq(int, err == 0, strcmp(theirs, "00000") == 0), "%s\nPostgreSQL: %s, Rowhouse: %s %s", sql, theirs, ours, error.message);
    PQclear(pg_query(s->db, keep ? "RELEASE s" : "ROLLBACK TO s"));
    if (keep)
        s->accepted[s->count++] = strdup(sql);
    else
        fold_again(s);
}

static void quiet(void *env, const char *message)
{
}

static PGconn *other_database(const struct pg *pg)
{
    char conninfo[1024];
    snprintf(conninfo, sizeof conninfo, "%s dbname=other", pg_conninfo(pg));
    PGconn *db = PQconnectdb(conninfo);
    cr_assert(eq(int, PQstatus(db), CONNECTION_OK), "%s", PQerrorMessage(db));
    return db;
}

static void one_round(const struct pg *pg, PGconn *other)
{
    struct sides s = { .db = pg_connect(pg), .catalog = catalog_new() };
    struct buf sql = { 0 };
    PQsetNoticeProcessor(s.db, quiet, NULL);
    PQclear(pg_query(s.db, "BEGIN"));
    one_statement(&s, "CREATE TYPE mood AS ENUM ('sad', 'ok')");
    for (int i = 0; i < STATEMENTS; i++) {
        buf_clear(&sql);
        put_statement(&sql);
        one_statement(&s, buf_text(&sql));
    }
    buf_clear(&sql);
    catalog_ddl_before(s.catalog, DDL_POSTGRESQL, &sql);
    catalog_ddl_after(s.catalog, DDL_POSTGRESQL, &sql);
    PQclear(pg_query(other, "BEGIN"));
    PQclear(pg_query(other, buf_text(&sql)));
    cr_expect(eq(int, compare_all(s.db, other), 0));
    PQclear(pg_query(other, "ROLLBACK"));
    for (int i = 0; i < s.count; i++)
        free(s.accepted[i]);
    buf_done(&sql);
    catalog_free(s.catalog);
    PQfinish(s.db);
}

Test(catalog_statements_pg, both_accept_or_both_refuse, .timeout = 600)
{
    const char *rounds = getenv("ROUNDS");
    chance_seed(getenv("SEED"));
    fflush(stdout);
    struct pg *pg = pg_start();
    PGconn *db = pg_connect(pg);
    pg_begin(db);
    PQclear(pg_query(db, "CREATE DATABASE other"));
    PGconn *other = other_database(pg);
    PQsetNoticeProcessor(other, quiet, NULL);
    for (int i = 0; i < (rounds != NULL ? atoi(rounds) : 5); i++)
        one_round(pg, other);
    PQfinish(db);
    PQfinish(other);
    pg_stop(pg);
}
