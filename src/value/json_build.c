#include "value/json_build.h"

#include <assert.h>
#include <stdlib.h>

#include "value/decimal.h"
#include "value/mp.h"
#include "value/numeric.h"
#include "value/real.h"

enum node_kind { NODE_PACKED, NODE_TEXT, NODE_ARRAY, NODE_MAP };

struct json_node {
    enum node_kind kind;
    uint32_t count;                     /* of members or elements; and the place of each, from 0 */
    uint32_t place;
    struct slice key;                   /* of a member */
    struct slice bytes;                 /* a scalar: packed, or a text's bytes */
    struct json_node *first, *last, *next;
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

int json_put_number(struct slice text, struct buf *out, struct error *error)
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

void json_build_begin(struct json_builder *b, struct arena *arena)
{
    *b = (struct json_builder){ .arena = arena };
}

static struct json_node *append(struct json_builder *b, enum node_kind kind)
{
    struct json_node *node = ARENA_NEW(b->arena, struct json_node);
    node->kind = kind;
    if (b->depth == 0) {
        b->root = node;
        return node;
    }
    struct json_node *parent = b->open[b->depth - 1];
    node->key = b->key;
    node->place = parent->count++;
    if (parent->last == NULL)
        parent->first = node;
    else
        parent->last->next = node;
    parent->last = node;
    return node;
}

static void append_packed(struct json_builder *b, struct buf *packed)
{
    append(b, NODE_PACKED)->bytes = arena_copy(b->arena, buf_slice(packed));
    buf_done(packed);
}

void json_build_null(struct json_builder *b)
{
    append(b, NODE_PACKED)->bytes = SLICE_LITERAL("\xc0");
}

void json_build_bool(struct json_builder *b, bool value)
{
    append(b, NODE_PACKED)->bytes = value ? SLICE_LITERAL("\xc3") : SLICE_LITERAL("\xc2");
}

void json_build_int(struct json_builder *b, int64_t integer)
{
    struct buf packed = { 0 };
    mp_put_int(&packed, integer);
    append_packed(b, &packed);
}

void json_build_text(struct json_builder *b, struct slice text)
{
    append(b, NODE_TEXT)->bytes = text;
}

int json_build_number(struct json_builder *b, struct slice text, struct error *error)
{
    struct buf packed = { 0 };
    if (json_put_number(text, &packed, error) < 0) {
        buf_done(&packed);
        return -1;
    }
    append_packed(b, &packed);
    return 0;
}

int json_build_open(struct json_builder *b, bool map, struct error *error)
{
    if (b->depth == JSON_DEPTH_MAX)
        return fail(error, SQLSTATE_STATEMENT_TOO_COMPLEX, "JSON nests deeper than %d levels", JSON_DEPTH_MAX);
    struct json_node *node = append(b, map ? NODE_MAP : NODE_ARRAY);
    b->open[b->depth++] = node;
    return 0;
}

void json_build_key(struct json_builder *b, struct slice key)
{
    b->key = key;
}

void json_build_close(struct json_builder *b)
{
    assert(b->depth > 0);
    b->depth--;
}

/* --- Writing --- */

/* By length, then bytes, the last of duplicates first. */
static int compare_members(const void *a, const void *b)
{
    const struct json_node *x = *(struct json_node *const *)a, *y = *(struct json_node *const *)b;
    if (x->key.size != y->key.size)
        return x->key.size < y->key.size ? -1 : 1;
    int order = slice_compare(x->key, y->key);
    return order != 0 ? order : x->place > y->place ? -1 : 1;
}

static void put_node(struct json_builder *b, const struct json_node *node, struct buf *out);

static void put_map(struct json_builder *b, const struct json_node *map, struct buf *out)
{
    struct json_node **members = ARENA_ARRAY(b->arena, struct json_node *, map->count);
    uint32_t count = 0, kept = 0;
    for (struct json_node *member = map->first; member != NULL; member = member->next)
        members[count++] = member;
    qsort(members, count, sizeof *members, compare_members);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !slice_equal(members[kept - 1]->key, members[i]->key))
            members[kept++] = members[i];
    mp_put_map(out, kept);
    for (uint32_t i = 0; i < kept; i++) {
        mp_put_str(out, members[i]->key);
        put_node(b, members[i], out);
    }
}

static void put_node(struct json_builder *b, const struct json_node *node, struct buf *out)
{
    switch (node->kind) {
    case NODE_PACKED: buf_append_slice(out, node->bytes); break;
    case NODE_TEXT:   mp_put_str(out, node->bytes); break;
    case NODE_MAP:    put_map(b, node, out); break;
    case NODE_ARRAY:
        mp_put_array(out, node->count);
        for (const struct json_node *element = node->first; element != NULL; element = element->next)
            put_node(b, element, out);
        break;
    }
}

struct slice json_build_end(struct json_builder *b)
{
    struct buf out = { 0 };
    assert(b->depth == 0);
    assert(b->root != NULL);
    put_node(b, b->root, &out);
    struct slice json = arena_copy(b->arena, buf_slice(&out));
    buf_done(&out);
    return json;
}
