/* Views in the catalog: their columns and text, what they depend on, and what PostgreSQL refuses with which words. */
#include "folding.h"

#include <criterion/parameterized.h>

static const struct catalog_view *view_of(const struct catalog *catalog, const char *name)
{
    const struct catalog_view *view = catalog_view(catalog, slice_of_string(name));
    cr_assert(view != NULL, "no view %s", name);
    return view;
}

Test(view, has_the_columns_of_its_select)
{
    struct catalog *catalog = folded("CREATE VIEW v (number) AS SELECT id, c.name, score * 2.5 AS weight, 'x' AS kind, count(*) AS over_all\n"
                                     "  FROM contacts c GROUP BY id;", NULL);
    const struct catalog_view *view = view_of(catalog, "v");
    cr_assert(eq(int, view->shape.column_count, 5));
    cr_expect_str_eq(view->shape.columns[0].name, "number");
    cr_expect(eq(int, view->shape.columns[0].type.id, TYPE_INT8));
    cr_expect_str_eq(view->shape.columns[2].name, "weight");
    cr_expect(eq(int, view->shape.columns[2].type.id, TYPE_NUMERIC));
    cr_expect(eq(int, view->shape.columns[3].type.id, TYPE_TEXT));
    cr_expect_str_eq(view->shape.columns[4].name, "over_all");
    cr_expect(catalog_table(catalog, SLICE_LITERAL("v")) == NULL);
    cr_expect(catalog_relation(catalog, SLICE_LITERAL("public.v")) == &view->shape);
    catalog_free(catalog);
}

Test(view, spreads_its_stars_once)
{
    struct catalog *catalog = folded(
        "CREATE VIEW v AS SELECT o.*, /* no * here */ 2 * 3 AS \"*\" FROM (SELECT * FROM organizations) o; -- *\n"
        "ALTER TABLE organizations ADD COLUMN plan text;\n"
        "CREATE VIEW w AS SELECT *, EXISTS (SELECT * FROM contacts) AS any FROM v;", NULL);
    cr_expect_str_eq(view_of(catalog, "v")->sql, "SELECT o.id, o.name, 2 * 3 AS \"*\" FROM (SELECT organizations.id, organizations.name FROM organizations) o");
    cr_expect_str_eq(view_of(catalog, "w")->sql, "SELECT v.id, v.name, v.\"*\", EXISTS (SELECT * FROM contacts) AS any FROM v");
    cr_expect(eq(int, view_of(catalog, "w")->depth, 2));
    catalog_free(catalog);
}

Test(view, may_grow_when_it_is_replaced)
{
    struct catalog *catalog = folded("CREATE VIEW v AS SELECT id FROM contacts; CREATE VIEW w AS SELECT id FROM v; COMMENT ON VIEW v IS 'kept';\n"
                                     "COMMENT ON COLUMN v.id IS 'a number'; CREATE OR REPLACE VIEW v AS SELECT id, name FROM contacts WHERE score > 1;\n"
                                     "ALTER TABLE contacts DROP COLUMN email;", NULL);
    const struct catalog_view *view = view_of(catalog, "v");
    cr_expect(eq(int, view->shape.column_count, 2));
    cr_expect_str_eq(view->shape.comment, "kept");
    cr_expect_str_eq(view->shape.columns[0].comment, "a number");
    cr_expect(view_of(catalog, "w")->reads[0].table == &view->shape);
    catalog_free(catalog);
}

/* A name that is an output's, of another table, or qualified is not taken by a column that comes later. */
Test(view, lets_its_tables_grow)
{
    struct catalog *catalog = folded(
        "CREATE VIEW v AS SELECT c.score AS plan, o.name FROM contacts c JOIN organizations o ON o.id = c.organization_id ORDER BY plan;\n"
        "CREATE VIEW w AS SELECT plan, count(*) AS n FROM v GROUP BY plan;\n"
        "ALTER TABLE organizations ADD COLUMN plan text, ADD COLUMN score integer; ALTER TABLE contacts ADD COLUMN n integer;\n"
        "CREATE OR REPLACE VIEW v AS SELECT c.score AS plan, o.name, o.plan AS n FROM contacts c JOIN organizations o ON o.id = c.organization_id;", NULL);
    cr_expect(eq(int, view_of(catalog, "v")->shape.column_count, 3));
    cr_expect(eq(int, view_of(catalog, "w")->depth, 2));
    catalog_free(catalog);
}

