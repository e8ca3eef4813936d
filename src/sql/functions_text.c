/* Functions of text. Positions and lengths count characters. */
#include "sql/function.h"
#include "value/letters.h"
#include "value/utf8.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

static int give(struct value *ret, struct slice text)
{
    *ret = value_text(text);
    return 0;
}

static int too_long(struct error *error)
{
    return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
}

static struct slice part(struct slice text, size_t start, size_t end)
{
    return end > start ? slice_of(text.data + start, end - start) : slice_of(text.data, 0);
}

/* --- Letters --- */

/* Whoever appends in a loop ends it when the text is too long. */
static int give_buf(struct buf *built, struct arena *arena, struct value *ret, struct error *error)
{
    bool fits = built->size <= VALUE_SIZE_MAX;
    if (fits)
        *ret = value_text(arena_copy(arena, buf_slice(built)));
    buf_done(built);
    return fits ? 0 : too_long(error);
}

typedef void letters_fn(struct slice text, struct buf *out);
typedef void collated_fn(const struct collation *collation, struct slice text, struct buf *out);

/* By the collation, where that has letters of its own. */
static int in_letters(const struct collation *collation, collated_fn *own, letters_fn *change, struct slice text, struct arena *arena,
                      struct value *ret, struct error *error)
{
    struct buf out = { 0 };
    if (own != NULL)
        own(collation, text, &out);
    else
        change(text, &out);
    return give_buf(&out, arena, ret, error);
}

#define LETTERS(which) in_letters(call->collation, call->collation != NULL ? call->collation->which : NULL, letters_##which, args[0].bytes, \
                                  eval->arena, ret, error)

CALL(call_lower) { return LETTERS(lower); }
CALL(call_upper) { return LETTERS(upper); }
CALL(call_initcap) { return LETTERS(initcap); }

/* --- Lengths --- */

CALL(call_length)
{
    *ret = value_int((int64_t)utf8_length(args[0].bytes));
    return 0;
}

CALL(call_octet_length)
{
    *ret = value_int((int64_t)args[0].bytes.size);
    return 0;
}

/* --- Trimming --- */

static size_t character_at(struct slice text, size_t at)
{
    return utf8_prefix(slice_of(text.data + at, text.size - at), 1);
}

static size_t character_before(struct slice text, size_t end)
{
    size_t at = end - 1;
    while (at > 0 && (text.data[at] & 0xC0) == 0x80)
        at--;
    return end - at;
}

static bool has_character(struct slice set, struct slice character)
{
    for (size_t i = 0; i < set.size; i += character_at(set, i))
        if (slice_equal(slice_of(set.data + i, character_at(set, i)), character))
            return true;
    return false;
}

/* Each character of the one is looked for among those of the other. */
static int price_of_search(struct eval *eval, struct slice text, struct slice set, struct error *error)
{
    return work_spend(eval->work, WORK_OF_BYTES((uint64_t)text.size * set.size), error);
}

static int trim(const struct expr *call, struct eval *eval, const struct value *args, bool left, bool right, struct value *ret, struct error *error)
{
    struct slice text = args[0].bytes, set = call->count > 1 ? args[1].bytes : SLICE_LITERAL(" ");
    size_t start = 0, end = text.size;
    if (price_of_search(eval, text, set, error) < 0)
        return -1;
    while (left && start < end && has_character(set, slice_of(text.data + start, character_at(text, start))))
        start += character_at(text, start);
    while (right && end > start) {
        size_t size = character_before(text, end);
        if (!has_character(set, slice_of(text.data + end - size, size)))
            break;
        end -= size;
    }
    return give(ret, part(text, start, end));
}

CALL(call_btrim) { return trim(call, eval, args, true, true, ret, error); }
CALL(call_ltrim) { return trim(call, eval, args, true, false, ret, error); }
CALL(call_rtrim) { return trim(call, eval, args, false, true, ret, error); }

/* --- Parts --- */

