/* The way through a join: which table is walked first, and by which index each other one is looked up.
 *
 * Without LEFT JOIN every ON is as good as WHERE, and the first table of FROM from which all others can be reached begins.
 * With one the order is that of FROM, but that `a RIGHT JOIN b` begins with b. A table is reached when conditions compare leading
 * columns of one of its indexes, or its organization, with what is known by then; a query of FROM by any of its columns. One that nothing reaches is walked whole for
 * every row of those before it, as late as can be: joined.c bounds how many rows that may be. */
#include <assert.h>

#include "engine/houses.h"
#include "engine/select/bind.h"
#include "sql/rewrite.h"

struct way {
    struct bound_select *to;
    struct arena *arena;
    bool left_joins;
    bool walks;                             /* a table that cannot be reached is walked whole */
    int conjunct_count;
    const struct expr **conjuncts;          /* of WHERE, and without LEFT JOIN of every ON */
    bool *spent;                            /* conjuncts that a step asks */
    bool placed[FROM_TABLES_MAX];
    int count;                              /* steps so far */
};

/* --- Conjuncts --- */

static int count_conjuncts(const struct expr *expr)
{
    int count = 0;
    if (expr == NULL || expr->op != EXPR_AND)
        return expr != NULL;
    for (int i = 0; i < expr->count; i++)
        count += count_conjuncts(expr->args[i]);
    return count;
}

static void list_conjuncts(const struct expr *expr, const struct expr **list, int *count)
{
    if (expr == NULL)
        return;
    if (expr->op != EXPR_AND)
        list[(*count)++] = expr;
    else
        for (int i = 0; i < expr->count; i++)
            list_conjuncts(expr->args[i], list, count);
}

static int source_of(const struct bound_select *to, int column)
{
    int i = to->source_count - 1;
    while (to->sources[i].first > column)
        i--;
    return i;
}

static int needs_unplaced(const struct expr *expr, void *env)
{
    const struct way *way = env;
    if (expr->op == EXPR_SUBSELECT)
        return 1;
    return expr->op == EXPR_COLUMN && expr->depth == 0 && !way->placed[source_of(way->to, expr->column)];
}

/* Whether the tables placed so far decide an expression. What has sub-selects waits for all of them. */
static bool is_known(struct way *way, const struct expr *expr)
{
    return way->count == way->to->source_count || expr_walk(expr, needs_unplaced, way) == 0;
}

/* --- Look-ups --- */

static bool same_kind(struct type a, struct type b)
{
    return type_same(a, b) || (type_is_text(a) && type_is_text(b));
}

/* What `conjunct` says that a column of the table must equal: the column's number, or -1. */
static int equality(struct way *way, int source, const struct expr *conjunct, const struct expr **ret_value)
{
    const struct source *s = &way->to->sources[source];
    if (conjunct->op != EXPR_EQ || conjunct->collation == &collation_conflict)
        return -1;
    for (int side = 0; side < 2; side++) {
        const struct expr *column = expr_uncollated(conjunct->args[side]), *value = conjunct->args[1 - side];
        if (column->op != EXPR_COLUMN || column->depth != 0 || source_of(way->to, column->column) != source)
            continue;
        if (!same_kind(column->type, value->type) || expr_walk(value, needs_unplaced, way) != 0)
            continue;
        *ret_value = value;
        return column->column - s->first;
    }
    return -1;
}

/* The equalities that may be used to find rows of a table: value by column number. */
static void collect(struct way *way, int source, const struct expr **values)
{
    const struct bound_select *to = way->to;
    const struct source *s = &to->sources[source];
    const struct expr *value;
    int count = 0, column;
    const struct expr **own = ARENA_ARRAY(way->arena, const struct expr *, count_conjuncts(s->on) + 1);
    list_conjuncts(s->on, own, &count);
    for (int i = 0; i < count; i++)
        if ((column = equality(way, source, own[i], &value)) >= 0)
            values[column] = value;
    for (int i = 0; i < way->conjunct_count && s->join != JOIN_LEFT; i++)
        if ((column = equality(way, source, way->conjuncts[i], &value)) >= 0)
            values[column] = value;
}

/* A foreign key between the table and one before it, along which a value leads: then both rows are in one house. */
static bool is_reference(const struct table *from, int column, const struct table *to, int target_column)
{
    for (int i = 0; i < from->foreign_key_count; i++) {
        const struct foreign_key *fk = from->foreign_keys[i];
        if (fk->target == to && fk->count == 1 && fk->columns[0] == column && fk->target_columns[0] == target_column)
            return table_in_houses(from) && table_in_houses(to);
    }
    return false;
}

static int find_followed(struct way *way, int source, const struct expr **values)
{
    const struct bound_select *to = way->to;
    const struct table *table = to->sources[source].table;
    for (int i = 0; i < table->column_count; i++) {
        if (values[i] == NULL || values[i]->op != EXPR_COLUMN)
            continue;
        int other = source_of(to, values[i]->column);
        int column = values[i]->column - to->sources[other].first;
        if (is_reference(table, i, to->sources[other].table, column) || is_reference(to->sources[other].table, column, table, i))
            return other;
    }
    return -1;
}

