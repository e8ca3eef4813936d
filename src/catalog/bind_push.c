/* Conditions on the columns of a query of FROM go down into it, so that it reads no more than it must.
 *
 * A condition goes down when it reads columns of that one source alone, has no sub-select, and neither it nor the outputs that it
 * names are volatile; and when the query has neither LIMIT nor OFFSET, which count rows before the condition. Where the query
 * groups it becomes part of WHERE if its columns are the same for a whole group by (B2), else of HAVING; a single group of all
 * rows is there also when no row is. For a source on the nullable side of a LEFT JOIN these are the conditions of its ON; for
 * others those of WHERE.
 *
 * What HAVING itself asks of a group's columns goes to WHERE by the same rule, and first: no condition from above is asked of rows
 * that it leaves out. */
#include "catalog/bind.h"
#include "catalog/fold.h"
#include "sql/rewrite.h"

struct push {
    const struct source *source;
    bool reads;                             /* a column of it */
};

static int stays(const struct expr *expr, void *env)
{
    struct push *push = env;
    if (expr->op == EXPR_SUBSELECT)
        return 1;
    if (expr->op != EXPR_COLUMN)
        return 0;
    push->reads = true;
    return expr->column < push->source->first || expr->column >= push->source->first + push->source->table->column_count;
}

static const struct expr *output_of(int column, void *env)
{
    const struct source *source = env;
    return source->query->outputs[column - source->first].expr;
}

static int is_aggregate(const struct expr *expr, void *env)
{
    const struct bound_select *query = env;
    return expr->op == EXPR_COLUMN && expr->depth == 0 && expr->column >= query->column_count;
}

/* The condition over the query's rows; NULL: it must stay above. */
static const struct expr *over_query(const struct source *source, const struct expr *condition, struct arena *arena)
{
    struct push push = { .source = source };
    bool counts = source->query->limit != NULL || source->query->offset != NULL;
    if (counts || expr_walk(condition, stays, &push) != 0 || !push.reads)
        return NULL;
    const struct expr *own = expr_replace(condition, output_of, (void *)source, arena);
    return expr_is_at_most(own, FUNCTION_STABLE) ? own : NULL;
}

static bool is_of_group(const struct bound_select *query, const struct expr *own)
{
    return query->grouped && (query->group_count == 0 || expr_walk(own, is_aggregate, (void *)query) != 0);
}

static void take(struct bound_select *query, const struct expr *own, struct arena *arena)
{
    if (is_of_group(query, own))
        query->having = expr_and(query->having, own, arena);
    else
        query->where = expr_and(query->where, own, arena);
}

/* What is left of a condition when its parts that may are gone down. */
static const struct expr *push(const struct source *source, const struct expr *condition, struct arena *arena)
{
    const struct expr *left = NULL;
    if (condition == NULL)
        return NULL;
    if (condition->op != EXPR_AND) {
        const struct expr *own = over_query(source, condition, arena);
        if (own == NULL)
            return condition;
        take(source->query, own, arena);
        return NULL;
    }
    for (int i = 0; i < condition->count; i++)
        left = expr_and(left, push(source, condition->args[i], arena), arena);
    return left;
}

static int is_subselect(const struct expr *expr, void *env)
{
    return expr->op == EXPR_SUBSELECT;
}

/* What is left of HAVING. */
static const struct expr *settle(struct bound_select *to, const struct expr *condition, struct arena *arena)
{
    const struct expr *left = NULL;
    if (condition == NULL)
        return NULL;
    if (condition->op != EXPR_AND) {
        if (is_of_group(to, condition) || expr_walk(condition, is_subselect, NULL) != 0 || !expr_is_at_most(condition, FUNCTION_STABLE))
            return condition;
        to->where = expr_and(to->where, condition, arena);
        return NULL;
    }
    for (int i = 0; i < condition->count; i++)
        left = expr_and(left, settle(to, condition->args[i], arena), arena);
    return left;
}

void bind_settle(struct bound_select *to, struct arena *arena)
{
    to->having = settle(to, to->having, arena);
}

void bind_push(struct bound_select *to, struct arena *arena)
{
    for (int i = 0; i < to->source_count; i++) {
        struct source *source = &to->sources[i];
        if (source->query == NULL)
            continue;
        source->on = push(source, source->on, arena);
        if (source->join != JOIN_LEFT)
            to->where = push(source, to->where, arena);
        bind_push(source->query, arena);
    }
}
