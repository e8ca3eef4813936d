/* Migrations: their statements, what they ask of rows that are there, and that a failed one leaves nothing. */
#include "world.h"

static struct world world, *w = &world;

static void start(void)
{
    world_open(w);
    SUCCEED(world_migrate(w, "1.sql", SLICE_LITERAL(
        "CREATE TABLE kinds (id serial PRIMARY KEY, name text UNIQUE, size integer DEFAULT 1, made timestamptz DEFAULT now());\n"
        "INSERT INTO kinds (name, size) VALUES ('a', 1), ('b', 2), ('c', DEFAULT);\n"
        "CREATE TABLE uses (id integer PRIMARY KEY, kind integer, label text);\n"
        "INSERT INTO uses VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 9, NULL);\n")));
}

static void stop(void)
{
    world_close(w);
}

TestSuite(migrate, .init = start, .fini = stop);

static void migrates(const char *name, const char *text)
{
    SUCCEED(world_migrate(w, name, slice_of_string(text)));
}

/* It fails with this SQLSTATE, and rows and catalog are as before. */
static void refuses(const char *code, const char *text)
{
    uint64_t version;
    world_begin(w);
    version = w->view.catalog->version;
    world_commit(w);
    cr_assert_eq(world_migrate(w, "9.sql", slice_of_string(text)), -1, "not refused: %s", text);
    cr_assert_str_eq(sqlstate_code(w->error.state), code, "%s: %s", sqlstate_code(w->error.state), w->error.message);
    cr_assert(strncmp(w->error.message, "9.sql:1: ", 9) == 0, "%s", w->error.message);
    world_begin(w);
    cr_assert_eq(w->view.catalog->version, version);
    CALL(3, count_method, "[\"kinds\"]");
    CALL(3, count_method, "[\"uses\"]");
    world_commit(w);
}

static void counts(int64_t count, const char *params)
{
    world_begin(w);
    CALL(count, count_method, "%s", params);
    world_commit(w);
}

/* Makes the store again from its log alone. */
static void replay(void)
{
    struct store_config config = { .data_dir = w->dir, .image_dir = w->dir, .segment_size = WAL_SEGMENT_SIZE_MIN, .rebuild_image = true };
    char command[sizeof w->dir + 32];
    SUCCEED(store_close(w->store, &w->error));
    snprintf(command, sizeof command, "rm '%.63s'/snapshots/*.snap", w->dir);
    cr_assert_eq(system(command), 0);
    SUCCEED(store_open(&config, sys_real(), &w->store, &w->error));
    cr_assert_str_eq(store_recovery(w->store)->image, "new");
}

Test(migrate, statements_run)
{
    refuses("23505", "INSERT INTO kinds (id) VALUES (100); INSERT INTO kinds (name) VALUES ('a');");
    counts(3, "[\"kinds\"]");
    counts(2, "[\"kinds\", {\"where\": [\"=\", \"size\", 1]}]");
    migrates("2.sql", "INSERT INTO kinds (name, size) VALUES ('a', 10), ('d', 4) ON CONFLICT (name) DO NOTHING;\n"
                      "UPDATE kinds SET size = size + 100, made = NULL WHERE name IN ('b', 'd');\n"
                      "DELETE FROM uses WHERE label IS NULL;\n");
    counts(4, "[\"kinds\"]");
    counts(2, "[\"kinds\", {\"where\": [\"and\", [\">\", \"size\", 100], [\"is null\", \"made\"]]}]");
    counts(2, "[\"uses\"]");
    migrates("3.sql", "INSERT INTO kinds AS k (name, size) VALUES ('a', 7), ('b', 8) ON CONFLICT (name) DO UPDATE\n"
                      "SET size = excluded.size + k.size WHERE k.name = 'a';\n");
    counts(1, "[\"kinds\", {\"where\": [\"=\", \"size\", 8]}]");
    counts(1, "[\"kinds\", {\"where\": [\"=\", \"size\", 102]}]");
}

Test(migrate, running_again_is_nothing_and_editing_is_refused)
{
    migrates("2.sql", "INSERT INTO kinds (name) VALUES ('d');");
    migrates("2.sql", "INSERT INTO kinds (name) VALUES ('d');");
    counts(4, "[\"kinds\"]");
    cr_assert_eq(world_migrate(w, "2.sql", SLICE_LITERAL("INSERT INTO kinds (name) VALUES ('e');")), -1);
    cr_assert_eq(w->error.state, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE);
}

