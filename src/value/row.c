#include "value/row.h"

void row_begin(int count, bool sealed, struct buf *out)
{
    if (!sealed) {
        mp_put_array(out, (uint32_t)count);
        return;
    }
    buf_append(out, (const uint8_t[5]){ ROW_HEAD_SEALED, 0, 0, (uint8_t)(count >> 8), (uint8_t)count }, 5);
}

int cell_load(struct type type, struct slice *bytes, struct value *ret)
{
    int8_t ext;
    struct slice rest = *bytes;
    if (value_load(type, bytes, ret) == 0)
        return 0;
    *bytes = rest;
    if (!mp_ext(&rest, &ext, &ret->bytes) || ext != MP_EXT_SEALED)
        return -1;
    ret->kind = VALUE_SEALED;
    *bytes = rest;
    return 0;
}

int row_open(struct slice bytes, struct row *ret)
{
    uint32_t count;
    struct slice rest = bytes;
    if (!mp_array(&rest, &count) || count > COLUMNS_MAX)
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (!mp_skip(&rest, &ret->columns[i]))
            return -1;
    if (rest.size != 0)
        return -1;
    ret->bytes = bytes;
    ret->count = (int)count;
    return 0;
}

bool row_column(struct slice bytes, int index, struct slice *ret)
{
    uint32_t count;
    if (!mp_array(&bytes, &count) || index < 0 || (uint32_t)index >= count)
        return false;
    for (int i = 0; i < index; i++)
        if (!mp_skip(&bytes, NULL))
            return false;
    return mp_skip(&bytes, ret);
}
