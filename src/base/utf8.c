#include "base/utf8.h"

/* Bytes of the valid character at the front, 0 when there is none. */
static size_t character(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    if (lead < 0x80)
        return lead != 0;
    if (lead < 0xC2 || lead > 0xF4 || left < utf8_size(lead))
        return 0;
    size_t size = utf8_size(lead);
    /* The second byte decides overlong forms (E0, F0), surrogates (ED) and what is past U+10FFFF (F4). */
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

bool utf8_valid(struct slice text)
{
    for (size_t i = 0; i < text.size;) {
        uint64_t eight;
        if (text.size - i >= sizeof eight) {        /* eight bytes of plain ASCII at once */
            memcpy(&eight, text.data + i, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0 && ((eight - 0x0101010101010101u) & 0x8080808080808080u) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t size = character(text.data + i, text.size - i);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}
