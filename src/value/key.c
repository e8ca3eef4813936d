/* Memory-comparable keys: memcmp of two keys orders as the values do.
 *
 * A column's key form is a marker byte and, for a value, its body:
 *
 *      marker  00 NULL where NULLs come first, 01 a value, 02 NULL where they come last
 *      body    by type, below; DESC complements every byte of it, and not the marker, which has the last word on NULLs
 *
 *      boolean                 1 byte, 0 or 1
 *      smallint to bigint      8 bytes big-endian, sign bit flipped: every integer type alike
 *      real, double            8 bytes big-endian of the double; sign bit flipped, negative ones complemented whole;
 *                              -0 as 0, any NaN as the largest
 *      numeric                 00 -Infinity, 01 negative, 02 zero, 03 positive, 04 Infinity, 05 NaN; behind 01 and 03 the number of digits before the decimal
 *                              point (negative for leading zeros behind it) plus 80 00 00, 3 bytes big-endian; the digits
 *                              without trailing zeros, two a byte, plus one (01 to 64), and 00. A negative number
 *                              complements what follows its first byte. The scale is not in it: 1.50 is 1.5
 *      text, varchar, json     its bytes, 00 as 00 FF, and 00 00 at the end
 *      the same, collated      coded alike: ICU's sort key, 00, its bytes (value/collation.h, C2)
 *      bytea                   its bytes, coded alike
 *      enum                    2 bytes big-endian, the label's place in the declaration
 *      uuid                    its 16 bytes
 *      timestamps              8 bytes big-endian microseconds, sign bit flipped
 *      date                    4 bytes big-endian days, sign bit flipped
 *      interval                12 bytes big-endian, interval_span() in microseconds, sign bit flipped
 *      inet                    04 or 06; the network, the prefix length, the address
 *      jsonb                   00 01 and XXH3-128 of a normal form, json_normal(): equality only, always lossy
 *      arrays                  each element as 01 and its body or 02 for NULL, 00 at the end; the whole coded like bytea, and
 *                              hashed from the first hash of an element on
 *
 * A coded text, bytea or array of more than KEY_TEXT_MAX bytes, KEY_COLLATED_MAX of a collated one, keeps the first of them (and
 * splits no 00 FF), then 00 01 and the XXH3-128 of all; numerics likewise after KEY_DIGITS_MAX digits: FF and the hash. Such a key is lossy:
 *  (K1) Its hash is its last KEY_HASH_SIZE bytes. Keys that agree before it are in no order, but different.
 *  (K2) Against every key with other bytes before the hash it is in the right order, since 00 01 lies between the end
 *       of a text and any longer one, and FF behind every pair of digits.
 *  (K3) No body is a proper prefix of another of its type: keys of several columns compare column by column. */
#include "value/value.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"
#include "value/decimal.h"
#include "value/array.h"
#include "value/collation.h"
#include "value/inet.h"
#include "value/json.h"
#include "value/time.h"

#define NULL_FIRST 0x00
#define PRESENT    0x01
#define NULL_LAST  0x02

#define KEY_DIGITS_MAX 64       /* digits of a numeric before the rest is hashed; even */
#define POINT_ZERO     0x800000
#define DIGITS_END     0x00
#define DIGITS_HASHED  0xff

#define MINUS_INFINITY 0
#define NEGATIVE 1
#define ZERO     2
#define POSITIVE 3
#define PLUS_INFINITY 4
#define NOT_A_NUMBER 5

static void put_big_endian(struct buf *out, uint64_t number, size_t size)
{
    uint8_t *bytes = buf_reserve(out, size);
    for (size_t i = size; i > 0; i--, number >>= 8)
        bytes[i - 1] = (uint8_t)number;
    out->size += size;
}

static void complement(struct buf *out, size_t from)
{
    for (size_t i = from; i < out->size; i++)
        out->data[i] = (uint8_t)~out->data[i];
}

static void put_hash(struct buf *out, struct slice bytes)
{
    uint8_t hash[KEY_HASH_SIZE];
    hash128(bytes, hash);
    buf_append(out, hash, sizeof hash);
}

/* --- Bodies --- */