/* Characters from `start` (from 1, may lie before the text) up to but not including `end`. */
static struct slice characters(struct slice text, int64_t start, int64_t end)
{
    size_t first = start > 1 ? (size_t)start - 1 : 0;
    size_t count = end > (int64_t)first + 1 ? (size_t)end - 1 - first : 0;
    size_t from = utf8_prefix(text, first);
    struct slice rest = part(text, from, text.size);
    return part(rest, 0, utf8_prefix(rest, count));
}

CALL(call_substring)
{
    int64_t start = args[1].integer, end = INT64_MAX;
    if (call->count > 2 && args[2].integer < 0)
        return fail(error, SQLSTATE_SUBSTRING_ERROR, "negative substring length not allowed");
    if (call->count > 2)
        end = start + args[2].integer;
    return give(ret, characters(args[0].bytes, start, end));
}

/* A negative count leaves out so many at the other end. */
CALL(call_left)
{
    int64_t count = args[1].integer;
    int64_t length = count < 0 ? (int64_t)utf8_length(args[0].bytes) : 0;
    return give(ret, characters(args[0].bytes, 1, 1 + (count < 0 ? length + count : count)));
}

CALL(call_right)
{
    int64_t count = args[1].integer;
    int64_t length = (int64_t)utf8_length(args[0].bytes);
    return give(ret, characters(args[0].bytes, 1 + (count < 0 ? -count : length - count), INT64_MAX));
}

/* The byte at which `wanted` begins, at or after `from`; -1. */
static int64_t find(struct slice text, struct slice wanted, size_t from)
{
    if (from > text.size)
        return -1;
    if (wanted.size == 0)
        return (int64_t)from;
    const uint8_t *found = memmem(text.data + from, text.size - from, wanted.data, wanted.size);
    return found == NULL ? -1 : found - text.data;
}

CALL(call_strpos)
{
    int64_t at = find(args[0].bytes, args[1].bytes, 0);
    *ret = value_int(at < 0 ? 0 : 1 + (int64_t)utf8_length(slice_of(args[0].bytes.data, (size_t)at)));
    return 0;
}

CALL(call_starts_with)
{
    struct slice text = args[0].bytes, prefix = args[1].bytes;
    *ret = value_bool(prefix.size <= text.size && slice_equal(slice_of(text.data, prefix.size), prefix));
    return 0;
}

CALL(call_split_part)
{
    struct slice text = args[0].bytes, separator = args[1].bytes;
    int64_t wanted = args[2].integer, parts = 1;
    if (wanted == 0)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "field position must not be zero");
    for (int64_t at = 0; separator.size > 0 && (at = find(text, separator, (size_t)at)) >= 0; at += (int64_t)separator.size)
        parts++;
    if (wanted < 0)
        wanted += parts + 1;
    size_t start = 0;
    for (int64_t i = 1; i <= parts; i++) {
        int64_t at = separator.size > 0 ? find(text, separator, start) : -1;
        size_t end = at < 0 ? text.size : (size_t)at;
        if (i == wanted)
            return give(ret, part(text, start, end));
        start = end + separator.size;
    }
    return give(ret, part(text, 0, 0));
}

/* --- Making new ones --- */

CALL(call_replace)
{
    struct slice text = args[0].bytes, from = args[1].bytes, to = args[2].bytes;
    if (from.size == 0)
        return give(ret, text);
    struct buf built = { 0 };
    size_t start = 0;
    for (int64_t at; (at = find(text, from, start)) >= 0 && built.size <= VALUE_SIZE_MAX; start = (size_t)at + from.size) {
        buf_append_slice(&built, part(text, start, (size_t)at));
        buf_append_slice(&built, to);
    }
    buf_append_slice(&built, part(text, start, text.size));
    return give_buf(&built, eval->arena, ret, error);
}

CALL(call_concat)
{
    struct buf built = { 0 };
    for (int i = 0; i < call->count && built.size <= VALUE_SIZE_MAX; i++)
        if (!value_is_null(&args[i]))
            value_to_text(call->args[i]->type, &args[i], &built);
    return give_buf(&built, eval->arena, ret, error);
}

