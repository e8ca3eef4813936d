/* What changing a schema leaves in the catalog, and what it asks of the rows. */
#include "folding.h"
#include "sql/statement.h"

Test(alter, a_constant_default_touches_no_row)
{
    struct effects effects;
    struct catalog *catalog = folded("ALTER TABLE contacts ADD COLUMN source text NOT NULL DEFAULT 'web', ADD seen timestamptz DEFAULT now();", &effects);
    const struct column *source = column_of(table_of(catalog, "contacts"), "source"), *seen = column_of(table_of(catalog, "contacts"), "seen");
    cr_expect(eq(int, count_effects(&effects, EFFECT_ADD_COLUMN), 2));
    cr_expect(eq(int, effects.count, 2));
    cr_expect(slice_is(source->missing.bytes, "web"));
    cr_expect(eq(i64, value_unix_us(&seen->missing), APPLIED_US));      /* now() is one instant for all rows, as in PostgreSQL */
    catalog_free(catalog);
}

Test(alter, a_volatile_default_fills_every_row)
{
    struct effects effects;
    struct catalog *catalog = folded("ALTER TABLE contacts ADD COLUMN token uuid DEFAULT gen_random_uuid(), ADD COLUMN n serial;", &effects);
    cr_expect(eq(int, count_effects(&effects, EFFECT_STATEMENT), 2));
    const struct statement *fill = effect_of(&effects, EFFECT_STATEMENT)->statement;
    cr_expect(eq(str, (char *)fill->rows[0].column, "token"));
    cr_expect(fill->rows[0].value == NULL);
    cr_expect(value_is_null(&column_of(table_of(catalog, "contacts"), "token")->missing));
    catalog_free(catalog);
}

Test(alter, new_rules_check_every_row)
{
    struct effects effects;
    struct catalog *catalog = folded("ALTER TABLE contacts ALTER name SET NOT NULL, ADD CHECK (score > 0), ADD UNIQUE (email),\n"
                                     "  ADD COLUMN owner uuid REFERENCES auth.users, ADD COLUMN must text NOT NULL;", &effects);
    cr_expect(eq(int, count_effects(&effects, EFFECT_CHECK_ROWS), 4));      /* owner is NULL everywhere: nothing to check */
    cr_expect(eq(int, count_effects(&effects, EFFECT_BUILD_INDEX), 1));
    cr_expect(index_of(catalog, "contacts_email_key")->unique);
    cr_expect(eq(str, (char *)table_of(catalog, "contacts")->checks[0].name, "contacts_score_check"));
    catalog_free(catalog);
}

Test(alter, a_dropped_column_keeps_its_slot)
{
    struct effects effects;
    struct catalog *catalog = folded("CREATE INDEX i ON contacts (name, email); ALTER TABLE contacts ADD CHECK (name <> email);\n"
                                     "ALTER TABLE contacts DROP COLUMN name; ALTER TABLE contacts ADD COLUMN name int DEFAULT 7;", &effects);
    const struct table *contacts = table_of(catalog, "contacts");
    cr_expect(contacts->columns[2].dropped);
    cr_expect(eq(int, table_column(contacts, SLICE_LITERAL("name")), 6));
    cr_expect(eq(int, contacts->check_count, 0));
    cr_expect(catalog_index(catalog, SLICE_LITERAL("i")) == NULL);
    cr_expect(eq(int, count_effects(&effects, EFFECT_DROP_INDEX), 1));
    cr_expect(eq(int, count_effects(&effects, EFFECT_BUILD_INDEX), 1));
    catalog_free(catalog);
}

Test(alter, stored_rows_read_their_missing_tail)
{
    struct catalog *catalog = folded("ALTER TABLE contacts DROP COLUMN email; ALTER TABLE contacts ADD COLUMN level integer DEFAULT 3;", NULL);
    const struct table *contacts = table_of(catalog, "contacts");
    struct buf bytes = { 0 };
    struct row row;
    struct value value;
    mp_put_array(&bytes, 5);
    mp_put_int(&bytes, 1);
    mp_put_nil(&bytes);
    mp_put_string(&bytes, "Ada");
    mp_put_string(&bytes, "ada@example.com");       /* written before the column was dropped */
    mp_put_int(&bytes, 9);
    cr_assert(eq(int, row_open(buf_slice(&bytes), &row), 0));
    cr_assert(eq(int, table_value(contacts, &row, 2, &value), 0));
    cr_expect(slice_is(value.bytes, "Ada"));
    cr_assert(eq(int, table_value(contacts, &row, 3, &value), 0));
    cr_expect(value_is_null(&value));
    cr_assert(eq(int, table_value(contacts, &row, table_column(contacts, SLICE_LITERAL("level")), &value), 0));
    cr_expect(eq(i64, value.integer, 3));
    buf_done(&bytes);
    catalog_free(catalog);
}

