/* Random values of every type, for property tests; all of them PostgreSQL's too, so that it can be the judge.
 *
 * The seed is the environment's SEED or the clock's, and stands in every assertion's message. */
#ifndef TESTS_RANDOM_VALUE_H
#define TESTS_RANDOM_VALUE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "value/array.h"
#include "value/inet.h"
#include "value/json.h"
#include "value/mp.h"
#include "value/numeric.h"
#include "value/time.h"
#include "value/utf8.h"
#include "value/value.h"

struct random { uint64_t state; };

static inline uint64_t random_seed(void)
{
    const char *seed = getenv("SEED");
    return seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL) * 1000003 + (uint64_t)clock();
}

static inline uint64_t random_next(struct random *r)            /* splitmix64 */
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static inline uint64_t random_below(struct random *r, uint64_t bound) { return random_next(r) % bound; }
static inline bool random_chance(struct random *r, uint64_t in) { return random_below(r, in) == 0; }

/* Small numbers and the ends of ranges are as likely as all others together. */
static inline int64_t random_int(struct random *r, int bits)
{
    int64_t top = (int64_t)(((uint64_t)1 << (bits - 1)) - 1);
    switch (random_below(r, 5)) {
    case 0:  return (int64_t)random_below(r, 21) - 10;
    case 1:  return top - (int64_t)random_below(r, 3);
    case 2:  return -top - 1 + (int64_t)random_below(r, 3);
    default: return (int64_t)random_next(r) >> (64 - bits + (int)random_below(r, (uint64_t)bits));
    }
}

