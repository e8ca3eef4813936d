#include "value/row.h"

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
