/* The name that somebody meant who typed another one. */
#ifndef ROWHOUSE_TOOLS_NEAREST_H
#define ROWHOUSE_TOOLS_NEAREST_H

#include <stddef.h>

/* Looks at one candidate after the other; what was near enough stands in `name`. */
struct nearest {
    const char *given;
    size_t size;
    const char *name;               /* NULL: none is near */
    int distance;
};
void nearest_start(struct nearest *nearest, const char *given, size_t size);
void nearest_try(struct nearest *nearest, const char *name);

/* " (did you mean NAME?)", or "". */
const char *nearest_hint(const struct nearest *nearest, char *text, size_t size);

#endif
