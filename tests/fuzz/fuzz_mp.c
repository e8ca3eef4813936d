/* MessagePack: the check finds the same size at once and byte by byte, and skipping moves exactly so far. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size), object;
    struct mp_scan scan = { 0 };
    int64_t whole = mp_check(bytes, WIRE_DEPTH_MAX), grown = 0;
    for (size_t have = 1; have <= size && grown == 0; have++)
        grown = mp_check_more(&scan, slice_of(data, have), WIRE_DEPTH_MAX);
    assert(size == 0 || grown == whole);
    assert(whole <= (int64_t)size);
    if (whole <= 0)
        return 0;
    bool skipped = mp_skip(&bytes, &object);
    assert(skipped);
    assert(object.size == (size_t)whole);
    assert(bytes.size == size - object.size);
    assert(mp_check(slice_of(data, object.size - 1), WIRE_DEPTH_MAX) == 0 || object.size == 1);
    return 0;
}