CALL(call_concat_ws)
{
    if (value_is_null(&args[0])) {
        *ret = VALUE_OF_NULL;
        return 0;
    }
    struct buf built = { 0 };
    bool first = true;
    for (int i = 1; i < call->count && built.size <= VALUE_SIZE_MAX; i++) {
        if (value_is_null(&args[i]))
            continue;
        if (!first)
            buf_append_slice(&built, args[0].bytes);
        value_to_text(call->args[i]->type, &args[i], &built);
        first = false;
    }
    return give_buf(&built, eval->arena, ret, error);
}

CALL(call_repeat)
{
    int64_t times = args[1].integer > 0 ? args[1].integer : 0;
    size_t size = args[0].bytes.size;
    if (size > 0 && (uint64_t)times > VALUE_SIZE_MAX / size)
        return too_long(error);
    if (work_spend(eval->work, WORK_OF_BYTES(size * (size_t)times), error) < 0)
        return -1;
    uint8_t *built = arena_alloc(eval->arena, size * (size_t)times + 1);
    for (int64_t i = 0; i < times && size > 0; i++)
        memcpy(built + size * (size_t)i, args[0].bytes.data, size);
    return give(ret, slice_of(built, size * (size_t)times));
}

/* `fill`, over and over, up to `missing` characters. */
static void append_fill(struct buf *out, struct slice fill, size_t missing)
{
    size_t length = utf8_length(fill);
    for (; length > 0 && missing >= length; missing -= length)
        buf_append_slice(out, fill);
    if (length > 0)
        buf_append(out, fill.data, utf8_prefix(fill, missing));
}

static int pad(const struct expr *call, struct eval *eval, const struct value *args, bool left, struct value *ret, struct error *error)
{
    struct slice text = args[0].bytes, fill = call->count > 2 ? args[2].bytes : SLICE_LITERAL(" ");
    size_t want = args[1].integer > 0 ? (size_t)args[1].integer : 0, length = utf8_length(text);
    if (want > VALUE_SIZE_MAX / 4)
        return too_long(error);
    if (length >= want)
        return give(ret, part(text, 0, utf8_prefix(text, want)));
    struct buf built = { 0 };
    if (work_spend(eval->work, WORK_OF_BYTES(want), error) < 0)
        return -1;
    if (left)
        append_fill(&built, fill, want - length);
    buf_append_slice(&built, text);
    if (!left)
        append_fill(&built, fill, want - length);
    return give_buf(&built, eval->arena, ret, error);
}

CALL(call_lpad) { return pad(call, eval, args, true, ret, error); }
CALL(call_rpad) { return pad(call, eval, args, false, ret, error); }

CALL(call_reverse)
{
    struct slice text = args[0].bytes;
    uint8_t *built = arena_alloc(eval->arena, text.size + 1), *at = built;
    for (size_t end = text.size; end > 0;) {
        size_t size = character_before(text, end);
        end -= size;
        memcpy(at, text.data + end, size);
        at += size;
    }
    return give(ret, slice_of(built, text.size));
}

CALL(call_translate)
{
    struct slice text = args[0].bytes, from = args[1].bytes, to = args[2].bytes;
    struct buf built = { 0 };
    if (price_of_search(eval, text, from, error) < 0)
        return -1;
    for (size_t i = 0; i < text.size; i += character_at(text, i)) {
        struct slice character = slice_of(text.data + i, character_at(text, i));
        size_t at = 0, number = 0;
        while (at < from.size && !slice_equal(slice_of(from.data + at, character_at(from, at)), character)) {
            at += character_at(from, at);
            number++;
        }
        if (at >= from.size)
            buf_append_slice(&built, character);
        else
            buf_append_slice(&built, characters(to, (int64_t)number + 1, (int64_t)number + 2));
    }
    return give_buf(&built, eval->arena, ret, error);
}

#define ROW(name, strict, variadic, count, args, ret, call) { name, FUNCTION_IMMUTABLE, strict, variadic, count, args, ret, EXPR_FUNCTION, call, false },
#define COLLATED(name, count, args, ret, call) { name, FUNCTION_IMMUTABLE, true, false, count, args, ret, EXPR_FUNCTION, call, true },
#define ARGS(...) { __VA_ARGS__ }
#define TEXT1(name, ret, call) ROW(name, true, false, 1, ARGS(TYPE_TEXT), ret, call)
#define TEXT2(name, second, ret, call) ROW(name, true, false, 2, ARGS(TYPE_TEXT, second), ret, call)
#define TEXT3(name, second, third, ret, call) ROW(name, true, false, 3, ARGS(TYPE_TEXT, second, third), ret, call)

