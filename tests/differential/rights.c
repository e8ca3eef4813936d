#include "rights.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* gate.lists: what the lists are without the gate. gate.named: by table and role. */
static const char gate[] =
    "CREATE SCHEMA gate;"
    "CREATE TABLE gate.lists (t oid, number int2, list aclitem[]);"
    "CREATE TABLE gate.named (t oid, role text, PRIMARY KEY (t, role));"
    "CREATE FUNCTION gate.items(t oid) RETURNS TABLE (grantee text) LANGUAGE sql AS $$"
    "  SELECT i.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) i WHERE c.oid = t UNION"
    "  SELECT i.grantee::regrole::text FROM pg_attribute a, aclexplode(a.attacl) i WHERE a.attrelid = t AND NOT a.attisdropped $$;"
    "CREATE FUNCTION gate.forget() RETURNS void LANGUAGE sql AS $$"
    "  DELETE FROM gate.named n WHERE NOT EXISTS (SELECT FROM gate.items(n.t) i WHERE i.grantee = n.role) $$;"
    "CREATE FUNCTION gate.open() RETURNS void LANGUAGE sql AS $$"
    "  UPDATE pg_class c SET relacl = l.list FROM gate.lists l WHERE c.oid = l.t AND l.number = 0;"
    "  UPDATE pg_attribute a SET attacl = l.list FROM gate.lists l WHERE a.attrelid = l.t AND a.attnum = l.number $$;"
    "CREATE FUNCTION gate.strip(t oid, closed text) RETURNS void LANGUAGE plpgsql AS $$ DECLARE part record; BEGIN"
    "  FOR part IN SELECT 0 number, relacl list FROM pg_class WHERE oid = t UNION ALL"
    "      SELECT attnum, attacl FROM pg_attribute WHERE attrelid = t AND attacl IS NOT NULL AND NOT attisdropped LOOP"
    /*    What is PUBLIC's becomes that of the roles that are left. */
    "    part.list := ARRAY(SELECT i FROM unnest(part.list) i WHERE NOT i::text LIKE closed || '=%' AND NOT i::text LIKE '=%') ||"
    "      ARRAY(SELECT (role || i::text)::aclitem FROM unnest(part.list) i, unnest(ARRAY['anon', 'authenticated', 'service_role']) role"
    "            WHERE i::text LIKE '=%' AND role <> closed);"
    "    IF part.number = 0 THEN UPDATE pg_class SET relacl = part.list WHERE oid = t;"
    "    ELSE UPDATE pg_attribute SET attacl = part.list WHERE attrelid = t AND attnum = part.number; END IF;"
    "  END LOOP; END $$;"
    "CREATE FUNCTION gate.close() RETURNS void LANGUAGE plpgsql AS $$ DECLARE one record; BEGIN"
    "  DELETE FROM gate.lists;"
    "  INSERT INTO gate.lists SELECT oid, 0, relacl FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'auth'::regnamespace) AND relkind = 'r';"
    "  INSERT INTO gate.lists SELECT attrelid, attnum, attacl FROM pg_attribute WHERE attrelid IN (SELECT t FROM gate.lists) AND attnum > 0;"
    "  FOR one IN SELECT c.oid, role FROM pg_class c, unnest(ARRAY['anon', 'authenticated']) role WHERE c.oid IN (SELECT t FROM gate.lists)"
    "      AND NOT c.relrowsecurity AND NOT EXISTS (SELECT FROM gate.named n WHERE n.t = c.oid AND n.role = role.role) LOOP"
    "    PERFORM gate.strip(one.oid, one.role); END LOOP; END $$";

static bool has_views;

/* --- Statements --- */

#define PICK(g, list) ((list)[random_below(&(g)->random, (int)(sizeof(list) / sizeof *(list)))])

static const char *const roles[] = { "anon", "authenticated", "authenticated", "authenticated", "service_role", "PUBLIC", "anon, authenticated" };
static const char *const privileges[] = { "SELECT", "SELECT", "INSERT", "UPDATE", "DELETE", "SELECT, UPDATE", "INSERT, DELETE", "ALL", "SELECT, INSERT, UPDATE" };

