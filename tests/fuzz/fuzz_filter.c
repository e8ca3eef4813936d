/* Structured filters: one that is taken can be printed and asked of a row, and its opposite says the opposite. */
#include "people.h"

#include "protocol/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size);
    const struct catalog *catalog;
    const struct table *people = people_table(&catalog);
    struct arena arena;
    struct error error = { 0 };
    if (mp_check(in, WIRE_DEPTH_MAX) <= 0)
        return 0;
    arena_init(&arena, SIZE_MAX);
    struct view view = { .catalog = catalog };
    struct request rq = { .view = &view, .now_us = 1, .sys = sys_real(), .arena = &arena, .error = &error };
    const struct expr *filter, *opposite;
    if (filter_from_wire(&rq, people, &in, &filter) == 0 && filter != NULL) {
        struct eval eval = people_eval(people, &arena);
        struct expr_names names = { people_column_name, people, NULL };
        struct value yes, no;
        struct buf text = { 0 };
        expr_print(filter, &names, &text);
        int made = expr_make(EXPR_NOT, &filter, 1, &arena, &opposite, &error);
        assert(made == 0);
        int outcome = expr_eval(filter, &eval, &yes, &error), other = expr_eval(opposite, &eval, &no, &error);
        assert(outcome == other);
        if (outcome == 0)
            assert(value_is_null(&yes) ? value_is_null(&no) : yes.boolean == !no.boolean);
        buf_done(&text);
    }
    arena_done(&arena);
    return 0;
}
