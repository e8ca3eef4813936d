/* Parsing: what the wrapper adds to PostgreSQL's grammar. */
#include <pthread.h>
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/buf.h"
#include "sql/parse.h"

#define SIZE_LIMIT KIB(1024)

static int parse(const char *text, struct parsed **ret, struct error *error)
{
    return parse_sql(slice_of_string(text), SIZE_LIMIT, ret, error);
}

static struct parsed *must(const char *text)
{
    struct parsed *parsed = NULL;
    struct error error = { 0 };
    cr_assert(parse(text, &parsed, &error) == 0, "%s: %s", text, error.message);
    return parsed;
}

static void statement_is(const struct parsed *parsed, int index, const char *text, int line)
{
    const struct parsed_statement *s = parsed_statement(parsed, index);
    cr_assert(slice_is(s->text, text), "statement %d is \"%.*s\"", index, SLICE_FMT(s->text));
    cr_assert_eq(s->line, line, "statement %d is on line %d", index, s->line);
    cr_assert_not_null(s->node);
}

Test(parse, splits_and_counts_lines)
{
    struct parsed *p = must("-- first\nSELECT 1 ;\n\n/* two */ SELECT ';' /* ; */ -- ;\n;;\n  SELECT\n (1); SELECT 'é;'");
    cr_assert_eq(parsed_count(p), 4);
    statement_is(p, 0, "SELECT 1", 2);
    statement_is(p, 1, "SELECT ';'", 4);
    statement_is(p, 2, "SELECT\n (1)", 6);
    statement_is(p, 3, "SELECT 'é;'", 7);
    parsed_free(p);
}

/* Statements of a function's body belong to the function, however the words around them are written. */
Test(parse, keeps_the_body_of_a_function_together)
{
    static const char *const begins[] = { "BEGIN ATOMIC", "begin\n  atomic", "Begin /* ; */ Atomic --;\n" };
    static const char *const bodies[] = { "", "SELECT 1;", "SELECT CASE WHEN true THEN CASE 1 WHEN 1 THEN 2 END END; SELECT ';', 'end';", "SELECT 1 AS \"end\"; SELECT 2 AS \"case\";",
                                          "INSERT INTO t VALUES (1); DELETE FROM t; SELECT $$;end;$$ -- end;\n;" };
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
            char text[512];
            snprintf(text, sizeof text, "BEGIN; CREATE FUNCTION f() RETURNS integer LANGUAGE sql\n%s %s END;\nSELECT 1; END; SELECT atomic FROM t;", begins[i], bodies[k]);
            struct parsed *p = must(text);
            cr_assert_eq(parsed_count(p), 5, "%d statements in %s", parsed_count(p), text);
            cr_assert_eq(parsed_statement(p, 1)->node->node_case, PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT);
            parsed_free(p);
        }
}

Test(parse, passes_over_a_byte_order_mark)
{
    struct parsed *p = must("\xef\xbb\xbfSELECT 1;\nSELECT 2");
    struct error error = { 0 };
    cr_assert_eq(parsed_count(p), 2);
    statement_is(p, 0, "SELECT 1", 1);
    parsed_free(p);
    cr_assert(parse("\xef\xbb\xbfSELECT é +;", &p, &error) < 0);
    cr_assert_not_null(strstr(error.message, "line 1, column 11"), "%s", error.message);
    cr_assert(parse("\xef\xbb\xbfSELECT é, 'x", &p, &error) < 0);
    cr_assert_not_null(strstr(error.message, "line 1, column 11"), "%s", error.message);
    cr_assert(parse("SELECT 1; \xef\xbb\xbfSELECT 2 FROM", &p, &error) < 0, "a mark in the middle is no space");
}

Test(parse, takes_nothing_for_no_statements)
{
    static const char *const texts[] = { "", "  \n", ";", "\xef\xbb\xbf", "-- only\n/* comments */", "; ;\n;" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct parsed *p = must(texts[i]);
        cr_assert_eq(parsed_count(p), 0);
        parsed_free(p);
    }
    parsed_free(NULL);
}

/* This version of the library sees a syntax error where a comment stands between these words. */
Test(parse, allows_comments_anywhere)
{
    parsed_free(must("SELECT a NOT /* x */ IN (1), a NOT -- y\n LIKE 'b', a NOT /* /* nested */ */ BETWEEN 1 AND 2"));
    parsed_free(must("SELECT a FROM t ORDER BY a NULLS /* z */ LAST"));
    parsed_free(must("CREATE TABLE /* e: é */ t (a int /* c */ NOT /* c */ NULL)"));
}

