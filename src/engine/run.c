#include "engine/run.h"

#include "engine/select.h"
#include "engine/unique.h"

struct run {
    struct request *rq;
    const struct table *table;
    const struct statement *statement;
    struct write write;
    uint64_t count;
};

/* `column = expression`, compiled; expr NULL: DEFAULT. */
struct bound {
    int column;
    const struct expr *expr;
};

/* The scope of expressions over the table's rows. */
static void run_scope(struct run *run, struct scope *ret)
{
    catalog_scope(run->rq->view->catalog, run->table, true, ret);
    if (run->statement->alias != NULL)
        ret->alias = run->statement->alias;
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

static int bind(struct run *run, const struct assignment *items, int count, const struct scope *scope, struct bound **ret)
{
    struct request *rq = run->rq;
    *ret = ARENA_ARRAY(rq->arena, struct bound, count);
    for (int i = 0; i < count; i++) {
        struct bound *bound = &(*ret)[i];
        if (bind_column(run, &items[i], i, &bound->column) < 0)
            return -1;
        struct type type = run->table->columns[bound->column].type;
        if (items[i].value != NULL && expr_compile(items[i].value, scope, type, rq->arena, &bound->expr, rq->error) < 0)
            return -1;
    }
    return 0;
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

/* --- INSERT --- */

/* The unique index of ON CONFLICT (columns); NULL without columns. */
static int find_arbiter(struct run *run, const struct index **ret)
{
    const struct statement *s = run->statement;
    *ret = NULL;
    if (s->conflict_count == 0)
        return 0;
    for (int i = 0; i < run->table->index_count; i++) {
        const struct index *index = run->table->indexes[i];
        int same = 0;
        for (int c = 0; c < s->conflict_count; c++)
            for (int k = 0; k < index->count; k++)
                same += slice_is(slice_of_string(s->conflict_columns[c]), run->table->columns[index->columns[k].column].name);
        if ((index->unique || index->primary) && index->predicate == NULL && same == index->count && same == s->conflict_count) {
            *ret = index;
            return 0;
        }
    }
    return fail(run->rq->error, SQLSTATE_INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

/* DO UPDATE SET: over the existing row, and over the proposed one under the name `excluded`. */
struct do_update {
    struct scope excluded, scope;
    struct bound *items;
    const struct expr *where;           /* NULL: always */
};

static int bind_update(struct run *run, struct do_update *ret)
{
    run_scope(run, &ret->excluded);
    run_scope(run, &ret->scope);
    ret->excluded.alias = "excluded";
    ret->scope.outer = &ret->excluded;
    if (compile_where(run, run->statement->update_where, &ret->scope, &ret->where) < 0)
        return -1;
    return bind(run, run->statement->updates, run->statement->update_count, &ret->scope, &ret->items);
}

static int update_existing(struct run *run, const struct do_update *update, const struct proposal *row, const struct found *old)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation excluded, e;
    evaluation_start(&excluded, rq, run->table, HOUSE_ANY);
    evaluation_start(&e, rq, run->table, key_tenant(key_slice(&old->key)));
    excluded.columns = row->columns;
    e.columns = old->columns;
    e.outer = &excluded;
    bool wanted = true;
    if (update->where != NULL && expr_is_true(update->where, &e.eval, &wanted, rq->error) < 0)
        return -1;
    if (!wanted)
        return 0;
    run->count++;
    if (assign(run, update->items, run->statement->update_count, &e, true, columns, given) < 0)
        return -1;
    return write_update(&run->write, old, columns, given, NULL);
}

static int insert_row(struct run *run, const struct bound *items, const struct index *arbiter, const struct do_update *update)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation e;
    struct proposal row;
    struct found old;
    evaluation_start(&e, rq, NULL, HOUSE_ANY);
    if (assign(run, items, run->statement->column_count, &e, false, columns, given) < 0)
        return -1;
    if (write_propose(&run->write, HOUSE_ANY, columns, given, &row) < 0)
        return -1;
    int conflict = run->statement->conflict == CONFLICT_ERROR ? 0 : write_conflict(&run->write, &row, arbiter, &old);
    if (conflict < 0)
        return -1;
    if (conflict == 1 && run->statement->conflict == CONFLICT_NOTHING)
        return 0;
    if (conflict == 1)
        return update_existing(run, update, &row, &old);
    run->count++;
    return write_insert(&run->write, &row, NULL);
}

static int run_insert(struct run *run)
{
    const struct statement *s = run->statement;
    const struct index *arbiter;
    struct do_update update = { 0 };
    struct scope scope;
    catalog_scope(run->rq->view->catalog, NULL, true, &scope);
    if (find_arbiter(run, &arbiter) < 0 || (s->conflict == CONFLICT_UPDATE && bind_update(run, &update) < 0))
        return -1;
    for (int i = 0; i < s->row_count; i++) {
        struct bound *items;
        if (bind(run, s->rows + i * s->column_count, s->column_count, &scope, &items) < 0)
            return -1;
        if (insert_row(run, items, arbiter, &update) < 0)
            return -1;
    }
    return 0;
}

/* --- UPDATE and DELETE --- */

static int find_targets(struct run *run, const struct scope *scope, enum policy_command command, struct found **ret, int *ret_count)
{
    struct request *rq = run->rq;
    struct query query = { .table = run->table, .command = command };
    if (compile_where(run, run->statement->where, scope, &query.where) < 0)
        return -1;
    *ret_count = 0;
    int got = engine_house(rq, run->table, NULL, &query.house);
    return got == 1 ? select_all(rq, &query, ret, ret_count) : got;
}

static int update_row(struct run *run, const struct bound *items, const struct found *old)
{
    struct request *rq = run->rq;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, run->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, run->table->column_count);
    struct evaluation e;
    evaluation_start(&e, rq, run->table, key_tenant(key_slice(&old->key)));
    e.columns = old->columns;
    if (assign(run, items, run->statement->column_count, &e, true, columns, given) < 0)
        return -1;
    return write_update(&run->write, old, columns, given, NULL);
}

static int run_change(struct run *run)
{
    bool update = run->statement->kind == STATEMENT_UPDATE;
    struct bound *items = NULL;
    struct found *rows;
    struct scope scope;
    int count;
    run_scope(run, &scope);
    if (update && bind(run, run->statement->rows, run->statement->column_count, &scope, &items) < 0)
        return -1;
    if (find_targets(run, &scope, update ? POLICY_UPDATE : POLICY_DELETE, &rows, &count) < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if ((update ? update_row(run, items, &rows[i]) : write_delete(&run->write, &rows[i])) < 0)
            return -1;
    run->count = (uint64_t)count;
    return 0;
}

int run_statement(struct request *rq, const struct table *table, const struct statement *statement, uint64_t *ret_count)
{
    struct run run = { .rq = rq, .table = table, .statement = statement };
    int mark = changes_mark(rq);
    write_start(&run.write, rq, table, true);
    run.write.removes_keys = statement->conflict == CONFLICT_UPDATE;
    int err = statement->kind == STATEMENT_INSERT ? run_insert(&run) : run_change(&run);
    if (err == 0)
        err = write_finish(&run.write);
    write_done(&run.write);
    if (err < 0)
        changes_undo(rq, mark);
    *ret_count = run.count;
    return err;
}
