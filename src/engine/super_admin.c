#include "engine/super_admin.h"

#include "engine/seal_row.h"
#include "engine/select/bind.h"
#include "engine/select/joined.h"

/* Users that a statement may have put into a view over several tables: all of them are looked at. */
#define USERS_MAX 10000

struct users {
    int count, capacity;
    struct uuid *items;
};

static struct request as_server(const struct request *rq, struct principal *system)
{
    struct request server = *rq;
    principal_system(system);
    server.who = system;
    return server;
}

int super_admin_is(struct request *rq, const struct uuid *user)
{
    const struct super_admins *declared = rq->view->catalog->super_admins;
    struct principal system;
    struct request server = as_server(rq, &system);
    struct bound_select *bound = ARENA_NEW(rq->arena, struct bound_select);
    struct joined *joined = ARENA_NEW(rq->arena, struct joined);
    struct value param = value_uuid(*user);
    if (declared == NULL)
        return 0;
    if (bind_select(rq->view->catalog, &declared->lookup, (struct slice){ 0 }, rq->arena, bound, rq->error) < 0)
        return -1;
    int got = joined_open(&server, bound, &param, NULL, 1, joined) < 0 ? -1 : joined_next(joined);
    joined_close(joined);
    return got;
}

bool principals_read(const struct catalog *catalog, uint16_t relation)
{
    const struct super_admins *declared = catalog->super_admins;
    for (int i = 0; declared != NULL && i < declared->table_count; i++)
        if (declared->tables[i]->relation == relation)
            return true;
    return catalog->profiles != NULL && catalog->profiles->relation == relation;
}

/* --- Who may have come in --- */

static void add_user(struct users *users, struct arena *arena, const struct value *user)
{
    if (value_is_null(user))
        return;
    for (int i = 0; i < users->count; i++)
        if (uuid_compare(&users->items[i], &user->uuid) == 0)
            return;
    if (users->count == users->capacity) {
        struct uuid *items = ARENA_ARRAY(arena, struct uuid, 2 * users->capacity + 4);
        if (users->count > 0)
            memcpy(items, users->items, sizeof *items * (size_t)users->count);
        users->items = items;
        users->capacity = 2 * users->capacity + 4;
    }
    users->items[users->count++] = user->uuid;
}

static int is_subselect(const struct expr *expr, void *env)
{
    return expr->op == EXPR_SUBSELECT;
}

/* A view over one table, each of whose users comes from one row. */
static bool is_by_row(const struct super_admins *declared, const struct bound_select *bound)
{
    return declared->table_count == 1 && bound->source_count == 1 && bound->sources[0].query == NULL &&
           (bound->where == NULL || expr_walk(bound->where, is_subselect, NULL) == 0) && expr_walk(bound->outputs[0].expr, is_subselect, NULL) == 0;
}

/* The users of rows that were written. */
static int users_of_rows(struct request *server, const struct bound_select *bound, int mark, struct users *ret)
{
    const struct table *table = bound->sources[0].table;
    struct value *columns = ARENA_ARRAY(server->arena, struct value, table->column_count), user;
    struct evaluation e;
    evaluation_of_statement(&e, server, server, table, NULL, 0);
    e.columns = columns;
    for (int i = mark; i < server->changes->count; i++) {
        const struct change *change = &server->changes->items[i];
        bool in = true;
        if (key_relation(change->key) != table->relation || change->new_value.data == NULL)
            continue;
        if (row_load(server, table, change->key, change->new_value, NULL, table->column_count, server->arena, columns) < 0)
            return -1;
        e.house = key_tenant(change->key);
        if ((bound->where != NULL && expr_is_true(bound->where, &e.eval, &in, server->error) < 0) ||
            (in && expr_eval(bound->outputs[0].expr, &e.eval, &user, server->error) < 0))
            return -1;
        if (in)
            add_user(ret, server->arena, &user);
    }
    return 0;
}

static int users_of_view(struct request *server, const struct bound_select *bound, struct users *ret)
{
    struct joined *joined = ARENA_NEW(server->arena, struct joined);
    struct value user;
    int got = joined_open(server, bound, NULL, NULL, 0, joined);
    while (got >= 0 && (got = joined_next(joined)) == 1) {
        got = expr_eval(bound->outputs[0].expr, &joined->evaluation.eval, &user, server->error);
        if (got == 0)
            add_user(ret, server->arena, &user);
        if (got == 0 && ret->count > USERS_MAX)
            got = fail(server->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "rowhouse.super_admins has more than %d users", USERS_MAX);
    }
    joined_close(joined);
    return got;
}

/* --- Before and after --- */

/* The changes once more, after they were taken back. */
static int redo(struct request *rq, int end)
{
    struct changes *list = rq->changes;
    while (list->count < end) {
        if (store_apply(rq->view, &list->items[list->count], rq->error) < 0)
            return -1;
        list->count++;
    }
    return 0;
}

/* Those who are in the view, and were not at `mark`: 1 and one of them, 0, -1. */
static int find_new(struct request *rq, const struct users *users, int mark, struct uuid *ret)
{
    struct users now = { 0 };
    int end = rq->changes->count, found = 0;
    for (int i = 0; i < users->count; i++) {
        struct value user = value_uuid(users->items[i]);
        int is = super_admin_is(rq, &user.uuid);
        if (is < 0)
            return -1;
        if (is == 1)
            add_user(&now, rq->arena, &user);
    }
    if (now.count == 0)
        return 0;
    changes_undo(rq, mark);
    for (int i = 0; i < now.count && found == 0; i++) {
        int was = super_admin_is(rq, &now.items[i]);
        found = was < 0 ? -1 : was == 0;
        *ret = now.items[i];
    }
    return redo(rq, end) < 0 ? -1 : found;
}

static bool may_matter(const struct request *rq, const struct super_admins *declared, int mark)
{
    for (int i = mark; i < rq->changes->count; i++)
        for (int t = 0; t < declared->table_count; t++)
            if (key_relation(rq->changes->items[i].key) == declared->tables[t]->relation)
                return true;
    return false;
}

int super_admins_hold(struct request *rq, int mark)
{
    struct principal system;
    struct users users = { 0 };
    struct uuid user;
    if (rq->changes == NULL || principal_enters_all(rq->who))
        return 0;                       /* and it may have no view at all, where it begins turns of its own */
    const struct super_admins *declared = rq->view->catalog->super_admins;
    if (declared == NULL || !may_matter(rq, declared, mark))
        return 0;
    struct request server = as_server(rq, &system);
    struct bound_select *bound = ARENA_NEW(rq->arena, struct bound_select);
    if (bind_select(rq->view->catalog, &declared->all, (struct slice){ 0 }, rq->arena, bound, rq->error) < 0)
        return -1;
    int got = is_by_row(declared, bound) ? users_of_rows(&server, bound, mark, &users) : users_of_view(&server, bound, &users);
    if (got == 0)
        got = find_new(rq, &users, mark, &user);
    if (got != 1)
        return got;
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(&user, text);
    fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "this would make user \"%s\" a super admin", text);
    return fail_hint(rq->error, "only super admins and the service role may write what puts a user into rowhouse.super_admins");
}
