/* Random expressions (random_sql.h): what they give is the same after printing and compiling again, and the same when
 * their columns are replaced by literals, so that what was evaluated is folded now. Spoilt ones do no harm. SEED repeats a run. */
#include <time.h>

#include <criterion/criterion.h>

#include "answers.h"
#include "fixture.h"
#include "random_sql.h"

#define ROUNDS 20000

struct outcome { struct buf answer, printed; };

static void outcome_done(struct outcome *o)
{
    buf_done(&o->answer);
    buf_done(&o->printed);
}

static struct outcome evaluate(struct fixture *f, struct slice text)
{
    struct outcome o = { 0 };
    struct arena arena;
    struct error error = { 0 };
    struct scope scope = fixture_scope(f, "t");
    struct expr_names names = fixture_names(f, "t");
    struct fixture_frame frame = { .row = f->tables[0].rows[0] };
    const struct expr *e;
    struct value value;
    arena_init(&arena, SIZE_MAX);
    struct eval eval = fixture_eval(f, &frame, &arena);
    bool compiled = expr_compile_text(text, &scope, type_of(TYPE_UNKNOWN), &arena, &e, &error) == 0;
    if (compiled)
        expr_print(e, &names, &o.printed);
    if (!compiled || expr_eval(e, &eval, &value, &error) < 0)
        put_refusal(&error, &o.answer);
    else
        put_answer(e->type, &value, &arena, &o.answer);
    arena_done(&arena);
    return o;
}

static void same(unsigned seed, struct slice text, struct outcome *a, struct outcome *b, const char *how)
{
    cr_assert(slice_equal(buf_slice(&a->answer), buf_slice(&b->answer)), "seed %u: %.*s\ngives %s\n%s %s", seed, SLICE_FMT(text),
              buf_text(&a->answer), how, buf_text(&b->answer));
}

static unsigned first_seed(void)
{
    const char *given = getenv("SEED");
    return given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
}

/* Puts another piece of SQL in the place of some bytes. */
static void mutate(struct random_sql *r, struct buf *text)
{
    static const char *const pieces[] = {
        "", " ", "(", ")", ",", "NULL", "i4", "s", "j", "ia", "tz", "people.id", "t.i4", "nosuch", "'x'", "'{}'", "1", "1.5", "-", "+", "||", "->", "->>", "@>", "::", "::int",
        "::text[]", "::mood", "::varchar(2)", " AND ", " OR ", " NOT ", " IS NULL", " IN ", " LIKE ", " = ANY ", " BETWEEN 1 AND ", "(SELECT ", "EXISTS (SELECT 1 FROM people)",
        " FROM people", " WHERE ", "CASE WHEN ", " END", "lower(", "count(*)", "sum(", "$1", "ARRAY[", "]", "[1]", "*", "/", " COLLATE \"C\"", " AT TIME ZONE 'UTC'", "(1, 2)",
        "COALESCE(", "NULLIF(", "GREATEST(", "auth.uid()", "now()", "INTERVAL '1 day'", " ESCAPE ''", " IS DISTINCT FROM ", "\"", "'", "$$", "--", "/*", ";", "é",
    };
    struct buf changed = { 0 };
    size_t at = random_below(r, (unsigned)text->size + 1), cut = random_below(r, 12), end = at + cut < text->size ? at + cut : text->size;
    buf_append(&changed, text->data, at);
    buf_append_string(&changed, pieces[random_below(r, sizeof pieces / sizeof *pieces)]);
    buf_append(&changed, text->data + end, text->size - end);
    buf_done(text);
    *text = changed;
}

/* Whatever somebody may write gets a value or an error, and printing still keeps what has a value. */
Test(random, spoilt_expressions_do_no_harm, .timeout = 120)
{
    struct fixture *f = fixture_new();
    unsigned first = first_seed();
    for (unsigned seed = first; seed < first + ROUNDS; seed++) {
        struct random_sql r = { .state = seed ^ 0x5bd1e995u };
        struct buf text = { 0 };
        random_sql(seed, false, &text);
        for (unsigned i = 1 + random_below(&r, 3); i > 0; i--)
            mutate(&r, &text);
        struct outcome o = evaluate(f, buf_slice(&text));
        if (o.printed.size > 0) {
            struct outcome again = evaluate(f, buf_slice(&o.printed));
            same(seed, buf_slice(&text), &o, &again, buf_text(&o.printed));
            outcome_done(&again);
        }
        outcome_done(&o);
        buf_done(&text);
    }
    arena_done(&f->arena);
}

Test(random, printing_and_folding_keep_the_value, .timeout = 120)
{
    struct fixture *f = fixture_new();
    unsigned first = first_seed(), answered = 0;
    for (unsigned seed = first; seed < first + ROUNDS; seed++) {
        struct buf text = { 0 }, literals = { 0 };
        random_sql(seed, false, &text);
        random_sql(seed, true, &literals);
        struct outcome o = evaluate(f, buf_slice(&text)), folded = evaluate(f, buf_slice(&literals));
        same(seed, buf_slice(&text), &o, &folded, "with literals");
        if (o.printed.size > 0) {
            struct outcome again = evaluate(f, buf_slice(&o.printed));
            same(seed, buf_slice(&text), &o, &again, buf_text(&o.printed));
            outcome_done(&again);
        }
        answered += o.answer.data[0] != '!';
        outcome_done(&o);
        outcome_done(&folded);
        buf_done(&text);
        buf_done(&literals);
    }
    cr_assert(answered > ROUNDS / 2, "seed %u: only %u of %d have a value", first, answered, ROUNDS);
    arena_done(&f->arena);
}
