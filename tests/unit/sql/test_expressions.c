/* Expressions against a real PostgreSQL: expressions.tsv holds its answers (see ask-postgresql), type, value and SQLSTATE.
 * What it answers and we refuse is in refused.tsv, with our SQLSTATE. Whatever compiles is also printed, compiled again
 * and must give the same. */
#include <criterion/criterion.h>

#include "answers.h"
#include "fixture.h"

/* Our answer, as psql would show it, behind the type and a tab. */
static void answer(struct fixture *f, struct slice text, struct buf *out, bool print_again)
{
    struct arena arena;
    struct error error = { 0 };
    struct scope scope = fixture_scope(f, "t");
    struct fixture_frame frame = { .row = f->tables[0].rows[0] };
    const struct expr *e;
    struct value value;
    int slots = 0;
    scope.slots = &slots;
    arena_init(&arena, SIZE_MAX);
    struct eval eval = fixture_eval(f, &frame, &arena);
    if (expr_compile_text(text, &scope, type_of(TYPE_UNKNOWN), &arena, &e, &error) < 0 || expr_eval(e, &eval, &value, &error) < 0) {
        put_refusal(&error, out);
        cr_assert(error.message[0] != '\0');
    } else if (print_again) {
        struct expr_names names = fixture_names(f, "t");
        struct buf printed = { 0 };
        expr_print(e, &names, &printed);
        answer(f, buf_slice(&printed), out, false);
        if (out->size > 0 && out->data[0] == '!')
            fprintf(stderr, "printed: %s\n", buf_text(&printed));
        buf_done(&printed);
    } else {
        put_answer(e->type, &value, &arena, out);
    }
    arena_done(&arena);
}

static int ask(struct fixture *f, struct slice text, struct slice wanted, bool print_again)
{
    struct buf got = { 0 };
    answer(f, text, &got, print_again);
    bool same = slice_equal(buf_slice(&got), wanted);
    if (!same)
        fprintf(stderr, "%.*s\n    want %.*s\n    got  %s%s\n", SLICE_FMT(text), SLICE_FMT(wanted), buf_text(&got), print_again ? " (printed)" : "");
    buf_done(&got);
    return !same;
}

/* The answer to a question in refused.tsv, or none. */
static bool refused(struct slice refusals, struct slice text, struct slice *ret)
{
    while (refusals.size > 0) {
        struct slice line = take_until(&refusals, '\n');
        if (slice_equal(take_until(&line, '\t'), text)) {
            *ret = line;
            return true;
        }
    }
    return false;
}

Test(expressions, answer_as_postgresql_does)
{
    struct fixture *f = fixture_new();
    struct slice rest = fixture_file("tests/unit/sql/expressions.tsv", &f->arena);
    struct slice refusals = fixture_file("tests/unit/sql/refused.tsv", &f->arena);
    int wrong = 0, asked = 0;
    while (rest.size > 0) {
        struct slice line = take_until(&rest, '\n');
        struct slice text = take_until(&line, '\t'), refusal;
        bool refuse = refused(refusals, text, &refusal);
        wrong += ask(f, text, refuse ? refusal : line, false);
        wrong += ask(f, text, refuse ? refusal : line, true);
        asked++;
    }
    cr_expect(asked > 500);
    cr_assert(wrong == 0, "%d of %d answers differ", wrong, 2 * asked);
    arena_done(&f->arena);
}
