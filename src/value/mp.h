/* MessagePack, read in place: a bounds-checked cursor that allocates nothing.
 *
 * msgpack-c packs for us; for reading it builds object trees and allocates by declared length, which a peer
 * controls, so reading is this cursor. A declared count is only ever compared with the bytes that are there.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md */
#ifndef ROWHOUSE_VALUE_MP_H
#define ROWHOUSE_VALUE_MP_H

#include "base/buf.h"
#include "base/limits.h"

enum mp_type { MP_NIL, MP_BOOL, MP_INT, MP_UINT, MP_FLOAT, MP_DOUBLE, MP_STR, MP_BIN, MP_ARRAY, MP_MAP, MP_EXT, MP_BAD };

#define MP_EXT_TIMESTAMP (-1)
#define MP_EXT_DECIMAL   1
#define MP_EXT_UUID      2
#define MP_EXT_JSON_NULL 3      /* a nil inside: JSON's null as a whole jsonb value, which is not NULL */
#define MP_EXT_SEALED    4      /* a sealed cell (engine/seal_row.h): on disk only, refused from the wire as any foreign type is */

/* --- Checking foreign bytes --- */

/* The size of the first object in `bytes` with everything inside; 0 when it is not complete yet; -1 when it
 * is not MessagePack or nests deeper than `depth_max`. Takes time linear in the object, no recursion. */
int64_t mp_check(struct slice bytes, int depth_max);

/* The same for bytes that arrive little by little: goes on where the last call stopped, so that each byte is looked at
 * once. `bytes` starts at the same object every time and only grows. A zeroed scan is a new one. */
struct mp_scan {
    uint64_t left[WIRE_DEPTH_MAX];      /* objects still to come inside each container that is open */
    int depth;
    size_t at;                          /* everything before it is checked */
};
int64_t mp_check_more(struct mp_scan *scan, struct slice bytes, int depth_max);

/* --- Reading checked bytes; each moves past what it read. On a wrong type they return false and do not move. --- */
enum mp_type mp_peek(struct slice bytes);           /* MP_UINT: an integer above INT64_MAX; MP_BAD at the end */
bool mp_nil(struct slice *in);
bool mp_bool(struct slice *in, bool *ret);
bool mp_int(struct slice *in, int64_t *ret);        /* any integer that fits */
bool mp_uint(struct slice *in, uint64_t *ret);
bool mp_double(struct slice *in, double *ret);      /* float or double */
bool mp_str(struct slice *in, struct slice *ret);
bool mp_bin(struct slice *in, struct slice *ret);
bool mp_array(struct slice *in, uint32_t *ret_count);
bool mp_map(struct slice *in, uint32_t *ret_count);
bool mp_ext(struct slice *in, int8_t *ret_type, struct slice *ret_payload);
bool mp_skip(struct slice *in, struct slice *ret_object);   /* the whole next object; ret_object may be NULL */

/* --- Packing, through msgpack-c's packer; smallest form, so equal values give equal bytes --- */
void mp_put_nil(struct buf *out);
void mp_put_bool(struct buf *out, bool value);
void mp_put_int(struct buf *out, int64_t value);
void mp_put_uint(struct buf *out, uint64_t value);
void mp_put_float(struct buf *out, float value);
void mp_put_double(struct buf *out, double value);
void mp_put_str(struct buf *out, struct slice text);
void mp_put_string(struct buf *out, const char *text);
void mp_put_bin(struct buf *out, struct slice bytes);
void mp_put_array(struct buf *out, uint32_t count);
void mp_put_map(struct buf *out, uint32_t count);
void mp_put_ext(struct buf *out, int8_t type, struct slice payload);

#endif
