/* A small world of two organizations whose people make calls: a member of A sees A's, but for secret ones. */
#ifndef ROWHOUSE_TESTS_CALLS_H
#define ROWHOUSE_TESTS_CALLS_H

#include "statements.h"

#define ORG_A "aaaaaaaa-0000-4000-8000-000000000000"
#define ORG_B "bbbbbbbb-0000-4000-8000-000000000000"
#define USER_A "00000000-0000-4000-8000-00000000000a"

#define CALLS_SCHEMA \
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n" \
    "CREATE SCHEMA auth;\n" \
    "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);\n" \
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n" \
    "GRANT ALL ON profiles TO anon, authenticated;\n" \
    "CREATE TABLE people (id bigint PRIMARY KEY, organization_id uuid REFERENCES organizations(id), name text, age integer, note jsonb,\n" \
    "                     UNIQUE (organization_id, name));\n" \
    "CREATE TABLE calls (id bigint PRIMARY KEY, organization_id uuid REFERENCES organizations(id), person_id bigint REFERENCES people(id),\n" \
    "                    minutes integer, secret boolean NOT NULL DEFAULT false);\n" \
    "CREATE INDEX calls_person ON calls (person_id);\n" \
    "ALTER TABLE people ENABLE ROW LEVEL SECURITY;\n" \
    "ALTER TABLE calls ENABLE ROW LEVEL SECURITY;\n" \
    "CREATE POLICY p ON people USING (organization_id IN (SELECT organization_id FROM profiles WHERE profiles.id = auth.uid()));\n" \
    "CREATE POLICY c ON calls USING (organization_id IN (SELECT organization_id FROM profiles WHERE profiles.id = auth.uid()) AND NOT secret);\n"

static struct world world, *w = &world;
static struct prepared *prepared;
static struct principal member;

static inline void open_calls(const char *schema)
{
    world_open(w);
    prepared = prepared_new();
    queries = queries_new(prepared);
    world_schema(w, schema);
    world_begin(w);
    WRITES(2, "[\"INSERT INTO organizations VALUES ('" ORG_A "', 'A'), ('" ORG_B "', 'B')\"]");
    WRITES(1, "[\"INSERT INTO auth.users VALUES ('" USER_A "', 'a@example.com')\"]");
    WRITES(1, "[\"INSERT INTO profiles VALUES ('" USER_A "', '" ORG_A "', 'user')\"]");
    WRITES(4, "[\"INSERT INTO people (id, organization_id, name, age) VALUES (1, '" ORG_A "', 'Ada', 36), (2, '" ORG_A "', 'Bob', NULL), "
                 "(3, '" ORG_B "', 'Cy', 50), (4, '" ORG_A "', 'Dan', 36)\"]");
    WRITES(5, "[\"INSERT INTO calls (id, organization_id, person_id, minutes, secret) VALUES (1, '" ORG_A "', 1, 5, false), "
                 "(2, '" ORG_A "', 1, 7, true), (3, '" ORG_A "', 2, 9, false), (4, '" ORG_B "', 3, 11, false), (5, '" ORG_A "', NULL, 13, false)\"]");
    world_user(w, &member, USER_A);
}

static inline void close_calls(void)
{
    store_write_abort(w->store, &w->view);
    queries_free(queries);
    prepared_free(prepared);
    world_close(w);
}

#endif
