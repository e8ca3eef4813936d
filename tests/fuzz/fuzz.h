/* What the fuzzers share. Each is one decoder, fed bytes from outside, and asserts an invariant besides staying alive.
 *
 *      make fuzz                       builds all with clang and libFuzzer, runs each for SECONDS (60)
 *      make corpus                     replays tests/corpus/<name>/, inputs that once failed, with gcc; part of `make check`
 *
 * When a fuzzer fails, libFuzzer writes the input to a file: fix the bug, and keep the file below tests/corpus. */
#ifndef ROWHOUSE_TESTS_FUZZ_H
#define ROWHOUSE_TESTS_FUZZ_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "value/mp.h"
#include "value/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One byte off the front, 0 when there is none: how an input chooses between variants. */
static inline uint8_t fuzz_byte(struct slice *in)
{
    uint8_t byte = in->size > 0 ? in->data[0] : 0;
    if (in->size > 0)
        *in = slice_of(in->data + 1, in->size - 1);
    return byte;
}

/* Any type that a column may have. */
static inline struct type fuzz_type(struct slice *in)
{
    static const char *const labels[] = { "sad", "ok", "happy" };
    static const struct enum_type mood = { "mood", 3, labels };
    uint8_t byte = fuzz_byte(in);
    struct type type = { .id = (enum type_id)(1 + (byte & 0x7f) % (TYPE_ID_COUNT - 1)), .array = byte >= 0x80 };
    if (type.id == TYPE_ENUM)
        type.labels = &mood;
    return type;
}

static inline bool fuzz_same_stored(struct type type, const struct value *a, const struct value *b)
{
    struct buf x = { 0 }, y = { 0 };
    value_store(type, a, &x);
    value_store(type, b, &y);
    bool same = slice_equal(buf_slice(&x), buf_slice(&y));
    buf_done(&x);
    buf_done(&y);
    return same;
}

/* What holds for every value that a decoder let in: (V1) to (V3) of value/value.h. */
static inline void fuzz_judge_value(struct type type, const struct value *value, struct arena *arena)
{
    struct buf stored = { 0 }, text = { 0 }, key = { 0 };
    struct error error;
    struct value loaded, wired, read;
    value_store(type, value, &stored);
    assert(mp_check(buf_slice(&stored), WIRE_DEPTH_MAX) == (int64_t)stored.size);
    struct slice rest = buf_slice(&stored);
    int outcome = value_load(type, &rest, &loaded);
    assert(outcome == 0);
    assert(rest.size == 0);
    assert(fuzz_same_stored(type, value, &loaded));
    rest = buf_slice(&stored);
    outcome = value_from_wire(type, &rest, arena, &wired, &error);
    assert(outcome == 0);
    assert(fuzz_same_stored(type, value, &wired));
    bool lossy = value_key(type, value, (struct key_order){ 0 }, &key);
    assert(value_key_size(type, (struct key_order){ 0 }, buf_slice(&key)) == key.size);
    if (!value_is_null(value)) {
        struct slice at = buf_slice(&key);
        value_to_text(type, value, &text);
        outcome = value_from_text(type, buf_slice(&text), arena, &read, &error);
        assert(outcome == 0);
        assert(fuzz_same_stored(type, value, &read));
        assert(type.id == TYPE_JSON || value_compare(type, value, &read) == 0);
        if (!lossy && value_from_key(type, (struct key_order){ 0 }, &at, arena, &read))
            assert(value_compare(type, value, &read) == 0);
    }
    buf_done(&stored);
    buf_done(&text);
    buf_done(&key);
}

#endif