Test(parse, keeps_what_only_looks_like_a_comment)
{
    struct parsed *p = must("SELECT '-- no', '/* no */', $$ -- no\n; $$, E'\\'-- no'");
    cr_assert_eq(parsed_count(p), 1);
    cr_assert_eq(parsed_statement(p, 0)->node->select_stmt->n_target_list, 4);
    cr_assert_str_eq(parsed_statement(p, 0)->node->select_stmt->target_list[2]->res_target->val->a_const->sval->sval, " -- no\n; ");
    parsed_free(p);
}

/* The JSON tree of the library reads -1 as 0; and the scanner gives a wrong end to U&''. */
Test(parse, reads_constants_whole)
{
    struct parsed *p = must("SELECT -1, U&'\\0041'; SELECT 0");
    const PgQuery__SelectStmt *s = parsed_statement(p, 0)->node->select_stmt;
    cr_assert_eq(s->target_list[0]->res_target->val->a_const->ival->ival, -1);
    cr_assert_str_eq(s->target_list[1]->res_target->val->a_const->sval->sval, "A");
    cr_assert_eq(parsed_count(p), 2);
    parsed_free(p);
}

struct bad_case { char text[80]; int state; char message[100]; };

ParameterizedTestParameters(parse, refuses)
{
    static struct bad_case cases[] = {
        { "SELECT 1;\nSELEC 2", SQLSTATE_SYNTAX_ERROR, "syntax error at or near \"SELEC\" at line 2, column 1" },
        { "SELECT 1;\n\n SELECT (1", SQLSTATE_SYNTAX_ERROR, "syntax error at end of input at line 3, column 11" },
        { "SELECT 'é', frm frm frm", SQLSTATE_SYNTAX_ERROR, "syntax error at or near \"frm\" at line 1, column 21" },
        { "/* é\né */ SELECT frm frm frm", SQLSTATE_SYNTAX_ERROR, "syntax error at or near \"frm\" at line 2, column 21" },
        { "SELECT 'open", SQLSTATE_SYNTAX_ERROR, "unterminated quoted string at or near \"'open\" at line 1, column 8" },
        { "SELECT 1;\nSELECT /* open", SQLSTATE_SYNTAX_ERROR, "unterminated /* comment at or near \"/* open\" at line 2, column 8" },
        { "SELECT '\xff'", SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, "" },
        { "SELECT '\xed\xa0\x80'", SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, "" },
        { "SELECT 1 2", SQLSTATE_SYNTAX_ERROR, "syntax error at or near \"2\" at line 1, column 10" },
    };
    return cr_make_param_array(struct bad_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct bad_case *t, parse, refuses)
{
    struct parsed *p = NULL;
    struct error error = { 0 };
    cr_assert_eq(parse(t->text, &p, &error), -1);
    cr_assert_eq((int)error.state, t->state, "%s", error.message);
    if (t->message[0] != '\0')
        cr_assert_str_eq(error.message, t->message);
}

Test(parse, refuses_nul_and_size)
{
    struct parsed *p = NULL;
    struct error error = { 0 };
    cr_assert_eq(parse_sql(slice_of("SELECT 1\0 2", 11), SIZE_LIMIT, &p, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE);
    cr_assert_eq(parse_sql(SLICE_LITERAL("SELECT 1"), 7, &p, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED);
}

/* --- Depth --- */

struct nest_case { char before[24], again[24], middle[8], after[8]; };

ParameterizedTestParameters(parse, survives_depth)
{
    static struct nest_case cases[] = {
        { "SELECT ", "1+", "1", "" }, { "SELECT ", "NOT ", "true", "" }, { "SELECT ", "- ", "x", "" }, { "SELECT ", "(", "1", ")" },
        { "SELECT ", "(SELECT ", "1", ")" }, { "SELECT ", "f(", "1", ")" }, { "SELECT ", "CASE WHEN a THEN ", "1", " END" },
        { "SELECT a", "||a", "", "" }, { "SELECT a", "::int", "", "" }, { "SELECT a", "[1]", "", "" }, { "SELECT 1", " UNION SELECT 1", "", "" },
        { "SELECT * FROM ", "(SELECT * FROM ", "t", ") x" }, { "SELECT * FROM t", " NATURAL JOIN t", "", "" }, { "SELECT ", "ARRAY[", "1", "]" },
        { "SELECT ", "EXISTS(SELECT ", "1", ")" }, { "SELECT ", "1 AND (1 OR ", "1", ")" }, { "SELECT ", "ROW(", "1", ")" }, { "SELECT ", "@ ", "1", "" },
    };
    return cr_make_param_array(struct nest_case, cases, sizeof cases / sizeof *cases);
}

/* Any depth is parsed or refused, and never more than refused. */
ParameterizedTest(struct nest_case *t, parse, survives_depth)
{
    static const int depths[] = { 10, 60, 500, 3000, 8000, 20000, 60000 };
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        struct buf text = { 0 };
        struct parsed *p = NULL;
        struct error error = { 0 };
        buf_append_string(&text, t->before);
        for (int n = 0; n < depths[i]; n++)
            buf_append_string(&text, t->again);
        buf_append_string(&text, t->middle);
        for (int n = 0; n < depths[i]; n++)
            buf_append_string(&text, t->after);
        int err = parse_sql(buf_slice(&text), MIB(4), &p, &error);
        cr_assert(err == 0 || error.state == SQLSTATE_STATEMENT_TOO_COMPLEX, "%s %d: %s", t->again, depths[i], error.message);
        cr_assert(err == 0 || depths[i] > 500, "%s %d: %s", t->again, depths[i], error.message);
        cr_assert(err < 0 || depths[i] < 60000);
        parsed_free(err == 0 ? p : NULL);
        buf_done(&text);
    }
}

Test(parse, takes_long_flat_texts)
{
    struct buf text = { 0 };
    buf_append_string(&text, "INSERT INTO t VALUES ");
    for (int i = 0; i < 40000; i++)
        buf_printf(&text, "%s(%d, 'x')", i > 0 ? ", " : "", i);
    struct parsed *p = NULL;
    struct error error = { 0 };
    cr_assert(parse_sql(buf_slice(&text), SIZE_LIMIT, &p, &error) == 0, "%s", error.message);
    cr_assert_eq(parsed_statement(p, 0)->node->insert_stmt->select_stmt->select_stmt->n_values_lists, 40000);
    parsed_free(p);
    buf_done(&text);
}

/* --- One expression --- */

Test(parse, one_expression_and_nothing_else)
{
    static const char *const bad[] = {
        "", "1, 2", "1 FROM t", "1; SELECT 2", "1 AS x", "1 WHERE true", "1 ORDER BY 1", "1 LIMIT 1", "1 UNION SELECT 2", "*) FROM (SELECT 1",
        "1 INTO x", "1 GROUP BY 1", "DISTINCT 1", "1 FOR UPDATE", "1)", "ALL 1, 2",
    };
    struct parsed *p = NULL;
    const PgQuery__Node *node;
    struct error error = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(parse_expression(slice_of_string(bad[i]), &p, &node, &error), -1, "%s", bad[i]);
        cr_expect_eq(error.state, SQLSTATE_SYNTAX_ERROR, "%s", bad[i]);
    }
    cr_assert_eq(parse_expression(SLICE_LITERAL("a = 1 -- comment"), &p, &node, &error), 0);
    cr_assert_eq(node->node_case, PG_QUERY__NODE__NODE_A_EXPR);
    parsed_free(p);
    cr_assert_eq(parse_expression(SLICE_LITERAL("1\0; DROP"), &p, &node, &error), -1);
    cr_assert_eq(parse_expression(SLICE_LITERAL("a =\n  = 1"), &p, &node, &error), -1);
    cr_assert_str_eq(error.message, "syntax error at or near \"=\" at line 2, column 3");
}

/* --- Threads --- */

static void *parse_often(void *argument)
{
    for (int i = 0; i < 200; i++) {
        struct parsed *p = NULL;
        struct error error = { 0 };
        const char *text = i % 3 == 0 ? "SELECT a FROM t WHERE b = $1" : i % 3 == 1 ? "SELEC" : "SELECT (((((((((((((((((((((1+1+1+1+1+1+1+1+1+1)))))))))))))))))))))";
        int err = parse(text, &p, &error);
        cr_assert_eq(err, i % 3 == 1 ? -1 : 0);
        parsed_free(p);
    }
    return NULL;
}

Test(parse, in_several_threads_at_once)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, parse_often, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}
