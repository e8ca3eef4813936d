/* PostgreSQL's input and output functions, one after the other, and the two functions that choose among them. */
#include "value/value.h"

#include <assert.h>
#include <stdio.h>

#include "value/array.h"
#include "value/inet.h"
#include "value/json.h"
#include "value/modifier.h"
#include "value/numeric.h"
#include "value/real.h"
#include "value/scan.h"
#include "value/time.h"
#include "value/utf8.h"

static int bad_input(const char *type, struct slice text, struct error *error)
{
    return fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type %s: \"%.*s\"", type, SLICE_FMT(text));
}

/* --- boolean: what no other word begins with --- */

static int parse_bool(struct slice text, bool *ret, struct error *error)
{
    static const struct { const char *word; size_t least; bool value; } words[] = {
        { "true", 1, true }, { "false", 1, false }, { "yes", 1, true }, { "no", 1, false },
        { "on", 2, true }, { "off", 2, false }, { "1", 1, true }, { "0", 1, false },
    };
    struct slice word = scan_trim(text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char prefix[8] = "";
        if (word.size < words[i].least || word.size > strlen(words[i].word))
            continue;
        memcpy(prefix, words[i].word, word.size);
        if (scan_is_word(word, prefix)) {
            *ret = words[i].value;
            return 0;
        }
    }
    return bad_input("boolean", text, error);
}

/* --- integers --- */

static const char *integer_name(enum type_id id)
{
    return id == TYPE_INT2 ? "smallint" : id == TYPE_INT4 ? "integer" : "bigint";
}

/* Out of range is told at the digit that leaves it, whatever follows. Negative numbers reach one further, so the sum
 * runs downwards. */
static int parse_integer(enum type_id id, struct slice text, int64_t *ret, struct error *error)
{
    struct slice number = scan_trim(text);
    int64_t least = id == TYPE_INT2 ? INT16_MIN : id == TYPE_INT4 ? INT32_MIN : INT64_MIN, integer = 0;
    bool negative = number.size > 0 && number.data[0] == '-';
    size_t at = negative || (number.size > 0 && number.data[0] == '+');
    bool over = false, sound = at < number.size;
    for (; at < number.size && sound && !over; at++) {
        int digit = number.data[at] - '0';
        sound = scan_is_digit(number.data[at]);
        over = sound && (__builtin_mul_overflow(integer, 10, &integer) || __builtin_sub_overflow(integer, digit, &integer) ||
                         integer < least);
    }
    if (!sound)
        return bad_input(integer_name(id), text, error);
    if (over || (!negative && integer == least))
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value \"%.*s\" is out of range for type %s", SLICE_FMT(text),
                    integer_name(id));
    *ret = negative ? integer : -integer;
    return 0;
}

/* --- bytea --- */

static int hex_digit(uint8_t c)
{
    uint8_t letter = (uint8_t)((c | 0x20) - 'a');
    return scan_is_digit(c) ? c - '0' : letter < 6 ? letter + 10 : -1;
}

static int parse_hex(struct slice text, uint8_t *out, size_t *ret_size, struct error *error)
{
    size_t size = 0;
    for (size_t at = 0; at < text.size; at++) {
        uint8_t c = text.data[at];
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
            continue;
        for (int half = 0; half < 2; half++, at++) {
            if (at == text.size)
                return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid hexadecimal data: odd number of digits");
            int digit = hex_digit(text.data[at]);
            if (digit < 0)
                return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "invalid hexadecimal digit: \"%.*s\"",
                            (int)utf8_prefix(slice_of(text.data + at, text.size - at), 1), (const char *)text.data + at);
            out[size] = (uint8_t)(half == 0 ? digit << 4 : out[size] | digit);
        }
        at--;
        size++;
    }
    *ret_size = size;
    return 0;
}

static int parse_escaped(struct slice text, uint8_t *out, size_t *ret_size, struct error *error)
{
    size_t size = 0;
    for (size_t at = 0; at < text.size; at++, size++) {
        const uint8_t *p = text.data + at;
        size_t left = text.size - at;
        if (*p != '\\') {
            out[size] = *p;
        } else if (left >= 2 && p[1] == '\\') {
            out[size] = '\\';
            at++;
        } else if (left >= 4 && p[1] >= '0' && p[1] <= '3' && (p[2] & 0xf8) == '0' && (p[3] & 0xf8) == '0') {
            out[size] = (uint8_t)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            at += 3;
        } else {
            return fail(error, SQLSTATE_INVALID_TEXT, "invalid input syntax for type bytea");
        }
    }
    *ret_size = size;
    return 0;
}

static int parse_bytea(struct slice text, struct arena *arena, struct slice *ret, struct error *error)
{
    uint8_t *out = arena_alloc(arena, text.size);
    size_t size = 0;
    int result = text.size >= 2 && text.data[0] == '\\' && text.data[1] == 'x'
        ? parse_hex(slice_of(text.data + 2, text.size - 2), out, &size, error)
        : parse_escaped(text, out, &size, error);
    *ret = slice_of(out, size);
    return result;
}

