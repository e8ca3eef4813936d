/* Sub-selects: EXISTS, IN and a single value, over one table, or over none, which is the expression itself. */
#include "sql/compile.h"

static void *refuse(struct compiler *c, int location, const char *what)
{
    return compile_fail(c, location, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s in a sub-select is not supported", what);
}

/* LIMIT with a positive constant cannot change what EXISTS says. */
static bool harmless_limit(const PgQuery__Node *limit)
{
    return limit->node_case == PG_QUERY__NODE__NODE_A_CONST && !limit->a_const->isnull &&
           limit->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL && limit->a_const->ival->ival > 0;
}

/* What would change the result and is not understood is refused by name. */
static bool check_shape(struct compiler *c, const PgQuery__SelectStmt *s, enum subselect_kind kind, int location)
{
    const char *what = NULL;
    if (s->op != PG_QUERY__SET_OPERATION__SETOP_NONE)
        what = "UNION, INTERSECT or EXCEPT";
    else if (s->with_clause != NULL)
        what = "WITH";
    else if (s->n_values_lists > 0)
        what = "VALUES";
    else if (s->n_group_clause > 0 || s->having_clause != NULL)
        what = "GROUP BY";
    else if (s->n_window_clause > 0)
        what = "WINDOW";
    else if (s->into_clause != NULL)
        what = "INTO";
    else if (s->n_locking_clause > 0)
        what = "FOR UPDATE";
    else if (s->limit_offset != NULL)
        what = "OFFSET";
    else if (s->limit_count != NULL && (kind != SUBSELECT_EXISTS || !harmless_limit(s->limit_count)))
        what = "LIMIT";
    else if (s->n_distinct_clause > 0 && kind == SUBSELECT_SCALAR)
        what = "DISTINCT";
    else if (s->n_from_clause > 1 || (s->n_from_clause == 1 && s->from_clause[0]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR))
        what = "more than one table";
    if (what != NULL)
        refuse(c, location, what);
    return what == NULL;
}

static const PgQuery__Node *only_target(struct compiler *c, const PgQuery__SelectStmt *s, int location)
{
    if (s->n_target_list != 1)
        return compile_fail(c, location, SQLSTATE_SYNTAX_ERROR, "subquery must return only one column");
    return s->target_list[0]->res_target->val;
}

/* (SELECT auth.uid()), a habit of policies for PostgreSQL's planner, is the expression; IN (SELECT auth.uid()) is =. */
static const struct expr *compile_tableless(struct compiler *c, const PgQuery__SelectStmt *s, enum subselect_kind kind,
                                            const struct expr *left, int location)
{
    if (s->where_clause != NULL || kind == SUBSELECT_EXISTS)
        return refuse(c, location, "leaving out FROM");
    const PgQuery__Node *target = only_target(c, s, location);
    const struct expr *value = target != NULL ? compile_node(c, target) : NULL;
    if (value == NULL)
        return NULL;
    value = collate_output(c, value);
    return kind == SUBSELECT_SCALAR ? value : build_compare(c, EXPR_EQ, left, value, location);
}

/* The operator before ANY or ALL: `=` ANY is IN, `<>` ALL its negation. 1, 0 for negated, -1. */
static int membership(struct compiler *c, const PgQuery__SubLink *link)
{
    const PgQuery__Node *last = link->n_oper_name > 0 ? link->oper_name[link->n_oper_name - 1] : NULL;
    const char *name = last == NULL ? "=" : last->string->sval;
    bool any = link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
    if (any && strcmp(name, "=") == 0)
        return 1;
    if (!any && strcmp(name, "<>") == 0)
        return 0;
    compile_fail(c, link->location, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s %s (SELECT ...) is not supported, only = ANY and <> ALL", name, any ? "ANY" : "ALL");
    return -1;
}

/* Left side and output take the type that comparing them takes: `comparison` is left = output. */
static bool match_types(struct compiler *c, struct subselect *sub, const struct expr *left, const struct expr *output, int location)
{
    const struct expr *comparison = build_compare(c, EXPR_EQ, left, output, location);
    if (comparison == NULL)
        return false;
    if (comparison->op != EXPR_CONST) {
        sub->collation = comparison->collation;
        sub->left = comparison->args[0];
        sub->output = comparison->args[1];
        return true;
    }
    /* Both sides are constants and the comparison was folded. */
    struct type type;
    if (common_type(c, (const struct expr *[]){ left, output }, 2, "IN", &type, location) < 0)
        return false;
    sub->left = coerce(c, left, type, CAST_IMPLICIT, location);
    sub->output = coerce(c, output, type, CAST_IMPLICIT, location);
    return sub->left != NULL && sub->output != NULL;
}

static bool compile_inside(struct compiler *c, const PgQuery__SelectStmt *s, struct subselect *sub, const struct expr *left, int location)
{
    if (s->where_clause != NULL) {
        const struct expr *where = compile_node(c, s->where_clause);
        sub->where = where != NULL ? coerce_boolean(c, where, "WHERE", location) : NULL;
        if (sub->where == NULL)
            return false;
    }
    if (sub->kind == SUBSELECT_EXISTS)
        return true;
    const PgQuery__Node *target = only_target(c, s, location);
    const struct expr *output = target != NULL ? compile_node(c, target) : NULL;
    if (output == NULL)
        return false;
    if (sub->kind == SUBSELECT_IN)
        return match_types(c, sub, left, collate_output(c, output), location);
    sub->output = coerce_unknown(c, output, location);
    return sub->output != NULL;
}

int hint_auth(const char *schema, struct error *error)
{
    if (schema == NULL || strcmp(schema, "auth") != 0)
        return -1;
    return fail_hint(error, "nothing of auth is there by itself: a migration before this one has CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);");
}

static const void *find_table(struct compiler *c, const PgQuery__RangeVar *from)
{
    const struct scope *scope = c->scope;
    struct slice schema = slice_of_string(from->schemaname != NULL ? from->schemaname : "");
    if (scope->find_table == NULL)
        return compile_fail(c, from->location, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot use subquery here");
    const void *table = scope->find_table(scope->env, schema, slice_of_string(from->relname));
    if (table == NULL) {
        compile_fail(c, from->location, SQLSTATE_UNDEFINED_TABLE, "relation \"%s%s%s\" does not exist", schema.size > 0 ? from->schemaname : "",
                     schema.size > 0 ? "." : "", from->relname);
        hint_auth(from->schemaname, c->error);
        return NULL;
    }
    if (scope->mention != NULL)
        scope->mention(scope->needs, table, schema.size > 0 ? MENTION_QUALIFIED : MENTION_BARE);
    return table;
}

static const struct expr *compile_over_table(struct compiler *c, const PgQuery__SelectStmt *s, struct subselect *sub,
                                             const struct expr *left, int location)
{
    const PgQuery__RangeVar *from = s->from_clause[0]->range_var;
    sub->table = find_table(c, from);
    if (sub->table == NULL)
        return NULL;
    struct scope inner = *c->scope;
    struct level level = { .outer = c->level };
    inner.outer = c->scope;
    inner.table = sub->table;
    inner.resolve = NULL;
    inner.read = NULL;
    inner.aggregates = NULL;
    inner.alias = from->alias != NULL ? from->alias->aliasname : from->relname;
    c->scope = &inner;
    c->level = &level;
    bool ok = compile_inside(c, s, sub, left, location);
    c->scope = inner.outer;
    c->level = level.outer;
    if (!ok)
        return NULL;
    if (c->scope->expand != NULL && c->scope->expand(c->scope->env, c->scope->needs, sub, c->arena, c->error) < 0)
        return compile_locate(c, from->location);
    sub->correlated = level.correlated;
    sub->slot = sub->correlated || c->scope->slots == NULL ? -1 : (*c->scope->slots)++;
    struct expr *e = ARENA_NEW(c->arena, struct expr);
    *e = (struct expr){ .op = EXPR_SUBSELECT, .type = sub->kind == SUBSELECT_SCALAR ? sub->output->type : type_of(TYPE_BOOL) };
    e->subselect = sub;
    return e;
}

const struct expr *compile_subselect(struct compiler *c, const PgQuery__SubLink *link)
{
    const PgQuery__SelectStmt *s = link->subselect->select_stmt;
    struct subselect *sub = ARENA_NEW(c->arena, struct subselect);
    const struct expr *left = NULL;
    bool negative = false;
    switch (link->sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
        sub->kind = SUBSELECT_EXISTS;
        break;
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
        sub->kind = SUBSELECT_SCALAR;
        break;
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
    case PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK: {
        int member = membership(c, link);
        sub->kind = SUBSELECT_IN;
        left = member >= 0 ? compile_node(c, link->testexpr) : NULL;
        if (left == NULL)
            return NULL;
        negative = member == 0;
        break;
    }
    default:
        return refuse(c, link->location, "this form");
    }
    if (!check_shape(c, s, sub->kind, link->location))
        return NULL;
    const struct expr *e = s->n_from_clause == 0 ? compile_tableless(c, s, sub->kind, left, link->location)
                                                 : compile_over_table(c, s, sub, left, link->location);
    return e != NULL && negative ? build_logic(c, EXPR_NOT, &e, 1, link->location) : e;
}
