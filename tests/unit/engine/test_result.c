/* Results: one that takes values alone is given the rows that another one is given as they are stored. */
#include "calls.h"

#include "engine/select/execute.h"
#include "engine/write/run.h"
#include "protocol/result_msgpack.h"

/* Takes values, and makes of them what result_msgpack makes. */
struct values {
    struct result result;
    struct result_msgpack inner;
    int columns, rows, done;
    int rows_max;                       /* beyond it a row is refused */
};

static int on_columns(struct result *result, struct result_shape *shape)
{
    struct values *v = (struct values *)result;
    v->columns++;
    return v->inner.result.columns(&v->inner.result, shape);
}

static int on_row(struct result *result, const struct value *values)
{
    struct values *v = (struct values *)result;
    if (++v->rows > v->rows_max)
        return fail(&w->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "enough");
    return v->inner.result.row(&v->inner.result, values);
}

static int on_done(struct result *result, uint64_t count)
{
    struct values *v = (struct values *)result;
    v->done++;
    return v->inner.result.done(&v->inner.result, count);
}

static struct values taker;

static int run_values(struct request *rq, struct args args, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    struct value *params;
    uint64_t count;
    rq->queries = queries;
    cr_assert(query_args(rq, args, false, &call) == 0 && queries_find(queries, call.text, &query, rq->error) == 0);
    SUCCEED(kept_query_bind(query, rq->view->catalog, rq->error));
    taker = (struct values){ .result = { .columns = on_columns, .row = on_row, .done = on_done }, .rows_max = taker.rows_max };
    result_msgpack_start(&taker.inner, out, rq->error);
    bool reads = query->statement.kind == STATEMENT_SELECT;
    SUCCEED(query_params(rq, reads ? query->select->parameters : query->write->returning.parameters, call.params, &params));
    if (reads)
        return execute_select(rq, query->select, params, call.organization, &taker.result);
    return run_statement(rq, query->write, &(struct run_client){ params, call.organization, &taker.result }, &count);
}

static void set_up(void)
{
    taker.rows_max = 1000;
    open_calls(CALLS_SCHEMA);
}

TestSuite(result, .init = set_up, .fini = close_calls);

Test(result, values_alone_are_the_same_rows)
{
    static const char *const statements[] = {
        "[\"SELECT * FROM people\"]", "[\"SELECT * FROM people WHERE id = 2\"]", "[\"SELECT name, id FROM people ORDER BY id DESC\"]",
        "[\"SELECT note, age FROM people WHERE id = $1\", [4]]", "[\"SELECT age, count(*) FROM people GROUP BY age ORDER BY age\"]",
        "[\"SELECT DISTINCT age FROM people\"]", "[\"SELECT name || '!' FROM people ORDER BY name LIMIT 2 OFFSET 1\"]",
        "[\"SELECT p.name, c.minutes FROM people p JOIN calls c ON c.person_id = p.id ORDER BY c.minutes, p.name\"]",
        "[\"SELECT s.n, s.age FROM (SELECT age, count(*) AS n FROM people GROUP BY age) s ORDER BY s.n, s.age\"]",
        "[\"SELECT id FROM people WHERE false\"]",
        "[\"UPDATE people SET age = 37 WHERE age = 36 RETURNING id, name, age\"]",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        SUCCEED(world_call(w, run, "%s", statements[i]));
        struct slice stored = arena_copy(&w->arena, buf_slice(&w->out));
        if (i == sizeof statements / sizeof *statements - 1)
            WRITES(2, "[\"UPDATE people SET age = 36 WHERE age = 37\"]");
        SUCCEED(world_call(w, run_values, "%s", statements[i]));
        cr_assert(slice_equal(stored, buf_slice(&w->out)), "%s", statements[i]);
        cr_assert(taker.columns == 1 && taker.done == 1, "%s", statements[i]);
    }
}

Test(result, one_that_refuses_a_row_ends_the_statement)
{
    static const char *const statements[] = {
        "[\"SELECT * FROM people\"]", "[\"SELECT name FROM people ORDER BY age\"]", "[\"SELECT age, count(*) FROM people GROUP BY age\"]",
        "[\"DELETE FROM calls RETURNING id\"]",
    };
    taker.rows_max = 1;
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        int mark = w->changes.count;
        cr_assert_eq(world_call(w, run_values, "%s", statements[i]), -1, "%s", statements[i]);
        MESSAGE("enough");
        cr_assert(taker.rows == 2 && taker.done == 0 && w->changes.count == mark, "%s", statements[i]);
    }
    ROWS("[[5]]", "[\"SELECT count(*) FROM calls\"]");
}
