/* malloc for those who cannot go on without: the process stops when the machine has no memory left.
 * A server that has lost an allocation half-way through a commit is safer dead; the log has the rest. */
#ifndef ROWHOUSE_BASE_MEMORY_H
#define ROWHOUSE_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed; never NULL. Free with free(). */
void *memory_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* Like realloc; never NULL; what is new is not zeroed. */
void *memory_resize(void *old, size_t size) __attribute__((returns_nonnull));

/* A copy of a NUL-terminated string. */
char *memory_string(const char *text) __attribute__((malloc, returns_nonnull));

#endif
