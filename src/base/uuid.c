#include "base/uuid.h"

#include "base/sys.h"

struct uuid uuid_random(struct sys *sys)
{
    struct uuid uuid;
    sys_random(sys, uuid.bytes, sizeof uuid.bytes);
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(struct slice text, struct uuid *ret)
{
    struct uuid uuid;
    size_t at = 0, digits = 0;
    bool braces = text.size >= 2 && text.data[0] == '{';
    if (braces) {
        if (text.data[text.size - 1] != '}')
            return false;
        text = slice_of(text.data + 1, text.size - 2);
    }
    while (at < text.size && digits < 32) {
        if (text.data[at] == '-' && digits > 0 && digits % 4 == 0 && text.data[at - 1] != '-') {
            at++;
            continue;
        }
        int digit = hex_digit(text.data[at++]);
        if (digit < 0)
            return false;
        uint8_t *byte = &uuid.bytes[digits / 2];
        *byte = digits % 2 == 0 ? (uint8_t)(digit << 4) : (uint8_t)(*byte | digit);
        digits++;
    }
    if (digits != 32 || at != text.size)
        return false;
    *ret = uuid;
    return true;
}

void uuid_format(const struct uuid *uuid, char text[static UUID_TEXT_SIZE + 1])
{
    static const char hex[] = "0123456789abcdef";
    char *out = text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[uuid->bytes[i] >> 4];
        *out++ = hex[uuid->bytes[i] & 15];
    }
    *out = '\0';
}
