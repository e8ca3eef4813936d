#include "engine/scan/plan.h"

#include <assert.h>
#include <stdlib.h>

#include "engine/scan/facts_known.h"
#include "engine/scan/predicate.h"

/* --- Houses: what the condition says of the tenancy column --- */

static int order_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Inside one house the column is its organization: its conjuncts are true or no row is. */
static int apply_own_house(struct request *rq, struct plan *plan, const struct column_facts *known)
{
    struct uuid organization;
    uint32_t house = plan->query->house;
    bool named = false;
    int got = 0;
    if (house == TENANT_SYSTEM)
        named = value_is_null(&known->values[0]);
    else if ((got = store_house_organization(rq->view, house, &organization, rq->error)) == 1)
        for (int i = 0; i < known->value_count; i++)
            named |= known->values[i].kind == VALUE_UUID && uuid_compare(&known->values[i].uuid, &organization) == 0;
    plan->never |= !named;
    return got < 0 ? -1 : 0;
}

static int apply_named_houses(struct request *rq, struct plan *plan, const struct column_facts *known)
{
    plan->houses_listed = true;
    plan->houses = ARENA_ARRAY(rq->arena, uint32_t, known->value_count);
    for (int i = 0; i < known->value_count; i++) {
        uint32_t house = TENANT_SYSTEM;
        int got = value_is_null(&known->values[i]) ? 1 : store_house(rq->view, &known->values[i].uuid, &house, rq->error);
        if (got < 0)
            return -1;
        if (got == 1)
            plan->houses[plan->house_count++] = house;
    }
    qsort(plan->houses, (size_t)plan->house_count, sizeof *plan->houses, order_numbers);
    plan->never |= plan->house_count == 0;
    return 0;
}

static const struct column_facts *tenancy_list(const struct plan *plan)
{
    int column = plan->table->tenant_column;
    if (plan->table->tenancy != TENANCY_TENANT)
        return NULL;
    const struct column_facts *known = plan->facts.columns[column];
    return known != NULL && known->value_count > 0 ? known : NULL;
}

/* How many combinations of values the condition leaves the columns of an index that is unique over all houses; 0: it does not fix
 * them all, or they are too many. */
static int claims_fixed(const struct plan *plan, const struct index *index)
{
    int count = 1;
    if (!index->claimed || !predicate_implied(index->predicate, &plan->facts))
        return 0;
    for (int i = 0; i < index->count; i++) {
        const struct column_facts *known = plan->facts.columns[index->columns[i].column];
        if (known == NULL || known->value_count == 0 || value_is_null(&known->values[0]) || known->value_count > PLAN_RANGES_MAX / count)
            return 0;
        count *= known->value_count;
    }
    return count;
}

/* Adds the house of one of the combinations. A key that is too long is no row's. */
static int list_claimed(struct request *rq, struct plan *plan, const struct index *index, int combination, struct value *columns)
{
    struct error too_long = { 0 };
    struct key claim;
    uint32_t house;
    for (int i = 0; i < index->count; i++) {
        const struct column_facts *known = plan->facts.columns[index->columns[i].column];
        columns[index->columns[i].column] = known->values[combination % known->value_count];
        combination /= known->value_count;
    }
    if (key_of_claim(index, columns, &claim, &too_long) < 0)
        return 0;
    int got = view_claim(rq->view, &claim, &house, rq->error);
    if (got == 1)
        plan->houses[plan->house_count++] = house;
    return got < 0 ? -1 : 0;
}

/* Among all houses those that have rows with the values which the condition leaves. */
static int apply_claims(struct request *rq, struct plan *plan, const struct index *index, int count)
{
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, plan->table->column_count);
    int kept = 0;
    plan->houses_listed = true;
    plan->houses = ARENA_ARRAY(rq->arena, uint32_t, count);
    for (int i = 0; i < count; i++)
        if (list_claimed(rq, plan, index, i, columns) < 0)
            return -1;
    qsort(plan->houses, (size_t)plan->house_count, sizeof *plan->houses, order_numbers);
    for (int i = 0; i < plan->house_count; i++)
        if (i == 0 || plan->houses[i] != plan->houses[i - 1])
            plan->houses[kept++] = plan->houses[i];
    plan->house_count = kept;
    return 0;
}

