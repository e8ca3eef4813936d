/* A JSON value in the making: fed like a parser's events, then written in the stored form (value/json.h).
 *
 * The tree lies in the arena. Members keep the order in which they came until they are written, when they are
 * sorted and the last of duplicates wins. */
#ifndef ROWHOUSE_VALUE_JSON_BUILD_H
#define ROWHOUSE_VALUE_JSON_BUILD_H

#include "value/value.h"

struct json_node;

struct json_builder {
    struct arena *arena;
    struct json_node *open[JSON_DEPTH_MAX];     /* containers that are not ended, outermost first */
    int depth;
    struct slice key;                           /* of the next member */
    struct json_node *root;
};

void json_build_begin(struct json_builder *builder, struct arena *arena);

/* A text's bytes must live as long as the arena. Failures are of numbers and of depth. */
void json_build_null(struct json_builder *builder);
void json_build_bool(struct json_builder *builder, bool value);
void json_build_int(struct json_builder *builder, int64_t integer);
void json_build_text(struct json_builder *builder, struct slice text);
int json_build_number(struct json_builder *builder, struct slice text, struct error *error);
int json_build_open(struct json_builder *builder, bool map, struct error *error);
void json_build_key(struct json_builder *builder, struct slice key);
void json_build_close(struct json_builder *builder);

/* The stored form, in the arena. */
struct slice json_build_end(struct json_builder *builder);

/* One number's stored form, from text as numeric reads it; 22003. */
int json_put_number(struct slice text, struct buf *out, struct error *error);

#endif
