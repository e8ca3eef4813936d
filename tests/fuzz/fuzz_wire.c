/* Values from the wire: what is let in is canonical, and survives storing, text and keys. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size);
    struct type type = fuzz_type(&in);
    struct arena arena;
    struct value value;
    struct error error = { 0 };
    int64_t whole = mp_check(in, WIRE_DEPTH_MAX);
    if (whole <= 0)
        return 0;
    size_t before = in.size;
    arena_init(&arena, SIZE_MAX);
    if (value_from_wire(type, &in, &arena, &value, &error) == 0) {
        assert(before - in.size == (size_t)whole);
        fuzz_judge_value(type, &value, &arena);
    } else {
        assert(error.state != SQLSTATE_OK);
    }
    arena_done(&arena);
    return 0;
}