static int plan_houses(struct request *rq, struct plan *plan)
{
    const struct column_facts *known = tenancy_list(plan);
    const struct index *best = NULL;
    int fewest = 0;
    if (known != NULL)
        return plan->query->house == HOUSE_ANY ? apply_named_houses(rq, plan, known) : apply_own_house(rq, plan, known);
    if (plan->query->house != HOUSE_ANY || plan->query->table_only)
        return 0;
    for (int i = 0; i < plan->table->index_count; i++) {
        int count = claims_fixed(plan, plan->table->indexes[i]);
        if (count > 0 && (best == NULL || count < fewest)) {
            best = plan->table->indexes[i];
            fewest = count;
        }
    }
    return best != NULL ? apply_claims(rq, plan, best, fewest) : 0;
}

/* --- Candidates --- */

struct candidate {
    const struct index *index;
    int part_count;
    struct index_column parts[PLAN_PARTS_MAX];
    int fixed_count, ranges, range_column;
    double rows;                        /* guessed, of a house of typical size */
    bool sorted, reverse;
    int order_parts;
    enum ties ties;
    double cost;
};

static void list_parts(struct candidate *c, const struct table *table)
{
    c->part_count = 0;
    for (int i = 0; i < c->index->key_count; i++)
        c->parts[c->part_count++] = c->index->key[i];
    if (!c->index->primary)
        for (int i = 0; i < table->primary->key_count; i++)
            c->parts[c->part_count++] = table->primary->key[i];
}

#define ROWS_TYPICAL 10000.0

/* How many values a CHECK (column IN (...)) leaves a column; 0: no such check. */
static int count_of_values(const struct table *table, int column)
{
    for (int i = 0; i < table->check_count; i++) {
        const struct expr *condition = table->checks[i].condition;
        if (condition->op == EXPR_IN && condition->args[0]->op == EXPR_COLUMN && condition->args[0]->column == column)
            return condition->count - 1;
    }
    return 0;
}

/* The share of rows that one value of a column has, guessed from its type and checks. */
static double share_of_value(const struct table *table, int column)
{
    struct type type = table->columns[column].type;
    int values = type.id == TYPE_ENUM ? type.labels->count : count_of_values(table, column);
    if (values > 0)
        return 1.0 / values;
    switch (type.id) {
    case TYPE_BOOL: return 0.5;
    case TYPE_UUID: return 0.005;
    case TYPE_TEXT: case TYPE_VARCHAR: return 0.02;
    default: return 0.01;
    }
}

/* Whether the fixed parts hold every column of a unique index: a row at most for each range. */
static bool reads_single_rows(const struct candidate *c, const struct facts *facts)
{
    if (!c->index->unique && !c->index->primary)
        return false;
    if (c->fixed_count < c->index->key_count)
        return false;
    for (int i = 0; i < c->index->key_count; i++)
        if (!facts->columns[c->index->key[i].column]->not_null && !c->index->primary)
            return false;
    return true;
}

static void fix_parts(struct candidate *c, const struct plan *plan)
{
    const struct facts *facts = &plan->facts;
    c->rows = ROWS_TYPICAL;
    c->ranges = 1;
    for (c->fixed_count = 0; c->fixed_count < c->part_count; c->fixed_count++) {
        int column = c->parts[c->fixed_count].column;
        const struct column_facts *known = facts->columns[column];
        if (known == NULL || known->value_count == 0 || known->value_count > PLAN_RANGES_MAX / c->ranges)
            break;
        c->ranges *= known->value_count;
        double share = share_of_value(plan->table, column) * known->value_count;
        c->rows *= share < 1 ? share : 1;
    }
    c->range_column = -1;
    if (c->fixed_count < c->part_count) {
        int column = c->parts[c->fixed_count].column;
        const struct column_facts *known = facts->columns[column];
        if (facts_range_of(known, &c->parts[c->fixed_count])) {
            c->range_column = column;
            c->rows *= known->low.set && known->high.set ? 0.05 : 0.33;
        } else if (known != NULL && known->not_null && known->value_count == 0) {
            c->range_column = column;
        }
    }
    if (c->index->predicate != NULL)
        c->rows *= 0.2;
    if (reads_single_rows(c, facts))
        c->rows = c->ranges;
    if (c->rows < 1)
        c->rows = 1;
}

