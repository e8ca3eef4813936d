/* The catalog as PostgreSQL's DDL, for dumps: first what must be there before rows, then what is faster or only
 * possible after them. Loaded into PostgreSQL 15 it gives the schema that the migration files give there. */
#include "catalog/fold.h"

static void notes(const struct draft *draft, enum note_kind kind, bool auth, struct buf *out)
{
    for (int i = 0; i < draft->note_count; i++) {
        const struct note *note = &draft->notes[i];
        bool of_auth = note->name != NULL && strncmp(note->name, "auth.", 5) == 0;
        if (note->kind == kind && of_auth == auth && note_alive(draft, note))
            buf_printf(out, "%s;\n", note->text);
    }
}

/* --- Before the rows --- */

/* Roles belong to the whole cluster: they may be there. Migrations accept this very block, see note.c. */
const char roles_block[] =
    "DO $$\n"
    "DECLARE name text;\n"
    "BEGIN\n"
    "    FOREACH name IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP\n"
    "        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN\n"
    "            EXECUTE format('CREATE ROLE %I NOLOGIN', name);\n"
    "        END IF;\n"
    "    END LOOP;\n"
    "END $$";

static void column_ddl(const struct column *column, struct buf *out)
{
    static const char *const serials[] = { [TYPE_INT2] = "smallserial", [TYPE_INT4] = "serial", [TYPE_INT8] = "bigserial" };
    buf_append_string(out, "    ");
    quote_name(column->name, out);
    buf_append_byte(out, ' ');
    if (column->serial)
        buf_append_string(out, serials[column->type.id]);
    else
        clause_type(column->type, out);
    if (column->generated_sql != NULL)
        buf_printf(out, " GENERATED ALWAYS AS (%s) STORED", column->generated_sql);
    else if (column->default_sql != NULL)
        buf_printf(out, " DEFAULT %s", column->default_sql);
    if (column->not_null)
        buf_append_string(out, " NOT NULL");
    buf_append_string(out, ",\n");
}

static void table_ddl(const struct table *table, struct buf *out)
{
    buf_append_string(out, "\nCREATE TABLE ");
    table_quote(table, out);
    buf_append_string(out, " (\n");
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped)
            column_ddl(&table->columns[i], out);
    buf_append_string(out, "    CONSTRAINT ");
    quote_name(table->primary->name, out);
    buf_append_string(out, " PRIMARY KEY (");
    clause_index_columns(table->primary, false, out);
    buf_append_string(out, ")\n);\n");
}

static void enum_ddl(const struct enum_type *type, struct buf *out)
{
    buf_append_string(out, "CREATE TYPE ");
    quote_name(type->name, out);
    buf_append_string(out, " AS ENUM (");
    for (int i = 0; i < type->count; i++) {
        buf_append_string(out, i == 0 ? "" : ", ");
        quote_text(slice_of_string(type->labels[i]), out);
    }
    buf_append_string(out, ");\n");
}

void catalog_ddl_before(const struct catalog *catalog, struct buf *out)
{
    const struct draft *draft = (const struct draft *)catalog;
    buf_append_string(out, "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"
                           "SET check_function_bodies = off;\nSET client_min_messages = warning;\n\n");
    buf_printf(out, "%s;\n\n", roles_block);
    if (draft->auth_schema)
        buf_append_string(out, "CREATE SCHEMA IF NOT EXISTS auth;\n");
    notes(draft, NOTE_EXTENSION, false, out);
    notes(draft, NOTE_DEFAULT_PRIVILEGES, false, out);
    for (int i = 0; i < draft->enum_count; i++)
        enum_ddl(draft->enums[i], out);
    notes(draft, NOTE_FUNCTION, true, out);
    for (int i = 0; i < catalog->table_count; i++)
        table_ddl(catalog->tables[i], out);
}

/* --- After the rows --- */

static void start_constraint(const struct table *table, const char *name, struct buf *out)
{
    buf_append_string(out, "ALTER TABLE ");
    table_quote(table, out);
    buf_append_string(out, " ADD CONSTRAINT ");
    quote_name(name, out);
    buf_append_byte(out, ' ');
}

