/* Expressions of the catalog: what each use allows, what an expression reads, and two rewrites of the reference. */
#include "catalog/fold.h"

static int want_immutable(struct fold *f, const struct expr *expr, enum expression_use use)
{
    if (expr_is_at_most(expr, FUNCTION_IMMUTABLE))
        return 0;
    if (use == USE_GENERATED)
        return fail(f->error, SQLSTATE_INVALID_OBJECT_DEFINITION, "generation expression is not immutable");
    fail(f->error, SQLSTATE_INVALID_OBJECT_DEFINITION, "functions in index predicate must be marked IMMUTABLE");
    return fail_hint(f->error, "now() changes while the index does not: index the column without the predicate.");
}

static int want_plain_columns(struct fold *f, const struct expr *expr, const struct table *table)
{
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].generated_sql != NULL && expr_reads(expr, table, table, i))
            return fail(f->error, SQLSTATE_INVALID_OBJECT_DEFINITION,
                        "cannot use generated column \"%s\" in column generation expression", table->columns[i].name);
    return 0;
}

static int reads_view(const struct expr *expr, void *env)
{
    return expr->op == EXPR_SUBSELECT && ((const struct table *)expr->subselect->table)->view != NULL;
}

static int judge(struct fold *f, const struct expr *expr, const struct table *table, enum expression_use use)
{
    if ((use == USE_GENERATED || use == USE_PREDICATE) && want_immutable(f, expr, use) < 0)
        return -1;
    if (use == USE_POLICY && expr_walk(expr, reads_view, NULL) != 0)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "a view in a policy is not supported: name its tables");
    return use == USE_GENERATED ? want_plain_columns(f, expr, table) : 0;
}

void fold_scope(struct fold *f, const struct table *table, struct scope *ret)
{
    catalog_scope(&f->draft->catalog, table, false, ret);
    ret->source = f->statement->text;
    ret->source_line = f->statement->line;
}

static struct scope scope_for(struct fold *f, const struct table *table, enum expression_use use)
{
    struct scope scope;
    catalog_scope(&f->draft->catalog, use == USE_DEFAULT ? NULL : table, use == USE_POLICY, &scope);
    scope.expand = NULL;
    scope.slots = use == USE_POLICY ? &f->draft->catalog.slot_count : NULL;
    return scope;
}

int fold_expression(struct fold *f, const PgQuery__Node *node, const struct table *table, enum expression_use use,
                    struct type want, const struct expr **ret)
{
    struct scope scope = scope_for(f, table, use);
    scope.source = f->statement->text;
    scope.source_line = f->statement->line;
    if (expr_compile(node, &scope, want, f->arena, ret, f->error) < 0)
        return -1;
    return judge(f, *ret, table, use);
}

int fold_expression_text(struct fold *f, const char *text, const struct table *table, enum expression_use use,
                         struct type want, const struct expr **ret)
{
    struct scope scope = scope_for(f, table, use);
    if (expr_compile_text(slice_of_string(text), &scope, want, f->arena, ret, f->error) < 0)
        return -1;
    return judge(f, *ret, table, use);
}

int fold_evaluate(struct fold *f, const struct expr *expr, struct value *ret)
{
    static const struct claims nobody;
    struct eval eval = { .now_us = f->applied_us, .claims = &nobody, .arena = f->arena };      /* nothing volatile: no random numbers */
    return expr_eval(expr, &eval, ret, f->error);
}

/* --- What an expression reads --- */

/* The tables whose rows are in scope, innermost first. */
struct level {
    const struct level *outer;
    const struct table *table;
};

static bool reads(const struct expr *expr, const struct level *level, const struct table *table, int column)
{
    if (expr == NULL)
        return false;
    if (expr->op == EXPR_COLUMN) {
        const struct level *of = level;
        for (int depth = expr->depth; depth > 0 && of != NULL; depth--)
            of = of->outer;
        return of != NULL && of->table == table && (column < 0 || expr->column == column);
    }
    if (expr->op == EXPR_SUBSELECT) {
        const struct subselect *s = expr->subselect;
        struct level inner = { level, s->table };
        if ((column < 0 && s->table == table) || reads(s->left, level, table, column)
            || reads(s->where, &inner, table, column) || reads(s->output, &inner, table, column))
            return true;
    }
    for (int i = 0; i < expr->count; i++)
        if (reads(expr->args[i], level, table, column))
            return true;
    return false;
}

