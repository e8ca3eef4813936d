#include "value/json_build.h"

#include <assert.h>
#include <stdlib.h>

#include "value/decimal.h"
#include "value/mp.h"
#include "value/numeric.h"
#include "value/real.h"

/* A member of a map that is open: its key and, directly behind it, its value, packed in `out`. */
struct json_member {
    const uint8_t *key;         /* filled when the map ends, as `out` moves before */
    size_t key_size, start, end;
};

/* --- Numbers --- */

/* Whether a double's shortest decimal form has the very digits of `d`, which has a decimal point. */
static bool is_double(const struct decimal *d, struct slice text, double *ret)
{
    char copy[400];
    if (d->count == 0 || d->count > 17 || text.size >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *ret = strtod(copy, NULL);
    if (*ret == 0 || *ret - *ret != 0)          /* too small, too large */
        return false;
    struct real_digits r = real_digits(*ret, false);
    if ((uint32_t)r.count != d->count || r.point != decimal_point(d))
        return false;
    for (uint32_t i = 0; i < d->count; i++)
        if (r.digits[i] - '0' != decimal_digit(d, i))
            return false;
    return true;
}

static bool is_integer(const struct decimal *d, uint64_t *ret)
{
    *ret = 0;
    if (d->scale != 0 || d->count > 20)
        return false;
    for (uint32_t i = 0; i < d->count; i++)
        if (__builtin_mul_overflow(*ret, 10, ret) || __builtin_add_overflow(*ret, (uint64_t)decimal_digit(d, i), ret))
            return false;
    return !d->negative || *ret <= (uint64_t)INT64_MAX + 1;
}

static int put_number(struct slice text, struct buf *out, struct error *error)
{
    struct arena arena;
    struct value number;
    struct decimal d;
    uint64_t integer;
    double real;
    arena_init(&arena, VALUE_SIZE_MAX);
    int result = numeric_parse(text, &arena, &number, error);
    if (result == 0) {
        bool sound = decimal_open(number.bytes, &d);
        assert(sound);
        if (is_integer(&d, &integer) && d.negative)
            mp_put_int(out, (int64_t)-integer);
        else if (is_integer(&d, &integer))
            mp_put_uint(out, integer);
        else if (d.scale > 0 && is_double(&d, text, &real))
            mp_put_double(out, real);
        else
            mp_put_ext(out, MP_EXT_DECIMAL, number.bytes);
    }
    arena_done(&arena);
    return result;
}

/* --- Events --- */

static int too_large(struct error *error)
{
    return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a JSON value has more than %zu bytes", VALUE_SIZE_MAX);
}

void json_build_done(struct json_builder *b)
{
    buf_done(&b->out);
    buf_done(&b->members);
    b->depth = 0;
}

/* What is appended next is an element, or the value behind a key. */
static struct buf *next_value(struct json_builder *b)
{
    if (b->depth > 0)
        b->open[b->depth - 1].count++;
    return &b->out;
}

void json_build_null(struct json_builder *b) { mp_put_nil(next_value(b)); }
void json_build_bool(struct json_builder *b, bool value) { mp_put_bool(next_value(b), value); }
void json_build_int(struct json_builder *b, int64_t integer) { mp_put_int(next_value(b), integer); }
void json_build_text(struct json_builder *b, struct slice text) { mp_put_str(next_value(b), text); }

/* A short number may be a long one: 1e131071. */
int json_build_number(struct json_builder *b, struct slice text, struct error *error)
{
    if (b->out.size > VALUE_SIZE_MAX)
        return too_large(error);
    return put_number(text, next_value(b), error);
}

int json_build_open(struct json_builder *b, bool map, struct error *error)
{
    if (b->depth == JSON_DEPTH_MAX)
        return fail(error, SQLSTATE_STATEMENT_TOO_COMPLEX, "JSON nests deeper than %d levels", JSON_DEPTH_MAX);
    struct buf *out = next_value(b);
    b->open[b->depth++] = (struct json_frame){ .map = map, .start = out->size, .members = b->members.size };
    buf_append_byte(out, 0);
    return 0;
}

static struct json_member *members_from(struct json_builder *b, size_t offset)
{
    return (struct json_member *)(void *)(b->members.data + offset);
}

static void end_member(struct json_builder *b, const struct json_frame *map)
{
    if (b->members.size > map->members)
        members_from(b, b->members.size)[-1].end = b->out.size;
}

void json_build_key(struct json_builder *b, struct slice key)
{
    assert(b->depth > 0);
    struct json_frame *map = &b->open[b->depth - 1];
    struct json_member member = { .key_size = key.size, .start = b->out.size };
    assert(map->map);
    end_member(b, map);
    buf_append(&b->members, &member, sizeof member);
    mp_put_str(&b->out, key);
}

/* --- Ends of containers --- */

/* By length, then bytes, the last of duplicates first. */
static int compare_members(const void *a, const void *b)
{
    const struct json_member *x = a, *y = b;
    if (x->key_size != y->key_size)
        return x->key_size < y->key_size ? -1 : 1;
    int order = slice_compare(slice_of(x->key, x->key_size), slice_of(y->key, y->key_size));
    return order != 0 ? order : x->start > y->start ? -1 : 1;
}

static bool same_key(const struct json_member *x, const struct json_member *y)
{
    return slice_equal(slice_of(x->key, x->key_size), slice_of(y->key, y->key_size));
}

static void find_keys(struct json_builder *b, struct json_member *members, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct slice key, rest = slice_of(b->out.data + members[i].start, members[i].end - members[i].start);
        bool sound = mp_str(&rest, &key);
        assert(sound);
        members[i].key = key.data;
    }
}