/* Any table; seldom the one that all policies ask, without which little is left to see. */
static const struct meta_table *any_table(struct generator *g)
{
    const struct meta_table *table;
    do
        table = &g->meta->tables[random_below(&g->random, g->meta->count)];
    while (strcmp(table->name, "profiles") == 0 && !random_percent(&g->random, 30));
    return table;
}

static void put_columns(struct generator *g, const struct meta_table *table, struct buf *out)
{
    static const char *const of_columns[] = { "SELECT", "SELECT", "INSERT", "UPDATE", "ALL" };
    int shown = 0, but = random_below(&g->random, table->column_count);
    buf_printf(out, "%s (", PICK(g, of_columns));
    bool few = random_percent(&g->random, 30);
    for (int i = 0; i < table->column_count; i++)
        if (i != but && (!few || random_percent(&g->random, 40)))
            buf_printf(out, "%s%s", shown++ > 0 ? ", " : "", table->columns[i].name);
    buf_printf(out, "%s)", shown > 0 ? "" : table->columns[0].name);
}

/* A table, or a view over it. */
static void put_object(struct generator *g, const struct meta_table *table, struct buf *out)
{
    static const char *const shapes[] = { "plain", "computed", "joined", "grouped" };
    if (!has_views || !random_percent(&g->random, 15)) {
        buf_append_string(out, table->name);
        return;
    }
    buf_printf(out, "%s_", PICK(g, shapes));
    for (const char *c = table->name; *c != '\0'; c++)
        buf_append_byte(out, isalnum((unsigned char)*c) ? (uint8_t)*c : '_');
}

/* Whether a condition holds of a table, for the judge. */
static bool holds(struct generator *g, const char *condition, const struct meta_table *table)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT %s FROM (SELECT '%s'::regclass t) x", condition, table->name);
    char *text = pg_value(g->db, sql);
    bool yes = text[0] == 't';
    free(text);
    return yes;
}

#define IS_OFF "NOT (SELECT relrowsecurity FROM pg_class WHERE oid = t)"
#define IS_NAMED "EXISTS (SELECT FROM gate.named n WHERE n.t = x.t)"

/* Of a table that is open without row level security a member sees his own house here, and all of it in PostgreSQL: such a table has
 * no houses. */
