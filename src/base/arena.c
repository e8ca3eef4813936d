#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define BLOCK_SIZE ((size_t)16 << 10)

struct arena_block {
    struct arena_block *older;
    size_t size;                        /* of `bytes` */
    alignas(max_align_t) uint8_t bytes[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){ .limit = limit };
}

void arena_done(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *older = arena->blocks->older;
        free(arena->blocks);
        arena->blocks = older;
    }
    arena_init(arena, arena->limit);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *first = arena->blocks;
    while (first != NULL && first->older != NULL) {
        struct arena_block *older = first->older;
        free(first);
        first = older;
    }
    if (first != NULL && first->size > BLOCK_SIZE) {    /* one large request is no reason to keep it */
        free(first);
        first = NULL;
    }
    arena->blocks = first;
    arena->next = first == NULL ? NULL : first->bytes;
    arena->end = first == NULL ? NULL : first->bytes + first->size;
    arena->used = 0;
}

static void arena_grow(struct arena *arena, size_t size)
{
    size_t block_size = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *block = memory_alloc(sizeof *block + block_size);
    block->size = block_size;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes;
    arena->end = block->bytes + block_size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    assert(size <= SIZE_MAX / 2);
    size_t rounded = size == 0 ? alignof(max_align_t) : (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if ((size_t)(arena->end - arena->next) < rounded)
        arena_grow(arena, rounded);
    void *result = arena->next;
    arena->next += rounded;
    arena->used += rounded;
    return memset(result, 0, size);
}

bool arena_over(const struct arena *arena)
{
    return arena->used > arena->limit;
}

/* Of a block that was the newest at the time; older ones are taken whole. */
static size_t used_of(const struct arena *arena, const struct arena_block *block)
{
    return block == arena->blocks ? (size_t)(arena->next - block->bytes) : block->size;
}

void arena_save(const struct arena *arena, struct arena_saved *saved)
{
    size_t size = 0;
    for (const struct arena_block *block = arena->blocks; block != NULL; block = block->older)
        size += used_of(arena, block);
    if (size > saved->capacity) {
        saved->capacity = 2 * size;
        saved->bytes = memory_resize(saved->bytes, saved->capacity);
    }
    saved->arena = *arena;
    saved->size = 0;
    for (const struct arena_block *block = arena->blocks; block != NULL; block = block->older) {
        memcpy(saved->bytes + saved->size, block->bytes, used_of(arena, block));
        saved->size += used_of(arena, block);
    }
}

void arena_restore(struct arena *arena, const struct arena_saved *saved)
{
    size_t at = 0;
    while (arena->blocks != saved->arena.blocks) {
        struct arena_block *older = arena->blocks->older;
        free(arena->blocks);
        arena->blocks = older;
    }
    *arena = saved->arena;
    for (struct arena_block *block = arena->blocks; block != NULL; block = block->older) {
        memcpy(block->bytes, saved->bytes + at, used_of(arena, block));
        at += used_of(arena, block);
    }
    assert(at == saved->size);
}

void arena_saved_done(struct arena_saved *saved)
{
    free(saved->bytes);
    *saved = (struct arena_saved){ 0 };
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    uint8_t *copy = arena_alloc(arena, bytes.size);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return slice_of(copy, bytes.size);
}

char *arena_string(struct arena *arena, struct slice text)
{
    char *copy = arena_alloc(arena, text.size + 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    assert(size >= 0);
    char *text = arena_alloc(arena, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
