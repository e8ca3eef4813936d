#include "value/json_number.h"

#include <assert.h>
#include <stdio.h>

#include "value/real.h"

/* Digits as a decimal payload, as value/decimal.c reads it. */
static struct decimal pack(bool negative, const char *digits, int count, int scale, uint8_t *scratch)
{
    struct decimal d;
    size_t size = 3, nibble = count % 2 == 0 ? 1 : 0;
    memset(scratch, 0, JSON_NUMBER_SIZE);
    scratch[0] = 0xcd;
    scratch[1] = (uint8_t)(scale >> 8);
    scratch[2] = (uint8_t)scale;
    for (int i = 0; i < count; i++, nibble++)
        scratch[size + nibble / 2] |= (uint8_t)((digits[i] - '0') << (nibble % 2 == 0 ? 4 : 0));
    size += (size_t)count / 2 + 1;
    scratch[size - 1] |= negative ? 0x0d : 0x0c;
    bool sound = decimal_open(slice_of(scratch, size), &d);
    assert(sound);
    return d;
}

struct decimal json_number(struct slice *json, uint8_t scratch[static JSON_NUMBER_SIZE])
{
    int64_t integer = 0;
    uint64_t natural = 0;
    double real;
    int8_t type;
    struct slice payload;
    struct decimal d;
    char digits[24];
    if (mp_ext(json, &type, &payload)) {
        bool sound = decimal_open(payload, &d);
        assert(sound);
        return d;
    }
    if (mp_double(json, &real)) {
        struct real_digits r = real_digits(real, false);
        assert(r.count >= r.point);                     /* stored only where there is a decimal point */
        return pack(r.negative, r.digits, r.count, r.count - r.point, scratch);
    }
    bool sound = mp_int(json, &integer) || mp_uint(json, &natural);
    assert(sound);
    if (integer != 0)
        natural = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)natural);
    return pack(integer < 0, digits, count, 0, scratch);
}
