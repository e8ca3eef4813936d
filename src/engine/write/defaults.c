/* What a new row has where nothing is given, and what follows from the rest of it. */
#include <assert.h>

#include "engine/write/write.h"

static int refuse_generated(const struct column *column, bool update, struct error *error)
{
    fail(error, SQLSTATE_GENERATED_ALWAYS, update ? "column \"%s\" can only be updated to DEFAULT"
                                                      : "cannot insert a non-DEFAULT value into column \"%s\"", column->name);
    return fail_detail(error, "Column \"%s\" is a generated column.", column->name);
}

int default_of(struct request *rq, const struct table *table, int number, struct value *ret)
{
    const struct column *column = &table->columns[number];
    struct evaluation evaluation;
    if (column->serial) {
        int64_t next;
        if (sequence_next(rq, column->sequence, &next) < 0)
            return -1;
        *ret = value_int(next);
        return 0;
    }
    if (column->default_value == NULL) {
        *ret = VALUE_OF_NULL;
        return 0;
    }
    if (column->default_value->op == EXPR_CONST) {
        *ret = column->default_value->constant;
        return 0;
    }
    evaluation_start(&evaluation, rq, table, HOUSE_ANY);
    return expr_eval(column->default_value, &evaluation.eval, ret, rq->error);
}

/* Generated columns read other columns, never each other (PostgreSQL refuses that). */
static int generate(struct request *rq, const struct table *table, struct value *row)
{
    struct evaluation evaluation;
    bool started = false;
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->generated == NULL || column->dropped)
            continue;
        if (!started)
            evaluation_start(&evaluation, rq, table, HOUSE_ANY);
        started = true;
        evaluation.columns = row;
        if (expr_eval(column->generated, &evaluation.eval, &row[i], rq->error) < 0)
            return -1;
    }
    return 0;
}

int defaults_fill(struct request *rq, const struct table *table, const struct value *columns, const bool *given, struct value *row)
{
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        row[i] = VALUE_OF_NULL;
        if (column->dropped)
            continue;
        if (given[i] && column->generated != NULL)
            return refuse_generated(column, false, rq->error);
        if (column->stamped && rq->load != LOAD_OWN)
            row[i] = value_time(rq->now_us);
        else if (given[i])
            row[i] = columns[i];
        else if (column->generated == NULL && default_of(rq, table, i, &row[i]) < 0)
            return -1;
    }
    return generate(rq, table, row);
}

int defaults_allow(const struct table *table, const bool *given, struct error *error)
{
    for (int i = 0; i < table->column_count; i++)
        if (given[i] && table->columns[i].generated != NULL)
            return refuse_generated(&table->columns[i], true, error);
    return 0;
}

int defaults_overwrite(struct request *rq, const struct table *table, const struct value *columns, const bool *given,
                       const struct value *old, struct value *row, bool *ret_changed)
{
    bool any = table->touched;
    if (defaults_allow(table, given, rq->error) < 0)
        return -1;
    for (int i = 0; i < table->column_count; i++) {
        row[i] = given[i] && !table->columns[i].dropped ? columns[i] : old[i];
        any = any || given[i];
        if (table->columns[i].touch == TOUCH_ALWAYS || (table->columns[i].touch == TOUCH_UNLESS_GIVEN && !given[i]))
            row[i] = value_time(rq->now_us);
    }
    if (any && generate(rq, table, row) < 0)
        return -1;
    for (int i = 0; i < table->column_count; i++)
        ret_changed[i] = !value_identical(&old[i], &row[i]);
    return 0;
}
