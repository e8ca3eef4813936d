/* MessagePack: what is packed is read back, in the smallest form; foreign bytes are never read past their end. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"

static void put_random(struct random *r, struct buf *out, int depth)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    uint32_t count = (uint32_t)random_below(r, random_chance(r, 20) ? 40 : 5);
    struct slice bytes = random_bytes(r, &arena);
    switch (random_below(r, depth > 5 ? 8 : 10)) {
    case 0: mp_put_nil(out); break;
    case 1: mp_put_bool(out, random_chance(r, 2)); break;
    case 2: mp_put_int(out, random_int(r, 64)); break;
    case 3: mp_put_uint(out, random_next(r)); break;
    case 4: mp_put_double(out, 1.5); break;
    case 5: mp_put_str(out, bytes); break;
    case 6: mp_put_bin(out, bytes); break;
    case 7: mp_put_ext(out, (int8_t)random_next(r), slice_of(bytes.data, random_chance(r, 2) ? bytes.size & 16 : bytes.size)); break;
    case 8:
        mp_put_array(out, count);
        for (uint32_t i = 0; i < count; i++)
            put_random(r, out, depth + 1);
        break;
    default:
        mp_put_map(out, count);
        for (uint32_t i = 0; i < 2 * count; i++)
            put_random(r, out, depth + 1);
        break;
    }
    arena_done(&arena);
}

/* Reads everything that is at the front, by the reader of its type; false when a reader refuses what mp_peek() says. */
static bool read_one(struct slice *in)
{
    bool boolean;
    int64_t integer;
    uint64_t natural;
    double real;
    uint32_t count;
    int8_t ext;
    struct slice bytes;
    switch (mp_peek(*in)) {
    case MP_NIL:    return mp_nil(in);
    case MP_BOOL:   return mp_bool(in, &boolean);
    case MP_INT:    return mp_int(in, &integer);
    case MP_UINT:   return !mp_int(in, &integer) && mp_uint(in, &natural);
    case MP_FLOAT:
    case MP_DOUBLE: return mp_double(in, &real);
    case MP_STR:    return mp_str(in, &bytes);
    case MP_BIN:    return mp_bin(in, &bytes);
    case MP_ARRAY:  return mp_array(in, &count);
    case MP_MAP:    return mp_map(in, &count);
    case MP_EXT:    return mp_ext(in, &ext, &bytes);
    case MP_BAD:    break;
    }
    return false;
}

static void check_bytes(const uint8_t *data, size_t size, uint64_t seed)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);       /* so that the sanitizer sees a byte too far */
    memcpy(exact, data, size);
    struct slice bytes = slice_of(exact, size), rest = bytes, object;
    int64_t checked = mp_check(bytes, WIRE_DEPTH_MAX);
    cr_assert(le(i64, checked, (int64_t)size), "SEED=%llu", (unsigned long long)seed);
    bool skipped = mp_skip(&rest, &object);
    if (checked > 0) {
        cr_assert(skipped);
        cr_assert(eq(sz, object.size, (size_t)checked), "SEED=%llu", (unsigned long long)seed);
        cr_assert(eq(sz, rest.size, size - (size_t)checked));
        rest = slice_of(exact, (size_t)checked);
        while (rest.size > 0)
            cr_assert(read_one(&rest), "checked bytes are read: SEED=%llu", (unsigned long long)seed);
    } else {
        for (rest = bytes; rest.size > 0 && read_one(&rest);) {
        }
    }
    free(exact);
}

Test(mp, random_messages_whole_and_cut_short)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct buf message = { 0 };
    for (int i = 0; i < 3000; i++) {
        buf_clear(&message);
        put_random(&r, &message, 0);
        cr_assert(eq(i64, mp_check(buf_slice(&message), WIRE_DEPTH_MAX), (int64_t)message.size), "SEED=%llu",
                  (unsigned long long)seed);
        check_bytes(message.data, message.size, seed);
        size_t cut = random_below(&r, message.size);
        cr_assert(eq(i64, mp_check(slice_of(message.data, cut), WIRE_DEPTH_MAX), 0), "a prefix is incomplete: SEED=%llu",
                  (unsigned long long)seed);
        check_bytes(message.data, cut, seed);
    }
    buf_done(&message);
}

/* A message that arrives in pieces is checked as one that is there at once, and nothing is looked at twice. */
Test(mp, pieces)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct buf message = { 0 };
    for (int i = 0; i < 3000; i++) {
        buf_clear(&message);
        put_random(&r, &message, 0);
        if (random_chance(&r, 3))
            message.data[random_below(&r, message.size)] = (uint8_t)random_next(&r);
        struct mp_scan scan = { .at = 0 };
        int depth_max = (int)random_below(&r, 8);
        int64_t whole = mp_check(buf_slice(&message), depth_max), piecewise = 0;
        for (size_t there = 0; piecewise == 0 && there < message.size;) {
            there += 1 + random_below(&r, message.size - there);
            uint8_t *exact = malloc(there);
            memcpy(exact, message.data, there);
            piecewise = mp_check_more(&scan, slice_of(exact, there), depth_max);
            free(exact);
        }
        cr_assert(eq(i64, piecewise, whole), "SEED=%llu", (unsigned long long)seed);
    }
    buf_done(&message);
}

