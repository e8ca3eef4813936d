/* A statement is bound as a whole before its parameters are read and its first row is: what is wrong with its names and types
 * is said whether there are rows or not, as in PostgreSQL. */
#include "engine/run.h"

#include "engine/conflict.h"
#include "engine/execute.h"
#include "engine/select.h"
#include "engine/unique.h"

/* `column = expression`, compiled; expr NULL: DEFAULT. */
struct bound {
    int column;
    const struct expr *expr;
};

struct run {
    struct request *rq;
    const struct table *table;
    const struct statement *statement;
    const struct run_client *client;        /* NULL: a migration's */
    struct bound_select returning;          /* one source, the outputs of RETURNING, the types of $n */
    struct bound *items;                    /* INSERT: every row's; UPDATE: SET */
    const struct expr *where;
    const struct index *arbiter;            /* of ON CONFLICT; NULL: any */
    struct bound *updates;                  /* DO UPDATE SET: over the existing row, and `excluded` around it */
    const struct expr *update_where;
    struct value *params;
    struct write write;
    struct conflict conflict;
    struct answer answer;
    uint64_t count;
};

/* --- Binding --- */

/* The scope of expressions over the table's rows; `table` NULL: over nothing. */
static void run_scope(struct run *run, const struct table *table, struct scope *ret)
{
    catalog_scope(run->rq->view->catalog, table, true, ret);
    if (table != NULL && run->statement->alias != NULL)
        ret->alias = run->statement->alias;
    if (run->client == NULL)
        return;
    ret->source = run->client->text;
    ret->source_line = run->statement->line;
    ret->params = run->returning.parameters->types;
    ret->params_max = PARAMS_MAX;
    ret->params_used = &run->returning.parameters->used;
}

static int compile_where(struct run *run, const PgQuery__Node *where, const struct scope *scope, const struct expr **ret)
{
    *ret = NULL;
    return where == NULL ? 0 : expr_compile(where, scope, type_of(TYPE_BOOL), run->rq->arena, ret, run->rq->error);
}

/* Without names, INSERT means the table's columns in their order. */
static int bind_column(struct run *run, const struct assignment *item, int position, int *ret)
{
    struct error *error = run->rq->error;
    const struct table *table = run->table;
    if (item->column != NULL) {
        *ret = table_column(table, slice_of_string(item->column));
        return *ret >= 0 ? 0 : fail(error, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                                    item->column, table->name);
    }
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped && position-- == 0) {
            *ret = i;
            return 0;
        }
    return fail(error, SQLSTATE_SYNTAX_ERROR, "INSERT has more expressions than target columns");
}

static int refuse_again(struct run *run, int column, bool insert)
{
    const char *name = run->table->columns[column].name;
    if (insert)
        return fail(run->rq->error, SQLSTATE_DUPLICATE_COLUMN, "column \"%s\" specified more than once", name);
    return fail(run->rq->error, SQLSTATE_SYNTAX_ERROR, "multiple assignments to same column \"%s\"", name);
}

static int bind_items(struct run *run, const struct assignment *items, int count, bool insert, const struct scope *scope, struct bound *ret)
{
    struct request *rq = run->rq;
    for (int i = 0; i < count; i++) {
        struct bound *bound = &ret[i];
        if (bind_column(run, &items[i], i, &bound->column) < 0)
            return -1;
        for (int k = 0; k < i; k++)
            if (ret[k].column == bound->column)
                return refuse_again(run, bound->column, insert);
        struct type type = run->table->columns[bound->column].type;
        if (items[i].value != NULL && expr_compile(items[i].value, scope, type, rq->arena, &bound->expr, rq->error) < 0)
            return -1;
    }
    return 0;
}

