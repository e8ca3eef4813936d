/* Looking into stored JSON, and PostgreSQL's order and containment of jsonb. */
#include "value/json.h"

#include <assert.h>

#include "value/json_number.h"

/* --- Members and elements --- */

bool json_member(struct slice json, struct slice key, struct slice *ret)
{
    uint32_t count;
    struct slice name;
    if (!mp_map(&json, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!mp_str(&json, &name) || name.size > key.size)      /* ordered by length */
            return false;
        if (slice_equal(name, key))
            return mp_skip(&json, ret);
        if (!mp_skip(&json, NULL))
            return false;
    }
    return false;
}

bool json_element(struct slice json, int64_t index, struct slice *ret)
{
    uint32_t count;
    enum mp_type type = mp_peek(json);
    if (type != MP_ARRAY && type != MP_MAP) {           /* PostgreSQL keeps a scalar as an array of one */
        *ret = json;
        return index == 0 || index == -1;
    }
    if (!mp_array(&json, &count))
        return false;
    if (index < 0)
        index += count;
    if (index < 0 || index >= count)
        return false;
    for (int64_t i = 0; i < index; i++)
        if (!mp_skip(&json, NULL))
            return false;
    return mp_skip(&json, ret);
}

/* --- Order --- */

/* Object > array > boolean > number > string > null. */
enum rank { RANK_NULL, RANK_TEXT, RANK_NUMBER, RANK_BOOL, RANK_ARRAY, RANK_MAP };

static enum rank rank_of(struct slice json)
{
    switch (mp_peek(json)) {
    case MP_NIL:   return RANK_NULL;
    case MP_STR:   return RANK_TEXT;
    case MP_BOOL:  return RANK_BOOL;
    case MP_ARRAY: return RANK_ARRAY;
    case MP_MAP:   return RANK_MAP;
    default:       return RANK_NUMBER;
    }
}

static int compare_numbers(struct slice *a, struct slice *b)
{
    uint8_t scratch_a[JSON_NUMBER_SIZE], scratch_b[JSON_NUMBER_SIZE];
    struct slice rest_a = *a, rest_b = *b;
    int64_t x, y;
    if (mp_int(&rest_a, &x) && mp_int(&rest_b, &y)) {
        *a = rest_a;
        *b = rest_b;
        return (x > y) - (x < y);
    }
    struct decimal first = json_number(a, scratch_a), second = json_number(b, scratch_b);
    return decimal_compare(&first, &second);
}

static int compare_texts(struct slice *a, struct slice *b)
{
    struct slice x, y;
    bool sound = mp_str(a, &x) && mp_str(b, &y);
    assert(sound);
    int order = slice_compare(x, y);
    return (order > 0) - (order < 0);
}

static int compare_bools(struct slice *a, struct slice *b)
{
    bool x, y;
    bool sound = mp_bool(a, &x) && mp_bool(b, &y);
    assert(sound);
    return (int)x - (int)y;
}

static int compare(struct slice *a, struct slice *b);

/* The one with fewer members is smaller; else key, value, key, value, ... in stored order. */
static int compare_members(struct slice *a, struct slice *b)
{
    uint32_t count_a, count_b;
    bool sound = mp_map(a, &count_a) && mp_map(b, &count_b);
    assert(sound);
    if (count_a != count_b)
        return count_a < count_b ? -1 : 1;
    for (uint32_t i = 0; i < count_a; i++) {
        int order = compare_texts(a, b);
        if (order == 0)
            order = compare(a, b);
        if (order != 0)
            return order;
    }
    return 0;
}

static int compare_elements(struct slice *a, struct slice *b)
{
    uint32_t count_a, count_b;
    bool sound = mp_array(a, &count_a) && mp_array(b, &count_b);
    assert(sound);
    if (count_a != count_b)
        return count_a < count_b ? -1 : 1;
    for (uint32_t i = 0; i < count_a; i++) {
        int order = compare(a, b);
        if (order != 0)
            return order;
    }
    return 0;
}