Test(migrate, rows_are_asked_about_new_constraints)
{
    refuses("23502", "ALTER TABLE uses ALTER COLUMN label SET NOT NULL;");
    refuses("23514", "ALTER TABLE uses ADD CONSTRAINT small CHECK (kind < 5);");
    refuses("23503", "ALTER TABLE uses ADD CONSTRAINT known FOREIGN KEY (kind) REFERENCES kinds (id);");
    refuses("23505", "CREATE UNIQUE INDEX ON kinds (size);");
    refuses("23505", "ALTER TABLE kinds ADD CONSTRAINT one UNIQUE (size);");
    refuses("23502", "ALTER TABLE uses ADD COLUMN must integer NOT NULL;");
    migrates("2.sql", "UPDATE uses SET kind = 3, label = 'z' WHERE id = 3;\n"
                      "ALTER TABLE uses ALTER COLUMN label SET NOT NULL;\n"
                      "ALTER TABLE uses ADD CONSTRAINT known FOREIGN KEY (kind) REFERENCES kinds (id) ON DELETE CASCADE;\n"
                      "CREATE UNIQUE INDEX partial ON kinds (size) WHERE size > 1;\n"
                      "ALTER TABLE uses ADD COLUMN must integer NOT NULL DEFAULT 5 CHECK (must > 0);\n");
    world_begin(w);
    CALL(3, count_method, "[\"uses\", {\"where\": [\"=\", \"must\", 5]}]");
    REFUSED("23502", update_method, "[\"uses\", 1, {\"label\": null}]");
    REFUSED("23503", update_method, "[\"uses\", 1, {\"kind\": 7}]");
    REFUSED("23505", update_method, "[\"kinds\", 1, {\"size\": 2}]");
    REFUSED("23514", update_method, "[\"uses\", 1, {\"must\": 0}]");
    CALL(1, delete_method, "[\"kinds\", 1]");
    CALL(2, count_method, "[\"uses\"]");
    world_commit(w);
}

Test(migrate, dropped_columns_leave_rows_readable)
{
    migrates("2.sql", "ALTER TABLE uses DROP COLUMN kind; ALTER TABLE uses ADD COLUMN kind text DEFAULT 'new';");
    world_begin(w);
    CALL(1, update_method, "[\"uses\", 1, {\"kind\": \"old\"}, {\"returning\": true}]");
    RESULT("{\"count\": 1, \"rows\": [[1, \"x\", \"old\"]]}");
    CALL(1, update_method, "[\"uses\", 2, {\"label\": \"yy\"}, {\"returning\": [\"kind\", \"label\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[\"new\", \"yy\"]]}");
    REFUSED("42703", insert_method, "[\"uses\", {\"id\": 4, \"what\": 1}]");
    world_commit(w);
}

Test(migrate, a_reopened_store_has_it_all)
{
    migrates("2.sql", "UPDATE kinds SET size = 50; ALTER TABLE kinds ADD COLUMN note text DEFAULT 'n';");
    struct store_config config = { .data_dir = w->dir, .image_dir = w->dir, .segment_size = WAL_SEGMENT_SIZE_MIN, .rebuild_image = true };
    SUCCEED(store_close(w->store, &w->error));
    SUCCEED(store_open(&config, sys_real(), &w->store, &w->error));
    counts(3, "[\"kinds\", {\"where\": [\"and\", [\"=\", \"size\", 50], [\"=\", \"note\", \"n\"]]}]");
    counts(3, "[\"uses\"]");
}

/* --- Each statement sees the schema as it stands at its place --- */

Test(migrate, a_column_is_filled_from_one_that_goes)
{
    migrates("2.sql", "ALTER TABLE uses ADD COLUMN loud text; UPDATE uses SET loud = upper(label); ALTER TABLE uses DROP COLUMN label;");
    counts(1, "[\"uses\", {\"where\": [\"=\", \"loud\", \"X\"]}]");
    counts(1, "[\"uses\", {\"where\": [\"is null\", \"loud\"]}]");
    refuses("42703", "UPDATE uses SET label = 'z';");
    refuses("42703", "UPDATE uses SET later = 'z'; ALTER TABLE uses ADD COLUMN later text;");
}

