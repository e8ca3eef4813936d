/* Errors: every state has a code of five characters, and sentences are cut between characters. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "base/error.h"

Test(error, every_state_has_its_own_code)
{
    for (int a = 0; a < SQLSTATE_COUNT; a++) {
        cr_assert(eq(sz, strlen(sqlstate_code((enum sqlstate)a)), 5), "state %d", a);
        for (int b = 0; b < a; b++)
            cr_assert(ne(str, (char *)sqlstate_code((enum sqlstate)a), (char *)sqlstate_code((enum sqlstate)b)));
    }
}

Test(error, fills_all_parts)
{
    struct error error;
    cr_assert(eq(int, fail(&error, SQLSTATE_UNIQUE_VIOLATION, "duplicate \"%s\"", "k"), -1));
    cr_assert(eq(int, fail_detail(&error, "Key %d.", 1), -1));
    cr_assert(eq(int, fail_hint(&error, "Try %d.", 2), -1));
    cr_assert(eq(int, fail_within(&error, "table \"%s\"", "t"), -1));
    cr_assert(eq(str, error.message, "table \"t\": duplicate \"k\""));
    cr_assert(eq(str, error.detail, "Key 1."));
    cr_assert(eq(str, error.hint, "Try 2."));
    fail(&error, SQLSTATE_INTERNAL_ERROR, "other");
    cr_assert(eq(str, error.detail, ""), "a new failure has no old details");
}

/* "x" n times, then characters of `size` bytes: wherever the end falls, none of them is cut. */
Test(error, cuts_between_characters)
{
    static const char *const characters[] = { "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    for (size_t size = 1; size <= 4; size++)
        for (int shift = 0; shift < 8; shift++) {
            char text[ERROR_MESSAGE_MAX * 5] = "";
            struct error error;
            memset(text, 'x', (size_t)shift);
            for (int i = 0; i < ERROR_MESSAGE_MAX; i++)
                strcat(text, characters[size - 1]);
            fail(&error, SQLSTATE_INVALID_TEXT, "%s", text);
            size_t length = strlen(error.message);
            cr_assert(eq(sz, (length - (size_t)shift) % size, 0), "%zu bytes each, shifted by %d", size, shift);
            cr_assert(gt(sz, length + size, ERROR_MESSAGE_MAX - 1));
            fail_within(&error, "in");
            cr_assert(eq(sz, (strlen(error.message) - 4 - (size_t)shift) % size, 0));
        }
}
