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
    struct slice rest = array_elements(array);
    struct array_writer writer = { .count = 0 };
    struct type element_type = type;
    struct value element;
    element_type.array = false;
    while (array_next(type, &rest, &element))
        if (modifier_apply(element_type, explicit_cast, &writer.scratch, &element, error) < 0 ||
            array_put(&writer, element_type, &element, error) < 0) {
            array_abandon(&writer);
            return -1;
        }
    *array = array_end(&writer, arena);
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
