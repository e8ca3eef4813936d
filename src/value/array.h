/* One-dimensional arrays: one msgpack array of the elements' stored forms, nil for NULL. */
#ifndef ROWHOUSE_VALUE_ARRAY_H
#define ROWHOUSE_VALUE_ARRAY_H

#include "value/value.h"

/* PostgreSQL's literal: {a,"b c",NULL}; 22P02; more than one dimension is refused with 0A000. */
int array_parse(struct type type, struct slice text, struct arena *arena, struct value *ret, struct error *error);
void array_format(struct type type, const struct value *array, struct buf *out);

struct value array_build(struct type element, const struct value *elements, int count, struct arena *arena);
int array_count(const struct value *array);

/* Steps through: `rest` starts as array_elements(array). False at the end. */
struct slice array_elements(const struct value *array);
bool array_next(struct type type, struct slice *rest, struct value *ret);

#endif
