/* Row level security that was forgotten opens nothing (CVE-2025-48757): of generated schemas, every table by every door. What rights are
 * in general PostgreSQL judges, in tests/differential (--rights) and tests/integration/catalog_statements_pg.c. */
#include <time.h>

#include "calls.h"

static uint64_t state;

static int pick(int bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int)(state % (uint64_t)bound);
}

/* --- Schemas --- */

/* What gives rights in PostgreSQL, and opens no table here. */
static const char *const grants[] = {
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated;\n",
    "GRANT ALL ON t%d TO PUBLIC;\n",
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;\n",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO authenticated WITH GRANT OPTION;\n",
    "GRANT ALL ON t%d TO service_role;\n",
    "GRANT SELECT (id, a) ON t%d TO PUBLIC;\n",
    "GRANT ALL ON t%d TO anon, authenticated;\nREVOKE ALL ON t%d FROM anon, authenticated;\nGRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated;\n",
    "ALTER TABLE t%d ENABLE ROW LEVEL SECURITY;\nALTER TABLE t%d DISABLE ROW LEVEL SECURITY;\n",
    "CREATE POLICY p%d ON t%d USING (true);\n",
};

/* Tables t0 to t(count - 1), each with a view v over it, and at the end what a dump says of all of them. */
static void put_schema(int count, struct buf *out)
{
    static const char *const types[] = { "integer", "text", "bigint", "uuid DEFAULT gen_random_uuid()" };
    buf_append_string(out, CALLS_SCHEMA);
    for (int i = 0; i < count; i++) {
        buf_printf(out, "CREATE TABLE t%d (id %s PRIMARY KEY, a %s, b text%s%s);\n", i, pick(2) == 0 ? "bigint" : "bigserial", types[pick(4)],
                   pick(2) == 0 ? ", organization_id uuid REFERENCES organizations(id)" : "", pick(3) == 0 ? ", user_id uuid" : "");
        buf_printf(out, "CREATE VIEW v%d WITH (security_invoker = true) AS SELECT * FROM t%d;\nGRANT SELECT ON v%d TO anon, authenticated;\n", i, i, i);
        const char *grant = grants[pick((int)(sizeof grants / sizeof *grants))];
        char text[512];
        snprintf(text, sizeof text, grant, i, i);
        buf_append_string(out, text);
    }
    buf_append_string(out, "SELECT pg_catalog.set_config('search_path', '', false);\n");
    for (int i = 0; i < count; i++)
        buf_printf(out, "GRANT ALL ON TABLE public.t%d TO anon;\nGRANT ALL ON TABLE public.t%d TO authenticated;\n", i, i);
}

/* --- Doors --- */

static const struct { world_method *method; const char *params; } doors[] = {
    { get_method, "[\"t%d\", 1]" }, { get_method, "[\"public.t%d\", 1, {\"columns\": [\"id\"]}]" }, { scan_method, "[\"t%d\"]" },
    { scan_method, "[\"t%d\", {\"columns\": [\"id\"], \"limit\": 1}]" }, { count_method, "[\"t%d\"]" },
    { aggregate_method, "[\"t%d\", {\"aggregates\": [[\"count\", \"*\"]]}]" }, { insert_method, "[\"t%d\", {\"id\": 2}]" },
    { insert_method, "[\"t%d\", [{\"id\": 2}, {\"id\": 3}], {\"on_conflict\": \"nothing\"}]" }, { upsert_method, "[\"t%d\", {\"id\": 1, \"b\": \"x\"}]" },
    { update_method, "[\"t%d\", 1, {\"b\": \"x\"}]" }, { update_method, "[\"t%d\", {\"where\": [\"and\"]}, {\"b\": \"x\"}]" },
    { delete_method, "[\"t%d\", 1]" }, { delete_method, "[\"t%d\", {\"where\": [\"and\"]}]" }, { explain, "[\"scan\", [\"t%d\"]]" },
    { explain, "[\"get\", [\"t%d\", 1]]" }, { explain, "[\"delete\", [\"t%d\", 1]]" }, { explain, "[\"query\", [\"SELECT * FROM t%d\"]]" },
    { explain, "[\"query\", [\"DELETE FROM t%d\"]]" }, { run, "[\"SELECT * FROM t%d\"]" }, { run, "[\"SELECT count(*) FROM t%d\"]" },
    { run, "[\"SELECT 1 FROM public.t%d WHERE id = 1\"]" }, { run, "[\"SELECT * FROM v%d\"]" }, { run, "[\"SELECT count(*) FROM v%d\"]" },
    { run, "[\"SELECT id FROM people WHERE EXISTS (SELECT 1 FROM t%d)\"]" }, { run, "[\"SELECT id FROM people WHERE name IN (SELECT b FROM v%d)\"]" },
    { run, "[\"SELECT p.id FROM people p LEFT JOIN t%d ON p.id = 1\"]" }, { run, "[\"SELECT s.n FROM (SELECT count(*) AS n FROM t%d) s\"]" },
    { run, "[\"INSERT INTO t%d (id) VALUES (2)\"]" }, { run, "[\"INSERT INTO t%d (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET b = 'x'\"]" },
    { run, "[\"UPDATE t%d SET b = 'x'\"]" }, { run, "[\"DELETE FROM t%d WHERE id = 1 RETURNING *\"]" },
    { run, "[\"UPDATE people SET name = (SELECT b FROM t%d)\"]" },
};

