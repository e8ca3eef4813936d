/* What is refused, how, and where: every refusal has PostgreSQL's SQLSTATE and begins with file and line. */
#include "folding.h"

#include <criterion/parameterized.h>

struct refusal { char name[40]; char sql[400]; char state[6]; char message[120]; };

#define TOUCHING "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;"
#define CALLING "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION f();"

ParameterizedTestParameters(refusals, each)
{
    static struct refusal cases[] = {
        { "syntax", "SELECT 1;\nCREATE TABEL x (a int);", "42601", "case.sql:2: syntax error" },
        { "line of the statement", "CREATE TYPE m AS ENUM ('a');\n\n-- x\nDROP TABLE nowhere;", "42P01", "case.sql:4: relation \"nowhere\" does not exist" },
        { "a setting without arguments", "SELECT set_config();", "0A000", "SELECT does nothing in a migration" },
        { "table exists", "CREATE TABLE contacts (id int PRIMARY KEY);", "42P07", "relation \"contacts\" already exists" },
        { "no primary key", "\nCREATE TABLE t (a int);", "0A000", "case.sql:2: table \"t\" has no primary key" },
        { "two primary keys", "CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY);", "42P16", "multiple primary keys" },
        { "column twice", "CREATE TABLE t (a int PRIMARY KEY, a int);", "42701", "column \"a\" of relation \"t\" already exists" },
        { "key column twice", "CREATE TABLE t (a int, PRIMARY KEY (a, a));", "42701", "appears twice" },
        { "no such column", "CREATE TABLE t (a int, PRIMARY KEY (b));", "42703", "column \"b\"" },
        { "no such type", "CREATE TABLE t (a strange PRIMARY KEY);", "42704", "strange" },
        { "type not supported", "CREATE TABLE t (a money PRIMARY KEY);", "0A000", "type \"money\" is not supported" },
        { "null and not null", "CREATE TABLE t (a int PRIMARY KEY, b int NULL NOT NULL);", "42601", "conflicting NULL/NOT NULL" },
        { "system column", "CREATE TABLE t (a int PRIMARY KEY, xmin int);", "42701", "system column" },
        { "default of a wrong type", "CREATE TABLE t (a int PRIMARY KEY DEFAULT 'x');", "22P02", "case.sql:1" },
        { "default reads a column", "CREATE TABLE t (a int PRIMARY KEY, b int DEFAULT a);", "", "case.sql:1" },
        { "check is no boolean", "CREATE TABLE t (a int PRIMARY KEY CHECK (a + 1));", "42804", "boolean" },
        { "sub-select in a check", "CREATE TABLE t (a int PRIMARY KEY CHECK (a IN (SELECT score FROM contacts)));", "", "case.sql:1" },
        { "generated and default", "CREATE TABLE t (a int PRIMARY KEY, b int DEFAULT 1 GENERATED ALWAYS AS (a) STORED);", "42601", "both default and generation" },
        { "generated not immutable", "CREATE TABLE t (a int PRIMARY KEY, b timestamptz GENERATED ALWAYS AS (now()) STORED);", "42P17", "not immutable" },
        { "generated reads generated", "CREATE TABLE t (a int PRIMARY KEY, b int GENERATED ALWAYS AS (a) STORED, c int GENERATED ALWAYS AS (b) STORED);", "42P17", "generated column \"b\"" },
        { "reference to nothing", "CREATE TABLE t (a int PRIMARY KEY REFERENCES later); CREATE TABLE later (id int PRIMARY KEY);", "42P01", "relation \"later\" does not exist" },
        { "reference without a key", "CREATE TABLE t (a text PRIMARY KEY REFERENCES contacts(name));", "42830", "no unique constraint matching" },
        { "reference of another type", "CREATE TABLE t (a uuid PRIMARY KEY REFERENCES contacts);", "42804", "cannot be implemented" },
        { "reference of another width", "CREATE TABLE t (a int PRIMARY KEY, b int, FOREIGN KEY (a, b) REFERENCES contacts);", "42830", "disagree" },
        { "deferrable", "CREATE TABLE t (a int PRIMARY KEY REFERENCES contacts DEFERRABLE);", "0A000", "deferrable" },
        { "exclude", "CREATE TABLE t (a int PRIMARY KEY, EXCLUDE USING gist (a WITH =));", "0A000", "EXCLUDE" },
        { "inherits", "CREATE TABLE t (a int PRIMARY KEY) INHERITS (contacts);", "0A000", "INHERITS" },
        { "partition", "CREATE TABLE t (a int PRIMARY KEY) PARTITION BY RANGE (a);", "0A000", "partitioning" },
        { "temporary", "CREATE TEMP TABLE t (a int PRIMARY KEY);", "0A000", "TEMPORARY" },
        { "like", "CREATE TABLE t (LIKE contacts);", "0A000", "LIKE" },
        { "collation", "CREATE TABLE t (a text COLLATE \"de_DE\" PRIMARY KEY);", "42704", "de_DE" },
        { "collation of another type", "CREATE TABLE t (a integer COLLATE \"de-x-icu\" PRIMARY KEY);", "42804", "integer" },
        { "collation of an index", "CREATE TABLE t (a text PRIMARY KEY); CREATE INDEX ON t (a COLLATE \"nosuch-x-icu\");", "42704", "nosuch-x-icu" },
        { "new collation", "CREATE COLLATION own (provider = icu, locale = 'de');", "0A000", "CREATE COLLATION" },
        { "identity always", "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);", "0A000", "IDENTITY" },
        { "organization of a wrong type", "CREATE TABLE t (id int PRIMARY KEY, organization_id bigint);", "0A000", "must be a uuid" },
        { "other schema", "CREATE TABLE other.t (a int PRIMARY KEY);", "3F000", "schema \"other\" does not exist" },
        { "gin", "CREATE INDEX ON contacts USING gin (name);", "0A000", "access method \"gin\"" },
        { "expression index", "CREATE INDEX ON contacts (lower(name));", "0A000", "indexes on expressions" },
        { "include", "CREATE INDEX ON contacts (name) INCLUDE (email);", "0A000", "INCLUDE" },
        { "predicate with now()", "CREATE INDEX i ON contacts (created_at)\n  WHERE created_at < NOW();", "42P17", "case.sql:1: functions in index predicate must be marked IMMUTABLE" },
        { "index exists", "CREATE INDEX i ON contacts (name); CREATE INDEX i ON contacts (name);", "42P07", "relation \"i\" already exists" },
        { "index of json", "CREATE TABLE t (id int PRIMARY KEY, j json UNIQUE);", "42704", "no default operator class" },
        { "index with too many columns", "CREATE TABLE t (a int, b int, c int, d int, e int, f int, g int, h int, i int, PRIMARY KEY (a,b,c,d,e,f,g,h,i));", "54000", "at most 8" },
        { "policy on nothing", "CREATE POLICY p ON nowhere USING (true);", "42P01", "nowhere" },
        { "policy twice", "CREATE POLICY p ON contacts USING (true); CREATE POLICY p ON contacts USING (true);", "42710", "policy \"p\" for table \"contacts\" already exists" },
        { "policy for insert", "CREATE POLICY p ON contacts FOR INSERT USING (true);", "42601", "only WITH CHECK" },
        { "policy for select", "CREATE POLICY p ON contacts FOR SELECT WITH CHECK (true);", "42601", "WITH CHECK cannot" },
        { "policy of nobody", "CREATE POLICY p ON contacts TO nobody USING (true);", "42704", "role \"nobody\" does not exist" },
        { "policy with a wrong column", "CREATE POLICY p ON contacts USING (\n  nothing = 1);", "42703", "nothing" },
        { "drop what is referenced", "DROP TABLE organizations;", "2BP01", "cannot drop table organizations" },
        { "drop what a policy reads", "CREATE POLICY p ON organizations USING (EXISTS (SELECT 1 FROM contacts)); DROP TABLE contacts;", "2BP01", "cannot drop table contacts" },
        { "drop a column of a policy", "CREATE POLICY p ON contacts USING (name = 'x'); ALTER TABLE contacts DROP COLUMN name;", "2BP01", "column name of table contacts" },
        { "drop a key column", "ALTER TABLE contacts DROP COLUMN id;", "0A000", "primary key" },
        { "drop a key", "ALTER TABLE contacts DROP CONSTRAINT contacts_pkey;", "0A000", "primary key" },
        { "drop an index of a constraint", "DROP INDEX auth.users_email_key;", "2BP01", "requires it" },
        { "drop no constraint", "ALTER TABLE contacts DROP CONSTRAINT x;", "42704", "constraint \"x\"" },
        { "drop no policy", "DROP POLICY p ON contacts;", "42704", "policy \"p\"" },
        { "drop a type in use", "CREATE TYPE m AS ENUM ('a'); ALTER TABLE contacts ADD COLUMN m m; DROP TYPE m;", "2BP01", "cannot drop type m" },
        { "type to something else", "ALTER TABLE contacts ALTER COLUMN name TYPE integer;", "42804", "cannot be cast automatically" },
        { "type under a policy", "CREATE POLICY p ON contacts USING (score > 1); ALTER TABLE contacts ALTER score TYPE bigint;", "0A000", "policy definition" },
        { "type of a key", "ALTER TABLE contacts ALTER COLUMN id TYPE text;", "0A000", "serial" },
        { "type of a reference", "ALTER TABLE contacts ALTER COLUMN organization_id TYPE text;", "42804", "cannot be implemented" },
        { "rename", "ALTER TABLE contacts RENAME COLUMN name TO title;", "0A000", "RENAME" },
        { "function", "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1';", "0A000", "function mine is not one" },
        { "trigger", "CREATE TRIGGER t AFTER INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION notify_me();", "0A000", "trigger \"t\"" },
        { "a trigger's function that does more", "CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); "
          "NEW.name = upper(NEW.name); RETURN NEW; END $$;", "0A000", "function set_updated_at is not one" },
        { "a trigger's function with more behind it", "CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); "
          "PERFORM told(NEW.id); RETURN NEW; END $$;", "0A000", "function set_updated_at is not one" },
        { "a trigger's function that sets nothing", "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;", "0A000", "function f is not one" },
        { "another clock", "CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = clock_timestamp(); RETURN NEW; END $$;",
          "0A000", "function set_updated_at is not one" },
        { "another language", "CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plv8 AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;", "0A000",
          "function set_updated_at is not one" },
        { "a trigger on a delete", TOUCHING "CREATE TRIGGER t BEFORE UPDATE OR DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION f();", "0A000", "BEFORE INSERT or UPDATE" },
        { "moddatetime on an insert", "CREATE EXTENSION moddatetime; CREATE TRIGGER t BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION moddatetime(updated_at);", "0A000", "of updates alone" },
        { "a trigger afterwards", TOUCHING "CREATE TRIGGER t AFTER UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION f();", "0A000", "BEFORE INSERT or UPDATE" },
        { "a trigger of a statement", TOUCHING "CREATE TRIGGER t BEFORE UPDATE ON contacts EXECUTE FUNCTION f();", "0A000", "FOR EACH ROW" },
        { "a trigger with WHEN", TOUCHING "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION f();", "0A000", "WHEN" },
        { "a trigger of columns", TOUCHING "CREATE TRIGGER t BEFORE UPDATE OF name ON contacts FOR EACH ROW EXECUTE FUNCTION f();", "0A000", "some columns" },
        { "a trigger twice", TOUCHING CALLING CALLING, "42710", "already exists" },
        { "a trigger of no function", "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION g();", "42883", "function g() does not exist" },
        { "a trigger of no column", "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed = now(); RETURN NEW; END $$;" CALLING, "42703", "\"changed\"" },
        { "a trigger of a text", "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name = now(); RETURN NEW; END $$;" CALLING, "0A000", "\"name\"" },
        { "a function that a trigger calls", TOUCHING CALLING "DROP FUNCTION f();", "2BP01", "trigger t on table contacts" },
        { "a function twice", TOUCHING TOUCHING, "42723", "already exists" },
        { "moddatetime without its extension", "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION moddatetime(at);", "42883", "moddatetime" },
        { "moddatetime of no column", "CREATE EXTENSION moddatetime; CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION moddatetime();", "0A000", "one column" },
        { "moddatetime and its extension", "CREATE EXTENSION moddatetime; CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION moddatetime(at);"
          "DROP EXTENSION moddatetime;", "2BP01", "trigger t on table contacts" },
        { "a mark of a text", "COMMENT ON COLUMN contacts.name IS '@touch';", "0A000", "cannot say @touch" },
        { "do block", "DO $$ BEGIN NULL; END $$;", "0A000", "DO is not supported" },
        { "role", "CREATE ROLE somebody;", "0A000", "role \"somebody\"" },
        { "extension", "CREATE EXTENSION postgis;", "0A000", "postgis" },
        { "setting", "SET work_mem = '1GB';", "0A000", "work_mem" },
        { "select", "SELECT 1;", "0A000", "SELECT" },
        { "rollback", "ROLLBACK;", "0A000", "ROLLBACK" },
        { "insert into nothing", "INSERT INTO nowhere (a) VALUES (1);", "42P01", "nowhere" },
        { "insert of no column", "INSERT INTO contacts (nothing) VALUES (1);", "42703", "column \"nothing\"" },
        { "comment on nothing", "COMMENT ON TABLE nowhere IS 'x';", "42P01", "nowhere" },
        { "grant to nobody", "GRANT SELECT ON contacts TO nobody;", "42704", "nobody" },
        { "enum label before", "CREATE TYPE m AS ENUM ('a'); ALTER TYPE m ADD VALUE 'b' BEFORE 'a';", "0A000", "at the end" },
        { "enum label twice", "CREATE TYPE m AS ENUM ('a', 'a');", "42710", "enum label" },
        { "serial array", "CREATE TABLE t (a serial[] PRIMARY KEY);", "0A000", "array of serial" },
        { "not utf-8", "COMMENT ON TABLE contacts IS '\xff';", "22021", "case.sql:1" },
        { "sequence from 5", "CREATE SEQUENCE s START 5;", "0A000", "sequence" },
    };
    return cr_make_param_array(struct refusal, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct refusal *t, refusals, each)
{
    struct catalog *catalog = folded("", NULL);
    struct effects effects;
    struct error error;
    cr_assert(eq(int, fold_text(catalog, "case.sql", t->sql, &effects, &error), -1), "%s: %s", t->name, t->sql);
    if (t->state[0] != '\0')
        cr_expect(eq(str, (char *)sqlstate_code(error.state), t->state), "%s: %s", t->name, error.message);
    cr_expect(strstr(error.message, t->message) != NULL, "%s: %s", t->name, error.message);
    cr_expect(eq(int, strncmp(error.message, "case.sql:", 9), 0), "%s: %s", t->name, error.message);
    catalog_free(catalog);
}
