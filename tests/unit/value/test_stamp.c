/* Timestamps on the wire and on disk: the smallest of MessagePack's three forms, and back; infinities apart. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"
#include "value/stamp.h"

static size_t payload_size(int64_t us)
{
    struct buf out = { 0 };
    struct slice payload, rest;
    struct stamp stamp;
    int8_t type;
    int64_t back;
    stamp_put(&out, stamp_of_time(us));
    rest = buf_slice(&out);
    cr_assert(mp_ext(&rest, &type, &payload));
    cr_assert(stamp_read(payload, &stamp));
    cr_assert(stamp_to_time(stamp, &back));
    cr_assert(eq(i64, back, us));
    size_t size = payload.size;
    buf_done(&out);
    return size;
}

Test(stamp, smallest_form)
{
    int64_t seconds32 = UINT32_MAX, seconds34 = (1ll << 34) - 1;
    cr_assert(eq(sz, payload_size(0), 4));
    cr_assert(eq(sz, payload_size(seconds32 * US_PER_SECOND), 4));
    cr_assert(eq(sz, payload_size(1), 8));
    cr_assert(eq(sz, payload_size((seconds32 + 1) * US_PER_SECOND), 8));
    cr_assert(eq(sz, payload_size(seconds34 * US_PER_SECOND + 999999), 8));
    cr_assert(eq(sz, payload_size((seconds34 + 1) * US_PER_SECOND), 12));
    cr_assert(eq(sz, payload_size(-1), 12));
    cr_assert(eq(sz, payload_size(TIME_US_MIN), 12));
    cr_assert(eq(sz, payload_size(TIME_US_END - 1), 12));
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
    cr_assert(not(stamp_to_time((struct stamp){ TIME_US_END / US_PER_SECOND, 0 }, &us)));
    cr_assert(not(stamp_to_time((struct stamp){ STAMP_INFINITY, 1000 }, &us)), "infinity has no fraction");
}
