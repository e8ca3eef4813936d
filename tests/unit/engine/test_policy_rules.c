/* The rules of policies one by one, as PostgreSQL has them: permissive and restrictive, roles, commands, USING and CHECK. */
#include "engine/policy/policy.h"
#include "world.h"

#define A "aaaaaaaa-0000-4000-8000-000000000000"
#define B "bbbbbbbb-0000-4000-8000-000000000000"
#define ADA "00000000-0000-4000-8000-00000000000a"
#define BOB "00000000-0000-4000-8000-00000000000b"

static const char schema[] =
    "CREATE SCHEMA auth;\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);\n"
    "GRANT ALL ON organizations TO anon, authenticated;\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
    "GRANT ALL ON profiles TO anon, authenticated;\n"
    "CREATE TABLE open (id integer PRIMARY KEY);\n"
    "GRANT ALL ON open TO anon, authenticated;\n"
    "CREATE TABLE shut (id integer PRIMARY KEY);\n"
    "ALTER TABLE shut ENABLE ROW LEVEL SECURITY;\n"
    "CREATE TABLE vault (id integer PRIMARY KEY);\n"
    "ALTER TABLE vault ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY admins ON vault TO super_admin USING (true);\n"
    "CREATE TABLE notes (id integer PRIMARY KEY, owner uuid, secret boolean, size integer);\n"
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY see ON notes FOR SELECT TO authenticated USING (owner = auth.uid() OR size > 100);\n"
    "CREATE POLICY anons ON notes FOR SELECT TO anon USING (size = 1);\n"
    "CREATE POLICY add ON notes FOR INSERT TO authenticated WITH CHECK (size < 50 OR size > 100);\n"
    "CREATE POLICY edit ON notes FOR UPDATE TO authenticated USING (size <> 7) WITH CHECK (size <> 13);\n"
    "CREATE POLICY remove ON notes FOR DELETE TO authenticated USING (owner = auth.uid());\n"
    "CREATE POLICY never ON notes AS RESTRICTIVE FOR ALL USING (secret IS NOT TRUE);\n"
    "CREATE TABLE boxes (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text);\n"
    "ALTER TABLE boxes ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY members ON boxes USING (organization_id IN (SELECT organization_id FROM profiles WHERE id = auth.uid()));\n"
    "CREATE TABLE things (id integer PRIMARY KEY, box_id integer REFERENCES boxes(id), name text);\n"
    "ALTER TABLE things ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY members ON things USING (EXISTS (SELECT 1 FROM boxes WHERE boxes.id = things.box_id AND boxes.organization_id IN\n"
    "    (SELECT organization_id FROM profiles WHERE id = auth.uid())));\n"
    "CREATE TABLE parts (id integer PRIMARY KEY, box_id integer NOT NULL REFERENCES boxes(id) ON DELETE CASCADE);\n"
    "GRANT ALL ON parts TO anon, authenticated;\n"
    "CREATE TABLE picky (id integer PRIMARY KEY, box_id integer NOT NULL REFERENCES boxes(id));\n"
    "ALTER TABLE picky ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY named ON picky USING (EXISTS (SELECT 1 FROM boxes b WHERE b.id = picky.box_id AND b.name = 'good'));\n";

static struct world world, *w = &world;
static struct principal ada, anon;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" A "\", \"name\": \"a\"}, {\"id\": \"" B "\", \"name\": \"b\"}]]");
    CALL(2, insert_method, "[\"auth.users\", [{\"id\": \"" ADA "\"}, {\"id\": \"" BOB "\"}]]");
    CALL(2, insert_method, "[\"profiles\", [{\"id\": \"" ADA "\", \"organization_id\": \"" A "\"}, {\"id\": \"" BOB "\", \"organization_id\": \"" B "\"}]]");
    CALL(1, insert_method, "[\"open\", {\"id\": 1}]");
    CALL(1, insert_method, "[\"shut\", {\"id\": 1}]");
    CALL(5, insert_method, "[\"notes\", [{\"id\": 1, \"owner\": \"" ADA "\", \"size\": 1}, {\"id\": 2, \"owner\": \"" BOB "\", \"size\": 2},"
                           "{\"id\": 3, \"owner\": \"" BOB "\", \"size\": 300}, {\"id\": 4, \"owner\": \"" ADA "\", \"size\": 4, \"secret\": true},"
                           "{\"id\": 7, \"owner\": \"" ADA "\", \"size\": 7}]]");
    CALL(3, insert_method, "[\"boxes\", [{\"id\": 1, \"organization_id\": \"" A "\", \"name\": \"good\"},"
                           "{\"id\": 2, \"organization_id\": \"" A "\", \"name\": \"bad\"}, {\"id\": 3, \"organization_id\": \"" B "\", \"name\": \"good\"}]]");
    CALL(4, insert_method, "[\"things\", [{\"id\": 1, \"box_id\": 1}, {\"id\": 2, \"box_id\": 2}, {\"id\": 3, \"box_id\": 3}, {\"id\": 4}]]");
    CALL(3, insert_method, "[\"picky\", [{\"id\": 1, \"box_id\": 1}, {\"id\": 2, \"box_id\": 2}, {\"id\": 3, \"box_id\": 3}]]");
    world_user(w, &ada, ADA);
    anon = (struct principal){ .role = ROLE_ANON, .claims = { .role = "anon" } };
    w->who = &ada;
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
}

