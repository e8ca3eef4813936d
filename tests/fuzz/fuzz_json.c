/* JSON: what parses prints, and what is printed parses to the same bytes, spaced or not; the plain check agrees. */
#include "fuzz.h"

#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size), json, again, member;
    struct arena arena;
    struct error error = { 0 };
    struct buf printed = { 0 };
    arena_init(&arena, SIZE_MAX);
    if (json_parse(text, &arena, &json, &error) == 0) {
        void (*const print[])(struct slice, struct buf *) = { json_to_text, json_to_compact };
        int checked = json_check(text, &error);
        assert(checked == 0);
        assert(mp_check(json, WIRE_DEPTH_MAX) == (int64_t)json.size);
        for (int i = 0; i < 2; i++) {
            buf_clear(&printed);
            print[i](json, &printed);
            int parsed = json_parse(buf_slice(&printed), &arena, &again, &error);
            assert(parsed == 0);
            assert(slice_equal(json, again));
        }
        assert(json_compare(json, again) == 0);
        assert(json_contains(json, again));
        json_element(json, -1, &member);
        json_member(json, SLICE_LITERAL("a"), &member);
    } else {
        assert(error.state != SQLSTATE_OK);
    }
    buf_done(&printed);
    arena_done(&arena);
    return 0;
}
