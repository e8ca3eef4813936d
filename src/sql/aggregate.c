#include "sql/aggregate.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"
#include "sql/arithmetic.h"
#include "value/numeric.h"
#include "value/time.h"

/* --- Names and types --- */

static const struct { const char *name; enum aggregate_kind kind; } names[] = {
    { "count", AGGREGATE_COUNT }, { "min", AGGREGATE_MIN }, { "max", AGGREGATE_MAX }, { "sum", AGGREGATE_SUM }, { "avg", AGGREGATE_AVG },
    { "bool_and", AGGREGATE_AND }, { "bool_or", AGGREGATE_OR }, { "every", AGGREGATE_AND },
};

static bool find_kind(struct slice name, enum aggregate_kind *ret)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_is(name, names[i].name)) {
            *ret = names[i].kind;
            return true;
        }
    }
    return false;
}

bool aggregate_exists(struct slice name)
{
    enum aggregate_kind kind;
    return find_kind(name, &kind);
}

/* min and max: what PostgreSQL 15 orders but has no aggregate for is left out. */
static bool extreme_type(struct type arg, struct type *ret)
{
    *ret = arg;
    ret->length = ret->precision = ret->scale = 0;
    if (arg.array)
        return arg.id != TYPE_JSON;
    if (arg.id == TYPE_VARCHAR)
        ret->id = TYPE_TEXT;
    return arg.id != TYPE_BOOL && arg.id != TYPE_UUID && arg.id != TYPE_BYTEA && arg.id != TYPE_JSON && arg.id != TYPE_JSONB;
}

static bool sum_type(struct type arg, struct type *ret)
{
    switch (arg.id) {
    case TYPE_INT2: case TYPE_INT4:
        *ret = type_of(TYPE_INT8);
        return !arg.array;
    case TYPE_INT8: case TYPE_NUMERIC:
        *ret = type_of(TYPE_NUMERIC);
        return !arg.array;
    case TYPE_FLOAT4: case TYPE_FLOAT8: case TYPE_INTERVAL:
        *ret = type_of(arg.id);
        return !arg.array;
    default:
        return false;
    }
}

static bool average_type(struct type arg, struct type *ret)
{
    if (!sum_type(arg, ret))
        return false;
    if (ret->id == TYPE_INT8)
        ret->id = TYPE_NUMERIC;
    else if (ret->id == TYPE_FLOAT4)
        ret->id = TYPE_FLOAT8;
    return true;
}

static bool result_type(enum aggregate_kind kind, struct type arg, struct type *ret)
{
    switch (kind) {
    case AGGREGATE_MIN: case AGGREGATE_MAX:
        return extreme_type(arg, ret);
    case AGGREGATE_SUM:
        return sum_type(arg, ret);
    case AGGREGATE_AVG:
        return average_type(arg, ret);
    case AGGREGATE_AND: case AGGREGATE_OR:
        *ret = type_of(TYPE_BOOL);
        return arg.id == TYPE_BOOL && !arg.array;
    default:
        *ret = type_of(TYPE_INT8);
        return true;
    }
}

static int no_aggregate(struct slice name, struct type arg, struct error *error)
{
    struct arena scratch;
    arena_init(&scratch, SIZE_MAX);
    fail(error, SQLSTATE_UNDEFINED_FUNCTION, "function %.*s(%s) does not exist", SLICE_FMT(name), type_name(arg, &scratch));
    arena_done(&scratch);
    return -1;
}

int aggregate_choose(struct slice name, bool distinct, const struct type *arg, struct aggregate *ret, struct error *error)
{
    struct aggregate chosen = { .distinct = distinct };
    if (!find_kind(name, &chosen.kind))
        return fail(error, SQLSTATE_UNDEFINED_FUNCTION, "\"%.*s\" is not an aggregate", SLICE_FMT(name));
    if (arg == NULL) {
        if (chosen.kind != AGGREGATE_COUNT)
            return fail(error, SQLSTATE_UNDEFINED_FUNCTION, "function %.*s() does not exist", SLICE_FMT(name));
        chosen.kind = AGGREGATE_COUNT_ROWS;
        chosen.type = type_of(TYPE_INT8);
        *ret = chosen;
        return 0;
    }
    chosen.arg = arg->id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : *arg;
    if (!result_type(chosen.kind, chosen.arg, &chosen.type))
        return no_aggregate(name, chosen.arg, error);
    if (distinct && chosen.arg.id == TYPE_JSON)
        return fail(error, SQLSTATE_UNDEFINED_FUNCTION, "could not identify an equality operator for type json");
    *ret = chosen;
    return 0;
}

