#include "value/mp.h"

#include <assert.h>

#include <msgpack/pack_define.h>
#include <msgpack/timestamp.h>

/* msgpack-c's packer, writing into a struct buf without its callback in between. */
#define msgpack_pack_inline_func(name) static inline void pack ## name
#define msgpack_pack_inline_func_cint(name) static inline void pack ## name
#define msgpack_pack_inline_func_fixint(name) static inline void pack_fix ## name
#define msgpack_pack_user struct buf *
#define msgpack_pack_append_buffer(out, bytes, size) buf_append((out), (bytes), (size))
#include <msgpack/pack_template.h>

/* --- Heads: the first bytes of an object, which say how far it reaches --- */

struct head {
    enum mp_type type;
    size_t body;            /* where the payload begins */
    size_t size;            /* head and payload, without the objects inside */
    uint64_t inside;        /* objects inside an array or map */
};

/* The formats 0xc0 to 0xdf. `length` is how many bytes declare the payload's size or the count. */
static const struct { uint8_t type, length, fixed; } formats[32] = {
    { MP_NIL, 0, 0 }, { MP_BAD, 0, 0 }, { MP_BOOL, 0, 0 }, { MP_BOOL, 0, 0 },
    { MP_BIN, 1, 0 }, { MP_BIN, 2, 0 }, { MP_BIN, 4, 0 },
    { MP_EXT, 1, 1 }, { MP_EXT, 2, 1 }, { MP_EXT, 4, 1 },               /* one more byte: the ext's type */
    { MP_FLOAT, 0, 4 }, { MP_DOUBLE, 0, 8 },
    { MP_INT, 0, 1 }, { MP_INT, 0, 2 }, { MP_INT, 0, 4 }, { MP_UINT, 0, 8 },
    { MP_INT, 0, 1 }, { MP_INT, 0, 2 }, { MP_INT, 0, 4 }, { MP_INT, 0, 8 },
    { MP_EXT, 0, 2 }, { MP_EXT, 0, 3 }, { MP_EXT, 0, 5 }, { MP_EXT, 0, 9 }, { MP_EXT, 0, 17 },
    { MP_STR, 1, 0 }, { MP_STR, 2, 0 }, { MP_STR, 4, 0 },
    { MP_ARRAY, 2, 0 }, { MP_ARRAY, 4, 0 }, { MP_MAP, 2, 0 }, { MP_MAP, 4, 0 },
};

/* The size of objects that their first byte alone decides: most of those in a row. 0: it takes more to tell. */
static const uint8_t fixed_sizes[256] = {
    [0x00 ... 0x7f] = 1, [0xe0 ... 0xff] = 1,
    [0xa0] = 1, [0xa1] = 2, [0xa2] = 3, [0xa3] = 4, [0xa4] = 5, [0xa5] = 6, [0xa6] = 7, [0xa7] = 8,
    [0xa8] = 9, [0xa9] = 10, [0xaa] = 11, [0xab] = 12, [0xac] = 13, [0xad] = 14, [0xae] = 15, [0xaf] = 16,
    [0xb0] = 17, [0xb1] = 18, [0xb2] = 19, [0xb3] = 20, [0xb4] = 21, [0xb5] = 22, [0xb6] = 23, [0xb7] = 24,
    [0xb8] = 25, [0xb9] = 26, [0xba] = 27, [0xbb] = 28, [0xbc] = 29, [0xbd] = 30, [0xbe] = 31, [0xbf] = 32,
    [0xc0] = 1, [0xc2] = 1, [0xc3] = 1, [0xca] = 5, [0xcb] = 9, [0xcc] = 2, [0xcd] = 3, [0xce] = 5, [0xcf] = 9,
    [0xd0] = 2, [0xd1] = 3, [0xd2] = 5, [0xd3] = 9, [0xd4] = 3, [0xd5] = 4, [0xd6] = 6, [0xd7] = 10, [0xd8] = 18,
};

