/* Keys read back: their size, to walk from column to column, and their value where the key keeps it.
 * The format is described in value/key.c. */
#include "value/value.h"

#include "value/collation.h"
#include "value/inet.h"

#define PRESENT 0x01

/* A body that may be complemented, byte by byte; past its end it reads 0. */
struct body {
    struct slice bytes;
    uint8_t mask;
};

static uint8_t byte_at(const struct body *body, size_t at)
{
    return at < body->bytes.size ? body->bytes.data[at] ^ body->mask : 0;
}

/* --- Sizes; larger than the body when it is cut off, 0 when it is malformed --- */

static size_t coded_size(const struct body *body, bool *ret_lossy)
{
    for (size_t at = 0; at + 1 < body->bytes.size; at++) {
        if (byte_at(body, at) != 0)
            continue;
        uint8_t next = byte_at(body, at + 1);
        if (next == 0xff) {
            at++;
            continue;
        }
        *ret_lossy = next == 1;
        return next == 0 ? at + 2 : next == 1 ? at + 2 + KEY_HASH_SIZE : 0;
    }
    return 0;
}

static size_t numeric_size(const struct body *body)
{
    uint8_t sign = byte_at(body, 0);
    if (sign != 1 && sign != 3)                         /* zero, the infinities, NaN */
        return sign <= 5;
    uint8_t flip = sign == 1 ? 0xff : 0;
    for (size_t at = 4; at < body->bytes.size; at++) {
        uint8_t pair = byte_at(body, at) ^ flip;
        if (pair == 0)
            return at + 1;
        if (pair == 0xff)
            return at + 1 + KEY_HASH_SIZE;
    }
    return 0;
}

static size_t body_size(struct type type, const struct body *body, bool *ret_lossy)
{
    *ret_lossy = false;
    switch (value_kind_of(type)) {
    case VALUE_NULL:
    case VALUE_SEALED:   return 0;
    case VALUE_BOOL:     return 1;
    case VALUE_INT:
    case VALUE_FLOAT:
    case VALUE_TIME:     return 8;
    case VALUE_DATE:     return 4;
    case VALUE_INTERVAL: return 12;
    case VALUE_UUID:     return 16;
    case VALUE_NUMERIC:  return numeric_size(body);
    case VALUE_INET:     return byte_at(body, 0) == 4 ? 1 + 4 + 1 + 4 : 1 + 16 + 1 + 16;
    case VALUE_TEXT:     return type.id == TYPE_ENUM ? 2 : coded_size(body, ret_lossy);
    case VALUE_BYTES:
    case VALUE_JSON:
    case VALUE_ARRAY:    return coded_size(body, ret_lossy);
    }
    return 0;
}

/* Splits off the body of a key that is a value. False when it is malformed. */
static bool open_body(struct type type, struct key_order order, struct slice key, struct body *ret, bool *ret_lossy)
{
    *ret = (struct body){ slice_of(key.data + 1, key.size - 1), order.desc ? 0xff : 0 };
    size_t size = body_size(type, ret, ret_lossy);
    if (size == 0 || size > ret->bytes.size)
        return false;
    ret->bytes.size = size;
    return true;
}

size_t value_key_size(struct type type, struct key_order order, struct slice key)
{
    struct body body;
    bool lossy;
    if (key.size == 0)
        return 0;
    if (key.data[0] != PRESENT)
        return key.data[0] == (order.nulls_first ? 0 : 2);
    return open_body(type, order, key, &body, &lossy) ? 1 + body.bytes.size : 0;
}

/* --- Values --- */

static uint64_t number_at(const struct body *body, size_t at, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | byte_at(body, at + i);
    return number;
}

/* Zero has lost its sign, and a NaN that no value has is damage. */
static bool read_float(const struct body *body, double *ret)
{
    uint64_t bits = number_at(body, 0, 8);
    if (bits == UINT64_MAX) {
        *ret = __builtin_nan("");
        return true;
    }
    bits = bits >> 63 ? bits ^ 1ull << 63 : ~bits;
    memcpy(ret, &bits, sizeof bits);
    return *ret != 0 && *ret == *ret;
}

static struct slice read_coded(const struct body *body, struct arena *arena)
{
    size_t size = 0;
    uint8_t *text = arena_alloc(arena, body->bytes.size);
    for (size_t at = 0; at + 2 < body->bytes.size; at++) {
        text[size] = byte_at(body, at);
        at += text[size++] == 0;
    }
    return slice_of(text, size);
}

/* Behind the one zero byte lies the text. */
static bool skip_sort_key(struct slice *text)
{
    const uint8_t *end = memchr(text->data, 0, text->size);
    if (end == NULL)
        return false;
    *text = slice_of(end + 1, text->size - (size_t)(end + 1 - text->data));
    return true;
}

static bool read_text(struct type type, const struct body *body, struct arena *arena, struct slice *ret)
{
    if (type.id != TYPE_ENUM) {
        *ret = read_coded(body, arena);
        return !collation_orders(type.collation) || skip_sort_key(ret);
    }
    int position = (int)number_at(body, 0, 2);
    if (position >= type.labels->count)
        return false;
    *ret = slice_of_string(type.labels->labels[position]);
    return true;
}

static bool read_inet(const struct body *body, struct arena *arena, struct slice *ret)
{
    struct inet inet = { .size = byte_at(body, 0) == 4 ? 4 : 16 };
    struct buf text = { 0 };
    inet.bits = byte_at(body, 1 + (size_t)inet.size);
    if (inet.bits > 8 * inet.size)
        return false;
    for (size_t i = 0; i < inet.size; i++)
        inet.address[i] = byte_at(body, 2 + (size_t)inet.size + i);
    inet_format(&inet, &text);
    *ret = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return true;
}

static bool read_body(struct type type, const struct body *body, struct arena *arena, struct value *ret)
{
    ret->kind = value_kind_of(type);
    switch (ret->kind) {
    case VALUE_BOOL:  ret->boolean = byte_at(body, 0) != 0; return true;
    case VALUE_INT:   ret->integer = (int64_t)(number_at(body, 0, 8) ^ 1ull << 63); return true;
    case VALUE_FLOAT: return read_float(body, &ret->real);
    case VALUE_TIME:  ret->instant = (int64_t)(number_at(body, 0, 8) ^ 1ull << 63); return true;
    case VALUE_DATE:  ret->date = (int32_t)((uint32_t)number_at(body, 0, 4) ^ 1u << 31); return true;
    case VALUE_TEXT:  return read_text(type, body, arena, &ret->bytes);
    case VALUE_BYTES: ret->bytes = read_coded(body, arena); return true;
    case VALUE_INET:  return read_inet(body, arena, &ret->bytes);
    case VALUE_UUID:
        for (size_t i = 0; i < sizeof ret->uuid.bytes; i++)
            ret->uuid.bytes[i] = byte_at(body, i);
        return true;
    default:          return false;
    }
}

bool value_from_key(struct type type, struct key_order order, struct slice *key, struct arena *arena, struct value *ret)
{
    struct body body;
    bool lossy;
    size_t size = value_key_size(type, order, *key);
    if (size == 0)
        return false;
    if (key->data[0] != PRESENT)
        ret->kind = VALUE_NULL;
    else if (!open_body(type, order, *key, &body, &lossy) || lossy || !read_body(type, &body, arena, ret))
        return false;
    *key = slice_of(key->data + size, key->size - size);
    return true;
}
