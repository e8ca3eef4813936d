#include "sql/select.h"

#include "sql/compile.h"

static const char *given(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* --- Targets --- */

int read_targets(struct statement_reader *r, PgQuery__Node *const *nodes, size_t count, struct target **ret)
{
    *ret = ARENA_ARRAY(r->arena, struct target, (int)count + 1);
    for (size_t i = 0; i < count; i++) {
        const PgQuery__ResTarget *target = nodes[i]->res_target;
        (*ret)[i] = (struct target){ .name = given(target->name), .value = target->val, .location = target->location };
    }
    return 0;
}

bool target_is_star(const struct target *target, const char **ret_qualifier)
{
    if (target->value->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return false;
    const PgQuery__ColumnRef *ref = target->value->column_ref;
    if (ref->fields[ref->n_fields - 1]->node_case != PG_QUERY__NODE__NODE_A_STAR)
        return false;
    *ret_qualifier = ref->n_fields > 1 ? ref->fields[ref->n_fields - 2]->string->sval : NULL;
    return true;
}

/* --- FROM --- */

static int refuse_more(struct statement_reader *r)
{
    return fail(r->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d tables in FROM", FROM_TABLES_MAX);
}

static int add_table(struct statement_reader *r, struct select_statement *to, const PgQuery__RangeVar *table, enum join join,
                     const PgQuery__Node *on)
{
    if (given(table->catalogname) != NULL)
        return reader_refuse(r, table->location, "a database name before a table's");
    if (to->from_count == FROM_TABLES_MAX)
        return refuse_more(r);
    if (table->alias != NULL && table->alias->n_colnames > 0)
        return reader_refuse(r, table->location, "an alias with names of columns");
    to->from[to->from_count++] = (struct from_item){
        .schema = given(table->schemaname), .table = table->relname, .alias = table->alias != NULL ? table->alias->aliasname : NULL,
        .join = join, .on = on, .location = table->location,
    };
    return 0;
}

static int read_query(struct statement_reader *r, const PgQuery__SelectStmt *s, struct select_statement **ret);

static int add_subselect(struct statement_reader *r, struct select_statement *to, const PgQuery__RangeSubselect *from, enum join join,
                         const PgQuery__Node *on)
{
    struct select_statement *query;
    if (from->lateral)
        return reader_refuse(r, 0, "LATERAL");
    if (from->alias->n_colnames > 0)
        return reader_refuse(r, 0, "an alias with names of columns");
    if (to->from_count == FROM_TABLES_MAX)
        return refuse_more(r);
    if (r->depth == FROM_DEPTH_MAX)
        return fail(r->error, SQLSTATE_STATEMENT_TOO_COMPLEX, "sub-selects in FROM nest deeper than %d", FROM_DEPTH_MAX);
    r->depth++;
    int err = read_query(r, from->subquery->select_stmt, &query);
    r->depth--;
    if (err < 0)
        return -1;
    if (query->from_call)
        return reader_refuse(r, query->call->location, "a function in FROM of a sub-select");
    to->from[to->from_count++] = (struct from_item){ .query = query, .alias = from->alias->aliasname, .join = join, .on = on, .location = -1 };
    return 0;
}

static int add_join(struct statement_reader *r, struct select_statement *to, const PgQuery__JoinExpr *join);

static int add_item(struct statement_reader *r, struct select_statement *to, const PgQuery__Node *node)
{
    enum join join = to->from_count == 0 ? JOIN_NONE : JOIN_INNER;
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        return add_table(r, to, node->range_var, join, NULL);
    if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR)
        return add_join(r, to, node->join_expr);
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT)
        return add_subselect(r, to, node->range_subselect, join, NULL);
    return reader_refuse(r, 0, "this item in FROM");
}

static int add_join(struct statement_reader *r, struct select_statement *to, const PgQuery__JoinExpr *join)
{
    if (add_item(r, to, join->larg) < 0)
        return -1;
    int location = join->rarg->node_case == PG_QUERY__NODE__NODE_RANGE_VAR ? join->rarg->range_var->location : 0;
    enum join kind = join->jointype == PG_QUERY__JOIN_TYPE__JOIN_LEFT ? JOIN_LEFT : join->jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT ? JOIN_RIGHT : JOIN_INNER;
    if (join->jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL)
        return reader_refuse(r, location, "FULL JOIN");
    if (kind == JOIN_RIGHT && to->from_count != 1)
        return reader_refuse(r, location, "RIGHT JOIN behind another join");
    if (join->is_natural || join->n_using_clause > 0)
        return reader_refuse(r, location, "NATURAL JOIN or USING");
    if (join->alias != NULL)
        return reader_refuse(r, location, "an alias of a join");
    if (join->rarg->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT)
        return add_subselect(r, to, join->rarg->range_subselect, kind, join->quals);
    if (join->rarg->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
        return reader_refuse(r, location, "a join on the right side of another");
    return add_table(r, to, join->rarg->range_var, kind, join->quals);
}

/* FROM f(...): nothing but a native function can be meant. */
static int read_call_in_from(struct statement_reader *r, struct select_statement *to, const PgQuery__RangeFunction *function)
{
    const char *qualifier = NULL;
    if (function->lateral || function->ordinality || function->is_rowsfrom || function->n_functions != 1 || function->n_coldeflist > 0)
        return reader_refuse(r, 0, "this form of a function in FROM");
    const PgQuery__Node *node = function->functions[0]->list->items[0];
    if (node->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return reader_refuse(r, 0, "this function in FROM");
    if (to->target_count != 1 || !target_is_star(&to->targets[0], &qualifier))
        return reader_refuse(r, node->func_call->location, "selecting other than * from a function");
    to->call = node->func_call;
    to->from_call = true;
    return 0;
}

static int read_from(struct statement_reader *r, struct select_statement *to, const PgQuery__SelectStmt *s)
{
    if (s->n_from_clause == 1 && s->from_clause[0]->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION)
        return read_call_in_from(r, to, s->from_clause[0]->range_function);
    for (size_t i = 0; i < s->n_from_clause; i++)
        if (add_item(r, to, s->from_clause[i]) < 0)
            return -1;
    return 0;
}

/* --- The rest --- */

static int read_sorts(struct statement_reader *r, struct select_statement *to, const PgQuery__SelectStmt *s)
{
    to->sort_count = (int)s->n_sort_clause;
    to->sorts = ARENA_ARRAY(r->arena, struct sort_key, to->sort_count + 1);
    for (int i = 0; i < to->sort_count; i++) {
        const PgQuery__SortBy *by = s->sort_clause[i]->sort_by;
        if (by->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
            return reader_refuse(r, by->location, "ORDER BY ... USING");
        bool desc = by->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
        bool first = by->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST;
        bool last = by->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST;
        to->sorts[i] = (struct sort_key){ by->node, desc, first || (desc && !last), node_location(by->node) };
    }
    return 0;
}

static const char *unsupported_part(const PgQuery__SelectStmt *s)
{
    if (s->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
        return "UNION, INTERSECT or EXCEPT";
    if (s->with_clause != NULL)
        return "WITH";
    if (s->n_values_lists > 0)
        return "VALUES";
    if (s->n_window_clause > 0)
        return "WINDOW";
    if (s->into_clause != NULL)
        return "SELECT ... INTO";
    if (s->n_locking_clause > 0)
        return "FOR UPDATE or FOR SHARE";
    if (s->group_distinct)
        return "GROUP BY DISTINCT";
    if (s->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES)
        return "FETCH FIRST ... WITH TIES";
    if (s->n_distinct_clause > 0 && s->distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET)
        return "DISTINCT ON";
    for (size_t i = 0; i < s->n_group_clause; i++)
        if (s->group_clause[i]->node_case == PG_QUERY__NODE__NODE_GROUPING_SET)
            return "GROUPING SETS, ROLLUP or CUBE";
    return NULL;
}

/* LIMIT ALL comes as a NULL constant, which means the same here. */
static int read_query(struct statement_reader *r, const PgQuery__SelectStmt *s, struct select_statement **ret)
{
    struct select_statement *to = *ret = ARENA_NEW(r->arena, struct select_statement);
    const char *unsupported = unsupported_part(s);
    if (unsupported != NULL)
        return reader_refuse(r, 0, unsupported);
    to->distinct = s->n_distinct_clause > 0;
    to->target_count = (int)s->n_target_list;
    to->where = s->where_clause;
    to->having = s->having_clause;
    to->group_count = (int)s->n_group_clause;
    to->groups = s->group_clause;
    to->limit = s->limit_count;
    to->offset = s->limit_offset;
    if (read_targets(r, s->target_list, s->n_target_list, &to->targets) < 0 || read_from(r, to, s) < 0 || read_sorts(r, to, s) < 0)
        return -1;
    bool plain = !to->distinct && to->where == NULL && to->having == NULL && to->group_count == 0 && to->sort_count == 0
              && to->limit == NULL && to->offset == NULL;
    if (to->from_call && !plain)
        return reader_refuse(r, to->call->location, "a function in FROM with conditions or an order");
    if (plain && s->n_from_clause == 0 && to->target_count == 1 && to->targets[0].value->node_case == PG_QUERY__NODE__NODE_FUNC_CALL)
        to->call = to->targets[0].value->func_call;
    return 0;
}

int read_select(struct statement_reader *r, const PgQuery__SelectStmt *s)
{
    struct select_statement *select;
    if (read_query(r, s, &select) < 0)
        return -1;
    r->to->kind = STATEMENT_SELECT;
    r->to->select = select;
    return 0;
}

int select_from(const PgQuery__SelectStmt *select, struct slice source, int line, struct arena *arena, struct select_statement **ret,
                struct error *error)
{
    struct statement statement = { .line = line };
    struct statement_reader r = { .to = &statement, .arena = arena, .error = error, .client = true, .source = source };
    if (read_query(&r, select, ret) < 0)
        return -1;
    return (*ret)->call == NULL || !(*ret)->from_call ? 0 : reader_refuse(&r, (*ret)->call->location, "a view of a function in FROM");
}
