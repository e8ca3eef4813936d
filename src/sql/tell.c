#include "sql/tell.h"

#include <ctype.h>

/* The scanner's rules of PostgreSQL 15 ("Lexical Structure") for what a literal is, as far as its end goes. Not PostgreSQL's own
 * scanner: this is asked of every statement, also of those that are none. */

static bool is_word(uint8_t c)
{
    return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

static uint8_t byte_at(struct slice text, size_t at)
{
    return at < text.size ? text.data[at] : 0;
}

/* Behind the closing quote; a doubled one is inside. */
static size_t quoted_end(struct slice text, size_t at, uint8_t quote, bool escapes)
{
    for (at++; at < text.size; at++) {
        if (escapes && text.data[at] == '\\')
            at++;
        else if (text.data[at] == quote && byte_at(text, at + 1) == quote)
            at++;
        else if (text.data[at] == quote)
            return at + 1;
    }
    return text.size;
}

/* Behind $tag$ ... $tag$; `at` itself when no tag begins there. */
static size_t dollars_end(struct slice text, size_t at)
{
    size_t tag = at + 1;
    while (tag < text.size && is_word(text.data[tag]) && text.data[tag] != '$')
        tag++;
    if (byte_at(text, tag) != '$' || isdigit(byte_at(text, at + 1)))
        return at;
    size_t size = tag + 1 - at;
    const uint8_t *end = memmem(text.data + tag + 1, text.size - tag - 1, text.data + at, size);
    return end == NULL ? text.size : (size_t)(end - text.data) + size;
}

/* Behind a comment, which may hold others; `at` itself when none begins there. */
static size_t comment_end(struct slice text, size_t at)
{
    if (byte_at(text, at) == '-' && byte_at(text, at + 1) == '-') {
        while (at < text.size && text.data[at] != '\n')
            at++;
        return at;
    }
    if (byte_at(text, at) != '/' || byte_at(text, at + 1) != '*')
        return at;
    for (int depth = 0; at < text.size;) {
        bool opens = text.data[at] == '/' && byte_at(text, at + 1) == '*', closes = text.data[at] == '*' && byte_at(text, at + 1) == '/';
        depth += opens - closes;
        at += opens || closes ? 2 : 1;
        if (depth == 0)
            break;
    }
    return at;
}

static size_t number_end(struct slice text, size_t at)
{
    for (; at < text.size; at++) {
        bool sign = (text.data[at] == '+' || text.data[at] == '-') && tolower(text.data[at - 1]) == 'e';
        if (!isalnum(text.data[at]) && text.data[at] != '.' && text.data[at] != '_' && !sign)
            break;
    }
    return at;
}

static size_t word_end(struct slice text, size_t at)
{
    while (at < text.size && is_word(text.data[at]))
        at++;
    return at;
}

/* Behind a literal that begins at `at`; `at` itself when none does. */
static size_t literal_end(struct slice text, size_t at)
{
    uint8_t c = text.data[at], next = byte_at(text, at + 1);
    if (c == '\'')
        return quoted_end(text, at, '\'', false);
    if (next == '\'' && strchr("eEbBxXnN", c) != NULL)
        return quoted_end(text, at + 1, '\'', tolower(c) == 'e');
    if ((c == 'u' || c == 'U') && next == '&' && byte_at(text, at + 2) == '\'')
        return quoted_end(text, at + 2, '\'', false);
    if (c == '$')
        return dollars_end(text, at);
    if (isdigit(c) || (c == '.' && isdigit(next)))
        return number_end(text, at + 1);
    return at;
}

void sql_tell(struct slice text, size_t most, struct buf *out)
{
    size_t limit = out->size + most;
    for (size_t at = 0, end; at < text.size && out->size < limit; at = end) {
        if ((end = literal_end(text, at)) > at)
            buf_append_byte(out, '?');
        else if ((end = comment_end(text, at)) > at)
            buf_append_byte(out, ' ');
        else {
            end = text.data[at] == '"' ? quoted_end(text, at, '"', false) : is_word(text.data[at]) ? word_end(text, at) : at + 1;
            buf_append(out, text.data + at, end - at);
        }
    }
}
