/* Unique is unique as written: over all houses, unless the columns name the house. A violation tells nothing of the other row. */
#include "world.h"

#define ORG_A "aaaaaaaa-0000-4000-8000-000000000000"
#define ORG_B "bbbbbbbb-0000-4000-8000-000000000000"
#define ORG_C "cccccccc-0000-4000-8000-000000000000"
#define USER_A "00000000-0000-4000-8000-00000000000a"
#define USER_B "00000000-0000-4000-8000-00000000000b"

static const char schema[] =
    "CREATE SCHEMA IF NOT EXISTS auth;\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, slug text UNIQUE);\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id) ON DELETE CASCADE, organization_id uuid REFERENCES organizations(id), role text);\n"
    "GRANT SELECT ON profiles TO authenticated;\n"
    "CREATE TABLE runs (id bigserial PRIMARY KEY, organization_id uuid REFERENCES organizations(id), name text, slug text UNIQUE,\n"
    "                   code integer, place integer, state text, UNIQUE NULLS NOT DISTINCT (code, place), UNIQUE (organization_id, name));\n"
    "CREATE UNIQUE INDEX runs_live ON runs (place) WHERE state = 'live';\n"
    "GRANT SELECT ON profiles TO authenticated;\n"
    "ALTER TABLE runs ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY own ON runs TO authenticated USING (organization_id IN (SELECT organization_id FROM profiles WHERE id = auth.uid()));\n"
    "CREATE TABLE steps (id bigserial PRIMARY KEY, run_id bigint NOT NULL REFERENCES runs(id) ON UPDATE CASCADE ON DELETE CASCADE,\n"
    "                    label text, UNIQUE (label));\n";

static struct world world, *w = &world;
static struct principal member, other;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" ORG_B "\", \"slug\": \"beta\"}, {\"id\": \"" ORG_A "\", \"slug\": \"alpha\"}]]");
    CALL(2, insert_method, "[\"auth.users\", [{\"id\": \"" USER_A "\"}, {\"id\": \"" USER_B "\"}]]");
    CALL(2, insert_method, "[\"profiles\", [{\"id\": \"" USER_A "\", \"organization_id\": \"" ORG_A "\"}, {\"id\": \"" USER_B "\", \"organization_id\": \"" ORG_B "\"}]]");
    world_user(w, &member, USER_A);
    world_user(w, &other, USER_B);
    CALL(1, insert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_B "\", \"name\": \"b\", \"slug\": \"home\", \"code\": 1, \"place\": 1, \"state\": \"live\"}]");
    w->who = &member;
}

static void on_finding(void *env, const char *table, const char *finding)
{
    cr_expect(false, "%s: %s", table, finding);
}

/* At the end of each test: what it left is sound. */
static void verify(void)
{
    struct verify_hooks hooks = { .report = on_finding };
    uint64_t rows;
    SUCCEED(store_verify(&w->view, &hooks, &rows, &w->error));
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
}

TestSuite(unique, .init = start, .fini = stop);

/* Of a row behind the wall nothing is told, neither by the error nor by what stands beside it. */
Test(unique, a_key_is_taken_whoever_has_it)
{
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"code\": 2}]");
    MESSAGE("duplicate key value violates unique constraint \"runs_pkey\"");
    DETAIL("");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"home\"}]");
    MESSAGE("duplicate key value violates unique constraint \"runs_slug_key\"");
    DETAIL("");
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"away\"}]");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_A "\", \"slug\": \"away\", \"code\": 3}]");
    MESSAGE("duplicate key value violates unique constraint \"runs_slug_key\"");
    DETAIL("");
    verify();
}

Test(unique, what_names_the_house_is_unique_in_it)
{
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"name\": \"b\"}]");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_A "\", \"name\": \"b\", \"code\": 5}]");
    MESSAGE("duplicate key value violates unique constraint \"runs_organization_id_name_key\"");
    verify();
}

