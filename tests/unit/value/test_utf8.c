/* UTF-8: every scalar value passes, everything else is refused, wherever it stands. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"

static bool good(const void *bytes, size_t size)
{
    struct error error;
    uint8_t *exact = malloc(size > 0 ? size : 1);
    memcpy(exact, bytes, size);
    bool result = utf8_check(slice_of(exact, size), &error) == 0;
    free(exact);
    return result;
}

Test(utf8, every_scalar_value_and_no_prefix_of_one)
{
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        uint8_t bytes[4];
        struct error error;
        if (code == 0xd800)
            code = 0xe000;
        size_t size = (size_t)utf8_encode(code, bytes);
        cr_assert(utf8_check(slice_of(bytes, size), &error) == 0, "U+%04X", code);
        cr_assert(utf8_length(slice_of(bytes, size)) == 1);
        cr_assert(size == 1 || utf8_check(slice_of(bytes, size - 1), &error) < 0);
    }
}

Test(utf8, what_is_none)
{
    static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
                                       "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3", "\xc3(", "\xe2\x82", "\xf0\x9f\x98" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t before = 0; before < 20; before++) {
            char text[32];
            memset(text, 'x', sizeof text);
            memcpy(text + before, bad[i], strlen(bad[i]));
            cr_assert(not(good(text, before + strlen(bad[i]))), "case %zu after %zu", i, before);
            cr_assert(not(good(text, sizeof text)));
        }
    cr_assert(not(good("\0", 1)));
    cr_assert(not(good("1234567890\0", 11) || good("\0abcdefgh", 9)));
    cr_assert(good("", 0));
}

Test(utf8, prefixes)
{
    struct slice text = SLICE_LITERAL("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
    size_t sizes[] = { 0, 1, 3, 6, 10, 11, 11 };
    cr_assert(eq(sz, utf8_length(text), 5));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        cr_assert(eq(sz, utf8_prefix(text, i), sizes[i]));
}
