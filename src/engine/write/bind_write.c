#include "engine/write/bind_write.h"

#include "engine/write/write.h"

struct writer {
    const struct catalog *catalog;
    const struct table *table;
    const struct statement *statement;
    struct binder binder;                   /* of names and places; its scope is that of RETURNING */
    struct arena *arena;
    struct error *error;
    struct need *need;                      /* of the table; NULL: a migration's */
    struct bound_write *to;
};

static bool of_client(const struct writer *w)
{
    return w->binder.text.data != NULL;
}

/* Adds the place to the error of a client's statement; returns -1. */
static int locate(const struct writer *w, int location)
{
    return of_client(w) ? bind_locate(&w->binder, location) : -1;
}

/* The scope of expressions over the table's rows; `table` NULL: over nothing. */
static void write_scope(const struct writer *w, const struct table *table, struct scope *ret)
{
    catalog_scope(w->catalog, table, true, ret);
    if (table != NULL && w->statement->alias != NULL)
        ret->alias = w->statement->alias;
    ret->read = &w->to->reads;
    if (!of_client(w))
        return;
    ret->source = w->binder.text;
    ret->source_line = w->statement->line;
    ret->params = w->to->returning.parameters->types;
    ret->params_max = PARAMS_MAX;
    ret->params_used = &w->to->returning.parameters->used;
    ret->mention = needs_mention;
    ret->needs = w->binder.needs;
}

/* What is asked of a column that is given, or that says which row is meant. */
static void ask(const struct writer *w, int column, enum privilege privilege)
{
    if (w->need != NULL)
        need_column(w->need, column, privilege);
}

static int compile_where(struct writer *w, const PgQuery__Node *where, const struct scope *scope, const struct expr **ret)
{
    return where == NULL ? 0 : expr_compile(where, scope, type_of(TYPE_BOOL), w->arena, ret, w->error);
}

/* --- Assignments --- */

/* Without names, INSERT means the table's columns in their order. */
static int bind_column(struct writer *w, const struct assignment *item, int position, int *ret)
{
    const struct table *table = w->table;
    if (item->column != NULL) {
        *ret = table_column(table, slice_of_string(item->column));
        if (*ret >= 0)
            return 0;
        fail(w->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", item->column, table->name);
        return locate(w, item->location);
    }
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped && position-- == 0) {
            *ret = i;
            return 0;
        }
    fail(w->error, SQLSTATE_SYNTAX_ERROR, "INSERT has more expressions than target columns");
    return locate(w, item->location);
}

static int refuse_again(struct writer *w, const struct assignment *item, int column)
{
    const char *name = w->table->columns[column].name;
    if (w->statement->kind != STATEMENT_INSERT)
        return fail(w->error, SQLSTATE_SYNTAX_ERROR, "multiple assignments to same column \"%s\"", name);
    fail(w->error, SQLSTATE_DUPLICATE_COLUMN, "column \"%s\" specified more than once", name);
    return locate(w, item->location);
}

static int varies(const struct expr *expr, void *env)
{
    return expr->op == EXPR_COLUMN || expr->op == EXPR_SUBSELECT
        || (expr->op == EXPR_FUNCTION && expr->function->volatility == FUNCTION_VOLATILE);
}

static int bind_items(struct writer *w, const struct assignment *items, int count, const struct scope *scope, enum privilege privilege,
                      struct assigned *ret)
{
    for (int i = 0; i < count; i++) {
        struct assigned *bound = &ret[i];
        if (bind_column(w, &items[i], i, &bound->column) < 0)
            return -1;
        for (int k = 0; k < i; k++)
            if (ret[k].column == bound->column)
                return refuse_again(w, &items[i], bound->column);
        ask(w, bound->column, privilege);
        struct type type = w->table->columns[bound->column].type;
        if (items[i].value != NULL && expr_compile(items[i].value, scope, type, w->arena, &bound->expr, w->error) < 0)
            return -1;
        bound->fixed = bound->expr != NULL && expr_walk(bound->expr, varies, NULL) == 0;
    }
    return 0;
}

/* --- Statements --- */