static uint64_t big_endian(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* 1: read. 0: more bytes are needed to tell. -1: no MessagePack. The payload itself may still be missing. */
static int head_read(struct slice in, struct head *ret)
{
    if (in.size == 0)
        return 0;
    uint8_t first = in.data[0];
    ret->body = 1;
    ret->inside = 0;
    if (first <= 0x7f || first >= 0xe0) {
        ret->type = MP_INT;
        ret->size = 1;
    } else if (first <= 0x8f) {
        ret->type = MP_MAP;
        ret->size = 1;
        ret->inside = 2 * (uint64_t)(first & 15);
    } else if (first <= 0x9f) {
        ret->type = MP_ARRAY;
        ret->size = 1;
        ret->inside = first & 15;
    } else if (first <= 0xbf) {
        ret->type = MP_STR;
        ret->size = 1 + (size_t)(first & 31);
    } else {
        size_t length = formats[first - 0xc0].length;
        ret->type = formats[first - 0xc0].type;
        if (ret->type == MP_BAD)
            return -1;
        if (in.size < 1 + length)
            return 0;
        uint64_t declared = big_endian(in.data + 1, length);
        ret->body = 1 + length;
        ret->size = 1 + length + formats[first - 0xc0].fixed;
        if (ret->type == MP_ARRAY)
            ret->inside = declared;
        else if (ret->type == MP_MAP)
            ret->inside = 2 * declared;
        else
            ret->size += declared;
    }
    return 1;
}

int64_t mp_check_more(struct mp_scan *scan, struct slice bytes, int depth_max)
{
    assert(depth_max >= 0);
    assert(depth_max <= WIRE_DEPTH_MAX);
    for (;;) {
        struct head head;
        size_t fixed = scan->at < bytes.size ? fixed_sizes[bytes.data[scan->at]] : 0;
        int got = fixed > 0 ? 1 : head_read(slice_of(bytes.data + scan->at, bytes.size - scan->at), &head);
        if (got <= 0)
            return got;
        if (fixed > 0)
            head = (struct head){ .type = MP_NIL, .size = fixed };      /* a scalar, whichever */
        bool container = head.type == MP_ARRAY || head.type == MP_MAP;
        if (container && scan->depth == depth_max)
            return -1;
        if (head.size > bytes.size - scan->at)
            return 0;
        scan->at += head.size;
        if (head.inside > 0) {
            scan->left[scan->depth++] = head.inside;
            continue;
        }
        while (scan->depth > 0 && --scan->left[scan->depth - 1] == 0)
            scan->depth--;
        if (scan->depth == 0)
            return (int64_t)scan->at;
    }
}

int64_t mp_check(struct slice bytes, int depth_max)
{
    struct mp_scan scan;
    scan.depth = 0;
    scan.at = 0;
    return mp_check_more(&scan, bytes, depth_max);
}

/* --- Reading --- */

static bool scalar(struct slice in, enum mp_type type, struct head *ret)
{
    return head_read(in, ret) == 1 && ret->type == type && ret->size <= in.size;
}

static void advance(struct slice *in, size_t size)
{
    in->data += size;
    in->size -= size;
}

static struct slice payload(struct slice in, const struct head *head)
{
    return slice_of(in.data + head->body, head->size - head->body);
}

enum mp_type mp_peek(struct slice bytes)
{
    struct head head;
    if (head_read(bytes, &head) != 1)
        return MP_BAD;
    if (head.type == MP_UINT && bytes.size >= 2 && bytes.data[1] < 0x80)
        return MP_INT;
    return head.type;
}

bool mp_nil(struct slice *in)
{
    if (in->size == 0 || in->data[0] != 0xc0)
        return false;
    advance(in, 1);
    return true;
}

bool mp_bool(struct slice *in, bool *ret)
{
    if (in->size == 0 || (in->data[0] & 0xfe) != 0xc2)
        return false;
    *ret = in->data[0] == 0xc3;
    advance(in, 1);
    return true;
}

bool mp_int(struct slice *in, int64_t *ret)
{
    struct head head;
    if (in->size > 0 && (in->data[0] <= 0x7f || in->data[0] >= 0xe0)) {
        *ret = (int8_t)in->data[0];
        advance(in, 1);
        return true;
    }
    if (head_read(*in, &head) != 1 || (head.type != MP_INT && head.type != MP_UINT) || head.size > in->size)
        return false;
    uint8_t first = in->data[0];
    uint64_t bits = big_endian(in->data + 1, head.size - 1);
    switch (first) {
    case 0xcc: case 0xcd: case 0xce: *ret = (int64_t)bits; break;
    case 0xcf:
        if (bits > INT64_MAX)
            return false;
        *ret = (int64_t)bits;
        break;
    case 0xd0: *ret = (int8_t)bits; break;
    case 0xd1: *ret = (int16_t)bits; break;
    case 0xd2: *ret = (int32_t)bits; break;
    case 0xd3: *ret = (int64_t)bits; break;
    }
    advance(in, head.size);
    return true;
}

bool mp_uint(struct slice *in, uint64_t *ret)
{
    int64_t integer;
    struct slice rest = *in;
    if (rest.size >= 9 && rest.data[0] == 0xcf) {
        *ret = big_endian(rest.data + 1, 8);
        advance(in, 9);
        return true;
    }
    if (!mp_int(&rest, &integer) || integer < 0)
        return false;
    *ret = (uint64_t)integer;
    *in = rest;
    return true;
}

bool mp_double(struct slice *in, double *ret)
{
    struct head head;
    if (scalar(*in, MP_DOUBLE, &head)) {
        uint64_t bits = big_endian(in->data + 1, 8);
        memcpy(ret, &bits, sizeof bits);
    } else if (scalar(*in, MP_FLOAT, &head)) {
        uint32_t bits = (uint32_t)big_endian(in->data + 1, 4);
        float real;
        memcpy(&real, &bits, sizeof bits);
        *ret = (double)real;
    } else {
        return false;
    }
    advance(in, head.size);
    return true;
}

bool mp_str(struct slice *in, struct slice *ret)
{
    struct head head;
    if (in->size > 0 && (in->data[0] & 0xe0) == 0xa0 && in->size > (in->data[0] & 31u)) {
        *ret = slice_of(in->data + 1, in->data[0] & 31u);
        advance(in, 1 + ret->size);
        return true;
    }
    if (!scalar(*in, MP_STR, &head))
        return false;
    *ret = payload(*in, &head);
    advance(in, head.size);
    return true;
}

bool mp_bin(struct slice *in, struct slice *ret)
{
    struct head head;
    if (!scalar(*in, MP_BIN, &head))
        return false;
    *ret = payload(*in, &head);
    advance(in, head.size);
    return true;
}

bool mp_array(struct slice *in, uint32_t *ret_count)
{
    struct head head;
    if (!scalar(*in, MP_ARRAY, &head))
        return false;
    *ret_count = (uint32_t)head.inside;
    advance(in, head.size);
    return true;
}

bool mp_map(struct slice *in, uint32_t *ret_count)
{
    struct head head;
    if (!scalar(*in, MP_MAP, &head))
        return false;
    *ret_count = (uint32_t)(head.inside / 2);
    advance(in, head.size);
    return true;
}

bool mp_ext(struct slice *in, int8_t *ret_type, struct slice *ret_payload)
{
    struct head head;
    if (!scalar(*in, MP_EXT, &head))
        return false;
    struct slice body = payload(*in, &head);
    *ret_type = (int8_t)body.data[0];
    *ret_payload = slice_of(body.data + 1, body.size - 1);
    advance(in, head.size);
    return true;
}

bool mp_skip(struct slice *in, struct slice *ret_object)
{
    const uint8_t *at = in->data, *end = in->data + in->size;
    for (uint64_t left = 1; left > 0; left--) {
        struct head head;
        size_t size = at < end ? fixed_sizes[*at] : 0;
        if (size == 0) {
            if (head_read(slice_of(at, (size_t)(end - at)), &head) != 1)
                return false;
            size = head.size;
            left += head.inside;
        }
        if (size > (size_t)(end - at))
            return false;
        at += size;
    }
    if (ret_object != NULL)
        *ret_object = slice_of(in->data, (size_t)(at - in->data));
    *in = slice_of(at, (size_t)(end - at));
    return true;
}

/* --- Packing --- */

void mp_put_nil(struct buf *out) { pack_nil(out); }
void mp_put_int(struct buf *out, int64_t value) { pack_int64(out, value); }
void mp_put_uint(struct buf *out, uint64_t value) { pack_uint64(out, value); }
void mp_put_float(struct buf *out, float value) { pack_float(out, value); }
void mp_put_double(struct buf *out, double value) { pack_double(out, value); }
void mp_put_array(struct buf *out, uint32_t count) { pack_array(out, count); }
void mp_put_map(struct buf *out, uint32_t count) { pack_map(out, count); }

void mp_put_bool(struct buf *out, bool value)
{
    if (value)
        pack_true(out);
    else
        pack_false(out);
}

void mp_put_str(struct buf *out, struct slice text)
{
    assert(text.size <= UINT32_MAX);
    pack_str(out, text.size);
    pack_str_body(out, text.data, text.size);
}

void mp_put_string(struct buf *out, const char *text)
{
    mp_put_str(out, slice_of_string(text));
}

void mp_put_bin(struct buf *out, struct slice bytes)
{
    assert(bytes.size <= UINT32_MAX);
    pack_bin(out, bytes.size);
    pack_bin_body(out, bytes.data, bytes.size);
}

void mp_put_ext(struct buf *out, int8_t type, struct slice payload_bytes)
{
    assert(payload_bytes.size <= UINT32_MAX);
    pack_ext(out, payload_bytes.size, type);
    pack_ext_body(out, payload_bytes.data, payload_bytes.size);
}
