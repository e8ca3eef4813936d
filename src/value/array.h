/* One-dimensional arrays: one msgpack array of the elements' stored forms, nil for NULL. */
#ifndef ROWHOUSE_VALUE_ARRAY_H
#define ROWHOUSE_VALUE_ARRAY_H

#include "value/value.h"

/* An array in the making, element by element. A zeroed one is new; array_end() and array_abandon() free it.
 * `scratch` is for an element's own bytes: they are forgotten when it is put. */
struct array_writer {
    struct buf elements;
    uint32_t count;
    struct arena scratch;
};
int array_put(struct array_writer *writer, struct type element, const struct value *value, struct error *error);    /* 54000 */
struct value array_end(struct array_writer *writer, struct arena *arena);
void array_abandon(struct array_writer *writer);

/* PostgreSQL's literal: {a,"b c",NULL}; 22P02; more than one dimension is refused with 0A000. */
int array_parse(struct type type, struct slice text, struct arena *arena, struct value *ret, struct error *error);
void array_format(struct type type, const struct value *array, struct buf *out);

struct value array_build(struct type element, const struct value *elements, int count, struct arena *arena);
int array_count(const struct value *array);

/* Steps through: `rest` starts as array_elements(array). False at the end. */
struct slice array_elements(const struct value *array);
bool array_next(struct type type, struct slice *rest, struct value *ret);

#endif