/* The unique index of ON CONFLICT (columns); NULL without columns. */
static int find_arbiter(struct run *run)
{
    const struct statement *s = run->statement;
    if (s->conflict_count == 0)
        return 0;
    for (int c = 0; c < s->conflict_count; c++)
        if (table_column(run->table, slice_of_string(s->conflict_columns[c])) < 0)
            return fail(run->rq->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" does not exist", s->conflict_columns[c]);
    for (int i = 0; i < run->table->index_count; i++) {
        const struct index *index = run->table->indexes[i];
        int same = 0;
        for (int c = 0; c < s->conflict_count; c++)
            for (int k = 0; k < index->count; k++)
                same += slice_is(slice_of_string(s->conflict_columns[c]), run->table->columns[index->columns[k].column].name);
        if ((index->unique || index->primary) && index->predicate == NULL && same == index->count && same == s->conflict_count) {
            run->arbiter = index;
            return 0;
        }
    }
    return fail(run->rq->error, SQLSTATE_INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

/* DO UPDATE SET: over the existing row, and over the proposed one under the name `excluded`. */
static int bind_do_update(struct run *run)
{
    const struct statement *s = run->statement;
    struct scope excluded, scope;
    run_scope(run, run->table, &excluded);
    run_scope(run, run->table, &scope);
    excluded.alias = "excluded";
    scope.outer = &excluded;
    run->updates = ARENA_ARRAY(run->rq->arena, struct bound, s->update_count);
    if (bind_items(run, s->updates, s->update_count, false, &scope, run->updates) < 0)
        return -1;
    return compile_where(run, s->update_where, &scope, &run->update_where);
}

static int bind_insert(struct run *run)
{
    const struct statement *s = run->statement;
    struct scope scope;
    run_scope(run, NULL, &scope);
    run->items = ARENA_ARRAY(run->rq->arena, struct bound, s->row_count * s->column_count + 1);
    for (int i = 0; i < s->row_count; i++)
        if (bind_items(run, s->rows + i * s->column_count, s->column_count, true, &scope, run->items + i * s->column_count) < 0)
            return -1;
    return find_arbiter(run) < 0 || (s->conflict == CONFLICT_UPDATE && bind_do_update(run) < 0) ? -1 : 0;
}

static int bind_change(struct run *run)
{
    const struct statement *s = run->statement;
    struct scope scope;
    run_scope(run, run->table, &scope);
    if (s->kind == STATEMENT_UPDATE) {
        bool *given = ARENA_ARRAY(run->rq->arena, bool, run->table->column_count);
        run->items = ARENA_ARRAY(run->rq->arena, struct bound, s->column_count);
        if (bind_items(run, s->rows, s->column_count, false, &scope, run->items) < 0)
            return -1;
        for (int i = 0; i < s->column_count; i++)
            given[run->items[i].column] = run->items[i].expr != NULL;
        if (defaults_allow(run->rq, run->table, given) < 0)
            return -1;
    }
    return compile_where(run, s->where, &scope, &run->where);
}

static int bind_returning(struct run *run)
{
    struct bound_select *to = &run->returning;
    const struct statement *s = run->statement;
    struct binder binder = { .catalog = run->rq->view->catalog, .arena = run->rq->arena, .error = run->rq->error,
                             .text = run->client->text, .line = s->line, .to = to, .visible = 1 };
    to->source_count = 1;
    to->sources[0] = (struct source){ .table = run->table, .alias = s->alias != NULL ? s->alias : run->table->name };
    to->column_count = run->table->column_count;
    run_scope(run, run->table, &binder.scope);
    return bind_targets(&binder, s->returning, s->returning_count, &to->outputs, &to->output_count);
}

static int bind(struct run *run)
{
    run->returning.parameters = ARENA_NEW(run->rq->arena, struct parameters);
    if ((run->statement->kind == STATEMENT_INSERT ? bind_insert(run) : bind_change(run)) < 0)
        return -1;
    return run->client == NULL ? 0 : bind_returning(run);
}

/* --- Rows --- */

static void evaluate_over(struct run *run, struct evaluation *e, const struct table *table, const struct found *row)
{
    evaluation_of_statement(e, run->rq, run->rq, table, run->params, run->returning.parameters->used);
    if (row != NULL) {
        e->columns = row->columns;
        e->house = key_tenant(key_slice(&row->key));
    }
}

/* The values of assignments: an expression's, or the column's default. A generated column's DEFAULT is not given. */
static int assign(struct run *run, const struct bound *items, int count, struct evaluation *e, bool update,
                  struct value *columns, bool *given)
{
    for (int i = 0; i < count; i++) {
        int column = items[i].column, err = 0;
        given[column] = items[i].expr != NULL || (update && run->table->columns[column].generated == NULL);
        if (items[i].expr != NULL)
            err = expr_eval(items[i].expr, &e->eval, &columns[column], run->rq->error);
        else if (given[column])
            err = default_of(run->rq, run->table, column, &columns[column]);
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
    return answer_put(&run->answer, run->returning.outputs, run->returning.output_count, &e);
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
    if (run->update_where != NULL && expr_is_true(run->update_where, &e.eval, &wanted, rq->error) < 0)
        return -1;
    if (!wanted)
        return 0;
    conflict_touch(&run->conflict, &old->key);
    if (assign(run, run->updates, run->statement->update_count, &e, true, columns, given) < 0)
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

static int insert_row(struct run *run, const struct bound *items)
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
    int conflict = run->statement->conflict == CONFLICT_ERROR ? 0 : write_conflict(&run->write, &row, run->arbiter, &old);
    if (conflict < 0)
        return -1;
    if (conflict == 1 && run->statement->conflict == CONFLICT_NOTHING)
        return 0;
    if (conflict == 1)
        return update_existing(run, &row, &old);
    if (write_insert(&run->write, &row, &new) < 0)
        return -1;
    if (run->statement->conflict == CONFLICT_UPDATE)
        conflict_touch(&run->conflict, &new.key);
    return give(run, &new);
}

static int run_insert(struct run *run)
{
    const struct statement *s = run->statement;
    bool looks = s->conflict == CONFLICT_UPDATE || (s->conflict == CONFLICT_NOTHING && s->conflict_count > 0);
    run->write.reads = looks || s->returning_count > 0;
    for (int i = 0; i < s->row_count; i++)
        if (insert_row(run, run->items + i * s->column_count) < 0)
            return -1;
    return 0;
}

/* --- UPDATE and DELETE: all rows are found before the first is written --- */

static int find_targets(struct run *run, enum policy_command command, struct found **ret, int *ret_count)
{
    struct request *rq = run->rq;
    struct query query = { .table = run->table, .command = command, .where = run->where, .params = run->params,
                           .params_count = run->returning.parameters->used };
    *ret_count = 0;
    int got = engine_house(rq, run->table, run->client != NULL ? run->client->organization : NULL, &query.house);
    return got == 1 ? select_all(rq, &query, ret, ret_count) : got;
}

static int update_row(struct run *run, const struct found *old)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation e;
    struct found new;
    evaluate_over(run, &e, run->table, old);
    if (assign(run, run->items, run->statement->column_count, &e, true, columns, given) < 0)
        return -1;
    return write_update(&run->write, old, columns, given, &new) < 0 ? -1 : give(run, &new);
}

static int run_change(struct run *run)
{
    bool update = run->statement->kind == STATEMENT_UPDATE;
    struct found *rows;
    int count;
    run->write.reads = run->statement->returning_count > 0;
    if (find_targets(run, update ? POLICY_UPDATE : POLICY_DELETE, &rows, &count) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        if (update ? update_row(run, &rows[i]) < 0 : write_delete(&run->write, &rows[i]) < 0 || give(run, &rows[i]) < 0)
            return -1;
    }
    return 0;
}

/* --- The whole --- */

static void start_answer(struct run *run, struct buf *out)
{
    struct buf head = { 0 };
    answer_head(run->returning.outputs, run->returning.output_count, run->rq->arena, &head);
    answer_start(&run->answer, run->rq, buf_slice(&head), out);
    buf_done(&head);
}

int run_statement(struct request *rq, const struct table *table, const struct statement *statement, const struct run_client *client,
                  struct buf *out, uint64_t *ret_count)
{
    struct run run = { .rq = rq, .table = table, .statement = statement, .client = client, .conflict = { .rq = rq, .table = table } };
    size_t before = client != NULL ? out->size : 0;
    if (rq->changes == NULL)
        return fail(rq->error, SQLSTATE_READ_ONLY_TRANSACTION, "cannot write in a read-only transaction");
    int mark = changes_mark(rq);
    if (bind(&run) < 0 || (client != NULL && execute_params(rq, run.returning.parameters, client->params, &run.params) < 0))
        return -1;
    if (client != NULL)
        start_answer(&run, out);
    write_start(&run.write, rq, table, true);
    int err = statement->kind == STATEMENT_INSERT ? run_insert(&run) : run_change(&run);
    if (err == 0)
        err = write_finish(&run.write);
    write_done(&run.write);
    if (err < 0) {
        changes_undo(rq, mark);
        if (client != NULL)
            out->size = before;
        return err;
    }
    if (client != NULL)
        answer_end(&run.answer, run.count);
    *ret_count = run.count;
    return 0;
}

int run_describe(struct request *rq, const struct table *table, const struct statement *statement, const struct run_client *client,
                 struct bound_select *ret)
{
    struct run run = { .rq = rq, .table = table, .statement = statement, .client = client };
    int err = bind(&run);
    *ret = run.returning;
    return err;
}