static void every_door(const struct principal *who, int table)
{
    for (size_t d = 0; d < sizeof doors / sizeof *doors; d++) {
        char params[256];
        snprintf(params, sizeof params, doors[d].params, table);
        w->who = (struct principal *)who;
        int changes = w->changes.count;
        int got = world_call(w, doors[d].method, "%s", params);
        cr_expect(got < 0 && w->error.state == SQLSTATE_INSUFFICIENT_PRIVILEGE, "%s: %s %s", params, got < 0 ? sqlstate_code(w->error.state) : "done",
                  w->error.message);
        cr_expect_eq(w->changes.count, changes, "%s", params);
        cr_expect_eq(w->out.size, 0, "%s", params);
        w->who = &w->service;
    }
}

Test(rights, forgotten_row_level_security_opens_nothing)
{
    const char *seed = getenv("SEED");
    state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    state += state == 0;
    printf("SEED=%" PRIu64 "\n", state);
    for (int round = 0; round < 5; round++) {
        struct buf schema = { 0 };
        struct principal anon = { .role = ROLE_ANON, .claims = { .role = "anon" } };
        int count = 3 + pick(6);
        put_schema(count, &schema);
        open_calls(buf_text(&schema));
        for (int i = 0; i < count; i++) {
            cr_assert_eq(world_call(w, insert_method, "[\"t%d\", {\"id\": 1, \"b\": \"secret\"}]", i), 0, "%s", w->error.message);
            every_door(&anon, i);
            every_door(&member, i);
        }
        close_calls();
        buf_done(&schema);
    }
}

/* A GRANT by name opens it, for that role alone, until nothing is left of it. */
Test(rights, a_grant_by_name_opens_a_table)
{
    struct principal anon = { .role = ROLE_ANON, .claims = { .role = "anon" } };
    open_calls(CALLS_SCHEMA "CREATE TABLE t0 (id bigint PRIMARY KEY, b text); GRANT SELECT (id) ON t0 TO authenticated; REVOKE ALL ON t0 FROM authenticated;"
               "CREATE TABLE t1 (id bigint PRIMARY KEY, b text); GRANT SELECT ON t1 TO authenticated WITH GRANT OPTION;"
               "CREATE VIEW v0 AS SELECT * FROM t0; CREATE VIEW v1 AS SELECT * FROM t1;");
    every_door(&member, 0);
    every_door(&anon, 0);
    every_door(&anon, 1);
    w->who = &member;
    cr_expect_eq(world_call(w, count_method, "[\"t1\"]"), 0, "%s", w->error.message);
    w->who = &w->service;
    close_calls();
}

