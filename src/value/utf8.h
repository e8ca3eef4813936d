/* UTF-8 as PostgreSQL checks it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef ROWHOUSE_VALUE_UTF8_H
#define ROWHOUSE_VALUE_UTF8_H

#include "base/error.h"
#include "base/slice.h"

/* -1 with 22021 for bytes that are not UTF-8, or a NUL. */
int utf8_check(struct slice text, struct error *error);

/* Characters of sound text. */
size_t utf8_length(struct slice text);

/* The bytes of the first `characters` characters of sound text, or all of it. */
size_t utf8_prefix(struct slice text, size_t characters);

/* The first character of sound text, which is not empty; moves past it. */
uint32_t utf8_next(struct slice *text);

/* Appends one character's bytes; `code` is a Unicode scalar value. Returns how many, 1 to 4. */
int utf8_encode(uint32_t code, uint8_t out[static 4]);

#endif
