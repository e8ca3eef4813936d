/* Rows under constraints: one test a rule, with PostgreSQL's SQLSTATEs and sentences. */
#include "world.h"

#define A "11111111-1111-4111-8111-111111111111"
#define B "22222222-2222-4222-8222-222222222222"

static const char schema[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);\n"
    "CREATE TABLE plans (id integer PRIMARY KEY, name text UNIQUE);\n"
    "CREATE TABLE items (\n"
    "    id bigserial PRIMARY KEY,\n"
    "    organization_id uuid NOT NULL REFERENCES organizations(id),\n"
    "    code text NOT NULL,\n"
    "    size integer DEFAULT 3 CHECK (size > 0),\n"
    "    plan_id integer REFERENCES plans(id),\n"
    "    twice integer GENERATED ALWAYS AS (size * 2) STORED,\n"
    "    updated_at timestamptz DEFAULT now(),\n"
    "    UNIQUE (organization_id, code),\n"
    "    CONSTRAINT a_code CHECK (code <> 'forbidden'));\n"
    "CREATE TABLE parts (id integer PRIMARY KEY, item_id bigint REFERENCES items(id) ON DELETE CASCADE, note text);\n"
    "CREATE TABLE tree (id integer PRIMARY KEY, up integer REFERENCES tree(id));\n";

static struct world world, *w = &world;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" A "\", \"name\": \"a\"}, {\"id\": \"" B "\", \"name\": \"b\"}]]");
    CALL(1, insert_method, "[\"plans\", {\"id\": 1, \"name\": \"free\"}]");
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
}

TestSuite(write, .init = start, .fini = stop);

Test(write, defaults_sequences_and_generated_columns)
{
    CALL(1, insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\"}, {\"returning\": [\"id\", \"size\", \"twice\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[1, 3, 6]]}");
    CALL(1, insert_method, "[\"items\", {\"organization_id\": \"" B "\", \"code\": \"x\", \"size\": null}, {\"returning\": [\"id\", \"size\", \"twice\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[2, null, null]]}");
    CALL(1, update_method, "[\"items\", 1, {\"size\": 10}, {\"returning\": [\"twice\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[20]]}");
    REFUSED("428C9", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"y\", \"twice\": 1}]");
    MESSAGE("cannot insert a non-DEFAULT value into column \"twice\"");
    DETAIL("Column \"twice\" is a generated column.");
    REFUSED("428C9", update_method, "[\"items\", 1, {\"twice\": 1}]");
    MESSAGE("column \"twice\" can only be updated to DEFAULT");
}

Test(write, explicit_serials_do_not_advance)
{
    CALL(1, insert_method, "[\"items\", {\"id\": 2, \"organization_id\": \"" A "\", \"code\": \"x\"}]");
    CALL(1, insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"y\"}, {\"returning\": [\"id\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[1]]}");
    REFUSED("23505", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"z\"}]");
    MESSAGE("duplicate key value violates unique constraint \"items_pkey\"");
    DETAIL("Key (id)=(2) already exists.");
}

Test(write, not_null_comes_before_check)
{
    REFUSED("23502", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"size\": -1}]");
    MESSAGE("null value in column \"code\" of relation \"items\" violates not-null constraint");
    REFUSED("23502", insert_method, "[\"items\", {\"id\": null, \"organization_id\": \"" A "\", \"code\": \"x\"}]");
    REFUSED("23502", insert_method, "[\"items\", {\"code\": \"x\"}]");
    MESSAGE("null value in column \"organization_id\" of relation \"items\" violates not-null constraint");
    REFUSED("23514", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"forbidden\", \"size\": 0}]");
    MESSAGE("new row for relation \"items\" violates check constraint \"a_code\"");
    REFUSED("23514", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\", \"size\": 0}]");
    MESSAGE("new row for relation \"items\" violates check constraint \"items_size_check\"");
}

Test(write, unique_holds_within_a_house)
{
    CALL(1, insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\"}]");
    CALL(1, insert_method, "[\"items\", {\"organization_id\": \"" B "\", \"code\": \"x\"}]");
    REFUSED("23505", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\"}]");
    MESSAGE("duplicate key value violates unique constraint \"items_organization_id_code_key\"");
    DETAIL("Key (organization_id, code)=(" A ", x) already exists.");
    CALL(1, insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"y\"}]");
    REFUSED("23505", update_method, "[\"items\", {\"where\": [\"=\", \"code\", \"y\"]}, {\"code\": \"x\"}]");
    CALL(1, update_method, "[\"items\", {\"where\": [\"=\", \"code\", \"y\"]}, {\"code\": \"y\"}]");
    CALL(0, insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\"}, {\"on_conflict\": \"nothing\"}]");
    CALL(1, insert_method, "[\"items\", [{\"organization_id\": \"" A "\", \"code\": \"z\"}, {\"organization_id\": \"" A "\", \"code\": \"z\"}], {\"on_conflict\": \"nothing\"}]");
}