Test(alter, a_wider_type_touches_no_row)
{
    struct effects effects;
    struct catalog *catalog = folded("CREATE INDEX i ON contacts (score); ALTER TABLE contacts ALTER COLUMN score TYPE bigint;", &effects);
    cr_expect(eq(int, count_effects(&effects, EFFECT_REWRITE), 0));
    cr_expect(eq(int, count_effects(&effects, EFFECT_BUILD_INDEX), 1));
    cr_expect(eq(int, column_of(table_of(catalog, "contacts"), "score")->type.id, TYPE_INT8));
    catalog_free(catalog);
}

Test(alter, another_type_rewrites_and_builds_anew)
{
    struct catalog *catalog = folded("CREATE INDEX i ON contacts (score); ALTER TABLE contacts ADD CHECK (score > 1), ADD n int DEFAULT 5;", NULL);
    uint16_t old = index_of(catalog, "i")->relation;
    struct effects effects;
    struct error error;
    cr_assert(eq(int, fold_text(catalog, "type.sql", "ALTER TABLE contacts ALTER score TYPE numeric(6,2) USING score / 2.0,\n"
                                "  ALTER n TYPE text;", &effects, &error), 0), "%s", error.message);
    cr_expect(eq(int, count_effects(&effects, EFFECT_REWRITE), 2));
    const struct effect *rewrite = effect_of(&effects, EFFECT_REWRITE);
    cr_expect(rewrite->retyped);
    cr_expect(rewrite->convert != NULL);
    cr_expect(eq(int, rewrite->old_type.id, TYPE_INT4));
    cr_expect(eq(int, effect_of(&effects, EFFECT_DROP_INDEX)->relation, old));
    cr_expect(index_of(catalog, "i")->relation > old);
    cr_expect(slice_is(column_of(table_of(catalog, "contacts"), "n")->missing.bytes, "5"));
    catalog_free(catalog);
}

Test(alter, generated_columns_are_computed)
{
    struct effects effects;
    struct catalog *catalog = folded("ALTER TABLE contacts ADD COLUMN minutes integer NOT NULL DEFAULT 60,\n"
        "  ADD COLUMN until timestamptz GENERATED ALWAYS AS (created_at + (minutes || ' minutes')::INTERVAL) STORED;", &effects);
    const struct column *until = column_of(table_of(catalog, "contacts"), "until");
    cr_expect(eq(str, (char *)until->generated_sql, "((created_at AT TIME ZONE 'UTC') + minutes * INTERVAL '1 minute') AT TIME ZONE 'UTC'"));
    cr_expect(eq(int, count_effects(&effects, EFFECT_REWRITE), 1));
    catalog_free(catalog);
}

Test(alter, texts_are_cut_where_they_end)
{
    struct catalog *catalog = folded(
        "CREATE TABLE t (id int PRIMARY KEY DEFAULT (1 + 2) /* three */ CHECK (id <> 5 -- never, )\n), a text DEFAULT ')' NOT NULL,\n"
        "  b text DEFAULT 'x'\n 'y', c int DEFAULT CASE WHEN true THEN 1 ELSE NULL END CHECK(c>0), d text DEFAULT $q$it's, $q$,\n"
        "  e text CONSTRAINT \"check\" CHECK (e LIKE E'\\'%)'), f timestamp, g int,\n"
        "  h timestamp GENERATED ALWAYS AS (f + (g || ' hours')::interval) STORED);\n"
        "CREATE INDEX i ON t (a) WHERE id > 1 AND ( a <> '') ;", NULL);
    const struct table *t = table_of(catalog, "t");
    cr_expect(eq(str, (char *)column_of(t, "id")->default_sql, "(1 + 2)"));
    cr_expect(eq(str, (char *)t->checks[0].sql, "id <> 5"));
    cr_expect(eq(str, (char *)column_of(t, "a")->default_sql, "')'"));
    cr_expect(eq(str, (char *)column_of(t, "b")->default_sql, "'x'\n'y'"));
    cr_expect(eq(str, (char *)column_of(t, "c")->default_sql, "CASE WHEN true THEN 1 ELSE NULL END"));
    cr_expect(eq(str, (char *)column_of(t, "d")->default_sql, "$q$it's, $q$"));
    cr_expect(eq(str, (char *)t->checks[2].sql, "e LIKE E'\\'%)'"));
    cr_expect(eq(str, (char *)column_of(t, "h")->generated_sql, "f + g * INTERVAL '1 hour'"));
    cr_expect(eq(str, (char *)index_of(catalog, "i")->predicate_sql, "id > 1 AND (a <> '')"));
    catalog_free(catalog);
}