static void put_statement(struct generator *g, struct buf *out)
{
    const struct meta_table *table = any_table(g);
    bool walls = table->house != HOUSE_NONE;
    int kind = random_below(&g->random, 100);
    const char *role = PICK(g, roles);
    bool grants = random_percent(&g->random, 45);
    const char *verb = grants ? "GRANT" : "REVOKE", *to = grants ? "TO" : "FROM";
    if (kind < 65 && walls && holds(g, IS_OFF, table))
        buf_printf(out, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\n", table->name);
    if (kind < 35) {
        buf_printf(out, "%s %s ON ", verb, PICK(g, privileges));
        put_object(g, table, out);
        buf_printf(out, " %s %s%s", to, role, grants && strcmp(role, "PUBLIC") != 0 && random_percent(&g->random, 20) ? " WITH GRANT OPTION" : "");
    } else if (kind < 65) {
        if (random_percent(&g->random, 60))
            buf_printf(out, "REVOKE SELECT, UPDATE ON %s FROM authenticated;\n", table->name);
        buf_printf(out, "%s ", verb);
        put_columns(g, table, out);
        buf_printf(out, " ON %s %s %s", table->name, to, role);
    } else if (kind < 80) {
        bool off = random_percent(&g->random, 60) && !(walls && holds(g, IS_NAMED, table));
        buf_printf(out, "ALTER TABLE %s %s ROW LEVEL SECURITY", table->name, off ? "DISABLE" : "ENABLE");
    } else if (kind < 84) {
        buf_printf(out, "REVOKE %s ON ALL TABLES IN SCHEMA public FROM %s", random_percent(&g->random, 50) ? "DELETE" : "TRUNCATE, INSERT", role);
    } else if (kind < 85) {
        /* Not of auth: there auth.uid() is a function of SQL, whose text names others of its schema. */
        buf_printf(out, "%s USAGE ON SCHEMA public %s %s", verb, to, role);
    } else if (kind < 92) {
        buf_printf(out, "REVOKE GRANT OPTION FOR ALL ON %s FROM %s CASCADE", table->name, role);
    } else {
        buf_printf(out, "ALTER DEFAULT PRIVILEGES IN SCHEMA public %s %s ON TABLES %s %s;\nCREATE TABLE made_%llu (id bigint PRIMARY KEY)", verb,
                   PICK(g, privileges), to, role, (unsigned long long)(random_next(&g->random) >> 20));
    }
    buf_append_string(out, ";\n");
}

/* Everything as it was at the beginning, but for what is closed by then. */
static void put_reset(struct generator *g, struct buf *out)
{
    buf_append_string(out, "GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated, service_role;\n"
                           "GRANT ALL ON ALL TABLES IN SCHEMA auth TO anon, authenticated, service_role;\n");
    for (int i = 0; i < g->meta->count; i++)
        buf_printf(out, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\n", g->meta->tables[i].name);
}

/* --- Both --- */

/* What a statement names: GRANT ... ON tables TO roles, perhaps WITH GRANT OPTION. */
static void note_named(struct generator *g, const char *statement)
{
    char tables_of[512], to[128], sql[1024];
    const char *on = strstr(statement, " ON ");
    if (strncmp(statement, "GRANT ", 6) != 0 || on == NULL || strstr(statement, "ALL TABLES") != NULL || strstr(statement, " ON SCHEMA ") != NULL
        || sscanf(on, " ON %511[a-z0-9_., ]TO %127[a-z_, ]", tables_of, to) != 2)
        return;
    snprintf(sql, sizeof sql, "INSERT INTO gate.named SELECT trim(t)::regclass, role FROM unnest(string_to_array('%s', ', ')) t,"
                              " unnest(ARRAY['anon', 'authenticated']) role WHERE role = ANY (string_to_array(trim('%s'), ', ')) ON CONFLICT DO NOTHING",
             tables_of, to);
    PQclear(pg_query(g->db, sql));
}

/* What was put behind `from`, statement by statement. */
static void judge(struct generator *g, const struct buf *text, size_t from)
{
    char *copy = strdup(buf_text((struct buf *)text) + from), *rest = NULL;
    for (char *statement = strtok_r(copy, ";\n", &rest); statement != NULL; statement = strtok_r(NULL, ";\n", &rest)) {
        PQclear(pg_query(g->db, statement));
        note_named(g, statement);
        PQclear(pg_query(g->db, "SELECT gate.forget()"));
    }
    free(copy);
}

static void note_all_named(struct generator *g, const char *text)
{
    char *copy = strdup(text), *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        note_named(g, line);
    free(copy);
}

void rights_begin(struct generator *g, bool views, const char *policies)
{
    has_views = views;
    PQclear(pg_query(g->db, "SET client_min_messages = warning"));
    PQclear(pg_query(g->db, gate));
    note_all_named(g, world_tables);
    note_all_named(g, policies);
    PQclear(pg_query(g->db, "SELECT gate.close()"));
}

void rights_change(struct generator *g, struct server *server, bool trace)
{
    static int number;
    struct buf text = { 0 };
    char name[64];
    int count = 4 + random_below(&g->random, 12);
    snprintf(name, sizeof name, "29991231%06d_rights.sql", 10 + number++);
    PQclear(pg_query(g->db, "SELECT gate.open()"));
    buf_append_string(&text, "GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;\n");
    if (random_percent(&g->random, 50))
        put_reset(g, &text);
    for (size_t from = 0, i = 0; i < (size_t)count; from = text.size, i++) {
        if (i > 0)
            put_statement(g, &text);
        judge(g, &text, from);
    }
    PQclear(pg_query(g->db, "SELECT gate.close()"));
    if (trace)
        printf("-- %s\n%s", name, buf_text(&text));
    server_migrate(server, name, buf_text(&text), NULL);
    buf_done(&text);
}
