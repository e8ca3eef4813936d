#include "value/value.h"

struct value value_keep(const struct value *value, struct arena *arena)
{
    struct value copy = *value;
    switch (value->kind) {
    case VALUE_NUMERIC: case VALUE_TEXT: case VALUE_BYTES: case VALUE_JSON: case VALUE_INET: case VALUE_ARRAY:
        copy.bytes = arena_copy(arena, value->bytes);
        break;
    default:
        break;
    }
    return copy;
}
