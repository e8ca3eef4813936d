/* CREATE, ALTER and DROP VIEW.
 *
 * A view is kept as the text of its SELECT and read as if that stood in the place of its name (catalog/bind.h). Two things are
 * settled when it is created: `*` is spread out in the text, so that columns which are added later do not show; and names and types
 * of its columns, which only OR REPLACE adds to. Its text is bound twice: over views as they are named, for what it depends on, and
 * with them opened, so that what could not be read is not created.
 *  (V1) A view reads none that reads it, and is at most VIEW_DEPTH_MAX views deep.
 *  (V2) What a view reads is there, under its name and type, as long as the view is.
 *  (V3) Its text means what it meant when it was created: a column that is added where it reads may not take a name in it. */
#include "catalog/fold.h"

#include <strings.h>

/* --- What is refused --- */

static int want_invoker(struct fold *f, const PgQuery__DefElem *option)
{
    static const char *const off[] = { "false", "off", "no", "0" };
    const char *value = "true";
    if (!same(option->defname, "security_invoker"))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "option \"%s\" of a view is not supported", option->defname);
    if (option->arg != NULL && option->arg->node_case == PG_QUERY__NODE__NODE_INTEGER)
        value = option->arg->integer->ival == 0 ? "0" : "1";
    else if (option->arg != NULL && option->arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        value = node_string(option->arg->type_name->names[option->arg->type_name->n_names - 1]);
    else if (node_string(option->arg) != NULL)
        value = node_string(option->arg);
    for (size_t i = 0; i < sizeof off / sizeof *off; i++)
        if (strcasecmp(value, off[i]) == 0) {
            fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "a view without security_invoker is not supported");
            return fail_hint(f->error, "Views read with the rights of whom asks, always.");
        }
    return 0;
}

static int refuse_form(struct fold *f, const PgQuery__ViewStmt *stmt)
{
    const char *what = NULL;
    if (!same(stmt->view->relpersistence, "p"))
        what = "a TEMPORARY view";
    else if (stmt->with_check_option > PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION)
        what = "WITH CHECK OPTION";
    else if (stmt->query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        what = "a view of other than SELECT";
    if (what != NULL)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported", what);
    for (size_t i = 0; i < stmt->n_options; i++)
        if (want_invoker(f, stmt->options[i]->def_elem) < 0)
            return -1;
    return 0;
}

/* --- The text --- */

/* The end of the `*` or `t.*` that begins at `location`. */
static size_t star_end(struct slice text, int location)
{
    struct slice rest = slice_of(text.data + location, text.size - (size_t)location);
    struct token token;
    do
        token = token_next(&rest);
    while (token.kind != TOKEN_END && !token_is(token, "*"));
    return (size_t)(rest.data - text.data);
}

/* The statement with every `*` of its targets spread out. They come in the order in which they were bound: sub-selects of FROM
 * before the targets in front of them. */
static struct slice spread_stars(struct fold *f, const struct stars *stars)
{
    struct slice text = f->statement->text;
    struct buf out = { 0 };
    size_t at = 0;
    while (true) {
        const struct star *next = NULL;
        for (int i = 0; i < stars->count; i++)
            if ((size_t)stars->items[i].location >= at && (next == NULL || stars->items[i].location < next->location))
                next = &stars->items[i];
        if (next == NULL)
            break;
        buf_append(&out, text.data + at, (size_t)next->location - at);
        buf_append_string(&out, next->names);
        at = star_end(text, next->location);
    }
    buf_append(&out, text.data + at, text.size - at);
    struct slice spread = arena_copy(f->arena, buf_slice(&out));
    buf_done(&out);
    return spread;
}

/* Keeps the tree of the view's text. */
static int keep_text(struct fold *f, struct catalog_view *view)
{
    struct parsed *parsed;
    if (parse_sql(slice_of_string(view->sql), MIGRATION_SIZE_MAX, &parsed, f->error) < 0)
        return -1;
    *FOLD_APPEND(f->arena, f->draft->kept, f->draft->kept_count) = parsed;
    return statement_from_client(parsed, f->arena, &view->statement, f->error);
}

/* --- Binding --- */

static int bind(struct fold *f, const struct select_statement *select, struct slice text, int line, struct stars *stars, bool opaque,
                struct bound_select *ret)
{
    struct binder binder = {
        .catalog = &f->draft->catalog, .arena = f->arena, .error = f->error, .text = text, .line = line, .to = ret,
        .in_view = true, .opaque = opaque, .stars = stars,
    };
    *ret = (struct bound_select){ .parameters = ARENA_NEW(f->arena, struct parameters) };
    return bind_names(&binder, select);
}

/* Names of its own come first, the outputs' for the rest. */
static int name_columns_of(struct fold *f, const PgQuery__ViewStmt *stmt, struct table *shape)
{
    if (stmt->n_aliases > (size_t)shape->column_count)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "CREATE VIEW specifies more column names than columns");
    if (shape->column_count == 0)
        return fail(f->error, SQLSTATE_INVALID_TABLE_DEFINITION, "view must have at least one column");
    for (int i = 0; i < shape->column_count; i++) {
        const char *name = i < (int)stmt->n_aliases ? node_string(stmt->aliases[i]) : shape->columns[i].name;
        shape->columns[i].name = arena_string(f->arena, slice_of_string(name));
        shape->columns[i].origin = fold_origin(f);
        for (int k = 0; k < i; k++)
            if (same(shape->columns[k].name, name))
                return fail(f->error, SQLSTATE_DUPLICATE_COLUMN, "column \"%s\" specified more than once", name);
    }
    return 0;
}

