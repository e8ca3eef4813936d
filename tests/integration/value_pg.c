/* Values against PostgreSQL 15: text in and out, order, casts, arithmetic and JSON of random values of every type, and of
 * texts that are nearly right. The same results and SQLSTATEs are expected; a server answers some thousand questions at once.
 *
 * Known and left out: arrays of several dimensions and broken dates, which PostgreSQL reads with more imagination (the SQLSTATE is then any of class 22). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "lib/pg.h"
#include "sql/expr.h"
#include "sql/quote.h"
#include "unit/value/random_value.h"
#include "value/letters.h"
#include "value/utf8.h"

#define QUESTIONS 3000

/* Runs a query and returns its one value as text, "<null>", or "!" and the SQLSTATE. */
static const char ask_sql[] =
    "CREATE FUNCTION ask(query text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE answer text; BEGIN EXECUTE query INTO answer;"
    " RETURN coalesce(answer, '<null>'); EXCEPTION WHEN OTHERS THEN RETURN '!' || sqlstate; END $$;"
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'a b', 'Zed'); SET TimeZone = 'UTC'; SET extra_float_digits = 1";

struct exam {
    struct random random;
    uint64_t seed;
    struct arena arena;
    int count;
    struct slice queries[4 * QUESTIONS], answers[4 * QUESTIONS];
};
static struct exam exam;

static void begin(void)
{
    exam.seed = random_seed();
    exam.random.state = exam.seed;
    arena_init(&exam.arena, SIZE_MAX);
}

/* --- Building questions --- */

static struct slice kept(struct buf *text)
{
    struct slice copy = arena_copy(&exam.arena, buf_slice(text));
    buf_done(text);
    return copy;
}

static struct slice shown(struct type type, const struct value *value)
{
    struct buf text = { 0 };
    if (value_is_null(value))
        return SLICE_LITERAL("<null>");
    value_to_text(type, value, &text);
    return kept(&text);
}

static void put_text_of(struct buf *out, struct type type, struct slice text)
{
    quote_text(text, out);
    buf_printf(out, "::%s", type_name(type, &exam.arena));
}

static void put_value(struct buf *out, struct type type, const struct value *value)
{
    put_text_of(out, type, shown(type, value));
}

static void question(struct buf *query, struct slice answer)
{
    cr_assert(lt(int, exam.count, 4 * QUESTIONS));
    exam.queries[exam.count] = kept(query);
    exam.answers[exam.count++] = answer;
}

static struct slice failure(const struct error *error)
{
    return slice_of_string(arena_printf(&exam.arena, "!%s", sqlstate_code(error->state)));
}

static struct slice answer_of(int result, struct type type, const struct value *value, const struct error *error)
{
    return result < 0 ? failure(error) : shown(type, value);
}

static struct slice number_answer(int number)
{
    return slice_of_string(arena_printf(&exam.arena, "%d", number));
}

/* --- Asking --- */

static bool same(struct slice ours, struct slice theirs)
{
    bool both_failed = ours.size == 6 && theirs.size == 6 && ours.data[0] == '!' && theirs.data[0] == '!';
    bool ours_is_date = both_failed && memcmp(ours.data, "!2200", 5) == 0;
    return slice_equal(ours, theirs) || (ours_is_date && memcmp(theirs.data, "!22", 3) == 0);
}

