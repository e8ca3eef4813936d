/* NOT NULL and CHECK. */
#include <string.h>

#include "engine/write/write.h"

static int not_null_holds(struct request *rq, const struct table *table, const struct value *row, const bool *changed)
{
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (!column->not_null || column->dropped || !value_is_null(&row[i]) || (changed != NULL && !changed[i]))
            continue;
        return fail(rq->error, SQLSTATE_NOT_NULL_VIOLATION, "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
                    column->name, table->name);
    }
    return 0;
}

static int reads_changed(const struct expr *expr, void *env)
{
    const bool *changed = env;
    return expr->op == EXPR_COLUMN && expr->depth == 0 && changed[expr->column];
}

static bool concerned(const struct check *check, const bool *changed)
{
    return changed == NULL || expr_walk(check->condition, reads_changed, (void *)changed) != 0;
}

/* PostgreSQL checks by the constraints' names; when several fail, the first of them is the one that it names. */
static int checks_hold(struct request *rq, const struct table *table, uint32_t house, const struct value *row, const bool *changed)
{
    struct evaluation evaluation;
    const struct check *failed = NULL;
    if (table->check_count == 0)
        return 0;
    evaluation_start(&evaluation, rq, table, house);
    evaluation.columns = row;
    for (int i = 0; i < table->check_count; i++) {
        const struct check *check = &table->checks[i];
        struct value holds;
        if (!concerned(check, changed))
            continue;
        if (expr_eval(check->condition, &evaluation.eval, &holds, rq->error) < 0)
            return -1;
        bool refused = !value_is_null(&holds) && !holds.boolean;
        if (refused && (failed == NULL || strcmp(check->name, failed->name) < 0))
            failed = check;
    }
    if (failed == NULL)
        return 0;
    return fail(rq->error, SQLSTATE_CHECK_VIOLATION, "new row for relation \"%s\" violates check constraint \"%s\"",
                table->name, failed->name);
}

int constraints_hold(struct request *rq, const struct table *table, uint32_t house, const struct value *row, const bool *changed)
{
    if (not_null_holds(rq, table, row, changed) < 0)
        return -1;
    return checks_hold(rq, table, house, row, changed);
}
