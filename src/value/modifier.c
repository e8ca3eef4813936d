#include "value/modifier.h"

#include "value/array.h"
#include "value/numeric.h"
#include "value/utf8.h"

static int apply_length(struct type type, bool explicit_cast, struct value *value, struct error *error)
{
    size_t fits = utf8_prefix(value->bytes, (size_t)type.length);
    for (size_t i = fits; i < value->bytes.size && !explicit_cast; i++)
        if (value->bytes.data[i] != ' ')
            return fail(error, SQLSTATE_STRING_TOO_LONG, "value too long for type character varying(%d)", type.length);
    value->bytes.size = fits;
    return 0;
}

static int apply_to_elements(struct type type, bool explicit_cast, struct arena *arena, struct value *array, struct error *error)
{
    int count = array_count(array);
    struct slice rest = array_elements(array);
    struct value *elements = ARENA_ARRAY(arena, struct value, count);
    struct type element = type;
    element.array = false;
    for (int i = 0; i < count; i++)
        if (!array_next(type, &rest, &elements[i]) || modifier_apply(element, explicit_cast, arena, &elements[i], error) < 0)
            return -1;
    *array = array_build(element, elements, count, arena);
    return 0;
}

int modifier_apply(struct type type, bool explicit_cast, struct arena *arena, struct value *value, struct error *error)
{
    bool has_length = type.id == TYPE_VARCHAR && type.length > 0;
    bool has_precision = type.id == TYPE_NUMERIC && type.precision > 0;
    if (value_is_null(value) || (!has_length && !has_precision))
        return 0;
    if (type.array)
        return apply_to_elements(type, explicit_cast, arena, value, error);
    if (has_length)
        return apply_length(type, explicit_cast, value, error);
    return numeric_round(value, type.precision, type.scale, arena, value, error);
}
