/* INSERT, UPDATE and DELETE over rows, as engine/write/bind_write.h left them. */
#include "engine/write/run.h"

#include "engine/policy/rights.h"
#include "engine/scan/select.h"
#include "engine/scan/unique.h"
#include "engine/select/execute.h"
#include "engine/write/conflict.h"

struct run {
    struct request *rq;
    const struct bound_write *bound;
    const struct table *table;              /* of `bound`, as is */
    const struct statement *statement;
    const struct run_client *client;        /* NULL: a migration's */
    const struct value *params;             /* $1, ... */
    struct value *fixed;                    /* UPDATE: of the items that are fixed */
    struct write write;
    struct conflict conflict;
    struct value *returned;                 /* room for a row of RETURNING */
    uint64_t count;
};

/* --- Rows --- */

static void evaluate_over(struct run *run, struct evaluation *e, const struct table *table, const struct found *row)
{
    evaluation_of_statement(e, run->rq, run->rq, table, run->params, run->bound->returning.parameters->used);
    if (row != NULL) {
        e->columns = row->columns;
        e->house = key_tenant(key_slice(&row->key));
    }
}

/* The values of assignments: an expression's, or the column's default. A generated column's DEFAULT is not given. */
static int assign(struct run *run, const struct assigned *items, int count, struct evaluation *e, bool update,
                  struct value *columns, bool *given)
{
    for (int i = 0; i < count; i++) {
        int column = items[i].column, err = 0;
        given[column] = items[i].expr != NULL || (update && run->table->columns[column].generated == NULL);
        if (items[i].fixed && run->fixed != NULL)
            columns[column] = run->fixed[i];
        else if (items[i].expr != NULL)
            err = expr_eval(items[i].expr, &e->eval, &columns[column], run->rq->error);
        else if (given[column])
            err = rights_of_default(run->rq, run->table, column) < 0 ? -1 : default_of(run->rq, run->table, column, &columns[column]);
        if (err < 0)
            return -1;
    }
    return 0;
}

/* A row was written, or deleted: it counts, and RETURNING sees it. */
static int give(struct run *run, const struct found *row)
{
    struct evaluation e;
    run->count++;
    if (run->client == NULL || run->statement->returning_count == 0)
        return 0;
    evaluate_over(run, &e, run->table, row);
    for (int i = 0; i < run->bound->returning.output_count; i++)
        if (expr_eval(run->bound->returning.outputs[i].expr, &e.eval, &run->returned[i], run->rq->error) < 0)
            return -1;
    return run->client->result->row(run->client->result, run->returned);
}

/* --- INSERT --- */

static int update_existing(struct run *run, const struct proposal *row, const struct found *old)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation excluded, e;
    struct found updated;
    bool wanted = true;
    if (conflict_touched(&run->conflict, &old->key))
        return conflict_refuse_twice(rq);
    evaluate_over(run, &excluded, run->table, NULL);
    evaluate_over(run, &e, run->table, old);
    excluded.columns = row->columns;
    e.outer = &excluded;
    if (conflict_check_visible(&run->conflict, old) < 0)        /* first: a condition, or how it fails, tells of the row (Q2) */
        return -1;
    if (run->bound->update_where != NULL && expr_is_true(run->bound->update_where, &e.eval, &wanted, rq->error) < 0)
        return -1;
    if (!wanted)
        return 0;
    conflict_touch(&run->conflict, &old->key);
    if (assign(run, run->bound->updates, run->statement->update_count, &e, true, columns, given) < 0)
        return -1;
    if (write_update(&run->write, old, columns, given, &updated) < 0)
        return -1;
    conflict_touch(&run->conflict, &updated.key);
    return give(run, &updated);
}

/* The organization that was named with the request is that of rows which do not say theirs. */
static int take_organization(struct run *run, struct value *columns, bool *given)
{
    const struct uuid *organization = run->client != NULL ? run->client->organization : NULL;
    int column = run->table->tenant_column;
    if (organization == NULL || run->table->tenancy != TENANCY_TENANT || run->table->is_organizations)
        return 0;
    if (!given[column]) {
        columns[column] = value_uuid(*organization);
        given[column] = true;
    } else if (value_is_null(&columns[column]) || uuid_compare(&columns[column].uuid, organization) != 0) {
        return fail(run->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a row belongs to another organization than the option names");
    }
    return 0;
}

static int insert_row(struct run *run, const struct assigned *items)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation e;
    struct proposal row;
    struct found old, new;
    evaluate_over(run, &e, NULL, NULL);
    if (assign(run, items, run->statement->column_count, &e, false, columns, given) < 0 || take_organization(run, columns, given) < 0)
        return -1;
    if (write_propose(&run->write, HOUSE_ANY, columns, given, &row) < 0)
        return -1;
    bool update = run->statement->conflict == CONFLICT_UPDATE;
    int conflict = run->statement->conflict == CONFLICT_ERROR ? 0 : write_conflict(&run->write, &row, run->bound->arbiter, update ? &old : NULL);
    if (conflict < 0)
        return -1;
    if (conflict == 1)
        return update ? update_existing(run, &row, &old) : 0;
    if (write_insert(&run->write, &row, &new) < 0)
        return -1;
    if (update)
        conflict_touch(&run->conflict, &new.key);
    return give(run, &new);
}

