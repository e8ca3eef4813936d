/* Functions and operators of arrays. Subscripts count from 1, and an array has one dimension. */
#include "sql/function.h"
#include "value/array.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

static struct type element_of(struct type type)
{
    type.array = false;
    return type;
}

/* The elements, in the arena. */
static struct value *unpack(struct type type, const struct value *array, struct arena *arena, int *ret_count)
{
    *ret_count = value_is_null(array) ? 0 : array_count(array);
    struct value *elements = ARENA_ARRAY(arena, struct value, *ret_count + 1);
    if (*ret_count == 0)
        return elements;
    struct slice rest = array_elements(array);
    for (int i = 0; i < *ret_count; i++)
        array_next(element_of(type), &rest, &elements[i]);
    return elements;
}

static bool same(struct type element, const struct value *a, const struct value *b)
{
    if (value_is_null(a) || value_is_null(b))
        return value_is_null(a) && value_is_null(b);
    return value_compare(element, a, b) == 0;
}

/* --- Sizes --- */

CALL(call_length)
{
    int count = array_count(&args[0]);
    *ret = args[1].integer == 1 && count > 0 ? value_int(count) : VALUE_OF_NULL;
    return 0;
}

CALL(call_lower)
{
    *ret = args[1].integer == 1 && array_count(&args[0]) > 0 ? value_int(1) : VALUE_OF_NULL;
    return 0;
}

CALL(call_cardinality)
{
    *ret = value_int(array_count(&args[0]));
    return 0;
}

/* --- Elements --- */

CALL(call_subscript)
{
    struct slice rest = array_elements(&args[0]);
    struct type type = element_of(call->args[0]->type);
    int64_t index = args[1].integer;
    *ret = VALUE_OF_NULL;
    if (index < 1 || index > array_count(&args[0]))
        return 0;
    for (int64_t i = 0; i < index; i++)
        array_next(type, &rest, ret);
    return 0;
}

CALL(call_position)
{
    int count;
    *ret = VALUE_OF_NULL;
    if (value_is_null(&args[0]))
        return 0;
    struct type type = element_of(call->args[0]->type);
    struct value *elements = unpack(type, &args[0], eval->arena, &count);
    for (int i = 0; i < count; i++) {
        if (same(type, &elements[i], &args[1])) {
            *ret = value_int(i + 1);
            return 0;
        }
    }
    return 0;
}

/* --- Joining --- */

static int join(struct type type, const struct value *a, int count_a, const struct value *b, int count_b, struct arena *arena, struct value *ret)
{
    struct value *all = ARENA_ARRAY(arena, struct value, count_a + count_b + 1);
    if (count_a > 0)
        memcpy(all, a, sizeof *a * (size_t)count_a);
    if (count_b > 0)
        memcpy(all + count_a, b, sizeof *b * (size_t)count_b);
    *ret = array_build(element_of(type), all, count_a + count_b, arena);
    return 0;
}

/* An element with an array, or two arrays; NULL arrays are empty, two of them NULL. */
static int join_any(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret)
{
    struct type left = call->args[0]->type, right = call->args[1]->type;
    if (left.array && right.array && (value_is_null(&args[0]) || value_is_null(&args[1]))) {
        *ret = value_is_null(&args[0]) ? args[1] : args[0];
        return 0;
    }
    int count_a = 1, count_b = 1;
    const struct value *a = left.array ? unpack(left, &args[0], eval->arena, &count_a) : &args[0];
    const struct value *b = right.array ? unpack(right, &args[1], eval->arena, &count_b) : &args[1];
    return join(call->type, a, count_a, b, count_b, eval->arena, ret);
}

CALL(call_join) { return join_any(call, eval, args, ret); }

CALL(call_remove)
{
    int count, kept = 0;
    *ret = VALUE_OF_NULL;
    if (value_is_null(&args[0]))
        return 0;
    struct type type = element_of(call->args[0]->type);
    struct value *elements = unpack(type, &args[0], eval->arena, &count);
    for (int i = 0; i < count; i++)
        if (!same(type, &elements[i], &args[1]))
            elements[kept++] = elements[i];
    *ret = array_build(type, elements, kept, eval->arena);
    return 0;
}

/* --- Sets --- */

static bool has(struct type element, const struct value *elements, int count, const struct value *wanted)
{
    for (int i = 0; i < count; i++)
        if (!value_is_null(&elements[i]) && value_compare(element, &elements[i], wanted) == 0)
            return true;
    return false;
}

/* Whether all (or any) of `inner` are in `outer`; NULLs are in nothing. */
static int contains(struct type type, struct eval *eval, const struct value *outer, const struct value *inner, bool all, struct value *ret,
                    struct error *error)
{
    int count_outer, count_inner;
    struct value *in_outer = unpack(type, outer, eval->arena, &count_outer);
    struct value *in_inner = unpack(type, inner, eval->arena, &count_inner);
    bool holds = all;
    for (int i = 0; i < count_inner && holds == all; i++) {
        if (work_spend(eval->work, (uint64_t)count_outer * WORK_OF_NODE, error) < 0)
            return -1;
        holds = !value_is_null(&in_inner[i]) && has(element_of(type), in_outer, count_outer, &in_inner[i]);
    }
    *ret = value_bool(holds);
    return 0;
}

int array_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    struct type type = call->args[0]->type;
    const char *name = call->function->name;
    if (name[0] == '|')
        return join_any(call, eval, args, ret);
    if (name[0] == '@')
        return contains(type, eval, &args[0], &args[1], true, ret, error);
    if (name[0] == '<')
        return contains(type, eval, &args[1], &args[0], true, ret, error);
    return contains(type, eval, &args[0], &args[1], false, ret, error);
}

