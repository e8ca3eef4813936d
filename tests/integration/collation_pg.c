/* Collations of ICU against PostgreSQL 15, which is built with the same ICU: their names and versions, the order of random texts of
 * many scripts, compared and by their keys, and how their letters change. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "lib/pg.h"
#include "sql/collations.h"
#include "sql/quote.h"
#include "unit/value/random_value.h"

#define PAIRS 2500

struct exam {
    struct pg *pg;
    PGconn *db;
    struct random random;
    uint64_t seed;
    struct arena arena;
    struct collations *collations;
};

static void exam_start(struct exam *x)
{
    *x = (struct exam){ .pg = pg_start(), .seed = random_seed(), .collations = collations_new() };
    x->db = pg_connect(x->pg);
    x->random.state = x->seed;
    arena_init(&x->arena, SIZE_MAX);
}

static void exam_end(struct exam *x)
{
    PQfinish(x->db);
    pg_stop(x->pg);
    collations_free(x->collations);
    arena_done(&x->arena);
}

static const struct collation *named(struct exam *x, const char *name)
{
    const struct collation *found;
    struct error error = { 0 };
    cr_assert(eq(int, collations_find(x->collations, NULL, name, &found, &error), 0), "%s", error.message);
    return found;
}

/* Each one of PostgreSQL's is found, with its version; and no other locale that ICU could make something of. */
Test(collation_pg, names)
{
    static const char *const none[] = { "de-DE-1996-x-icu", "de-u-co-phonebk-x-icu", "xx-x-icu", "DE-x-icu", "de_DE-x-icu", "-x-icu", "root-x-icu", "de-x-ICU", "x-icu", "en_US.utf8", "C.UTF-8" };
    struct exam x;
    char version[COLLATION_VERSION_SIZE];
    exam_start(&x);
    PGresult *all = pg_query(x.db, "SELECT collname, coalesce(collversion, '') FROM pg_collation WHERE collprovider <> 'd'");
    cr_assert(gt(int, PQntuples(all), 700));
    for (int i = 0; i < PQntuples(all); i++) {
        const struct collation *found = named(&x, PQgetvalue(all, i, 0));
        collation_version(found, version);
        cr_assert(eq(str, version, PQgetvalue(all, i, 1)), "%s", PQgetvalue(all, i, 0));
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const struct collation *found;
        struct error error = { 0 };
        cr_assert(lt(int, collations_find(x.collations, NULL, none[i], &found, &error), 0), "%s", none[i]);
        cr_assert(eq(int, (int)error.state, (int)SQLSTATE_UNDEFINED_OBJECT));
    }
    PQclear(all);
    exam_end(&x);
}

/* --- Texts --- */

static const char *const pieces[] = {
    "a", "A", "b", "B", "z", "Z", "ä", "Ä", "a\xcc\x88", "A\xcc\x88", "å", "ö", "ø", "ß", "ss", "SS", "ẞ", "é", "e\xcc\x81", "è", "ê", "ñ", "n\xcc\x83", "ch", "ll", "dž", "ǆ", "ǅ",
    "i", "I", "İ", "ı", "ij", "ĳ", "æ", "œ", "þ", "ð", "ł", "ŉ", "ﬁ", "σ", "ς", "Σ", "ά", "Я", "я", "ё", "ї", "ა", "Ա", "א", "ب", "لا", "अ", "क्ष", "ก", "เก", "가", "각", "ㄱ", "あ", "ア", "ｱ", "ー", "漢", "字", "一", "𠀀", "😀",
    "0", "1", "2", "10", "٣", "Ⅳ", "½", " ", "-", "_", ".", ",", "'", "’", "\xc2\xad", "\xe2\x80\x8b", "\t", "\x01", "\x7f", "\xcc\x80", "\xcc\x81\xcc\x80", "\xcc\x80\xcc\x81", "\xef\xbf\xbf", "\xef\xbb\xbf", "\xf4\x8f\xbf\xbf", "ǰ", "ΐ",
};

static struct slice random_piece(struct random *r)
{
    return slice_of_string(pieces[random_below(r, sizeof pieces / sizeof *pieces)]);
}

