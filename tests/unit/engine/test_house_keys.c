/* Keys are unique within a house. Who may enter every house names the house where that is not enough, or is told so: a member
 * cannot put a row in the way of somebody else's. */
#include "world.h"

#define ORG_A "aaaaaaaa-0000-4000-8000-000000000000"
#define ORG_B "bbbbbbbb-0000-4000-8000-000000000000"
#define USER_B "00000000-0000-4000-8000-00000000000b"

static const char schema[] =
    "CREATE SCHEMA IF NOT EXISTS auth;\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
    "CREATE TABLE runs (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text);\n"
    "CREATE TABLE steps (id bigserial PRIMARY KEY, run_id bigint NOT NULL REFERENCES runs(id), result text);\n";

static struct world world, *w = &world;
static struct principal member;

/* B's house is the lower one, and its member has chosen the key that A's run has. */
static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, engine_insert, "[\"organizations\", [{\"id\": \"" ORG_B "\"}, {\"id\": \"" ORG_A "\"}]]");
    CALL(1, engine_insert, "[\"auth.users\", {\"id\": \"" USER_B "\"}]");
    CALL(1, engine_insert, "[\"profiles\", {\"id\": \"" USER_B "\", \"organization_id\": \"" ORG_B "\"}]");
    CALL(1, engine_insert, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"name\": \"a\"}]");
    world_user(w, &member, USER_B);
    w->who = &member;
    CALL(1, engine_insert, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_B "\", \"name\": \"b\"}]");
    w->who = &w->service;
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
}

TestSuite(house_keys, .init = start, .fini = stop);

Test(house_keys, a_row_of_two_houses_wants_a_name)
{
    REFUSED("21000", engine_get, "[\"runs\", 7]");
    REFUSED("21000", engine_update, "[\"runs\", 7, {\"name\": \"c\"}]");
    REFUSED("21000", engine_delete, "[\"runs\", 7]");
    MESSAGE("rows of several organizations in \"runs\" have this key");
    SUCCEED(world_call(w, engine_get, "[\"runs\", 7, {\"columns\": [\"name\"], \"organization\": \"" ORG_A "\"}]"));
    RESULT("[\"a\"]");
    CALL(1, engine_update, "[\"runs\", 7, {\"name\": \"c\"}, {\"organization\": \"" ORG_A "\"}]");
}

Test(house_keys, a_child_goes_to_no_house_by_chance)
{
    REFUSED("21000", engine_insert, "[\"steps\", {\"run_id\": 7, \"result\": \"secret of a\"}]");
    CALL(1, engine_insert, "[\"steps\", {\"run_id\": 7, \"result\": \"secret of a\"}, {\"organization\": \"" ORG_A "\"}]");
    w->who = &member;
    CALL(0, engine_count, "[\"steps\"]");
}

Test(house_keys, one_house_needs_none)
{
    CALL(1, engine_delete, "[\"runs\", 7, {\"organization\": \"" ORG_B "\"}]");
    CALL(1, engine_insert, "[\"steps\", {\"run_id\": 7, \"result\": \"of a\"}]");
    CALL(1, engine_update, "[\"runs\", 7, {\"name\": \"c\"}]");
}