/* UTF-8 without NUL; now and then long, with a common prefix, or with what array and JSON literals must quote. */
static inline struct slice random_text(struct random *r, struct arena *arena, size_t longest)
{
    static const char special[] = "\"\\{},' \tNUlnaAbB09\n\x7f\x01/";
    struct buf text = { 0 };
    size_t size = random_below(r, random_chance(r, 8) ? longest : 12);
    if (random_chance(r, 6))
        for (int i = 0; i < 126; i++)
            buf_append_byte(&text, 'x');
    while (text.size < size || random_chance(r, 3)) {
        uint8_t bytes[4];
        uint32_t code = (uint32_t)special[random_below(r, sizeof special - 1)];
        if (random_chance(r, 4))
            code = 1 + (uint32_t)random_below(r, 0x10ffff);
        if (code >= 0xd800 && code < 0xe000)
            code = 0x20ac;
        buf_append(&text, bytes, (size_t)utf8_encode(code, bytes));
    }
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

static inline struct slice random_bytes(struct random *r, struct arena *arena)
{
    size_t size = random_below(r, random_chance(r, 4) ? 300 : 8);
    uint8_t *bytes = arena_alloc(arena, size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = random_chance(r, 3) ? 0 : random_chance(r, 4) ? 0xff : (uint8_t)random_next(r);
    return slice_of(bytes, size);
}

static inline double random_double(struct random *r, bool single)
{
    double real;
    uint64_t bits = random_next(r);
    uint32_t few = (uint32_t)bits;
    float narrow;
    switch (random_below(r, 8)) {
    case 0: real = (double)(int64_t)random_below(r, 2000) - 1000; break;
    case 1: real = ((double)(int64_t)random_below(r, 200000) - 100000) / 1000; break;
    case 2: real = random_chance(r, 2) ? 0.0 : -0.0; break;
    case 3: real = random_chance(r, 3) ? __builtin_nan("") : random_chance(r, 2) ? __builtin_inf() : -__builtin_inf(); break;
    case 4: real = __builtin_ldexp(1, (int)random_below(r, single ? 250 : 2000) - (single ? 125 : 1000)); break;
    default:
        if (single) {
            memcpy(&narrow, &few, sizeof few);
            real = (double)narrow;
        } else {
            memcpy(&real, &bits, sizeof bits);
        }
        break;
    }
    return single ? (double)(float)real : real;
}

static inline struct value random_decimal(struct random *r, struct arena *arena)
{
    char text[400];
    int at = 0, whole = (int)random_below(r, random_chance(r, 10) ? 150 : 8);
    int fraction = random_chance(r, 2) ? 0 : (int)random_below(r, random_chance(r, 10) ? 150 : 8);
    bool zeros = random_chance(r, 3);
    struct value value;
    struct error error;
    if (random_chance(r, 2))
        text[at++] = '-';
    text[at++] = '0';
    for (int i = 0; i < whole + fraction; i++) {
        if (i == whole)
            text[at++] = '.';
        text[at++] = (char)('0' + (zeros && !random_chance(r, 4) ? 0 : random_below(r, 10)));
    }
    if (random_chance(r, 40))
        at += snprintf(text + at, 8, "e-%d", 1500 + (int)random_below(r, 2000));
    if (numeric_parse(slice_of(text, (size_t)at), arena, &value, &error) < 0)
        abort();
    return value;
}

static inline struct value random_numeric(struct random *r, struct arena *arena)
{
    static const char *const special[] = { "NaN", "Infinity", "-Infinity" };
    struct value value;
    struct error error;
    if (!random_chance(r, 16))
        return random_decimal(r, arena);
    if (numeric_parse(slice_of_string(special[random_below(r, 3)]), arena, &value, &error) < 0)
        abort();
    return value;
}

static inline int64_t random_time(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:  return random_chance(r, 2) ? TIME_INFINITY : TIME_MINUS_INFINITY;
    case 1:  return INSTANT_MIN + (int64_t)random_below(r, (uint64_t)INSTANT_END) - (random_chance(r, 2) ? 0 : 1);
    case 2:  return random_chance(r, 2) ? INSTANT_MIN : INSTANT_END - 1;
    case 3:  return (int64_t)random_below(r, 4000000000ull) * 1000000;
    case 4:  return (int64_t)random_below(r, 40000) * US_PER_DAY - (int64_t)random_below(r, 3);
    default: return (int64_t)random_below(r, 4000000000000000ull) - 1000000000000000;
    }
}

static inline int32_t random_date(struct random *r)
{
    if (random_chance(r, 10))
        return random_chance(r, 2) ? DATE_INFINITY : DATE_MINUS_INFINITY;
    if (random_chance(r, 4))
        return DATE_MIN + (int32_t)random_below(r, (uint64_t)DATE_END - DATE_MIN);
    return (int32_t)random_below(r, 60000) - 20000;
}

static inline struct interval random_interval(struct random *r)
{
    struct interval i = { .months = 0 };
    if (random_chance(r, 2))
        i.months = (int32_t)(random_chance(r, 10) ? random_int(r, 32) : random_int(r, 6));
    if (random_chance(r, 2))
        i.days = (int32_t)(random_chance(r, 10) ? random_int(r, 32) : random_int(r, 7));
    if (random_chance(r, 2))
        i.us = random_chance(r, 10) ? random_int(r, 60) : random_int(r, 38);
    if (random_chance(r, 4))            /* equal, but not identical */
        i = random_chance(r, 2) ? (struct interval){ .days = 30 } : (struct interval){ .months = 1 };
    return i;
}

static inline struct slice random_inet(struct random *r, struct arena *arena)
{
    struct inet inet = { .size = random_chance(r, 2) ? 4 : 16 };
    struct buf text = { 0 };
    inet.bits = (uint8_t)random_below(r, 8u * inet.size + 1u);
    if (random_chance(r, 2))
        inet.bits = (uint8_t)(8 * inet.size);
    for (int i = 0; i < inet.size; i++)
        inet.address[i] = random_chance(r, 2) ? 0 : (uint8_t)random_next(r);
    inet_format(&inet, &text);
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

static inline void random_json_text(struct random *r, struct arena *arena, int depth, struct buf *out)
{
    struct value number;
    switch (random_below(r, depth > 3 ? 5 : 7)) {
    case 0: buf_append_string(out, "null"); break;
    case 1: buf_append_string(out, random_chance(r, 2) ? "true" : "false"); break;
    case 2: json_quote(random_text(r, arena, 40), out); break;
    case 3: buf_printf(out, "%lld", (long long)random_int(r, 64)); break;
    case 4:
        number = random_decimal(r, arena);
        numeric_format(&number, out);
        if (random_chance(r, 3))
            buf_printf(out, "e%d", (int)random_below(r, 30) - 15);
        break;
    case 5:
        buf_append_byte(out, '[');
        for (int i = 0, count = (int)random_below(r, 4); i < count; i++) {
            if (i > 0)
                buf_append_byte(out, ',');
            random_json_text(r, arena, depth + 1, out);
        }
        buf_append_byte(out, ']');
        break;
    default:
        buf_append_byte(out, '{');
        for (int i = 0, count = (int)random_below(r, 4); i < count; i++) {
            if (i > 0)
                buf_append_byte(out, ',');
            json_quote(random_chance(r, 2) ? SLICE_LITERAL("a") : random_text(r, arena, 4), out);
            buf_append_byte(out, ':');
            random_json_text(r, arena, depth + 1, out);
        }
        buf_append_byte(out, '}');
        break;
    }
}

static inline struct slice random_json(struct random *r, struct arena *arena)
{
    struct buf text = { 0 };
    struct slice json;
    struct error error;
    random_json_text(r, arena, 0, &text);
    if (json_parse(buf_slice(&text), arena, &json, &error) < 0) {
        fprintf(stderr, "%s: %s: %s\n", buf_text(&text), error.message, error.detail);
        abort();
    }
    buf_done(&text);
    return json;
}

static const char *const random_labels[] = { "sad", "ok", "happy", "a b", "Zed" };
static const struct enum_type random_enum = { "mood", 5, random_labels };

static inline struct value random_scalar(struct random *r, struct type type, struct arena *arena)
{
    struct value v = { .kind = value_kind_of(type) };
    switch (type.id) {
    case TYPE_BOOL:   v.boolean = random_chance(r, 2); break;
    case TYPE_INT2:   v.integer = random_int(r, 16); break;
    case TYPE_INT4:   v.integer = random_int(r, 32); break;
    case TYPE_INT8:   v.integer = random_int(r, 64); break;
    case TYPE_FLOAT4: v.real = random_double(r, true); break;
    case TYPE_FLOAT8: v.real = random_double(r, false); break;
    case TYPE_NUMERIC: return random_numeric(r, arena);
    case TYPE_ENUM:   v.bytes = slice_of_string(random_labels[random_below(r, 5)]); break;
    case TYPE_BYTEA:  v.bytes = random_bytes(r, arena); break;
    case TYPE_UUID:
        for (int i = 0; i < 16; i++)
            v.uuid.bytes[i] = (uint8_t)random_next(r);
        break;
    case TYPE_TIMESTAMPTZ:
    case TYPE_TIMESTAMP: v.instant = random_time(r); break;
    case TYPE_DATE:   v.date = random_date(r); break;
    case TYPE_INTERVAL: v.interval = random_interval(r); break;
    case TYPE_JSONB:  v.bytes = random_json(r, arena); break;
    case TYPE_INET:   v.bytes = random_inet(r, arena); break;
    case TYPE_JSON: {
        struct buf text = { 0 };
        random_json_text(r, arena, 0, &text);
        v.bytes = arena_copy(arena, buf_slice(&text));
        buf_done(&text);
        break;
    }
    default:          v.bytes = random_text(r, arena, 400); break;
    }
    return v;
}

/* Never NULL itself; the elements of an array may be. */
static inline struct value random_value(struct random *r, struct type type, struct arena *arena)
{
    struct value elements[8];
    struct type element = type;
    if (!type.array)
        return random_scalar(r, type, arena);
    element.array = false;
    int count = (int)random_below(r, random_chance(r, 2) ? 3 : 8);
    for (int i = 0; i < count; i++)
        elements[i] = random_chance(r, 5) ? VALUE_OF_NULL : random_scalar(r, element, arena);
    return array_build(element, elements, count, arena);
}

/* Every type of a column, with and without [], one after the other. */
#define RANDOM_TYPES (2 * (TYPE_ID_COUNT - 1))
static inline struct type random_type(int index)
{
    struct type type = type_of((enum type_id)(1 + index % (TYPE_ID_COUNT - 1)));
    type.array = index >= TYPE_ID_COUNT - 1;
    type.labels = type.id == TYPE_ENUM ? &random_enum : NULL;
    return type;
}

#endif
