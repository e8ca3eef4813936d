/* A bare key finds its row at a cost that does not grow with the houses. It is counted, not timed: what LMDB is asked for. */
#include "statements.h"

#include <dlfcn.h>

#define HOUSES_FEW 3
#define HOUSES_MANY 300

static struct world world, *w = &world;
static uint64_t asked;

/* Stand before LMDB's own. */
int mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    static int (*next)(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "mdb_get");
    asked++;
    return next(txn, dbi, key, data);
}

int mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
    static int (*next)(MDB_cursor *, MDB_val *, MDB_val *, MDB_cursor_op);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "mdb_cursor_get");
    asked++;
    return next(cursor, key, data, op);
}

static const char schema[] =
    "CREATE SCHEMA auth;\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, slug text UNIQUE);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id) ON DELETE CASCADE, organization_id uuid REFERENCES organizations(id), role text);\n"
    "CREATE TABLE runs (id bigint PRIMARY KEY, organization_id uuid REFERENCES organizations(id), slug text UNIQUE, code integer);\n"
    "CREATE UNIQUE INDEX runs_code ON runs (code) WHERE code > 0;\n"
    "CREATE TABLE steps (id bigint PRIMARY KEY, run_id bigint NOT NULL REFERENCES runs(id) ON DELETE CASCADE, label text);\n"
    "CREATE INDEX steps_run ON steps (run_id);\n"
    "CREATE TABLE watches (id bigint PRIMARY KEY, run_id bigint, CONSTRAINT watches_run FOREIGN KEY (run_id) REFERENCES runs(id), user_id uuid);\n";

static const char *uuid_text(int number)
{
    return arena_printf(&w->arena, "0000%04d-0000-4000-8000-000000000000", number);
}

static void fill(int houses)
{
    world_open(w);
    queries = queries_new(NULL);
    world_schema(w, schema);
    world_begin(w);
    for (int i = 1; i <= houses; i++) {
        CALL(1, insert_method, "[\"organizations\", {\"id\": \"%s\", \"slug\": \"org%d\"}]", uuid_text(i), i);
        CALL(1, insert_method, "[\"auth.users\", {\"id\": \"%s\"}]", uuid_text(i));
        CALL(1, insert_method, "[\"profiles\", {\"id\": \"%s\", \"organization_id\": \"%s\"}]", uuid_text(i), uuid_text(i));
        CALL(1, insert_method, "[\"runs\", {\"id\": %d, \"organization_id\": \"%s\", \"slug\": \"run%d\", \"code\": %d}]", i, uuid_text(i), i, i);
        CALL(1, insert_method, "[\"steps\", {\"id\": %d, \"run_id\": %d, \"label\": \"step\"}]", i, i);
    }
}

/* How each thing is asked for: of the last house, found by a bare key alone. */
struct asking {
    const char *name;
    world_method *method;
    const char *params;             /* %s: the last house's uuid, $: its number */
};

