/* JSON out: text of stored JSON, and JSON of any value. */
#include "value/json.h"

#include <assert.h>
#include <math.h>

#include "value/array.h"
#include "value/json_number.h"
#include "value/numeric.h"

/* --- Strings --- */

void json_quote(struct slice text, struct buf *out)
{
    static const char short_escapes[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    size_t from = 0;
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        buf_append(out, text.data + from, i - from);
        from = i + 1;
        const char *escape = NULL;
        for (const char *pair = short_escapes; *pair != '\0'; pair += 2)
            if ((uint8_t)*pair == c)
                escape = pair + 1;
        if (escape != NULL)
            buf_printf(out, "\\%c", *escape);
        else
            buf_printf(out, "\\u%04x", c);
    }
    buf_append(out, text.data + from, text.size - from);
    buf_append_byte(out, '"');
}

/* --- Stored JSON --- */

static void put_number(struct slice *json, struct buf *out)
{
    uint8_t scratch[JSON_NUMBER_SIZE];
    int64_t integer;
    if (mp_int(json, &integer)) {
        buf_printf(out, "%lld", (long long)integer);
        return;
    }
    struct decimal d = json_number(json, scratch);
    decimal_format(&d, out);
}

static void put_scalar(struct slice *json, struct buf *out)
{
    bool boolean;
    struct slice text;
    if (mp_nil(json)) {
        buf_append_string(out, "null");
    } else if (mp_bool(json, &boolean)) {
        buf_append_string(out, boolean ? "true" : "false");
    } else if (mp_str(json, &text)) {
        json_quote(text, out);
    } else {
        put_number(json, out);
    }
}

/* Recursion is as deep as the JSON, JSON_DEPTH_MAX. */
static void put(struct slice *json, const char *comma, const char *colon, struct buf *out)
{
    uint32_t count;
    struct slice key;
    if (mp_map(json, &count)) {
        buf_append_byte(out, '{');
        for (uint32_t i = 0; i < count; i++) {
            if (i > 0)
                buf_append_string(out, comma);
            bool sound = mp_str(json, &key);
            assert(sound);
            json_quote(key, out);
            buf_append_string(out, colon);
            put(json, comma, colon, out);
        }
        buf_append_byte(out, '}');
    } else if (mp_array(json, &count)) {
        buf_append_byte(out, '[');
        for (uint32_t i = 0; i < count; i++) {
            if (i > 0)
                buf_append_string(out, comma);
            put(json, comma, colon, out);
        }
        buf_append_byte(out, ']');
    } else {
        put_scalar(json, out);
    }
}

void json_to_text(struct slice json, struct buf *out)
{
    put(&json, ", ", ": ", out);
}

void json_to_compact(struct slice json, struct buf *out)
{
    put(&json, ",", ":", out);
}

bool json_as_text(struct slice json, struct arena *arena, struct slice *ret)
{
    struct buf text = { 0 };
    if (mp_nil(&json))
        return false;
    if (mp_str(&json, ret))
        return true;
    json_to_text(json, &text);
    *ret = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return true;
}

/* --- Any value --- */

static void put_quoted_text(struct type type, const struct value *value, struct buf *out)
{
    struct buf text = { 0 };
    value_to_text(type, value, &text);
    json_quote(buf_slice(&text), out);
    buf_done(&text);
}

/* ISO 8601 with a 'T' and an offset of hours and minutes: "2025-01-02T03:04:05+00:00". */
static void put_time(struct type type, const struct value *value, struct buf *out)
{
    struct buf text = { 0 };
    value_to_text(type, value, &text);
    const char *at = buf_text(&text), *plus = strchr(at, '+');
    buf_append_byte(out, '"');
    for (bool date = true; *at != '\0'; at++) {
        buf_append_byte(out, *at == ' ' && date ? 'T' : (uint8_t)*at);
        date = date && *at != ' ';
        if (plus != NULL && at == plus + 2)
            buf_append_string(out, ":00");
    }
    buf_append_byte(out, '"');
    buf_done(&text);
}

static void put_array(struct type type, const struct value *array, struct buf *out)
{
    struct slice rest = array_elements(array);
    struct value element;
    struct type element_type = type;
    element_type.array = false;
    buf_append_byte(out, '[');
    for (bool first = true; array_next(type, &rest, &element); first = false) {
        if (!first)
            buf_append_string(out, ", ");
        json_from_value(element_type, &element, out);
    }
    buf_append_byte(out, ']');
}

void json_from_value(struct type type, const struct value *value, struct buf *out)
{
    switch (value->kind) {
    case VALUE_NULL:    buf_append_string(out, "null"); break;
    case VALUE_BOOL:    buf_append_string(out, value->boolean ? "true" : "false"); break;
    case VALUE_INT:     value_to_text(type, value, out); break;
    case VALUE_NUMERIC:
        if (numeric_is_finite(value))
            value_to_text(type, value, out);
        else
            put_quoted_text(type, value, out);
        break;
    case VALUE_JSON:    json_to_text(value->bytes, out); break;
    case VALUE_ARRAY:   put_array(type, value, out); break;
    case VALUE_TIME:    put_time(type, value, out); break;
    case VALUE_FLOAT:
        if (isfinite(value->real))
            value_to_text(type, value, out);
        else
            put_quoted_text(type, value, out);
        break;
    case VALUE_TEXT:
        if (type.id == TYPE_JSON)
            buf_append_slice(out, value->bytes);
        else
            json_quote(value->bytes, out);
        break;
    default:            put_quoted_text(type, value, out); break;
    }
}
