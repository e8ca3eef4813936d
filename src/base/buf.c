#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ 0 };
}

uint8_t *buf_reserve(struct buf *buf, size_t size)
{
    assert(size <= SIZE_MAX / 4);
    if (buf->capacity - buf->size < size) {
        size_t capacity = buf->capacity < 128 ? 128 : buf->capacity * 2;
        while (capacity - buf->size < size)
            capacity *= 2;
        buf->data = memory_resize(buf->data, capacity);
        buf->capacity = capacity;
    }
    return buf->data + buf->size;
}

void buf_append(struct buf *buf, const void *data, size_t size)
{
    if (size == 0)
        return;
    memcpy(buf_reserve(buf, size), data, size);
    buf->size += size;
}

void buf_append_slice(struct buf *buf, struct slice bytes)
{
    buf_append(buf, bytes.data, bytes.size);
}

void buf_append_string(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_append_byte(struct buf *buf, uint8_t byte)
{
    *buf_reserve(buf, 1) = byte;
    buf->size++;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    assert(size >= 0);
    vsnprintf((char *)buf_reserve(buf, (size_t)size + 1), (size_t)size + 1, format, again);
    buf->size += (size_t)size;
    va_end(again);
    va_end(args);
}

const char *buf_text(struct buf *buf)
{
    *buf_reserve(buf, 1) = '\0';
    return (const char *)buf->data;
}
