/* jsonb as msgpack, and JSON text at the edges (parsed by yajl, which hands out numbers as written).
 *
 * Stored form, one value one byte string:
 *   objects   map, keys unique (the last of duplicates wins), ordered by length, then bytes, as in PostgreSQL
 *   numbers   one that PostgreSQL prints without a point and that fits 64 bits (signed or unsigned): int (7, 1e3); one with
 *             a point: float64 if its shortest decimal form prints the very same digits (1.5); else ext 1 (1.50, 1e30)
 *   strings   str, UTF-8, no NUL (22P05);   the rest: nil, bool, array */
#ifndef ROWHOUSE_VALUE_JSON_H
#define ROWHOUSE_VALUE_JSON_H

#include "value/mp.h"
#include "value/value.h"

/* JSON text to the stored form in `arena`; 22P02 with yajl's position in the detail; 54001 deeper than JSON_DEPTH_MAX. */
int json_parse(struct slice text, struct arena *arena, struct slice *ret, struct error *error);
/* The same, but 22030 where an object has two members of one name. */
int json_parse_unique(struct slice text, struct arena *arena, struct slice *ret, struct error *error);

/* Whether the text is JSON, as the type json keeps it: the same errors, but escapes may mean anything. */
int json_check(struct slice text, struct error *error);

/* Foreign msgpack (checked by mp_check) to the stored form: keys must be str, no bin, no ext but 1; floats finite. */
int json_from_wire(struct slice *in, struct arena *arena, struct slice *ret, struct error *error);

/* PostgreSQL's jsonb output: {"a": 1, "b": [true, null]}; or the compact form without spaces. */
void json_to_text(struct slice json, struct buf *out);
void json_to_compact(struct slice json, struct buf *out);

/* A JSON string literal with quotes and escapes. */
void json_quote(struct slice text, struct buf *out);

/* Any stored value as JSON for people and JSON Lines: numbers bare, the rest as PostgreSQL's to_jsonb gives it. */
void json_from_value(struct type type, const struct value *value, struct buf *out);

/* Member of an object, element of an array (negative from the end; a scalar is element 0 of
 * itself, as in PostgreSQL). False: absent or not such a container. */
bool json_member(struct slice json, struct slice key, struct slice *ret);
bool json_element(struct slice json, int64_t index, struct slice *ret);

int json_compare(struct slice a, struct slice b);               /* PostgreSQL's jsonb order */
bool json_contains(struct slice outer, struct slice inner);     /* the operator @> */

/* Appends bytes that are equal for equal values only (1.0 equals 1, unlike in the stored form): for hashing. */
void json_normal(struct slice json, struct buf *out);

/* ->> : the text of a scalar, JSON text of a container; false for JSON null. */
bool json_as_text(struct slice json, struct arena *arena, struct slice *ret);

#endif
