#include "value/letters.h"

#include <assert.h>
#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "value/utf8.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t locale;

static void open_locale(void)
{
    locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

int letters_check(struct error *error)
{
    pthread_once(&once, open_locale);
    if (locale != (locale_t)0)
        return 0;
    fail(error, SQLSTATE_CONFIG_FILE_ERROR, "there is no locale \"C.UTF-8\" on this machine, which says what letters are");
    return fail_hint(error, "the C library's own package has it; Debian's is libc-bin");
}

static locale_t letters(void)
{
    pthread_once(&once, open_locale);
    assert(locale != (locale_t)0);
    return locale;
}

/* ASCII needs no question. */
uint32_t letter_lower(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
    return (uint32_t)towlower_l((wint_t)code, letters());
}

uint32_t letter_upper(uint32_t code)
{
    if (code < 0x80)
        return code >= 'a' && code <= 'z' ? code - ('a' - 'A') : code;
    return (uint32_t)towupper_l((wint_t)code, letters());
}

static void put(uint32_t code, struct buf *out)
{
    uint8_t bytes[4];
    buf_append(out, bytes, (size_t)utf8_encode(code, bytes));
}

void letters_lower(struct slice text, struct buf *out)
{
    while (text.size > 0)
        put(letter_lower(utf8_next(&text)), out);
}

void letters_upper(struct slice text, struct buf *out)
{
    while (text.size > 0)
        put(letter_upper(utf8_next(&text)), out);
}

void letters_initcap(struct slice text, struct buf *out)
{
    bool inside = false;
    while (text.size > 0) {
        uint32_t code = utf8_next(&text);
        code = inside ? letter_lower(code) : letter_upper(code);
        inside = iswalnum_l((wint_t)code, letters()) != 0;
        put(code, out);
    }
}

bool letters_same(struct slice a, struct slice b)
{
    while (a.size > 0 && b.size > 0)
        if (letter_lower(utf8_next(&a)) != letter_lower(utf8_next(&b)))
            return false;
    return a.size == b.size;
}