/* --- DISTINCT: a hash set of keys, which are equal where values are --- */

struct aggregate_set {
    struct slice *slots;            /* by hash, linear probing; an empty one has no data */
    size_t capacity, count;         /* capacity is a power of two, at most two thirds full */
};

static struct slice *set_slot(struct aggregate_set *set, struct slice key)
{
    size_t at = (size_t)hash64(key, 0) & (set->capacity - 1);
    while (set->slots[at].data != NULL && !slice_equal(set->slots[at], key))
        at = (at + 1) & (set->capacity - 1);
    return &set->slots[at];
}

static void set_grow(struct aggregate_set *set, struct arena *arena)
{
    struct aggregate_set larger = { .capacity = set->capacity == 0 ? 16 : 2 * set->capacity, .count = set->count };
    larger.slots = ARENA_ARRAY(arena, struct slice, larger.capacity);
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].data != NULL)
            *set_slot(&larger, set->slots[i]) = set->slots[i];
    *set = larger;
}

/* True when the value was not there before. */
static bool set_add(struct aggregate_set *set, struct type type, const struct value *value, struct arena *arena)
{
    struct buf key = { 0 };
    value_key(type_collated(type, NULL), value, (struct key_order){ 0 }, &key);
    if (3 * (set->count + 1) > 2 * set->capacity)
        set_grow(set, arena);
    struct slice *slot = set_slot(set, buf_slice(&key));
    bool added = slot->data == NULL;
    if (added) {
        *slot = arena_copy(arena, buf_slice(&key));
        set->count++;
    }
    buf_done(&key);
    return added;
}

/* --- Steps --- */

void aggregate_init(struct aggregate_state *state, const struct aggregate *aggregate, struct arena *arena)
{
    *state = (struct aggregate_state){ .aggregate = aggregate, .arena = arena, .value = VALUE_OF_NULL };
    if (aggregate->distinct)
        state->seen = ARENA_NEW(arena, struct aggregate_set);
}

/* Keeps a copy of the value, in the room of the one before where it fits. */
static void keep(struct aggregate_state *state, const struct value *value)
{
    state->value = *value;
    if (!value_borrows(value))
        return;
    if (value->bytes.size > state->capacity || state->bytes == NULL) {
        state->capacity = value->bytes.size < 32 ? 32 : 2 * value->bytes.size;
        state->bytes = arena_alloc(state->arena, state->capacity);
    }
    if (value->bytes.size > 0)
        memmove(state->bytes, value->bytes.data, value->bytes.size);
    state->value.bytes.data = state->bytes;
}

/* Of equal values (1.5 and 1.50) the later one stays, as in PostgreSQL. */
static void step_extreme(struct aggregate_state *state, const struct value *value, int unwanted)
{
    if (state->count == 1 || value_compare(state->aggregate->arg, value, &state->value) != unwanted)
        keep(state, value);
}

static int step_sum(struct aggregate_state *state, const struct value *value, struct arena *scratch, struct error *error)
{
    struct value sum;
    switch (value->kind) {
    case VALUE_INT:
        state->integer += value->integer;           /* 2^63 values of 2^63 fit */
        return 0;
    case VALUE_FLOAT:
        sum = value_float(state->real);
        if (state->count > 1 && arithmetic('+', state->aggregate->type, &sum, value, scratch, &sum, error) < 0)
            return -1;
        state->real = state->count > 1 ? sum.real : value->real;
        return 0;
    default:
        sum = *value;
        if (state->count > 1 && arithmetic('+', state->aggregate->type, &state->value, value, scratch, &sum, error) < 0)
            return -1;
        keep(state, &sum);
        return 0;
    }
}

