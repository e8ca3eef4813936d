#include "native/place.h"

#include <string.h>

#include "value/mp.h"

#define PLACE_HEAD 6                /* bytes before the key */

static uint32_t read_number(const uint8_t *bytes, int size)
{
    uint32_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

int place_read(struct request *rq, const struct value *cursor, const char *function, int stages, struct place *ret)
{
    struct slice bytes = cursor->bytes;
    *ret = (struct place){ 0 };
    if (value_is_null(cursor))
        return 0;
    bool good = bytes.size == PLACE_HEAD || (bytes.size >= PLACE_HEAD + KEY_PREFIX_SIZE && bytes.size <= PLACE_HEAD + KEY_SIZE_MAX);
    if (good) {
        ret->stage = (int)read_number(bytes.data, 2);
        ret->house = read_number(bytes.data + 2, 4);
        ret->next.size = bytes.size - PLACE_HEAD;
        memcpy(ret->next.bytes, bytes.data + PLACE_HEAD, ret->next.size);
        good = ret->stage < stages;
    }
    return good ? 0 : fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"cursor\" is none that %s gave", function);
}

void place_put_next(struct buf *out, bool more, const struct place *place)
{
    struct buf bytes = { 0 };
    mp_put_string(out, "next");
    if (!more) {
        mp_put_nil(out);
        return;
    }
    for (int shift = 8; shift >= 0; shift -= 8)
        buf_append_byte(&bytes, (uint8_t)(place->stage >> shift));
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_append_byte(&bytes, (uint8_t)(place->house >> shift));
    buf_append_slice(&bytes, key_slice(&place->next));
    mp_put_bin(out, buf_slice(&bytes));
    buf_done(&bytes);
}
