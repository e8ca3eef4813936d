/* The plan of a statement that writes: what is done for each of its rows beside writing the row itself.
 *
 *      {"table", "access": "insert" | "update" | "delete", "columns": set by the statement or the server, "indexes": whose entries
 *       change, "checks": CHECKs asked, "references": foreign keys looked up, to and from the table, "conflict": the unique index of
 *       ON CONFLICT, nil for any or none, "policy": what a new row must pass; of DELETE nil}
 * An index, CHECK or foreign key is in it when one of its columns may change; every one of an INSERT or DELETE. */
#include "protocol/explain.h"

#include "engine/houses.h"
#include "engine/policy/rights.h"
#include "engine/select/execute.h"
#include "value/mp.h"

struct changes_of {
    const struct table *table;
    bool *changes;                          /* by column */
};

/* --- Columns that change --- */

static int reads_changed(const struct expr *expr, void *env)
{
    const struct changes_of *of = env;
    return expr->op == EXPR_COLUMN && expr->depth == 0 && of->changes[expr->column];
}

static bool touches(const struct changes_of *of, const struct expr *expr)
{
    return expr != NULL && expr_walk(expr, reads_changed, (void *)of) != 0;
}

static void mark(struct changes_of *of, const struct assigned *items, int count)
{
    for (int i = 0; i < count; i++)
        of->changes[items[i].column] = true;
}

/* Every column of a new row or of one that goes; else those of SET, and what the server maintains. */
static void find_changes(const struct bound_write *bound, struct arena *arena, struct changes_of *ret)
{
    const struct table *table = bound->table;
    *ret = (struct changes_of){ table, ARENA_ARRAY(arena, bool, table->column_count + 1) };
    for (int i = 0; i < table->column_count && bound->statement->kind != STATEMENT_UPDATE; i++)
        ret->changes[i] = !table->columns[i].dropped;
    if (bound->statement->kind != STATEMENT_UPDATE)
        return;
    mark(ret, bound->items, bound->statement->column_count);
    for (int i = 0; i < table->column_count; i++)
        ret->changes[i] = ret->changes[i] || table->columns[i].touch != TOUCH_NEVER;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].generated != NULL && touches(ret, table->columns[i].generated))
            ret->changes[i] = true;
}

static bool index_changes(const struct changes_of *of, const struct index *index)
{
    for (int i = 0; i < index->count; i++)
        if (of->changes[index->columns[i].column])
            return true;
    return touches(of, index->predicate);
}

static bool any_changes(const struct changes_of *of, const int *columns, int count)
{
    for (int i = 0; i < count; i++)
        if (of->changes[columns[i]])
            return true;
    return false;
}

/* --- Lists of names --- */

static void put_list(const char *name, struct buf *items, uint32_t count, struct buf *out)
{
    mp_put_string(out, name);
    mp_put_array(out, count);
    buf_append_slice(out, buf_slice(items));
    buf_clear(items);
}

static void put_columns(const struct changes_of *of, bool deletes, struct buf *items, struct buf *out)
{
    uint32_t count = 0;
    for (int i = 0; i < of->table->column_count && !deletes; i++)
        if (of->changes[i]) {
            mp_put_string(items, of->table->columns[i].name);
            count++;
        }
    put_list("columns", items, count, out);
}

static void put_indexes(const struct changes_of *of, struct buf *items, struct buf *out)
{
    uint32_t count = 0;
    for (int i = 0; i < of->table->index_count; i++)
        if (!of->table->indexes[i]->house && index_changes(of, of->table->indexes[i])) {
            mp_put_string(items, of->table->indexes[i]->name);
            count++;
        }
    put_list("indexes", items, count, out);
}

static void put_checks(const struct changes_of *of, bool deletes, struct buf *items, struct buf *out)
{
    uint32_t count = 0;
    for (int i = 0; i < of->table->check_count && !deletes; i++)
        if (touches(of, of->table->checks[i].condition)) {
            mp_put_string(items, of->table->checks[i].name);
            count++;
        }
    put_list("checks", items, count, out);
}

/* A new row looks for what it refers to; one that goes, or whose key changes, for what refers to it. */
static void put_references(const struct changes_of *of, enum statement_kind kind, struct buf *items, struct buf *out)
{
    const struct table *table = of->table;
    uint32_t count = 0;
    for (int i = 0; i < table->foreign_key_count && kind != STATEMENT_DELETE; i++)
        if (any_changes(of, table->foreign_keys[i]->columns, table->foreign_keys[i]->count)) {
            mp_put_string(items, table->foreign_keys[i]->name);
            count++;
        }
    for (int i = 0; i < table->referenced_count && kind != STATEMENT_INSERT; i++)
        if (any_changes(of, table->referenced_by[i]->target_columns, table->referenced_by[i]->count)) {
            mp_put_string(items, table->referenced_by[i]->name);
            count++;
        }
    put_list("references", items, count, out);
}

/* --- The whole --- */

static const char *access_name(enum statement_kind kind)
{
    return kind == STATEMENT_INSERT ? "insert" : kind == STATEMENT_UPDATE ? "update" : "delete";
}

static int put_policy(struct request *rq, const struct bound_write *bound, uint32_t house, struct buf *out)
{
    struct guard guard;
    mp_put_string(out, "policy");
    if (bound->statement->kind == STATEMENT_DELETE) {
        mp_put_nil(out);
        return 0;
    }
    enum policy_command command = bound->statement->kind == STATEMENT_INSERT ? POLICY_INSERT : POLICY_UPDATE;
    if (policy_check(rq, bound->table, command, bound->reads, house, &guard) < 0)
        return -1;
    explain_guard(&guard, bound->table, out);
    return 0;
}

static int put_work(struct request *rq, const struct bound_write *bound, uint32_t house, struct buf *out)
{
    struct changes_of of;
    struct buf items = { 0 };
    bool deletes = bound->statement->kind == STATEMENT_DELETE;
    find_changes(bound, rq->arena, &of);
    mp_put_map(out, 8);
    mp_put_string(out, "table");
    mp_put_string(out, bound->table->qualified);
    mp_put_string(out, "access");
    mp_put_string(out, access_name(bound->statement->kind));
    put_columns(&of, deletes, &items, out);
    put_indexes(&of, &items, out);
    put_checks(&of, deletes, &items, out);
    put_references(&of, bound->statement->kind, &items, out);
    buf_done(&items);
    mp_put_string(out, "conflict");
    if (bound->arbiter != NULL)
        mp_put_string(out, bound->arbiter->name);
    else
        mp_put_nil(out);
    return put_policy(rq, bound, house, out);
}

int explain_write(struct request *rq, const struct bound_write *bound, const struct query_call *call, struct buf *out)
{
    struct value *params;
    struct query query = { .table = bound->table, .where = bound->where, .params_count = bound->returning.parameters->used };
    bool looks = bound->statement->kind != STATEMENT_INSERT;
    if (query_params(rq, bound->returning.parameters, call->params, &params) < 0 || rights_of_statement(rq, bound->needs) < 0)
        return -1;
    query.params = params;
    query.reads = bound->reads;
    query.command = bound->statement->kind == STATEMENT_UPDATE ? POLICY_UPDATE : POLICY_DELETE;
    int entered = engine_house(rq, bound->table, call->organization, &query.house);
    if (entered < 0)
        return -1;
    mp_put_array(out, looks ? 2 : 1);
    if (looks && explain_query(rq, &query, entered == 0, out) < 0)
        return -1;
    return put_work(rq, bound, entered == 0 ? HOUSE_ANY : query.house, out);
}