/* How deep a view is follows those that it reads, also when they become less deep. */
Test(view, is_as_deep_as_what_it_reads)
{
    struct catalog *catalog = folded("CREATE VIEW a AS SELECT id FROM contacts; CREATE VIEW b AS SELECT id FROM a; CREATE VIEW c AS SELECT id FROM contacts;\n"
                                     "CREATE VIEW d AS SELECT id FROM c; CREATE OR REPLACE VIEW c AS SELECT id FROM b;", NULL);
    cr_expect(eq(int, view_of(catalog, "d")->depth, 4));
    catalog_free(catalog);
    catalog = folded("CREATE VIEW a AS SELECT id FROM contacts; CREATE VIEW b AS SELECT id FROM a; CREATE VIEW c AS SELECT id FROM b;\n"
                     "CREATE OR REPLACE VIEW b AS SELECT id FROM contacts;", NULL);
    cr_expect(eq(int, view_of(catalog, "c")->depth, 2));
    catalog_free(catalog);
}

Test(view, goes_with_what_it_reads)
{
    struct catalog *catalog = folded("CREATE VIEW v AS SELECT id, name FROM contacts; CREATE VIEW w AS SELECT id FROM v;\n"
                                     "CREATE VIEW x AS SELECT count(*) FROM organizations; GRANT SELECT ON w TO anon;\n"
                                     "ALTER TABLE contacts DROP COLUMN name CASCADE; DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT 1 AS one;", NULL);
    cr_expect(eq(int, catalog->view_count, 2));
    cr_expect(catalog_view(catalog, SLICE_LITERAL("w")) == NULL);
    cr_expect(eq(int, view_of(catalog, "v")->reads_count, 0));
    catalog_free(catalog);
    catalog = folded("CREATE VIEW v AS SELECT id FROM contacts; CREATE VIEW w AS SELECT id FROM v; DROP VIEW v, w;\n"
                     "CREATE VIEW v AS SELECT id FROM contacts; ALTER VIEW v RENAME TO u; DROP TABLE contacts CASCADE;", NULL);
    cr_expect(eq(int, catalog->view_count, 0));
    catalog_free(catalog);
}

struct refusal { char sql[500], state[6], message[160]; };

