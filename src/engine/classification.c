#include "engine/classification.h"

#include <stdio.h>

#include "engine/houses.h"

/* --- One row --- */

static const struct value *column_of(const struct table *table, const struct value *row, const char *name)
{
    static const struct value none = { .kind = VALUE_NULL };
    int column = table_column(table, slice_of_string(name));
    return column < 0 ? &none : &row[column];
}

static bool demands_sealed(const struct table *classifications, const struct value *row)
{
    const struct value *required = column_of(classifications, row, "encryption_required");
    return required->kind == VALUE_BOOL && required->boolean;
}

static bool demands_cleared(const struct table *classifications, const struct value *row)
{
    return column_of(classifications, row, "retention_days")->kind == VALUE_INT;
}

static const struct {
    bool (*made)(const struct table *classifications, const struct value *row);
    bool (*possible)(const struct catalog *catalog, const struct table *table, int column, char reason[static COLUMN_REASON_MAX]);
    const char *verb, *hint;
} demands[DEMAND_COUNT] = {
    [DEMAND_SEALED] = { demands_sealed, column_sealable, "encrypted", "a classification without encryption_required may name any column" },
    [DEMAND_CLEARED] = { demands_cleared, column_clearable, "cleared", "without retention_days, which are 0 or more, a classification may name any column" },
};

/* The column that a row names; false with the reason. */
static bool find_column(const struct catalog *catalog, const struct value *row, struct classified *ret, char reason[static COLUMN_REASON_MAX])
{
    const struct table *classifications = catalog->classifications;
    const struct value *table_name = column_of(classifications, row, "table_name"), *column_name = column_of(classifications, row, "column_name");
    const struct table *table = table_name->kind == VALUE_TEXT ? catalog_table(catalog, table_name->bytes) : NULL;
    int column = table == NULL || column_name->kind != VALUE_TEXT ? -1 : table_column(table, column_name->bytes);
    if (table == NULL || column < 0) {
        snprintf(reason, COLUMN_REASON_MAX, "there is no such %s", table == NULL ? "table" : "column");
        return false;
    }
    if (!value_is_null(column_of(classifications, row, "organization_id")) && !table_in_houses(table)) {
        snprintf(reason, COLUMN_REASON_MAX, "rows of \"%s\" belong to no organization", table->qualified);
        return false;
    }
    *ret = (struct classified){ .table = table, .column = column };
    return true;
}

int classification_read(const struct catalog *catalog, const struct value *row, enum demand demand, struct classified *ret,
                        char reason[static COLUMN_REASON_MAX])
{
    if (!demands[demand].made(catalog->classifications, row))
        return 0;
    if (!find_column(catalog, row, ret, reason) || !demands[demand].possible(catalog, ret->table, ret->column, reason))
        return -1;
    if (demand != DEMAND_CLEARED)
        return 1;
    ret->days = column_of(catalog->classifications, row, "retention_days")->integer;
    if (ret->days >= 0)
        return 1;
    snprintf(reason, COLUMN_REASON_MAX, "its retention_days are %lld", (long long)ret->days);
    return -1;
}

static int check(struct request *rq, const struct value *row, enum sqlstate state)
{
    const struct catalog *catalog = rq->view->catalog;
    for (enum demand demand = 0; demand < DEMAND_COUNT; demand++) {
        char reason[COLUMN_REASON_MAX];
        struct classified ignored;
        if (classification_read(catalog, row, demand, &ignored, reason) >= 0)
            continue;
        const struct value *table = column_of(catalog->classifications, row, "table_name");
        const struct value *column = column_of(catalog->classifications, row, "column_name");
        fail(rq->error, state, "column \"%.*s\" of \"%.*s\" cannot be %s: %s", SLICE_FMT(column->bytes), SLICE_FMT(table->bytes),
             demands[demand].verb, reason);
        return fail_hint(rq->error, "%s", demands[demand].hint);
    }
    return 0;
}

int classification_check(struct request *rq, const struct table *table, const struct value *row)
{
    return table == rq->view->catalog->classifications ? check(rq, row, SQLSTATE_INVALID_PARAMETER_VALUE) : 0;
}

/* --- All of them --- */

int classifications_each(struct request *rq, uint32_t house, int (*visit)(struct request *rq, const struct value *row, void *env), void *env)
{
    const struct table *table = rq->view->catalog->classifications;
    struct arena arena;
    struct request own = *rq;
    struct walk walk;
    struct found row;
    if (table == NULL)
        return 0;
    arena_init(&arena, ARENA_REQUEST_MAX);
    own.arena = &arena;
    int got = walk_start(&walk, &own, table->primary, house, NULL, 0, NULL, NULL, false);
    while (got == 0 && (got = walk_next(&walk, &row)) == 1)
        got = visit(rq, row.columns, env);
    arena_done(&arena);
    return got;
}

static int must_hold(struct request *rq, const struct value *row, void *env)
{
    return check(rq, row, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE);
}

int classifications_hold(struct request *rq)
{
    uint32_t house = HOUSE_ANY;
    int more = rq->view->catalog->classifications == NULL ? 0 : house_step(rq, HOUSE_ANY, &house);
    for (; more == 1; more = house_step(rq, HOUSE_ANY, &house))
        if (classifications_each(rq, house, must_hold, NULL) < 0)
            return -1;
    return more;
}