static const struct function rows[] = {
    COLLATED("lower", 1, ARGS(TYPE_TEXT), TYPE_TEXT, call_lower)
    COLLATED("upper", 1, ARGS(TYPE_TEXT), TYPE_TEXT, call_upper)
    COLLATED("initcap", 1, ARGS(TYPE_TEXT), TYPE_TEXT, call_initcap)
    TEXT1("length", TYPE_INT4, call_length)
    TEXT1("char_length", TYPE_INT4, call_length)
    TEXT1("character_length", TYPE_INT4, call_length)
    TEXT1("octet_length", TYPE_INT4, call_octet_length)
    ROW("length", true, false, 1, ARGS(TYPE_BYTEA), TYPE_INT4, call_octet_length)
    ROW("octet_length", true, false, 1, ARGS(TYPE_BYTEA), TYPE_INT4, call_octet_length)
    TEXT1("btrim", TYPE_TEXT, call_btrim)
    TEXT2("btrim", TYPE_TEXT, TYPE_TEXT, call_btrim)
    TEXT1("ltrim", TYPE_TEXT, call_ltrim)
    TEXT2("ltrim", TYPE_TEXT, TYPE_TEXT, call_ltrim)
    TEXT1("rtrim", TYPE_TEXT, call_rtrim)
    TEXT2("rtrim", TYPE_TEXT, TYPE_TEXT, call_rtrim)
    TEXT2("substr", TYPE_INT4, TYPE_TEXT, call_substring)
    TEXT3("substr", TYPE_INT4, TYPE_INT4, TYPE_TEXT, call_substring)
    TEXT2("substring", TYPE_INT4, TYPE_TEXT, call_substring)
    TEXT3("substring", TYPE_INT4, TYPE_INT4, TYPE_TEXT, call_substring)
    TEXT2("left", TYPE_INT4, TYPE_TEXT, call_left)
    TEXT2("right", TYPE_INT4, TYPE_TEXT, call_right)
    COLLATED("strpos", 2, ARGS(TYPE_TEXT, TYPE_TEXT), TYPE_INT4, call_strpos)
    COLLATED("position", 2, ARGS(TYPE_TEXT, TYPE_TEXT), TYPE_INT4, call_strpos)
    COLLATED("starts_with", 2, ARGS(TYPE_TEXT, TYPE_TEXT), TYPE_BOOL, call_starts_with)
    COLLATED("split_part", 3, ARGS(TYPE_TEXT, TYPE_TEXT, TYPE_INT4), TYPE_TEXT, call_split_part)
    COLLATED("replace", 3, ARGS(TYPE_TEXT, TYPE_TEXT, TYPE_TEXT), TYPE_TEXT, call_replace)
    TEXT3("translate", TYPE_TEXT, TYPE_TEXT, TYPE_TEXT, call_translate)
    TEXT2("repeat", TYPE_INT4, TYPE_TEXT, call_repeat)
    TEXT2("lpad", TYPE_INT4, TYPE_TEXT, call_lpad)
    TEXT3("lpad", TYPE_INT4, TYPE_TEXT, TYPE_TEXT, call_lpad)
    TEXT2("rpad", TYPE_INT4, TYPE_TEXT, call_rpad)
    TEXT3("rpad", TYPE_INT4, TYPE_TEXT, TYPE_TEXT, call_rpad)
    TEXT1("reverse", TYPE_TEXT, call_reverse)
    ROW("concat", false, true, 1, ARGS(SIGNATURE_ANY), TYPE_TEXT, call_concat)
    ROW("concat_ws", false, true, 2, ARGS(TYPE_TEXT, SIGNATURE_ANY), TYPE_TEXT, call_concat_ws)
};
FUNCTION_TABLE(functions_text, rows);