/* The expression as the reference writes it and the immutable one give the same instant. */
Test(alter, both_spellings_of_window_end_agree)
{
    struct catalog *catalog = folded("CREATE TABLE w (id int PRIMARY KEY, s timestamptz, m int,\n"
        "  a timestamptz GENERATED ALWAYS AS (s + (m || ' minutes')::interval) STORED,\n"
        "  b timestamptz GENERATED ALWAYS AS (((s AT TIME ZONE 'UTC') + m * INTERVAL '1 minute') AT TIME ZONE 'UTC') STORED);", NULL);
    const struct table *table = table_of(catalog, "w");
    cr_expect(expr_equal(column_of(table, "a")->generated, column_of(table, "b")->generated));
    catalog_free(catalog);
}

Test(alter, cascade_takes_what_depends)
{
    struct catalog *catalog = folded("CREATE POLICY p ON organizations USING (EXISTS (SELECT 1 FROM contacts WHERE name = 'x'));\n"
                                     "CREATE TABLE notes (id bigserial PRIMARY KEY, contact_id bigint REFERENCES contacts);\n"
                                     "DROP TABLE contacts CASCADE;", NULL);
    cr_expect(catalog_table(catalog, SLICE_LITERAL("contacts")) == NULL);
    cr_expect(eq(int, catalog->organizations->policy_count, 0));
    cr_expect(eq(int, table_of(catalog, "notes")->foreign_key_count, 0));
    cr_expect(eq(int, table_of(catalog, "notes")->tenancy, TENANCY_GLOBAL));
    catalog_free(catalog);
}

Test(alter, drop_names_every_relation)
{
    struct catalog *catalog = folded("CREATE INDEX i ON contacts (name);", NULL);
    uint16_t table = table_of(catalog, "contacts")->relation, index = index_of(catalog, "i")->relation;
    struct effects effects;
    struct error error;
    cr_assert(eq(int, fold_text(catalog, "drop.sql", "DROP TABLE contacts, organizations, profiles; CREATE TABLE contacts (id serial PRIMARY KEY);", &effects, &error), 0), "%s", error.message);
    cr_expect(eq(int, count_effects(&effects, EFFECT_DROP_TABLE), 3));
    cr_expect(eq(int, effect_of(&effects, EFFECT_DROP_INDEX)->relation, index));
    cr_expect(catalog->table_by_relation[table] == NULL);
    cr_expect(table_of(catalog, "contacts")->relation > index);     /* (C1) */
    cr_expect(catalog->organizations == NULL);
    catalog_free(catalog);
}

/* (C4): rows would lie in the wrong houses. */
Test(alter, another_tenancy_wants_an_empty_table)
{
    struct catalog *catalog = folded("CREATE TABLE notes (id bigserial PRIMARY KEY, contact_id bigint NOT NULL REFERENCES contacts);", NULL);
    cr_expect(eq(int, table_of(catalog, "notes")->tenancy, TENANCY_CHILD));
    struct effects effects;
    struct error error;
    cr_assert(eq(int, fold_text(catalog, "tenant.sql", "COMMENT ON TABLE notes IS 'x'; ALTER TABLE notes ADD COLUMN organization_id uuid;", &effects, &error), 0));
    cr_expect(eq(int, effects.items[effects.count - 1].kind, EFFECT_REQUIRE_EMPTY));
    cr_expect(effects.items[effects.count - 1].table == table_of(catalog, "notes"));
    cr_expect(eq(int, table_of(catalog, "notes")->tenancy, TENANCY_TENANT));
    catalog_free(catalog);
}

