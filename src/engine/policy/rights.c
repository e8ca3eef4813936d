#include "engine/policy/rights.h"

static void start(struct request *rq, const struct table *table, unsigned privileges, struct need *ret)
{
    *ret = (struct need){ .table = table, .privileges = privileges, .bare = true, .columns = ARENA_ARRAY(rq->arena, uint8_t, table->column_count) };
}

static int check(struct request *rq, const struct need *need)
{
    return need_check(rq->view->catalog, need, principal_identity(rq->who), rq->error);
}

static int ask_column(const struct expr *expr, void *env)
{
    if (expr->op == EXPR_COLUMN && expr->depth == 0)
        need_column(env, expr->column, PRIVILEGE_SELECT);
    return 0;
}

static int is_column(const struct expr *expr, void *env)
{
    return expr->op == EXPR_COLUMN && expr->depth == 0;
}

bool reads_columns(const struct expr *where)
{
    return where != NULL && expr_walk(where, is_column, NULL) != 0;
}

static void ask_key(struct need *need)
{
    for (int i = 0; i < need->table->primary->count; i++)
        need_column(need, need->table->primary->columns[i].column, PRIVILEGE_SELECT);
}

static void ask_list(struct need *need, const struct column_list *columns)
{
    for (int i = 0; columns != NULL && i < columns->count; i++)
        need_column(need, columns->columns[i], PRIVILEGE_SELECT);
    for (int i = 0; columns == NULL && i < need->table->column_count; i++)
        if (!need->table->columns[i].dropped)
            need_column(need, i, PRIVILEGE_SELECT);
}

int rights_of_get(struct request *rq, const struct table *table, const struct column_list *columns)
{
    struct need need;
    if (rights_whole(rq, table, PRIVILEGE_SELECT))
        return 0;
    start(rq, table, PRIVILEGE_SELECT, &need);
    ask_key(&need);
    ask_list(&need, columns);
    return check(rq, &need);
}

int rights_of_reading(struct request *rq, const struct query *query, bool pages, const struct column_list *columns)
{
    struct need need;
    if (rights_whole(rq, query->table, PRIVILEGE_SELECT))
        return 0;
    start(rq, query->table, PRIVILEGE_SELECT, &need);
    if (query->where != NULL)
        expr_walk(query->where, ask_column, &need);
    for (int i = 0; i < query->order.count; i++)
        need_column(&need, query->order.columns[i].column, PRIVILEGE_SELECT);
    if (pages)
        ask_key(&need);
    ask_list(&need, columns);
    return check(rq, &need);
}

int rights_of_writing(struct request *rq, const struct table *table, unsigned privileges, const struct column_list *returned)
{
    struct need need;
    unsigned all = privileges | (returned != NULL ? PRIVILEGE_SELECT : 0);
    if (rights_whole(rq, table, all))
        return 0;
    start(rq, table, all, &need);
    if (returned != NULL)
        ask_list(&need, returned);
    return check(rq, &need);
}

int rights_of_columns(struct request *rq, const struct table *table, enum privilege privilege, const bool *given)
{
    struct need need;
    if (rights_whole(rq, table, privilege))
        return 0;
    start(rq, table, privilege, &need);
    for (int i = 0; i < table->column_count; i++)
        if (given[i])
            need_column(&need, i, privilege);
    return check(rq, &need);
}

int rights_of_target(struct request *rq, const struct table *table, bool key, const struct expr *where)
{
    struct need need;
    if (rights_whole(rq, table, PRIVILEGE_SELECT))
        return 0;
    start(rq, table, 0, &need);
    if (key)
        ask_key(&need);
    if (where != NULL)
        expr_walk(where, ask_column, &need);
    return check(rq, &need);
}

int rights_of_statement(struct request *rq, const struct needs *needs)
{
    return needs == NULL ? 0 : needs_check(rq->view->catalog, needs, principal_identity(rq->who), rq->error);
}