static int want_collations(struct fold *f, const struct bound_select *query)
{
    for (int i = 0; i < query->output_count; i++)
        if (type_is_collatable(query->outputs[i].type) && query->outputs[i].expr->collating == COLLATING_CONFLICT) {
            fail(f->error, SQLSTATE_INDETERMINATE_COLLATION, "no collation was derived for view column \"%s\" with collatable type", query->outputs[i].name);
            return fail_hint(f->error, "Use the COLLATE clause to set the collation explicitly.");
        }
    return 0;
}

static int refuse_depth(struct fold *f)
{
    return fail(f->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "views read views more than %d deep", VIEW_DEPTH_MAX);
}

static int define(struct fold *f, const PgQuery__ViewStmt *stmt, struct catalog_view *view)
{
    struct parsed_statement whole = *f->statement;
    struct select_statement *select;
    struct bound_select named, opened;
    struct stars stars = { 0 };
    if (select_from(stmt->query->select_stmt, whole.text, whole.line, f->arena, &select, f->error) < 0
        || bind(f, select, whole.text, whole.line, &stars, true, &named) < 0)
        return -1;
    view_depend(f, &named, view);
    if (view->depth > VIEW_DEPTH_MAX)
        return refuse_depth(f);
    view->sql = text_after(f, spread_stars(f, &stars), "as");
    view->names_columns = stmt->n_aliases > 0;
    if (want_collations(f, &named) < 0 || bind_shape(f->arena, named.outputs, named.output_count, &view->shape, f->error) < 0 || name_columns_of(f, stmt, &view->shape) < 0)
        return -1;
    return keep_text(f, view) < 0 ? -1 : bind(f, view->statement.select, slice_of_string(view->sql), 1, NULL, false, &opened);
}

/* --- (V3) --- */

/* The column that the text has come to read and did not; NULL: none. */
static const struct view_reads *first_new(const struct catalog_view *old, const struct catalog_view *again)
{
    for (int i = 0; i < again->reads_count; i++)
        if (again->reads[i].column >= 0 && !view_reads(old, again->reads[i].table, again->reads[i].column))
            return &again->reads[i];
    return NULL;
}

static int keep_meaning(struct fold *f, const struct catalog_view *view)
{
    struct bound_select named;
    struct catalog_view again = { 0 };
    const char *name = view->shape.qualified;
    int err = bind(f, view->statement.select, slice_of_string(view->sql), 1, NULL, true, &named);
    if (err == 0) {
        view_depend(f, &named, &again);
        const struct view_reads *new = first_new(view, &again);
        if (new == NULL)
            return 0;
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" of \"%s\" would take a name in the text of view \"%s\"",
             new->table->columns[new->column].name, new->table->qualified, name);
    } else {
        fail_within(f->error, "view \"%s\" would not be read any more", name);
    }
    return fail_hint(f->error, "Replace the view by one whose columns are named with their tables, table.column, first.");
}

int fold_views_keep_meaning(struct fold *f, const struct table *grown)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->view_count; i++)
        if (view_reads(catalog->views[i], grown, -1) && keep_meaning(f, catalog->views[i]) < 0)
            return -1;
    return 0;
}

/* --- CREATE --- */

/* (V1) */
static int depth_of(const struct catalog_view *view)
{
    int depth = 1;
    for (int i = 0; i < view->reads_count; i++) {
        const struct catalog_view *read = view->reads[i].table->view;
        int through = read != NULL && view->reads[i].column < 0 ? depth_of(read) + 1 : 1;
        depth = through > depth ? through : depth;
    }
    return depth;
}

