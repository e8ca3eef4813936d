/* The list of tables that native code works on says what the reference's migrations make. */
#include "../engine/people.h"

#include "native/draft.h"

static struct world world, *w = &world;

static void open_world(void)
{
    world_open(w);
}

static void close_world(void)
{
    world_close(w);
}

TestSuite(reference, .init = open_world, .fini = close_world);

Test(reference, all_of_it_is_bound)
{
    apply_reference_schema(w);
    world_begin(w);
    const struct catalog *catalog = w->view.catalog;
    for (enum reference i = 0; i < REFERENCE_COUNT; i++)
        cr_expect(catalog->references[i] == catalog_table(catalog, slice_of_string(reference_tables[i].name)), "%s", reference_tables[i].name);
    for (const struct reference_module *module = reference_modules; module->name != NULL; module++)
        cr_expect(reference_module_bound(catalog, module, &w->error), "%s: %s", module->name, w->error.message);
    store_write_abort(w->store, &w->view);
}

/* Each of the ways in which a table is not the reference's, and what a call then says. */
static void expect(const char *columns, const char *code, const char *message)
{
    const struct table *table;
    world_schema(w, columns);
    world_begin(w);
    cr_expect_null(w->view.catalog->references[REFERENCE_ORGANIZATION_CREDITS]);
    cr_assert_eq(native_table_of(&w->rq, REFERENCE_ORGANIZATION_CREDITS, &table), -1);
    cr_expect_str_eq(sqlstate_code(w->error.state), code);
    cr_expect_str_eq(w->error.message, message);
    cr_expect_neq(w->error.hint[0], '\0');
    store_write_abort(w->store, &w->view);
}

#define START "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
#define TIMES "created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()"
#define CREDITS "total_credits integer NOT NULL, credits_remaining integer NOT NULL, cycle_start_date timestamptz NOT NULL, cycle_end_date timestamptz"
#define TABLE START "CREATE TABLE organization_credits (organization_id uuid PRIMARY KEY REFERENCES organizations(id), "

Test(reference, no_table)
{
    expect(START, "42P01", "relation \"organization_credits\" does not exist");
}

Test(reference, a_view)
{
    expect(START "CREATE VIEW organization_credits AS SELECT id AS organization_id FROM organizations;\n", "42809",
           "\"organization_credits\" is a view, not a table");
}

Test(reference, no_column)
{
    expect(TABLE "plan_name text NOT NULL, total_credits integer NOT NULL, " TIMES ");\n", "42703",
           "column \"credits_remaining\" of relation \"organization_credits\" does not exist");
}

Test(reference, another_type)
{
    expect(TABLE "plan_name text[] NOT NULL, " CREDITS ", " TIMES ");\n", "42804",
           "column \"plan_name\" of relation \"organization_credits\" is of type text[], not text");
}

Test(reference, nulls)
{
    expect(TABLE "plan_name text, " CREDITS ", " TIMES ");\n", "42P16", "column \"plan_name\" of relation \"organization_credits\" may be NULL");
}

Test(reference, another_key)
{
    expect(START "CREATE TABLE organization_credits (n integer, organization_id uuid NOT NULL, plan_name text NOT NULL, " CREDITS ", " TIMES
           ", PRIMARY KEY (organization_id, n));\n", "42P16", "the primary key of relation \"organization_credits\" is not (organization_id)");
}

/* What is dropped and made anew is looked at anew. */
Test(reference, made_anew)
{
    const char *good = "CREATE TABLE organization_credits (organization_id uuid PRIMARY KEY REFERENCES organizations(id), plan_name varchar(9) NOT NULL, "
                       CREDITS ", " TIMES ", note text);\n";
    world_schema(w, START "CREATE TABLE organization_credits (id integer PRIMARY KEY);\n");
    SUCCEED(world_migrate(w, "20250102000000_test.sql", slice_of_string("DROP TABLE organization_credits;\n")));
    SUCCEED(world_migrate(w, "20250103000000_test.sql", slice_of_string(good)));
    world_begin(w);
    cr_expect_not_null(w->view.catalog->references[REFERENCE_ORGANIZATION_CREDITS], "other widths and more columns are fine");
    store_write_abort(w->store, &w->view);
    SUCCEED(world_migrate(w, "20250104000000_test.sql", slice_of_string("ALTER TABLE organization_credits DROP COLUMN plan_name;\n")));
    world_begin(w);
    cr_expect_null(w->view.catalog->references[REFERENCE_ORGANIZATION_CREDITS]);
    store_write_abort(w->store, &w->view);
}
