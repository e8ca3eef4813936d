#include "engine/select/subselect.h"

#include <assert.h>

#include "engine/houses.h"
#include "engine/scan/index_use.h"
#include "engine/scan/unique.h"

/* What a sub-select gave: EXISTS stops at the first row, the others keep their values. */
struct result {
    int count, capacity;
    struct value *values;
};

struct kept_subselect {
    struct kept_subselect *next;
    const struct subselect *subselect;
    struct result result;
};

struct inner_guard {
    struct inner_guard *next;
    uint32_t house;
    struct guard guard;
};

/* The equalities `column = value` that a condition demands of a row of the sub-select's table, with values that are known
 * before the row is. */
struct bindings {
    int count;
    struct { int column; struct value value; } items[2 * INDEX_COLUMNS_MAX];
    bool never;                     /* one of them is NULL: no row can match */
};

/* --- Bindings --- */

static int depends_on_row(const struct expr *expr, void *env)
{
    return (expr->op == EXPR_COLUMN && expr->depth == 0) || expr->op == EXPR_SUBSELECT ||
           (expr->op == EXPR_FUNCTION && expr->function->volatility == FUNCTION_VOLATILE);
}

static bool binds(const struct expr *column, const struct expr *value, const struct table *table)
{
    return column->op == EXPR_COLUMN && column->depth == 0 && type_same(table->columns[column->column].type, value->type) &&
           expr_walk(value, depends_on_row, NULL) == 0;
}

/* Collects from the ANDed parts of a condition. `e`: the sub-select's evaluation, without a row. */
static int bindings_collect(struct evaluation *e, const struct expr *where, struct bindings *ret)
{
    if (where == NULL)
        return 0;
    if (where->op == EXPR_AND) {
        for (int i = 0; i < where->count; i++)
            if (bindings_collect(e, where->args[i], ret) < 0)
                return -1;
        return 0;
    }
    if (where->op != EXPR_EQ || where->collation == &collation_conflict || ret->count == 2 * INDEX_COLUMNS_MAX)
        return 0;
    bool left = binds(where->args[0], where->args[1], e->table);
    if (!left && !binds(where->args[1], where->args[0], e->table))
        return 0;
    const struct expr *column = where->args[left ? 0 : 1], *value = where->args[left ? 1 : 0];
    struct value *place = &ret->items[ret->count].value;
    if (expr_eval(value, &e->eval, place, e->rq->error) < 0)
        return -1;
    ret->items[ret->count++].column = column->column;
    ret->never = ret->never || value_is_null(place);
    return 0;
}

static const struct value *binding(const struct bindings *bindings, int column)
{
    for (int i = 0; i < bindings->count; i++)
        if (bindings->items[i].column == column)
            return &bindings->items[i].value;
    return NULL;
}

static int bound_columns(const struct bindings *bindings, const struct index *index, struct value *prefix)
{
    int count = 0;
    while (count < index->key_count) {
        const struct value *value = binding(bindings, index->key[count].column);
        if (value == NULL)
            break;
        prefix[count++] = *value;
    }
    return count;
}

/* The index with most leading columns bound; the primary key when there is none or it is as good. */
static const struct index *choose_index(const struct bindings *bindings, const struct table *table, struct value *prefix, int *ret_count)
{
    const struct index *best = table->primary;
    struct value tried[INDEX_COLUMNS_MAX];
    *ret_count = bound_columns(bindings, best, prefix);
    if (*ret_count == best->key_count)
        return best;
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        if (index->predicate != NULL || index->house)
            continue;
        int count = bound_columns(bindings, index, tried);
        if (count > *ret_count) {
            best = index;
            *ret_count = count;
            memcpy(prefix, tried, sizeof tried);
        }
    }
    return best;
}

/* --- Houses (U1) --- */

const struct foreign_key *subselect_reference(const struct table *outer, const struct table *table, const struct expr *condition)
{
    if (outer == NULL || !table_in_houses(outer) || condition->op != EXPR_EQ ||
        condition->args[0]->op != EXPR_COLUMN || condition->args[1]->op != EXPR_COLUMN)
        return NULL;
    bool swapped = condition->args[0]->depth != 0;
    const struct expr *own = condition->args[swapped ? 1 : 0], *row = condition->args[swapped ? 0 : 1];
    if (own->depth != 0 || row->depth != 1)
        return NULL;
    for (int i = 0; i < outer->foreign_key_count; i++) {
        const struct foreign_key *fk = outer->foreign_keys[i];
        if (fk->target == table && fk->count == 1 && fk->columns[0] == row->column && fk->target_columns[0] == own->column)
            return fk;
    }
    return NULL;
}

/* Whether one of the ANDed parts of a condition follows a reference. */
static bool follows_reference(const struct table *outer, const struct table *table, const struct expr *where)
{
    if (where == NULL || where->op != EXPR_AND)
        return where != NULL && subselect_reference(outer, table, where) != NULL;
    for (int i = 0; i < where->count; i++)
        if (follows_reference(outer, table, where->args[i]))
            return true;
    return false;
}