/* The unique index of ON CONFLICT (columns); NULL without columns. */
static int find_arbiter(struct writer *w)
{
    const struct statement *s = w->statement;
    if (s->conflict_count == 0)
        return 0;
    for (int c = 0; c < s->conflict_count; c++) {
        int column = table_column(w->table, slice_of_string(s->conflict_columns[c]));
        if (column < 0) {
            fail(w->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" does not exist", s->conflict_columns[c]);
            return locate(w, s->conflict_location);
        }
        ask(w, column, PRIVILEGE_SELECT);
        w->to->reads = true;
    }
    for (int i = 0; i < w->table->index_count; i++) {
        const struct index *index = w->table->indexes[i];
        int same = 0;
        for (int c = 0; c < s->conflict_count; c++)
            for (int k = 0; k < index->count; k++)
                same += slice_is(slice_of_string(s->conflict_columns[c]), w->table->columns[index->columns[k].column].name);
        if ((index->unique || index->primary) && index->predicate == NULL && same == index->count && same == s->conflict_count) {
            w->to->arbiter = index;
            return 0;
        }
    }
    return fail(w->error, SQLSTATE_INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

/* DO UPDATE SET: over the existing row, and over the proposed one under the name `excluded`. */
static int bind_do_update(struct writer *w)
{
    const struct statement *s = w->statement;
    struct scope excluded, scope;
    write_scope(w, w->table, &excluded);
    write_scope(w, w->table, &scope);
    excluded.alias = "excluded";
    scope.outer = &excluded;
    w->to->updates = ARENA_ARRAY(w->arena, struct assigned, s->update_count);
    if (bind_items(w, s->updates, s->update_count, &scope, PRIVILEGE_UPDATE, w->to->updates) < 0)
        return -1;
    return compile_where(w, s->update_where, &scope, &w->to->update_where);
}

static int bind_insert(struct writer *w)
{
    const struct statement *s = w->statement;
    struct scope scope;
    write_scope(w, NULL, &scope);
    w->to->items = ARENA_ARRAY(w->arena, struct assigned, s->row_count * s->column_count + 1);
    for (int i = 0; i < s->row_count; i++)
        if (bind_items(w, s->rows + i * s->column_count, s->column_count, &scope, PRIVILEGE_INSERT, w->to->items + i * s->column_count) < 0)
            return -1;
    return find_arbiter(w) < 0 || (s->conflict == CONFLICT_UPDATE && bind_do_update(w) < 0) ? -1 : 0;
}

static int bind_change(struct writer *w)
{
    const struct statement *s = w->statement;
    struct scope scope;
    write_scope(w, w->table, &scope);
    if (s->kind == STATEMENT_UPDATE) {
        bool *given = ARENA_ARRAY(w->arena, bool, w->table->column_count);
        w->to->items = ARENA_ARRAY(w->arena, struct assigned, s->column_count);
        if (bind_items(w, s->rows, s->column_count, &scope, PRIVILEGE_UPDATE, w->to->items) < 0)
            return -1;
        for (int i = 0; i < s->column_count; i++)
            given[w->to->items[i].column] = w->to->items[i].expr != NULL;
        if (defaults_allow(w->table, given, w->error) < 0)
            return -1;
    }
    return compile_where(w, s->where, &scope, &w->to->where);
}

static int bind_returning(struct writer *w)
{
    struct bound_select *to = &w->to->returning;
    const struct statement *s = w->statement;
    to->column_count = w->table->column_count;
    w->binder.range_count = 1;
    w->binder.ranges[0] = (struct range){ .alias = s->alias != NULL ? s->alias : w->table->name, .table = w->table };
    write_scope(w, w->table, &w->binder.scope);
    if (bind_targets(&w->binder, s->returning, s->returning_count, &to->outputs, &to->output_count) < 0)
        return -1;
    for (int i = 0; i < to->output_count; i++)              /* `*` names columns as well */
        w->to->reads = w->to->reads || to->outputs[i].expr->op == EXPR_COLUMN;
    return 0;
}

static int refuse_view(struct writer *w)
{
    static const char *const verbs[] = { [STATEMENT_INSERT] = "insert into", [STATEMENT_UPDATE] = "update", [STATEMENT_DELETE] = "delete from" };
    fail(w->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "cannot %s view \"%s\"", verbs[w->statement->kind], w->table->qualified);
    return fail_hint(w->error, "Views are read only: write to the tables that they read.");
}

/* A client's statement: its table, and the command's own privilege. */
static int bind_target(struct writer *w)
{
    static const enum privilege privileges[] = { [STATEMENT_INSERT] = PRIVILEGE_INSERT, [STATEMENT_UPDATE] = PRIVILEGE_UPDATE, [STATEMENT_DELETE] = PRIVILEGE_DELETE };
    const struct statement *s = w->statement;
    if (bind_table(&w->binder, s->schema, s->table, s->location, &w->table) < 0)
        return -1;
    struct needs *needs = ARENA_NEW(w->arena, struct needs);
    needs->arena = w->arena;
    w->need = needs_of(needs, w->table);
    w->need->privileges = privileges[s->kind] | (s->kind == STATEMENT_INSERT && s->conflict == CONFLICT_UPDATE ? PRIVILEGE_UPDATE : 0);
    w->need->bare = s->schema == NULL;
    w->need->qualified = s->schema != NULL;
    w->binder.needs = needs;
    w->to->needs = needs;
    return 0;
}

int bind_write(const struct catalog *catalog, const struct table *table, const struct statement *statement, struct slice source,
               struct arena *arena, struct bound_write *ret, struct error *error)
{
    struct writer w = {
        .catalog = catalog, .table = table, .statement = statement, .arena = arena, .error = error, .to = ret,
        .binder = { .catalog = catalog, .arena = arena, .error = error, .text = source, .line = statement->line,
                    .to = &ret->returning },
    };
    *ret = (struct bound_write){ .statement = statement, .returning.parameters = ARENA_NEW(arena, struct parameters) };
    if (table == NULL && bind_target(&w) < 0)
        return -1;
    if (w.table->view != NULL)
        return refuse_view(&w);
    ret->table = w.table;
    if ((statement->kind == STATEMENT_INSERT ? bind_insert(&w) : bind_change(&w)) < 0)
        return -1;
    if (of_client(&w) && bind_returning(&w) < 0)
        return -1;
    return 0;
}