static const struct asking askings[] = {
    { "get", get_method, "[\"runs\", $]" },
    { "get a child", get_method, "[\"steps\", $]" },
    { "get nothing", get_method, "[\"runs\", 987654]" },
    { "scan", scan_method, "[\"runs\", {\"where\": [\"=\", \"id\", $]}]" },
    { "scan by slug", scan_method, "[\"runs\", {\"where\": [\"=\", \"slug\", \"run$\"], \"order\": [\"code\"]}]" },
    { "scan for two", scan_method, "[\"runs\", {\"where\": [\"in\", \"id\", [1, $]]}]" },
    { "scan a partial index", scan_method, "[\"runs\", {\"where\": [\"and\", [\"=\", \"code\", $], [\">\", \"code\", 0]]}]" },
    { "count", count_method, "[\"steps\", {\"where\": [\"=\", \"id\", $]}]" },
    { "aggregate", aggregate_method, "[\"runs\", {\"aggregates\": [[\"count\", \"*\"]], \"where\": [\"=\", \"slug\", \"run$\"]}]" },
    { "update", update_method, "[\"runs\", $, {\"code\": -1}]" },
    { "update by slug", update_method, "[\"runs\", {\"where\": [\"=\", \"slug\", \"run$\"]}, {\"code\": -2}]" },
    { "update a key", update_method, "[\"steps\", $, {\"id\": 987655}]" },
    { "upsert", upsert_method, "[\"runs\", {\"id\": $, \"code\": -3}, {\"update\": [\"code\"]}]" },
    { "upsert by slug", upsert_method, "[\"runs\", {\"id\": 987656, \"slug\": \"run$\", \"code\": -4}, {\"conflict\": [\"slug\"], \"update\": [\"code\"]}]" },
    { "insert nothing", insert_method, "[\"runs\", {\"id\": $, \"slug\": \"x\"}, {\"on_conflict\": \"nothing\"}]" },
    { "insert a child", insert_method, "[\"steps\", {\"id\": 987657, \"run_id\": $}]" },
    { "refer from outside", insert_method, "[\"watches\", {\"id\": 1, \"run_id\": $, \"user_id\": \"%s\"}]" },
    { "delete what refers", delete_method, "[\"watches\", 1]" },
    { "select", run, "[\"SELECT slug FROM runs WHERE id = $\"]" },
    { "select by slug", run, "[\"SELECT id FROM runs WHERE slug = 'run$'\"]" },
    { "join", run, "[\"SELECT s.id, r.slug FROM auth.users u JOIN profiles p ON p.id = u.id JOIN runs r ON r.id = 1 JOIN steps s ON s.id = 1 WHERE u.id = '%s'\"]" },
    { "sub-select", run, "[\"SELECT id FROM auth.users WHERE id = '%s' AND EXISTS (SELECT 1 FROM profiles p WHERE p.id = '%s')\"]" },
    { "on conflict", run, "[\"INSERT INTO runs (id, slug) VALUES (987658, 'run$') ON CONFLICT (slug) DO UPDATE SET code = -5\"]" },
    { "on conflict nothing", run, "[\"INSERT INTO runs (id, slug) VALUES ($, 'y') ON CONFLICT (id) DO NOTHING\"]" },
    { "delete a user", delete_method, "[\"auth.users\", \"%s\"]" },
    { "delete", delete_method, "[\"steps\", 987655]" },
};
#define ASKINGS (sizeof askings / sizeof *askings)

static void ask(const struct asking *asking, int last)
{
    struct buf text = { 0 };
    for (const char *at = asking->params; *at != '\0'; at++) {
        if (*at == '$')
            buf_printf(&text, "%d", last);
        else if (*at == '%')
            buf_append_string(&text, uuid_text(last));
        else if (at == asking->params || at[-1] != '%')
            buf_append_byte(&text, (uint8_t)*at);
    }
    cr_assert_geq(world_call(w, asking->method, "%s", buf_text(&text)), 0, "%s: %s %s", asking->name, w->error.message, w->error.detail);
    buf_done(&text);
}

static void measure(int houses, uint64_t counts[static ASKINGS + 1])
{
    struct principal who;
    fill(houses);
    for (size_t i = 0; i < ASKINGS; i++) {
        asked = 0;
        ask(&askings[i], houses);
        counts[i] = asked;
    }
    asked = 0;
    world_user(w, &who, uuid_text(houses - 1));
    cr_assert(who.has_house);
    counts[ASKINGS] = asked;
    world_commit(w);
    queries_free(queries);
    world_close(w);
}

Test(bare_key, costs_the_same_among_many_houses)
{
    uint64_t few[ASKINGS + 1], many[ASKINGS + 1];
    measure(HOUSES_FEW, few);
    measure(HOUSES_MANY, many);
    for (size_t i = 0; i <= ASKINGS; i++)
        cr_expect_eq(few[i], many[i], "%s: %" PRIu64 " look-ups among %d houses, %" PRIu64 " among %d", i < ASKINGS ? askings[i].name : "who somebody is",
                     few[i], HOUSES_FEW, many[i], HOUSES_MANY);
    cr_expect_leq(few[0], 3, "get: %" PRIu64 " look-ups", few[0]);
}
