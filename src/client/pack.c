/* Formats to MessagePack: rh_pack() and everything with a format. */
#include "client/client.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "value/json.h"
#include "value/mp.h"
#include "value/value.h"

#define DEPTH_MAX 32

/* A container being packed: its elements go to a buffer of their own, because the header comes first and holds their
 * number. */
struct frame {
    char kind;                      /* '[' or '{'; 0: the outermost */
    uint32_t count;
    size_t start;                   /* where its elements begin in `out` */
};

/* Puts the header of a finished container before its elements. */
static void close_container(struct buf *out, const struct frame *frame)
{
    struct buf header = { 0 };
    if (frame->kind == '[')
        mp_put_array(&header, frame->count);
    else
        mp_put_map(&header, frame->count / 2);
    buf_reserve(out, header.size);
    memmove(out->data + frame->start + header.size, out->data + frame->start, out->size - frame->start);
    memcpy(out->data + frame->start, header.data, header.size);
    out->size += header.size;
    buf_done(&header);
}

static void put_time(struct buf *out, int64_t us)
{
    struct value value = value_time(us);
    value_store(type_of(TYPE_TIMESTAMPTZ), &value, out);
}

static void put_uuid(struct buf *out, const struct rh_uuid *uuid)
{
    mp_put_ext(out, MP_EXT_UUID, slice_of(uuid->bytes, sizeof uuid->bytes));
}

static void put_packed(struct buf *out, const struct rh_packed *packed)
{
    if (packed->kind == '[')
        mp_put_array(out, packed->count);
    else if (packed->kind == '{')
        mp_put_map(out, packed->count / 2);
    buf_append_slice(out, buf_slice(&packed->bytes));
}

/* One letter's value; `nullable` when a '?' follows it. False: no such letter. */
static bool put_letter(struct buf *out, char letter, bool nullable, va_list *args)
{
    const struct rh_cell *cell;
    const void *pointer;
    size_t size;
    switch (letter) {
    case 'n': mp_put_nil(out); return true;
    case 'b': mp_put_bool(out, va_arg(*args, int) != 0); return true;
    case 'i': mp_put_int(out, va_arg(*args, int)); return true;
    case 'I': mp_put_int(out, va_arg(*args, int64_t)); return true;
    case 'f': mp_put_double(out, va_arg(*args, double)); return true;
    case 't': put_time(out, va_arg(*args, int64_t)); return true;
    case 'S':
    case 'B':
        pointer = va_arg(*args, const void *);
        size = va_arg(*args, size_t);
        if (letter == 'S')
            mp_put_str(out, slice_of(pointer, size));
        else
            mp_put_bin(out, slice_of(pointer, size));
        return true;
    case 'c':
        cell = va_arg(*args, const struct rh_cell *);
        if (cell->data == NULL)
            return false;
        buf_append(out, cell->data, cell->size);
        return true;
    case 's':
    case 'u':
    case 'o':
        pointer = va_arg(*args, const void *);
        if (pointer == NULL && !nullable)
            return false;
        if (pointer == NULL)
            mp_put_nil(out);
        else if (letter == 's')
            mp_put_string(out, pointer);
        else if (letter == 'u')
            put_uuid(out, pointer);
        else
            put_packed(out, pointer);
        return true;
    default:
        return false;
    }
}

int pack_format(struct buf *out, const char *format, va_list args)
{
    struct frame frames[DEPTH_MAX] = { { 0 } };
    struct frame *frame = frames;
    va_list rest;
    va_copy(rest, args);
    bool good = true;
    for (const char *at = format; good && *at != '\0'; at++) {
        if (strchr(" ,:", *at) != NULL)
            continue;
        if (*at == '[' || *at == '{') {
            good = frame + 1 < frames + DEPTH_MAX;
            if (good)
                *++frame = (struct frame){ .kind = *at, .start = out->size };
        } else if (*at == ']' || *at == '}') {
            good = frame->kind == (*at == ']' ? '[' : '{') && (*at == ']' || frame->count % 2 == 0);
            if (good) {
                close_container(out, frame);
                (--frame)->count++;
            }
        } else {
            good = put_letter(out, *at, at[1] == '?', &rest);
            at += at[1] == '?';
            frame->count++;
        }
    }
    va_end(rest);
    return good && frame == frames ? (int)frame->count : -1;
}

struct rh_packed *rh_pack(const char *format, ...)
{
    struct rh_packed *packed = memory_alloc(sizeof *packed);
    va_list args;
    va_start(args, format);
    int count = pack_format(&packed->bytes, format, args);
    va_end(args);
    if (count == 1)
        return packed;
    rh_packed_free(packed);
    return NULL;
}

struct rh_packed *rh_pack_json(const char *text, size_t size)
{
    struct arena arena;
    struct slice json;
    struct error error;
    struct rh_packed *packed = NULL;
    arena_init(&arena, SIZE_MAX);
    if (json_parse(slice_of(text, size), &arena, &json, &error) == 0) {
        packed = memory_alloc(sizeof *packed);
        buf_append_slice(&packed->bytes, json);
    }
    arena_done(&arena);
    return packed;
}

struct rh_packed *rh_packed_new(char kind)
{
    assert(kind == '[' || kind == '{');
    struct rh_packed *packed = memory_alloc(sizeof *packed);
    packed->kind = kind;
    return packed;
}

int rh_packed_add(struct rh_packed *packed, const char *format, ...)
{
    size_t before = packed->bytes.size;
    va_list args;
    va_start(args, format);
    int count = pack_format(&packed->bytes, format, args);
    va_end(args);
    if (count < 0 || packed->kind == 0 || (packed->kind == '{' && count % 2 != 0)) {
        packed->bytes.size = before;
        return RH_MISUSE;
    }
    packed->count += (uint32_t)count;
    return RH_OK;
}

void rh_packed_free(struct rh_packed *packed)
{
    if (packed == NULL)
        return;
    buf_done(&packed->bytes);
    free(packed);
}
