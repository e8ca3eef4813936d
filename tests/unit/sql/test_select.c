/* Statements of clients as struct statement: SELECT in its parts, RETURNING, and what is refused where. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/buf.h"
#include "base/limits.h"
#include "sql/select.h"

struct read { struct parsed *parsed; struct arena arena; struct statement statement; struct error error; };

static int read_text(const char *text, struct read *ret)
{
    memset(ret, 0, sizeof *ret);
    arena_init(&ret->arena, SIZE_MAX);
    cr_assert_eq(parse_sql(slice_of_string(text), KIB(64), &ret->parsed, &ret->error), 0, "%s: %s", text, ret->error.message);
    return statement_from_client(ret->parsed, &ret->arena, &ret->statement, &ret->error);
}

static void done(struct read *r)
{
    parsed_free(r->parsed);
    arena_done(&r->arena);
}

Test(select, in_its_parts)
{
    struct read r;
    const char *qualifier = "";
    cr_assert_eq(read_text("SELECT DISTINCT a, t.*, b + 1 AS c FROM s.t JOIN u x ON t.a = x.a LEFT JOIN v ON v.b = x.b, w "
                           "WHERE a > 1 GROUP BY a, 2 HAVING count(*) > 1 ORDER BY a DESC, 2 NULLS FIRST LIMIT 5 OFFSET $1", &r), 0, "%s", r.error.message);
    const struct select_statement *s = r.statement.select;
    cr_assert_eq(r.statement.kind, STATEMENT_SELECT);
    cr_assert(s->distinct);
    cr_assert_eq(s->target_count, 3);
    cr_assert_not(target_is_star(&s->targets[0], &qualifier));
    cr_assert(target_is_star(&s->targets[1], &qualifier));
    cr_assert_str_eq(qualifier, "t");
    cr_assert_str_eq(s->targets[2].name, "c");
    cr_assert_eq(s->from_count, 4);
    cr_assert_str_eq(s->from[0].schema, "s");
    cr_assert_eq(s->from[0].join, JOIN_NONE);
    cr_assert_str_eq(s->from[1].alias, "x");
    cr_assert(s->from[1].join == JOIN_INNER && s->from[1].on != NULL);
    cr_assert_eq(s->from[2].join, JOIN_LEFT);
    cr_assert(s->from[3].join == JOIN_INNER && s->from[3].on == NULL);
    cr_assert_eq(s->group_count, 2);
    cr_assert(s->where != NULL && s->having != NULL && s->limit != NULL && s->offset != NULL);
    cr_assert_eq(s->sort_count, 2);
    cr_assert(s->sorts[0].desc && s->sorts[0].nulls_first);
    cr_assert(!s->sorts[1].desc && s->sorts[1].nulls_first);
    cr_assert_null(s->call);
    done(&r);
}

Test(select, calls_that_may_be_native)
{
    struct read r;
    cr_assert_eq(read_text("SELECT f(1, b => 2)", &r), 0);
    cr_assert(r.statement.select->call != NULL && !r.statement.select->from_call);
    done(&r);
    cr_assert_eq(read_text("SELECT * FROM f(1)", &r), 0);
    cr_assert(r.statement.select->call != NULL && r.statement.select->from_call);
    done(&r);
    cr_assert_eq(read_text("SELECT f(1), 2", &r), 0);
    cr_assert_null(r.statement.select->call);
    done(&r);
}

Test(select, returning)
{
    struct read r;
    cr_assert_eq(read_text("DELETE FROM t RETURNING a, b AS c", &r), 0);
    cr_assert_eq(r.statement.returning_count, 2);
    cr_assert_str_eq(r.statement.returning[1].name, "c");
    done(&r);
}

/* `levels` sub-selects in FROM, one in the other. */
static int read_nested(int levels, struct read *ret)
{
    struct buf text = { 0 };
    buf_append_string(&text, "SELECT 1 FROM ");
    for (int i = 0; i < levels; i++)
        buf_append_string(&text, "(SELECT 1 AS a FROM ");
    buf_append_string(&text, "t");
    for (int i = 0; i < levels; i++)
        buf_append_string(&text, ") q");
    buf_append_byte(&text, '\0');
    int err = read_text((const char *)text.data, ret);
    buf_done(&text);
    return err;
}