static void index_ddl(const struct index *index, struct buf *out)
{
    if (index->constraint) {
        start_constraint(index->table, index->name, out);
        buf_append_string(out, index->nulls_not_distinct ? "UNIQUE NULLS NOT DISTINCT (" : "UNIQUE (");
    } else {
        buf_append_string(out, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
        quote_name(index->name, out);
        buf_append_string(out, " ON ");
        table_quote(index->table, out);
        buf_append_string(out, " (");
    }
    clause_index_columns(index, false, out);
    buf_append_byte(out, ')');
    if (!index->constraint && index->nulls_not_distinct)
        buf_append_string(out, " NULLS NOT DISTINCT");
    if (index->predicate_sql != NULL)
        buf_printf(out, " WHERE %s", index->predicate_sql);
    buf_append_string(out, ";\n");
}

static void keys_and_checks(const struct table *table, struct buf *out)
{
    for (int i = 0; i < table->index_count; i++)
        if (!table->indexes[i]->primary)
            index_ddl(table->indexes[i], out);
    for (int i = 0; i < table->check_count; i++) {
        start_constraint(table, table->checks[i].name, out);
        buf_printf(out, "CHECK (%s);\n", table->checks[i].sql);
    }
}

static void foreign_keys(const struct table *table, struct buf *out)
{
    for (int i = 0; i < table->foreign_key_count; i++) {
        const struct foreign_key *key = table->foreign_keys[i];
        start_constraint(table, key->name, out);
        buf_append_string(out, "FOREIGN KEY (");
        clause_columns(table, key->columns, key->count, out);
        buf_append_string(out, ") ");
        clause_reference(key, out);
        buf_append_string(out, ";\n");
    }
}

static void policies(const struct table *table, struct buf *out)
{
    if (table->row_security) {
        buf_append_string(out, "ALTER TABLE ");
        table_quote(table, out);
        buf_append_string(out, " ENABLE ROW LEVEL SECURITY;\n");
    }
    for (int i = 0; i < table->policy_count; i++) {
        const struct policy *policy = &table->policies[i];
        buf_append_string(out, "CREATE POLICY ");
        quote_name(policy->name, out);
        buf_append_string(out, " ON ");
        table_quote(table, out);
        buf_append_byte(out, ' ');
        clause_policy(policy, out);
        if (policy->using_sql != NULL)
            buf_printf(out, " USING (%s)", policy->using_sql);
        if (policy->check_sql != NULL)
            buf_printf(out, " WITH CHECK (%s)", policy->check_sql);
        buf_append_string(out, ";\n");
    }
}

static void comments(const struct table *table, struct buf *out)
{
    if (table->comment != NULL) {
        buf_append_string(out, table->view != NULL ? "COMMENT ON VIEW " : "COMMENT ON TABLE ");
        table_quote(table, out);
        buf_append_string(out, " IS ");
        quote_text(slice_of_string(table->comment), out);
        buf_append_string(out, ";\n");
    }
    for (int i = 0; i < table->column_count; i++) {
        if (table->columns[i].comment == NULL)
            continue;
        buf_append_string(out, "COMMENT ON COLUMN ");
        table_quote(table, out);
        buf_append_byte(out, '.');
        quote_name(table->columns[i].name, out);
        buf_append_string(out, " IS ");
        quote_text(slice_of_string(table->columns[i].comment), out);
        buf_append_string(out, ";\n");
    }
}

static bool among(const struct table *shape, struct catalog_view *const *views, int count)
{
    for (int i = 0; i < count; i++)
        if (&views[i]->shape == shape)
            return true;
    return false;
}

static bool reads_only(const struct catalog_view *view, struct catalog_view *const *done, int count)
{
    for (int i = 0; i < view->reads_count; i++)
        if (view->reads[i].table->view != NULL && !among(view->reads[i].table, done, count))
            return false;
    return true;
}

static void view_ddl(const struct catalog_view *view, struct buf *out)
{
    buf_append_string(out, "CREATE VIEW ");
    table_quote(&view->shape, out);
    for (int i = 0; i < view->shape.column_count && view->names_columns; i++) {
        buf_append_string(out, i == 0 ? " (" : ", ");
        quote_name(view->shape.columns[i].name, out);
    }
    buf_printf(out, "%s WITH (security_invoker = true) AS\n%s;\n", view->names_columns ? ")" : "", view->sql);
    comments(&view->shape, out);
}

/* A view that was replaced may read one that was created after it: each is written when all that it reads are. They come behind
 * the primary keys, which a GROUP BY may stand on. */
static void views_ddl(const struct catalog *catalog, struct buf *out)
{
    struct catalog_view *done[VIEWS_MAX];
    for (int count = 0, before = -1; count > before;) {
        before = count;
        for (int i = 0; i < catalog->view_count; i++)
            if (!among(&catalog->views[i]->shape, done, count) && reads_only(catalog->views[i], done, count)) {
                view_ddl(catalog->views[i], out);
                done[count++] = catalog->views[i];
            }
    }
}

void catalog_ddl_after(const struct catalog *catalog, struct buf *out)
{
    static void (*const parts[])(const struct table *, struct buf *) = { keys_and_checks, foreign_keys, policies, comments };
    const struct draft *draft = (const struct draft *)catalog;
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        for (int i = 0; i < catalog->table_count; i++)
            parts[p](catalog->tables[i], out);
        buf_append_byte(out, '\n');
    }
    views_ddl(catalog, out);
    notes(draft, NOTE_FUNCTION, false, out);
    notes(draft, NOTE_TRIGGER, false, out);
    notes(draft, NOTE_GRANT, false, out);
}
