/* UTF-8 as PostgreSQL demands it of text: well formed (no overlong forms, no surrogates, up to U+10FFFF), no NUL. */
#ifndef ROWHOUSE_BASE_UTF8_H
#define ROWHOUSE_BASE_UTF8_H

#include "base/slice.h"

bool utf8_valid(struct slice text);

/* Bytes of the character that begins with `lead`, a first byte of valid text. */
static inline size_t utf8_size(uint8_t lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Characters of a valid text. */
static inline size_t utf8_count(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xC0) != 0x80;
    return count;
}

/* The byte at which character `number` (from 0) begins; text.size when there are fewer. */
static inline size_t utf8_offset(struct slice text, size_t number)
{
    size_t at = 0;
    while (at < text.size && number > 0) {
        at += utf8_size(text.data[at]);
        number--;
    }
    return at < text.size ? at : text.size;
}

#endif
