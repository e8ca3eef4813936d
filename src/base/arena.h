/* Memory of one request: allocated in passing, freed at once.
 *
 * An arena is a chain of blocks. Allocation never returns NULL: when the machine has no memory left the
 * process stops, and a *limit* is a question that loops over data ask with arena_over(), once a row,
 * so that small steps need no check. Not thread-safe: an arena belongs to one request. */
#ifndef ROWHOUSE_BASE_ARENA_H
#define ROWHOUSE_BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *blocks;     /* newest first */
    uint8_t *next, *end;            /* free space of the newest block */
    size_t used;                    /* bytes handed out since the last reset */
    size_t limit;                   /* see arena_over() */
};

/* An arena in place; allocates nothing yet. */
void arena_init(struct arena *arena, size_t limit);

/* Frees every block; the arena may be used again. */
void arena_done(struct arena *arena);

/* Forgets everything allocated and keeps the first block for the next request. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes, aligned for any type, until reset or done. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(2)));

/* Whether the limit is passed: the caller gives up with SQLSTATE 53200. */
bool arena_over(const struct arena *arena);

/* An arena as it was at one moment: everything in it becomes, byte for byte and at its address, what it was then; what was allocated
 * since is gone. For trying what may leave things half changed. */
struct arena_saved {
    struct arena arena;
    uint8_t *bytes;                 /* of its blocks, newest first */
    size_t size, capacity;
};
void arena_save(const struct arena *arena, struct arena_saved *saved);          /* zeroed, or saved before: memory is used again */
void arena_restore(struct arena *arena, const struct arena_saved *saved);
void arena_saved_done(struct arena_saved *saved);

/* Copies; the string form ends in NUL. */
struct slice arena_copy(struct arena *arena, struct slice bytes);
char *arena_string(struct arena *arena, struct slice text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(count)))

#endif
