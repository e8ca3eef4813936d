/* The migrations against PostgreSQL 15: they load, they say what the reference schema says, and their policies work.
 *
 * expected-columns.txt was taken from the reference, not from the files under test. Each test is a process of its own and
 * loads the migrations into a server of its own. Run from the repository's root. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pg.h"

#define MIGRATIONS "schema/migrations"
#define EXPECTED "tests/integration/expected-columns.txt"
#define TABLES "c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)"

static struct pg *pg;
static PGconn *db;

static void load(void)
{
    pg = pg_start();
    cr_assert(pg_run_directory(pg, MIGRATIONS, 0), "the migrations load");
    db = pg_connect(pg);
}

static void unload(void)
{
    PQfinish(db);
    pg_stop(pg);
}

TestSuite(schema_pg, .init = load, .fini = unload);

static int value(const char *sql)
{
    char *text = pg_value(db, sql);
    int number = atoi(text);
    free(text);
    return number;
}

/* Fails with the rows of a query that should have none. */
static void expect_none(const char *what, const char *sql)
{
    PGresult *rows = pg_query(db, sql);
    for (int i = 0; i < PQntuples(rows); i++)
        fprintf(stderr, "%s: %s\n", what, PQgetvalue(rows, i, 0));
    cr_expect(PQntuples(rows) == 0, "%s: %d", what, PQntuples(rows));
    PQclear(rows);
}

/* --- What the files say --- */

Test(schema_pg, has_every_table)
{
    cr_expect(eq(int, value("SELECT count(*) FROM pg_class c WHERE " TABLES " AND c.relnamespace = 'public'::regnamespace"), 63));
    cr_expect(eq(int, value("SELECT count(*) FROM pg_class c WHERE c.oid = 'auth.users'::regclass"), 1));
    expect_none("no comment", "SELECT c.oid::regclass FROM pg_class c WHERE " TABLES " AND obj_description(c.oid) IS NULL");
}

Test(schema_pg, every_file_but_the_first_may_run_again)
{
    cr_expect(pg_run_directory(pg, MIGRATIONS, 1));
}

/* One line a column, as in expected-columns.txt. */
static const char columns_sql[] =
    "SELECT c.oid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)"
    " || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END"
    " || CASE WHEN a.attgenerated = 's' THEN ' generated'"
    "         WHEN pg_get_expr(d.adbin, d.adrelid) = 'nextval(''' || c.relname || '_' || a.attname || '_seq''::regclass)'"
    "         THEN ' default sequence' ELSE COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), '') END"
    " || COALESCE((SELECT ' references ' || f.confrelid::regclass || '(' || t.attname || ')' FROM pg_constraint f"
    "      JOIN pg_attribute t ON t.attrelid = f.confrelid AND t.attnum = f.confkey[1]"
    "      WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conkey = ARRAY[a.attnum]), '')"
    " || COALESCE((SELECT ' in ' || (SELECT string_agg(v[1], ',')"
    "      FROM regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') v) FROM pg_constraint k"
    "      WHERE k.contype = 'c' AND k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum]"
    "      AND pg_get_constraintdef(k.oid) LIKE '%= ANY %'), '')"
    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " WHERE " TABLES " AND a.attnum > 0 AND NOT a.attisdropped";

Test(schema_pg, has_every_column_and_no_other)
{
    PQclear(pg_query(db, "CREATE TEMP TABLE expected (line text)"));
    FILE *file = fopen(EXPECTED, "r");
    cr_assert(ne(ptr, file, NULL), "cannot open " EXPECTED);
    char line[512];
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *values[] = { line };
        if (line[0] != '#')
            PQclear(PQexecParams(db, "INSERT INTO expected VALUES ($1)", 1, NULL, values, NULL, NULL, 0));
    }
    fclose(file);
    cr_expect(eq(int, value("SELECT count(*) FROM expected"), 681));
    char sql[4096];
    snprintf(sql, sizeof sql, "SELECT line FROM expected EXCEPT (%s)", columns_sql);
    expect_none("missing", sql);
    snprintf(sql, sizeof sql, "(%s) EXCEPT SELECT line FROM expected", columns_sql);
    expect_none("not in the reference", sql);
}

Test(schema_pg, has_every_default_row)
{
    cr_expect(eq(int, value("SELECT count(*) FROM quota_policies"), 5));
    cr_expect(eq(int, value("SELECT count(*) FROM credit_actions"), 7));
    cr_expect(eq(int, value("SELECT count(*) FROM alert_rules"), 4));
    cr_expect(eq(int, value("SELECT sum(credits_cost) FROM credit_actions"), 15));
    cr_expect(eq(int, value("SELECT sum(max_requests_per_month) FROM quota_policies"), 185000));
}

