/* What a classification may demand: checked when it is written, and by migrations after that. */
#include "world.h"

#define A "11111111-1111-4111-8111-111111111111"

static const char schema[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
    "CREATE TABLE people (\n"
    "    id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text NOT NULL, phone text,\n"
    "    mail text UNIQUE, note text, state text NOT NULL DEFAULT 'new', seen timestamptz NOT NULL DEFAULT now(), up integer REFERENCES people(id),\n"
    "    half text, size integer GENERATED ALWAYS AS (length(phone)) STORED, created_at timestamptz, updated_at timestamptz);\n"
    "COMMENT ON COLUMN people.updated_at IS '@touch';\n"
    "CREATE INDEX people_note ON people (note);\n"
    "CREATE UNIQUE INDEX people_half ON people (name) WHERE half IS NULL;\n"
    "CREATE TABLE timeless (id integer PRIMARY KEY, phone text);\n"
    "CREATE TABLE texts (id integer PRIMARY KEY, phone text, created_at text);\n"
    "CREATE TABLE days (id integer PRIMARY KEY, phone text, created_at date);\n"
    "CREATE TABLE records (id integer PRIMARY KEY, phone text, created_at timestamptz);\n"
    "COMMENT ON TABLE records IS '@append_only';\n"
    "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, organization_id uuid REFERENCES organizations(id),\n"
    "    table_name text NOT NULL, column_name text NOT NULL, retention_days integer, reason text, created_at timestamptz);\n";

static struct world world, *w = &world;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    CALL(1, insert_method, "[\"organizations\", {\"id\": \"" A "\"}]");
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
    keyring_done(&w->keyring);
}

TestSuite(classification, .init = start, .fini = stop);

#define CLASSIFY(organization, table, column, days) \
    "[\"data_sensitivity_classifications\", {\"id\": %d, \"organization_id\": " organization ", \"table_name\": \"" table "\", " \
    "\"column_name\": \"" column "\", \"retention_days\": " #days "}]", ++number

static int number;

#define CANNOT(column, table, because)                                                     \
    do {                                                                                   \
        REFUSED("22023", insert_method, CLASSIFY("null", table, column, 30));              \
        MESSAGE("column \"" column "\" of \"" table "\" cannot be cleared: " because);     \
        cr_assert_str_eq(w->error.hint, "without retention_days, which are 0 or more, a classification may name any column"); \
    } while (0)

Test(classification, names_what_can_be_cleared)
{
    CANNOT("x", "nowhere", "there is no such table");
    CANNOT("x", "people", "there is no such column");
    CANNOT("id", "people", "it is part of the index \"people_pkey\"");
    CANNOT("mail", "people", "it is part of the index \"people_mail_key\"");
    CANNOT("half", "people", "it is part of the index \"people_half\"");
    CANNOT("up", "people", "it is part of the foreign key \"people_up_fkey\"");
    CANNOT("size", "people", "it is generated from other columns");
    CANNOT("organization_id", "people", "it says whose the row is");
    CANNOT("created_at", "people", "it tells how old a row is");
    CANNOT("updated_at", "people", "the server maintains it");
    CANNOT("seen", "people", "it is NOT NULL without a constant default");
    CANNOT("phone", "timeless", "\"timeless\" has no created_at that tells how old a row is");
    CANNOT("phone", "texts", "\"texts\" has no created_at that tells how old a row is");
    CANNOT("phone", "records", "rows of \"records\" are never changed");
    CANNOT("reason", "data_sensitivity_classifications", "its table says what is cleared");
    REFUSED("22023", insert_method, CLASSIFY("null", "people", "phone", -1));
    MESSAGE("column \"phone\" of \"people\" cannot be cleared: its retention_days are -1");
    REFUSED("22023", insert_method, CLASSIFY("\"" A "\"", "days", "phone", 30));
    MESSAGE("column \"phone\" of \"days\" cannot be cleared: rows of \"days\" belong to no organization");
    CALL(1, insert_method, CLASSIFY("null", "days", "phone", 0));
    CALL(1, insert_method, CLASSIFY("null", "people", "note", 2147483647));
    CALL(1, insert_method, CLASSIFY("null", "people", "state", 1));
    CALL(1, insert_method, CLASSIFY("\"" A "\"", "people", "phone", 30));
    REFUSED("22023", update_method, "[\"data_sensitivity_classifications\", %d, {\"column_name\": \"mail\"}]", number);
    CALL(1, update_method, "[\"data_sensitivity_classifications\", %d, {\"column_name\": \"mail\", \"retention_days\": null}]", number);
    REFUSED("22023", update_method, "[\"data_sensitivity_classifications\", %d, {\"retention_days\": 3}]", number);
}

#define REFUSES(column, because, text)                                                                                          \
    do {                                                                                                                        \
        cr_assert_eq(world_migrate(w, "2.sql", slice_of_string(text)), -1, "not refused: %s", text);                            \
        cr_assert_str_eq(sqlstate_code(w->error.state), "55000");                                                               \
        MESSAGE("2.sql: column \"" column "\" of \"people\" cannot be cleared: " because);                                      \
    } while (0)

Test(classification, migrations_leave_what_can_be_cleared)
{
    CALL(1, insert_method, CLASSIFY("null", "people", "state", 30));
    CALL(1, insert_method, CLASSIFY("\"" A "\"", "people", "phone", 30));
    world_commit(w);
    REFUSES("state", "it is NOT NULL without a constant default", "ALTER TABLE people ALTER COLUMN state DROP DEFAULT;");
    REFUSES("phone", "it is NOT NULL without a constant default", "ALTER TABLE people ALTER COLUMN phone SET NOT NULL;");
    REFUSES("phone", "it is part of the index \"by_phone\"", "CREATE UNIQUE INDEX by_phone ON people (phone);");
    REFUSES("state", "\"people\" has no created_at that tells how old a row is", "ALTER TABLE people DROP COLUMN created_at;");
    REFUSES("phone", "there is no such column", "ALTER TABLE people DROP COLUMN phone CASCADE;");
    REFUSES("phone", "it is part of the foreign key \"people_phone_fkey\"",
            "CREATE TABLE phones (phone text PRIMARY KEY); ALTER TABLE people ADD FOREIGN KEY (phone) REFERENCES phones(phone);");
    SUCCEED(world_migrate(w, "3.sql", SLICE_LITERAL("CREATE INDEX by_phone ON people (phone); ALTER TABLE people ALTER COLUMN state DROP NOT NULL;")));
    world_begin(w);
    CALL(2, delete_method, "[\"data_sensitivity_classifications\", {\"where\": [\">\", \"id\", 0]}]");
    world_commit(w);
    SUCCEED(world_migrate(w, "4.sql", SLICE_LITERAL("ALTER TABLE people DROP COLUMN created_at;")));
    world_begin(w);
}
