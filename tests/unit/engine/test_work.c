/* The limit of work: whatever can be asked to repeat itself ends with 54000 before long, what takes memory with 53200, and a
 * request without a limit, or within it, gets its answer. */
#include "statements.h"

#include "base/work.h"

#define WORK 20000

static struct world world, *w = &world;
static struct work work;

static int run_within(struct request *rq, struct args args, struct buf *out)
{
    work.left = WORK;
    rq->work = &work;
    int result = run(rq, args, out);
    rq->work = NULL;
    return result;
}

static int scan(struct request *rq, struct args args, struct buf *out)
{
    work.left = WORK;
    rq->work = &work;
    int result = scan_method(rq, args, out);
    rq->work = NULL;
    return result;
}

static void open_world(void)
{
    world_open(w);
    queries = queries_new(NULL);
    world_schema(w, "CREATE TABLE t (id integer PRIMARY KEY, n integer, s text);");
    world_begin(w);
    for (int i = 0; i < 100; i++)
        SUCCEED(world_call(w, insert_method, "[\"t\", {\"id\": %d, \"n\": %d, \"s\": \"x\"}]", i, i % 10));
}

static void close_world(void)
{
    store_write_abort(w->store, &w->view);
    queries_free(queries);
    world_close(w);
}

TestSuite(work, .init = open_world, .fini = close_world);

Test(work, what_is_little_is_answered)
{
    SUCCEED(world_call(w, run_within, "[\"SELECT count(*) FROM t a WHERE EXISTS (SELECT 1 FROM t b WHERE b.id = a.n)\"]"));
    SUCCEED(world_call(w, scan, "[\"t\", {\"where\": [\"=\", \"n\", 3]}]"));
    SUCCEED(world_call(w, run_within, "[\"SELECT s || repeat('b', 1000) LIKE '%%c%%d%%' FROM t\"]"));
}

Test(work, sub_selects_are_counted_at_every_depth)
{
    static const char nested[] = "[\"SELECT count(*) FROM t a WHERE EXISTS (SELECT 1 FROM t b WHERE b.n + a.n = -1)\"]";
    SUCCEED(world_call(w, run, nested));
    REFUSED("54000", run_within, nested);
    MESSAGE("this is more work than one request may make");
    REFUSED("54000", run_within, "[\"SELECT id FROM t a WHERE EXISTS (SELECT 1 FROM t b WHERE b.id = a.id AND EXISTS (SELECT 1 FROM t c WHERE c.n + b.n = -1))\"]");
    REFUSED("54000", run_within, "[\"SELECT count(*) FROM t a WHERE id + 1000 NOT IN (SELECT id FROM t b WHERE b.n < 100) AND n + 7 NOT IN (SELECT 0 - id FROM t)\"]");
}

Test(work, expressions_are_counted)
{
    static const char *const statements[] = {
        "repeat('a', 20000) || s LIKE '%' || repeat('a', 2000) || 'b'",
        "translate(repeat('a', 20000) || s, repeat('b', 2000), '')",
        "btrim(repeat('a', 20000) || s, repeat('b', 2000) || 'a')",
        "string_to_array(repeat('a,', 2000) || s, ',') @> string_to_array(repeat('x,', 2000) || 'a', ',')",
        "string_to_array(repeat('a,', 2000) || s, ',') && string_to_array(repeat('b,', 2000) || s, ',')",
        "to_jsonb(string_to_array(repeat('a,', 2000) || s, ',')) @> to_jsonb(string_to_array(repeat('b,', 2000) || s, ','))",
        "to_jsonb(string_to_array(repeat('a,', 2000) || s, ',')) <@ to_jsonb(string_to_array(repeat('b,', 2000) || s, ','))",
        "to_jsonb(string_to_array(repeat('a,', 2000) || s, ',')) ?| string_to_array(repeat('b,', 2000) || s || 'y', ',')",
        "to_jsonb(string_to_array(repeat('a,', 2000) || s, ',')) - string_to_array(repeat('b,', 2000) || s, ',')",
        "'b' = ANY (string_to_array(repeat('a,', 2000) || s, ','))",
        "length(repeat(s, 20000))",
        "length(lpad(s, 20000))",
        "length(upper(repeat(s, 4000)))",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        cr_assert_eq(world_call(w, run_within, "[\"SELECT %s FROM t\"]", statements[i]), -1, "%s", statements[i]);
        cr_expect_str_eq(sqlstate_code(w->error.state), "54000", "%s: %s", statements[i], w->error.message);
    }
}

Test(work, rows_are_counted)
{
    for (int i = 100; i < 3000; i++)
        SUCCEED(world_call(w, insert_method, "[\"t\", {\"id\": %d, \"n\": %d, \"s\": \"y\"}]", i, i % 10));
    REFUSED("54000", scan, "[\"t\", {\"where\": [\"=\", \"s\", \"z\"]}]");
    REFUSED("54000", run_within, "[\"SELECT sum(n) FROM t\"]");
    SUCCEED(world_call(w, run, "[\"SELECT sum(n) FROM t\"]"));
}

/* What a statement makes of little may not fill the machine, neither at once nor in a plan that is kept. */
Test(work, memory_is_asked_after)
{
    char text[6000], *at = text;
    at += sprintf(at, "[\"SELECT length(concat(s");
    for (int i = 0; i < 100; i++)
        at += sprintf(at, ", repeat(s, 4000000)");
    sprintf(at, ")) FROM t WHERE id = 1\"]");
    REFUSED("53200", run, "%s", text);
    REFUSED("54000", run, "[\"SELECT concat(repeat(s, 3000000), repeat(s, 3000000)) FROM t\"]");
    REFUSED("54000", run, "[\"SELECT concat_ws(repeat(s, 3000000), 'a', 'b', 'c') FROM t\"]");
    REFUSED("54000", run, "[\"SELECT array_to_string(ARRAY['a', s, 'c'], repeat(s, 3000000)) FROM t\"]");
}

Test(work, constants_are_folded_within_limits)
{
    struct error error;
    struct arena arena;
    const struct expr *small, *large;
    struct scope scope = { 0 };
    arena_init(&arena, SIZE_MAX);
    SUCCEED(expr_compile_text(SLICE_LITERAL("repeat('a', 3)"), &scope, type_of(TYPE_TEXT), &arena, &small, &error));
    SUCCEED(expr_compile_text(SLICE_LITERAL("repeat('a', 4000000)"), &scope, type_of(TYPE_TEXT), &arena, &large, &error));
    cr_expect_eq(small->op, EXPR_CONST);
    cr_expect_eq(large->op, EXPR_FUNCTION);
    cr_expect_lt(arena.used, KIB(64));
    arena_done(&arena);
}
