/* Which collation an expression has: PostgreSQL's derivation (src/backend/parser/parse_collate.c). Operands from left to right, an
 * explicit one beats all others, and any beats the default; of two that do not agree nobody knows, which matters only to whoever
 * asks, and is said when a value comes to be compared (42P22). */
#include "sql/compile.h"

/* What the operands so far come to. */
struct derived {
    bool any;                       /* one of them has a collation */
    enum collating collating;
    const struct collation *collation;
};

/* CASE has the collation of its results: every second operand, and the last. */
static bool is_result(const struct expr *node, int arg)
{
    return node->op != EXPR_CASE || arg % 2 == 1 || arg == node->count - 1;
}

/* Where the collation of an expression comes from, which errors tell of. */
static const struct expr *source(const struct expr *e)
{
    for (int i = 0; i < e->count && e->op != EXPR_COLLATE; i++) {
        const struct expr *arg = e->args[i];
        if (is_result(e, i) && type_is_collatable(arg->type) && arg->collating == e->collating && arg->type.collation == e->type.collation)
            return source(arg);
    }
    return e;
}

void expr_conflict(const struct expr *expr, const struct expr *ret[static 2])
{
    const struct expr *first = NULL;
    ret[0] = ret[1] = expr;
    for (int i = 0; i < expr->count; i++) {
        const struct expr *arg = expr->args[i];
        if (!is_result(expr, i) || !type_is_collatable(arg->type))
            continue;
        if (arg->collating == COLLATING_CONFLICT) {
            expr_conflict(arg, ret);
            return;
        }
        if (first == NULL && arg->type.collation != NULL)
            first = arg;
        else if (arg->type.collation != NULL && arg->type.collation != first->type.collation) {
            ret[0] = source(first);
            ret[1] = source(arg);
            return;
        }
    }
}

static bool merge(struct compiler *c, const struct expr *arg, struct derived *d)
{
    if (!type_is_collatable(arg->type))
        return true;
    if (!d->any || arg->collating > d->collating) {
        *d = (struct derived){ true, arg->collating, arg->type.collation };
        return true;
    }
    if (arg->collating < d->collating || arg->type.collation == d->collation)
        return true;
    if (d->collating == COLLATING_EXPLICIT) {
        compile_fail(c, operand_location(source(arg), -1), SQLSTATE_COLLATION_MISMATCH, "collation mismatch between explicit collations \"%s\" and \"%s\"",
                     collation_name(d->collation), collation_name(arg->type.collation));
        return false;
    }
    if (d->collation == NULL)
        d->collation = arg->type.collation;
    else if (arg->type.collation != NULL)
        d->collating = COLLATING_CONFLICT;
    return true;
}

static bool asks(const struct expr *node)
{
    switch (node->op) {
    case EXPR_EQ: case EXPR_NE: case EXPR_LT: case EXPR_LE: case EXPR_GT: case EXPR_GE:
    case EXPR_DISTINCT: case EXPR_NOT_DISTINCT: case EXPR_IN: case EXPR_ANY: case EXPR_ALL: case EXPR_NULLIF: case EXPR_ILIKE:
        return true;
    default:
        return node->op == EXPR_FUNCTION && node->function->collated;
    }
}

static bool asks_equality(const struct expr *node)
{
    switch (node->op) {
    case EXPR_ANY: case EXPR_ALL:
        return node->comparison == EXPR_EQ || node->comparison == EXPR_NE;
    case EXPR_EQ: case EXPR_NE: case EXPR_DISTINCT: case EXPR_NOT_DISTINCT: case EXPR_IN: case EXPR_NULLIF:
        return true;
    default:
        return false;
    }
}

const struct expr *collate_output(struct compiler *c, const struct expr *e)
{
    if (e->collating == COLLATING_IMPLICIT)
        return e;
    struct expr *output = ARENA_NEW(c->arena, struct expr);
    *output = *e;
    output->collating = COLLATING_IMPLICIT;
    return output;
}

bool collate_node(struct compiler *c, struct expr *node)
{
    struct derived d = { 0 };
    if (node->op == EXPR_COLLATE)
        return true;
    for (int i = 0; i < node->count; i++)
        if (is_result(node, i) && !merge(c, node->args[i], &d))
            return false;
    node->collation = NULL;
    if (asks(node))
        node->collation = d.collating == COLLATING_CONFLICT ? &collation_conflict : asks_equality(node) ? NULL : d.collation;
    node->type.collation = NULL;
    if (type_is_collatable(node->type)) {
        node->type.collation = d.collation;
        node->collating = d.collating;
    }
    return true;
}

int collation_from_node(struct collations *collations, PgQuery__Node *const *name, size_t count, const struct collation **ret, struct error *error)
{
    const char *schema = count > 1 ? compile_string(name[count - 2]) : NULL, *last = count > 0 ? compile_string(name[count - 1]) : NULL;
    if (last == NULL)
        return fail(error, SQLSTATE_SYNTAX_ERROR, "a collation has no name");
    return collations_find(collations, schema, last, ret, error);
}

const struct expr *compile_collate(struct compiler *c, const PgQuery__CollateClause *e)
{
    struct expr *made = ARENA_NEW(c->arena, struct expr);
    const struct expr *arg = compile_node(c, e->arg);
    if (arg == NULL || (arg = coerce_unknown(c, arg, e->location)) == NULL)
        return NULL;
    if (!type_is_collatable(arg->type))
        return compile_fail(c, e->location, SQLSTATE_DATATYPE_MISMATCH, "collations are not supported by type %s", type_text(c, arg->type));
    *made = (struct expr){ .op = EXPR_COLLATE, .type = arg->type, .collating = COLLATING_EXPLICIT };
    if (collation_from_node(c->scope->collations, e->collname, e->n_collname, &made->type.collation, c->error) < 0)
        return compile_locate(c, e->location);
    return build_node(c, *made, &arg, 1);
}