static void key_float(double real, struct buf *out)
{
    uint64_t bits;
    if (isnan(real)) {
        put_big_endian(out, UINT64_MAX, 8);
        return;
    }
    real += 0.0;                        /* -0 becomes 0 */
    memcpy(&bits, &real, sizeof bits);
    put_big_endian(out, bits >> 63 ? ~bits : bits | 1ull << 63, 8);
}

/* `coded` counts coded bytes, at most `most`; returns how many bytes of `text` fit. */
static size_t fitting(struct slice text, size_t most, size_t *coded)
{
    size_t at = 0;
    *coded = 0;
    for (; at < text.size; at++) {
        size_t size = text.data[at] == 0 ? 2 : 1;
        if (*coded + size > most)
            break;
        *coded += size;
    }
    return at;
}

/* Codes `text`, of which at most the first `keep` bytes, and `most` coded ones, may stand before a hash; all of it where there is none. */
static bool key_coded(struct slice text, size_t keep, size_t most, struct buf *out)
{
    size_t coded, fits = fitting(slice_of(text.data, keep), most, &coded);
    uint8_t *to = buf_reserve(out, coded + 2);
    for (size_t i = 0; i < fits; i++) {
        *to++ = text.data[i];
        if (text.data[i] == 0)
            *to++ = 0xff;
    }
    *to++ = 0;
    *to = fits == text.size ? 0 : 1;
    out->size += coded + 2;
    if (fits == text.size)
        return false;
    put_hash(out, text);
    return true;
}

static bool key_bytes(struct slice text, struct buf *out)
{
    if (text.size > KEY_TEXT_MAX || (text.size > 0 && memchr(text.data, 0, text.size) != NULL))
        return key_coded(text, text.size, KEY_TEXT_MAX, out);
    buf_append_slice(out, text);                /* nearly always */
    put_big_endian(out, 0, 2);
    return false;
}

/* No trailing zeros, no scale. */
bool decimal_key(const struct decimal *d, struct buf *out)
{
    static const uint8_t special[] = { MINUS_INFINITY, ZERO, PLUS_INFINITY, NOT_A_NUMBER };
    uint32_t count = d->count;
    if (d->kind != DECIMAL_FINITE) {
        buf_append_byte(out, special[d->kind]);
        return false;
    }
    buf_append_byte(out, count == 0 ? ZERO : d->negative ? NEGATIVE : POSITIVE);
    if (count == 0)
        return false;
    size_t from = out->size;
    while (decimal_digit(d, count - 1) == 0)
        count--;
    put_big_endian(out, (uint64_t)(decimal_point(d) + POINT_ZERO), 3);
    uint32_t kept = count > KEY_DIGITS_MAX ? KEY_DIGITS_MAX : count;
    for (uint32_t i = 0; i < kept; i += 2) {
        int second = i + 1 < count ? decimal_digit(d, i + 1) : 0;
        buf_append_byte(out, (uint8_t)(decimal_digit(d, i) * 10 + second + 1));
    }
    if (kept == count) {
        buf_append_byte(out, DIGITS_END);
    } else {
        buf_append_byte(out, DIGITS_HASHED);
        size_t start = out->size;
        for (uint32_t i = kept; i < count; i++)         /* hashed in place, then replaced */
            buf_append_byte(out, (uint8_t)decimal_digit(d, i));
        uint8_t hash[KEY_HASH_SIZE];
        hash128(slice_of(out->data + start, out->size - start), hash);
        out->size = start;
        buf_append(out, hash, sizeof hash);
    }
    if (d->negative)
        complement(out, from);
    return kept < count;
}

static bool key_numeric(const struct value *value, struct buf *out)
{
    struct decimal d;
    bool sound = decimal_open(value->bytes, &d);
    assert(sound);
    return decimal_key(&d, out);
}

static bool key_collated(const struct collation *collation, struct slice text, struct buf *out)
{
    struct buf form = { 0 };
    collation->key(collation, text, &form);
    bool lossy = key_coded(buf_slice(&form), form.size, KEY_COLLATED_MAX, out);
    buf_done(&form);
    return lossy;
}

static bool key_text(struct type type, struct slice text, struct buf *out)
{
    if (collation_orders(type.collation))
        return key_collated(type.collation, text, out);
    if (type.id != TYPE_ENUM)
        return key_bytes(text, out);
    int position = enum_position(type.labels, text);
    assert(position >= 0);
    put_big_endian(out, (uint64_t)position, 2);
    return false;
}

