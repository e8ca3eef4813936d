/* A borrowed run of bytes: pointer and size, owned by somebody else, who is named where one is handed out. */
#ifndef ROWHOUSE_BASE_SLICE_H
#define ROWHOUSE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;        /* may be NULL when size is 0 */
    size_t size;
};

#define SLICE_LITERAL(text) ((struct slice){ (const uint8_t *)(text), sizeof(text) - 1 })

/* For printf's "%.*s". */
#define SLICE_FMT(s) (int)(s).size, (const char *)(s).data

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){ data, size };
}

static inline struct slice slice_of_string(const char *text)
{
    return (struct slice){ (const uint8_t *)text, strlen(text) };
}

/* Order of the bytes, a proper prefix first. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_is(struct slice s, const char *text)
{
    return slice_equal(s, slice_of_string(text));
}

#endif