ParameterizedTestParameters(view, refuses)
{
    static struct refusal cases[] = {
        { "CREATE TABLE v (id int PRIMARY KEY);", "42P07", "relation \"v\" already exists" },
        { "CREATE VIEW v AS SELECT 1 AS a;", "42P07", "relation \"v\" already exists" },
        { "CREATE OR REPLACE VIEW contacts AS SELECT 1 AS a;", "42809", "\"contacts\" is not a view" },
        { "DROP TABLE v;", "42809", "\"v\" is not a table" },
        { "DROP VIEW contacts;", "42809", "\"contacts\" is not a view" },
        { "DROP VIEW nothing;", "42P01", "does not exist" },
        { "COMMENT ON TABLE v IS 'x';", "42809", "\"v\" is not a table" },
        { "COMMENT ON VIEW contacts IS 'x';", "42809", "\"contacts\" is not a view" },
        { "CREATE INDEX i ON v (id);", "42809", "\"v\" is not a table" },
        { "ALTER TABLE v ADD COLUMN x int;", "42809", "\"v\" is not a table" },
        { "INSERT INTO v VALUES (1);", "42809", "\"v\" is not a table" },
        { "CREATE TABLE t (id int PRIMARY KEY, v bigint REFERENCES v (id));", "42809", "\"v\" is not a table" },
        { "DROP VIEW v;", "2BP01", "cannot drop view v because other objects depend on it" },
        { "DROP TABLE contacts;", "2BP01", "cannot drop table contacts because other objects depend on it" },
        { "ALTER TABLE contacts DROP COLUMN name;", "2BP01", "cannot drop column name of table contacts because other objects depend on it" },
        { "ALTER TABLE contacts DROP COLUMN score;", "2BP01", "cannot drop column score of table contacts because other objects depend on it" },
        { "ALTER TABLE contacts ALTER COLUMN score TYPE bigint;", "0A000", "cannot alter type of a column used by a view or rule" },
        { "CREATE OR REPLACE VIEW v AS SELECT id FROM contacts;", "42P16", "cannot drop columns from view" },
        { "CREATE OR REPLACE VIEW v AS SELECT id, email FROM contacts;", "42P16", "cannot change name of view column \"name\" to \"email\"" },
        { "CREATE OR REPLACE VIEW v AS SELECT id, name COLLATE \"de-x-icu\" AS name FROM contacts;", "42P16",
          "cannot change collation of view column \"name\" from \"default\" to \"de-x-icu\"" },
        { "CREATE TABLE two (id int PRIMARY KEY, a text COLLATE \"de-x-icu\", b text COLLATE \"C\"); CREATE VIEW x AS SELECT a || b AS c FROM two;", "42P22", "\"c\"" },
        { "CREATE OR REPLACE VIEW v AS SELECT id, score AS name FROM contacts;", "42P16",
          "cannot change data type of view column \"name\" from text to integer" },
        { "CREATE OR REPLACE VIEW v AS SELECT id, 'x' AS name FROM w;", "42P17", "infinite recursion detected in rules for relation \"v\"" },
        { "CREATE OR REPLACE VIEW v AS SELECT id, name FROM v;", "42P17", "infinite recursion detected in rules for relation \"v\"" },
        { "ALTER VIEW v RENAME TO u;", "0A000", "which view \"w\" reads" },
        { "CREATE VIEW u AS SELECT a FROM contacts;", "42703", "column \"a\" does not exist at line 3, column 25" },
        { "CREATE VIEW u AS SELECT name, count(*) FROM contacts;", "42803", "must appear in the GROUP BY clause" },
        { "CREATE VIEW u AS SELECT id, score AS id FROM contacts;", "42701", "column \"id\" specified more than once" },
        { "CREATE VIEW u (a, b) AS SELECT id FROM contacts;", "42601", "more column names than columns" },
        { "CREATE VIEW u AS SELECT $1 AS x;", "42P02", "there is no parameter $1" },
        { "CREATE VIEW u WITH (security_invoker = false) AS SELECT id FROM contacts;", "0A000", "without security_invoker" },
        { "ALTER VIEW v SET (security_invoker = off);", "0A000", "without security_invoker" },
        { "CREATE VIEW u WITH (security_barrier) AS SELECT id FROM contacts;", "0A000", "security_barrier" },
        { "CREATE VIEW u AS SELECT id FROM contacts WITH CHECK OPTION;", "0A000", "WITH CHECK OPTION" },
        { "CREATE TEMP VIEW u AS SELECT id FROM contacts;", "0A000", "TEMPORARY" },
        { "CREATE RECURSIVE VIEW u (n) AS SELECT 1;", "0A000", "WITH" },
        { "CREATE MATERIALIZED VIEW u AS SELECT id FROM contacts;", "0A000", "CREATE MATERIALIZED" },
        { "CREATE POLICY p ON contacts USING (id IN (SELECT id FROM v));", "0A000", "a view in a policy" },
        { "CREATE VIEW g AS SELECT max(id) AS id FROM contacts; CREATE VIEW u AS SELECT id FROM contacts WHERE id IN (SELECT id FROM g);", "0A000",
          "it is not just one table" },
        { "CREATE VIEW d2 AS SELECT id FROM w; CREATE VIEW d3 AS SELECT id FROM d2; CREATE VIEW d4 AS SELECT id FROM d3;"
          "CREATE VIEW d5 AS SELECT id FROM d4; CREATE VIEW d6 AS SELECT id FROM d5; CREATE VIEW d7 AS SELECT id FROM d6;"
          "CREATE VIEW d8 AS SELECT id FROM d7;", "54000", "more than 8 deep" },
        { "CREATE VIEW u AS SELECT o.name, score FROM contacts, organizations o; ALTER TABLE organizations ADD COLUMN score integer;", "42702",
          "view \"u\" would not be read any more: column reference \"score\" is ambiguous" },
        { "CREATE VIEW u AS SELECT id FROM contacts c WHERE EXISTS (SELECT FROM organizations o WHERE o.id = c.organization_id AND score > 1);"
          "ALTER TABLE organizations ADD COLUMN plan text, ADD COLUMN score integer;", "0A000",
          "column \"score\" of \"organizations\" would take a name in the text of view \"u\"" },
        { "CREATE VIEW u AS SELECT lower(name) AS low FROM contacts GROUP BY low; ALTER TABLE contacts ADD COLUMN low text;", "42803",
          "view \"u\" would not be read any more" },
        { "CREATE VIEW u AS SELECT email, v.id FROM v, contacts; CREATE OR REPLACE VIEW v AS SELECT id, name, email FROM contacts;", "42702",
          "view \"u\" would not be read any more" },
        { "CREATE VIEW u AS SELECT 1 AS one FROM w a, w b, w c; CREATE OR REPLACE VIEW v AS SELECT a.id, a.name FROM contacts a, contacts b, contacts c;",
          "54000", "view \"u\" reads this one: " },
        { "CREATE VIEW d1 AS SELECT id FROM contacts; CREATE VIEW d2 AS SELECT id FROM d1; CREATE VIEW d3 AS SELECT id FROM d2;"
          "CREATE VIEW d4 AS SELECT id FROM d3; CREATE VIEW d5 AS SELECT id FROM d4; CREATE VIEW d6 AS SELECT id FROM d5;"
          "CREATE VIEW d7 AS SELECT id FROM d6; CREATE OR REPLACE VIEW v AS SELECT id, 'x' AS name FROM d7;", "54000", "more than 8 deep" },
        { "CREATE VIEW e1 AS SELECT count(*) AS n FROM v; CREATE VIEW e2 AS SELECT count(*) AS n FROM e1 a, e1 b, e1 c, e1 d, e1 e, e1 f, e1 g, e1 h;"
          "CREATE VIEW e3 AS SELECT count(*) AS n FROM e2 a, e2 b, e2 c, e2 d, e2 e, e2 f, e2 g, e2 h;"
          "CREATE VIEW e4 AS SELECT count(*) AS n FROM e3 a, e3 b, e3 c, e3 d, e3 e, e3 f, e3 g, e3 h;", "54000",
          "more than 256 views and sub-selects" },
    };
    return cr_make_param_array(struct refusal, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct refusal *t, view, refuses)
{
    char sql[700];
    struct catalog *catalog = catalog_new();
    struct effects effects;
    struct error error = { 0 };
    cr_assert(eq(int, fold_text(catalog, "base.sql", BASE, &effects, &error), 0));
    snprintf(sql, sizeof sql, "CREATE VIEW v WITH (security_invoker = on) AS SELECT id, name FROM contacts WHERE score > 0;\nCREATE VIEW w AS SELECT id FROM v;\n%s", t->sql);
    cr_assert(eq(int, fold_text(catalog, "case.sql", sql, &effects, &error), -1), "%s", t->sql);
    cr_expect_str_eq(sqlstate_code(error.state), t->state, "%s: %s", t->sql, error.message);
    cr_expect(strstr(error.message, t->message) != NULL, "%s: %s", t->sql, error.message);
    catalog_free(catalog);
}
