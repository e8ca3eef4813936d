/* Whose policies hold for statements that write (P3): their command's alone, and those of SELECT where the statement names a column of its
 * table. Each case says what PostgreSQL 15 answers. */
#include "calls.h"

#include "engine/changes.h"

#define BOB "00000000-0000-4000-8000-00000000000b"

/* What may be seen is less than what may be changed. */
static const char schema[] = CALLS_SCHEMA
    "CREATE TABLE mail (id integer PRIMARY KEY, owner uuid, size integer, twice integer GENERATED ALWAYS AS (size * 2) STORED);\n"
    "ALTER TABLE mail ENABLE ROW LEVEL SECURITY;\n"
    "GRANT ALL ON mail TO authenticated;\n"
    "CREATE POLICY own ON mail FOR SELECT TO authenticated USING (owner = auth.uid());\n"
    "CREATE POLICY send ON mail FOR INSERT TO authenticated WITH CHECK (size < 90);\n"
    "CREATE POLICY change ON mail FOR UPDATE TO authenticated USING (size <> 7) WITH CHECK (size < 90);\n"
    "CREATE POLICY drop ON mail FOR DELETE TO authenticated USING (size <> 8);\n";

/* Rows 1 (A's, 1), 2 (Bob's, 2), 3 (nobody's, 3), 7 (A's, 7), 8 (A's, 8). -1: 42501. */
static const struct { int count; world_method *method; const char *params; } cases[] = {
    { 4, run, "[\"UPDATE mail SET size = 5\"]" }, { 4, run, "[\"UPDATE mail SET size = 5 WHERE true\"]" },
    { 4, run, "[\"UPDATE mail m SET size = 5, owner = DEFAULT WHERE 1 IN (SELECT n.id FROM mail n)\"]" },
    { 0, run, "[\"UPDATE mail SET size = 5 WHERE 2 IN (SELECT n.id FROM mail n)\"]" },
    { 4, run, "[\"UPDATE mail SET size = (SELECT n.size FROM mail n WHERE n.id = 1)\"]" },
    { 2, run, "[\"UPDATE mail SET size = (SELECT n.size FROM mail n WHERE n.id = mail.id)\"]" },
    { 2, run, "[\"UPDATE mail SET size = size\"]" }, { 2, run, "[\"UPDATE mail SET size = 5 WHERE id > 0\"]" },
    { 2, run, "[\"UPDATE mail SET size = 5 WHERE id = 1 OR true\"]" }, { 2, run, "[\"UPDATE mail SET size = 5 WHERE false IS NOT TRUE OR size IS NULL\"]" },
    { 4, run, "[\"UPDATE mail SET size = 5 RETURNING 1\"]" }, { 2, run, "[\"UPDATE mail SET size = 5 RETURNING id\"]" },
    { 2, run, "[\"UPDATE mail SET size = 5 RETURNING *\"]" }, { 2, run, "[\"UPDATE mail SET size = 5 RETURNING (SELECT twice)\"]" },
    { 4, run, "[\"UPDATE mail SET owner = '" BOB "'\"]" }, { -1, run, "[\"UPDATE mail SET owner = '" BOB "' WHERE id = 1\"]" },
    { -1, run, "[\"UPDATE mail SET owner = '" BOB "' RETURNING owner\"]" }, { -1, run, "[\"UPDATE mail SET size = 95\"]" },
    { 4, run, "[\"DELETE FROM mail\"]" }, { 4, run, "[\"DELETE FROM mail RETURNING 'gone'\"]" }, { 2, run, "[\"DELETE FROM mail RETURNING id\"]" },
    { 2, run, "[\"DELETE FROM mail WHERE size > 0\"]" }, { 2, run, "[\"DELETE FROM mail m WHERE EXISTS (SELECT 1 FROM people WHERE people.id <> m.id)\"]" },
    { 4, run, "[\"DELETE FROM mail WHERE EXISTS (SELECT 1 FROM mail)\"]" },
    { 1, run, "[\"INSERT INTO mail (id, owner, size) VALUES (9, '" BOB "', 1)\"]" }, { 1, run, "[\"INSERT INTO mail (id, size) VALUES (9, 1) RETURNING 1\"]" },
    { -1, run, "[\"INSERT INTO mail (id, size) VALUES (9, 1) RETURNING id\"]" }, { -1, run, "[\"INSERT INTO mail (id, size) VALUES (9, 1) RETURNING *\"]" },
    { 1, run, "[\"INSERT INTO mail (id, size) VALUES ((SELECT id + 90 FROM mail WHERE id = 8), (SELECT size FROM mail WHERE id = 1))\"]" },
    { 1, run, "[\"INSERT INTO mail (id, size) VALUES (9, 1) ON CONFLICT DO NOTHING\"]" }, { 0, run, "[\"INSERT INTO mail (id, size) VALUES (1, 1) ON CONFLICT DO NOTHING\"]" },
    { -1, run, "[\"INSERT INTO mail (id, size) VALUES (9, 1) ON CONFLICT (id) DO NOTHING\"]" },
    { -1, run, "[\"INSERT INTO mail (id, size) VALUES (9, 1) ON CONFLICT (id) DO UPDATE SET size = 5\"]" },
    { -1, run, "[\"INSERT INTO mail (id, owner, size) VALUES (2, '" USER_A "', 1) ON CONFLICT (id) DO UPDATE SET size = 5\"]" },
    { 1, run, "[\"INSERT INTO mail (id, owner, size) VALUES (1, '" USER_A "', 1) ON CONFLICT (id) DO UPDATE SET size = 5\"]" },
    { -1, run, "[\"INSERT INTO mail (id, owner, size) VALUES (1, '" USER_A "', 1) ON CONFLICT (id) DO UPDATE SET owner = NULL\"]" },
    /* The same said by methods: a key is a condition, an empty filter is none. */
    { 0, update_method, "[\"mail\", 2, {\"size\": 5}]" }, { 1, update_method, "[\"mail\", 1, {\"size\": 5}]" }, { -1, update_method, "[\"mail\", 1, {\"owner\": null}]" },
    { 4, update_method, "[\"mail\", {\"where\": []}, {\"owner\": null}]" }, { 2, update_method, "[\"mail\", {\"where\": [\"and\", [\">\", \"id\", 0]]}, {\"size\": 5}]" },
    { -1, update_method, "[\"mail\", {\"where\": [\">\", \"id\", 0]}, {\"owner\": null}]" }, { 2, update_method, "[\"mail\", {\"where\": []}, {\"size\": 5}, {\"returning\": [\"id\"]}]" },
    { 0, delete_method, "[\"mail\", 2]" }, { 1, delete_method, "[\"mail\", 7]" }, { 4, delete_method, "[\"mail\", {\"where\": []}]" },
    { 2, delete_method, "[\"mail\", {\"where\": []}, {\"returning\": true}]" }, { 2, delete_method, "[\"mail\", {\"where\": [\"is not null\", \"id\"]}]" },
    { 1, insert_method, "[\"mail\", {\"id\": 9, \"size\": 1}]" }, { -1, insert_method, "[\"mail\", {\"id\": 9, \"size\": 1}, {\"returning\": [\"size\"]}]" },
    { 1, insert_method, "[\"mail\", {\"id\": 9, \"size\": 1}, {\"on_conflict\": \"nothing\"}]" }, { -1, upsert_method, "[\"mail\", {\"id\": 9, \"size\": 1}]" },
};

