#include "value/value.h"

#include <assert.h>

#include "value/array.h"
#include "value/collation.h"
#include "value/inet.h"
#include "value/json.h"
#include "value/numeric.h"
#include "value/real.h"
#include "value/time.h"

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int sign(int order)
{
    return ORDER(order, 0);
}

static int compare_text(struct type type, const struct value *a, const struct value *b)
{
    if (type.id == TYPE_ENUM) {
        int x = enum_position(type.labels, a->bytes), y = enum_position(type.labels, b->bytes);
        assert(x >= 0);
        assert(y >= 0);
        return ORDER(x, y);
    }
    if (collation_orders(type.collation))
        return type.collation->compare(type.collation, a->bytes, b->bytes);
    return sign(slice_compare(a->bytes, b->bytes));
}

static int compare_inet(struct slice a, struct slice b)
{
    struct inet x, y;
    bool sound = inet_parse(a, &x) && inet_parse(b, &y);
    assert(sound);
    return inet_compare(&x, &y);
}

/* Element by element, NULL after everything, NULLs equal; then the shorter first. */
static int compare_arrays(struct type type, const struct value *a, const struct value *b)
{
    struct slice rest_a = array_elements(a), rest_b = array_elements(b);
    struct type element = type;
    element.array = false;
    for (;;) {
        struct value x, y;
        bool more_a = array_next(type, &rest_a, &x), more_b = array_next(type, &rest_b, &y);
        if (!more_a || !more_b)
            return (int)more_a - (int)more_b;
        if (value_is_null(&x) || value_is_null(&y)) {
            if (x.kind != y.kind)
                return value_is_null(&x) ? 1 : -1;
            continue;
        }
        int order = value_compare(element, &x, &y);
        if (order != 0)
            return order;
    }
}

int value_compare(struct type type, const struct value *a, const struct value *b)
{
    assert(a->kind == b->kind);
    switch (a->kind) {
    case VALUE_NULL:
    case VALUE_SEALED:   break;
    case VALUE_BOOL:     return (int)a->boolean - (int)b->boolean;
    case VALUE_INT:      return ORDER(a->integer, b->integer);
    case VALUE_FLOAT:    return real_compare(a->real, b->real);
    case VALUE_NUMERIC:  return numeric_compare(a, b);
    case VALUE_TEXT:     return compare_text(type, a, b);
    case VALUE_BYTES:    return sign(slice_compare(a->bytes, b->bytes));
    case VALUE_UUID:     return sign(uuid_compare(&a->uuid, &b->uuid));
    case VALUE_TIME:     return ORDER(a->instant, b->instant);
    case VALUE_DATE:     return ORDER(a->date, b->date);
    case VALUE_INTERVAL: return interval_compare(&a->interval, &b->interval);
    case VALUE_JSON:     return json_compare(a->bytes, b->bytes);
    case VALUE_INET:     return compare_inet(a->bytes, b->bytes);
    case VALUE_ARRAY:    return compare_arrays(type, a, b);
    }
    assert(!"values that are not NULL");
    return 0;
}

bool value_identical(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_NULL:     return true;
    case VALUE_BOOL:     return a->boolean == b->boolean;
    case VALUE_INT:      return a->integer == b->integer;
    case VALUE_FLOAT:    return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case VALUE_TIME:     return a->instant == b->instant;
    case VALUE_DATE:     return a->date == b->date;
    case VALUE_UUID:     return uuid_compare(&a->uuid, &b->uuid) == 0;
    case VALUE_INTERVAL: return a->interval.months == b->interval.months && a->interval.days == b->interval.days &&
                                a->interval.us == b->interval.us;
    default:             return slice_equal(a->bytes, b->bytes);
    }
}
