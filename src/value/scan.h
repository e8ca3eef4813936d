/* Small steps of reading text, shared by the input functions. */
#ifndef ROWHOUSE_VALUE_SCAN_H
#define ROWHOUSE_VALUE_SCAN_H

#include "base/slice.h"

/* C's white space, whatever the locale. */
static inline bool scan_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool scan_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool scan_is_letter(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

/* Without white space at both ends. */
static inline struct slice scan_trim(struct slice text)
{
    while (text.size > 0 && scan_is_space(text.data[0]))
        text = slice_of(text.data + 1, text.size - 1);
    while (text.size > 0 && scan_is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Equal but for the case of ASCII letters; `word` is lower case. */
static inline bool scan_is_word(struct slice text, const char *word)
{
    size_t i = 0;
    for (; i < text.size && word[i] != '\0'; i++) {
        uint8_t c = text.data[i];
        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != (uint8_t)word[i])
            return false;
    }
    return i == text.size && word[i] == '\0';
}

#endif