Test(migrate, what_comes_later_is_not_asked_of_earlier_rows)
{
    migrates("2.sql", "INSERT INTO kinds (name) VALUES ('early');\n"
                      "ALTER TABLE kinds ALTER COLUMN size SET DEFAULT 50;\n"
                      "INSERT INTO kinds (name) VALUES ('late');\n"
                      "INSERT INTO kinds (name, size) VALUES ('short', -1);\n"
                      "DELETE FROM kinds WHERE size < 0;\n"
                      "ALTER TABLE kinds ADD CHECK (size > 0);\n"
                      "INSERT INTO kinds (name, size) VALUES ('12345', 7);\n"
                      "ALTER TABLE kinds ALTER COLUMN name TYPE varchar(5);\n");
    counts(1, "[\"kinds\", {\"where\": [\"and\", [\"=\", \"name\", \"early\"], [\"=\", \"size\", 1]]}]");
    counts(1, "[\"kinds\", {\"where\": [\"and\", [\"=\", \"name\", \"late\"], [\"=\", \"size\", 50]]}]");
    counts(1, "[\"kinds\", {\"where\": [\"=\", \"name\", \"12345\"]}]");
}

Test(migrate, a_later_action_does_nothing_to_earlier_statements)
{
    migrates("2.sql", "UPDATE uses SET kind = 1;\n"
                      "DELETE FROM kinds WHERE id = 3;\n"
                      "UPDATE kinds SET id = 30 WHERE id = 2;\n"
                      "ALTER TABLE uses ADD CONSTRAINT known FOREIGN KEY (kind) REFERENCES kinds (id) ON DELETE CASCADE ON UPDATE CASCADE;\n"
                      "UPDATE kinds SET id = 10 WHERE id = 1;\n"
                      "ALTER TABLE uses DROP CONSTRAINT known;\n"
                      "DELETE FROM kinds WHERE id = 10;\n");
    counts(3, "[\"uses\", {\"where\": [\"=\", \"kind\", 10]}]");
}

Test(migrate, rows_of_a_new_table_are_asked_too)
{
    refuses("23502", "CREATE TABLE fresh (id integer PRIMARY KEY, a integer); INSERT INTO fresh VALUES (1); ALTER TABLE fresh ALTER COLUMN a SET NOT NULL;");
    refuses("23505", "CREATE TABLE fresh (id integer PRIMARY KEY, a integer); INSERT INTO fresh VALUES (1, 1), (2, 1); CREATE UNIQUE INDEX ON fresh (a);");
    refuses("23514", "CREATE TABLE fresh (id integer PRIMARY KEY, a integer); INSERT INTO fresh VALUES (1, 1); ALTER TABLE fresh ADD CHECK (a > 1);");
    migrates("2.sql", "CREATE TABLE fresh (id integer PRIMARY KEY, a integer);\n"
                      "INSERT INTO fresh VALUES (1, 1), (2, 2);\n"
                      "CREATE INDEX fresh_a ON fresh (a);\n"
                      "ALTER TABLE fresh ADD COLUMN tag uuid DEFAULT gen_random_uuid();\n"
                      "ALTER TABLE fresh ALTER COLUMN a TYPE text USING (a * 2)::text;\n"
                      "ALTER TABLE fresh ADD COLUMN twice text GENERATED ALWAYS AS (a || a) STORED;\n");
    counts(1, "[\"fresh\", {\"where\": [\"=\", \"twice\", \"44\"]}]");
    counts(2, "[\"fresh\", {\"where\": [\"is not null\", \"tag\"]}]");
}

/* Rows are stored under their primary key. */
Test(migrate, rows_wait_for_their_tables_key)
{
    refuses("0A000", "CREATE TABLE fresh (id integer); INSERT INTO fresh VALUES (1); ALTER TABLE fresh ADD PRIMARY KEY (id);");
    migrates("2.sql", "CREATE TABLE fresh (id integer); ALTER TABLE fresh ADD PRIMARY KEY (id); INSERT INTO fresh VALUES (1);");
    counts(1, "[\"fresh\"]");
}