static bool in_order(const struct json_member *members, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (same_key(&members[i - 1], &members[i]) || compare_members(&members[i - 1], &members[i]) > 0)
            return false;
    return true;
}

/* Puts the members in order behind the byte of the map's head; returns how many are left. */
static uint32_t sort_members(struct json_builder *b, const struct json_frame *map)
{
    struct json_member *members = members_from(b, map->members);
    struct buf sorted = { 0 };
    uint32_t kept = 0;
    find_keys(b, members, map->count);
    if (in_order(members, map->count))
        return map->count;
    qsort(members, map->count, sizeof *members, compare_members);
    for (uint32_t i = 0; i < map->count; i++) {
        if (i > 0 && same_key(&members[i - 1], &members[i])) {
            b->duplicates = true;
            continue;
        }
        buf_append(&sorted, b->out.data + members[i].start, members[i].end - members[i].start);
        kept++;
    }
    memcpy(b->out.data + map->start + 1, sorted.data, sorted.size);
    b->out.size = map->start + 1 + sorted.size;
    buf_done(&sorted);
    return kept;
}

/* Writes the head where one byte was left for it, and makes room for a longer one. */
static void put_head(struct json_builder *b, const struct json_frame *frame, uint32_t count)
{
    struct buf head = { 0 };
    if (frame->map)
        mp_put_map(&head, count);
    else
        mp_put_array(&head, count);
    if (head.size > 1) {
        buf_reserve(&b->out, head.size - 1);
        memmove(b->out.data + frame->start + head.size, b->out.data + frame->start + 1, b->out.size - frame->start - 1);
        b->out.size += head.size - 1;
    }
    memcpy(b->out.data + frame->start, head.data, head.size);
    buf_done(&head);
}

void json_build_close(struct json_builder *b)
{
    assert(b->depth > 0);
    const struct json_frame *frame = &b->open[b->depth - 1];
    uint32_t count = frame->count;
    if (frame->map && count > 0) {
        end_member(b, frame);
        count = sort_members(b, frame);
        b->members.size = frame->members;
    }
    put_head(b, frame, count);
    b->depth--;
}

int json_build_end(struct json_builder *b, struct arena *arena, struct slice *ret, struct error *error)
{
    assert(b->depth == 0);
    int result = b->out.size > VALUE_SIZE_MAX ? too_large(error) : 0;
    if (result == 0)
        *ret = arena_copy(arena, buf_slice(&b->out));
    json_build_done(b);
    return result;
}
