/* INSERT, UPDATE and DELETE as struct statement. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "sql/statement.h"

static int read_statement(const char *text, struct parsed **parsed, struct arena *arena, struct statement *ret, struct error *error)
{
    arena_init(arena, SIZE_MAX);
    cr_assert_eq(parse_sql(slice_of_string(text), KIB(64), parsed, error), 0, "%s: %s", text, error->message);
    const struct parsed_statement *s = parsed_statement(*parsed, 0);
    return statement_from(*parsed, s->node, s->line, arena, ret, error);
}

static void must(const char *text, struct parsed **parsed, struct arena *arena, struct statement *ret)
{
    struct error error = { 0 };
    cr_assert_eq(read_statement(text, parsed, arena, ret, &error), 0, "%s: %s", text, error.message);
}

static void done(struct parsed *parsed, struct arena *arena)
{
    parsed_free(parsed);
    arena_done(arena);
}

Test(statement, insert)
{
    struct parsed *p;
    struct arena arena;
    struct statement s;
    must("\nINSERT INTO auth.users AS u (id, email) VALUES (1, 'a'), (DEFAULT, lower('B'))", &p, &arena, &s);
    cr_assert_eq(s.kind, STATEMENT_INSERT);
    cr_assert_str_eq(s.schema, "auth");
    cr_assert_str_eq(s.table, "users");
    cr_assert_str_eq(s.alias, "u");
    cr_assert_eq(s.row_count, 2);
    cr_assert_eq(s.column_count, 2);
    cr_assert_eq(s.conflict, CONFLICT_ERROR);
    cr_assert_eq(s.line, 2);
    cr_assert_eq(s.parsed, p);
    cr_assert_str_eq(s.rows[0].column, "id");
    cr_assert_str_eq(s.rows[3].column, "email");
    cr_assert_not_null(s.rows[0].value);
    cr_assert_null(s.rows[2].value);
    cr_assert_eq(s.rows[3].value->node_case, PG_QUERY__NODE__NODE_FUNC_CALL);
    done(p, &arena);
}

Test(statement, insert_without_columns_and_without_values)
{
    struct parsed *p;
    struct arena arena;
    struct statement s;
    must("INSERT INTO t VALUES (1, 2, 3)", &p, &arena, &s);
    cr_assert_null(s.schema);
    cr_assert_null(s.alias);
    cr_assert_eq(s.column_count, 3);
    cr_assert_null(s.rows[1].column);
    done(p, &arena);
    must("INSERT INTO t DEFAULT VALUES", &p, &arena, &s);
    cr_assert_eq(s.row_count, 1);
    cr_assert_eq(s.column_count, 0);
    done(p, &arena);
}

Test(statement, insert_on_conflict)
{
    struct parsed *p;
    struct arena arena;
    struct statement s;
    must("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING", &p, &arena, &s);
    cr_assert_eq(s.conflict, CONFLICT_NOTHING);
    cr_assert_eq(s.conflict_count, 0);
    done(p, &arena);
    must("INSERT INTO t (a) VALUES (1) ON CONFLICT (a, b) DO UPDATE SET c = excluded.c, d = DEFAULT WHERE t.c < 5", &p, &arena, &s);
    cr_assert_eq(s.conflict, CONFLICT_UPDATE);
    cr_assert_eq(s.conflict_count, 2);
    cr_assert_str_eq(s.conflict_columns[1], "b");
    cr_assert_eq(s.update_count, 2);
    cr_assert_str_eq(s.updates[0].column, "c");
    cr_assert_null(s.updates[1].value);
    cr_assert_not_null(s.update_where);
    done(p, &arena);
}

Test(statement, update_and_delete)
{
    struct parsed *p;
    struct arena arena;
    struct statement s;
    must("UPDATE public.t SET a = a + 1, b = DEFAULT WHERE c IS NULL", &p, &arena, &s);
    cr_assert_eq(s.kind, STATEMENT_UPDATE);
    cr_assert_eq(s.row_count, 1);
    cr_assert_eq(s.column_count, 2);
    cr_assert_str_eq(s.rows[1].column, "b");
    cr_assert_null(s.rows[1].value);
    cr_assert_eq(s.where->node_case, PG_QUERY__NODE__NODE_NULL_TEST);
    done(p, &arena);
    must("DELETE FROM t", &p, &arena, &s);
    cr_assert_eq(s.kind, STATEMENT_DELETE);
    cr_assert_null(s.where);
    done(p, &arena);
}

struct refused_case { char text[90]; int state; char message[90]; };

ParameterizedTestParameters(statement, refuses)
{
    static struct refused_case cases[] = {
        { "INSERT INTO t SELECT 1", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: INSERT ... SELECT is not supported" },
        { "INSERT INTO t (a) VALUES (1) RETURNING a", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: RETURNING is not supported" },
        { "WITH x AS (SELECT 1) INSERT INTO t VALUES (1)", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: WITH is not supported" },
        { "INSERT INTO t (a) VALUES (1, 2)", SQLSTATE_SYNTAX_ERROR, "line 1: INSERT has more expressions than target columns" },
        { "INSERT INTO t (a, b) VALUES (1)", SQLSTATE_SYNTAX_ERROR, "line 1: INSERT has more target columns than expressions" },
        { "INSERT INTO t VALUES (1), (1, 2)", SQLSTATE_SYNTAX_ERROR, "line 1: VALUES lists must all be the same length" },
        { "INSERT INTO t VALUES (1) LIMIT 1", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: INSERT ... SELECT is not supported" },
        { "INSERT INTO t (a[1]) VALUES (1)", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: inserting into a part of a column is not supported" },
        { "INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: OVERRIDING is not supported" },
        { "INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT x DO NOTHING", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: ON CONFLICT ON CONSTRAINT is not supported" },
        { "INSERT INTO t VALUES (1) ON CONFLICT (lower(a)) DO NOTHING", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: ON CONFLICT on an expression is not supported" },
        { "INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE b DO NOTHING", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: ON CONFLICT with a WHERE of its index is not supported" },
        { "UPDATE t SET (a, b) = (SELECT 1, 2)", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: assigning to a list of columns what is no row is not supported" },
        { "UPDATE t SET a.b = 1", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: assigning to a part of a column is not supported" },
        { "UPDATE t SET a = 1 FROM u", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: UPDATE ... FROM is not supported" },
        { "UPDATE t SET a = 1 RETURNING a", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: RETURNING is not supported" },
        { "DELETE FROM t USING u", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: DELETE ... USING is not supported" },
        { "DELETE FROM t WHERE CURRENT OF c", SQLSTATE_OK, "" },                /* refused when its condition is compiled */
        { "INSERT INTO db.s.t VALUES (1)", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: a database name before a table's is not supported" },
        { "SELECT 1", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: this statement is not supported" },
        { "TRUNCATE t", SQLSTATE_FEATURE_NOT_SUPPORTED, "line 1: this statement is not supported" },
    };
    return cr_make_param_array(struct refused_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct refused_case *t, statement, refuses)
{
    struct parsed *p;
    struct arena arena;
    struct statement s;
    struct error error = { 0 };
    int err = read_statement(t->text, &p, &arena, &s, &error);
    cr_assert_eq(err, t->state == SQLSTATE_OK ? 0 : -1, "%s", t->text);
    cr_assert_eq((int)error.state, t->state, "%s", error.message);
    cr_assert_str_eq(error.message, t->message);
    done(p, &arena);
}
