#include "value/stamp.h"

#include <assert.h>
#include <math.h>

#include "value/time.h"
#include "value/value.h"

#define SECONDS_PER_DAY 86400

static uint64_t big_endian(const uint8_t *bytes, int size)
{
    uint64_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void put_big_endian(uint8_t *bytes, int size, uint64_t number)
{
    for (int i = size - 1; i >= 0; i--, number >>= 8)
        bytes[i] = (uint8_t)number;
}

void stamp_put(struct buf *out, struct stamp stamp)
{
    uint8_t bytes[12];
    int size;
    assert(stamp.nanoseconds < 1000000000);
    if (stamp.seconds >> 34 != 0) {
        size = 12;
        put_big_endian(bytes, 4, stamp.nanoseconds);
        put_big_endian(bytes + 4, 8, (uint64_t)stamp.seconds);
    } else if (stamp.nanoseconds != 0 || stamp.seconds > UINT32_MAX) {
        size = 8;
        put_big_endian(bytes, 8, (uint64_t)stamp.nanoseconds << 34 | (uint64_t)stamp.seconds);
    } else {
        size = 4;
        put_big_endian(bytes, 4, (uint64_t)stamp.seconds);
    }
    mp_put_ext(out, MP_EXT_TIMESTAMP, slice_of(bytes, (size_t)size));
}

bool stamp_read(struct slice payload, struct stamp *ret)
{
    uint64_t both;
    switch (payload.size) {
    case 4:
        *ret = (struct stamp){ (int64_t)big_endian(payload.data, 4), 0 };
        return true;
    case 8:
        both = big_endian(payload.data, 8);
        *ret = (struct stamp){ (int64_t)(both & 0x3ffffffffull), (uint32_t)(both >> 34) };
        return ret->nanoseconds < 1000000000;
    case 12:
        *ret = (struct stamp){ (int64_t)big_endian(payload.data + 4, 8), (uint32_t)big_endian(payload.data, 4) };
        return ret->nanoseconds < 1000000000;
    default:
        return false;
    }
}

void stamp_round(struct stamp *stamp)
{
    uint32_t us = (uint32_t)rint(stamp->nanoseconds / 1e9 * 1e6);
    bool carries = us == 1000000 && stamp->seconds < STAMP_INFINITY - 1;       /* the infinities are no numbers to count on from */
    stamp->nanoseconds = us < 1000000 ? us * 1000 : carries ? 0 : 999999000;
    stamp->seconds += carries;
}

/* Stamps count from 1970. */
#define EPOCH_S (INSTANT_OF_1970 / US_PER_SECOND)

struct stamp stamp_of_time(int64_t instant)
{
    if (instant == TIME_INFINITY)
        return (struct stamp){ STAMP_INFINITY, 0 };
    if (instant == TIME_MINUS_INFINITY)
        return (struct stamp){ STAMP_MINUS_INFINITY, 0 };
    int64_t seconds = instant / US_PER_SECOND, rest = instant % US_PER_SECOND;
    if (rest < 0) {
        rest += US_PER_SECOND;
        seconds--;
    }
    return (struct stamp){ seconds - EPOCH_S, (uint32_t)rest * 1000 };
}

struct stamp stamp_of_date(int32_t days)
{
    if (days == DATE_INFINITY)
        return (struct stamp){ STAMP_INFINITY, 0 };
    if (days == DATE_MINUS_INFINITY)
        return (struct stamp){ STAMP_MINUS_INFINITY, 0 };
    return (struct stamp){ (int64_t)days * SECONDS_PER_DAY, 0 };
}

bool stamp_to_time(struct stamp stamp, int64_t *ret_instant)
{
    if (stamp.nanoseconds % 1000 != 0)
        return false;
    if (stamp.seconds == STAMP_INFINITY || stamp.seconds == STAMP_MINUS_INFINITY) {
        *ret_instant = stamp.seconds == STAMP_INFINITY ? TIME_INFINITY : TIME_MINUS_INFINITY;
        return stamp.nanoseconds == 0;
    }
    if (stamp.seconds < INSTANT_MIN / US_PER_SECOND - EPOCH_S || stamp.seconds >= INSTANT_END / US_PER_SECOND - EPOCH_S)
        return false;
    *ret_instant = (stamp.seconds + EPOCH_S) * US_PER_SECOND + stamp.nanoseconds / 1000;
    return true;
}

bool stamp_to_date(struct stamp stamp, int32_t *ret_days)
{
    if (stamp.nanoseconds != 0)
        return false;
    if (stamp.seconds == STAMP_INFINITY || stamp.seconds == STAMP_MINUS_INFINITY) {
        *ret_days = stamp.seconds == STAMP_INFINITY ? DATE_INFINITY : DATE_MINUS_INFINITY;
        return true;
    }
    int64_t days = stamp.seconds / SECONDS_PER_DAY;
    if (stamp.seconds % SECONDS_PER_DAY != 0 || days < DATE_MIN || days >= DATE_END)
        return false;
    *ret_days = (int32_t)days;
    return true;
}