Test(unique, conflicts_behind_the_wall)
{
    CALL(0, insert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"code\": 2}, {\"on_conflict\": \"nothing\"}]");
    CALL(0, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"home\"}, {\"on_conflict\": \"nothing\"}]");
    REFUSED("42501", upsert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"code\": 2}]");
    REFUSED("42501", upsert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"home\"}, {\"conflict\": [\"slug\"]}]");
    MESSAGE("new row violates row-level security policy (USING expression) for table \"runs\"");
    REFUSED("23505", upsert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"slug\": \"mine\", \"code\": 2}, {\"conflict\": [\"slug\"]}]");
    w->who = &w->service;
    CALL(1, upsert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"name\": \"moved\", \"code\": 2}]");
    SUCCEED(world_call(w, get_method, "[\"runs\", 7, {\"columns\": [\"name\", \"slug\"], \"organization\": \"" ORG_A "\"}]"));
    RESULT("[\"moved\", \"home\"]");
    verify();
}

Test(unique, updates_of_keys_are_asked_too)
{
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"away\"}]");
    REFUSED("23505", update_method, "[\"runs\", 8, {\"id\": 7}]");
    REFUSED("23505", update_method, "[\"runs\", 8, {\"slug\": \"home\"}]");
    DETAIL("");
    REFUSED("23505", update_method, "[\"runs\", 8, {\"code\": 1, \"place\": 1}]");
    CALL(1, update_method, "[\"runs\", 8, {\"slug\": \"away\", \"id\": 9}]");
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"code\": 3}]");
    w->who = &w->service;
    CALL(1, update_method, "[\"runs\", 7, {\"slug\": \"gone\"}]");
    w->who = &member;
    CALL(1, update_method, "[\"runs\", 8, {\"slug\": \"home\"}]");
    verify();
}

Test(unique, nulls_and_partial_indexes)
{
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\"}]");              /* the one of code and place NULL */
    w->who = &other;
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_B "\"}]");
    CALL(1, insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_B "\", \"code\": 5}]");   /* slug NULL is distinct */
    w->who = &member;
    REFUSED("23505", update_method, "[\"runs\", 8, {\"place\": 1, \"state\": \"live\"}]");
    MESSAGE("duplicate key value violates unique constraint \"runs_live\"");
    CALL(1, update_method, "[\"runs\", 8, {\"place\": 1, \"state\": \"still\"}]");
    w->who = &w->service;
    CALL(1, update_method, "[\"runs\", 7, {\"state\": \"still\"}]");                                     /* which gives its place up */
    w->who = &member;
    CALL(1, update_method, "[\"runs\", 8, {\"state\": \"live\"}]");
    w->who = &w->service;
    REFUSED("23505", update_method, "[\"runs\", 7, {\"state\": \"live\"}]");
    verify();
}

Test(unique, a_new_house_is_asked_too)
{
    w->who = &w->service;
    REFUSED("23505", insert_method, "[\"organizations\", {\"id\": \"" ORG_C "\", \"slug\": \"alpha\"}]");
    MESSAGE("duplicate key value violates unique constraint \"organizations_slug_key\"");
    CALL(0, insert_method, "[\"organizations\", {\"id\": \"" ORG_C "\", \"slug\": \"alpha\"}, {\"on_conflict\": \"nothing\"}]");
    CALL(1, upsert_method, "[\"organizations\", {\"id\": \"" ORG_C "\", \"slug\": \"alpha\"}, {\"conflict\": [\"slug\"], \"update\": [\"slug\"]}]");
    CALL(1, insert_method, "[\"organizations\", {\"id\": \"" ORG_C "\", \"slug\": \"gamma\"}]");
    CALL(1, delete_method, "[\"organizations\", \"" ORG_C "\"]");
    CALL(1, insert_method, "[\"organizations\", {\"id\": \"" ORG_C "\", \"slug\": \"gamma\"}]");
    verify();
}

