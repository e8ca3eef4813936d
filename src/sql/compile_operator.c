/* Operators as the grammar gives them: plain ones, comparisons of rows, LIKE, IN, BETWEEN, ANY and ALL, DISTINCT. */
#include <assert.h>

#include "sql/compile.h"

static bool is_row(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_ROW_EXPR;
}

static const struct expr *negated(struct compiler *c, const struct expr *e)
{
    return e == NULL ? NULL : build_logic(c, EXPR_NOT, &e, 1, -1);
}

/* The comparison that an operator's name means, or -1. */
static int comparison_op(const char *name)
{
    static const struct { const char *name; enum expr_op op; } table[] = {
        { "=", EXPR_EQ }, { "<>", EXPR_NE }, { "!=", EXPR_NE }, { "<", EXPR_LT }, { "<=", EXPR_LE }, { ">", EXPR_GT }, { ">=", EXPR_GE },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0)
            return (int)table[i].op;
    return -1;
}

static const struct expr *plain(struct compiler *c, const char *name, const struct expr *a, const struct expr *b, int location)
{
    int comparison = comparison_op(name);
    if (comparison >= 0 && a != NULL)
        return build_compare(c, (enum expr_op)comparison, a, b, location);
    if (strcmp(name, "!~~") == 0)
        return negated(c, build_operator(c, "~~", a, b, location));
    if (strcmp(name, "!~~*") == 0)
        return negated(c, build_operator(c, "~~*", a, b, location));
    return build_operator(c, name, a, b, location);
}

/* LIKE ... ESCAPE comes as LIKE like_escape(pattern, escape). */
static int like_escape(struct compiler *c, const PgQuery__Node **pattern, int *ret, int location)
{
    *ret = '\\';
    if ((*pattern)->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return 0;
    const PgQuery__FuncCall *call = (*pattern)->func_call;
    const char *name = call->n_funcname == 2 ? compile_string(call->funcname[1]) : NULL;
    if (name == NULL || strcmp(name, "like_escape") != 0 || call->n_args != 2)
        return 0;
    const struct expr *escape = compile_node(c, call->args[1]);
    if (escape == NULL)
        return -1;
    if (escape->op != EXPR_CONST || escape->constant.kind != VALUE_TEXT) {
        compile_unsupported(c, location, "an ESCAPE that is no literal");
        return -1;
    }
    struct slice text = escape->constant.bytes;
    if (text.size > 1) {
        compile_fail(c, location, SQLSTATE_INVALID_ESCAPE_SEQUENCE, "invalid escape string");
        fail_hint(c->error, "escape string must be empty or one ASCII character");
        return -1;
    }
    *ret = text.size == 0 ? -1 : text.data[0];
    *pattern = call->args[0];
    return 0;
}

static const struct expr *compile_like(struct compiler *c, const PgQuery__AExpr *e, const char *name)
{
    const PgQuery__Node *pattern = e->rexpr;
    int escape;
    if (like_escape(c, &pattern, &escape, e->location) < 0)
        return NULL;
    const struct expr *a = compile_node(c, e->lexpr);
    const struct expr *b = a != NULL ? compile_node(c, pattern) : NULL;
    if (b == NULL)
        return NULL;
    const struct expr *like = build_like(c, e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE ? EXPR_ILIKE : EXPR_LIKE, a, b, escape, e->location);
    return name[0] == '!' ? negated(c, like) : like;
}

static const struct expr *compile_rows_in(struct compiler *c, const PgQuery__AExpr *e);

static const struct expr *compile_in(struct compiler *c, const PgQuery__AExpr *e, const char *name)
{
    assert(e->rexpr->node_case == PG_QUERY__NODE__NODE_LIST);
    const PgQuery__List *list = e->rexpr->list;
    if (is_row(e->lexpr)) {
        const struct expr *among = compile_rows_in(c, e);
        return strcmp(name, "<>") == 0 ? negated(c, among) : among;
    }
    const struct expr *left = compile_node(c, e->lexpr);
    const struct expr **args = left != NULL ? compile_list(c, list->items, list->n_items, 1) : NULL;
    if (args == NULL)
        return NULL;
    args[0] = left;
    const struct expr *in = build_in(c, args, (int)list->n_items + 1, e->location);
    return strcmp(name, "<>") == 0 ? negated(c, in) : in;
}

static const struct expr *range(struct compiler *c, const struct expr *x, const struct expr *low, const struct expr *high, int location)
{
    const struct expr *both[2] = { build_compare(c, EXPR_GE, x, low, location), NULL };
    if (both[0] != NULL)
        both[1] = build_compare(c, EXPR_LE, x, high, location);
    return both[1] == NULL ? NULL : build_logic(c, EXPR_AND, both, 2, location);
}

static const struct expr *compile_between(struct compiler *c, const PgQuery__AExpr *e)
{
    const PgQuery__List *list = e->rexpr->list;
    bool symmetric = e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM || e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    bool negative = e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN || e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM;
    const struct expr *x = compile_node(c, e->lexpr);
    const struct expr **ends = x != NULL ? compile_list(c, list->items, list->n_items, 0) : NULL;
    if (ends == NULL)
        return NULL;
    const struct expr *between = range(c, x, ends[0], ends[1], e->location);
    if (symmetric && between != NULL) {
        const struct expr *either[2] = { between, range(c, x, ends[1], ends[0], e->location) };
        between = either[1] == NULL ? NULL : build_logic(c, EXPR_OR, either, 2, e->location);
    }
    return negative ? negated(c, between) : between;
}

/* (a, b) < (c, d) is a < c OR (a = c AND b < d), also where something is NULL. */
static const struct expr *compare_rows(struct compiler *c, enum expr_op op, const struct expr *const *a, const struct expr *const *b,
                                       size_t count, int location)
{
    bool last = count == 1, order = op != EXPR_EQ && op != EXPR_NE;
    enum expr_op strict = op == EXPR_LE ? EXPR_LT : op == EXPR_GE ? EXPR_GT : op;
    const struct expr *first = build_compare(c, last ? op : strict, a[0], b[0], location);
    if (first == NULL || last)
        return first;
    const struct expr *rest = compare_rows(c, op, a + 1, b + 1, count - 1, location);
    if (rest == NULL)
        return NULL;
    if (order) {
        const struct expr *both[2] = { build_compare(c, EXPR_EQ, a[0], b[0], location), rest };
        rest = both[0] == NULL ? NULL : build_logic(c, EXPR_AND, both, 2, location);
    }
    return rest == NULL ? NULL : build_logic(c, op == EXPR_EQ ? EXPR_AND : EXPR_OR, (const struct expr *[]){ first, rest }, 2, location);
}

static const struct expr *compile_row_pair(struct compiler *c, enum expr_op op, const PgQuery__RowExpr *left, const PgQuery__RowExpr *right, int location)
{
    if (left->n_args != right->n_args || left->n_args == 0)
        return compile_fail(c, location, SQLSTATE_SYNTAX_ERROR, "unequal number of entries in row expressions");
    if (left->n_args > EXPR_DEPTH_MAX / 4)
        return compile_fail(c, location, SQLSTATE_STATEMENT_TOO_COMPLEX, "a row of more than %d values is too long to compare", EXPR_DEPTH_MAX / 4);
    const struct expr **a = compile_list(c, left->args, left->n_args, 0);
    const struct expr **b = a != NULL ? compile_list(c, right->args, right->n_args, 0) : NULL;
    return b == NULL ? NULL : compare_rows(c, op, a, b, left->n_args, location);
}

static const struct expr *compile_rows(struct compiler *c, const PgQuery__AExpr *e, const char *name)
{
    int comparison = comparison_op(name);
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || comparison < 0)
        return compile_unsupported(c, e->location, "this operator of rows");
    return compile_row_pair(c, (enum expr_op)comparison, e->lexpr->row_expr, e->rexpr->row_expr, e->location);
}

