/* Timestamps on the wire and on disk: the smallest of MessagePack's three forms, and back; infinities apart. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"
#include "value/stamp.h"

static size_t payload_size(int64_t instant)
{
    struct buf out = { 0 };
    struct slice payload, rest;
    struct stamp stamp;
    int8_t type;
    int64_t back;
    stamp_put(&out, stamp_of_time(instant));
    rest = buf_slice(&out);
    cr_assert(mp_ext(&rest, &type, &payload));
    cr_assert(stamp_read(payload, &stamp));
    cr_assert(stamp_to_time(stamp, &back));
    cr_assert(eq(i64, back, instant));
    size_t size = payload.size;
    buf_done(&out);
    return size;
}

static size_t unix_size(int64_t unix_us) { return payload_size(instant_from_unix(unix_us)); }

Test(stamp, smallest_form)
{
    int64_t seconds32 = UINT32_MAX, seconds34 = (1ll << 34) - 1;
    cr_assert(eq(sz, unix_size(0), 4));
    cr_assert(eq(sz, unix_size(seconds32 * US_PER_SECOND), 4));
    cr_assert(eq(sz, unix_size(1), 8));
    cr_assert(eq(sz, unix_size((seconds32 + 1) * US_PER_SECOND), 8));
    cr_assert(eq(sz, unix_size(seconds34 * US_PER_SECOND + 999999), 8));
    cr_assert(eq(sz, unix_size((seconds34 + 1) * US_PER_SECOND), 12));
    cr_assert(eq(sz, unix_size(-1), 12));
    cr_assert(eq(sz, payload_size(INSTANT_MIN), 12));
    cr_assert(eq(sz, payload_size(INSTANT_END - 1), 12));
    cr_assert(eq(sz, payload_size(TIME_INFINITY), 12));
    cr_assert(eq(sz, payload_size(TIME_MINUS_INFINITY), 12));
}

Test(stamp, days_and_what_is_none)
{
    int32_t days;
    int64_t us;
    for (int64_t day = DATE_MIN; day < DATE_END; day += 9973) {
        cr_assert(stamp_to_date(stamp_of_date((int32_t)day), &days));
        cr_assert(eq(i32, days, (int32_t)day));
    }
    cr_assert(stamp_to_date(stamp_of_date(DATE_INFINITY), &days));
    cr_assert(eq(i32, days, DATE_INFINITY));
    cr_assert(not(stamp_to_date((struct stamp){ 1, 0 }, &days) || stamp_to_date((struct stamp){ 0, 1000 }, &days)));
    cr_assert(not(stamp_to_date((struct stamp){ (int64_t)DATE_END * 86400, 0 }, &days)));
    cr_assert(not(stamp_to_time((struct stamp){ 0, 1 }, &us)), "nanoseconds");
    cr_assert(not(stamp_to_time((struct stamp){ INSTANT_END / US_PER_SECOND - INSTANT_OF_1970 / US_PER_SECOND, 0 }, &us)));
    cr_assert(not(stamp_to_time((struct stamp){ STAMP_INFINITY, 1000 }, &us)), "infinity has no fraction");
}

/* The nanoseconds of a stamp and the fraction of a text are one thing: both round alike. */
Test(stamp, rounds_as_a_text_does)
{
    struct random r = { random_seed() };
    for (int i = 0; i < 20000; i++) {
        uint32_t rest = random_chance(&r, 2) ? 500 : (uint32_t)random_below(&r, 1000);
        struct stamp stamp = { 1717243200, random_chance(&r, 8) ? 999999000 + rest : (uint32_t)random_below(&r, 1000000) * 1000 + rest };
        char text[64];
        int64_t of_stamp, of_text;
        struct error error;
        snprintf(text, sizeof text, "2024-06-01 12:00:00.%09uZ", stamp.nanoseconds);
        stamp_round(&stamp);
        cr_assert(stamp_to_time(stamp, &of_stamp));
        cr_assert(eq(int, time_parse(slice_of_string(text), true, &of_text, &error), 0));
        cr_assert(eq(i64, of_stamp, of_text), "%s", text);
    }
}

Test(stamp, a_clock_counts_from_1970)
{
    struct random r = { random_seed() };
    cr_assert(eq(i64, instant_from_unix(946684800000000), 0));
    cr_assert(eq(i64, instant_to_unix(TIME_INFINITY), TIME_INFINITY));
    cr_assert(eq(i64, instant_from_unix(TIME_MINUS_INFINITY), TIME_MINUS_INFINITY));
    cr_assert(eq(i64, instant_to_unix(INSTANT_END - 1), TIME_INFINITY), "beyond a count from 1970");
    for (int i = 0; i < 20000; i++) {
        int64_t instant = random_time(&r), unix_us = instant_to_unix(instant);
        cr_assert(unix_us == TIME_INFINITY || instant_from_unix(unix_us) == instant);
    }
}