static void ask_all(void)
{
    struct pg *pg = pg_start();
    PGconn *db = pg_connect(pg);
    struct buf sql = { 0 };
    int different = 0;
    PQclear(pg_query(db, ask_sql));
    buf_append_string(&sql, "SELECT ask(q) FROM unnest(ARRAY[");
    for (int i = 0; i < exam.count; i++) {
        if (i > 0)
            buf_append_string(&sql, ",\n");
        quote_text(exam.queries[i], &sql);
    }
    buf_append_string(&sql, "]) WITH ORDINALITY AS u (q, i) ORDER BY i");
    PGresult *answers = pg_query(db, buf_text(&sql));
    cr_assert(eq(int, PQntuples(answers), exam.count));
    for (int i = 0; i < exam.count; i++) {
        struct slice theirs = slice_of_string(PQgetvalue(answers, i, 0));
        if (same(exam.answers[i], theirs))
            continue;
        if (different++ < 10)
            fprintf(stderr, "%.*s\n  PostgreSQL: %.*s\n  Rowhouse:   %.*s\n", SLICE_FMT(exam.queries[i]), SLICE_FMT(theirs),
                    SLICE_FMT(exam.answers[i]));
    }
    cr_assert(eq(int, different, 0), "SEED=%llu", (unsigned long long)exam.seed);
    PQclear(answers);
    PQfinish(db);
    pg_stop(pg);
    buf_done(&sql);
    arena_done(&exam.arena);
}

static struct type any_type(void)
{
    return random_type((int)random_below(&exam.random, RANDOM_TYPES));
}

static struct value any_value(struct type type)
{
    return random_value(&exam.random, type, &exam.arena);
}

/* --- Text --- */

/* One character changed, added or taken away. */
static struct slice nearly(struct slice text)
{
    static const char pool[] = "0123456789-+.:eEinfTZ/,\"\\ xyaAB";
    struct buf copy = { 0 };
    struct error error;
    size_t at = random_below(&exam.random, text.size + 1), skip = random_below(&exam.random, 2);
    buf_append(&copy, text.data, at);
    if (random_chance(&exam.random, 2) || skip == 0)
        buf_append_byte(&copy, (uint8_t)pool[random_below(&exam.random, sizeof pool - 1)]);
    if (at + skip <= text.size)
        buf_append(&copy, text.data + at + skip, text.size - at - skip);
    struct slice changed = kept(&copy);
    return utf8_check(changed, &error) < 0 ? text : changed;
}

static void ask_text(struct type type, struct slice text)
{
    struct buf query = { 0 };
    struct value value;
    struct error error;
    int result = value_from_text(type, text, &exam.arena, &value, &error);
    if (result < 0 && error.state == SQLSTATE_FEATURE_NOT_SUPPORTED)
        return;
    buf_append_string(&query, "SELECT format('%s', ");
    put_text_of(&query, type, text);
    buf_append_byte(&query, ')');
    question(&query, answer_of(result, type, &value, &error));
}

Test(value_pg, text, .init = begin)
{
    for (int i = 0; i < QUESTIONS; i++) {
        struct type type = any_type();
        struct value value = any_value(type);
        ask_text(type, shown(type, &value));
    }
    ask_all();
}

/* Dates and times are left to the tables of the unit tests: PostgreSQL takes nearly everything for one. */
static bool is_strict(struct type type)
{
    return type.id < TYPE_TIMESTAMPTZ || type.id > TYPE_INTERVAL;
}

Test(value_pg, nearly_right_text, .init = begin)
{
    for (int i = 0; i < QUESTIONS; i++) {
        struct type type = any_type();
        struct value value = any_value(type);
        if (is_strict(type) && !(type.id == TYPE_INET) && !(type.id == TYPE_NUMERIC && type.array))
            ask_text(type, nearly(shown(type, &value)));
    }
    ask_all();
}

/* --- Order and casts --- */

Test(value_pg, order, .init = begin)
{
    for (int i = 0; i < QUESTIONS; i++) {
        struct type type = any_type();
        struct buf query = { 0 };
        if (type.id == TYPE_JSON)
            continue;
        struct value a = any_value(type), b = random_chance(&exam.random, 4) ? a : any_value(type);
        buf_append_string(&query, "SELECT CASE WHEN a < b THEN -1 WHEN a = b THEN 0 WHEN a > b THEN 1 END FROM (SELECT ");
        put_value(&query, type, &a);
        buf_append_string(&query, " a, ");
        put_value(&query, type, &b);
        buf_append_string(&query, " b) s");
        question(&query, number_answer(value_compare(type, &a, &b)));
    }
    ask_all();
}

