/* A JSON value in the making: fed like a parser's events, written in the stored form (value/json.h) as they come.
 *
 * A container's head is written when it ends and its count is known; an object's members are then put in order, and the
 * last of duplicates wins. What is built takes no more memory than its bytes, and 32 bytes for each open member. */
#ifndef ROWHOUSE_VALUE_JSON_BUILD_H
#define ROWHOUSE_VALUE_JSON_BUILD_H

#include "value/value.h"

struct json_frame {             /* a container that is not ended */
    bool map;
    size_t start;               /* of its head in `out`, for which one byte is left */
    size_t members;             /* of outer containers in `members`, in bytes */
    uint32_t count;
};

struct json_builder {
    struct buf out;
    struct buf members;         /* struct json_member of the open maps, see value/json_build.c */
    struct json_frame open[JSON_DEPTH_MAX];
    int depth;
    bool duplicates;            /* an object had two members of one name */
};

/* A zeroed builder is a new one. Frees what is left of one; needed after a failure only. */
void json_build_done(struct json_builder *builder);

void json_build_null(struct json_builder *builder);
void json_build_bool(struct json_builder *builder, bool value);
void json_build_int(struct json_builder *builder, int64_t integer);
void json_build_text(struct json_builder *builder, struct slice text);
int json_build_number(struct json_builder *builder, struct slice text, struct error *error);   /* as numeric reads it; 22003, 54000 */
int json_build_open(struct json_builder *builder, bool map, struct error *error);              /* 54001 */
void json_build_key(struct json_builder *builder, struct slice key);                           /* the value follows */
void json_build_close(struct json_builder *builder);

/* The stored form, in `arena`; ends the builder also when it fails: 54000 when it is larger than VALUE_SIZE_MAX. */
int json_build_end(struct json_builder *builder, struct arena *arena, struct slice *ret, struct error *error);

#endif
