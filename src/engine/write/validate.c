#include "engine/write/validate.h"

#include <assert.h>

#include "engine/scan/unique.h"
#include "engine/write/write.h"

/* --- Rows --- */

static int row_not_null(struct request *rq, const struct table *table, const struct value *row)
{
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].not_null && !table->columns[i].dropped && value_is_null(&row[i]))
            return fail(rq->error, SQLSTATE_NOT_NULL_VIOLATION, "column \"%s\" of relation \"%s\" contains null values",
                        table->columns[i].name, table->name);
    return 0;
}

static int reads_sealed(const struct expr *expr, void *env)
{
    const struct value *row = env;
    return expr->op == EXPR_COLUMN && expr->depth == 0 && row[expr->column].kind == VALUE_SEALED;
}

static int row_checks(struct request *rq, const struct table *table, struct evaluation *e, const struct value *row)
{
    e->columns = row;
    for (int i = 0; i < table->check_count; i++) {
        struct value holds;
        if (rq->keeps_sealed && expr_walk(table->checks[i].condition, reads_sealed, (void *)row) != 0)
            continue;
        if (expr_eval(table->checks[i].condition, &e->eval, &holds, rq->error) < 0)
            return -1;
        if (!value_is_null(&holds) && !holds.boolean)
            return fail(rq->error, SQLSTATE_CHECK_VIOLATION, "check constraint \"%s\" of relation \"%s\" is violated by some row",
                        table->checks[i].name, table->name);
    }
    return 0;
}

static int row_references(struct write *write, const struct table *table, uint32_t house, const struct value *row)
{
    for (int i = 0; i < table->foreign_key_count; i++) {
        int holds = reference_holds(write, table->foreign_keys[i], house, row);
        if (holds != 1)
            return holds == 0 ? reference_refuse(write->rq, table->foreign_keys[i], row) : -1;
    }
    return 0;
}

static int validate_house(struct write *write, const struct table *table, uint32_t house)
{
    struct request *rq = write->rq;
    struct evaluation e;
    struct walk walk;
    struct found row;
    int got;
    evaluation_start(&e, rq, table, house);
    if (walk_start(&walk, rq, table->primary, house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        if (row_not_null(rq, table, row.columns) < 0 || row_checks(rq, table, &e, row.columns) < 0 ||
            row_references(write, table, house, row.columns) < 0)
            return -1;
        arena_reset(rq->arena);
        write->sparse = NULL;
    }
    return got;
}

/* Rows are looked at and forgotten, however many there are: in an arena of their own, emptied after each. A walk without
 * bounds keeps nothing there. */
int validate_rows(struct request *rq, const struct table *table)
{
    uint32_t at = HOUSE_ANY;
    int more;
    while ((more = house_step(rq, HOUSE_ANY, &at)) == 1) {
        struct arena arena;
        struct request own = *rq;
        struct write write;
        arena_init(&arena, rq->arena->limit);
        own.arena = &arena;
        own.changes = NULL;
        write_start(&write, &own, table, false);
        int err = validate_house(&write, table, at);
        write_done(&write);
        arena_done(&arena);
        if (err < 0)
            return -1;
    }
    return more;
}

/* --- Unique indexes --- */

static int refuse_duplicate(struct request *rq, const struct index *index, const struct value *row)
{
    int numbers[INDEX_COLUMNS_MAX];
    struct value values[INDEX_COLUMNS_MAX];
    for (int i = 0; i < index->count; i++) {
        numbers[i] = index->columns[i].column;
        values[i] = row[numbers[i]];
    }
    fail(rq->error, SQLSTATE_UNIQUE_VIOLATION, "could not create unique index \"%s\"", index->name);
    return fail_detail(rq->error, "Key %s is duplicated.", key_detail(rq, index->table, numbers, index->count, values));
}

/* Each row asks whether another one has its key. */
static int house_unique(struct request *rq, const struct index *index, uint32_t house)
{
    struct walk walk;
    struct found row;
    int got;
    if (walk_start(&walk, rq, index, house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        int other = unique_other(rq, index, &row);
        if (other != 0)
            return other == 1 ? refuse_duplicate(rq, index, row.columns) : -1;
        arena_reset(rq->arena);
    }
    return got;
}

int validate_unique(struct request *rq, const struct index *index)
{
    uint32_t at = HOUSE_ANY;
    int more;
    assert(index->unique && !index->primary);
    while ((more = house_step(rq, HOUSE_ANY, &at)) == 1) {
        struct arena arena;
        struct request own = *rq;
        arena_init(&arena, rq->arena->limit);
        own.arena = &arena;
        own.changes = NULL;
        int err = house_unique(&own, index, at);
        arena_done(&arena);
        if (err < 0)
            return -1;
    }
    return more;
}