Test(schema_pg, window_end_is_the_end_of_the_window)
{
    PQclear(pg_query(db, "SET TimeZone = 'Europe/Rome'"));     /* a day of 23 hours: instants do not care */
    PQclear(pg_query(db, "INSERT INTO organizations (id, name) VALUES ('00000000-0000-0000-0000-00000000000a', 'a')"));
    PQclear(pg_query(db, "INSERT INTO api_rate_limits (organization_id, endpoint, window_start, window_duration_minutes)"
                         " VALUES ('00000000-0000-0000-0000-00000000000a', '/x', '2025-03-30 01:30+01', 60)"));
    cr_expect(eq(int, value("SELECT count(*) FROM api_rate_limits WHERE window_end = window_start + interval '60 minutes'"), 1));
}

/* --- Indexes --- */

static const char *const named_indexes[] = {
    "idx_api_rate_limits_org_endpoint ON public.api_rate_limits USING btree (organization_id, endpoint, window_start)",
    "idx_api_rate_limits_user_endpoint ON public.api_rate_limits USING btree (user_id, endpoint, window_start)",
    "idx_api_rate_limits_window_start ON public.api_rate_limits USING btree (window_start)",
    "idx_quota_alerts_org ON public.quota_alerts USING btree (organization_id, created_at DESC)",
    "idx_quota_alerts_unacknowledged ON public.quota_alerts USING btree (is_acknowledged, created_at DESC)"
    " WHERE (is_acknowledged = false)",
    "idx_rate_limit_tracking_org_id ON public.rate_limit_tracking USING btree (organization_id)",
    "idx_rate_limit_tracking_timestamp ON public.rate_limit_tracking USING btree (request_timestamp DESC)",
    "idx_rate_limit_tracking_resource ON public.rate_limit_tracking USING btree (resource_type)",
    "idx_rate_limit_tracking_endpoint ON public.rate_limit_tracking USING btree (endpoint)",
    "idx_rate_limit_tracking_rate_limited ON public.rate_limit_tracking USING btree (rate_limited)"
    " WHERE (rate_limited = true)",
    "idx_integrations_org_id ON public.integrations USING btree (organization_id)",
    "idx_integrations_type ON public.integrations USING btree (type)",
    "idx_integrations_status ON public.integrations USING btree (status)",
    "idx_active_integrations ON public.integrations USING btree (organization_id, is_active) WHERE (is_active = true)",
    "idx_contacts_org_name ON public.contacts USING btree (organization_id, name)",
    "idx_workflows_org_active ON public.workflow_definitions USING btree (organization_id, is_active)",
    "idx_rate_limits_org_endpoint ON public.api_rate_limits USING btree (organization_id, endpoint, window_end DESC)",
    "idx_incidents_open ON public.incidents USING btree (organization_id, detected_at DESC)"
    " WHERE (status = ANY (ARRAY['open'::text, 'investigating'::text]))",
    "idx_rate_limits_cleanup ON public.api_rate_limits USING btree (window_end)",
};

Test(schema_pg, has_the_named_indexes)
{
    for (size_t i = 0; i < sizeof named_indexes / sizeof *named_indexes; i++) {
        const char *values[] = { named_indexes[i] };
        PGresult *found = PQexecParams(db, "SELECT 1 FROM pg_indexes WHERE indexdef = 'CREATE INDEX ' || $1",
                                       1, NULL, values, NULL, NULL, 0);
        cr_expect(eq(int, PQntuples(found), 1), "%s", named_indexes[i]);
        PQclear(found);
    }
}

Test(schema_pg, has_an_index_for_each_foreign_key_timestamp_and_status)
{
    expect_none("leads no index",
        "SELECT c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE " TABLES " AND a.attnum > 0"
        " AND (a.attname IN ('created_at', 'updated_at', 'status')"
        "      OR EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.conkey[1] = a.attnum))"
        " AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)");
}

/* --- Policies --- */

Test(schema_pg, guards_every_table)
{
    expect_none("row security is off", "SELECT c.oid::regclass FROM pg_class c WHERE " TABLES " AND NOT c.relrowsecurity");
    expect_none("no policy for super admins",
        "SELECT c.oid::regclass FROM pg_class c WHERE " TABLES
        " AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'superadmin_access')");
    expect_none("no isolation by organization",
        "SELECT c.oid::regclass FROM pg_class c WHERE " TABLES
        " AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id') = 1"
        " AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'org_isolation' AND p.polcmd = 'r')");
    expect_none("an owner beside an organization",
        "SELECT p.polrelid::regclass FROM pg_policy p JOIN pg_attribute a ON a.attrelid = p.polrelid"
        " WHERE p.polname = 'owner_only' AND a.attname = 'organization_id'");
}

/* Organizations a and b with a member each, ...01 and ...02, and a super admin of a, ...03; in each organization a contact, a
 * workflow with a part and with a log and its step. */