Test(mp, mutated_messages)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct buf message = { 0 };
    for (int i = 0; i < 30000; i++) {
        if (i % 10 == 0) {
            buf_clear(&message);
            put_random(&r, &message, 0);
        }
        for (int change = 0; change < 3; change++)
            message.data[random_below(&r, message.size)] = random_chance(&r, 2) ? (uint8_t)random_next(&r)
                                                                                 : (uint8_t)(0xc0 + random_below(&r, 0x20));
        check_bytes(message.data, message.size, seed);
    }
    buf_done(&message);
}

Test(mp, every_first_byte_alone_and_followed_by_extremes)
{
    for (int first = 0; first < 256; first++)
        for (int fill = 0; fill < 3; fill++)
            for (size_t size = 1; size < 24; size++) {
                uint8_t bytes[24];
                memset(bytes, fill == 0 ? 0 : fill == 1 ? 0xff : 0x7f, sizeof bytes);
                bytes[0] = (uint8_t)first;
                check_bytes(bytes, size, 0);
            }
    cr_assert(eq(i64, mp_check(SLICE_LITERAL("\xc1"), 1), -1), "the one byte that MessagePack never uses");
}

Test(mp, depth_is_limited)
{
    struct buf message = { 0 };
    for (int depth = 1; depth <= WIRE_DEPTH_MAX; depth++) {
        buf_clear(&message);
        for (int i = 0; i < depth; i++)
            if (i % 2 == 0) {
                mp_put_array(&message, 1);
            } else {
                mp_put_map(&message, 1);
                mp_put_nil(&message);
            }
        mp_put_nil(&message);
        cr_assert(eq(i64, mp_check(buf_slice(&message), depth), (int64_t)message.size));
        cr_assert(eq(i64, mp_check(buf_slice(&message), depth - 1), -1));
    }
    buf_clear(&message);
    for (int i = 0; i < 1000000; i++)
        mp_put_array(&message, 1);
    cr_assert(eq(i64, mp_check(buf_slice(&message), WIRE_DEPTH_MAX), -1));
    mp_put_nil(&message);
    struct slice rest = buf_slice(&message);
    cr_assert(mp_skip(&rest, NULL), "skipping needs no stack");
    buf_done(&message);
}

Test(mp, a_declared_count_is_only_compared)
{
    static const char *const huge[] = { "\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff",
                                        "\xc9\xff\xff\xff\xff\x01" };
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        struct slice bytes = slice_of_string(huge[i]), payload;
        cr_assert(eq(i64, mp_check(bytes, 4), 0));
        cr_assert(not(mp_skip(&bytes, NULL)));
        cr_assert(not(mp_str(&bytes, &payload) || mp_bin(&bytes, &payload)));
    }
}

static size_t packed_int(int64_t value)
{
    struct buf out = { 0 };
    int64_t back = 0;
    mp_put_int(&out, value);
    struct slice rest = buf_slice(&out);
    size_t size = rest.size;
    cr_assert(mp_int(&rest, &back));
    cr_assert(eq(i64, back, value));
    cr_assert(eq(sz, rest.size, 0));
    buf_done(&out);
    return size;
}

Test(mp, integers_take_the_smallest_form)
{
    static const struct { int64_t least, most; size_t size; } forms[] = {
        { -32, 127, 1 }, { 128, 255, 2 }, { -128, -33, 2 }, { 256, 65535, 3 }, { -32768, -129, 3 },
        { 65536, UINT32_MAX, 5 }, { INT32_MIN, -32769, 5 },
        { (int64_t)UINT32_MAX + 1, INT64_MAX, 9 }, { INT64_MIN, (int64_t)INT32_MIN - 1, 9 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        cr_assert(eq(sz, packed_int(forms[i].least), forms[i].size));
        cr_assert(eq(sz, packed_int(forms[i].most), forms[i].size));
    }
}

Test(mp, readers_refuse_other_types_and_stay)
{
    struct buf out = { 0 };
    int64_t integer;
    uint64_t natural;
    double real;
    bool boolean;
    struct slice bytes;
    mp_put_string(&out, "text");
    struct slice rest = buf_slice(&out), start = rest;
    cr_assert(not(mp_int(&rest, &integer) || mp_uint(&rest, &natural) || mp_double(&rest, &real) || mp_bool(&rest, &boolean)));
    cr_assert(not(mp_nil(&rest) || mp_bin(&rest, &bytes)));
    cr_assert(slice_equal(rest, start));
    cr_assert(mp_str(&rest, &bytes));
    cr_assert(slice_is(bytes, "text"));
    buf_clear(&out);
    mp_put_int(&out, -1);
    rest = buf_slice(&out);
    cr_assert(not(mp_uint(&rest, &natural)));
    cr_assert(eq(sz, rest.size, 1));
    buf_done(&out);
}
