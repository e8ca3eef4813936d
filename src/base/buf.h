/* A growing run of bytes that its holder owns. Appending never fails (see base/memory.h). */
#ifndef ROWHOUSE_BASE_BUF_H
#define ROWHOUSE_BASE_BUF_H

#include "base/slice.h"

struct buf {
    uint8_t *data;
    size_t size, capacity;
};

/* A zeroed struct buf is an empty one. */
void buf_done(struct buf *buf);                     /* frees; empty afterwards */
static inline void buf_clear(struct buf *buf) { buf->size = 0; }
static inline struct slice buf_slice(const struct buf *buf) { return slice_of(buf->data, buf->size); }

/* Room for `size` more bytes at the end, not counted until the caller adds to buf->size. */
uint8_t *buf_reserve(struct buf *buf, size_t size);

void buf_append(struct buf *buf, const void *data, size_t size);
void buf_append_slice(struct buf *buf, struct slice bytes);
void buf_append_string(struct buf *buf, const char *text);      /* without its NUL */
void buf_append_byte(struct buf *buf, uint8_t byte);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The bytes with a NUL behind them, which does not count; valid until the next append. */
const char *buf_text(struct buf *buf);

#endif