static void key_interval(const struct interval *interval, struct buf *out)
{
    __int128 span = interval_span(interval);
    put_big_endian(out, (uint64_t)(uint32_t)(span >> 64) ^ 1ull << 31, 4);
    put_big_endian(out, (uint64_t)span, 8);
}

static void key_inet(struct slice text, struct buf *out)
{
    struct inet inet;
    bool sound = inet_parse(text, &inet);
    assert(sound);
    struct inet network = inet_masked(&inet);
    buf_append_byte(out, inet.size == 4 ? 4 : 6);
    buf_append(out, network.address, inet.size);
    buf_append_byte(out, inet.bits);
    buf_append(out, inet.address, inet.size);
}

static bool key_json(struct slice json, struct buf *out)
{
    size_t start = out->size;
    json_normal(json, out);                     /* hashed in place, then replaced */
    uint8_t hash[KEY_HASH_SIZE];
    hash128(slice_of(out->data + start, out->size - start), hash);
    out->size = start;
    put_big_endian(out, 1, 2);
    buf_append(out, hash, sizeof hash);
    return true;
}

static bool key_body(struct type type, const struct value *value, struct buf *out);

/* The elements are written to the end of `out`, coded behind them, and the coded form moved into their place. What
 * follows an element's own hash is in no order, so the array's hash takes its place there. */
static bool key_array(struct type type, const struct value *array, struct buf *out)
{
    struct slice rest = array_elements(array);
    struct type element = type;
    struct value value;
    size_t start = out->size, keep = SIZE_MAX;
    element.array = false;
    while (array_next(type, &rest, &value)) {
        buf_append_byte(out, value_is_null(&value) ? NULL_LAST : PRESENT);
        if (!value_is_null(&value) && key_body(element, &value, out) && keep == SIZE_MAX)
            keep = out->size - start - KEY_HASH_SIZE;
    }
    buf_append_byte(out, 0);
    size_t size = out->size - start;
    buf_reserve(out, KEY_TEXT_MAX + 2 + KEY_HASH_SIZE);         /* so that the elements stay where they are */
    bool lossy = key_coded(slice_of(out->data + start, size), keep < size ? keep : size, KEY_TEXT_MAX, out);
    memmove(out->data + start, out->data + start + size, out->size - start - size);
    out->size -= size;
    return lossy;
}

static bool key_body(struct type type, const struct value *value, struct buf *out)
{
    assert(value->kind == value_kind_of(type));
    switch (value->kind) {
    case VALUE_NULL:
    case VALUE_SEALED:   break;
    case VALUE_BOOL:     buf_append_byte(out, value->boolean); break;
    case VALUE_INT:      put_big_endian(out, (uint64_t)value->integer ^ 1ull << 63, 8); break;
    case VALUE_FLOAT:    key_float(value->real, out); break;
    case VALUE_NUMERIC:  return key_numeric(value, out);
    case VALUE_TEXT:     return key_text(type, value->bytes, out);
    case VALUE_BYTES:    return key_bytes(value->bytes, out);
    case VALUE_UUID:     buf_append(out, value->uuid.bytes, sizeof value->uuid.bytes); break;
    case VALUE_TIME:     put_big_endian(out, (uint64_t)value->instant ^ 1ull << 63, 8); break;
    case VALUE_DATE:     put_big_endian(out, (uint32_t)value->date ^ 1u << 31, 4); break;
    case VALUE_INTERVAL: key_interval(&value->interval, out); break;
    case VALUE_JSON:     return key_json(value->bytes, out);
    case VALUE_INET:     key_inet(value->bytes, out); break;
    case VALUE_ARRAY:    return key_array(type, value, out);
    }
    return false;
}

bool value_key(struct type type, const struct value *value, struct key_order order, struct buf *out)
{
    if (value_is_null(value)) {
        buf_append_byte(out, order.nulls_first ? NULL_FIRST : NULL_LAST);
        return false;
    }
    buf_append_byte(out, PRESENT);
    size_t from = out->size;
    bool lossy = key_body(type, value, out);
    if (order.desc)
        complement(out, from);
    return lossy;
}