/* What PostgreSQL says of SELECT (id, a), INSERT (id, a), UPDATE (a) on t, and of policies that read what may not be read. */
static const struct { bool may; world_method *method; const char *params; } asked[] = {
    { true, run, "[\"SELECT id, a FROM t\"]" }, { false, run, "[\"SELECT * FROM t\"]" }, { false, run, "[\"SELECT id FROM t WHERE b = 'x'\"]" },
    { false, run, "[\"SELECT id FROM t ORDER BY b\"]" }, { true, run, "[\"SELECT count(*) FROM t\"]" }, { false, run, "[\"SELECT count(b) FROM t\"]" },
    { false, run, "[\"SELECT 1 FROM t x JOIN t y ON x.id = y.id AND x.b = y.a\"]" }, { false, run, "[\"SELECT id FROM v\"]" },
    { true, run, "[\"INSERT INTO t (id, a) VALUES (2, 'x')\"]" }, { false, run, "[\"INSERT INTO t (id, b) VALUES (3, 'x')\"]" },
    { true, run, "[\"INSERT INTO t (id) VALUES (4) RETURNING id\"]" }, { false, run, "[\"INSERT INTO t (id) VALUES (5) RETURNING b\"]" },
    { true, run, "[\"INSERT INTO t (id, a) VALUES (4, 'y') ON CONFLICT (id) DO UPDATE SET a = excluded.a\"]" },
    { false, run, "[\"INSERT INTO t (id, a) VALUES (4, 'y') ON CONFLICT (id) DO UPDATE SET a = excluded.b\"]" },
    { false, run, "[\"INSERT INTO t (id, a) VALUES (4, 'y') ON CONFLICT (id) DO UPDATE SET b = 'x'\"]" },
    { true, run, "[\"UPDATE t SET a = 'z'\"]" }, { false, run, "[\"UPDATE t SET a = b\"]" }, { false, run, "[\"UPDATE t SET a = 'z' WHERE b = 'x'\"]" },
    { false, run, "[\"UPDATE t SET b = 'z'\"]" }, { false, run, "[\"DELETE FROM t\"]" }, { false, get_method, "[\"t\", 1]" },
    { true, get_method, "[\"t\", 1, {\"columns\": [\"a\"]}]" }, { true, scan_method, "[\"t\", {\"columns\": [\"id\"], \"where\": [\"=\", \"a\", \"x\"]}]" },
    { false, scan_method, "[\"t\", {\"columns\": [\"id\"], \"where\": [\"=\", \"b\", \"x\"]}]" }, { true, update_method, "[\"t\", 1, {\"a\": \"x\"}]" },
    { false, update_method, "[\"t\", 1, {\"b\": \"x\"}]" }, { false, insert_method, "[\"t\", {\"id\": 9, \"b\": \"x\"}]" },
    { true, upsert_method, "[\"t\", {\"id\": 1, \"a\": \"x\"}]" }, { false, upsert_method, "[\"t\", {\"id\": 1, \"b\": \"x\"}]" },
    { false, run, "[\"SELECT id FROM guarded\"]" }, { true, run, "[\"INSERT INTO counted DEFAULT VALUES\"]" }, { false, run, "[\"INSERT INTO closed DEFAULT VALUES\"]" },
    { true, run, "[\"INSERT INTO closed (id) VALUES (1)\"]" },
    /* explain asks what the method does. */
    { true, explain, "[\"update\", [\"t\", 1, {\"a\": \"x\"}]]" }, { false, explain, "[\"update\", [\"t\", 1, {\"b\": \"x\"}]]" },
    { false, explain, "[\"update\", [\"t\", 1, {\"a\": \"x\"}, {\"returning\": [\"b\"]}]]" }, { false, explain, "[\"delete\", [\"t\", 1]]" },
    { false, explain, "[\"get\", [\"t\", 1]]" }, { true, explain, "[\"get\", [\"t\", 1, {\"columns\": [\"a\"]}]]" },
    { false, explain, "[\"scan\", [\"t\"]]" }, { true, explain, "[\"scan\", [\"t\", {\"columns\": [\"id\"]}]]" }, { true, explain, "[\"count\", [\"t\"]]" },
    { false, explain, "[\"count\", [\"t\", {\"where\": [\"=\", \"b\", \"x\"]}]]" }, { true, explain, "[\"aggregate\", [\"t\", {\"aggregates\": [[\"max\", \"a\"]]}]]" },
    { false, explain, "[\"aggregate\", [\"t\", {\"aggregates\": [[\"max\", \"b\"]]}]]" }, { false, explain, "[\"aggregate\", [\"t\", {\"aggregates\": [[\"count\", \"*\"]], \"group_by\": [\"b\"]}]]" },
    { false, explain, "[\"query\", [\"UPDATE t SET b = 'x'\"]]" }, { true, explain, "[\"query\", [\"UPDATE t SET a = 'x'\"]]" },
};

