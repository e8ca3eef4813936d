#include "engine/scan/predicate.h"

#include <assert.h>

/* Columns of a predicate read as the constants that the facts give them. */
struct substitution {
    struct eval eval;
    const struct facts *facts;
};

static int substituted_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    const struct facts *facts = ((const struct substitution *)eval)->facts;
    assert(depth == 0);
    *ret = *facts_constant(facts, column);
    return 0;
}

static int is_open(const struct expr *expr, void *env)
{
    const struct facts *facts = env;
    if (expr->op == EXPR_COLUMN)
        return expr->depth != 0 || facts_constant(facts, expr->column) == NULL;
    return expr->op == EXPR_SUBSELECT || expr->op == EXPR_PARAM
        || (expr->op == EXPR_FUNCTION && expr->function->volatility != FUNCTION_IMMUTABLE);
}

static bool implies_conjunct(const struct facts *facts, const struct expr *expr)
{
    for (int i = 0; i < facts->count; i++)
        if (expr_equal(facts->conjuncts[i].expr, expr))
            return true;
    if (expr->op == EXPR_IS_NOT_NULL && expr->args[0]->op == EXPR_COLUMN) {
        const struct column_facts *known = facts->columns[expr->args[0]->column];
        if (known != NULL && known->not_null)
            return true;
    }
    if (expr_walk(expr, is_open, (void *)facts) != 0)
        return false;
    struct substitution constants = { .eval = facts->evaluation->eval, .facts = facts };
    struct error ignored = { 0 };
    bool yes = false;
    constants.eval.column = substituted_column;
    return expr_is_true(expr, &constants.eval, &yes, &ignored) == 0 && yes;
}

bool predicate_implied(const struct expr *predicate, const struct facts *facts)
{
    if (predicate == NULL)
        return true;
    if (predicate->op == EXPR_AND) {
        for (int i = 0; i < predicate->count; i++)
            if (!predicate_implied(predicate->args[i], facts))
                return false;
        return true;
    }
    return implies_conjunct(facts, predicate);
}

bool predicate_has(const struct expr *predicate, const struct expr *expr)
{
    if (predicate == NULL)
        return false;
    if (predicate->op == EXPR_AND) {
        for (int i = 0; i < predicate->count; i++)
            if (predicate_has(predicate->args[i], expr))
                return true;
        return false;
    }
    return expr_equal(predicate, expr);
}