/* The house to look in, HOUSE_ANY for all; false: there is none. */
static bool house_to_look_in(const struct evaluation *outer, const struct subselect *subselect, uint32_t *ret)
{
    const struct table *table = subselect->table;
    const struct principal *who = outer->rq->who;
    *ret = TENANT_SYSTEM;
    if (!table_in_houses(table))
        return true;
    if (!principal_enters_all(who)) {
        *ret = who->house;
        return who->has_house;
    }
    *ret = HOUSE_ANY;
    if (outer->house != HOUSE_ANY && subselect->correlated && follows_reference(outer->table, table, subselect->where))
        *ret = outer->house;
    return true;
}

static bool all_bound(const struct index *index, const struct bindings *bindings, struct value *columns)
{
    for (int i = 0; i < index->count; i++) {
        const struct value *value = binding(bindings, index->columns[i].column);
        if (value == NULL)
            return false;
        columns[index->columns[i].column] = *value;
    }
    return true;
}

/* Narrows all houses to the one that the bound columns name: 1, 0: there can be no row, -1. */
static int narrow_house(struct request *rq, const struct table *table, const struct bindings *bindings, uint32_t *house)
{
    const struct value *organization = table->tenant_column >= 0 ? binding(bindings, table->tenant_column) : NULL;
    if (*house != HOUSE_ANY)
        return 1;
    if (organization != NULL)
        return store_house(rq->view, &organization->uuid, house, rq->error);
    for (int i = 0; i < table->index_count; i++) {
        struct value columns[COLUMNS_MAX];
        if (table->indexes[i]->claimed && table->indexes[i]->predicate == NULL && all_bound(table->indexes[i], bindings, columns))
            return unique_house(rq, table->indexes[i], columns, house);
    }
    return 1;
}

/* --- What is kept for the statement --- */

static struct evaluation *outermost(struct evaluation *e)
{
    while (e->outer != NULL)
        e = e->outer;
    return e;
}

/* Its condition is asked with the request that asks now, whose arena may be another than when it was made. */
static void use(struct guard *guard, const struct evaluation *root, struct request *rq)
{
    struct evaluation *e = guard->evaluation;
    if (e == NULL)
        return;
    e->rq = rq;
    e->eval.arena = rq->arena;
    e->keep = root->keep;
}

int subselect_guard(struct evaluation *outer, const struct table *table, uint32_t house, const struct guard **ret)
{
    struct evaluation *root = outermost(outer);
    struct request *rq = outer->rq;
    struct inner_guard *kept = root->guards;
    while (kept != NULL && (kept->guard.table != table || kept->house != house))
        kept = kept->next;
    if (kept == NULL) {
        struct arena *row = rq->arena;
        rq->arena = root->keep != NULL ? root->keep : row;
        kept = ARENA_NEW(rq->arena, struct inner_guard);
        kept->house = house;
        int err = policy_inside(outer, table, house, &kept->guard);
        rq->arena = row;
        if (err < 0)
            return -1;
        kept->next = root->guards;
        root->guards = kept;
    }
    use(&kept->guard, root, rq);
    *ret = &kept->guard;
    return 0;
}

/* --- Running --- */

static void result_add(struct result *result, struct arena *arena, struct value value)
{
    if (result->count == result->capacity) {
        int capacity = result->capacity == 0 ? 4 : 2 * result->capacity;
        struct value *values = ARENA_ARRAY(arena, struct value, capacity);
        if (result->count > 0)
            memcpy(values, result->values, sizeof *values * (size_t)result->count);
        result->values = values;
        result->capacity = capacity;
    }
    result->values[result->count++] = value;
}

/* One row of the sub-select's table: 1 go on, 0 enough, -1. `guard` NULL: it is the only one. */
static int take_row(struct evaluation *e, const struct guard *guard, const struct subselect *subselect, const struct found *row,
                    struct result *result)
{
    struct value value = value_bool(true);
    bool matches = true;
    int admitted = guard != NULL ? guard_admits(e->rq, guard, e->house, row->columns)
                                 : policy_inside_admits(e->outer, e->table, e->house, row->columns);
    if (admitted != 1)
        return admitted < 0 ? -1 : 1;
    e->columns = row->columns;
    if (subselect->where != NULL && expr_is_true(subselect->where, &e->eval, &matches, e->rq->error) < 0)
        return -1;
    if (!matches)
        return 1;
    if (subselect->kind != SUBSELECT_EXISTS && expr_eval(subselect->output, &e->eval, &value, e->rq->error) < 0)
        return -1;
    result_add(result, e->rq->arena, value);
    if (subselect->kind == SUBSELECT_SCALAR && result->count > 1)
        return fail(e->rq->error, SQLSTATE_CARDINALITY_VIOLATION, "more than one row returned by a subquery used as an expression");
    return subselect->kind != SUBSELECT_EXISTS;
}

static int take_house(struct evaluation *e, const struct guard *guard, const struct subselect *subselect,
                      const struct bindings *bindings, uint32_t house, struct result *result)
{
    struct value prefix[INDEX_COLUMNS_MAX];
    struct walk walk;
    struct found row;
    int count, got, more = 1;
    const struct index *index = choose_index(bindings, e->table, prefix, &count);
    e->house = house;
    if (walk_start(&walk, e->rq, index, house, prefix, count, NULL, NULL, false) < 0)
        return -1;
    while (more == 1 && (got = walk_next(&walk, &row)) != 0)
        more = got < 0 ? -1 : take_row(e, guard, subselect, &row, result);
    return more;
}

