#include "value/utf8.h"

#include <assert.h>

#include <stdio.h>

/* The size of the sound character at the front, 0 when there is none. */
static size_t character_size(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xbf;    /* of the second byte, narrower where a form would be overlong or too large */
    size_t size;
    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    if (p[0] < 0xe0) {
        size = 2;
    } else if (p[0] < 0xf0) {
        size = 3;
        low = p[0] == 0xe0 ? 0xa0 : 0x80;
        high = p[0] == 0xed ? 0x9f : 0xbf;
    } else {
        size = 4;
        low = p[0] == 0xf0 ? 0x90 : 0x80;
        high = p[0] == 0xf4 ? 0x8f : 0xbf;
    }
    if (left < size || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

/* PostgreSQL names the bytes that the first of them promises. */
static int refuse(const uint8_t *p, size_t left, struct error *error)
{
    char bytes[4 * 5 + 1];
    size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 1;
    int at = 0;
    if ((p[0] & 0xc0) == 0x80)
        size = 1;
    for (size_t i = 0; i < size && i < left; i++)
        at += snprintf(bytes + at, sizeof bytes - (size_t)at, "%s0x%02x", i > 0 ? " " : "", p[i]);
    return fail(error, SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE, "invalid byte sequence for encoding \"UTF8\": %s", bytes);
}

int utf8_check(struct slice text, struct error *error)
{
    const uint8_t *p = text.data, *end = text.data + text.size;
    while (p < end) {
        uint64_t eight;
        if (end - p >= 8) {                     /* plain ASCII, eight at a time */
            memcpy(&eight, p, 8);
            bool has_zero = ((eight - 0x0101010101010101ull) & ~eight & 0x8080808080808080ull) != 0;
            if ((eight & 0x8080808080808080ull) == 0 && !has_zero) {
                p += 8;
                continue;
            }
        }
        size_t size = character_size(p, (size_t)(end - p));
        if (size == 0)
            return refuse(p, (size_t)(end - p), error);
        p += size;
    }
    return 0;
}

size_t utf8_length(struct slice text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++)
        length += (text.data[i] & 0xc0) != 0x80;
    return length;
}

size_t utf8_prefix(struct slice text, size_t characters)
{
    size_t at = 0;
    for (; at < text.size; at++)
        if ((text.data[at] & 0xc0) != 0x80 && characters-- == 0)
            break;
    return at;
}

uint32_t utf8_next(struct slice *text)
{
    uint8_t first = text->data[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? first : first & (0x7fu >> size);
    assert(size <= text->size);
    for (size_t i = 1; i < size; i++)
        code = code << 6 | (text->data[i] & 0x3f);
    *text = slice_of(text->data + size, text->size - size);
    return code;
}

int utf8_encode(uint32_t code, uint8_t out[static 4])
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    int size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--, code >>= 6)
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
    out[0] = (uint8_t)((0xf00 >> size & 0xff) | code);
    return size;
}
