#include "native/tokens/token_base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(struct slice bytes, struct buf *out)
{
    uint32_t held = 0;
    int bits = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        held = held << 8 | bytes.data[i];
        for (bits += 8; bits >= 6; bits -= 6)
            buf_append_byte(out, (uint8_t)letters[held >> (bits - 6) & 63]);
    }
    if (bits > 0)
        buf_append_byte(out, (uint8_t)letters[held << (6 - bits) & 63]);
}

bool base64url_decode(struct slice text, struct arena *arena, struct slice *ret)
{
    uint8_t *bytes = arena_alloc(arena, text.size + 1);
    uint32_t held = 0;
    size_t size = 0;
    int bits = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *at = text.data[i] == '\0' ? NULL : strchr(letters, text.data[i]);
        if (at == NULL)
            return false;
        held = held << 6 | (uint32_t)(at - letters);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[size++] = (uint8_t)(held >> bits);
        }
    }
    *ret = slice_of(bytes, size);
    return bits < 6 && (held & ((1u << bits) - 1)) == 0;
}