/* Moves past both when they are equal. Recursion is as deep as the JSON. */
static int compare(struct slice *a, struct slice *b)
{
    enum rank rank = rank_of(*a), other = rank_of(*b);
    if (rank != other)
        return rank < other ? -1 : 1;
    switch (rank) {
    case RANK_NULL:   return mp_nil(a) && mp_nil(b) ? 0 : 1;
    case RANK_TEXT:   return compare_texts(a, b);
    case RANK_NUMBER: return compare_numbers(a, b);
    case RANK_BOOL:   return compare_bools(a, b);
    case RANK_ARRAY:  return compare_elements(a, b);
    case RANK_MAP:    return compare_members(a, b);
    }
    return 0;
}

static bool is_empty_array(struct slice json)
{
    return json.data[0] == 0x90;
}

/* PostgreSQL keeps a scalar as an array of one, so that an empty array as a whole value comes before all scalars. */
int json_compare(struct slice a, struct slice b)
{
    enum rank rank_a = rank_of(a), rank_b = rank_of(b);
    if (is_empty_array(a) && rank_b < RANK_ARRAY)
        return -1;
    if (is_empty_array(b) && rank_a < RANK_ARRAY)
        return 1;
    return compare(&a, &b);
}

/* --- Containment --- */

static bool is_container(struct slice json)
{
    return rank_of(json) >= RANK_ARRAY;
}

static bool contains(struct slice outer, struct slice inner);

static bool contains_members(struct slice outer, struct slice inner)
{
    uint32_t count;
    struct slice key, wanted, found;
    mp_map(&inner, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool sound = mp_str(&inner, &key) && mp_skip(&inner, &wanted);
        assert(sound);
        if (!json_member(outer, key, &found) || !contains(found, wanted))
            return false;
    }
    return true;
}

/* Whether some element is the scalar `wanted`, or is a container that contains the container `wanted`. */
static bool has_element(struct slice array, struct slice wanted)
{
    uint32_t count;
    struct slice element;
    mp_array(&array, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool sound = mp_skip(&array, &element);
        assert(sound);
        if (contains(element, wanted))
            return true;
    }
    return false;
}

static bool contains_elements(struct slice outer, struct slice inner)
{
    uint32_t count;
    struct slice wanted;
    mp_array(&inner, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool sound = mp_skip(&inner, &wanted);
        assert(sound);
        if (!has_element(outer, wanted))
            return false;
    }
    return true;
}

static bool contains(struct slice outer, struct slice inner)
{
    enum rank rank = rank_of(outer);
    if (rank != rank_of(inner))
        return false;
    if (rank == RANK_MAP)
        return contains_members(outer, inner);
    if (rank == RANK_ARRAY)
        return contains_elements(outer, inner);
    return compare(&outer, &inner) == 0;
}

/* As a whole, an array contains a scalar that is one of its elements. */
bool json_contains(struct slice outer, struct slice inner)
{
    if (rank_of(outer) == RANK_ARRAY && !is_container(inner))
        return has_element(outer, inner);
    return contains(outer, inner);
}

/* --- Normal form --- */

/* As stored, but every number as its key (value/key.c) behind the byte of an ext. */
void json_normal(struct slice json, struct buf *out)
{
    for (uint64_t left = 1; left > 0; left--) {
        uint8_t scratch[JSON_NUMBER_SIZE];
        uint32_t count;
        struct slice start = json;
        if (json_is_number(mp_peek(json))) {
            struct decimal d = json_number(&json, scratch);
            buf_append_byte(out, 0xc7);
            decimal_key(&d, out);
            continue;
        }
        if (mp_map(&json, &count)) {
            left += 2 * (uint64_t)count;
        } else if (mp_array(&json, &count)) {
            left += count;
        } else {
            bool sound = mp_skip(&json, NULL);
            assert(sound);
        }
        buf_append(out, start.data, start.size - json.size);
    }
}