Test(unique, a_row_moves_with_what_it_claims)
{
    w->who = &w->service;
    CALL(1, update_method, "[\"runs\", 7, {\"organization_id\": \"" ORG_A "\"}]");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_B "\", \"code\": 2}]");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_B "\", \"slug\": \"home\", \"code\": 2}]");
    SUCCEED(world_call(w, get_method, "[\"runs\", 7, {\"columns\": [\"slug\"]}]"));
    RESULT("[\"home\"]");
    CALL(1, update_method, "[\"runs\", 7, {\"organization_id\": null}]");
    SUCCEED(world_call(w, get_method, "[\"runs\", 7, {\"columns\": [\"slug\"]}]"));
    RESULT("[\"home\"]");
    CALL(1, delete_method, "[\"runs\", 7]");
    CALL(1, insert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_B "\", \"slug\": \"home\", \"code\": 1, \"place\": 1, \"state\": \"live\"}]");
    verify();
}

Test(unique, children_and_what_cascades)
{
    w->who = &w->service;
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\"}]");
    CALL(2, insert_method, "[\"steps\", [{\"id\": 1, \"run_id\": 7, \"label\": \"x\"}, {\"id\": 2, \"run_id\": 8, \"label\": \"y\"}]]");
    REFUSED("23505", insert_method, "[\"steps\", {\"id\": 1, \"run_id\": 8}]");
    REFUSED("23505", insert_method, "[\"steps\", {\"id\": 3, \"run_id\": 8, \"label\": \"x\"}]");
    CALL(1, update_method, "[\"runs\", 7, {\"id\": 70}]");
    SUCCEED(world_call(w, get_method, "[\"steps\", 1, {\"columns\": [\"run_id\"]}]"));
    RESULT("[70]");
    CALL(1, delete_method, "[\"runs\", 70]");
    CALL(1, insert_method, "[\"steps\", {\"id\": 1, \"run_id\": 8, \"label\": \"x\"}]");
    CALL(1, delete_method, "[\"auth.users\", \"" USER_B "\"]");
    SUCCEED(world_call(w, get_method, "[\"profiles\", \"" USER_B "\"]"));
    RESULT("null");
    verify();
}

/* As in PostgreSQL: what is unique is asked before what a row refers to. */
Test(unique, is_asked_before_references)
{
    w->who = &w->service;
    CALL(1, insert_method, "[\"steps\", {\"id\": 1, \"run_id\": 7, \"label\": \"x\"}]");
    REFUSED("23505", insert_method, "[\"steps\", {\"id\": 1, \"run_id\": 99}]");
    CALL(0, insert_method, "[\"steps\", {\"id\": 1, \"run_id\": 99}, {\"on_conflict\": \"nothing\"}]");
    REFUSED("23503", insert_method, "[\"steps\", {\"id\": 2, \"run_id\": 99}, {\"on_conflict\": \"nothing\"}]");
    REFUSED("23503", upsert_method, "[\"steps\", {\"id\": 1, \"run_id\": 99}]");
    CALL(1, upsert_method, "[\"steps\", {\"id\": 1, \"run_id\": 99}, {\"update\": [\"label\"]}]");
    CALL(1, insert_method, "[\"steps\", {\"id\": 2, \"run_id\": 7, \"label\": \"x\"}]");
    REFUSED("23505", update_method, "[\"steps\", 2, {\"id\": 1, \"run_id\": 99}]");
    REFUSED("23503", update_method, "[\"steps\", 2, {\"run_id\": 99}]");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 7, \"organization_id\": \"" ORG_C "\", \"code\": 2}]");
    REFUSED("23503", insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_C "\", \"code\": 2}]");
    verify();
}

