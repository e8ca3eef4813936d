#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const codes[SQLSTATE_COUNT] = {
    [SQLSTATE_OK] = "00000",
#define X(name, code) [SQLSTATE_##name] = code,
    SQLSTATE_LIST(X)
#undef X
};

const char *sqlstate_code(enum sqlstate state)
{
    assert(state < SQLSTATE_COUNT);
    return codes[state];
}

/* vsnprintf() that cuts what is too long between characters, since messages travel as UTF-8. */
static void format(char *to, size_t size, const char *text, va_list args)
{
    int wanted = vsnprintf(to, size, text, args);
    if (wanted < 0 || (size_t)wanted < size)
        return;
    size_t end = size - 1, start = end;
    while (start > 0 && end - start < 3 && ((unsigned char)to[start - 1] & 0xc0) == 0x80)
        start--;
    unsigned char lead = start > 0 ? (unsigned char)to[start - 1] : 0;
    size_t whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (whole > 1 && end - start + 1 < whole)
        to[start - 1] = '\0';
}

void error_clear(struct error *error)
{
    error->state = SQLSTATE_OK;
    error->message[0] = error->detail[0] = error->hint[0] = '\0';
}

int fail(struct error *error, enum sqlstate state, const char *text, ...)
{
    va_list args;
    assert(state != SQLSTATE_OK);
    error_clear(error);
    error->state = state;
    va_start(args, text);
    format(error->message, sizeof error->message, text, args);
    va_end(args);
    return -1;
}

int fail_detail(struct error *error, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    format(error->detail, sizeof error->detail, text, args);
    va_end(args);
    return -1;
}

int fail_hint(struct error *error, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    format(error->hint, sizeof error->hint, text, args);
    va_end(args);
    return -1;
}

static void join(char *to, size_t size, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    format(to, size, text, args);
    va_end(args);
}

int fail_within(struct error *error, const char *text, ...)
{
    char context[ERROR_MESSAGE_MAX], message[ERROR_MESSAGE_MAX];
    va_list args;
    memcpy(message, error->message, sizeof message);
    va_start(args, text);
    format(context, sizeof context, text, args);
    va_end(args);
    join(error->message, sizeof error->message, "%s: %s", context, message);
    return -1;
}