/* --- Order --- */

/* The same in all rows that a walk meets: fixed to one value, or the tenancy column inside a house. */
static bool is_constant(const struct plan *plan, int column)
{
    if (facts_constant(&plan->facts, column) != NULL)
        return true;
    return plan->table->tenancy == TENANCY_TENANT && column == plan->table->tenant_column && plan->query->house != HOUSE_ANY;
}

static bool may_be_null(const struct plan *plan, int column)
{
    const struct column_facts *known = plan->facts.columns[column];
    return !plan->table->columns[column].not_null && (known == NULL || !known->not_null);
}

static bool seen_before(const struct candidate *c, int part)
{
    for (int i = 0; i < part; i++)
        if (c->parts[i].column == c->parts[part].column)
            return true;
    return false;
}

/* Whether a walk gives the order, perhaps backwards: its parts, constants aside, are the order's columns, then the
 * primary key's. The direction is free until the first part decides it. */
static bool gives_order(struct candidate *c, const struct plan *plan, enum ties ties)
{
    const struct total_order *order = &plan->order;
    int part = 0;
    bool decided = false;
    c->reverse = false;
    c->order_parts = -1;
    c->ties = ties;
    for (int i = 0; i < order->count; i++) {
        struct order_column wanted = order->columns[i];
        if (i == order->asked)
            c->order_parts = part;
        if (is_constant(plan, wanted.column))
            continue;
        while (part < c->part_count && (is_constant(plan, c->parts[part].column) || seen_before(c, part)))
            part++;
        if (part == c->part_count)
            break;                      /* every part is spent: the primary key is, and the rest is decided by it */
        if (c->parts[part].column != wanted.column || !collation_agrees(c->parts[part].collation, wanted.collation))
            return false;
        struct key_order how = c->parts[part].order;
        if (i >= order->asked) {
            if (c->ties == TIES_FREE)
                c->ties = how.desc != (decided && c->reverse) ? TIES_DOWN : TIES_UP;
            wanted.order = (struct key_order){ .desc = c->ties == TIES_DOWN };
        }
        if (!decided)
            c->reverse = how.desc != wanted.order.desc;
        decided = true;
        if ((how.desc != c->reverse) != wanted.order.desc)
            return false;
        if (i < order->asked && may_be_null(plan, wanted.column) && (how.nulls_first != c->reverse) != wanted.order.nulls_first)
            return false;
        part++;
    }
    if (c->order_parts < 0)
        c->order_parts = part;
    if (c->ties == TIES_FREE)
        c->ties = TIES_UP;
    return true;
}

/* --- Choice --- */

/* The share of rows that a conjunct leaves, guessed. */
static double share_of_conjunct(const struct plan *plan, const struct conjunct *conjunct)
{
    if (conjunct->fact == FACT_LIST) {
        double share = share_of_value(plan->table, conjunct->column) * plan->facts.columns[conjunct->column]->value_count;
        return share < 1 ? share : 1;
    }
    return conjunct->fact == FACT_RANGE ? 0.3 : conjunct->fact == FACT_NOT_NULL ? 0.8 : 0.2;
}

static bool walk_honours(const struct candidate *c, const struct plan *plan, const struct conjunct *conjunct)
{
    if (conjunct->fact == FACT_NONE)
        return false;
    for (int i = 0; i < c->fixed_count; i++)
        if (conjunct->column == c->parts[i].column)
            return true;
    return conjunct->column == c->range_column || conjunct->column == plan->table->tenant_column;
}

/* In rows of the table looked at; a look-up through an index is three. A walk that ends at a limit looks at as many rows as
 * the conjuncts that it leaves to them make it. */
