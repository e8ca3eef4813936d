#include "engine/scan/facts_known.h"

#include <stdlib.h>

#include "engine/scan/order.h"

struct column_facts *facts_of_column(struct facts *facts, int column)
{
    if (facts->columns[column] == NULL)
        facts->columns[column] = ARENA_NEW(facts->arena, struct column_facts);
    return facts->columns[column];
}

void facts_remember(struct facts *facts, const struct expr *expr, enum fact fact, int column, bool exact, bool guard)
{
    if (facts->count == facts->capacity) {
        int capacity = facts->capacity == 0 ? 8 : 2 * facts->capacity;
        struct conjunct *grown = ARENA_ARRAY(facts->arena, struct conjunct, capacity);
        if (facts->count > 0)
            memcpy(grown, facts->conjuncts, sizeof *grown * (size_t)facts->count);
        facts->conjuncts = grown;
        facts->capacity = capacity;
    }
    facts->conjuncts[facts->count++] = (struct conjunct){ expr, fact, column, exact, guard };
}

static int order_of(struct type type, const struct value *a, const struct value *b)
{
    return value_order(type, (struct key_order){ 0 }, a, b);
}

static int order_pointed(const void *a, const void *b, void *type)
{
    return order_of(*(const struct type *)type, a, b);
}

/* Ascending, without doubles; returns how many are left. */
static int sort_values(struct type type, struct value *values, int count)
{
    int kept = 0;
    qsort_r(values, (size_t)count, sizeof *values, order_pointed, &type);
    for (int i = 0; i < count; i++)
        if (kept == 0 || order_of(type, &values[kept - 1], &values[i]) != 0)
            values[kept++] = values[i];
    return kept;
}

/* The column is one of `values`: both lists hold when there was one before. */
void facts_add_list(struct facts *facts, int column, struct value *values, int count)
{
    struct type type = type_collated(facts->table->columns[column].type, NULL);
    struct column_facts *known = facts_of_column(facts, column);
    count = sort_values(type, values, count);
    if (known->value_count > 0) {
        int kept = 0;
        for (int i = 0, k = 0; i < count; i++) {
            while (k < known->value_count && order_of(type, &known->values[k], &values[i]) < 0)
                k++;
            if (k < known->value_count && order_of(type, &known->values[k], &values[i]) == 0)
                values[kept++] = values[i];
        }
        count = kept;
    }
    if (count == 0) {
        facts->never = true;
        return;
    }
    known->values = values;
    known->value_count = count;
    if (value_is_null(&values[count - 1]))
        facts->never |= known->not_null;
    else
        known->not_null = true;
}

void facts_refuse_null(struct facts *facts, struct column_facts *known)
{
    known->not_null = true;
    facts->never |= known->value_count > 0 && value_is_null(&known->values[0]);
}

/* Whether a range in this order can be joined to what is known; the first one says which order it is. */
static bool range_starts(struct facts *facts, struct column_facts *known, const struct collation *collation)
{
    facts_refuse_null(facts, known);
    if (!known->low.set && !known->high.set)
        known->collation = collation;
    return collation_agrees(known->collation, collation);
}

bool facts_add_low(struct facts *facts, int column, const struct collation *collation, const struct value *value, bool inclusive)
{
    struct column_facts *known = facts_of_column(facts, column);
    if (!range_starts(facts, known, collation))
        return false;
    struct type type = type_collated(facts->table->columns[column].type, collation);
    int order = known->low.set ? value_compare(type, value, &known->low.value) : 1;
    if (order > 0 || (order == 0 && !inclusive))
        known->low = (struct range_end){ true, inclusive, *value };
    return true;
}

bool facts_add_high(struct facts *facts, int column, const struct collation *collation, const struct value *value, bool inclusive)
{
    struct column_facts *known = facts_of_column(facts, column);
    if (!range_starts(facts, known, collation))
        return false;
    struct type type = type_collated(facts->table->columns[column].type, collation);
    int order = known->high.set ? value_compare(type, value, &known->high.value) : -1;
    if (order < 0 || (order == 0 && !inclusive))
        known->high = (struct range_end){ true, inclusive, *value };
    return true;
}

bool facts_range_of(const struct column_facts *known, const struct index_column *part)
{
    return known != NULL && (known->low.set || known->high.set) && collation_agrees(known->collation, part->collation);
}

void facts_sort_list(struct facts *facts, const struct index_column *part)
{
    struct column_facts *known = facts->columns[part->column];
    if (known->value_count > 1 && collation_orders(part->collation))
        sort_values(index_type(facts->table, part), known->values, known->value_count);
}
