/* The invariants of value/value.h, for random values of every type: (V1) the stored form is canonical, (V2) keys order
 * as values do, (V3) text comes back as the same value. And what a key and the wire give back. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"

#define ROUNDS 1500

struct fixture {
    struct random random;
    uint64_t seed;
    struct arena arena;
    struct buf a, b, text;
    struct error error;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){ .seed = random_seed() };
    f->random.state = f->seed;
    arena_init(&f->arena, SIZE_MAX);
}

static void next_round(struct fixture *f)
{
    arena_reset(&f->arena);
    buf_clear(&f->a);
    buf_clear(&f->b);
    buf_clear(&f->text);
}

static void end(struct fixture *f)
{
    arena_done(&f->arena);
    buf_done(&f->a);
    buf_done(&f->b);
    buf_done(&f->text);
}

static void store(struct type type, struct value *value, struct buf *out)
{
    buf_clear(out);
    value_store(type, value, out);
}

static const char *show(struct fixture *f, struct type type, const struct value *value)
{
    struct buf text = { 0 };
    value_to_text(type, value, &text);
    const char *copy = arena_printf(&f->arena, "%s %s (SEED=%llu)", type_name(type, &f->arena), buf_text(&text),
                                    (unsigned long long)f->seed);
    buf_done(&text);
    return copy;
}

/* Another value, often a close one: the same, or the same but for its text's scale or sign. */
static struct value related(struct fixture *f, struct type type, const struct value *value)
{
    if (random_chance(&f->random, 6))
        return *value;
    if (!type.array && type.id == TYPE_NUMERIC && random_chance(&f->random, 3)) {
        struct value zero = numeric_from_int(0, &f->arena), small, other;
        numeric_round(&zero, 0, (int)random_below(&f->random, 80), &f->arena, &small, &f->error);
        numeric_operate('+', value, &small, &f->arena, &other, &f->error);
        return other;
    }
    return random_value(&f->random, type, &f->arena);
}

Test(value, stored_form_comes_back)
{
    struct fixture f;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * ROUNDS; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES);
        struct value value = random_value(&f.random, type, &f.arena), back, other;
        store(type, &value, &f.a);
        struct slice rest = buf_slice(&f.a);
        cr_assert(eq(i64, mp_check(rest, WIRE_DEPTH_MAX), (int64_t)f.a.size), "%s", show(&f, type, &value));
        cr_assert(eq(int, value_load(type, &rest, &back), 0), "%s", show(&f, type, &value));
        cr_assert(eq(sz, rest.size, 0));
        store(type, &back, &f.b);
        cr_assert(slice_equal(buf_slice(&f.a), buf_slice(&f.b)), "%s", show(&f, type, &value));

        rest = buf_slice(&f.a);
        cr_assert(eq(int, value_from_wire(type, &rest, &f.arena, &other, &f.error), 0), "%s: %s", show(&f, type, &value),
                  f.error.message);
        store(type, &other, &f.b);
        cr_assert(slice_equal(buf_slice(&f.a), buf_slice(&f.b)), "the wire takes the stored form: %s", show(&f, type, &value));
    }
    end(&f);
}

Test(value, text_comes_back)
{
    struct fixture f;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * ROUNDS; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES);
        struct value value = random_value(&f.random, type, &f.arena), back;
        value_to_text(type, &value, &f.text);
        cr_assert(eq(int, value_from_text(type, buf_slice(&f.text), &f.arena, &back, &f.error), 0), "%s: %s",
                  show(&f, type, &value), f.error.message);
        store(type, &value, &f.a);
        store(type, &back, &f.b);
        cr_assert(slice_equal(buf_slice(&f.a), buf_slice(&f.b)), "%s", show(&f, type, &value));
    }
    end(&f);
}

/* The part of a lossy key before its hash. */
static struct slice ordered_part(const struct buf *key, bool lossy)
{
    return slice_of(key->data, key->size - (lossy ? KEY_HASH_SIZE : 0));
}

