#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_stop(void *memory, size_t size)
{
    if (memory == NULL) {
        fprintf(stderr, "out of memory: cannot allocate %zu bytes\n", size);
        abort();
    }
    return memory;
}

void *memory_alloc(size_t size)
{
    return or_stop(calloc(1, size > 0 ? size : 1), size);
}

void *memory_resize(void *old, size_t size)
{
    return or_stop(realloc(old, size > 0 ? size : 1), size);
}

char *memory_string(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(or_stop(malloc(size), size), text, size);
}