/* The sub-select runs once, and its condition names the primary key: one look-up, whose row is asked without making a guard. 1: such
 * it was, 0: it is another, -1. */
static int take_only(struct evaluation *e, const struct subselect *subselect, const struct bindings *bindings, uint32_t house,
                     struct result *result)
{
    const struct index *primary = e->table->primary;
    struct value columns[COLUMNS_MAX];
    struct found row;
    if (subselect->correlated || house == HOUSE_ANY || primary->elided || !all_bound(primary, bindings, columns))
        return 0;
    index_used(e->rq, primary);
    if (work_spend(e->rq->work, WORK_OF_ROW, e->rq->error) < 0)
        return -1;
    e->house = house;
    int got = unique_find(e->rq, primary, house, columns, &row);
    return got < 0 || (got == 1 && take_row(e, NULL, subselect, &row, result) < 0) ? -1 : 1;
}

static int run(struct evaluation *outer, const struct subselect *subselect, struct result *result)
{
    struct evaluation e;
    struct bindings bindings = { 0 };
    const struct guard *guard;
    uint32_t house, at = HOUSE_ANY;
    if (!house_to_look_in(outer, subselect, &house))
        return 0;
    evaluation_start(&e, outer->rq, subselect->table, house);
    e.outer = outer;
    e.expansion = outer->expansion;
    e.eval.params = outer->eval.params;
    e.eval.params_count = outer->eval.params_count;
    if (bindings_collect(&e, subselect->where, &bindings) < 0)
        return -1;
    int got = bindings.never ? 0 : narrow_house(outer->rq, e.table, &bindings, &house);
    if (got != 1)
        return got;
    got = take_only(&e, subselect, &bindings, house, result);
    if (got != 0)
        return got < 0 ? -1 : 0;
    if (subselect_guard(outer, e.table, principal_enters_all(outer->rq->who) ? HOUSE_ANY : house, &guard) < 0)
        return -1;
    int more = guard->access != ACCESS_NONE;
    while (more == 1 && (more = house_step(outer->rq, house, &at)) == 1)
        more = take_house(&e, guard, subselect, &bindings, at, result);
    return more < 0 ? -1 : 0;
}

/* The result of an uncorrelated sub-select, computed at its first use in the statement (U2). */
static int run_once(struct evaluation *outer, const struct subselect *subselect, const struct result **ret)
{
    struct evaluation *root = outermost(outer);
    struct kept_subselect *kept = root->kept;
    while (kept != NULL && kept->subselect != subselect)
        kept = kept->next;
    if (kept == NULL) {
        struct arena *row = outer->rq->arena;
        outer->rq->arena = root->keep != NULL ? root->keep : row;
        kept = ARENA_NEW(outer->rq->arena, struct kept_subselect);
        int err = run(outer, subselect, &kept->result);
        outer->rq->arena = row;
        if (err < 0)
            return -1;
        kept->subselect = subselect;
        kept->next = root->kept;
        root->kept = kept;
    }
    *ret = &kept->result;
    return 0;
}

/* x IN (values): NULL when it is not found and a NULL is in the way. */
static int is_in(const struct subselect *subselect, const struct value *x, const struct result *result, struct value *ret, struct error *error)
{
    struct type type = type_collated(subselect->left->type, NULL);
    bool null = value_is_null(x) && result->count > 0;
    for (int i = 0; i < result->count && !value_is_null(x); i++) {
        if (value_is_null(&result->values[i]))
            null = true;
        else if (subselect->collation == &collation_conflict)
            return collation_unknown("string comparison", error);
        else if (value_compare(type, x, &result->values[i]) == 0) {
            *ret = value_bool(true);
            return 0;
        }
    }
    *ret = null ? VALUE_OF_NULL : value_bool(false);
    return 0;
}

int subselect_run(struct eval *eval, const struct subselect *subselect, struct value *ret, struct error *error)
{
    struct evaluation *outer = eval->env;
    struct result own = { 0 };
    const struct result *result = &own;
    struct value left;
    assert(error == outer->rq->error);
    int err = subselect->correlated ? run(outer, subselect, &own) : run_once(outer, subselect, &result);
    if (err < 0)
        return -1;
    switch (subselect->kind) {
    case SUBSELECT_EXISTS:
        *ret = value_bool(result->count > 0);
        return 0;
    case SUBSELECT_SCALAR:
        *ret = result->count > 0 ? result->values[0] : VALUE_OF_NULL;
        return 0;
    case SUBSELECT_IN:
        if (expr_eval(subselect->left, eval, &left, error) < 0 || work_spend(eval->work, (uint64_t)result->count * WORK_OF_NODE, error) < 0)
            return -1;
        return is_in(subselect, &left, result, ret, error);
    }
    assert(!"a kind of sub-select");
    return -1;
}