static struct type with_modifiers(struct type type)
{
    if (type.id == TYPE_VARCHAR && random_chance(&exam.random, 2))
        type.length = 1 + (int)random_below(&exam.random, 12);
    if (type.id == TYPE_NUMERIC && random_chance(&exam.random, 2)) {
        type.precision = 1 + (int)random_below(&exam.random, 12);
        type.scale = (int)random_below(&exam.random, (uint64_t)type.precision + 1);
    }
    return type;
}

/* A date from a text that is no date; a cast that Rowhouse has not. */
static bool differs_knowingly(struct type to, const struct error *error)
{
    bool converting = strncmp(error->message, "cannot convert", 14) == 0;
    return !is_strict(to) || (error->state == SQLSTATE_FEATURE_NOT_SUPPORTED && !converting);
}

Test(value_pg, casts, .init = begin)
{
    for (int i = 0; i < QUESTIONS; i++) {
        struct type from = any_type(), to = with_modifiers(any_type());
        struct buf query = { 0 };
        struct error error;
        struct value result;
        if (random_chance(&exam.random, 2))
            from.array = to.array = false;
        struct value value = any_value(from);
        int outcome = value_cast(from, to, CAST_EXPLICIT, &value, &exam.arena, &result, &error);
        if (outcome < 0 && differs_knowingly(to, &error))
            continue;
        buf_append_string(&query, "SELECT format('%s', ");
        put_value(&query, from, &value);
        buf_printf(&query, "::%s)", type_name(to, &exam.arena));
        question(&query, answer_of(outcome, to, &result, &error));
    }
    ask_all();
}

/* --- Letters --- */

static void letters_of_everything(void (*change)(struct slice text, struct buf *out), const char *tail, struct buf *out)
{
    struct buf text = { 0 };
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        uint8_t bytes[4];
        if (code >= 0xd800 && code < 0xe000)
            continue;
        buf_clear(&text);
        buf_append(&text, bytes, (size_t)utf8_encode(code, bytes));
        buf_append_string(&text, tail);
        change(buf_slice(&text), out);
    }
    buf_done(&text);
}

/* Every character there is; behind it an "a" in the case that says whether initcap() took it for a part of a word. */
Test(value_pg, letters, .init = begin)
{
    static const struct { const char *call; void (*change)(struct slice text, struct buf *out); const char *tail; } calls[] = {
        { "lower(chr(i))", letters_lower, "" }, { "upper(chr(i))", letters_upper, "" }, { "initcap(chr(i) || 'a')", letters_initcap, "a" },
    };
    struct pg *pg = pg_start();
    PGconn *db = pg_connect(pg);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct buf query = { 0 }, ours = { 0 };
        buf_printf(&query, "SELECT string_agg(%s, '' ORDER BY i) FROM generate_series(1, 1114111) i WHERE i NOT BETWEEN 55296 AND 57343", calls[i].call);
        PGresult *theirs = pg_query(db, buf_text(&query));
        letters_of_everything(calls[i].change, calls[i].tail, &ours);
        cr_assert(slice_is(buf_slice(&ours), PQgetvalue(theirs, 0, 0)), "%s", calls[i].call);
        PQclear(theirs);
        buf_done(&query);
        buf_done(&ours);
    }
    PQfinish(db);
    pg_stop(pg);
}