static const char world_sql[] =
    "INSERT INTO auth.users (id) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid FROM generate_series(1, 3) n;"
    "INSERT INTO organizations (id, name) VALUES ('00000000-0000-0000-0000-00000000000a', 'a'),"
    " ('00000000-0000-0000-0000-00000000000b', 'b');"
    "INSERT INTO profiles (id, organization_id, role) VALUES"
    " ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a', 'user'),"
    " ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-00000000000b', 'user'),"
    " ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-00000000000a', 'super_admin');"
    "INSERT INTO contacts (organization_id, name) SELECT id, name FROM organizations;"
    "INSERT INTO workflow_definitions (id, organization_id, name, trigger_type, steps)"
    " SELECT id, id, name, 'manual', '[]' FROM organizations;"
    "INSERT INTO workflow_versions (workflow_id, version_number, workflow_json) SELECT id, 1, '{}' FROM organizations;"
    "INSERT INTO workflow_execution_logs (workflow_id, organization_id, status) SELECT id, id, 'done' FROM organizations;"
    "INSERT INTO workflow_execution_steps (execution_log_id, step_index, step_type, status) SELECT id, 1, 'x', 'done'"
    " FROM workflow_execution_logs;"
    "INSERT INTO debug_logs (log_level, message) VALUES ('info', 'of no organization');"
    "INSERT INTO trusted_devices (user_id, device_fingerprint) SELECT id, 'x' FROM auth.users;";

/* Turns to a user ('1' to '3'), or to nobody ('0'). */
static void become(char user)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SET ROLE authenticated; SELECT set_config('request.jwt.claims',"
             " '{\"sub\": \"00000000-0000-0000-0000-00000000000%c\"}', false)", user);
    PQclear(pg_query(db, user != '0' ? sql : "SET ROLE anon; SELECT set_config('request.jwt.claims', '', false)"));
}

/* What a statement comes to: its SQLSTATE, or how many rows it touched. */
static const char *attempt(const char *sql)
{
    static char outcome[16];
    PGresult *result = PQexec(db, sql);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(outcome, sizeof outcome, "%s", state != NULL ? state : PQcmdTuples(result));
    PQclear(result);
    return outcome;
}

Test(schema_pg, policies_admit_and_refuse)
{
    static const struct { const char *table; int anonymous, member, super_admin; } seen[] = {
        { "organizations", 0, 1, 2 }, { "profiles", 0, 2, 3 }, { "auth.users", 0, 1, 3 }, { "contacts", 0, 1, 2 },
        { "workflow_definitions", 0, 1, 2 }, { "workflow_versions", 0, 1, 2 }, { "workflow_execution_logs", 0, 1, 2 },
        { "workflow_execution_steps", 0, 1, 2 }, { "debug_logs", 0, 0, 1 }, { "trusted_devices", 0, 1, 3 },
        { "quota_policies", 0, 5, 5 }, { "credit_actions", 0, 7, 7 }, { "alert_rules", 0, 0, 4 },
    };
    static const struct { char user; const char *sql, *outcome; } attempts[] = {
        { '1', "UPDATE contacts SET phone = '1'", "1" },
        { '1', "UPDATE contacts SET organization_id = '00000000-0000-0000-0000-00000000000b'", "42501" },
        { '1', "INSERT INTO contacts (organization_id) VALUES ('00000000-0000-0000-0000-00000000000a')", "1" },
        { '1', "INSERT INTO contacts (organization_id) VALUES ('00000000-0000-0000-0000-00000000000b')", "42501" },
        { '1', "INSERT INTO workflow_versions (workflow_id, version_number, workflow_json)"
               " VALUES ('00000000-0000-0000-0000-00000000000a', 2, '{}')", "1" },
        { '1', "INSERT INTO workflow_versions (workflow_id, version_number, workflow_json)"
               " VALUES ('00000000-0000-0000-0000-00000000000b', 2, '{}')", "42501" },
        { '1', "DELETE FROM workflow_versions", "2" },
        { '1', "UPDATE profiles SET role = 'super_admin'", "0" },
        { '1', "INSERT INTO debug_logs (log_level, message) VALUES ('info', 'x')", "42501" },
        { '1', "UPDATE workflow_execution_logs SET status = 'x'", "0" },
        { '1', "UPDATE trusted_devices SET browser = 'x'", "1" },
        { '3', "UPDATE profiles SET role = 'user' WHERE id = '00000000-0000-0000-0000-000000000002'", "1" },
        { '3', "INSERT INTO api_rate_limits (organization_id, endpoint) VALUES ('00000000-0000-0000-0000-00000000000a', '/')", "42501" },
        { '0', "DELETE FROM contacts", "0" },
    };
    PQclear(pg_query(db, world_sql));
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", seen[i].table);
        become('0');
        cr_expect(eq(int, value(sql), seen[i].anonymous), "nobody in %s", seen[i].table);
        become('1');
        cr_expect(eq(int, value(sql), seen[i].member), "a member in %s", seen[i].table);
        become('3');
        cr_expect(eq(int, value(sql), seen[i].super_admin), "a super admin in %s", seen[i].table);
    }
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        become(attempts[i].user);
        cr_expect(eq(str, (char *)attempt(attempts[i].sql), (char *)attempts[i].outcome), "%c: %s", attempts[i].user, attempts[i].sql);
    }
}