/* Under a key that holds a reference: to another's row it is told as one to nothing. */
Test(unique, a_reference_in_a_key_tells_nothing)
{
    world_commit(w);
    SUCCEED(world_migrate(w, "20250102000000_turns.sql", SLICE_LITERAL(
        "CREATE TABLE turns (id bigserial PRIMARY KEY, run_id bigint NOT NULL REFERENCES runs(id), number integer, UNIQUE (run_id, number));\n"
        "ALTER TABLE turns ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY anyone ON turns TO authenticated USING (true);")));
    world_begin(w);
    world_user(w, &member, USER_A);
    w->who = &w->service;
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\"}]");
    CALL(2, insert_method, "[\"turns\", [{\"id\": 1, \"run_id\": 7, \"number\": 1}, {\"id\": 2, \"run_id\": 8, \"number\": 1}]]");
    w->who = &member;
    for (int i = 0; i < 2; i++) {
        int run = i == 0 ? 7 : 99;
        static world_method *const methods[] = { insert_method, insert_method, upsert_method, upsert_method };
        static const char *const options[] = { "{}", "{\"on_conflict\": \"nothing\"}", "{}", "{\"conflict\": [\"run_id\", \"number\"]}" };
        for (int m = 0; m < 4; m++) {
            cr_assert_eq(world_call(w, methods[m], "[\"turns\", {\"id\": 3, \"run_id\": %d, \"number\": 1}, %s]", run, options[m]), -1);
            MESSAGE("insert or update on table \"turns\" violates foreign key constraint \"turns_run_id_fkey\"");
            DETAIL("Key is not present in table \"runs\".");
        }
        REFUSED("23503", update_method, "[\"turns\", 2, {\"run_id\": %d}]", run);
    }
    REFUSED("23505", insert_method, "[\"turns\", {\"id\": 3, \"run_id\": 8, \"number\": 1}]");
    CALL(0, insert_method, "[\"turns\", {\"id\": 3, \"run_id\": 8, \"number\": 1}, {\"on_conflict\": \"nothing\"}]");
    verify();
}

/* What failed or was taken back leaves no claim, and takes none away. */
Test(unique, what_is_taken_back_claims_nothing)
{
    w->who = &w->service;
    int mark = changes_mark(&w->rq);
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"away\"}]");
    CALL(1, update_method, "[\"runs\", 7, {\"organization_id\": \"" ORG_A "\", \"slug\": \"else\"}]");
    CALL(1, delete_method, "[\"runs\", 7]");
    changes_undo(&w->rq, mark);
    REFUSED("23505", insert_method, "[\"runs\", [{\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"away\"}, {\"id\": 7, \"organization_id\": \"" ORG_A "\", \"code\": 3}]]");
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_A "\", \"slug\": \"home\"}]");
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"slug\": \"away\"}]");
    verify();
}

/* --- By a model --- */

enum { ROWS = 400, VALUES = 40, NOTHING = VALUES };     /* of a column; NOTHING is NULL */

struct run { int id, organization, name, slug, code, place; bool live; };

/* The index that PostgreSQL names, the oldest of those in which the rows collide; NULL: none. */
static const char *collide(const struct run *a, const struct run *b)
{
    return a->id == b->id ? "runs_pkey"
         : a->slug == b->slug && a->slug != NOTHING ? "runs_slug_key"
         : a->code == b->code && a->place == b->place ? "runs_code_place_key"
         : a->organization == b->organization && a->name == b->name && a->name != NOTHING ? "runs_organization_id_name_key"
         : a->live && b->live && a->place == b->place && a->place != NOTHING ? "runs_live" : NULL;
}

static int index_age(const char *name)
{
    static const char *const ages[] = { "runs_pkey", "runs_slug_key", "runs_code_place_key", "runs_organization_id_name_key", "runs_live" };
    int age = 0;
    while (strcmp(ages[age], name) != 0)
        age++;
    return age;
}