Test(alter, statements_are_kept_for_the_engine)
{
    struct effects effects;
    struct catalog *catalog = folded("CREATE TABLE kinds (name text PRIMARY KEY, cost int NOT NULL);\n"
                                     "INSERT INTO kinds (name, cost) VALUES ('a', 1), ('b', 2) ON CONFLICT (name) DO NOTHING;\n"
                                     "UPDATE kinds SET cost = cost + 1 WHERE name = 'a'; DELETE FROM kinds;", &effects);
    cr_expect(eq(int, count_effects(&effects, EFFECT_STATEMENT), 3));
    const struct statement *insert = effect_of(&effects, EFFECT_STATEMENT)->statement;
    cr_expect(eq(int, insert->row_count, 2));
    cr_expect(eq(int, insert->conflict, CONFLICT_NOTHING));
    cr_expect(eq(int, insert->line, 2));
    catalog_free(catalog);
}

/* As pg_dump writes a table with a serial column. */
Test(alter, the_form_of_pg_dump)
{
    struct catalog *catalog = folded(
        "SET statement_timeout = 0; SET client_encoding = 'UTF8'; SELECT pg_catalog.set_config('search_path', '', false);\n"
        "SET default_table_access_method = heap;\n"
        "CREATE TABLE public.notes (id bigint NOT NULL, body text DEFAULT 'x'::text);\n"
        "ALTER TABLE public.notes OWNER TO postgres;\n"
        "CREATE SEQUENCE public.notes_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;\n"
        "ALTER TABLE public.notes_id_seq OWNER TO postgres;\n"
        "ALTER SEQUENCE public.notes_id_seq OWNED BY public.notes.id;\n"
        "ALTER TABLE ONLY public.notes ALTER COLUMN id SET DEFAULT nextval('public.notes_id_seq'::regclass);\n"
        "ALTER TABLE ONLY public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id);\n"
        "CREATE INDEX notes_body_idx ON public.notes USING btree (body DESC NULLS LAST);\n", NULL);
    cr_expect(column_of(table_of(catalog, "notes"), "id")->serial);
    cr_expect(column_of(table_of(catalog, "notes"), "id")->sequence > 0);
    cr_expect(not(index_of(catalog, "notes_body_idx")->key[0].order.nulls_first));
    catalog_free(catalog);
}

/* What catalog_ddl_before() and _after() write may itself be a migration. */
Test(alter, its_own_ddl_folds)
{
    struct catalog *catalog = reference(), *again = catalog_new();
    struct buf ddl = { 0 };
    struct effects effects;
    struct error error;
    catalog_ddl_before(catalog, DDL_POSTGRESQL, &ddl);
    catalog_ddl_after(catalog, DDL_POSTGRESQL, &ddl);
    cr_assert(eq(int, catalog_apply(again, "dump.sql", buf_slice(&ddl), APPLIED_US, &effects, &error), 0), "%s", error.message);
    cr_expect(eq(int, again->table_count, catalog->table_count));
    cr_expect(eq(int, again->index_count, catalog->index_count));
    for (int t = 0; t < catalog->table_count; t++) {
        cr_expect(eq(int, again->tables[t]->tenancy, catalog->tables[t]->tenancy), "%s", again->tables[t]->qualified);
        cr_expect(eq(int, again->tables[t]->policy_count, catalog->tables[t]->policy_count));
        cr_expect(eq(int, again->tables[t]->check_count, catalog->tables[t]->check_count));
    }
    buf_done(&ddl);
    catalog_free(catalog);
    catalog_free(again);
}

Test(create, equal_constraints_are_one_under_the_first_name_given)
{
    struct effects effects;
    struct catalog *catalog = folded("CREATE TABLE once (id int CONSTRAINT n1 UNIQUE CONSTRAINT n2 UNIQUE, PRIMARY KEY (id));", &effects);
    const struct table *table = table_of(catalog, "once");
    cr_expect(eq(int, table->index_count, 1));
    cr_expect(eq(str, (char *)table->primary->name, "n1"));
    catalog_free(catalog);
}
