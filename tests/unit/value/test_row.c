/* Rows: opening finds every column where skipping finds it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"
#include "value/row.h"

Test(row, columns_are_found)
{
    struct random r = { random_seed() };
    uint64_t seed = r.state;
    struct arena arena;
    struct buf bytes = { 0 };
    static struct row row;
    arena_init(&arena, SIZE_MAX);
    for (int i = 0; i < 500; i++, arena_reset(&arena), buf_clear(&bytes)) {
        int count = (int)random_below(&r, random_chance(&r, 10) ? COLUMNS_MAX + 1 : 20);
        size_t offsets[COLUMNS_MAX + 1];
        mp_put_array(&bytes, (uint32_t)count);
        for (int column = 0; column < count; column++) {
            struct type type = random_type((int)random_below(&r, RANDOM_TYPES));
            struct value value = random_chance(&r, 5) ? VALUE_OF_NULL : random_value(&r, type, &arena);
            offsets[column] = bytes.size;
            value_store(type, &value, &bytes);
        }
        offsets[count] = bytes.size;
        cr_assert(eq(int, row_open(buf_slice(&bytes), &row), 0), "SEED=%llu", (unsigned long long)seed);
        cr_assert(eq(int, row.count, count));
        for (int column = 0; column < count; column++) {
            struct slice alone;
            cr_assert(row_column(buf_slice(&bytes), column, &alone));
            cr_assert(slice_equal(alone, row.columns[column]));
            cr_assert(eq(sz, alone.size, offsets[column + 1] - offsets[column]), "SEED=%llu", (unsigned long long)seed);
            cr_assert(eq(sz, (size_t)(alone.data - bytes.data), offsets[column]));
        }
        struct slice beyond;
        cr_assert(not(row_column(buf_slice(&bytes), count, &beyond)));
        cr_assert(not(row_column(buf_slice(&bytes), -1, &beyond)));
    }
    arena_done(&arena);
    buf_done(&bytes);
}

Test(row, what_is_no_row_is_refused)
{
    static struct row row;
    cr_assert(eq(int, row_open(slice_of(NULL, 0), &row), -1));
    cr_assert(eq(int, row_open(SLICE_LITERAL("\xc0"), &row), -1), "no array");
    cr_assert(eq(int, row_open(SLICE_LITERAL("\x92\x01"), &row), -1), "a column is missing");
    cr_assert(eq(int, row_open(SLICE_LITERAL("\x91\x01\x02"), &row), -1), "bytes behind");
    cr_assert(eq(int, row_open(SLICE_LITERAL("\x91\xc1"), &row), -1), "no MessagePack");
    cr_assert(eq(int, row_open(SLICE_LITERAL("\xdc\x01\x01"), &row), -1), "more columns than a table can have");
    cr_assert(eq(int, row_open(SLICE_LITERAL("\x90"), &row), 0));
}
