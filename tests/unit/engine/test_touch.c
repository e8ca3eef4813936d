/* Which updates and inserts set which columns to now: what a trigger or a mark says, and never a name. */
#include "world.h"

#define FUNCTION(name, body) "CREATE FUNCTION " name "() RETURNS trigger LANGUAGE plpgsql AS $$" body "$$;\n"
#define TRIGGER(table, function) "CREATE TRIGGER t BEFORE UPDATE ON " table " FOR EACH ROW EXECUTE FUNCTION " function ";\n"

static const char schema[] =
    "CREATE EXTENSION moddatetime WITH SCHEMA extensions;\n"
    "CREATE TABLE plain (id integer PRIMARY KEY, n integer, updated_at timestamptz DEFAULT '2001-01-01');\n"
    "CREATE TABLE marked (id integer PRIMARY KEY, n integer, updated_at timestamptz DEFAULT '2001-01-01', day integer GENERATED ALWAYS AS (n + 1) STORED);\n"
    "COMMENT ON COLUMN marked.updated_at IS 'when it was changed @touch';\n"
    "CREATE TABLE triggered (id integer PRIMARY KEY, n integer, updated_at timestamptz DEFAULT '2001-01-01', other timestamptz DEFAULT '2001-01-01');\n"
    FUNCTION("whatever", "\nBEGIN\n  -- the usual one\n  New . Updated_At := CURRENT_TIMESTAMP; /* now */\n  return new;\nEND;\n") TRIGGER("triggered", "whatever()")
    "CREATE TABLE modified (id integer PRIMARY KEY, n integer, updated_at timestamptz DEFAULT '2001-01-01', \"Changed\" timestamp DEFAULT '2001-01-01');\n"
    "CREATE TRIGGER t BEFORE UPDATE ON modified FOR EACH ROW EXECUTE PROCEDURE extensions.moddatetime('Changed');\n"
    "CREATE TABLE utc (id integer PRIMARY KEY, n integer, updated_at timestamptz DEFAULT '2001-01-01');\n"
    FUNCTION("utc_now", "BEGIN NEW.\"updated_at\" = timezone('UTC', now()); RETURN NEW; END") TRIGGER("utc", "public.utc_now()");

#define MARKS "seen timestamptz DEFAULT '2001-01-01', changed timestamp DEFAULT '2001-01-01', other timestamptz DEFAULT '2001-01-01'"

/* Whoever comes is stamped: by an insert alone, by both, and by two triggers. */
static const char stamped[] =
    "CREATE TABLE born (id integer PRIMARY KEY, n integer, " MARKS ");\n"
    FUNCTION("stamp", "BEGIN NEW.seen = now(); NEW.changed := CURRENT_TIMESTAMP; RETURN NEW; END;")
    "CREATE TRIGGER t BEFORE INSERT ON born FOR EACH ROW EXECUTE FUNCTION stamp();\n"
    "CREATE TABLE twice (id integer PRIMARY KEY, n integer, " MARKS ", day date GENERATED ALWAYS AS ((seen AT TIME ZONE 'UTC')::date) STORED);\n"
    "CREATE TRIGGER t BEFORE INSERT OR UPDATE ON twice FOR EACH ROW EXECUTE FUNCTION stamp();\n"
    "CREATE TABLE each (id integer PRIMARY KEY, n integer, " MARKS ");\n"
    FUNCTION("seen", "BEGIN NEW.seen = now(); RETURN NEW; END;") FUNCTION("changed", "BEGIN NEW.changed = now(); RETURN NEW; END;")
    "CREATE TRIGGER a BEFORE INSERT ON each FOR EACH ROW EXECUTE FUNCTION seen();\n"
    "CREATE TRIGGER b BEFORE UPDATE ON each FOR EACH ROW EXECUTE FUNCTION changed();\n";

static struct world world, *w = &world;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    SUCCEED(world_migrate(w, "20250101000001_stamped.sql", slice_of_string(stamped)));
    world_begin(w);
}

static void stop(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
    keyring_done(&w->keyring);
}

TestSuite(touch, .init = start, .fini = stop);

/* Whether a column of the only row is as it was, as it was given, or now. */
static const char *told(const char *table, const char *column)
{
    struct found row;
    struct value key = value_int(1);
    const struct table *of = world_table(w, table);
    cr_assert_eq(table_find(&w->rq, of, TENANT_SYSTEM, &key, &row), 1);
    int64_t us = value_unix_us(&row.columns[table_column(of, slice_of_string(column))]);
    return us == w->rq.now_us ? "now" : us == 978307200000000 ? "old" : us == 1009843200000000 ? "given" : "?";
}