/* A table with rows keeps its house while the key that says so is gone; what the file leaves must be what it was. */
Test(migrate, tenancy_holds_between_statements)
{
    migrates("2.sql", "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
                      "CREATE TABLE books (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations (id));\n"
                      "CREATE TABLE pages (id integer PRIMARY KEY, book integer NOT NULL CONSTRAINT of_book REFERENCES books (id), n integer);\n"
                      "INSERT INTO organizations VALUES ('00000000-0000-4000-8000-000000000001', 'one');\n"
                      "INSERT INTO books VALUES (1, '00000000-0000-4000-8000-000000000001');\n"
                      "INSERT INTO pages VALUES (1, 1, 0), (2, 1, 0);\n");
    migrates("3.sql", "ALTER TABLE pages DROP CONSTRAINT of_book;\n"
                      "UPDATE pages SET n = 1;\n"
                      "INSERT INTO pages VALUES (3, 1, 1);\n"
                      "ALTER TABLE pages ADD CONSTRAINT of_book FOREIGN KEY (book) REFERENCES books (id) ON DELETE CASCADE;\n"
                      "UPDATE pages SET n = n + 1;\n");
    counts(3, "[\"pages\", {\"where\": [\"=\", \"n\", 2]}]");
    refuses("55000", "ALTER TABLE pages DROP CONSTRAINT of_book; UPDATE pages SET n = 1;");
    refuses("55000", "ALTER TABLE pages DROP CONSTRAINT of_book; ALTER TABLE pages DROP COLUMN book; UPDATE pages SET n = 1;");
    migrates("4.sql", "ALTER TABLE pages DROP CONSTRAINT of_book; DELETE FROM pages; INSERT INTO pages VALUES (1, 7, 7);");
    counts(1, "[\"pages\", {\"where\": [\"=\", \"n\", 7]}]");
    replay();
    counts(1, "[\"pages\", {\"where\": [\"=\", \"n\", 7]}]");
    counts(1, "[\"books\"]");
}

/* Each row is written before the rewriting that comes behind it, and after the one that comes before it. */
Test(migrate, replay_puts_rows_at_their_place)
{
    migrates("2.sql", "INSERT INTO uses VALUES (4, 4, '4');\n"
                      "ALTER TABLE uses ALTER COLUMN kind TYPE text USING (kind * 10)::text;\n"
                      "INSERT INTO uses VALUES (5, '50', '5');\n"
                      "CREATE UNIQUE INDEX ON uses (label);\n"
                      "UPDATE uses SET label = 'x' || kind WHERE id > 3;\n"
                      "ALTER TABLE uses ALTER COLUMN kind TYPE integer USING kind::integer + 1;\n"
                      "INSERT INTO uses VALUES (6, 61, '6');\n");
    replay();
    counts(1, "[\"uses\", {\"where\": [\"and\", [\"=\", \"kind\", 41], [\"=\", \"label\", \"x40\"]]}]");
    counts(1, "[\"uses\", {\"where\": [\"and\", [\"=\", \"kind\", 51], [\"=\", \"label\", \"x50\"]]}]");
    counts(1, "[\"uses\", {\"where\": [\"=\", \"kind\", 61]}]");
}

static bool is_sealed(int64_t id)
{
    const struct table *uses = catalog_table(w->view.catalog, SLICE_LITERAL("uses"));
    struct value columns[COLUMNS_MAX] = { { .kind = VALUE_INT, .integer = id } };
    struct slice row;
    struct key key;
    SUCCEED(key_of_row(uses, TENANT_SYSTEM, columns, &key, &w->error));
    cr_assert_eq(view_get(&w->view, key_slice(&key), &row, &w->error), 1);
    return row_is_sealed(row);
}

/* Marked by an earlier statement, and unmarked by a later one. */
Test(migrate, a_mark_is_of_its_place)
{
    migrates("2.sql", "COMMENT ON COLUMN uses.label IS '@secret'; UPDATE uses SET label = 'sealed' WHERE id = 1;\n"
                      "COMMENT ON COLUMN uses.label IS 'open'; UPDATE uses SET label = 'clear' WHERE id = 2;");
    counts(1, "[\"uses\", {\"where\": [\"=\", \"label\", \"sealed\"]}]");
    world_begin(w);
    cr_expect(is_sealed(1));
    cr_expect(!is_sealed(2));
    world_commit(w);
}