static const char *in_the_way(const struct run *rows, int count, const struct run *row)
{
    const char *first = NULL;
    for (int i = 0; i < count; i++) {
        const char *name = collide(&rows[i], row);
        if (name != NULL && (first == NULL || index_age(name) < index_age(first)))
            first = name;
    }
    return first;
}

static const char *number(int value, char space[static 16])
{
    snprintf(space, 16, value == NOTHING ? "null" : "%d", value);
    return space;
}

static const char *text(int value, char space[static 16])
{
    snprintf(space, 16, value == NOTHING ? "null" : "\"t%d\"", value);
    return space;
}

static const char *insert_of(const struct run *row)
{
    static char json[256];
    char name[16], slug[16], code[16], place[16];
    snprintf(json, sizeof json, "[\"runs\", {\"id\": %d, \"organization_id\": \"%s\", \"name\": %s, \"slug\": %s, \"code\": %s, \"place\": %s, \"state\": \"%s\"}]",
             row->id, row->organization == 0 ? ORG_A : ORG_B, text(row->name, name), text(row->slug, slug), number(row->code, code), number(row->place, place),
             row->live ? "live" : "still");
    return json;
}

/* The store finds what is in the way while it puts a row: it names the right index, and nothing of the row is left. */
Test(unique, rows_are_taken_as_by_a_model)
{
    struct run rows[ROWS + 1] = { { 7, 1, NOTHING, NOTHING, 1, 1, true } };
    const char *seed = getenv("ROWHOUSE_SEED"), *name;
    int count = 1, refused = 0;
    char message[128];
    uint64_t state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)sys_now_us(sys_real());
    printf("seed %" PRIu64 "\n", state);
    w->who = &w->service;
    CALL(1, update_method, "[\"runs\", 7, {\"name\": null, \"slug\": null}]");
    for (int i = 0; i < ROWS; i++) {
        struct run row = { 1 + below(&state, 5 * VALUES), below(&state, 2), below(&state, VALUES + 1), below(&state, VALUES + 1), below(&state, 4) == 0 ? NOTHING : below(&state, VALUES), below(&state, VALUES + 1), below(&state, 3) == 0 };
        if ((name = in_the_way(rows, count, &row)) == NULL) {
            CALL(1, insert_method, "%s", insert_of(&row));
            rows[count++] = row;
            continue;
        }
        REFUSED("23505", insert_method, "%s", insert_of(&row));
        snprintf(message, sizeof message, "duplicate key value violates unique constraint \"%s\"", name);
        MESSAGE(message);
        refused++;
    }
    cr_assert(count > 20 && refused > 20, "%d taken, %d refused", count, refused);
    verify();
}

Test(unique, a_migration_judges_over_all_houses)
{
    w->who = &w->service;
    CALL(1, insert_method, "[\"runs\", {\"id\": 8, \"organization_id\": \"" ORG_A "\", \"place\": 1}]");
    world_commit(w);
    cr_assert_eq(world_migrate(w, "20250102000000_place.sql", SLICE_LITERAL("CREATE UNIQUE INDEX runs_place ON runs (place);")), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "23505");
    SUCCEED(world_migrate(w, "20250102000000_place.sql", SLICE_LITERAL("CREATE UNIQUE INDEX runs_place ON runs (place DESC, id);")));
    SUCCEED(world_migrate(w, "20250103000000_type.sql", SLICE_LITERAL("ALTER TABLE runs ALTER COLUMN code TYPE text USING 'c' || code;")));
    world_begin(w);
    REFUSED("23505", insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_A "\", \"code\": \"c1\", \"place\": 1}]");
    world_commit(w);
    SUCCEED(world_migrate(w, "20250104000000_drop.sql", SLICE_LITERAL("ALTER TABLE runs DROP CONSTRAINT runs_slug_key; DROP INDEX runs_place;")));
    world_begin(w);
    CALL(1, insert_method, "[\"runs\", {\"id\": 9, \"organization_id\": \"" ORG_A "\", \"slug\": \"home\"}]");
    verify();
}