Test(select, nests_only_so_deep)
{
    static const int too_deep[] = { FROM_DEPTH_MAX + 1, 1000 };
    struct read r;
    cr_assert_eq(read_nested(FROM_DEPTH_MAX, &r), 0, "%s", r.error.message);
    done(&r);
    for (size_t i = 0; i < sizeof too_deep / sizeof *too_deep; i++) {
        cr_assert_eq(read_nested(too_deep[i], &r), -1);
        cr_assert_eq(r.error.state, SQLSTATE_STATEMENT_TOO_COMPLEX);
        done(&r);
    }
}

struct refused_case { char text[90]; int state; char message[90]; };

ParameterizedTestParameters(select, refuses)
{
    static struct refused_case cases[] = {
        { "SELECT 1 UNION SELECT 2", SQLSTATE_FEATURE_NOT_SUPPORTED, "UNION, INTERSECT or EXCEPT is not supported at line 1, column 1" },
        { "WITH x AS (SELECT 1) SELECT 1", SQLSTATE_FEATURE_NOT_SUPPORTED, "WITH is not supported at line 1, column 1" },
        { "SELECT DISTINCT ON (a) b FROM t", SQLSTATE_FEATURE_NOT_SUPPORTED, "DISTINCT ON is not supported at line 1, column 1" },
        { "SELECT a FROM t GROUP BY ROLLUP (a)", SQLSTATE_FEATURE_NOT_SUPPORTED, "GROUPING SETS, ROLLUP or CUBE is not supported at line 1, column 1" },
        { "SELECT a FROM t FOR UPDATE", SQLSTATE_FEATURE_NOT_SUPPORTED, "FOR UPDATE or FOR SHARE is not supported at line 1, column 1" },
        { "SELECT a\nFROM t FULL JOIN u ON true", SQLSTATE_FEATURE_NOT_SUPPORTED, "FULL JOIN is not supported at line 2, column 18" },
        { "SELECT a FROM t JOIN u USING (a)", SQLSTATE_FEATURE_NOT_SUPPORTED, "NATURAL JOIN or USING is not supported at line 1, column 22" },
        { "SELECT a FROM (SELECT 1 UNION SELECT 2) x", SQLSTATE_FEATURE_NOT_SUPPORTED, "UNION, INTERSECT or EXCEPT is not supported at line 1, column 1" },
        { "SELECT a FROM t, LATERAL (SELECT 1) x", SQLSTATE_FEATURE_NOT_SUPPORTED, "LATERAL is not supported at line 1, column 1" },
        { "SELECT a FROM db.s.t", SQLSTATE_FEATURE_NOT_SUPPORTED, "a database name before a table's is not supported at line 1, column 15" },
        { "VALUES (1)", SQLSTATE_FEATURE_NOT_SUPPORTED, "VALUES is not supported at line 1, column 1" },
        { "COMMIT", SQLSTATE_FEATURE_NOT_SUPPORTED, "BEGIN, COMMIT and their kin are not supported" },
        { "SELECT 1; SELECT 2", SQLSTATE_SYNTAX_ERROR, "there is more than one statement" },
        { " -- nothing", SQLSTATE_SYNTAX_ERROR, "there is no statement" },
    };
    return cr_make_param_array(struct refused_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct refused_case *t, select, refuses)
{
    struct read r;
    cr_assert_eq(read_text(t->text, &r), -1, "%s", t->text);
    cr_assert_eq((int)r.error.state, t->state, "%s", r.error.message);
    cr_assert_str_eq(r.error.message, t->message);
    done(&r);
}
