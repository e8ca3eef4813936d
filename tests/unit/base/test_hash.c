/* XXH3: the values of libxxhash 0.8.1 itself, at sizes on both sides of its borders. They are on disk, so they never change. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#include "base/hash.h"

#define SEED 0x9e3779b97f4a7c15

static uint8_t bytes[100000];       /* byte i is 131 i + 7 */

static void fill(void)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 131 + 7);
}

struct vector { size_t size; uint64_t plain, seeded; char wide[33]; };

ParameterizedTestParameters(hash, vectors)
{
    static struct vector vectors[] = {
        { 0, 0x2d06800538d394c2, 0x602b0e2cd6662c8b, "99aa06d3014798d86001c324468d497f" },
        { 1, 0x4c5cca45d0f4811f, 0x2f3acd3805f81de3, "495b62073ef70ca44c5cca45d0f4811f" },
        { 3, 0x6e3e2670e61106ac, 0xbc74611d87f659e0, "390cdc5b4a895dd76e3e2670e61106ac" },
        { 4, 0x5c4c63133443d03f, 0x6c3753177c607de4, "aa6e2f274640a3f43d668af6f2a44d77" },
        { 8, 0xf9fd4dd0b04d78f5, 0xbc72d0531396303f, "6a86a3bda6af4e3d61ddbe7f31a6100d" },
        { 9, 0x7c20df9712c26edf, 0x93c5aa006102daf5, "664c7ca18afd62558c7b67fd458a936b" },
        { 16, 0x86abf6baccea0858, 0x69d001b16ecf450a, "7f9a218b0425449ae2ce54a7c19c730d" },
        { 17, 0xb58bf5dc5022d071, 0xb7c99d19be27eb69, "66fc23f6439dbd778d96ef110fcdebb4" },
        { 100, 0x5da67eac6d4093d5, 0xba21393335a9a3ba, "76b536586de98b82580b061a98a5a9b4" },
        { 128, 0x10d17f72c0ccba41, 0x49b81c6e0abb9305, "aec730751478556cff361dec1385710a" },
        { 129, 0x1648bdc3db49d1a2, 0x5e3831b221810b00, "98cd36ccbb5579264545b3a09738e31a" },
        { 240, 0xb6cfaf343fab81e6, 0x76a73ec26433f82c, "5293e17bf553903d3f2c53e72293711f" },
        { 241, 0x956cae592c67279e, 0x2be236ba3bacf75c, "b53840fe3fedf161956cae592c67279e" },
        { 1000, 0x571d5cbfef44331b, 0xa6fa06f07fb6c797, "622239c5c47a6910571d5cbfef44331b" },
        { 100000, 0x14ce8d6fc2c4868b, 0x263f44da5aa71862, "e9e46da59b77e42314ce8d6fc2c4868b" },
    };
    return cr_make_param_array(struct vector, vectors, sizeof vectors / sizeof *vectors);
}

ParameterizedTest(struct vector *v, hash, vectors, .init = fill)
{
    uint8_t wide[16];
    char hex[33];
    cr_assert_eq(hash64(slice_of(bytes, v->size), 0), v->plain, "%zu bytes", v->size);
    cr_assert_eq(hash64(slice_of(bytes, v->size), SEED), v->seeded, "%zu bytes", v->size);
    hash128(slice_of(bytes, v->size), wide);
    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", wide[i]);
    cr_assert_str_eq(hex, v->wide, "%zu bytes", v->size);
}

Test(hash, a_stream_is_the_hash_of_its_pieces_together, .init = fill)
{
    struct hash_stream *stream = hash_stream_new();
    size_t done = 0;
    for (size_t step = 0; done < sizeof bytes; step = step * 2 + 1) {
        size_t size = step < sizeof bytes - done ? step : sizeof bytes - done;
        hash_stream_add(stream, slice_of(bytes + done, size));
        done += size;
        cr_assert_eq(hash_stream_value(stream), hash64(slice_of(bytes, done), 0), "%zu bytes", done);
    }
    hash_stream_free(stream);
    hash_stream_free(NULL);
}