Test(write, references_are_checked_at_the_end_of_the_statement)
{
    CALL(3, insert_method, "[\"tree\", [{\"id\": 1, \"up\": 2}, {\"id\": 2, \"up\": 3}, {\"id\": 3, \"up\": 3}]]");
    REFUSED("23503", insert_method, "[\"tree\", [{\"id\": 4, \"up\": 5}, {\"id\": 6, \"up\": 1}]]");
    MESSAGE("insert or update on table \"tree\" violates foreign key constraint \"tree_up_fkey\"");
    DETAIL("Key (up)=(5) is not present in table \"tree\".");
    REFUSED("23503", delete_method, "[\"tree\", 3]");
    MESSAGE("update or delete on table \"tree\" violates foreign key constraint \"tree_up_fkey\" on table \"tree\"");
    DETAIL("Key (id)=(3) is still referenced from table \"tree\".");
    CALL(3, delete_method, "[\"tree\", {\"where\": [\">\", \"id\", 0]}]");
}

Test(write, references_stay_within_the_walls)
{
    CALL(1, insert_method, "[\"items\", {\"id\": 10, \"organization_id\": \"" A "\", \"code\": \"x\", \"plan_id\": 1}]");
    REFUSED("23503", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"y\", \"plan_id\": 2}]");
    REFUSED("23503", insert_method, "[\"items\", {\"organization_id\": \"33333333-3333-4333-8333-333333333333\", \"code\": \"y\"}]");
    DETAIL("Key (organization_id)=(33333333-3333-4333-8333-333333333333) is not present in table \"organizations\".");
    REFUSED("23503", delete_method, "[\"plans\", 1]");
    DETAIL("Key (id)=(1) is still referenced from table \"items\".");
    REFUSED("23503", delete_method, "[\"organizations\", \"" A "\"]");
    CALL(1, insert_method, "[\"parts\", {\"id\": 1, \"item_id\": 10}]");
    REFUSED("23503", insert_method, "[\"parts\", {\"id\": 3, \"item_id\": 11}]");
    REFUSED("23503", insert_method, "[\"parts\", {\"id\": 2, \"item_id\": 10}, {\"organization\": \"" B "\"}]");
    CALL(1, delete_method, "[\"items\", 10]");
    CALL(0, count_method, "[\"parts\"]");
    CALL(1, delete_method, "[\"organizations\", \"" A "\"]");
    REFUSED("23503", insert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"y\"}]");
}

Test(write, a_row_moves_with_its_organization)
{
    CALL(1, insert_method, "[\"items\", {\"id\": 10, \"organization_id\": \"" A "\", \"code\": \"x\"}]");
    CALL(1, update_method, "[\"items\", 10, {\"organization_id\": \"" B "\"}]");
    CALL(0, count_method, "[\"items\", {\"organization\": \"" A "\"}]");
    CALL(1, count_method, "[\"items\", {\"organization\": \"" B "\", \"where\": [\"=\", \"code\", \"x\"]}]");
    CALL(1, insert_method, "[\"parts\", {\"id\": 1, \"item_id\": 10}]");
    REFUSED("23503", update_method, "[\"items\", 10, {\"organization_id\": \"" A "\"}]");
    CALL(1, count_method, "[\"items\", {\"organization\": \"" B "\"}]");
}

Test(write, upsert_updates_or_inserts)
{
    CALL(1, upsert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\", \"size\": 1}, {\"conflict\": [\"organization_id\", \"code\"]}]");
    CALL(1, upsert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\", \"size\": 5}, "
                           "{\"conflict\": [\"code\", \"organization_id\"], \"returning\": [\"id\", \"size\", \"code\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[1, 5, \"x\"]]}");
    CALL(1, upsert_method, "[\"items\", {\"organization_id\": \"" A "\", \"code\": \"x\", \"size\": 7, \"plan_id\": 1}, "
                           "{\"conflict\": [\"code\", \"organization_id\"], \"update\": [\"plan_id\"], \"returning\": [\"size\", \"plan_id\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[5, 1]]}");
    REFUSED("42P10", upsert_method, "[\"items\", {\"code\": \"x\"}, {\"conflict\": [\"code\"]}]");
    REFUSED("21000", upsert_method, "[\"plans\", [{\"id\": 7, \"name\": \"p\"}, {\"id\": 7, \"name\": \"q\"}]]");
    MESSAGE("ON CONFLICT DO UPDATE command cannot affect row a second time");
    REFUSED("23505", upsert_method, "[\"plans\", {\"id\": 7, \"name\": \"free\"}]");
    CALL(1, upsert_method, "[\"plans\", {\"id\": 1, \"name\": \"paid\"}]");
    CALL(1, upsert_method, "[\"organizations\", {\"id\": \"" A "\", \"name\": \"renamed\"}, {\"returning\": [\"name\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[\"renamed\"]]}");
}

