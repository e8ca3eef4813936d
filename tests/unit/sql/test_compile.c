/* Compiling: names, parameters, assignment, errors with positions, limits, sub-selects, and trees as data. Values and
 * types are test_expressions.c's affair. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "fixture.h"

static struct fixture *f;

static void open_fixture(void)
{
    f = fixture_new();
}

TestSuite(compile, .init = open_fixture);

static int compile_in(const struct scope *scope, const char *text, struct type want, const struct expr **ret, struct error *error)
{
    return expr_compile_text(slice_of_string(text), scope, want, &f->arena, ret, error);
}

static const struct expr *must_in(const struct scope *scope, const char *text)
{
    const struct expr *e = NULL;
    struct error error = { 0 };
    cr_assert(compile_in(scope, text, type_of(TYPE_UNKNOWN), &e, &error) == 0, "%s: %s", text, error.message);
    return e;
}

static const struct expr *must(const char *text)
{
    struct scope scope = fixture_scope(f, "t");
    return must_in(&scope, text);
}

/* --- Errors --- */

struct error_case { char text[100]; char message[120]; int state; };

ParameterizedTestParameters(compile, says_where)
{
    static struct error_case cases[] = {
        { "nosuch = 1", "column \"nosuch\" does not exist at line 1, column 1", SQLSTATE_UNDEFINED_COLUMN },
        { "i4 = 1 AND\n  nosuch", "column \"nosuch\" does not exist at line 2, column 3", SQLSTATE_UNDEFINED_COLUMN },
        { "'é' = nosuch", "column \"nosuch\" does not exist at line 1, column 7", SQLSTATE_UNDEFINED_COLUMN },
        { "x.i4", "missing FROM-clause entry for table \"x\" at line 1, column 1", SQLSTATE_UNDEFINED_TABLE },
        { "t.nosuch", "column \"t.nosuch\" does not exist at line 1, column 1", SQLSTATE_UNDEFINED_COLUMN },
        { "i4 || i8", "operator does not exist: integer || bigint at line 1, column 4", SQLSTATE_UNDEFINED_FUNCTION },
        { "- s", "operator does not exist: - text at line 1, column 1", SQLSTATE_UNDEFINED_FUNCTION },
        { "nosuch(i4, 'x')", "function nosuch(integer, unknown) does not exist at line 1, column 1", SQLSTATE_UNDEFINED_FUNCTION },
        { "i4 AND b", "argument of AND must be type boolean, not type integer at line 1, column 1", SQLSTATE_DATATYPE_MISMATCH },
        { "CASE WHEN b THEN i4 ELSE s END", "CASE types text and integer cannot be matched at line 1, column 18", SQLSTATE_DATATYPE_MISMATCH },
        { "i4 = 'x'", "invalid input syntax for type integer: \"x\" at line 1, column 6", SQLSTATE_INVALID_TEXT },
        { "$1", "there is no parameter $1 at line 1, column 1", SQLSTATE_UNDEFINED_PARAMETER },
        { "i4::nosuch", "type \"nosuch\" does not exist at line 1, column 5", SQLSTATE_UNDEFINED_OBJECT },
        { "max(i4) > 1", "aggregate functions are not allowed here: \"max\" at line 1, column 1", SQLSTATE_GROUPING_ERROR },
        { "row_number() OVER ()", "a window function is not supported at line 1, column 1", SQLSTATE_FEATURE_NOT_SUPPORTED },
        { "s ~ 'x'", "regular expressions are not supported: text ~ unknown at line 1, column 3", SQLSTATE_FEATURE_NOT_SUPPORTED },
        { "i4 IN (SELECT 1 FROM people, t)", "more than one table in a sub-select is not supported at line 1, column 4", SQLSTATE_FEATURE_NOT_SUPPORTED },
        { "EXISTS (SELECT 1 FROM people UNION SELECT 2)", "UNION, INTERSECT or EXCEPT in a sub-select is not supported at line 1, column 1", SQLSTATE_FEATURE_NOT_SUPPORTED },
        { "(SELECT id FROM people LIMIT 1)", "LIMIT in a sub-select is not supported at line 1, column 1", SQLSTATE_FEATURE_NOT_SUPPORTED },
        { "(SELECT id, org FROM people)", "subquery must return only one column at line 1, column 1", SQLSTATE_SYNTAX_ERROR },
        { "EXISTS (SELECT 1 FROM nosuch)", "relation \"nosuch\" does not exist at line 1, column 23", SQLSTATE_UNDEFINED_TABLE },
        { "EXISTS (SELECT 1 FROM other.people)", "relation \"other.people\" does not exist at line 1, column 23", SQLSTATE_UNDEFINED_TABLE },
        { "i4 > ANY (SELECT id FROM people)", "> ANY (SELECT ...) is not supported, only = ANY and <> ALL at line 1, column 4", SQLSTATE_FEATURE_NOT_SUPPORTED },
        { "DEFAULT", "DEFAULT is not allowed in this context at line 1, column 1", SQLSTATE_SYNTAX_ERROR },
        { "s LIKE 'a' ESCAPE 'xy'", "invalid escape string at line 1, column 3", SQLSTATE_INVALID_ESCAPE_SEQUENCE },
        { "tz AT TIME ZONE 'Mars/Olympus' = ts", "", SQLSTATE_OK },     /* fails when evaluated */
    };
    return cr_make_param_array(struct error_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct error_case *t, compile, says_where, .init = open_fixture)
{
    struct scope scope = fixture_scope(f, "t");
    const struct expr *e = NULL;
    struct error error = { 0 };
    int err = compile_in(&scope, t->text, type_of(TYPE_UNKNOWN), &e, &error);
    cr_assert_eq(err, t->state == SQLSTATE_OK ? 0 : -1, "%s", t->text);
    cr_assert_eq((int)error.state, t->state, "%s: %s", t->text, error.message);
    cr_assert_str_eq(error.message, t->message);
}

Test(compile, refuses_columns_and_tables_where_there_are_none)
{
    struct scope scope = fixture_scope(f, NULL);
    const struct expr *e = NULL;
    struct error error = { 0 };
    cr_assert_eq(compile_in(&scope, "i4 + 1", type_of(TYPE_UNKNOWN), &e, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_COLUMN);
    scope.find_table = NULL;
    cr_assert_eq(compile_in(&scope, "EXISTS (SELECT 1 FROM people)", type_of(TYPE_UNKNOWN), &e, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_FEATURE_NOT_SUPPORTED);
    scope.find_enum = NULL;
    cr_assert_eq(compile_in(&scope, "'ok'::mood", type_of(TYPE_UNKNOWN), &e, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_OBJECT);
}

/* --- Depth --- */

static int compile_nested(const char *before, int depth, const char *middle, const char *after, struct error *error)
{
    struct buf text = { 0 };
    const struct expr *e;
    struct scope scope = fixture_scope(f, "t");
    for (int i = 0; i < depth; i++)
        buf_append_string(&text, before);
    buf_append_string(&text, middle);
    for (int i = 0; i < depth; i++)
        buf_append_string(&text, after);
    int err = compile_in(&scope, buf_text(&text), type_of(TYPE_UNKNOWN), &e, error);
    buf_done(&text);
    return err;
}

Test(compile, refuses_depth)
{
    static const char *const forms[][3] = {
        { "i4 + (", "1", ")" }, { "NOT (", "b", ")" }, { "COALESCE(ni, ", "1", ")" }, { "CASE WHEN b THEN ", "1", " END" },
        { "EXISTS (SELECT 1 FROM people WHERE ", "b", ")" }, { "abs(", "i4", ")" }, { "", "i4", " + i4" }, { "", "s", " || s" },
        { "", "j", " -> 'a'" }, { "", "i4", "::bigint" },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct error error = { 0 };
        cr_expect_eq(compile_nested(forms[i][0], EXPR_DEPTH_MAX - 10, forms[i][1], forms[i][2], &error), 0, "%s: %s", forms[i][0], error.message);
        cr_expect_eq(compile_nested(forms[i][0], EXPR_DEPTH_MAX + 1, forms[i][1], forms[i][2], &error), -1, "%s%s", forms[i][0], forms[i][2]);
        cr_expect_eq(error.state, SQLSTATE_STATEMENT_TOO_COMPLEX, "%s: %s", forms[i][0], error.message);
    }
}

Test(compile, takes_long_lists_of_terms)
{
    struct error error = { 0 };
    cr_assert_eq(compile_nested("i4 = 1 OR ", 1000, "b", "", &error), 0, "%s", error.message);
    cr_assert_eq(compile_nested("b AND ", 1000, "b", "", &error), 0, "%s", error.message);
}

/* --- Assignment --- */

struct assign_case { char text[40]; int want, length, precision, scale; int state; char result[40]; };

ParameterizedTestParameters(compile, assigns)
{
    static struct assign_case cases[] = {
        { "'5'", TYPE_INT4, 0, 0, 0, 0, "5" },
        { "5", TYPE_INT8, 0, 0, 0, 0, "5" },
        { "5", TYPE_INT2, 0, 0, 0, 0, "5" },
        { "5.5", TYPE_INT4, 0, 0, 0, 0, "6" },
        { "5", TYPE_TEXT, 0, 0, 0, 0, "5" },
        { "NULL", TYPE_UUID, 0, 0, 0, 0, "" },
        { "now()", TYPE_DATE, 0, 0, 0, 0, "2025-03-31" },
        { "true", TYPE_INT4, 0, 0, 0, SQLSTATE_DATATYPE_MISMATCH, "" },
        { "'x'::text", TYPE_INT4, 0, 0, 0, SQLSTATE_DATATYPE_MISMATCH, "" },
        { "'{}'", TYPE_JSONB, 0, 0, 0, 0, "{}" },
        { "'{bad'", TYPE_JSONB, 0, 0, 0, SQLSTATE_INVALID_TEXT, "" },
        { "'abc'", TYPE_VARCHAR, 3, 0, 0, 0, "abc" },
        { "'abc   '", TYPE_VARCHAR, 3, 0, 0, 0, "abc" },
        { "'abcd'", TYPE_VARCHAR, 3, 0, 0, SQLSTATE_STRING_TOO_LONG, "" },
        { "'abcd'::varchar(3)", TYPE_VARCHAR, 5, 0, 0, 0, "abc" },
        { "1.005", TYPE_NUMERIC, 0, 5, 2, 0, "1.01" },
        { "'1.005'", TYPE_NUMERIC, 0, 5, 2, 0, "1.01" },
        { "1000", TYPE_NUMERIC, 0, 5, 2, SQLSTATE_NUMERIC_OUT_OF_RANGE, "" },
        { "70000", TYPE_INT2, 0, 0, 0, SQLSTATE_NUMERIC_OUT_OF_RANGE, "" },
    };
    return cr_make_param_array(struct assign_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct assign_case *t, compile, assigns, .init = open_fixture)
{
    struct scope scope = fixture_scope(f, NULL);
    struct type want = { .id = (enum type_id)t->want, .length = t->length, .precision = t->precision, .scale = t->scale };
    const struct expr *e = NULL;
    struct error error = { 0 };
    struct value value;
    struct eval eval = fixture_eval(f, NULL, &f->arena);
    int err = compile_in(&scope, t->text, want, &e, &error);
    if (err == 0) {
        cr_assert(type_same(e->type, want));
        err = expr_eval(e, &eval, &value, &error);
    }
    cr_assert_eq((int)error.state, t->state, "%s: %s", t->text, error.message);
    if (err < 0)
        return;
    struct buf text = { 0 };
    if (!value_is_null(&value))
        value_to_text(want, &value, &text);
    cr_assert_str_eq(buf_text(&text), t->result);
    buf_done(&text);
}

/* --- Parameters --- */

static struct scope with_params(struct type *params, int count)
{
    struct scope scope = fixture_scope(f, "t");
    scope.params = params;
    scope.params_max = count;
    return scope;
}

Test(compile, parameters_take_the_type_they_meet)
{
    static const struct { const char *text; enum type_id id; bool array; } cases[] = {
        { "i4 = $1", TYPE_INT4, false }, { "$1 = i8", TYPE_INT8, false }, { "u = $1", TYPE_UUID, false }, { "s LIKE $1", TYPE_TEXT, false },
        { "i4 IN (1, $1)", TYPE_INT4, false }, { "u = ANY ($1)", TYPE_UUID, true }, { "tz > now() - $1::interval", TYPE_INTERVAL, false },
        { "$1", TYPE_TEXT, false }, { "$1::bigint", TYPE_INT8, false }, { "$1::varchar(3)", TYPE_VARCHAR, false }, { "COALESCE($1, i4)", TYPE_INT4, false },
        { "$1 AND b", TYPE_BOOL, false }, { "j @> $1", TYPE_JSONB, false }, { "i4 + $1", TYPE_INT4, false }, { "lower($1)", TYPE_TEXT, false },
        { "m = $1", TYPE_ENUM, false }, { "i4 BETWEEN $1 AND 7", TYPE_INT4, false }, { "v = $1", TYPE_TEXT, false }, { "$1 IS NULL", TYPE_TEXT, false },
        { "(i4, s) > ($1, 'a')", TYPE_INT4, false }, { "EXISTS (SELECT 1 FROM people WHERE score = $1)", TYPE_NUMERIC, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct type params[1] = { type_of(TYPE_UNKNOWN) };
        struct scope scope = with_params(params, 1);
        must_in(&scope, cases[i].text);
        cr_expect_eq(params[0].id, cases[i].id, "%s", cases[i].text);
        cr_expect_eq(params[0].array, cases[i].array, "%s", cases[i].text);
        cr_expect_eq(params[0].length, 0);
    }
}

Test(compile, parameters_keep_their_type)
{
    struct type params[2] = { type_of(TYPE_UNKNOWN), type_of(TYPE_TEXT) };
    struct scope scope = with_params(params, 2);
    const struct expr *e;
    struct error error = { 0 };
    must_in(&scope, "i4 = $1 AND i8 = $1");
    cr_assert_eq(params[0].id, TYPE_INT4);
    cr_assert_eq(compile_in(&scope, "i4 = $2", type_of(TYPE_UNKNOWN), &e, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_FUNCTION);
    cr_assert_eq(compile_in(&scope, "i4 = $3", type_of(TYPE_UNKNOWN), &e, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_PARAMETER);
}

Test(compile, parameters_are_read)
{
    struct type params[1] = { type_of(TYPE_UNKNOWN) };
    struct scope scope = with_params(params, 1);
    const struct expr *e = must_in(&scope, "i4 + $1");
    struct fixture_frame frame = { .row = f->tables[0].rows[0] };
    struct eval eval = fixture_eval(f, &frame, &f->arena);
    struct value values[1] = { value_int(8) }, value;
    struct error error = { 0 };
    eval.params = values;
    eval.params_count = 1;
    cr_assert_eq(expr_eval(e, &eval, &value, &error), 0);
    cr_assert_eq(value.integer, 50);
    eval.params_count = 0;
    cr_assert_eq(expr_eval(e, &eval, &value, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_PARAMETER);
}

/* --- Shapes that the planner relies on --- */

Test(compile, columns_stay_bare_in_comparisons)
{
    static const char *const texts[] = {
        "i2 = 5", "i4 = 5", "i8 = 5", "5 = i8", "n = 5", "f8 = 1.5", "n = 1.5", "s = 'x'", "v = 'x'", "v = 'x'::text", "u = '11111111-2222-3333-4444-555555555555'",
        "tz > '2025-01-01'", "tz > now()", "d = '2025-01-01'", "tz > DATE '2025-01-01'", "m = 'ok'", "b = true", "i4 = 5::bigint", "i2 < 32767::bigint",
        "ip = '10.0.0.1'", "j = '{}'", "i4 IN (1, 2)", "i2 IN (1, 2::bigint)", "s IN ('a', 'b')", "u = auth.uid()", "u = (SELECT auth.uid())",
        "i4 = ANY ('{1,2}')", "i4 = ANY (ARRAY[1,2])", "v = ANY (ARRAY['a','b'])", "v IN ('a', 'b')",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct expr *e = must(texts[i]);
        cr_expect(e->args[0]->op == EXPR_COLUMN || e->args[1]->op == EXPR_COLUMN, "%s", texts[i]);
        for (int a = 0; a < e->count && e->op < EXPR_ANY; a++) {
            bool texts_both = type_is_text(e->args[0]->type) && type_is_text(e->args[a]->type);
            cr_expect(texts_both || type_same(e->args[0]->type, e->args[a]->type), "%s: operand %d", texts[i], a);
        }
    }
}

Test(compile, folds_what_is_constant)
{
    static const char *const constant[] = { "1 + 2 * 3", "'a' || 'b'", "'1 minute'::interval * 5", "CASE WHEN true THEN 1 END", "lower('ABC')",
                                            "'2025-01-01'::timestamptz + '1 day'", "1 IN (1, 2)", "NULL IS NULL", "ARRAY[1,2]", "date_trunc('day', '2025-01-01'::timestamp)" };
    static const char *const variable[] = { "now()", "gen_random_uuid()", "auth.uid()", "i4 + 0", "now() - '1 day'::interval", "1 / 0" };
    for (size_t i = 0; i < sizeof constant / sizeof *constant; i++)
        cr_expect_eq(must(constant[i])->op, EXPR_CONST, "%s", constant[i]);
    for (size_t i = 0; i < sizeof variable / sizeof *variable; i++)
        cr_expect_neq(must(variable[i])->op, EXPR_CONST, "%s", variable[i]);
    cr_assert(expr_is_constant(must("1 / 0")));
    cr_assert(!expr_is_constant(must("now()")));
    cr_assert(!expr_is_constant(must("abs(i4)")));
}

/* --- Sub-selects --- */

static int find_subselect(const struct expr *e, void *env)
{
    const struct subselect **found = env;
    if (e->op == EXPR_SUBSELECT && *found == NULL)
        *found = e->subselect;
    return 0;
}

static const struct subselect *outer_subselect(const char *text, int *slots)
{
    struct scope scope = fixture_scope(f, "t");
    const struct subselect *found = NULL;
    scope.slots = slots;
    expr_walk(must_in(&scope, text), find_subselect, &found);
    cr_assert_not_null(found, "%s", text);
    return found;
}

Test(compile, knows_what_is_correlated)
{
    static const struct { const char *text; bool correlated; int slots; } cases[] = {
        { "EXISTS (SELECT 1 FROM people WHERE id = 1)", false, 1 },
        { "EXISTS (SELECT 1 FROM people WHERE id = i4)", true, 0 },
        { "i4 IN (SELECT id FROM people)", false, 1 },
        { "i4 IN (SELECT id + i4 FROM people)", true, 0 },
        { "EXISTS (SELECT 1 FROM people WHERE id IN (SELECT id FROM empty))", false, 2 },
        { "EXISTS (SELECT 1 FROM people p WHERE EXISTS (SELECT 1 FROM empty WHERE empty.id = p.id))", false, 1 },
        { "EXISTS (SELECT 1 FROM people p WHERE EXISTS (SELECT 1 FROM empty WHERE empty.id = t.i4))", true, 0 },
        { "EXISTS (SELECT 1 FROM people p WHERE p.id = i4 AND EXISTS (SELECT 1 FROM empty))", true, 1 },
        { "EXISTS (SELECT 1 FROM people p WHERE i4 IN (SELECT id FROM empty))", true, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int slots = 0;
        const struct subselect *s = outer_subselect(cases[i].text, &slots);
        cr_expect_eq(s->correlated, cases[i].correlated, "%s", cases[i].text);
        cr_expect_eq(s->slot >= 0, !cases[i].correlated, "%s", cases[i].text);
        cr_expect_eq(slots, cases[i].slots, "%s", cases[i].text);
        cr_expect(s->slot < slots);
    }
}

Test(compile, aliases_hide_names)
{
    struct scope scope = fixture_scope(f, "t");
    const struct expr *e;
    struct error error = { 0 };
    must("EXISTS (SELECT 1 FROM people AS p WHERE p.org = t.i4)");
    cr_assert_eq(compile_in(&scope, "EXISTS (SELECT 1 FROM people AS p WHERE people.org = 1)", type_of(TYPE_UNKNOWN), &e, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_TABLE);
    /* The inner `id` is the sub-select's, the outer has none; `s` is found further out. */
    const struct expr *inner = must("EXISTS (SELECT 1 FROM people WHERE name = s)");
    cr_assert_eq(inner->subselect->where->args[0]->depth, 0);
    cr_assert_eq(inner->subselect->where->args[1]->depth, 1);
    scope.alias = NULL;
    must_in(&scope, "t.i4 = 1");
    scope.alias = "x";
    must_in(&scope, "x.i4 = 1");
    cr_assert_eq(compile_in(&scope, "t.i4 = 1", type_of(TYPE_UNKNOWN), &e, &error), -1);
}

/* --- Trees as data --- */

Test(compile, equal_is_structural)
{
    static const char *const texts[] = { "i4 = 1", "i4 = 2", "i8 = 1", "i4 < 1", "i4 IN (1, 2)", "s LIKE 'a'", "s LIKE 'a' ESCAPE '!'", "i4::text", "i4::bigint",
                                         "lower(s)", "upper(s)", "EXISTS (SELECT 1 FROM people)", "EXISTS (SELECT 1 FROM empty)", "i4 = ANY (ia)", "i4 > ANY (ia)",
                                         "1.5", "1.50", "NULL::int", "NULL::text", "s::varchar(3)", "s::varchar(4)" };
    for (size_t a = 0; a < sizeof texts / sizeof *texts; a++)
        for (size_t b = 0; b < sizeof texts / sizeof *texts; b++)
            cr_expect_eq(expr_equal(must(texts[a]), must(texts[b])), a == b, "%s and %s", texts[a], texts[b]);
}

static int count_columns(const struct expr *e, void *env)
{
    *(int *)env += e->op == EXPR_COLUMN;
    return 0;
}

static int stop_at_param(const struct expr *e, void *env)
{
    return e->op == EXPR_FUNCTION ? 7 : 0;
}

Test(compile, walk_sees_everything)
{
    int count = 0;
    expr_walk(must("i4 IN (SELECT id + i8 FROM people WHERE org = i2) AND (s, v) < ('a', 'b')"), count_columns, &count);
    cr_assert_eq(count, 8);         /* i4, id, i8, org, i2, s, s, v: rows repeat their first column */
    cr_assert_eq(expr_walk(must("i4 = 1 AND abs(i4) = 2"), stop_at_param, NULL), 7);
    cr_assert_eq(expr_walk(must("i4 = 1"), stop_at_param, NULL), 0);
}

Test(compile, made_by_hand_equals_compiled)
{
    struct error error = { 0 };
    struct type type;
    int column = fixture_column(&f->tables[0], SLICE_LITERAL("i4"), &type);
    const struct expr *i4 = expr_column(column, type, &f->arena), *e = NULL, *both;
    const struct expr *one = expr_const(type_of(TYPE_INT8), value_int(1), &f->arena);
    const struct expr *text = expr_const(type_of(TYPE_UNKNOWN), value_text(SLICE_LITERAL("1")), &f->arena);
    cr_assert_eq(expr_make(EXPR_EQ, (const struct expr *[]){ i4, one }, 2, &f->arena, &e, &error), 0);
    cr_assert(expr_equal(e, must("i4 = 1")));
    cr_assert_eq(expr_make(EXPR_EQ, (const struct expr *[]){ i4, text }, 2, &f->arena, &e, &error), 0);
    cr_assert(expr_equal(e, must("i4 = 1")));
    both = expr_and(NULL, expr_and(e, NULL, &f->arena), &f->arena);
    cr_assert_eq(both, e);
    cr_assert_null(expr_and(NULL, NULL, &f->arena));
    cr_assert(expr_equal(expr_and(e, e, &f->arena), must("i4 = 1 AND i4 = 1")));
    cr_assert_eq(expr_make(EXPR_AND, (const struct expr *[]){ e, i4 }, 2, &f->arena, &both, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_DATATYPE_MISMATCH);
    cr_assert_eq(expr_make(EXPR_SUBSELECT, NULL, 0, &f->arena, &both, &error), -1);
}

/* --- Printing --- */

Test(compile, prints_like_postgresql)
{
    static const struct { const char *text, *printed; } cases[] = {
        { "i4=1 and not b", "((i4 = 1) AND (NOT b))" },
        { "s like 'a%' or nt is null", "((s LIKE 'a%'::text) OR (nt IS NULL))" },
        { "tz > now() - interval '1 hour'", "(tz > (now() - '01:00:00'::interval))" },
        { "\"Odd Name\" = 'x'", "(\"Odd Name\" = 'x'::text)" },
        { "-5 < i4", "('-5'::integer < i4)" },
        { "u = auth.uid()", "(u = auth.uid())" },
        { "i4 in (select org from people p where p.id = t.i4)", "(i4 IN (SELECT org FROM people WHERE (id = t.i4)))" },
        { "exists (select 1 from t x where x.i4 = t.i8)", "(EXISTS (SELECT 1 FROM t t_1 WHERE ((i4)::bigint = t.i8)))" },
        { "position('a' in s) + extract(year from tz)", "((pg_catalog.\"position\"(s, 'a'::text))::numeric + pg_catalog.\"extract\"('year'::text, tz))" },
        { "'it''s'", "'it''s'::text" },
        { "case i4 when 1 then 'a' end", "CASE WHEN (i4 = 1) THEN 'a'::text ELSE NULL::text END" },
        { "i4 between 1 and 2", "((i4 >= 1) AND (i4 <= 2))" },
        { "coalesce(nt, 'x')", "COALESCE(nt, 'x'::text)" },
        { "j->>'a'", "(j ->> 'a'::text)" },
        { "ia[1]", "(ia)[1]" },
        { "s like 'a' escape ''", "(s LIKE 'a'::text ESCAPE '')" },
        { "m = 'ok'", "(m = 'ok'::mood)" },
    };
    struct expr_names names = fixture_names(f, "t");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = { 0 };
        expr_print(must(cases[i].text), &names, &out);
        cr_expect_str_eq(buf_text(&out), cases[i].printed);
        buf_done(&out);
    }
}

/* --- Evaluation that depends on the request --- */

Test(compile, claims_may_be_missing)
{
    static const char *const texts[] = { "auth.uid()", "auth.role()", "auth.jwt()", "auth.jwt() ->> 'role'" };
    struct eval eval = { .arena = &f->arena };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct value value;
        struct error error = { 0 };
        cr_assert_eq(expr_eval(must(texts[i]), &eval, &value, &error), 0);
        cr_assert(value_is_null(&value), "%s", texts[i]);
    }
}

Test(compile, logic_stops_at_the_deciding_operand)
{
    static const struct { const char *text; bool result; } cases[] = {
        { "i4 = 0 AND 1/(i4 - 42) = 1", false }, { "i4 = 42 OR 1/(i4 - 42) = 1", true }, { "CASE WHEN i4 = 42 THEN true ELSE 1/(i4 - 42) = 1 END", true },
        { "COALESCE(b, 1/(i4 - 42) = 1)", true }, { "i4 IN (42, 1/(i4 - 42))", true },
    };
    struct fixture_frame frame = { .row = f->tables[0].rows[0] };
    struct eval eval = fixture_eval(f, &frame, &f->arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool yes = !cases[i].result;
        struct error error = { 0 };
        cr_expect_eq(expr_is_true(must(cases[i].text), &eval, &yes, &error), 0, "%s: %s", cases[i].text, error.message);
        cr_expect_eq(yes, cases[i].result, "%s", cases[i].text);
    }
}