bool expr_reads(const struct expr *expr, const struct table *owner, const struct table *table, int column)
{
    struct level level = { NULL, owner };
    return reads(expr, &level, table, column);
}

static int more_volatile(const struct expr *expr, void *env)
{
    return expr->op == EXPR_FUNCTION && (int)expr->function->volatility > *(int *)env;
}

bool expr_is_at_most(const struct expr *expr, int volatility)
{
    return expr_walk(expr, more_volatile, &volatility) == 0;
}

static int only_column(const struct expr *expr, void *env)
{
    int *only = env;
    if (expr->op == EXPR_COLUMN)
        *only = *only == -1 || *only == expr->column ? expr->column : -2;
    return 0;
}

int expr_only_column(const struct expr *expr)
{
    int only = -1;
    expr_walk(expr, only_column, &only);
    return only;
}

/* --- window_start + (window_duration_minutes || ' minutes')::interval --- */

static const char *column_name(const PgQuery__Node *node)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || node->column_ref->n_fields != 1)
        return NULL;
    return node_string(node->column_ref->fields[0]);
}

static bool operation(const PgQuery__Node *node, const char *sign, const PgQuery__Node **left, const PgQuery__Node **right)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_A_EXPR)
        return false;
    const PgQuery__AExpr *e = node->a_expr;
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || e->n_name != 1 || node_string(e->name[0]) == NULL
        || !same(node_string(e->name[0]), sign))
        return false;
    *left = e->lexpr;
    *right = e->rexpr;
    return true;
}

static const PgQuery__Node *cast_to_interval(const PgQuery__Node *node)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
        return NULL;
    const PgQuery__TypeName *type = node->type_cast->type_name;
    if (type == NULL || type->n_names == 0 || type->n_typmods > 0 || type->n_array_bounds > 0)
        return NULL;
    const char *name = node_string(type->names[type->n_names - 1]);
    return name != NULL && same(name, "interval") ? node->type_cast->arg : NULL;
}

/* "minute" of ' minutes'. NULL: another text. */
static const char *unit_of(const PgQuery__Node *node)
{
    static const char *const units[] = { "second", "minute", "hour", "day" };
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_A_CONST
        || node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
        return NULL;
    const char *text = node->a_const->sval->sval;
    text += strspn(text, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t size = strlen(units[i]);
        if (strncmp(text, units[i], size) == 0 && (text[size] == '\0' || same(text + size, "s")))
            return units[i];
    }
    return NULL;
}

/* PostgreSQL calls timestamptz + interval stable, for a day may have 23 hours in the session's zone, and so does
 * text to interval, for IntervalStyle. In UTC neither can differ: the two forms are equal on every instant. */
const char *immutable_form(struct fold *f, const struct table *table, const PgQuery__Node *node, const char *text)
{
    const PgQuery__Node *start, *length, *number, *unit;
    if (!operation(node, "+", &start, &length) || !operation(cast_to_interval(length), "||", &number, &unit))
        return text;
    if (column_name(start) == NULL || column_name(number) == NULL || unit_of(unit) == NULL)
        return text;
    int column = table_column(table, slice_of_string(column_name(start)));
    bool zoned = column >= 0 && table->columns[column].type.id == TYPE_TIMESTAMPTZ;
    struct buf out = { 0 };
    buf_append_string(&out, zoned ? "((" : "");
    quote_name(column_name(start), &out);
    buf_append_string(&out, zoned ? " AT TIME ZONE 'UTC') + " : " + ");
    quote_name(column_name(number), &out);
    buf_printf(&out, " * INTERVAL '1 %s'%s", unit_of(unit), zoned ? ") AT TIME ZONE 'UTC'" : "");
    const char *form = arena_string(f->arena, buf_slice(&out));
    buf_done(&out);
    return form;
}