static bool reaches(const struct catalog_view *view, const struct table *shape)
{
    for (int i = 0; i < view->reads_count; i++)
        if (view->reads[i].table == shape || (view->reads[i].table->view != NULL && reaches(view->reads[i].table->view, shape)))
            return true;
    return false;
}

static int same_columns(struct fold *f, const struct table *old, const struct table *new)
{
    if (new->column_count < old->column_count)
        return fail(f->error, SQLSTATE_INVALID_TABLE_DEFINITION, "cannot drop columns from view");
    for (int i = 0; i < old->column_count; i++) {
        const struct column *a = &old->columns[i], *b = &new->columns[i];
        struct type from = a->type, to = b->type;
        if (!same(a->name, b->name)) {
            fail(f->error, SQLSTATE_INVALID_TABLE_DEFINITION, "cannot change name of view column \"%s\" to \"%s\"", a->name, b->name);
            return fail_hint(f->error, "Drop the view and create it again.");
        }
        if (!type_same(from, to) || from.length != to.length || from.precision != to.precision || from.scale != to.scale)
            return fail(f->error, SQLSTATE_INVALID_TABLE_DEFINITION, "cannot change data type of view column \"%s\" from %s to %s",
                        a->name, type_name(from, f->arena), type_name(to, f->arena));
        if (from.collation != to.collation)
            return fail(f->error, SQLSTATE_INVALID_TABLE_DEFINITION, "cannot change collation of view column \"%s\" from \"%s\" to \"%s\"",
                        a->name, collation_name(from.collation), collation_name(to.collation));
    }
    return 0;
}

/* A view over one that was replaced can be read as before: (V1), and with what it opens now. */
static int keep_readers(struct fold *f, const struct catalog_view *replaced)
{
    const struct catalog *catalog = &f->draft->catalog;
    struct bound_select opened;
    if (fold_views_keep_meaning(f, &replaced->shape) < 0)
        return -1;
    for (int i = 0; i < catalog->view_count; i++) {
        struct catalog_view *view = catalog->views[i];
        if (!reaches(view, &replaced->shape))
            continue;
        view->depth = depth_of(view);
        if (view->depth > VIEW_DEPTH_MAX)
            return refuse_depth(f);
        if (bind(f, view->statement.select, slice_of_string(view->sql), 1, NULL, false, &opened) < 0)
            return fail_within(f->error, "view \"%s\" reads this one", view->shape.qualified);
    }
    return 0;
}

static int replace(struct fold *f, struct catalog_view *old, const struct catalog_view *new)
{
    if (same_columns(f, &old->shape, &new->shape) < 0)
        return -1;
    if (reaches(new, &old->shape))
        return fail(f->error, SQLSTATE_INVALID_OBJECT_DEFINITION, "infinite recursion detected in rules for relation \"%s\"", old->shape.name);
    const char *comment = old->shape.comment;
    struct acl acl = old->shape.acl;
    for (int i = 0; i < old->shape.column_count; i++) {
        new->shape.columns[i].comment = old->shape.columns[i].comment;
        new->shape.columns[i].acl = old->shape.columns[i].acl;
    }
    *old = *new;
    old->shape.view = old;
    old->shape.comment = comment;
    old->shape.acl = acl;
    fold_note(f, "replace view %s (%d columns)", old->shape.qualified, old->shape.column_count);
    return keep_readers(f, old);
}

static void add_view(struct fold *f, struct catalog_view *view)
{
    struct catalog *catalog = &f->draft->catalog;
    view->shape.view = view;
    view->shape.acl = acl_of_new(f->draft, ACL_TABLES, view->shape.schema);
    name_add(f->draft, view->shape.schema, view->shape.name, RELATION_KIND_VIEW, view);
    *FOLD_APPEND(f->arena, catalog->views, catalog->view_count) = view;
    fold_note(f, "create view %s (%d columns)", view->shape.qualified, view->shape.column_count);
}

