#include "value/array.h"

#include <assert.h>

#include "value/mp.h"
#include "value/scan.h"

static struct type element_of(struct type type)
{
    type.array = false;
    return type;
}

/* --- Building and walking --- */

int array_put(struct array_writer *writer, struct type element, const struct value *value, struct error *error)
{
    value_store(element, value, &writer->elements);
    arena_reset(&writer->scratch);
    writer->count++;
    if (writer->elements.size > VALUE_SIZE_MAX)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "an array has more than %zu bytes", VALUE_SIZE_MAX);
    return 0;
}

void array_abandon(struct array_writer *writer)
{
    buf_done(&writer->elements);
    arena_done(&writer->scratch);
}

struct value array_end(struct array_writer *writer, struct arena *arena)
{
    struct buf head = { 0 };
    mp_put_array(&head, writer->count);
    uint8_t *bytes = arena_alloc(arena, head.size + writer->elements.size);
    memcpy(bytes, head.data, head.size);
    if (writer->count > 0)
        memcpy(bytes + head.size, writer->elements.data, writer->elements.size);
    struct slice array = slice_of(bytes, head.size + writer->elements.size);
    buf_done(&head);
    array_abandon(writer);
    return (struct value){ .kind = VALUE_ARRAY, .bytes = array };
}

struct value array_build(struct type element, const struct value *elements, int count, struct arena *arena)
{
    struct array_writer writer = { .count = (uint32_t)count };
    assert(!element.array);
    assert(count >= 0);
    for (int i = 0; i < count; i++)
        value_store(element, &elements[i], &writer.elements);
    return array_end(&writer, arena);
}

int array_count(const struct value *array)
{
    uint32_t count;
    struct slice rest = array->bytes;
    assert(array->kind == VALUE_ARRAY);
    bool sound = mp_array(&rest, &count) && count <= INT32_MAX;
    assert(sound);
    return (int)count;
}

struct slice array_elements(const struct value *array)
{
    uint32_t count;
    struct slice rest = array->bytes;
    assert(array->kind == VALUE_ARRAY);
    bool sound = mp_array(&rest, &count);
    assert(sound);
    return rest;
}

bool array_next(struct type type, struct slice *rest, struct value *ret)
{
    return rest->size > 0 && value_load(element_of(type), rest, ret) == 0;
}

/* --- Text: {1,2,NULL}, {"a b","c\"d"} --- */

/* What array_out() puts in quotes: the empty string, NULL in any case, and what would be taken apart. */
static bool needs_quotes(struct slice text)
{
    if (text.size == 0 || scan_is_word(text, "null"))
        return true;
    for (size_t i = 0; i < text.size; i++)
        if (scan_is_space(text.data[i]) || memchr("\"\\{},", text.data[i], 5) != NULL)
            return true;
    return false;
}

static void format_element(struct slice text, struct buf *out)
{
    if (!needs_quotes(text)) {
        buf_append_slice(out, text);
        return;
    }
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buf_append_byte(out, '\\');
        buf_append_byte(out, text.data[i]);
    }
    buf_append_byte(out, '"');
}

void array_format(struct type type, const struct value *array, struct buf *out)
{
    struct slice rest = array_elements(array);
    struct value element;
    struct buf text = { 0 };
    buf_append_byte(out, '{');
    for (bool first = true; array_next(type, &rest, &element); first = false) {
        if (!first)
            buf_append_byte(out, ',');
        if (value_is_null(&element)) {
            buf_append_string(out, "NULL");
            continue;
        }
        buf_clear(&text);
        value_to_text(element_of(type), &element, &text);
        format_element(buf_slice(&text), out);
    }
    buf_append_byte(out, '}');
    buf_done(&text);
}

struct reader {
    struct slice text;          /* the whole literal, for messages */
    size_t at;
};

static int malformed(const struct reader *r, const char *detail, struct error *error)
{
    fail(error, SQLSTATE_INVALID_TEXT, "malformed array literal: \"%.*s\"", SLICE_FMT(r->text));
    return fail_detail(error, "%s", detail);
}

static uint8_t look(const struct reader *r)
{
    return r->at < r->text.size ? r->text.data[r->at] : 0;
}

static void skip_space(struct reader *r)
{
    while (scan_is_space(look(r)))
        r->at++;
}

