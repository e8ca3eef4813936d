#include "engine/select/bind.h"

/* --- What is needed --- */

static int mark_needed(const struct expr *expr, void *env)
{
    struct bound_select *to = env;
    struct access_path *path = to->path;
    if (expr->op == EXPR_SUBSELECT)             /* it may look at any column of this row from inside */
        memset(path->needed, true, (size_t)to->column_count);
    if (expr->op == EXPR_COLUMN && expr->depth == 0 && expr->column < to->column_count)
        path->needed[expr->column] = true;
    return 0;
}

static void need(struct bound_select *to, const struct expr *expr)
{
    if (expr != NULL)
        expr_walk(expr, mark_needed, to);
}

static void mark_all_needed(struct bound_select *to)
{
    need(to, to->where);
    need(to, to->having);
    for (int i = 0; i < to->source_count; i++)
        need(to, to->sources[i].on);
    for (int i = 0; i < to->output_count; i++)
        need(to, to->outputs[i].expr);
    for (int i = 0; i < to->group_count; i++)
        need(to, to->groups[i]);
    for (int i = 0; i < to->sort_count; i++)
        need(to, to->sorts[i].expr);
    for (int i = 0; i < to->aggregates.count; i++) {
        need(to, to->aggregates.items[i].arg);
        need(to, to->aggregates.items[i].filter);
    }
}

/* --- Short ways --- */

/* Outputs that are columns of the one table leave as the bytes that are stored. */
static void find_plain_columns(struct bound_select *to, struct arena *arena)
{
    struct access_path *path = to->path;
    int in_order = 0;
    path->columns = ARENA_ARRAY(arena, int, to->output_count + 1);
    path->plain_columns = to->source_count == 1 && to->sources[0].query == NULL && !to->grouped && !to->distinct;
    for (int i = 0; i < to->output_count && path->plain_columns; i++) {
        const struct expr *expr = to->outputs[i].expr;
        path->plain_columns = expr->op == EXPR_COLUMN && expr->depth == 0;
        path->columns[i] = path->plain_columns ? expr->column : -1;
    }
    if (!path->plain_columns)
        return;
    const struct table *table = to->sources[0].table;
    path->whole_rows = true;
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped) {
            path->whole_rows = path->whole_rows && in_order < to->output_count && path->columns[in_order] == i;
            in_order++;
        }
    path->whole_rows = path->whole_rows && in_order == to->output_count;
}

/* `column = value` of the one table, with a value that is known before the row is: the column, or -1. */
static int key_part(const struct table *table, const struct expr *part, const struct expr **ret_value)
{
    if (part->op != EXPR_EQ || part->args[0]->op != EXPR_COLUMN || part->args[0]->depth != 0)
        return -1;
    const struct expr *value = part->args[1];
    struct type type = table->columns[part->args[0]->column].type;
    bool wider = type_is_integer(type) && type_is_integer(value->type) && type.id >= value->type.id;
    if ((value->op != EXPR_CONST && value->op != EXPR_PARAM) || !(wider || type_same(type, value->type)))
        return -1;
    *ret_value = value;
    return part->args[0]->column;
}

/* One row by its key is worth a way of its own: it needs no plan. */
static void find_key(struct bound_select *to, struct arena *arena)
{
    struct access_path *path = to->path;
    const struct index *primary = to->source_count == 1 ? to->sources[0].table->primary : NULL;
    if (primary == NULL || !path->plain_columns || to->where == NULL || to->limit != NULL || to->offset != NULL)
        return;
    int count = to->where->op == EXPR_AND ? to->where->count : 1, found = 0;
    const struct expr **key = ARENA_ARRAY(arena, const struct expr *, primary->count), *value = NULL;
    for (int i = 0; i < count; i++) {
        int column = key_part(to->sources[0].table, to->where->op == EXPR_AND ? to->where->args[i] : to->where, &value);
        for (int k = 0; k < primary->count && column >= 0; k++)
            if (primary->columns[k].column == column && key[k] == NULL) {
                key[k] = value;
                found++;
            }
    }
    if (found == primary->count && count == found)
        path->key = key;
}

/* Whether ORDER BY names columns of the table that is walked first, so that an index may give the order. */
static void find_walk_order(struct bound_select *to)
{
    struct access_path *path = to->path;
    path->walk_sorts = to->sort_count > 0 && to->sort_count <= ORDER_COLUMNS_MAX && to->source_count > 0 && !to->grouped && !to->distinct;
    for (int i = 0; i < to->sort_count && path->walk_sorts; i++) {
        const struct source *first = &to->sources[path->steps[0].source];
        const struct sort_by *by = &to->sorts[i];
        const struct expr *expr = expr_uncollated(by->expr != NULL ? by->expr : to->outputs[by->output].expr);
        int column = expr->op == EXPR_COLUMN && expr->depth == 0 ? expr->column - first->first : -1;
        path->walk_sorts = first->query == NULL && column >= 0 && column < first->table->column_count;
    }
}

/* --- The whole --- */

static void find_way(struct bound_select *to, struct arena *arena)
{
    for (int i = 0; i < to->source_count; i++)
        if (to->sources[i].query != NULL)
            find_way(to->sources[i].query, arena);
    to->path = ARENA_NEW(arena, struct access_path);
    to->path->needed = ARENA_ARRAY(arena, bool, to->column_count + 1);
    to->path->shape = ARENA_NEW(arena, struct result_shape);
    *to->path->shape = (struct result_shape){ .count = to->output_count, .outputs = to->outputs, .arena = arena };
    bind_way(to, arena);
    mark_all_needed(to);
    find_plain_columns(to, arena);
    find_walk_order(to);
    find_key(to, arena);
}

int bind_select(const struct catalog *catalog, const struct statement *statement, struct slice source, struct arena *arena,
                struct bound_select *ret, struct error *error)
{
    struct needs *needs = ARENA_NEW(arena, struct needs);
    struct binder binder = { .catalog = catalog, .arena = arena, .error = error, .text = source, .line = statement->line, .to = ret, .needs = needs };
    needs->arena = arena;
    *ret = (struct bound_select){ .parameters = ARENA_NEW(arena, struct parameters), .needs = needs };
    if (bind_names(&binder, statement->select) < 0)
        return -1;
    bind_push(ret, arena);
    find_way(ret, arena);
    return 0;
}