#define UPDATED(table, column, plainly, when_given)                                                                                              \
    do {                                                                                                                                         \
        CALL(1, insert_method, "[\"" table "\", {\"id\": 1, \"n\": 1}]");                                                                         \
        cr_expect_str_eq(told(table, column), "old", "an insert takes the default");                                                             \
        CALL(1, update_method, "[\"" table "\", 1, {\"n\": 2}]");                                                                                 \
        cr_expect_str_eq(told(table, column), plainly);                                                                                          \
        CALL(1, update_method, "[\"" table "\", 1, {\"" column "\": \"2002-01-01\"}]");                                                           \
        cr_expect_str_eq(told(table, column), when_given);                                                                                       \
        CALL(1, delete_method, "[\"" table "\", 1]");                                                                                            \
        CALL(1, insert_method, "[\"" table "\", {\"id\": 1, \"" column "\": \"2002-01-01\"}]");                                                   \
        cr_expect_str_eq(told(table, column), "given", "an insert keeps what is given");                                                         \
    } while (0)

Test(touch, a_name_says_nothing)
{
    UPDATED("plain", "updated_at", "old", "given");
}

Test(touch, a_mark_keeps_what_is_given)
{
    UPDATED("marked", "updated_at", "now", "given");
}

Test(touch, a_trigger_sets_whatever_is_given)
{
    UPDATED("triggered", "updated_at", "now", "now");
    cr_expect_str_eq(told("triggered", "other"), "old");
}

Test(touch, moddatetime_sets_its_argument)
{
    UPDATED("modified", "Changed", "now", "now");
    cr_expect_str_eq(told("modified", "updated_at"), "old");
}

Test(touch, the_instant_of_utc)
{
    UPDATED("utc", "updated_at", "now", "now");
}

static void expect(const char *table, const char *seen, const char *changed)
{
    cr_expect_str_eq(told(table, "seen"), seen, "%s", table);
    cr_expect_str_eq(told(table, "changed"), changed, "%s", table);
    cr_expect_str_eq(told(table, "other"), "given", "%s", table);
}

/* By every insert, whatever is given, and by an update only where the trigger says so. */
Test(touch, inserts_are_stamped_too)
{
    static const char *const tables[] = { "born", "twice", "each" };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        bool of_inserts = strcmp(tables[i], "each") != 0;
        CALL(1, insert_method, "[\"%s\", {\"id\": 1, \"seen\": \"2002-01-01\", \"changed\": \"2002-01-01\", \"other\": \"2002-01-01\"}]", tables[i]);
        expect(tables[i], "now", of_inserts ? "now" : "given");
        CALL(1, update_method, "[\"%s\", 1, {\"seen\": \"2002-01-01\", \"changed\": \"2002-01-01\"}]", tables[i]);
        expect(tables[i], strcmp(tables[i], "twice") == 0 ? "now" : "given", strcmp(tables[i], "born") == 0 ? "given" : "now");
        CALL(1, upsert_method, "[\"%s\", {\"id\": 1, \"seen\": \"2002-01-01\"}, {\"update\": [\"seen\"]}]", tables[i]);
        cr_expect_str_eq(told(tables[i], "seen"), "now", "what is proposed was stamped before it met the row");
    }
}

/* A restore brings rows back as they were. */
Test(touch, a_restore_keeps_what_is_given)
{
    w->rq.load = LOAD_OWN;
    CALL(1, insert_method, "[\"twice\", {\"id\": 1, \"seen\": \"2002-01-01\", \"changed\": \"2002-01-01\", \"other\": \"2002-01-01\"}]");
    w->rq.load = LOAD_NONE;
    expect("twice", "given", "given");
}

/* What a function is replaced by its triggers do, and what is dropped they do no more. */
Test(touch, follows_its_function)
{
    store_write_abort(w->store, &w->view);
    SUCCEED(world_migrate(w, "20250102000000_test.sql", SLICE_LITERAL(
        "CREATE OR REPLACE FUNCTION whatever() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.other = now(); RETURN NEW; END $$;\n"
        "DROP FUNCTION utc_now() CASCADE;\n")));
    world_begin(w);
    UPDATED("triggered", "other", "now", "now");
    cr_expect_str_eq(told("triggered", "updated_at"), "old");
    UPDATED("utc", "updated_at", "old", "given");
}