Test(rights, of_columns_sequences_and_what_policies_read)
{
    open_calls(CALLS_SCHEMA "CREATE TABLE t (id bigint PRIMARY KEY, a text, b text); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
               "CREATE POLICY p ON t USING (true); CREATE VIEW v AS SELECT id, b FROM t; GRANT ALL (b) ON t TO authenticated; REVOKE ALL ON t FROM anon, authenticated;"
               "GRANT SELECT (id, a), INSERT (id, a), UPDATE (a) ON t TO authenticated;"
               "CREATE TABLE guarded (id bigint PRIMARY KEY); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;"
               "CREATE POLICY p ON guarded USING (EXISTS (SELECT 1 FROM t WHERE t.b = 'x'));"
               "CREATE TABLE counted (id bigserial PRIMARY KEY); CREATE TABLE closed (id bigserial PRIMARY KEY);"
               "GRANT INSERT ON counted, closed TO authenticated; REVOKE ALL ON SEQUENCE closed_id_seq FROM PUBLIC, authenticated;");
    SUCCEED(world_call(w, insert_method, "[\"t\", {\"id\": 1, \"a\": \"x\", \"b\": \"x\"}]"));
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        w->who = &member;
        int got = world_call(w, asked[i].method, "%s", asked[i].params);
        bool may = got == 0, refused = got < 0 && w->error.state == SQLSTATE_INSUFFICIENT_PRIVILEGE;
        cr_expect(asked[i].may ? may : refused, "%s: %s", asked[i].params, got < 0 ? w->error.message : "done");
        w->who = &w->service;
    }
    close_calls();
}

/* The details of an error are read, too: PostgreSQL shows a key only to whoever may read all of its columns. */
Test(rights, details_show_what_may_be_read)
{
    open_calls(CALLS_SCHEMA "CREATE TABLE det (id bigint PRIMARY KEY, hidden text DEFAULT 'a default', pub text, UNIQUE (hidden, pub));"
               "CREATE TABLE far (k text PRIMARY KEY, v text); CREATE TABLE near (id bigint PRIMARY KEY, k text DEFAULT 'a default' REFERENCES far(k), v text);"
               "REVOKE ALL ON det, far, near FROM authenticated; GRANT SELECT (id, pub), INSERT (id, pub), UPDATE (pub) ON det TO authenticated;"
               "GRANT SELECT (v), DELETE ON far TO authenticated; GRANT SELECT (id), INSERT (id, v) ON near TO authenticated;");
    SUCCEED(world_call(w, insert_method, "[\"det\", [{\"id\": 1, \"hidden\": \"topsecret\", \"pub\": \"a\"}, {\"id\": 2, \"hidden\": \"topsecret\", \"pub\": \"b\"}]]"));
    SUCCEED(world_call(w, insert_method, "[\"far\", {\"k\": \"topsecret\", \"v\": \"x\"}]"));
    SUCCEED(world_call(w, insert_method, "[\"near\", {\"id\": 1, \"k\": \"topsecret\"}]"));
    static const struct { enum sqlstate state; const char *statement, *detail; } cases[] = {
        { SQLSTATE_UNIQUE_VIOLATION, "UPDATE det SET pub = 'b' WHERE id = 1", "" },
        { SQLSTATE_FOREIGN_KEY_VIOLATION, "DELETE FROM far WHERE v = 'x'", "Key is still referenced from table \"near\"." },
        { SQLSTATE_FOREIGN_KEY_VIOLATION, "INSERT INTO near (id, v) VALUES (2, 'y')", "Key is not present in table \"far\"." },
        { SQLSTATE_UNIQUE_VIOLATION, "INSERT INTO near (id, v) VALUES (1, 'y')", "Key (id)=(1) already exists." },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->who = &member;
        cr_expect_eq(world_call(w, run, "[\"%s\"]", cases[i].statement), -1, "%s", cases[i].statement);
        cr_expect_eq(w->error.state, cases[i].state, "%s: %s", cases[i].statement, w->error.message);
        cr_expect_str_eq(w->error.detail, cases[i].detail, "%s", cases[i].statement);
        w->who = &w->service;
    }
    close_calls();
}