static void format_bytea(struct slice bytes, struct buf *out)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t *to = buf_reserve(out, 2 + 2 * bytes.size);
    *to++ = '\\';
    *to++ = 'x';
    for (size_t i = 0; i < bytes.size; i++) {
        *to++ = (uint8_t)hex[bytes.data[i] >> 4];
        *to++ = (uint8_t)hex[bytes.data[i] & 15];
    }
    out->size += 2 + 2 * bytes.size;
}

/* --- the rest --- */

static int parse_inet(struct slice text, struct arena *arena, struct slice *ret, struct error *error)
{
    struct inet inet;
    struct buf canonical = { 0 };
    if (!inet_parse(text, &inet))
        return bad_input("inet", text, error);
    inet_format(&inet, &canonical);
    *ret = arena_copy(arena, buf_slice(&canonical));
    buf_done(&canonical);
    return 0;
}

static int parse_enum(struct type type, struct slice text, struct slice *ret, struct error *error)
{
    int position = enum_position(type.labels, text);
    if (position < 0)
        return fail(error, SQLSTATE_INVALID_TEXT, "invalid input value for enum %s: \"%.*s\"", type.labels->name, SLICE_FMT(text));
    *ret = text;
    return 0;
}

static int parse_scalar(struct type type, struct slice text, struct arena *arena, struct value *ret, struct error *error)
{
    ret->kind = value_kind_of(type);
    switch (type.id) {
    case TYPE_BOOL:
        return parse_bool(text, &ret->boolean, error);
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8:
        return parse_integer(type.id, text, &ret->integer, error);
    case TYPE_FLOAT4: case TYPE_FLOAT8:
        return real_parse(text, type.id == TYPE_FLOAT4, &ret->real, error);
    case TYPE_NUMERIC:
        return numeric_parse(text, arena, ret, error);
    case TYPE_BYTEA:
        return parse_bytea(text, arena, &ret->bytes, error);
    case TYPE_UUID:
        return uuid_parse(text, &ret->uuid) ? 0 : bad_input("uuid", text, error);
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP:
        return time_parse(text, type.id == TYPE_TIMESTAMPTZ, &ret->instant, error);
    case TYPE_DATE:
        return date_parse(text, &ret->date, error);
    case TYPE_INTERVAL:
        return interval_parse(text, &ret->interval, error);
    case TYPE_JSONB:
        return json_parse(text, arena, &ret->bytes, error);
    case TYPE_JSON:
        ret->bytes = text;
        return json_check(text, error);
    case TYPE_INET:
        return parse_inet(text, arena, &ret->bytes, error);
    case TYPE_ENUM:
        return parse_enum(type, text, &ret->bytes, error);
    case TYPE_UNKNOWN: case TYPE_TEXT: case TYPE_VARCHAR:
        ret->bytes = text;
        return 0;
    case TYPE_ID_COUNT:
        break;
    }
    assert(!"a type");
    return -1;
}

int value_from_text(struct type type, struct slice text, struct arena *arena, struct value *ret, struct error *error)
{
    if (utf8_check(text, error) < 0)
        return -1;
    if (type.array)
        return array_parse(type, text, arena, ret, error);
    if (parse_scalar(type, text, arena, ret, error) < 0)
        return -1;
    return modifier_apply(type, false, arena, ret, error);
}

void value_to_text(struct type type, const struct value *value, struct buf *out)
{
    char uuid[UUID_TEXT_SIZE + 1];
    switch (value->kind) {
    case VALUE_NULL:
    case VALUE_SEALED:   assert(!"a value that is not NULL, and open"); break;
    case VALUE_BOOL:     buf_append_byte(out, value->boolean ? 't' : 'f'); break;
    case VALUE_INT:      buf_printf(out, "%lld", (long long)value->integer); break;
    case VALUE_FLOAT:    real_format(value->real, type.id == TYPE_FLOAT4, out); break;
    case VALUE_NUMERIC:  numeric_format(value, out); break;
    case VALUE_TEXT:
    case VALUE_INET:     buf_append_slice(out, value->bytes); break;
    case VALUE_BYTES:    format_bytea(value->bytes, out); break;
    case VALUE_UUID:
        uuid_format(&value->uuid, uuid);
        buf_append_string(out, uuid);
        break;
    case VALUE_TIME:     time_format(value->instant, type.id == TYPE_TIMESTAMPTZ, out); break;
    case VALUE_DATE:     date_format(value->date, out); break;
    case VALUE_INTERVAL: interval_format(&value->interval, out); break;
    case VALUE_JSON:     json_to_text(value->bytes, out); break;
    case VALUE_ARRAY:    array_format(type, value, out); break;
    }
}