static double guess_cost(const struct candidate *c, const struct plan *plan, bool must_sort)
{
    const struct query *query = plan->query;
    double rows = c->rows, each = c->index->primary ? 1 : 3, looked_at = query->limit;
    bool keys_do = query->keys_only && plan->guard.access == ACCESS_ALL;
    for (int i = 0; i < plan->facts.count; i++) {
        const struct conjunct *conjunct = &plan->facts.conjuncts[i];
        bool honoured = walk_honours(c, plan, conjunct);
        keys_do = keys_do && honoured && conjunct->exact;
        if (!honoured)
            looked_at /= share_of_conjunct(plan, conjunct);
    }
    if (keys_do && !c->index->primary)
        each = 0.9;
    if (must_sort)
        each += 1;
    else if (query->limit > 0 && looked_at < rows)
        rows = looked_at;
    return c->ranges * 2 + rows * each;
}

static bool consider(struct plan *plan, const struct index *index, enum ties ties, struct candidate *ret)
{
    *ret = (struct candidate){ .index = index };
    if (!index->primary && (index->house || plan->query->table_only || !predicate_implied(index->predicate, &plan->facts)))
        return false;
    list_parts(ret, plan->table);
    if (plan->query->table_only) {
        ret->ranges = 1;
        ret->range_column = -1;
        ret->rows = ROWS_TYPICAL;
    } else {
        fix_parts(ret, plan);
    }
    if (plan->query->ordered && !plan->query->unsorted)
        ret->sorted = gives_order(ret, plan, ties);
    ret->cost = guess_cost(ret, plan, plan->query->ordered && !ret->sorted);
    return true;
}

static void choose(struct plan *plan, enum ties ties)
{
    struct candidate best, other;
    bool any = consider(plan, plan->table->primary, ties, &best);
    assert(any);
    for (int i = 0; i < plan->table->index_count; i++)
        if (plan->table->indexes[i] != plan->table->primary && consider(plan, plan->table->indexes[i], ties, &other)
            && other.cost < best.cost)
            best = other;
    plan->index = best.index;
    plan->part_count = best.part_count;
    memcpy(plan->parts, best.parts, sizeof best.parts);
    plan->fixed_count = best.fixed_count;
    plan->ranges = best.ranges;
    plan->range_column = best.range_column;
    plan->sorted = best.sorted;
    plan->reverse = best.sorted && best.reverse;
    plan->order_parts = best.order_parts;
    plan->order.ties = best.sorted ? best.ties : ties == TIES_FREE ? TIES_UP : ties;
    for (int i = plan->fixed_count; i-- > 0;)           /* of a column that comes twice the first place decides */
        facts_sort_list(&plan->facts, &plan->parts[i]);
}

/* --- What is left to ask of each row --- */

static bool walk_decides(const struct plan *plan, const struct conjunct *conjunct)
{
    if (tenancy_list(plan) != NULL && conjunct->fact == FACT_LIST && conjunct->column == plan->table->tenant_column)
        return conjunct->exact;
    if (predicate_has(plan->index->predicate, conjunct->expr))
        return true;
    if (!conjunct->exact || conjunct->fact == FACT_NONE)
        return false;
    for (int i = 0; i < plan->fixed_count; i++)
        if (plan->parts[i].column == conjunct->column)
            return conjunct->fact != FACT_RANGE;
    return conjunct->column == plan->range_column && conjunct->fact != FACT_LIST;
}

static void plan_residual(struct request *rq, struct plan *plan)
{
    plan->residual = NULL;
    for (int i = 0; i < plan->facts.count; i++) {
        const struct conjunct *conjunct = &plan->facts.conjuncts[i];
        if (!conjunct->guard && !walk_decides(plan, conjunct))
            plan->residual = plan->residual == NULL ? conjunct->expr : expr_and(plan->residual, conjunct->expr, rq->arena);
    }
}

int plan_make(struct request *rq, const struct query *query, enum ties ties, struct plan *ret)
{
    *ret = (struct plan){ .query = query, .table = query->table };
    if (policy_using(rq, query->table, query->command, query->reads, query->house, &ret->guard) < 0)
        return -1;
    facts_start(&ret->facts, rq, query);
    facts_add(&ret->facts, query->where, false);
    if (ret->guard.access == ACCESS_FILTER)
        facts_add(&ret->facts, ret->guard.condition, true);
    order_total(query->table, &query->order, ties, &ret->order);
    if (plan_houses(rq, ret) < 0)
        return -1;
    ret->never |= ret->facts.never || ret->guard.access == ACCESS_NONE;
    choose(ret, ties);
    plan_residual(rq, ret);
    return 0;
}
