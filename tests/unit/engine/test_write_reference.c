/* Actions of foreign keys, one test each, with PostgreSQL's results. */
#include "world.h"

static const char schema[] =
    "CREATE TABLE tops (id integer PRIMARY KEY, code text UNIQUE);\n"
    "INSERT INTO tops VALUES (0, 'zero'), (1, 'one'), (2, 'two'), (3, 'three');\n"
    "CREATE TABLE cascading (id integer PRIMARY KEY, top_id integer REFERENCES tops(id) ON DELETE CASCADE ON UPDATE CASCADE);\n"
    "CREATE INDEX ON cascading (top_id);\n"
    "CREATE TABLE deeper (id integer PRIMARY KEY, up integer REFERENCES cascading(id) ON DELETE CASCADE);\n"
    "CREATE TABLE nulling (id integer PRIMARY KEY, top_id integer REFERENCES tops(id) ON DELETE SET NULL ON UPDATE SET NULL);\n"
    "CREATE TABLE strict (id integer PRIMARY KEY, top_id integer NOT NULL REFERENCES tops(id) ON DELETE SET NULL);\n"
    "CREATE TABLE defaulting (id integer PRIMARY KEY, top_id integer DEFAULT 0 REFERENCES tops(id) ON DELETE SET DEFAULT);\n"
    "CREATE TABLE restricting (id integer PRIMARY KEY, top_id integer REFERENCES tops(id) ON DELETE RESTRICT ON UPDATE RESTRICT);\n"
    "CREATE TABLE by_code (id integer PRIMARY KEY, code text REFERENCES tops(code) ON UPDATE CASCADE);\n"
    "CREATE TABLE ring (id integer PRIMARY KEY, next integer REFERENCES ring(id) ON DELETE CASCADE);\n"
    "CREATE TABLE pairs (a integer, b integer, PRIMARY KEY (a, b));\n"
    "CREATE TABLE of_pairs (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (a, b) REFERENCES pairs(a, b) ON DELETE SET NULL);\n";

static struct world world, *w = &world;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
}

TestSuite(reference, .init = start, .fini = stop);

Test(reference, cascade_of_delete_reaches_all_levels)
{
    CALL(2, insert_method, "[\"cascading\", [{\"id\": 1, \"top_id\": 1}, {\"id\": 2, \"top_id\": 1}]]");
    CALL(3, insert_method, "[\"deeper\", [{\"id\": 1, \"up\": 1}, {\"id\": 2, \"up\": 2}, {\"id\": 3, \"up\": 2}]]");
    CALL(1, insert_method, "[\"nulling\", {\"id\": 1, \"top_id\": 1}]");
    CALL(1, delete_method, "[\"tops\", 1]");
    CALL(0, count_method, "[\"cascading\"]");
    CALL(0, count_method, "[\"deeper\"]");
    CALL(1, count_method, "[\"nulling\", {\"where\": [\"is null\", \"top_id\"]}]");
}

Test(reference, cascade_of_update_follows_the_key)
{
    CALL(2, insert_method, "[\"cascading\", [{\"id\": 1, \"top_id\": 1}, {\"id\": 2, \"top_id\": 2}]]");
    CALL(1, insert_method, "[\"by_code\", {\"id\": 1, \"code\": \"one\"}]");
    CALL(1, insert_method, "[\"nulling\", {\"id\": 1, \"top_id\": 1}]");
    CALL(1, update_method, "[\"tops\", 1, {\"id\": 10, \"code\": \"ten\"}]");
    CALL(1, count_method, "[\"cascading\", {\"where\": [\"=\", \"top_id\", 10]}]");
    CALL(1, count_method, "[\"by_code\", {\"where\": [\"=\", \"code\", \"ten\"]}]");
    CALL(1, count_method, "[\"nulling\", {\"where\": [\"is null\", \"top_id\"]}]");
    CALL(1, update_method, "[\"tops\", 10, {\"code\": \"zehn\"}]");
    CALL(1, count_method, "[\"by_code\", {\"where\": [\"=\", \"code\", \"zehn\"]}]");
}

Test(reference, set_null_meets_not_null)
{
    CALL(1, insert_method, "[\"strict\", {\"id\": 1, \"top_id\": 1}]");
    REFUSED("23502", delete_method, "[\"tops\", 1]");
    MESSAGE("null value in column \"top_id\" of relation \"strict\" violates not-null constraint");
    CALL(1, count_method, "[\"strict\", {\"where\": [\"=\", \"top_id\", 1]}]");
}

Test(reference, set_default_must_exist)
{
    CALL(1, insert_method, "[\"defaulting\", {\"id\": 1, \"top_id\": 1}]");
    CALL(1, delete_method, "[\"tops\", 1]");
    CALL(1, count_method, "[\"defaulting\", {\"where\": [\"=\", \"top_id\", 0]}]");
    REFUSED("23503", delete_method, "[\"tops\", 0]");
    MESSAGE("update or delete on table \"tops\" violates foreign key constraint \"defaulting_top_id_fkey\" on table \"defaulting\"");
    CALL(1, update_method, "[\"defaulting\", 1, {\"top_id\": 2}]");
    CALL(1, delete_method, "[\"tops\", 0]");
    REFUSED("23503", delete_method, "[\"tops\", 2]");
    MESSAGE("insert or update on table \"defaulting\" violates foreign key constraint \"defaulting_top_id_fkey\"");
}

Test(reference, no_action_looks_again_and_restrict_does_not)
{
    CALL(1, insert_method, "[\"of_pairs\", {\"id\": 1, \"a\": 1, \"b\": null}]");
    CALL(1, insert_method, "[\"restricting\", {\"id\": 1, \"top_id\": 1}]");
    REFUSED("23503", delete_method, "[\"tops\", 1]");
    REFUSED("23503", update_method, "[\"tops\", 1, {\"id\": 9}]");
    CALL(1, update_method, "[\"tops\", 1, {\"id\": 1, \"code\": \"uno\"}]");
}

Test(reference, composite_keys_are_nulled_whole)
{
    CALL(1, insert_method, "[\"pairs\", {\"a\": 1, \"b\": 2}]");
    CALL(2, insert_method, "[\"of_pairs\", [{\"id\": 1, \"a\": 1, \"b\": 2}, {\"id\": 2, \"a\": 7, \"b\": null}]]");
    REFUSED("23503", insert_method, "[\"of_pairs\", {\"id\": 3, \"a\": 2, \"b\": 1}]");
    DETAIL("Key (a, b)=(2, 1) is not present in table \"pairs\".");
    CALL(1, delete_method, "[\"pairs\", [1, 2]]");
    CALL(1, count_method, "[\"of_pairs\", {\"where\": [\"and\", [\"is null\", \"a\"], [\"is null\", \"b\"]]}]");
}

Test(reference, a_ring_falls_with_one_of_its_links)
{
    CALL(3, insert_method, "[\"ring\", [{\"id\": 1, \"next\": 2}, {\"id\": 2, \"next\": 3}, {\"id\": 3, \"next\": 1}]]");
    CALL(1, delete_method, "[\"ring\", 2]");
    CALL(0, count_method, "[\"ring\"]");
}

Test(reference, keys_may_swap_places_only_by_way_of_free_ones)
{
    REFUSED("23505", update_method, "[\"tops\", {\"where\": [\">\", \"id\", 1]}, {\"id\": 3}]");
    CALL(1, update_method, "[\"tops\", 3, {\"id\": 3}]");
}