/* The rows of a query are all there before they are looked at: any of its columns may find them. */
static bool reach_query(const struct table *shape, int source, const struct expr **values, struct access_step *ret)
{
    *ret = (struct access_step){ .source = source, .follows = -1 };
    for (int i = 0; i < shape->column_count && ret->prefix_count < INDEX_COLUMNS_MAX; i++)
        if (values[i] != NULL) {
            ret->columns[ret->prefix_count] = i;
            ret->prefix[ret->prefix_count++] = values[i];
        }
    return ret->prefix_count > 0;
}

/* How the table is found from those that are placed; false: it cannot be yet. */
static bool reach(struct way *way, int source, struct access_step *ret)
{
    const struct bound_select *to = way->to;
    const struct table *table = to->sources[source].table;
    const struct expr **values = ARENA_ARRAY(way->arena, const struct expr *, table->column_count);
    collect(way, source, values);
    if (to->sources[source].query != NULL)
        return reach_query(table, source, values, ret);
    *ret = (struct access_step){ .source = source, .index = table->primary, .follows = find_followed(way, source, values) };
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        int count = 0;
        while (index->predicate == NULL && count < index->key_count && values[index->key[count].column] != NULL)
            count++;
        if (count <= ret->prefix_count)
            continue;
        ret->index = index;
        ret->prefix_count = count;
        for (int k = 0; k < count; k++)
            ret->prefix[k] = values[index->key[k].column];
    }
    if (table->tenancy == TENANCY_TENANT)
        ret->organization = values[table->tenant_column];
    return ret->prefix_count > 0 || ret->organization != NULL;
}

/* --- Steps --- */

/* Gives the newest step what WHERE says of the tables so far. */
static void assign_conjuncts(struct way *way)
{
    struct access_step *step = &way->to->path->steps[way->count - 1];
    for (int i = 0; i < way->conjunct_count; i++)
        if (!way->spent[i] && is_known(way, way->conjuncts[i])) {
            way->spent[i] = true;
            step->where = step->where == NULL ? way->conjuncts[i] : expr_and(step->where, way->conjuncts[i], way->arena);
        }
}

static void place(struct way *way, const struct access_step *step)
{
    way->placed[step->source] = true;
    way->to->path->steps[way->count++] = *step;
    assign_conjuncts(way);
}

/* The next table of FROM that is not placed, and how it is found; the first that is reached, if order is free. Source -1: there is
 * none. */
static struct access_step next_step(struct way *way)
{
    struct access_step step = { .source = -1 }, whole = { .source = -1 };
    for (int i = 0; i < way->to->source_count; i++) {
        if (way->placed[i])
            continue;
        if (reach(way, i, &step))
            return step;
        if (whole.source < 0)
            whole = step;
        if (way->left_joins)
            break;
    }
    return way->walks ? whole : (struct access_step){ .source = -1 };
}

/* All tables beginning with `start`; false when one cannot be reached. */
static bool go(struct way *way, int start)
{
    int count = way->to->source_count;
    memset(way->placed, 0, sizeof way->placed);
    memset(way->spent, 0, sizeof *way->spent * (size_t)way->conjunct_count);
    way->count = 0;
    place(way, &(struct access_step){ .source = start, .follows = -1 });
    while (way->count < count) {
        struct access_step step = next_step(way);
        if (step.source < 0)
            return false;
        place(way, &step);
    }
    return true;
}

/* Without LEFT JOIN an ON is part of WHERE. */
static void pool(struct bound_select *to, struct arena *arena)
{
    for (int i = 0; i < to->source_count; i++) {
        if (to->sources[i].on != NULL)
            to->where = to->where == NULL ? to->sources[i].on : expr_and(to->where, to->sources[i].on, arena);
        to->sources[i].on = NULL;
    }
}

/* The first start from which every table is reached; else the first that there may be, and tables are walked. */
static void choose_way(struct way *way)
{
    const struct bound_select *to = way->to;
    int first = to->sources[0].join == JOIN_LEFT ? 1 : 0;           /* a RIGHT JOIN: bind_from.c turned it round */
    int last = way->left_joins ? first : to->source_count - 1;
    for (int start = first; start <= last; start++)
        if (go(way, start))
            return;
    way->walks = true;
    bool found = go(way, first);
    assert(found);
}

void bind_way(struct bound_select *to, struct arena *arena)
{
    struct way way = { .to = to, .arena = arena };
    int count = 0;
    if (to->source_count == 0)
        return;
    for (int i = 0; i < to->source_count; i++)
        way.left_joins = way.left_joins || to->sources[i].join == JOIN_LEFT;
    if (!way.left_joins)
        pool(to, arena);
    way.conjunct_count = count_conjuncts(to->where);
    way.conjuncts = ARENA_ARRAY(arena, const struct expr *, way.conjunct_count + 1);
    way.spent = ARENA_ARRAY(arena, bool, way.conjunct_count + 1);
    list_conjuncts(to->where, way.conjuncts, &count);
    assert(count == way.conjunct_count);
    choose_way(&way);
    struct access_step *first = &to->path->steps[0];
    if (to->sources[first->source].query == NULL)       /* asked of the rows of its table alone: columns are counted from its first */
        first->where = expr_shift(first->where, -to->sources[first->source].first, arena);
}
