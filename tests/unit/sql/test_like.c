/* LIKE against a model that tries everything, and its prefixes against LIKE. */
#include <stdlib.h>
#include <time.h>

#include <criterion/criterion.h>

#include "sql/expr.h"

/* The definition, character by character, exponential and obvious. -1: the pattern ends in its escape. */
static int model(const char *text, const char *pattern, char escape)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '%' && escape != '%') {
        for (;; text++) {
            int rest = model(text, pattern + 1, escape);
            if (rest != 0 || *text == '\0')
                return rest;
        }
    }
    if (*text == '\0')
        return 0;
    if (*pattern == escape)
        return pattern[1] == '\0' ? -1 : *text == pattern[1] ? model(text + 1, pattern + 2, escape) : 0;
    return *pattern == '_' || *pattern == *text ? model(text + 1, pattern + 1, escape) : 0;
}

static void fill(char *text, const char *alphabet, size_t size_max)
{
    size_t size = (size_t)rand() % (size_max + 1), letters = strlen(alphabet);
    for (size_t i = 0; i < size; i++)
        text[i] = alphabet[(size_t)rand() % letters];
    text[size] = '\0';
}

static unsigned seeded(void)
{
    const char *given = getenv("SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    srand(seed);
    return seed;
}

Test(like, agrees_with_the_definition)
{
    unsigned seed = seeded();
    for (int i = 0; i < 200000; i++) {
        char text[12], pattern[8];
        struct error error = { 0 };
        bool matches = false;
        fill(text, "ab\\%", 10);
        fill(pattern, "ab%_\\", 7);
        int want = model(text, pattern, '\\');
        int err = like_match(slice_of_string(text), slice_of_string(pattern), '\\', false, NULL, &matches, &error);
        /* Whether a wrong pattern is found out depends on how far matching gets. */
        size_t size = strlen(pattern);
        if (size > 0 && pattern[size - 1] == '\\' && (err < 0 || want < 0))
            continue;
        cr_assert_eq(err, 0, "seed %u: '%s' LIKE '%s'", seed, text, pattern);
        cr_assert_eq((int)matches, want, "seed %u: '%s' LIKE '%s'", seed, text, pattern);
    }
}

/* A prefix pattern is true of exactly the texts that begin with the prefix (or are it). */
Test(like, prefix_agrees_with_match)
{
    unsigned seed = seeded();
    for (int i = 0; i < 200000; i++) {
        char text[8], pattern[8];
        struct buf prefix = { 0 };
        struct error error = { 0 };
        bool matches = false;
        fill(text, "ab%", 6);
        fill(pattern, "ab%_\\", 5);
        size_t size = strlen(pattern);
        if (like_prefix(slice_of_string(pattern), '\\', &prefix)) {
            bool open = size > 0 && pattern[size - 1] == '%' && (size < 2 || pattern[size - 2] != '\\' || (size > 2 && pattern[size - 3] == '\\'));
            struct slice t = slice_of_string(text), p = buf_slice(&prefix);
            bool begins = p.size <= t.size && slice_equal(slice_of(t.data, p.size), p) && (open || t.size == p.size);
            cr_assert_eq(like_match(t, slice_of_string(pattern), '\\', false, NULL, &matches, &error), 0);
            cr_assert_eq(matches, begins, "seed %u: '%s' LIKE '%s', prefix '%s'", seed, text, pattern, buf_text(&prefix));
        }
        buf_done(&prefix);
    }
}

/* Twenty % over a long text: quadratic, not exponential. */
Test(like, bad_patterns_are_not_slow, .timeout = 5)
{
    char text[5001], pattern[64] = "";
    bool matches = true;
    struct error error = { 0 };
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 20; i++)
        strcat(pattern, "%a");
    strcat(pattern, "%b");
    cr_assert_eq(like_match(slice_of_string(text), slice_of_string(pattern), '\\', false, NULL, &matches, &error), 0);
    cr_assert(!matches);
}