static int run_insert(struct run *run)
{
    const struct statement *s = run->statement;
    for (int i = 0; i < s->row_count; i++)
        if (insert_row(run, run->bound->items + i * s->column_count) < 0)
            return -1;
    return 0;
}

/* --- UPDATE and DELETE: all rows are found before the first is written --- */

static int find_targets(struct run *run, enum policy_command command, struct found **ret, int *ret_count)
{
    struct request *rq = run->rq;
    struct query query = { .table = run->table, .command = command, .reads = run->bound->reads, .where = run->bound->where, .params = run->params,
                           .params_count = run->bound->returning.parameters->used };
    *ret_count = 0;
    int got = engine_house(rq, run->table, run->client != NULL ? run->client->organization : NULL, &query.house);
    return got == 1 ? select_all(rq, &query, ret, ret_count) : got;
}

/* What is the same for every row is evaluated once, and fails although there may be no row: as PostgreSQL's planner does. */
static int fix_items(struct run *run)
{
    const struct statement *s = run->statement;
    struct evaluation e;
    evaluate_over(run, &e, NULL, NULL);
    run->fixed = ARENA_ARRAY(run->rq->arena, struct value, s->column_count);
    for (int i = 0; i < s->column_count; i++)
        if (run->bound->items[i].fixed && expr_eval(run->bound->items[i].expr, &e.eval, &run->fixed[i], run->rq->error) < 0)
            return -1;
    return 0;
}

static int update_row(struct run *run, const struct found *old)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation e;
    struct found new;
    evaluate_over(run, &e, run->table, old);
    if (assign(run, run->bound->items, run->statement->column_count, &e, true, columns, given) < 0)
        return -1;
    return write_update(&run->write, old, columns, given, &new) < 0 ? -1 : give(run, &new);
}

static int delete_row(struct run *run, struct found *row)
{
    if (run->statement->returning_count > 0 && found_open(run->rq, run->table, row) < 0)
        return -1;
    return write_delete(&run->write, row) < 0 ? -1 : give(run, row);
}

static int run_change(struct run *run)
{
    bool update = run->statement->kind == STATEMENT_UPDATE;
    struct found *rows;
    int count;
    if ((update && fix_items(run) < 0) || find_targets(run, update ? POLICY_UPDATE : POLICY_DELETE, &rows, &count) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        if ((update ? update_row(run, &rows[i]) : delete_row(run, &rows[i])) < 0)
            return -1;
    }
    return 0;
}

/* --- The whole --- */

/* RETURNING's columns, before its first row. */
static int start_result(struct run *run)
{
    struct arena *arena = run->rq->arena;
    const struct bound_select *returning = &run->bound->returning;
    struct result_shape *shape = ARENA_NEW(arena, struct result_shape);
    *shape = (struct result_shape){ .count = returning->output_count, .outputs = returning->outputs, .arena = arena };
    run->returned = ARENA_ARRAY(arena, struct value, shape->count + 1);
    return run->client->result->columns(run->client->result, shape);
}

int run_statement(struct request *rq, const struct bound_write *bound, const struct run_client *client, uint64_t *ret_count)
{
    struct run run = { .rq = rq, .bound = bound, .table = bound->table, .statement = bound->statement, .client = client,
                       .conflict = { .rq = rq, .table = bound->table } };
    if (rq->changes == NULL)
        return fail(rq->error, SQLSTATE_READ_ONLY_TRANSACTION, "cannot write in a read-only transaction");
    int mark = changes_mark(rq);
    run.params = client != NULL ? client->params : NULL;
    if (rights_of_statement(rq, bound->needs) < 0)
        return -1;
    if (client != NULL && start_result(&run) < 0)
        return -1;
    write_start(&run.write, rq, run.table, true);
    run.write.reads = bound->reads;
    int err = run.statement->kind == STATEMENT_INSERT ? run_insert(&run) : run_change(&run);
    if (err == 0)
        err = write_finish(&run.write);
    write_done(&run.write);
    if (err == 0 && client != NULL)
        err = client->result->done(client->result, run.count);
    if (err < 0)
        changes_undo(rq, mark);
    *ret_count = run.count;
    return err;
}