static const char *random_letters(bool pattern)
{
    static const char *const pool[] = { "a", "A", "k", "\u212a", "s", "ſ", "ß", "ẞ", "İ", "i", "ı", "I", "Σ", "ς", "σ", "ǅ", "ǆ", "Ł", "ł", "é", "É", "%", "_", "\\" };
    struct buf text = { 0 };
    int count = (int)random_below(&exam.random, 6);
    for (int i = 0; i < count; i++)
        buf_append_string(&text, pool[random_below(&exam.random, sizeof pool / sizeof *pool - (pattern ? 0 : 3))]);
    const char *copy = arena_string(&exam.arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

Test(value_pg, ilike, .init = begin)
{
    for (int i = 0; i < QUESTIONS; i++) {
        struct slice text = slice_of_string(random_letters(false)), pattern = slice_of_string(random_letters(true));
        struct buf query = { 0 };
        struct error error;
        bool matches = false;
        int outcome = like_match(text, pattern, '\\', true, NULL, &matches, &error);
        struct value answer = value_int(matches);
        buf_append_string(&query, "SELECT (");
        quote_text(text, &query);
        buf_append_string(&query, " ILIKE ");
        quote_text(pattern, &query);
        buf_append_string(&query, ")::int");
        question(&query, answer_of(outcome, type_of(TYPE_INT4), &answer, &error));
    }
    ask_all();
}

/* --- Arithmetic --- */

Test(value_pg, numeric_arithmetic, .init = begin)
{
    struct type numeric = type_of(TYPE_NUMERIC);
    for (int i = 0; i < QUESTIONS; i++) {
        struct value a = any_value(numeric), b = any_value(numeric), result;
        struct error error;
        struct buf query = { 0 }, rounding = { 0 };
        char sign = "+-*/%"[random_below(&exam.random, 5)];
        int scale = (int)random_below(&exam.random, random_chance(&exam.random, 8) ? 5000 : 40) - 10;
        buf_append_string(&query, "SELECT ");
        put_value(&query, numeric, &a);
        buf_printf(&query, " %c ", sign);
        put_value(&query, numeric, &b);
        int outcome = numeric_operate(sign, &a, &b, &exam.arena, &result, &error);
        question(&query, answer_of(outcome, numeric, &result, &error));
        bool truncates = random_chance(&exam.random, 2);
        buf_printf(&rounding, "SELECT %s(", truncates ? "trunc" : "round");
        put_value(&rounding, numeric, &a);
        buf_printf(&rounding, ", %d)", scale);
        outcome = truncates ? numeric_truncate(&a, scale, &exam.arena, &result, &error) : numeric_round(&a, 0, scale, &exam.arena, &result, &error);
        question(&rounding, answer_of(outcome, numeric, &result, &error));
    }
    ask_all();
}

/* An instant that Rowhouse and PostgreSQL have both room around. */
static struct value inner_time(void)
{
    return value_time((int64_t)random_below(&exam.random, 400000) * US_PER_DAY + (int64_t)random_below(&exam.random, (uint64_t)US_PER_DAY) -
                      200000 * US_PER_DAY);
}

static struct value interval_value(struct interval interval)
{
    return (struct value){ .kind = VALUE_INTERVAL, .interval = interval };
}

Test(value_pg, time_arithmetic, .init = begin)
{
    static const char *const units[] = { "microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month",
                                         "quarter", "year", "decade", "century", "millennium" };
    struct type timestamp = type_of(TYPE_TIMESTAMP), interval = type_of(TYPE_INTERVAL);
    for (int i = 0; i < QUESTIONS; i++) {
        struct value a = inner_time(), b = inner_time(), sum = a, span;
        struct value step = interval_value((struct interval){ (int32_t)random_int(&exam.random, 10), (int32_t)random_int(&exam.random, 10),
                                                              random_int(&exam.random, 40) });
        struct error error;
        struct buf plus = { 0 }, minus = { 0 }, trunc = { 0 };
        buf_append_string(&plus, "SELECT ");
        put_value(&plus, timestamp, &a);
        buf_append_string(&plus, " + ");
        put_value(&plus, interval, &step);
        int outcome = time_add(a.instant, &step.interval, &sum.instant, &error);
        question(&plus, answer_of(outcome, timestamp, &sum, &error));
        buf_append_string(&minus, "SELECT ");
        put_value(&minus, timestamp, &a);
        buf_append_string(&minus, " - ");
        put_value(&minus, timestamp, &b);
        span = interval_value(time_subtract(a.instant, b.instant));
        question(&minus, shown(interval, &span));
        const char *unit = units[random_below(&exam.random, sizeof units / sizeof *units)];
        buf_printf(&trunc, "SELECT date_trunc('%s', ", unit);
        put_value(&trunc, timestamp, &a);
        buf_append_byte(&trunc, ')');
        cr_assert(time_truncate(unit, a.instant, &sum.instant));
        question(&trunc, shown(timestamp, &sum));
    }
    ask_all();
}

Test(value_pg, interval_arithmetic, .init = begin)
{
    struct type interval = type_of(TYPE_INTERVAL), real = type_of(TYPE_FLOAT8);
    for (int i = 0; i < QUESTIONS; i++) {
        struct value a = interval_value(random_interval(&exam.random)), b = interval_value(random_interval(&exam.random)), result = a;
        struct value factor = value_float(((double)random_below(&exam.random, 2000) - 1000) / 100);
        struct error error;
        struct buf sum = { 0 }, scaled = { 0 };
        char sign = "+-"[random_below(&exam.random, 2)];
        bool divide = random_chance(&exam.random, 2);
        buf_append_string(&sum, "SELECT ");
        put_value(&sum, interval, &a);
        buf_printf(&sum, " %c ", sign);
        put_value(&sum, interval, &b);
        int outcome = interval_operate(sign, &a.interval, &b.interval, &result.interval, &error);
        question(&sum, answer_of(outcome, interval, &result, &error));
        buf_append_string(&scaled, "SELECT ");
        put_value(&scaled, interval, &a);
        buf_append_string(&scaled, divide ? " / " : " * ");
        put_value(&scaled, real, &factor);
        outcome = (divide ? interval_divide : interval_multiply)(&a.interval, factor.real, &result.interval, &error);
        question(&scaled, answer_of(outcome, interval, &result, &error));
    }
    ask_all();
}

/* --- JSON --- */

static void ask_json(const struct value *json, const char *rest, struct slice answer)
{
    struct buf query = { 0 };
    buf_append_string(&query, "SELECT ");
    put_value(&query, type_of(TYPE_JSONB), json);
    buf_append_string(&query, rest);
    question(&query, answer);
}

Test(value_pg, json, .init = begin)
{
    struct type jsonb = type_of(TYPE_JSONB);
    for (int i = 0; i < QUESTIONS; i++) {
        struct value a = any_value(jsonb), b = any_value(jsonb), part = a, whole;
        struct slice text;
        struct error error;
        struct buf contains = { 0 }, query = { 0 }, ours = { 0 };
        int index = (int)random_below(&exam.random, 6) - 3;
        if (random_chance(&exam.random, 2) && json_element(a.bytes, 0, &part.bytes))
            b = part;
        buf_append_string(&contains, " @> ");
        put_value(&contains, jsonb, &b);
        ask_json(&a, buf_text(&contains), json_contains(a.bytes, b.bytes) ? SLICE_LITERAL("true") : SLICE_LITERAL("false"));
        buf_done(&contains);
        bool found = json_member(a.bytes, SLICE_LITERAL("a"), &part.bytes);
        ask_json(&a, " -> 'a'", found ? shown(jsonb, &part) : SLICE_LITERAL("<null>"));
        found = json_element(a.bytes, index, &part.bytes) && json_as_text(part.bytes, &exam.arena, &text);
        ask_json(&a, arena_printf(&exam.arena, " ->> %d", index), found ? text : SLICE_LITERAL("<null>"));

        struct type type = any_type();
        if (type.id == TYPE_JSON)
            continue;
        whole = any_value(type);
        buf_append_string(&query, "SELECT to_jsonb(");
        put_value(&query, type, &whole);
        buf_append_byte(&query, ')');
        json_from_value(type, &whole, &ours);
        cr_assert(eq(int, json_parse(buf_slice(&ours), &exam.arena, &part.bytes, &error), 0), "%s", buf_text(&ours));
        question(&query, shown(jsonb, &part));
        buf_done(&ours);
    }
    ask_all();
}
