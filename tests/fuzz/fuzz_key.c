/* Keys of any bytes: a walk stays inside, and a value that comes out of a key has a key as large as what was read. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size);
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    while (in.size > 0) {
        struct type type = fuzz_type(&in);
        uint8_t flags = fuzz_byte(&in);
        struct key_order order = { .desc = flags & 1, .nulls_first = flags & 2 };
        struct value value;
        struct slice rest = in;
        size_t element = value_key_size(type, order, in);
        assert(element <= in.size);
        if (element == 0)
            break;
        if (value_from_key(type, order, &rest, &arena, &value)) {
            struct buf key = { 0 };
            assert(in.size - rest.size == element);
            value_key(type, &value, order, &key);
            assert(value_key_size(type, order, buf_slice(&key)) == key.size);
            buf_done(&key);
        }
        in = slice_of(in.data + element, in.size - element);
    }
    arena_done(&arena);
    return 0;
}