/* (a, b) IN ((c, d), (e, f)) */
static const struct expr *compile_rows_in(struct compiler *c, const PgQuery__AExpr *e)
{
    const PgQuery__List *list = e->rexpr->list;
    const struct expr **either = ARENA_ARRAY(c->arena, const struct expr *, (int)list->n_items);
    for (size_t i = 0; i < list->n_items; i++) {
        if (!is_row(list->items[i]))
            return compile_unsupported(c, node_location(list->items[i]), "comparing a row with what is none");
        either[i] = compile_row_pair(c, EXPR_EQ, e->lexpr->row_expr, list->items[i]->row_expr, e->location);
        if (either[i] == NULL)
            return NULL;
    }
    return build_logic(c, EXPR_OR, either, (int)list->n_items, e->location);
}

const struct expr *compile_operator(struct compiler *c, const PgQuery__AExpr *e)
{
    const char *name = e->n_name > 0 ? compile_string(e->name[e->n_name - 1]) : "";
    if (is_row(e->lexpr) && is_row(e->rexpr))
        return compile_rows(c, e, name);
    switch (e->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
        return compile_like(c, e, name);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
        return compile_in(c, e, name);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM:
        return compile_between(c, e);
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR:
        return compile_unsupported(c, e->location, "SIMILAR TO");
    default:
        break;
    }
    const struct expr *a = e->lexpr != NULL ? compile_node(c, e->lexpr) : NULL;
    if (e->lexpr != NULL && a == NULL)
        return NULL;
    const struct expr *b = compile_node(c, e->rexpr);
    if (b == NULL)
        return NULL;
    int comparison = comparison_op(name);
    switch (e->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
        return plain(c, name, a, b, e->location);
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        return build_compare(c, EXPR_DISTINCT, a, b, e->location);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        return build_compare(c, EXPR_NOT_DISTINCT, a, b, e->location);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        return build_nullif(c, a, b, e->location);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL:
        if (comparison < 0)
            return compile_unsupported(c, e->location, "ANY and ALL with an operator that is no comparison");
        return build_quantified(c, e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY ? EXPR_ANY : EXPR_ALL, (enum expr_op)comparison, a, b, e->location);
    default:
        return compile_unsupported(c, e->location, "this operator");
    }
}