Test(write, what_a_request_may_not_say)
{
    REFUSED("42P01", insert_method, "[\"nothing\", {}]");
    REFUSED("42703", insert_method, "[\"plans\", {\"nothing\": 1}]");
    REFUSED("22P02", insert_method, "[\"plans\", {\"id\": \"x\"}]");
    MESSAGE("invalid input syntax for type integer: \"x\"");
    REFUSED("22023", insert_method, "[\"plans\", 1]");
    REFUSED("22023", insert_method, "[\"plans\"]");
    REFUSED("22023", insert_method, "[\"plans\", {\"id\": 5}, {\"unknown\": 1}]");
    REFUSED("22023", insert_method, "[\"plans\", {\"id\": 5}, {\"where\": []}]");
    REFUSED("22023", insert_method, "[\"plans\", {\"id\": 5}, {}, 1]");
    REFUSED("22023", insert_method, "[\"items\", {\"organization_id\": \"" B "\", \"code\": \"x\"}, {\"organization\": \"" A "\"}]");
    CALL(1, insert_method, "[\"items\", {\"code\": \"x\"}, {\"organization\": \"" A "\"}]");
    CALL(0, insert_method, "[\"plans\", []]");
    w->rq.changes = NULL;
    cr_assert_eq(world_call(w, insert_method, "[\"plans\", {\"id\": 5}]"), -1);
    cr_assert_eq(w->error.state, SQLSTATE_READ_ONLY_TRANSACTION);
}

Test(write, limits_are_said_and_lose_nothing)
{
    struct buf records = { 0 };
    struct args args = { .count = 2 };
    mp_put_string(&records, "plans");
    mp_put_array(&records, INSERT_ROWS_MAX + 1);
    for (int i = 0; i <= INSERT_ROWS_MAX; i++) {
        mp_put_map(&records, 1);
        mp_put_string(&records, "id");
        mp_put_int(&records, 100 + i);
    }
    args.rest = buf_slice(&records);
    error_clear(&w->error);
    cr_assert_eq(insert_method(&w->rq, args, &w->out), -1);
    cr_assert_eq(w->error.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED);

    struct slice long_text = slice_of(arena_alloc(&w->arena, ROW_SIZE_MAX), ROW_SIZE_MAX);
    memset((uint8_t *)long_text.data, 'x', long_text.size);
    buf_clear(&records);
    mp_put_string(&records, "parts");
    mp_put_map(&records, 2);
    mp_put_string(&records, "id");
    mp_put_int(&records, 1);
    mp_put_string(&records, "note");
    mp_put_str(&records, long_text);
    args.rest = buf_slice(&records);
    cr_assert_eq(insert_method(&w->rq, args, &w->out), -1);
    cr_assert_eq(w->error.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "%s", w->error.message);
    buf_done(&records);
    CALL(1, count_method, "[\"plans\"]");
    CALL(0, count_method, "[\"parts\"]");
}

Test(write, ten_thousand_rows_are_one_statement)
{
    struct buf records = { 0 };
    struct args args = { .count = 2 };
    mp_put_string(&records, "items");
    mp_put_array(&records, INSERT_ROWS_MAX);
    for (int i = 0; i < INSERT_ROWS_MAX; i++) {
        mp_put_map(&records, 2);
        mp_put_string(&records, "organization_id");
        mp_put_string(&records, A);
        mp_put_string(&records, "code");
        mp_put_string(&records, arena_printf(&w->arena, "code %d", i));
    }
    args.rest = buf_slice(&records);
    int before = w->changes.count;
    buf_clear(&w->out);
    SUCCEED(insert_method(&w->rq, args, &w->out));
    cr_assert_eq(world_count(w), INSERT_ROWS_MAX);
    cr_assert_eq(w->changes.count, before + INSERT_ROWS_MAX + 1, "one change a row, and one of the sequence: %d", w->changes.count - before);
    REFUSED("23505", update_method, "[\"items\", {\"where\": [\">\", \"id\", 5000]}, {\"code\": \"same\"}]");
    CALL(1, count_method, "[\"items\", {\"where\": [\"=\", \"code\", \"code 9999\"]}]");
    buf_done(&records);
}