/* How many rows it wrote, -1: 42501; what it wrote is taken back. */
static int try(world_method *method, const char *params)
{
    int mark = w->changes.count, count = -1;
    w->who = &member;
    if (world_call(w, method, "%s", params) == 0)
        count = atoi(part("count"));
    else
        cr_expect(w->error.state == SQLSTATE_INSUFFICIENT_PRIVILEGE, "%s: %s", params, w->error.message);
    changes_undo(&w->rq, mark);
    w->who = &w->service;
    return count;
}

static void open_mail(void)
{
    open_calls(schema);
    WRITES(5, "[\"INSERT INTO mail VALUES (1, '" USER_A "', 1), (2, '" BOB "', 2), (3, NULL, 3), (7, '" USER_A "', 7), (8, '" USER_A "', 8)\"]");
}

Test(policy_reads, selects_policies_hold_where_columns_are_read)
{
    open_mail();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int count = try(cases[i].method, cases[i].params);
        cr_expect_eq(count, cases[i].count, "%s: %d", cases[i].params, count);
    }
    close_calls();
}

/* explain shows the policies that its statement would meet. */
Test(policy_reads, plans_show_which_policies_hold)
{
    static const struct { bool reads; const char *params; } plans[] = {
        { false, "[\"query\", [\"UPDATE mail SET size = 5\"]]" }, { true, "[\"query\", [\"UPDATE mail SET size = 5 WHERE id > 3\"]]" },
        { false, "[\"query\", [\"DELETE FROM mail\"]]" }, { true, "[\"query\", [\"DELETE FROM mail RETURNING *\"]]" },
        { true, "[\"update\", [\"mail\", 1, {\"size\": 5}]]" }, { false, "[\"update\", [\"mail\", {\"where\": []}, {\"size\": 5}]]" },
        { true, "[\"delete\", [\"mail\", {\"where\": []}, {\"returning\": true}]]" }, { false, "[\"delete\", [\"mail\", {\"where\": []}]]" },
    };
    open_mail();
    w->who = &member;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        struct buf text = { 0 };
        SUCCEED(world_call(w, explain, "%s", plans[i].params));
        json_to_text(buf_slice(&w->out), &text);
        cr_expect((strstr(buf_text(&text), "owner = ") != NULL) == plans[i].reads, "%s: %s", plans[i].params, buf_text(&text));
        buf_done(&text);
    }
    w->who = &w->service;
    close_calls();
}
