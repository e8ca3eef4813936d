/* What views stand on. A view depends on the tables and views that its text names, on each of their columns that it names, and on
 * the enumerations of what it computes. Dependencies are direct: those of a view that it reads are that view's. */
#include "catalog/fold.h"

struct collector {
    struct fold *f;
    struct catalog_view *view;
};

/* The rows in scope, innermost first: of one table, or the joined row of a SELECT. */
struct level {
    const struct level *outer;
    const struct table *table;              /* NULL: of `bound` */
    const struct bound_select *bound;
};

static void add_reads(struct collector *c, const struct table *table, int column)
{
    struct catalog_view *view = c->view;
    if (view_reads(view, table, column) && column >= 0)
        return;
    struct view_reads *reads = (struct view_reads *)view->reads;
    *FOLD_APPEND(c->f->arena, reads, view->reads_count) = (struct view_reads){ table, column };
    view->reads = reads;
    if (table->view != NULL && view->depth <= table->view->depth)
        view->depth = table->view->depth + 1;
}

static void add_enum(struct collector *c, const struct enum_type *type)
{
    for (int i = 0; i < c->view->enum_count; i++)
        if (c->view->enums[i] == type)
            return;
    *FOLD_APPEND(c->f->arena, c->view->enums, c->view->enum_count) = type;
}

static void collect_column(struct collector *c, const struct expr *expr, const struct level *level)
{
    for (int depth = expr->depth; depth > 0; depth--)
        level = level->outer;
    if (level->table != NULL) {
        add_reads(c, level->table, expr->column);
        return;
    }
    for (int i = 0; i < level->bound->source_count; i++) {
        const struct source *source = &level->bound->sources[i];
        bool its = expr->column >= source->first && expr->column < source->first + source->table->column_count;
        if (its && source->query == NULL)
            add_reads(c, source->table, expr->column - source->first);
    }
}

static void collect(struct collector *c, const struct expr *expr, const struct level *level)
{
    if (expr == NULL)
        return;
    if (expr->type.labels != NULL)
        add_enum(c, expr->type.labels);
    if (expr->op == EXPR_COLUMN)
        collect_column(c, expr, level);
    if (expr->op == EXPR_SUBSELECT) {
        struct level inside = { .outer = level, .table = expr->subselect->table };
        add_reads(c, inside.table, -1);
        collect(c, expr->subselect->left, level);
        collect(c, expr->subselect->where, &inside);
        collect(c, expr->subselect->output, &inside);
    }
    for (int i = 0; i < expr->count; i++)
        collect(c, expr->args[i], level);
}

static void collect_select(struct collector *c, const struct bound_select *bound)
{
    struct level level = { .bound = bound };
    for (int i = 0; i < bound->source_count; i++) {
        const struct source *source = &bound->sources[i];
        if (source->query != NULL)
            collect_select(c, source->query);
        else
            add_reads(c, source->table, -1);
        collect(c, source->on, &level);
    }
    for (int i = 0; i < bound->output_count; i++)
        collect(c, bound->outputs[i].expr, &level);
    for (int i = 0; i < bound->group_count; i++)
        collect(c, bound->groups[i], &level);
    for (int i = 0; i < bound->sort_count; i++)
        collect(c, bound->sorts[i].expr, &level);
    for (int i = 0; i < bound->aggregates.count; i++) {
        collect(c, bound->aggregates.items[i].arg, &level);
        collect(c, bound->aggregates.items[i].filter, &level);
    }
    collect(c, bound->where, &level);
    collect(c, bound->having, &level);
}

void view_depend(struct fold *f, const struct bound_select *bound, struct catalog_view *view)
{
    struct collector c = { f, view };
    view->depth = 1;
    view->reads = NULL;
    view->enums = NULL;
    view->reads_count = view->enum_count = 0;
    collect_select(&c, bound);
}

bool view_reads(const struct catalog_view *view, const struct table *table, int column)
{
    for (int i = 0; i < view->reads_count; i++)
        if (view->reads[i].table == table && (column < 0 || view->reads[i].column == column))
            return true;
    return false;
}

const struct catalog_view *view_reader(const struct draft *draft, const struct table *table, int column)
{
    for (int i = 0; i < draft->catalog.view_count; i++)
        if (view_reads(draft->catalog.views[i], table, column))
            return draft->catalog.views[i];
    return NULL;
}

const struct catalog_view *view_of_enum(const struct draft *draft, const struct enum_type *type)
{
    for (int i = 0; i < draft->catalog.view_count; i++)
        for (int k = 0; k < draft->catalog.views[i]->enum_count; k++)
            if (draft->catalog.views[i]->enums[k] == type)
                return draft->catalog.views[i];
    return NULL;
}

int fold_drop_view_readers(struct fold *f, const struct table *table, int column, const char *what, bool cascade)
{
    const struct catalog_view *reader;
    while ((reader = view_reader(f->draft, table, column)) != NULL) {
        const char *name = arena_printf(f->arena, "view %s", reader->shape.qualified);
        if (!cascade)
            return fold_refuse_dependent(f, what, name);
        if (fold_drop_view_readers(f, &reader->shape, -1, name, true) < 0)
            return -1;
        fold_note(f, "drop cascades to %s", name);
        fold_drop_view(f, (struct catalog_view *)reader);
    }
    return 0;
}