/* --- Text --- */

CALL(call_to_string)
{
    bool show_nulls = call->count > 2 && !value_is_null(&args[2]), first = true;
    *ret = VALUE_OF_NULL;
    if (value_is_null(&args[0]) || value_is_null(&args[1]))
        return 0;
    struct type type = element_of(call->args[0]->type);
    struct slice rest = array_elements(&args[0]);
    struct value element;
    struct buf built = { 0 };
    while (built.size <= VALUE_SIZE_MAX && array_next(type, &rest, &element)) {
        if (value_is_null(&element) && !show_nulls)
            continue;
        if (!first)
            buf_append_slice(&built, args[1].bytes);
        if (value_is_null(&element))
            buf_append_slice(&built, args[2].bytes);
        else
            value_to_text(type, &element, &built);
        first = false;
    }
    bool fits = built.size <= VALUE_SIZE_MAX;
    if (fits)
        *ret = value_text(arena_copy(eval->arena, buf_slice(&built)));
    buf_done(&built);
    return fits ? 0 : fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
}

/* Where the next part ends: at the separator, after one byte run of a character for a NULL one, else at the end. */
static size_t part_end(struct slice text, const struct value *separator)
{
    if (value_is_null(separator)) {
        size_t size = 1;
        while (size < text.size && (text.data[size] & 0xC0) == 0x80)
            size++;
        return size;
    }
    struct slice by = separator->bytes;
    const uint8_t *found = by.size == 0 ? NULL : memmem(text.data, text.size, by.data, by.size);
    return found == NULL ? text.size : (size_t)(found - text.data);
}

static void append_part(struct buf *parts, struct slice part, const struct value *null_text)
{
    bool null = null_text != NULL && !value_is_null(null_text) && slice_equal(part, null_text->bytes);
    struct value value = null ? VALUE_OF_NULL : value_text(part);
    buf_append(parts, &value, sizeof value);
}

CALL(call_to_array)
{
    *ret = VALUE_OF_NULL;
    if (value_is_null(&args[0]))
        return 0;
    struct slice text = args[0].bytes;
    const struct value *null_text = call->count > 2 ? &args[2] : NULL;
    struct buf parts = { 0 };           /* of struct value */
    size_t separator = value_is_null(&args[1]) ? 0 : args[1].bytes.size;
    while (text.size > 0) {
        size_t end = part_end(text, &args[1]);
        append_part(&parts, slice_of(text.data, end), null_text);
        bool more = end < text.size;
        size_t used = end + (more ? separator : 0);
        text = slice_of(text.data + used, text.size - used);
        if (more && text.size == 0)
            append_part(&parts, text, null_text);       /* behind a separator at the end */
    }
    *ret = array_build(type_of(TYPE_TEXT), (const struct value *)parts.data, (int)(parts.size / sizeof(struct value)), eval->arena);
    buf_done(&parts);
    return 0;
}

#define ROW(name, strict, count, args, ret, call) { name, FUNCTION_IMMUTABLE, strict, false, count, args, ret, EXPR_FUNCTION, call, false },
#define ARGS(...) { __VA_ARGS__ }
#define TEXT_ARRAY (TYPE_TEXT | SIGNATURE_ARRAY)

static const struct function rows[] = {
    ROW("[]", true, 2, ARGS(SIGNATURE_ANYARRAY, TYPE_INT4), SIGNATURE_ANYELEMENT, call_subscript)
    ROW("array_length", true, 2, ARGS(SIGNATURE_ANYARRAY, TYPE_INT4), TYPE_INT4, call_length)
    ROW("array_upper", true, 2, ARGS(SIGNATURE_ANYARRAY, TYPE_INT4), TYPE_INT4, call_length)
    ROW("array_lower", true, 2, ARGS(SIGNATURE_ANYARRAY, TYPE_INT4), TYPE_INT4, call_lower)
    ROW("cardinality", true, 1, ARGS(SIGNATURE_ANYARRAY), TYPE_INT4, call_cardinality)
    ROW("array_position", false, 2, ARGS(SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE), TYPE_INT4, call_position)
    ROW("array_append", false, 2, ARGS(SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE), SIGNATURE_COMPATIBLE_ARRAY, call_join)
    ROW("array_prepend", false, 2, ARGS(SIGNATURE_COMPATIBLE, SIGNATURE_COMPATIBLE_ARRAY), SIGNATURE_COMPATIBLE_ARRAY, call_join)
    ROW("array_cat", false, 2, ARGS(SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE_ARRAY), SIGNATURE_COMPATIBLE_ARRAY, call_join)
    ROW("array_remove", false, 2, ARGS(SIGNATURE_COMPATIBLE_ARRAY, SIGNATURE_COMPATIBLE), SIGNATURE_COMPATIBLE_ARRAY, call_remove)
    ROW("array_to_string", false, 2, ARGS(SIGNATURE_ANYARRAY, TYPE_TEXT), TYPE_TEXT, call_to_string)
    ROW("array_to_string", false, 3, ARGS(SIGNATURE_ANYARRAY, TYPE_TEXT, TYPE_TEXT), TYPE_TEXT, call_to_string)
    ROW("string_to_array", false, 2, ARGS(TYPE_TEXT, TYPE_TEXT), TEXT_ARRAY, call_to_array)
    ROW("string_to_array", false, 3, ARGS(TYPE_TEXT, TYPE_TEXT, TYPE_TEXT), TEXT_ARRAY, call_to_array)
};
FUNCTION_TABLE(functions_array, rows);
