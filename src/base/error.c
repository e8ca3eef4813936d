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

void error_clear(struct error *error)
{
    error->state = SQLSTATE_OK;
    error->message[0] = error->detail[0] = error->hint[0] = '\0';
}

int fail(struct error *error, enum sqlstate state, const char *format, ...)
{
    va_list args;
    assert(state != SQLSTATE_OK);
    error_clear(error);
    error->state = state;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return -1;
}

int fail_detail(struct error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->detail, sizeof error->detail, format, args);
    va_end(args);
    return -1;
}

int fail_hint(struct error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->hint, sizeof error->hint, format, args);
    va_end(args);
    return -1;
}

int fail_within(struct error *error, const char *format, ...)
{
    char message[ERROR_MESSAGE_MAX];
    va_list args;
    memcpy(message, error->message, sizeof message);
    va_start(args, format);
    int used = vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof error->message)
        snprintf(error->message + used, sizeof error->message - (size_t)used, ": %s", message);
    return -1;
}
