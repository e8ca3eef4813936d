#include "value/decimal.h"

#include <assert.h>

#include "value/mp.h"

/* Sign nibbles, as COBOL and IBM wrote them: A, C, E, F plus; B, D minus. */
#define NIBBLE_PLUS  0x0c
#define NIBBLE_MINUS 0x0d

static const uint8_t special_payloads[] = { [DECIMAL_MINUS_INFINITY] = 0xc2, [DECIMAL_INFINITY] = 0xc3, [DECIMAL_NAN] = 0xc0 };

struct value decimal_special(enum decimal_kind kind)
{
    assert(kind != DECIMAL_FINITE);
    return (struct value){ .kind = VALUE_NUMERIC, .bytes = slice_of(&special_payloads[kind], 1) };
}

bool decimal_open(struct slice payload, struct decimal *ret)
{
    int64_t scale;
    *ret = (struct decimal){ .kind = DECIMAL_FINITE };
    for (enum decimal_kind kind = DECIMAL_MINUS_INFINITY; payload.size == 1 && kind <= DECIMAL_NAN; kind++)
        if (kind != DECIMAL_FINITE && payload.data[0] == special_payloads[kind]) {
            ret->kind = kind;
            return true;
        }
    if (!mp_int(&payload, &scale) || payload.size == 0 || scale < INT32_MIN || scale > INT32_MAX)
        return false;
    if (payload.size > DECIMAL_POINT_MAX + DECIMAL_SCALE_MAX)
        return false;
    uint32_t nibbles = 2 * (uint32_t)payload.size - 1, first = 0;
    int sign = payload.data[payload.size - 1] & 15;
    if (sign < 10)
        return false;
    *ret = (struct decimal){ .kind = DECIMAL_FINITE, .negative = sign == 0x0b || sign == NIBBLE_MINUS, .scale = (int32_t)scale,
                             .count = nibbles, .bcd = payload.data };
    for (uint32_t i = 0; i < nibbles; i++)
        if (decimal_digit(ret, i) > 9)
            return false;
    while (first < nibbles && decimal_digit(ret, first) == 0)
        first++;
    ret->first = first;
    ret->count = nibbles - first;
    if (ret->count == 0)
        ret->negative = false;
    return true;
}

bool decimal_in_range(const struct decimal *d)
{
    if (d->scale > DECIMAL_SCALE_MAX)
        return false;
    return d->count == 0 || decimal_point(d) <= DECIMAL_POINT_MAX;
}

static int compare_magnitude(const struct decimal *a, const struct decimal *b)
{
    int64_t point_a = decimal_point(a), point_b = decimal_point(b);
    if (a->count == 0 || b->count == 0)
        return (a->count != 0) - (b->count != 0);
    if (point_a != point_b)
        return point_a < point_b ? -1 : 1;
    for (uint32_t i = 0; i < a->count || i < b->count; i++) {
        int digit_a = i < a->count ? decimal_digit(a, i) : 0;
        int digit_b = i < b->count ? decimal_digit(b, i) : 0;
        if (digit_a != digit_b)
            return digit_a < digit_b ? -1 : 1;
    }
    return 0;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = compare_magnitude(a, b);
    return a->negative ? -order : order;
}

void decimal_digits(const struct decimal *d, struct buf *out)
{
    uint8_t *digits = buf_reserve(out, d->count);
    for (uint32_t i = 0; i < d->count; i++)
        digits[i] = (uint8_t)('0' + decimal_digit(d, i));
    out->size += d->count;
}

void decimal_format(const struct decimal *d, struct buf *out)
{
    static const char *const names[] = { "-Infinity", "", "Infinity", "NaN" };
    int64_t point = decimal_point(d);
    if (d->kind != DECIMAL_FINITE) {
        buf_append_string(out, names[d->kind]);
        return;
    }
    if (d->negative)
        buf_append_byte(out, '-');
    if (d->count == 0 || point <= 0)
        buf_append_byte(out, '0');
    for (int64_t i = 0; i < point && i < d->count; i++)
        buf_append_byte(out, (uint8_t)('0' + decimal_digit(d, (uint32_t)i)));
    if (d->scale == 0)
        return;
    buf_append_byte(out, '.');
    for (int64_t i = (int64_t)d->count - d->scale; i < d->count; i++)
        buf_append_byte(out, i < 0 ? '0' : (uint8_t)('0' + decimal_digit(d, (uint32_t)i)));
}

int decimal_build(bool negative, const char *digits, size_t count, int64_t scale, struct arena *arena,
                  struct value *ret, struct error *error)
{
    assert(scale >= 0);
    while (count > 0 && digits[0] == '0') {
        digits++;
        count--;
    }
    if (scale > DECIMAL_SCALE_MAX || (count > 0 && (int64_t)count - scale > DECIMAL_POINT_MAX))
        return fail(error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "value overflows numeric format");

    size_t written = count > 0 ? count : 1, size = 0;   /* zero is one digit */
    uint8_t *bytes = arena_alloc(arena, 3 + written / 2 + 1);
    if (scale < 128) {
        bytes[size++] = (uint8_t)scale;
    } else if (scale < 256) {
        bytes[size++] = 0xcc;
        bytes[size++] = (uint8_t)scale;
    } else {
        bytes[size++] = 0xcd;
        bytes[size++] = (uint8_t)(scale >> 8);
        bytes[size++] = (uint8_t)scale;
    }
    /* The sign is the last nibble; an even number of digits has a zero nibble before it. */
    size_t nibble = written % 2 == 0 ? 1 : 0;
    for (size_t i = 0; i < count; i++, nibble++)
        bytes[size + nibble / 2] |= (uint8_t)((digits[i] - '0') << (nibble % 2 == 0 ? 4 : 0));
    size += written / 2 + 1;
    bytes[size - 1] |= negative && count > 0 ? NIBBLE_MINUS : NIBBLE_PLUS;
    *ret = (struct value){ .kind = VALUE_NUMERIC, .bytes = slice_of(bytes, size) };
    return 0;
}