static struct slice random_words(struct random *r, struct arena *arena)
{
    struct buf text = { 0 };
    int count = (int)random_below(r, random_chance(r, 10) ? 120 : 7);
    for (int i = 0; i < count; i++)
        buf_append_slice(&text, random_piece(r));
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

/* The same but for a piece, a letter's case or an accent: what only the lower levels tell apart. */
static struct slice random_neighbour(struct random *r, struct slice of, struct arena *arena)
{
    struct buf text = { 0 };
    size_t at = utf8_prefix(of, random_below(r, 12));
    buf_append(&text, of.data, at);
    if (!random_chance(r, 4))
        buf_append_slice(&text, random_piece(r));
    at = random_chance(r, 2) && at < of.size ? at + utf8_prefix(slice_of(of.data + at, of.size - at), 1) : at;
    buf_append(&text, of.data + at, of.size - at);
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

static void put_array(struct buf *out, const struct slice *texts)
{
    buf_append_string(out, "ARRAY[");
    for (int i = 0; i < PAIRS; i++) {
        buf_append_string(out, i > 0 ? "," : "");
        quote_text(texts[i], out);
    }
    buf_append_string(out, "]");
}

static int sign(int order) { return (order > 0) - (order < 0); }

static int key_order(const struct collation *collation, struct slice a, struct slice b, bool *ret_lossy)
{
    struct type type = type_collated(type_of(TYPE_TEXT), collation);
    struct value x = value_text(a), y = value_text(b);
    struct buf p = { 0 }, q = { 0 };
    bool lossy = value_key(type, &x, (struct key_order){ 0 }, &p), other = value_key(type, &y, (struct key_order){ 0 }, &q);
    int order = sign(slice_compare(buf_slice(&p), buf_slice(&q)));
    *ret_lossy = lossy && other;
    cr_assert(eq(sz, value_key_size(type, (struct key_order){ 0 }, buf_slice(&p)), p.size));
    struct slice rest = buf_slice(&p);
    struct arena arena;
    struct value back;
    arena_init(&arena, SIZE_MAX);
    cr_assert(eq(int, value_from_key(type, (struct key_order){ 0 }, &rest, &arena, &back), !lossy));
    cr_assert(lossy || slice_equal(back.bytes, a));
    arena_done(&arena);
    buf_done(&p);
    buf_done(&q);
    return order;
}

/* Whether an accent stands at the front or behind a character that no collation counts. */
static bool has_loose_accent(struct slice text)
{
    static const char *const ignored[] = { "", "\x01", "\x7f", "\xc2\xad", "\xe2\x80\x8b", "\xef\xbb\xbf" };
    for (size_t at = 0; at < text.size; at++)
        for (size_t i = 0; text.data[at] == 0xcc && i < sizeof ignored / sizeof *ignored; i++) {
            size_t size = strlen(ignored[i]);
            if (size == 0 ? at == 0 : at >= size && memcmp(text.data + at - size, ignored[i], size) == 0)
                return true;
        }
    return false;
}

/* Where accents are compared backwards ICU's own comparison, which PostgreSQL has, and its keys disagree on these: the keys are right here. */
static bool keys_decide(const char *name, struct slice a, struct slice b)
{
    return strcmp(name, "fr-CA-x-icu") == 0 && (has_loose_accent(a) || has_loose_accent(b));
}

static void ask_order(struct exam *x, const char *name, const struct slice *a, const struct slice *b)
{
    const struct collation *collation = named(x, name);
    struct buf query = { 0 };
    buf_printf(&query, "SELECT string_agg(CASE WHEN a < b COLLATE \"%s\" THEN '<' WHEN a > b COLLATE \"%s\" THEN '>' ELSE '=' END, '' ORDER BY i) FROM unnest(", name, name);
    put_array(&query, a);
    buf_append_string(&query, ", ");
    put_array(&query, b);
    buf_append_string(&query, ") WITH ORDINALITY u (a, b, i)");
    char *theirs = pg_value(x->db, buf_text(&query));
    cr_assert(eq(sz, strlen(theirs), PAIRS));
    for (int i = 0; i < PAIRS; i++) {
        bool lossy;
        int order = theirs[i] == '<' ? -1 : theirs[i] == '>' ? 1 : 0, by_key = key_order(collation, a[i], b[i], &lossy);
        if (keys_decide(name, a[i], b[i]))
            order = lossy ? collation->compare(collation, a[i], b[i]) : by_key;
        cr_assert(eq(int, collation->compare(collation, a[i], b[i]), order), "%s: \"%.*s\" %c \"%.*s\", SEED=%llu", name, SLICE_FMT(a[i]), theirs[i],
                  SLICE_FMT(b[i]), (unsigned long long)x->seed);
        cr_assert(lossy ? (by_key == 0) == (order == 0) : by_key == order, "%s: keys of \"%.*s\" and \"%.*s\", SEED=%llu", name, SLICE_FMT(a[i]), SLICE_FMT(b[i]),
                  (unsigned long long)x->seed);
    }
    free(theirs);
    buf_done(&query);
}

static void ask_letters(struct exam *x, const char *name, const struct slice *texts)
{
    const struct collation *collation = named(x, name);
    const struct { const char *call; void (*change)(const struct collation *, struct slice, struct buf *); } calls[] = {
        { "lower", collation->lower }, { "upper", collation->upper }, { "initcap", collation->initcap },
    };
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++) {
        struct buf query = { 0 }, ours = { 0 };
        buf_printf(&query, "SELECT string_agg(%s(a COLLATE \"%s\"), '|' ORDER BY i) FROM unnest(", calls[c].call, name);
        put_array(&query, texts);
        buf_append_string(&query, ") WITH ORDINALITY u (a, i)");
        char *theirs = pg_value(x->db, buf_text(&query));
        for (int i = 0; i < PAIRS; i++) {
            buf_append_string(&ours, i > 0 ? "|" : "");
            calls[c].change(collation, texts[i], &ours);
        }
        cr_assert(eq(str, (char *)buf_text(&ours), theirs), "%s of %s, SEED=%llu", calls[c].call, name, (unsigned long long)x->seed);
        free(theirs);
        buf_done(&query);
        buf_done(&ours);
    }
}

Test(collation_pg, order_and_letters)
{
    static const char *const names[] = { "und-x-icu", "de-x-icu", "sv-x-icu", "da-x-icu", "es-x-icu", "fr-CA-x-icu", "tr-x-icu", "zh-x-icu", "ja-x-icu", "th-x-icu", "lt-x-icu", "el-x-icu", "nl-x-icu", "en-US-u-va-posix-x-icu" };
    struct exam x;
    exam_start(&x);
    struct slice *a = ARENA_ARRAY(&x.arena, struct slice, PAIRS), *b = ARENA_ARRAY(&x.arena, struct slice, PAIRS);
    for (size_t c = 0; c < sizeof names / sizeof *names; c++) {
        for (int i = 0; i < PAIRS; i++) {
            a[i] = random_words(&x.random, &x.arena);
            b[i] = random_chance(&x.random, 4) ? random_words(&x.random, &x.arena) : random_neighbour(&x.random, a[i], &x.arena);
        }
        ask_order(&x, names[c], a, b);
        ask_letters(&x, names[c], a);
    }
    exam_end(&x);
}