/* One element's text without quotes and escapes; `ret_quoted` says whether NULL would be a word. White space around
 * an unquoted element does not count, escaped white space does. */
static int read_element(struct reader *r, struct buf *ret, bool *ret_quoted, struct error *error)
{
    bool in_quotes = false, ended = false;
    size_t kept = 0;                    /* bytes that trailing white space is not cut from */
    *ret_quoted = false;
    buf_clear(ret);
    skip_space(r);
    for (; r->at < r->text.size; r->at++) {
        uint8_t c = look(r);
        if (c == '\\') {
            if (++r->at == r->text.size || ended)
                break;
            buf_append_byte(ret, look(r));
            kept = ret->size;
            *ret_quoted = true;
        } else if (c == '"') {
            if (!in_quotes && (ended || ret->size > 0))
                return malformed(r, "Unexpected array element.", error);
            in_quotes = !in_quotes;
            ended = !in_quotes;
            *ret_quoted = true;
            kept = ret->size;
        } else if (in_quotes) {
            buf_append_byte(ret, c);
        } else if (c == '{') {
            return malformed(r, "Unexpected \"{\" character.", error);
        } else if (c == ',' || c == '}') {
            ret->size = kept;
            if (kept == 0 && !*ret_quoted)
                return malformed(r, c == ',' ? "Unexpected \",\" character." : "Unexpected \"}\" character.", error);
            return 0;
        } else if (scan_is_space(c)) {
            buf_append_byte(ret, c);
        } else {
            if (ended)
                return malformed(r, "Unexpected array element.", error);
            buf_append_byte(ret, c);
            kept = ret->size;
        }
    }
    return malformed(r, "Unexpected end of input.", error);
}

static int put_element(struct type type, struct slice text, bool quoted, struct array_writer *out, struct error *error)
{
    struct value value = VALUE_OF_NULL;
    bool null = !quoted && scan_is_word(text, "null");
    if (!null && value_from_text(element_of(type), text, &out->scratch, &value, error) < 0)
        return -1;
    return array_put(out, element_of(type), &value, error);
}

/* Walks from the opening to the closing brace. Without `out` only the syntax is checked: it comes before the elements. */
static int read_elements(struct type type, struct reader *r, struct array_writer *out, struct error *error)
{
    struct buf text = { 0 };
    int result = 0;
    bool quoted;
    do {
        r->at++;                        /* past '{' or ',' */
        result = read_element(r, &text, &quoted, error);
        if (result == 0 && out != NULL)
            result = put_element(type, buf_slice(&text), quoted, out, error);
    } while (result == 0 && look(r) == ',');
    buf_done(&text);
    return result;
}

static int check_syntax(struct type type, struct reader r, struct error *error)
{
    if (read_elements(type, &r, NULL, error) < 0)
        return -1;
    r.at++;
    skip_space(&r);
    return r.at == r.text.size ? 0 : malformed(&r, "Junk after closing right brace.", error);
}

/* "{}" with white space anywhere. */
static bool is_empty(struct reader r)
{
    r.at++;
    skip_space(&r);
    if (look(&r) != '}')
        return false;
    r.at++;
    skip_space(&r);
    return r.at == r.text.size;
}

/* "[1:2]={...}" and "{{..." are PostgreSQL's, not ours. */
static int refuse_dimensions(struct reader r, struct error *error)
{
    bool bounds = look(&r) == '[' && memchr(r.text.data + r.at, '=', r.text.size - r.at) != NULL;
    bool nested = look(&r) == '{';
    r.at++;
    skip_space(&r);
    if (bounds || (nested && look(&r) == '{'))
        return fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "arrays of more than one dimension, or with bounds, are not supported");
    return 0;
}

int array_parse(struct type type, struct slice text, struct arena *arena, struct value *ret, struct error *error)
{
    struct reader r = { .text = text };
    struct array_writer writer = { .count = 0 };
    skip_space(&r);
    if (refuse_dimensions(r, error) < 0)
        return -1;
    if (look(&r) != '{')
        return malformed(&r, "Array value must start with \"{\" or dimension information.", error);
    if (!is_empty(r) && (check_syntax(type, r, error) < 0 || read_elements(type, &r, &writer, error) < 0)) {
        array_abandon(&writer);
        return -1;
    }
    *ret = array_end(&writer, arena);
    return 0;
}