Test(value, keys_order_as_values)
{
    struct fixture f;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * ROUNDS * 2; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES);
        struct key_order order = { random_chance(&f.random, 2), random_chance(&f.random, 2) };
        struct value x = random_value(&f.random, type, &f.arena), y = related(&f, type, &x);
        bool lossy_x = value_key(type, &x, order, &f.a), lossy_y = value_key(type, &y, order, &f.b);
        int by_value = value_compare(type, &x, &y), by_key = slice_compare(buf_slice(&f.a), buf_slice(&f.b));
        cr_assert(eq(int, by_value, -value_compare(type, &y, &x)), "%s, %s", show(&f, type, &x), show(&f, type, &y));
        cr_assert(eq(int, by_value == 0, by_key == 0), "%s, %s", show(&f, type, &x), show(&f, type, &y));
        cr_assert(eq(sz, value_key_size(type, order, buf_slice(&f.a)), f.a.size), "%s", show(&f, type, &x));
        cr_assert(le(sz, f.a.size, KEY_TEXT_MAX + 3 + KEY_HASH_SIZE));
        if (by_value == 0)
            continue;
        if (lossy_x && lossy_y && slice_equal(ordered_part(&f.a, true), ordered_part(&f.b, true)))
            continue;
        cr_assert(eq(int, (by_key < 0) ^ order.desc, by_value < 0), "%s, %s", show(&f, type, &x), show(&f, type, &y));
    }
    end(&f);
}

Test(value, nulls_sort_where_told)
{
    struct fixture f;
    struct value null = VALUE_OF_NULL;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * 100; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES);
        struct key_order order = { i / RANDOM_TYPES % 2 != 0, i / RANDOM_TYPES / 2 % 2 != 0 };
        struct value value = random_value(&f.random, type, &f.arena);
        value_key(type, &value, order, &f.a);
        value_key(type, &null, order, &f.b);
        cr_assert(eq(int, slice_compare(buf_slice(&f.b), buf_slice(&f.a)) < 0, order.nulls_first));
        cr_assert(eq(sz, value_key_size(type, order, buf_slice(&f.b)), f.b.size));
    }
    end(&f);
}

Test(value, keys_give_values_back)
{
    struct fixture f;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * ROUNDS; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES);
        struct key_order order = { random_chance(&f.random, 2), random_chance(&f.random, 2) };
        struct value value = random_chance(&f.random, 10) ? VALUE_OF_NULL : random_value(&f.random, type, &f.arena), back;
        value_key(type, &value, order, &f.text);
        buf_append_string(&f.text, "behind");
        struct slice key = buf_slice(&f.text);
        if (!value_from_key(type, order, &key, &f.arena, &back))
            continue;
        cr_assert(slice_is(key, "behind"));
        store(type, &value, &f.a);
        store(type, &back, &f.b);
        cr_assert(slice_equal(buf_slice(&f.a), buf_slice(&f.b)), "%s", show(&f, type, &value));
    }
    end(&f);
}

/* A composite key orders column by column: no body is a prefix of another. */
Test(value, keys_of_two_columns)
{
    struct fixture f;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * ROUNDS; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES), second = type_of(TYPE_INT4);
        struct key_order order = { random_chance(&f.random, 2), random_chance(&f.random, 2) };
        struct value x = random_value(&f.random, type, &f.arena), y = related(&f, type, &x);
        struct value one = value_int(random_int(&f.random, 32)), two = value_int(random_int(&f.random, 32));
        value_key(type, &x, order, &f.a);
        value_key(type, &y, order, &f.b);
        struct buf *longer = f.a.size > f.b.size ? &f.a : &f.b, *shorter = longer == &f.a ? &f.b : &f.a;
        cr_assert(slice_equal(buf_slice(&f.a), buf_slice(&f.b)) ||
                  memcmp(longer->data, shorter->data, shorter->size) != 0, "%s", show(&f, type, &x));
        if (value_compare(type, &x, &y) != 0)
            continue;
        value_key(second, &one, order, &f.a);
        value_key(second, &two, order, &f.b);
        int by_key = slice_compare(buf_slice(&f.a), buf_slice(&f.b)), by_value = value_compare(second, &one, &two);
        cr_assert(eq(int, by_key < 0, order.desc ? by_value > 0 : by_value < 0));
    }
    end(&f);
}

/* Keys cut short or overwritten are recognised as malformed or read as something, and never read past. */
Test(value, damaged_keys_are_read_within_bounds)
{
    struct fixture f;
    begin(&f);
    for (int i = 0; i < RANDOM_TYPES * ROUNDS; i++, next_round(&f)) {
        struct type type = random_type(i % RANDOM_TYPES);
        struct key_order order = { random_chance(&f.random, 2), random_chance(&f.random, 2) };
        struct value value = random_value(&f.random, type, &f.arena), back;
        value_key(type, &value, order, &f.a);
        size_t size = random_below(&f.random, f.a.size + 1);
        uint8_t *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, f.a.data, size);
        for (int change = 0; change < 3 && size > 0 && random_chance(&f.random, 2); change++)
            exact[random_below(&f.random, size)] = (uint8_t)random_next(&f.random);
        struct slice key = slice_of(exact, size);
        cr_assert(le(sz, value_key_size(type, order, key), size));
        value_from_key(type, order, &key, &f.arena, &back);
        free(exact);
    }
    end(&f);
}