static void step_boolean(struct aggregate_state *state, bool value, bool and)
{
    bool so_far = state->count == 1 ? and : state->value.boolean;
    state->value = value_bool(and ? so_far && value : so_far || value);
}

int aggregate_step(struct aggregate_state *state, const struct value *value, struct arena *scratch, struct error *error)
{
    const struct aggregate *a = state->aggregate;
    if (a->kind == AGGREGATE_COUNT_ROWS) {
        state->count++;
        return 0;
    }
    bool compares = a->distinct || a->kind == AGGREGATE_MIN || a->kind == AGGREGATE_MAX;
    if (compares && a->arg.collation == &collation_conflict && state->count > 0 && !value_is_null(value))
        return collation_unknown("string comparison", error);
    if (value_is_null(value) || (a->distinct && !set_add(state->seen, a->arg, value, state->arena)))
        return 0;
    if (arena_over(state->arena))
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "an aggregate needs more memory than a request may use");
    state->count++;
    switch (a->kind) {
    case AGGREGATE_MIN: case AGGREGATE_MAX:
        step_extreme(state, value, a->kind == AGGREGATE_MIN ? 1 : -1);
        return 0;
    case AGGREGATE_SUM: case AGGREGATE_AVG:
        return step_sum(state, value, scratch, error);
    case AGGREGATE_AND: case AGGREGATE_OR:
        step_boolean(state, value->boolean, a->kind == AGGREGATE_AND);
        return 0;
    default:
        return 0;
    }
}

/* --- Results --- */

static int numeric_from_wide(__int128 number, struct arena *arena, struct value *ret, struct error *error)
{
    if (number >= INT64_MIN && number <= INT64_MAX) {
        *ret = numeric_from_int((int64_t)number, arena);
        return 0;
    }
    unsigned __int128 magnitude = number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
    const uint64_t power = UINT64_C(1000000000000000000);
    const char *text = arena_printf(arena, "%s%llu%018llu", number < 0 ? "-" : "", (unsigned long long)(magnitude / power), (unsigned long long)(magnitude % power));
    return numeric_parse(slice_of_string(text), arena, ret, error);
}

/* The sum in the type of the result, which for avg is divided still. */
static int final_sum(struct aggregate_state *state, struct value *ret, struct error *error)
{
    enum type_id id = state->aggregate->arg.id;
    if (id == TYPE_FLOAT4 || id == TYPE_FLOAT8) {
        *ret = value_float(state->real);
        return 0;
    }
    if (id == TYPE_NUMERIC || id == TYPE_INTERVAL) {
        *ret = state->value;
        return 0;
    }
    if (state->aggregate->type.id == TYPE_INT8)
        return arithmetic_integer(state->aggregate->type, state->integer, ret, error);
    return numeric_from_wide(state->integer, state->arena, ret, error);
}

static int final_average(struct aggregate_state *state, struct value *ret, struct error *error)
{
    struct value sum, count;
    if (final_sum(state, &sum, error) < 0)
        return -1;
    switch (state->aggregate->type.id) {
    case TYPE_FLOAT8:
        *ret = value_float(sum.real / (double)state->count);
        return 0;
    case TYPE_INTERVAL:
        *ret = (struct value){ .kind = VALUE_INTERVAL };
        return interval_divide(&sum.interval, (double)state->count, &ret->interval, error);
    default:
        count = numeric_from_int(state->count, state->arena);
        return numeric_operate('/', &sum, &count, state->arena, ret, error);
    }
}

int aggregate_final(struct aggregate_state *state, struct value *ret, struct error *error)
{
    enum aggregate_kind kind = state->aggregate->kind;
    if (kind == AGGREGATE_COUNT || kind == AGGREGATE_COUNT_ROWS) {
        *ret = value_int(state->count);
        return 0;
    }
    *ret = VALUE_OF_NULL;
    if (state->count == 0)
        return 0;
    if (kind == AGGREGATE_SUM)
        return final_sum(state, ret, error);
    if (kind == AGGREGATE_AVG)
        return final_average(state, ret, error);
    *ret = state->value;
    return 0;
}
