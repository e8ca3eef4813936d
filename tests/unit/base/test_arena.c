/* An arena hands out zeroed, aligned memory, counts it, and forgets it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdalign.h>
#include <stddef.h>

#include "base/arena.h"

Test(arena, memory_is_zeroed_aligned_and_apart)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    for (int round = 0; round < 3; round++) {
        uint8_t *last = NULL;
        for (size_t size = 0; size < 5000; size += 1 + size / 3) {
            uint8_t *p = arena_alloc(&arena, size);
            cr_assert(eq(sz, (uintptr_t)p % alignof(max_align_t), 0));
            cr_assert(p != last);
            for (size_t i = 0; i < size; i++)
                cr_assert(eq(u8, p[i], 0));
            memset(p, 0xaa, size);
            last = p;
        }
        arena_reset(&arena);
    }
    arena_done(&arena);
}

Test(arena, knows_its_limit)
{
    struct arena arena;
    arena_init(&arena, 100000);
    arena_alloc(&arena, 90000);
    cr_assert(not(arena_over(&arena)));
    arena_alloc(&arena, 20000);
    cr_assert(arena_over(&arena));
    arena_reset(&arena);
    cr_assert(not(arena_over(&arena)));
    arena_done(&arena);
}

Test(arena, copies)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    struct slice copy = arena_copy(&arena, SLICE_LITERAL("abc"));
    cr_assert(slice_is(copy, "abc"));
    cr_assert(eq(sz, arena_copy(&arena, slice_of(NULL, 0)).size, 0));
    cr_assert(eq(str, arena_string(&arena, SLICE_LITERAL("abc")), "abc"));
    cr_assert(eq(str, arena_printf(&arena, "%d-%s", 7, "x"), "7-x"));
    arena_done(&arena);
}

Test(arena, a_size_that_overflows_is_a_bug, .signal = SIGABRT)
{
    struct arena arena;
    volatile size_t size = SIZE_MAX - 3;
    arena_init(&arena, SIZE_MAX);
    (void)arena_alloc(&arena, size);
}

/* What was there is there again, at its place; what came since is gone. */
Test(arena, goes_back_to_a_moment)
{
    struct arena arena;
    struct arena_saved saved = { 0 };
    arena_init(&arena, SIZE_MAX);
    uint8_t *kept[100];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++)
            kept[i] = memset(arena_alloc(&arena, 1 + 37 * (size_t)i), i + round, 1 + 37 * (size_t)i);
        arena_save(&arena, &saved);
        size_t used = arena.used;
        for (int i = 0; i < 100; i++) {
            memset(kept[i], 0xee, 1 + 37 * (size_t)i);
            memset(arena_alloc(&arena, 1000 * (size_t)i), 0xdd, 1000 * (size_t)i);
        }
        arena_restore(&arena, &saved);
        cr_assert(eq(sz, arena.used, used));
        for (int i = 0; i < 100; i++)
            for (int k = 0; k < 1 + 37 * i; k++)
                cr_assert(eq(u8, kept[i][k], (uint8_t)(i + round)));
        cr_assert(eq(u8, *(uint8_t *)arena_alloc(&arena, 5000), 0));
    }
    arena_saved_done(&saved);
    arena_done(&arena);
}
