/* A buffer holds what was appended, whatever the pieces. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "base/buf.h"

Test(buf, appends_pieces_of_any_size)
{
    struct buf buf = { 0 };
    size_t total = 0;
    for (size_t size = 0; size < 3000; size = size * 2 + 1) {
        uint8_t *piece = calloc(1, size + 1);
        memset(piece, (int)size, size);
        buf_append(&buf, piece, size);
        total += size;
        free(piece);
    }
    cr_assert(eq(sz, buf.size, total));
    size_t at = 0;
    for (size_t size = 0; size < 3000; size = size * 2 + 1)
        for (size_t i = 0; i < size; i++)
            cr_assert(eq(u8, buf.data[at++], (uint8_t)size));
    buf_done(&buf);
    cr_assert(eq(sz, buf.size, 0));
}

Test(buf, prints_and_ends_in_nul)
{
    struct buf buf = { 0 };
    cr_assert(eq(str, (char *)buf_text(&buf), ""));
    buf_printf(&buf, "%s-%05d", "a", 42);
    buf_append_string(&buf, "|");
    buf_append_byte(&buf, 'z');
    buf_append_slice(&buf, slice_of(NULL, 0));
    cr_assert(eq(str, (char *)buf_text(&buf), "a-00042|z"));
    cr_assert(eq(sz, buf.size, 9));
    buf_clear(&buf);
    cr_assert(eq(str, (char *)buf_text(&buf), ""));
    buf_done(&buf);
}
