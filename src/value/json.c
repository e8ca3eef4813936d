/* JSON text into the stored form, read by yajl. */
#include "value/json.h"

#include <yajl/yajl_parse.h>

#include "value/json_build.h"
#include "value/scan.h"
#include "value/utf8.h"

struct parse {
    struct json_builder builder;
    int depth;
    bool build;                 /* false: only check the syntax */
    yajl_handle yajl;
    bool at_end;                /* all text was handed over */
    size_t end;                 /* of the text that the value as a whole took */
    struct error *error;        /* filled when a callback gave up */
};

/* yajl overlooks a string behind the value that has no closing quote. */
static void note_end(struct parse *p)
{
    if (p->depth == 0 && !p->at_end)
        p->end = yajl_get_bytes_consumed(p->yajl);
}

static int on_null(void *context)
{
    struct parse *p = context;
    note_end(p);
    if (p->build)
        json_build_null(&p->builder);
    return 1;
}

static int on_bool(void *context, int value)
{
    struct parse *p = context;
    note_end(p);
    if (p->build)
        json_build_bool(&p->builder, value != 0);
    return 1;
}

static int on_number(void *context, const char *text, size_t size)
{
    struct parse *p = context;
    note_end(p);
    return !p->build || json_build_number(&p->builder, slice_of(text, size), p->error) == 0;
}

static int on_text(void *context, const unsigned char *text, size_t size)
{
    struct parse *p = context;
    note_end(p);
    if (p->build)
        json_build_text(&p->builder, slice_of(text, size));
    return 1;
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
    struct parse *p = context;
    if (p->build)
        json_build_key(&p->builder, slice_of(text, size));
    return 1;
}

static int on_open(struct parse *p, bool map)
{
    if (p->depth == JSON_DEPTH_MAX) {
        fail(p->error, SQLSTATE_STATEMENT_TOO_COMPLEX, "JSON nests deeper than %d levels", JSON_DEPTH_MAX);
        return 0;
    }
    p->depth++;
    return !p->build || json_build_open(&p->builder, map, p->error) == 0;
}

static int on_close(void *context)
{
    struct parse *p = context;
    p->depth--;
    note_end(p);
    if (p->build)
        json_build_close(&p->builder);
    return 1;
}

static int on_open_map(void *context) { return on_open(context, true); }
static int on_open_array(void *context) { return on_open(context, false); }

static const yajl_callbacks callbacks = {
    .yajl_null = on_null, .yajl_boolean = on_bool, .yajl_number = on_number, .yajl_string = on_text,
    .yajl_start_map = on_open_map, .yajl_map_key = on_key, .yajl_end_map = on_close,
    .yajl_start_array = on_open_array, .yajl_end_array = on_close,
};

static int malformed(yajl_handle yajl, struct error *error)
{
    unsigned char *why = yajl_get_error(yajl, 0, NULL, 0);
    size_t size = strlen((const char *)why);
    while (size > 0 && scan_is_space(why[size - 1]))
        size--;
    fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type json");
    fail_detail(error, "%.*s (at byte %zu)", (int)size, (const char *)why, yajl_get_bytes_consumed(yajl));
    yajl_free_error(yajl, why);
    return -1;
}

static int run(struct parse *p, struct slice text, struct error *error)
{
    p->error = error;
    p->end = text.size;
    p->yajl = yajl_alloc(&callbacks, NULL, p);
    if (p->yajl == NULL)
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "out of memory");
    yajl_status status = yajl_parse(p->yajl, text.data, text.size);
    p->at_end = true;
    if (status == yajl_status_ok)
        status = yajl_complete_parse(p->yajl);
    int result = status == yajl_status_ok ? 0 : status == yajl_status_error ? malformed(p->yajl, error) : -1;
    yajl_free(p->yajl);
    if (result == 0 && scan_trim(slice_of(text.data + p->end, text.size - p->end)).size > 0) {
        fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type json");
        return fail_detail(error, "text behind the value (at byte %zu)", p->end);
    }
    return result;
}

static int hex4(struct slice text, size_t at)
{
    int code = 0;
    for (size_t i = at; i < at + 4; i++) {
        uint8_t c = i < text.size ? text.data[i] : 0, letter = (uint8_t)((c | 0x20) - 'a');
        if (!scan_is_digit(c) && letter > 5)
            return -1;
        code = code * 16 + (scan_is_digit(c) ? c - '0' : letter + 10);
    }
    return code;
}

static int bad_escape(const char *detail, struct error *error)
{
    fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type json");
    return fail_detail(error, "%s", detail);
}

/* yajl reads half of a surrogate pair as '?' and \u0000 as a NUL; PostgreSQL refuses both. Backslashes occur in
 * strings only, or else yajl complains. */
static int check_escapes(struct slice text, struct error *error)
{
    for (size_t at = 0; at + 1 < text.size; at++) {
        if (text.data[at] != '\\')
            continue;
        if (text.data[++at] != 'u')
            continue;
        int code = hex4(text, at + 1);
        if (code == 0) {
            fail(error, SQLSTATE_UNTRANSLATABLE_CHARACTER, "unsupported Unicode escape sequence");
            return fail_detail(error, "\\u0000 cannot be converted to text.");
        }
        if (code >= 0xdc00 && code <= 0xdfff)
            return bad_escape("Unicode low surrogate must follow a high surrogate.", error);
        if (code < 0xd800 || code > 0xdbff)
            continue;
        bool escape = at + 6 < text.size && text.data[at + 5] == '\\' && text.data[at + 6] == 'u';
        int low = escape ? hex4(text, at + 7) : -1;
        if (low >= 0xd800 && low <= 0xdbff)
            return bad_escape("Unicode high surrogate must not follow a high surrogate.", error);
        if (low < 0xdc00 || low > 0xdfff)
            return bad_escape("Unicode low surrogate must follow a high surrogate.", error);
        at += 10;
    }
    return 0;
}

int json_check(struct slice text, struct error *error)
{
    struct parse p = { .build = false };
    if (utf8_check(text, error) < 0)
        return -1;
    return run(&p, text, error);
}

static int parse(struct slice text, struct arena *arena, struct slice *ret, bool *ret_duplicates, struct error *error)
{
    struct parse p = { .build = true };
    if (utf8_check(text, error) < 0)
        return -1;
    if (run(&p, text, error) < 0 || check_escapes(text, error) < 0) {
        json_build_done(&p.builder);
        return -1;
    }
    *ret_duplicates = p.builder.duplicates;
    return json_build_end(&p.builder, arena, ret, error);
}

int json_parse(struct slice text, struct arena *arena, struct slice *ret, struct error *error)
{
    bool ignored;
    return parse(text, arena, ret, &ignored, error);
}

int json_parse_unique(struct slice text, struct arena *arena, struct slice *ret, struct error *error)
{
    bool duplicates;
    if (parse(text, arena, ret, &duplicates, error) < 0)
        return -1;
    return duplicates ? fail(error, SQLSTATE_DUPLICATE_JSON_KEY, "an object of the JSON has two members of one name") : 0;
}
