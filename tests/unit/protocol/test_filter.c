/* Structured filters: what they become, and what is refused. */
#include "../engine/reading_fixture.h"

#include "value/json.h"

static const char migration[] =
    "CREATE TABLE contacts (\n"
    "  id uuid PRIMARY KEY, name varchar(5), age integer, score numeric(4,2), data jsonb, tags text[], since timestamptz,\n"
    "  raw json, gone integer\n"
    ");\n"
    "ALTER TABLE contacts DROP COLUMN gone;\n";

static struct fixture fixture;
static struct buf filter;

static const char *name_of(const void *table, int column)
{
    return ((const struct table *)table)->columns[column].name;
}

/* JSON text to MessagePack: what a client's library would send for it. */
static int parse(const char *json, const struct expr **ret)
{
    struct fixture *f = &fixture;
    struct slice bytes;
    MUST(json_parse(slice_of_string(json), &f->arena, &bytes, &f->error));
    error_clear(&f->error);
    return filter_from_wire(&f->rq, fixture_table(f, "contacts"), &bytes, ret);
}

static void open_fixture(void)
{
    fixture_open(&fixture, migration);
    fixture_read(&fixture);
}

static void close_fixture(void)
{
    buf_done(&filter);
    fixture_close(&fixture);
}

TestSuite(filter, .init = open_fixture, .fini = close_fixture);

struct filter_case { char json[160]; char want[160]; };

Test(filter, becomes_an_expression)
{
    static const struct filter_case cases[] = {
        { "[\"=\", \"age\", 7]", "(age = 7)" },
        { "[\"=\", \"age\", \"7\"]", "(age = 7)" },
        { "[\"<>\", \"name\", \"longer than five\"]", "(name <> 'longer than five'::character varying)" },
        { "[\"and\", [\">\", \"age\", 1], [\"<=\", \"age\", 2]]", "((age > 1) AND (age <= 2))" },
        { "[\"or\", [\"=\", \"age\", 1]]", "(age = 1)" },
        { "[\"and\"]", "true" },
        { "[\"or\"]", "false" },
        { "[\"in\", \"age\", []]", "false" },
        { "[\"not\", [\"is null\", \"age\"]]", "(NOT (age IS NULL))" },
    };
    struct expr_names names = { .column = name_of, .table = fixture_table(&fixture, "contacts") };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct expr *expr;
        struct buf text = { 0 };
        cr_assert(parse(cases[i].json, &expr) == 0, "%s: %s", cases[i].json, fixture.error.message);
        expr_print(expr, &names, &text);
        cr_assert(strcmp(buf_text(&text), cases[i].want) == 0, "%s: %s", cases[i].json, buf_text(&text));
        buf_done(&text);
    }
}

Test(filter, may_be_missing)
{
    const struct expr *expr;
    cr_assert(parse("null", &expr) == 0 && expr == NULL);
    cr_assert(parse("[]", &expr) == 0 && expr == NULL);
}

struct refused_case { char json[120]; char state[8]; };

Test(filter, refuses)
{
    static const struct refused_case cases[] = {
        { "[\"=\", \"nothing\", 7]", "42703" },
        { "[\"=\", \"gone\", 7]", "42703" },
        { "[\"=\", \"age\", \"seven\"]", "22P02" },
        { "[\"=\", \"age\", 3000000000]", "22003" },
        { "[\"=\", \"since\", \"yesterday-ish\"]", "22007" },
        { "[\"=\", \"id\", \"not a uuid\"]", "22P02" },
        { "[\"==\", \"age\", 7]", "22023" },
        { "[\"=\", \"age\"]", "22023" },
        { "[\"=\", 7, 7]", "22023" },
        { "[\"in\", \"age\", 7]", "22023" },
        { "[\"not\"]", "22023" },
        { "[\"and\", 7]", "22023" },
        { "\"age\"", "22023" },
        { "[\"=\", [\"->>\", \"age\", \"x\"], \"7\"]", "42883" },
        { "[\"=\", [\"->>\", \"data\"], \"7\"]", "22023" },
        { "[\"contains\", \"name\", \"x\"]", "42883" },
        { "[\"like\", \"age\", \"x\"]", "42883" },
        { "[\"=\", \"raw\", \"{}\"]", "42883" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct expr *expr;
        cr_assert(parse(cases[i].json, &expr) == -1, "%s", cases[i].json);
        cr_assert(strcmp(sqlstate_code(fixture.error.state), cases[i].state) == 0, "%s: %s %s", cases[i].json,
                  sqlstate_code(fixture.error.state), fixture.error.message);
    }
}

Test(filter, members_of_jsonb)
{
    const struct expr *expr;
    struct expr_names names = { .column = name_of, .table = fixture_table(&fixture, "contacts") };
    struct buf text = { 0 };
    cr_assert(parse("[\"=\", [\"->>\", \"data\", \"a\", 0], \"x\"]", &expr) == 0, "%s", fixture.error.message);
    expr_print(expr, &names, &text);
    cr_assert(strcmp(buf_text(&text), "(((data -> 'a'::text) ->> 0) = 'x'::text)") == 0, "%s", buf_text(&text));
    cr_assert(parse("[\"contains\", \"data\", {\"a\": [1]}]", &expr) == 0, "%s", fixture.error.message);
    buf_done(&text);
}

Test(filter, terms_are_limited)
{
    const struct expr *expr;
    struct fixture *f = &fixture;
    struct buf bytes = { 0 };
    mp_put_array(&bytes, FILTER_TERMS_MAX + 1);
    mp_put_string(&bytes, "or");
    for (int i = 0; i < FILTER_TERMS_MAX; i++) {
        mp_put_array(&bytes, 3);
        mp_put_string(&bytes, "=");
        mp_put_string(&bytes, "age");
        mp_put_int(&bytes, i);
    }
    struct slice in = buf_slice(&bytes);
    cr_assert(filter_from_wire(&f->rq, fixture_table(f, "contacts"), &in, &expr) == -1);
    cr_assert(f->error.state == SQLSTATE_PROGRAM_LIMIT_EXCEEDED);
    buf_done(&bytes);
}
