/* Aggregates against a real PostgreSQL (aggregates.tsv, see ask-postgresql), and their memory. */
#include <criterion/criterion.h>

#include "answers.h"
#include "fixture.h"
#include "sql/aggregate.h"
#include "value/array.h"

/* "sum(DISTINCT x) integer {1,2}" into its parts. */
static void take_question(struct slice text, struct slice *name, bool *distinct, struct slice *type, struct slice *values)
{
    *name = take_until(&text, '(');
    *distinct = slice_is(take_until(&text, ')'), "DISTINCT x");
    take_until(&text, ' ');
    const uint8_t *brace = memchr(text.data, '{', text.size);
    *type = slice_of(text.data, (size_t)(brace - text.data) - 1);
    *values = slice_of(brace, text.size - type->size - 1);
}

static struct type find_type(struct fixture *f, struct slice name)
{
    struct type type;
    if (slice_is(name, "mood"))
        return (struct type){ .id = TYPE_ENUM, .labels = &f->enums[0] };
    cr_assert(type_by_name(name, &type), "%.*s", SLICE_FMT(name));
    return type;
}

static int run(struct slice name, bool distinct, struct type type, struct slice values, struct arena *arena, struct aggregate *aggregate,
               struct value *ret, struct error *error)
{
    struct type array_type = type;
    struct value array, value;
    struct aggregate_state state;
    struct arena scratch;
    int err = 0;
    array_type.array = true;
    cr_assert_eq(value_from_text(array_type, values, arena, &array, error), 0, "%s", error->message);
    if (aggregate_choose(name, distinct, &type, aggregate, error) < 0)
        return -1;
    arena_init(&scratch, SIZE_MAX);
    aggregate_init(&state, aggregate, arena);
    for (struct slice rest = array_elements(&array); err == 0 && array_next(type, &rest, &value);) {
        err = aggregate_step(&state, &value, &scratch, error);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    return err < 0 ? -1 : aggregate_final(&state, ret, error);
}

Test(aggregate, answers_as_postgresql_does)
{
    struct fixture *f = fixture_new();
    struct slice rest = fixture_file("tests/unit/sql/aggregates.tsv", &f->arena);
    int asked = 0;
    while (rest.size > 0) {
        struct slice line = take_until(&rest, '\n'), question = take_until(&line, '\t'), name, type, values;
        struct aggregate aggregate;
        struct value value;
        struct error error = { 0 };
        struct buf got = { 0 };
        bool distinct;
        take_question(question, &name, &distinct, &type, &values);
        if (run(name, distinct, find_type(f, type), values, &f->arena, &aggregate, &value, &error) < 0)
            put_refusal(&error, &got);
        else
            put_answer(aggregate.type, &value, &f->arena, &got);
        cr_expect(slice_equal(buf_slice(&got), line), "%.*s: want %.*s, got %s", SLICE_FMT(question), SLICE_FMT(line), buf_text(&got));
        buf_done(&got);
        asked++;
    }
    cr_assert(asked > 300);
    arena_done(&f->arena);
}

Test(aggregate, count_star)
{
    struct arena arena;
    struct aggregate aggregate;
    struct aggregate_state state;
    struct value value;
    struct error error = { 0 };
    arena_init(&arena, SIZE_MAX);
    cr_assert_eq(aggregate_choose(SLICE_LITERAL("count"), false, NULL, &aggregate, &error), 0);
    aggregate_init(&state, &aggregate, &arena);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(aggregate_step(&state, &VALUE_OF_NULL, &arena, &error), 0);
    cr_assert_eq(aggregate_final(&state, &value, &error), 0);
    cr_assert_eq(value.integer, 3);
    cr_assert_eq(aggregate_choose(SLICE_LITERAL("sum"), false, NULL, &aggregate, &error), -1);
    cr_assert_eq(error.state, SQLSTATE_UNDEFINED_FUNCTION);
    cr_assert_eq(aggregate_choose(SLICE_LITERAL("median"), false, NULL, &aggregate, &error), -1);
    cr_assert(aggregate_exists(SLICE_LITERAL("every")));
    cr_assert(!aggregate_exists(SLICE_LITERAL("lower")));
    arena_done(&arena);
}

/* A sum of many numerics keeps one number, not all of them; and DISTINCT stops at the arena's limit. */
Test(aggregate, memory_is_bounded)
{
    struct arena arena, scratch;
    struct aggregate aggregate;
    struct aggregate_state state;
    struct value value;
    struct error error = { 0 };
    struct type numeric = type_of(TYPE_NUMERIC), text = type_of(TYPE_TEXT);
    arena_init(&arena, KIB(64));
    arena_init(&scratch, SIZE_MAX);
    cr_assert_eq(value_from_text(numeric, SLICE_LITERAL("12345678901234567890.123456789"), &arena, &value, &error), 0);
    cr_assert_eq(aggregate_choose(SLICE_LITERAL("sum"), false, &numeric, &aggregate, &error), 0);
    aggregate_init(&state, &aggregate, &arena);
    for (int i = 0; i < 100000; i++) {
        cr_assert_eq(aggregate_step(&state, &value, &scratch, &error), 0);
        arena_reset(&scratch);
    }
    cr_assert_lt(arena.used, KIB(1));
    cr_assert_eq(aggregate_choose(SLICE_LITERAL("count"), true, &text, &aggregate, &error), 0);
    aggregate_init(&state, &aggregate, &arena);
    int err = 0;
    for (int i = 0; i < 100000 && err == 0; i++) {
        char name[20];
        snprintf(name, sizeof name, "value %d", i);
        value = value_text(slice_of_string(name));
        err = aggregate_step(&state, &value, &scratch, &error);
    }
    cr_assert_eq(err, -1);
    cr_assert_eq(error.state, SQLSTATE_OUT_OF_MEMORY);
    arena_done(&arena);
    arena_done(&scratch);
}