TestSuite(policy_rules, .init = start, .fini = stop);

Test(policy_rules, without_row_security_all_without_policies_nothing)
{
    CALL(1, count_method, "[\"open\"]");
    CALL(1, insert_method, "[\"open\", {\"id\": 2}]");
    CALL(0, count_method, "[\"shut\"]");
    CALL(0, delete_method, "[\"shut\", 1]");
    REFUSED("42501", insert_method, "[\"shut\", {\"id\": 2}]");
    w->who = &w->service;
    CALL(1, count_method, "[\"shut\"]");
    CALL(1, delete_method, "[\"shut\", 1]");
}

Test(policy_rules, what_is_for_super_admins_is_for_nobody_else)
{
    REFUSED("42501", insert_method, "[\"vault\", {\"id\": 1}]");
    w->who = &w->service;
    CALL(1, insert_method, "[\"vault\", {\"id\": 1}]");
    CALL(1, update_method, "[\"profiles\", \"" BOB "\", {\"role\": \"super_admin\"}]");
    struct principal bob;
    world_user(w, &bob, BOB);
    w->who = &bob;
    CALL(1, count_method, "[\"vault\"]");
    CALL(1, insert_method, "[\"vault\", {\"id\": 2}]");
    w->who = &ada;
    CALL(0, count_method, "[\"vault\"]");
    CALL(0, delete_method, "[\"vault\", 1]");
}

Test(policy_rules, permissive_are_ored_restrictive_anded_roles_told_apart)
{
    CALL(3, count_method, "[\"notes\"]");
    CALL(0, count_method, "[\"notes\", {\"where\": [\"=\", \"id\", 4]}]");
    w->who = &anon;
    CALL(1, count_method, "[\"notes\"]");
    CALL(0, update_method, "[\"notes\", 1, {\"size\": 5}]");
    REFUSED("42501", insert_method, "[\"notes\", {\"id\": 9, \"size\": 1}]");
    w->who = &(struct principal){ 0 };
    CALL(0, count_method, "[\"notes\"]");
}

Test(policy_rules, new_rows_are_checked_before_constraints)
{
    CALL(1, insert_method, "[\"notes\", {\"id\": 9, \"owner\": \"" BOB "\", \"size\": 10}]");
    CALL(3, count_method, "[\"notes\"]");
    REFUSED("42501", insert_method, "[\"notes\", {\"id\": 10, \"size\": 60}]");
    MESSAGE("new row violates row-level security policy for table \"notes\"");
    REFUSED("42501", insert_method, "[\"notes\", {\"id\": 10, \"size\": 1, \"secret\": true}]");
    REFUSED("42501", insert_method, "[\"notes\", {\"size\": 60}]");
    REFUSED("23502", insert_method, "[\"notes\", {\"size\": 1}]");
    REFUSED("23505", insert_method, "[\"notes\", {\"id\": 1, \"size\": 1}]");
    DETAIL("");
}

Test(policy_rules, returned_rows_must_be_visible)
{
    REFUSED("42501", insert_method, "[\"notes\", {\"id\": 9, \"owner\": \"" BOB "\", \"size\": 10}, {\"returning\": true}]");
    CALL(1, insert_method, "[\"notes\", {\"id\": 9, \"owner\": \"" BOB "\", \"size\": 101}, {\"returning\": [\"id\"]}]");
}

