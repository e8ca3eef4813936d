#include "value/value.h"

bool value_borrows(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NUMERIC: case VALUE_TEXT: case VALUE_BYTES: case VALUE_JSON: case VALUE_INET: case VALUE_ARRAY:
        return true;
    default:
        return false;
    }
}

size_t value_size(const struct value *value)
{
    return value_borrows(value) ? value->bytes.size : 0;
}

struct value value_keep(const struct value *value, struct arena *arena)
{
    struct value copy = *value;
    if (value_borrows(value))
        copy.bytes = arena_copy(arena, value->bytes);
    return copy;
}
