/* Requests: however the bytes are cut into reads, the same message comes out, and it lies inside of them. */
#include "fuzz.h"

#include "protocol/rpc.h"

#define SIZE_MAX_OF_MESSAGE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size);
    size_t step = 1 + fuzz_byte(&in) % 16, whole_size = 0, cut_size = 0;
    struct wire_request whole, cut;
    struct error error = { 0 };
    struct mp_scan once = { 0 }, grown = { 0 };
    int outcome = rpc_read(&once, in, SIZE_MAX_OF_MESSAGE, &whole, &whole_size, &error), by_cuts = 0;
    for (size_t have = 0; have < in.size && by_cuts == 0;) {
        have = have + step < in.size ? have + step : in.size;
        by_cuts = rpc_read(&grown, slice_of(in.data, have), SIZE_MAX_OF_MESSAGE, &cut, &cut_size, &error);
    }
    assert(in.size == 0 || outcome == by_cuts);
    if (outcome != 1)
        return 0;
    assert(whole_size == cut_size);
    assert(whole_size <= in.size);
    assert(whole.id == cut.id);
    assert(slice_equal(whole.name, cut.name));
    assert(whole.args.rest.data >= in.data);
    assert(whole.args.rest.data + whole.args.rest.size <= in.data + whole_size);
    for (uint32_t i = 0; i < whole.args.count; i++) {
        bool there = mp_skip(&whole.args.rest, NULL);
        assert(there);
    }
    return 0;
}