Test(policy_rules, updates_need_using_check_and_select)
{
    CALL(1, update_method, "[\"notes\", 1, {\"size\": 5}]");
    CALL(0, update_method, "[\"notes\", 7, {\"size\": 5}]");
    CALL(0, update_method, "[\"notes\", 2, {\"size\": 5}]");
    REFUSED("42501", update_method, "[\"notes\", 1, {\"size\": 13}]");
    REFUSED("42501", update_method, "[\"notes\", 1, {\"owner\": \"" BOB "\"}]");
    REFUSED("42501", update_method, "[\"notes\", 1, {\"secret\": true}]");
    CALL(1, update_method, "[\"notes\", 1, {\"owner\": \"" BOB "\", \"size\": 500}]");
    CALL(2, update_method, "[\"notes\", {\"where\": [\"is not null\", \"id\"]}, {\"secret\": false}]");
    CALL(1, delete_method, "[\"notes\", {\"where\": []}]");
    w->who = &w->service;
    CALL(4, count_method, "[\"notes\"]");
}

Test(policy_rules, upsert_of_an_invisible_row_is_refused)
{
    REFUSED("42501", upsert_method, "[\"notes\", {\"id\": 2, \"owner\": \"" ADA "\", \"size\": 3}]");
    MESSAGE("new row violates row-level security policy (USING expression) for table \"notes\"");
    REFUSED("42501", upsert_method, "[\"notes\", {\"id\": 1, \"size\": 60}]");
    REFUSED("42501", upsert_method, "[\"notes\", {\"id\": 1, \"owner\": \"" ADA "\", \"size\": 13}]");
    REFUSED("42501", upsert_method, "[\"notes\", {\"id\": 1, \"size\": 14}]");
    MESSAGE("new row violates row-level security policy for table \"notes\"");
    CALL(1, upsert_method, "[\"notes\", {\"id\": 1, \"owner\": \"" ADA "\", \"size\": 14}]");
}

Test(policy_rules, children_follow_their_parents)
{
    CALL(2, count_method, "[\"things\"]");
    CALL(1, insert_method, "[\"things\", {\"id\": 10, \"box_id\": 2}]");
    REFUSED("42501", insert_method, "[\"things\", {\"id\": 11, \"box_id\": 3}]");
    REFUSED("42501", insert_method, "[\"things\", {\"id\": 11, \"box_id\": 99}]");
    REFUSED("42501", insert_method, "[\"things\", {\"id\": 11}]");
    REFUSED("42501", update_method, "[\"things\", 1, {\"box_id\": 3}]");
    REFUSED("42501", update_method, "[\"things\", 1, {\"box_id\": null}]");
    CALL(1, update_method, "[\"things\", 1, {\"box_id\": 2}]");
    CALL(0, update_method, "[\"things\", 3, {\"name\": \"x\"}]");
    CALL(1, count_method, "[\"picky\"]");
    REFUSED("42501", insert_method, "[\"picky\", {\"id\": 9, \"box_id\": 2}]");
    CALL(1, insert_method, "[\"picky\", {\"id\": 9, \"box_id\": 1}]");
}

Test(policy_rules, what_does_not_depend_on_the_row_is_decided_once)
{
    struct guard guard;
    w->rq.who = &ada;
    SUCCEED(policy_using(&w->rq, world_table(w, "boxes"), POLICY_UPDATE, true, ada.house, &guard));
    cr_assert_eq(guard.access, ACCESS_ALL);
    SUCCEED(policy_check(&w->rq, world_table(w, "boxes"), POLICY_INSERT, false, ada.house, &guard));
    cr_assert_eq(guard.access, ACCESS_ALL);
    SUCCEED(policy_using(&w->rq, world_table(w, "things"), POLICY_SELECT, true, ada.house, &guard));
    cr_assert_eq(guard.access, ACCESS_FILTER);
    cr_assert_eq(guard.condition->op, EXPR_IS_NOT_NULL);
    SUCCEED(policy_check(&w->rq, world_table(w, "things"), POLICY_INSERT, false, ada.house, &guard));
    cr_assert_eq(guard.condition->op, EXPR_SUBSELECT);
    SUCCEED(policy_using(&w->rq, world_table(w, "picky"), POLICY_SELECT, true, ada.house, &guard));
    cr_assert_eq(guard.condition->op, EXPR_SUBSELECT);
    SUCCEED(policy_using(&w->rq, world_table(w, "things"), POLICY_SELECT, true, TENANT_SYSTEM, &guard));
    cr_assert_eq(guard.condition->op, EXPR_SUBSELECT);
}
