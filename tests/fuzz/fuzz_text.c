/* Values from text: what is let in survives storing, text and keys; what is refused says why. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size);
    struct type type = fuzz_type(&in);
    struct arena arena;
    struct value value;
    struct error error = { 0 };
    arena_init(&arena, SIZE_MAX);
    if (value_from_text(type, in, &arena, &value, &error) == 0) {
        assert(!value_is_null(&value));
        fuzz_judge_value(type, &value, &arena);
    } else {
        assert(error.state != SQLSTATE_OK);
    }
    arena_done(&arena);
    return 0;
}