int fold_create_view(struct fold *f, const PgQuery__ViewStmt *stmt)
{
    struct catalog_view *view = ARENA_NEW(f->arena, struct catalog_view), *old = NULL;
    struct table *shape = &view->shape;
    if (refuse_form(f, stmt) < 0 || fold_schema(f, stmt->view->schemaname, &shape->schema) < 0)
        return -1;
    shape->name = arena_string(f->arena, slice_of_string(stmt->view->relname));
    shape->qualified = same(shape->schema, "public") ? shape->name : arena_printf(f->arena, "%s.%s", shape->schema, shape->name);
    shape->origin = fold_origin(f);
    bool taken = name_find(f->draft, shape->schema, slice_of_string(shape->name)) != NULL;
    if (taken && !stmt->replace)
        return fail(f->error, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists", shape->name);
    if (taken && fold_view(f, stmt->view, false, &old) < 0)
        return -1;
    if (!taken && f->draft->catalog.view_count == VIEWS_MAX)
        return fail(f->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d views", VIEWS_MAX);
    if (define(f, stmt, view) < 0)
        return -1;
    if (old != NULL)
        return replace(f, old, view);
    add_view(f, view);
    return 0;
}

/* --- ALTER --- */

int fold_alter_view(struct fold *f, const PgQuery__AlterTableStmt *stmt)
{
    struct catalog_view *view;
    if (fold_view(f, stmt->relation, stmt->missing_ok, &view) < 0)
        return -1;
    for (size_t i = 0; i < stmt->n_cmds; i++) {
        const PgQuery__AlterTableCmd *cmd = stmt->cmds[i]->alter_table_cmd;
        if (cmd->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions)
            return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "this form of ALTER VIEW is not supported");
        for (size_t k = 0; k < cmd->def->list->n_items; k++)
            if (want_invoker(f, cmd->def->list->items[k]->def_elem) < 0)
                return -1;
    }
    fold_note(f, "options of view %s", stmt->relation->relname);
    return 0;
}

/* Its name stands in the texts of the views that read it. */
int fold_rename_view(struct fold *f, const PgQuery__RenameStmt *stmt)
{
    struct catalog_view *view;
    if (fold_view(f, stmt->relation, stmt->missing_ok, &view) < 0)
        return -1;
    if (view == NULL)
        return 0;
    struct table *shape = &view->shape;
    const struct catalog_view *reader = view_reader(f->draft, shape, -1);
    if (reader != NULL)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "renaming view \"%s\", which view \"%s\" reads, is not supported", shape->name,
                    reader->shape.name);
    if (name_find(f->draft, shape->schema, slice_of_string(stmt->newname)) != NULL)
        return fail(f->error, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists", stmt->newname);
    name_remove(f->draft, shape->schema, shape->name);
    shape->name = arena_string(f->arena, slice_of_string(stmt->newname));
    shape->qualified = same(shape->schema, "public") ? shape->name : arena_printf(f->arena, "%s.%s", shape->schema, shape->name);
    name_add(f->draft, shape->schema, shape->name, RELATION_KIND_VIEW, view);
    return 0;
}

/* --- DROP --- */

void fold_drop_view(struct fold *f, struct catalog_view *view)
{
    struct catalog *catalog = &f->draft->catalog;
    int at = 0;
    while (catalog->views[at] != view)
        at++;
    name_remove(f->draft, view->shape.schema, view->shape.name);
    fold_remove(catalog->views, &catalog->view_count, at, sizeof *catalog->views);
}

/* Views that are dropped together do not hold each other. */
static bool is_dropped(struct catalog_view *const *views, int count, const struct catalog_view *view)
{
    for (int i = 0; i < count; i++)
        if (views[i] == view)
            return true;
    return false;
}

static int refuse_read(struct fold *f, struct catalog_view *const *going, int count)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < count; i++)
        for (int v = 0; v < catalog->view_count; v++)
            if (!is_dropped(going, count, catalog->views[v]) && view_reads(catalog->views[v], &going[i]->shape, -1))
                return fold_refuse_dependent(f, arena_printf(f->arena, "view %s", going[i]->shape.qualified),
                                             arena_printf(f->arena, "view %s", catalog->views[v]->shape.qualified));
    return 0;
}

int fold_drop_views(struct fold *f, const PgQuery__DropStmt *stmt, bool cascade)
{
    struct catalog_view **going = ARENA_ARRAY(f->arena, struct catalog_view *, stmt->n_objects);
    int count = 0;
    for (size_t i = 0; i < stmt->n_objects; i++) {
        PgQuery__RangeVar name = fold_range_of(stmt->objects[i], 0);
        struct catalog_view *view;
        if (fold_view(f, &name, stmt->missing_ok, &view) < 0)
            return -1;
        if (view == NULL)
            fold_note(f, "view %s does not exist, skipped", name.relname);
        else if (!is_dropped(going, count, view))
            going[count++] = view;
    }
    if (!cascade && refuse_read(f, going, count) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        const char *what = arena_printf(f->arena, "view %s", going[i]->shape.qualified);
        if (!is_dropped(f->draft->catalog.views, f->draft->catalog.view_count, going[i]))
            continue;                       /* it went with one before it */
        if (cascade && fold_drop_view_readers(f, &going[i]->shape, -1, what, true) < 0)
            return -1;
        fold_note(f, "drop %s", what);
        fold_drop_view(f, going[i]);
    }
    return 0;
}
