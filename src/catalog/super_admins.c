/* The declaration: what a schema's tables mean to Rowhouse, as SQL in a file beside the migrations. It is recorded and folded as a
 * migration of the name DECLARATION_NAME is, but another text of it takes the place of the one before.
 *
 * It holds the view rowhouse.super_admins (user_id), which PostgreSQL takes as well. Its names are looked up at the end of each
 * file: as long as tables or columns of it are not there, nobody is super admin; once they are, no migration may take them away. */
#include "catalog/fold.h"

static int refuse(struct fold *f, const char *what)
{
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported in the declaration", what);
    return fail_hint(f->error, "It holds CREATE VIEW rowhouse.super_admins AS SELECT ..., with one column, the user's uuid.");
}

void super_admins_start(struct draft *draft)
{
    draft->catalog.super_admins_sql = draft->catalog.super_admins_waits = NULL;
    draft->catalog.super_admins = NULL;
}

int fold_super_admins(struct fold *f, const PgQuery__Node *node)
{
    struct catalog *catalog = &f->draft->catalog;
    const PgQuery__ViewStmt *stmt = node->node_case == PG_QUERY__NODE__NODE_VIEW_STMT ? node->view_stmt : NULL;
    if (stmt == NULL || !given(stmt->view->schemaname) || !same(stmt->view->schemaname, "rowhouse"))
        return refuse(f, fold_tag(f));
    if (!same(stmt->view->relname, "super_admins"))
        return refuse(f, arena_printf(f->arena, "the view rowhouse.%s", stmt->view->relname));
    if (!same(stmt->view->relpersistence, "p") || stmt->n_options > 0 || stmt->n_aliases > 1
        || stmt->with_check_option > PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION
        || stmt->query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return refuse(f, "this form of CREATE VIEW");
    if (catalog->super_admins_sql != NULL && !stmt->replace)
        return fail(f->error, SQLSTATE_DUPLICATE_TABLE, "relation \"rowhouse.super_admins\" already exists");
    super_admins_start(f->draft);
    catalog->super_admins_sql = text_after(f, f->statement->text, "as");
    fold_note(f, "declare rowhouse.super_admins");
    return 0;
}

/* --- Looking its names up --- */

static int bind(struct fold *f, const char *text, struct statement *ret_statement, struct bound_select *ret)
{
    struct parsed *parsed;
    if (parse_sql(slice_of_string(text), MIGRATION_SIZE_MAX, &parsed, f->error) < 0)
        return -1;
    *FOLD_APPEND(f->arena, f->draft->kept, f->draft->kept_count) = parsed;
    if (statement_from_client(parsed, f->arena, ret_statement, f->error) < 0)
        return -1;
    struct binder binder = {
        .catalog = &f->draft->catalog, .arena = f->arena, .error = f->error, .text = slice_of_string(text), .line = 1, .to = ret,
    };
    *ret = (struct bound_select){ .parameters = ARENA_NEW(f->arena, struct parameters) };
    return bind_names(&binder, ret_statement->select);
}

static bool is_fixed(const struct expr *expr)
{
    return expr == NULL || expr_is_at_most(expr, FUNCTION_IMMUTABLE);
}

/* Whether the rows of a SELECT follow from those of its tables: no clock, no caller, no chance. */
static bool follows_from_rows(const struct bound_select *bound)
{
    bool fixed = is_fixed(bound->where) && is_fixed(bound->having) && is_fixed(bound->limit) && is_fixed(bound->offset);
    for (int i = 0; i < bound->source_count; i++)
        fixed = fixed && is_fixed(bound->sources[i].on) && (bound->sources[i].query == NULL || follows_from_rows(bound->sources[i].query));
    for (int i = 0; i < bound->output_count; i++)
        fixed = fixed && is_fixed(bound->outputs[i].expr);
    for (int i = 0; i < bound->group_count; i++)
        fixed = fixed && is_fixed(bound->groups[i]);
    for (int i = 0; i < bound->sort_count; i++)
        fixed = fixed && is_fixed(bound->sorts[i].expr);
    return fixed;
}

/* What is kept for a caller until a table changes must change with them alone, and nobody must ripen into a super admin. */
static int refuse_varying(struct fold *f)
{
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "it asks a function whose answer changes by itself, such as now() or auth.uid()");
    return fail_hint(f->error, "Let a column say it, and change that when the time has come.");
}

static void add_table(struct fold *f, struct super_admins *to, const struct table *table)
{
    for (int i = 0; i < to->table_count; i++)
        if (to->tables[i] == table)
            return;
    *FOLD_APPEND(f->arena, to->tables, to->table_count) = table;
}

static int bind_all(struct fold *f, struct super_admins *ret)
{
    const char *sql = f->draft->catalog.super_admins_sql;
    struct bound_select bound;
    struct statement alone;
    struct catalog_view view = { 0 };
    struct buf name = { 0 };
    if (bind(f, sql, &alone, &bound) < 0)
        return -1;
    if (bound.output_count != 1 || bound.outputs[0].type.id != TYPE_UUID || bound.outputs[0].type.array)
        return fail(f->error, SQLSTATE_DATATYPE_MISMATCH, "it has to have one column, of type uuid");
    if (!follows_from_rows(&bound))
        return refuse_varying(f);
    view_depend(f, &bound, &view);
    for (int i = 0; i < view.reads_count; i++)
        add_table(f, ret, view.reads[i].table);
    quote_name(bound.outputs[0].name, &name);
    const char *column = arena_string(f->arena, buf_slice(&name));
    buf_done(&name);
    if (bind(f, arena_printf(f->arena, "SELECT s.%s FROM (%s) s", column, sql), &ret->all, &bound) < 0)
        return -1;
    return bind(f, arena_printf(f->arena, "SELECT 1 FROM (%s) s WHERE s.%s = $1", sql, column), &ret->lookup, &bound);
}

/* A table or a column that another migration brings. */
static bool is_missing(enum sqlstate state)
{
    return state == SQLSTATE_UNDEFINED_TABLE || state == SQLSTATE_UNDEFINED_COLUMN || state == SQLSTATE_INVALID_SCHEMA_NAME;
}

int super_admins_bind(struct fold *f)
{
    struct catalog *catalog = &f->draft->catalog;
    bool was = catalog->super_admins != NULL;
    struct super_admins *now = ARENA_NEW(f->arena, struct super_admins);
    if (catalog->super_admins_sql == NULL)
        return 0;
    if (bind_all(f, now) == 0) {
        catalog->super_admins = now;
        catalog->super_admins_waits = NULL;
        return 0;
    }
    if (was || !is_missing(f->error->state))
        return fail_within(f->error, was ? "rowhouse.super_admins would not be read any more" : "rowhouse.super_admins");
    catalog->super_admins_waits = arena_string(f->arena, slice_of_string(f->error->message));
    error_clear(f->error);
    return 0;
}
