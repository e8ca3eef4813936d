/* SQL expressions: what compiles prints as text that compiles again and prints the same, and evaluates to its own type. */
#include "people.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct catalog *catalog;
    const struct table *people = people_table(&catalog);
    struct arena arena;
    struct error error = { 0 };
    struct scope scope;
    struct expr_names names = { people_column_name, people, NULL };
    struct buf first = { 0 }, second = { 0 }, shown = { 0 };
    const struct expr *expr, *again;
    struct value value;
    if (size > 2048)
        return 0;
    arena_init(&arena, SIZE_MAX);
    catalog_scope(catalog, people, false, &scope);
    if (expr_compile_text(slice_of(data, size), &scope, type_of(TYPE_UNKNOWN), &arena, &expr, &error) == 0) {
        struct eval eval = people_eval(people, &arena);
        expr_print(expr, &names, &first);
        int outcome = expr_compile_text(buf_slice(&first), &scope, type_of(TYPE_UNKNOWN), &arena, &again, &error);
        assert(outcome == 0 || error.state == SQLSTATE_PROGRAM_LIMIT_EXCEEDED || error.state == SQLSTATE_STATEMENT_TOO_COMPLEX);
        if (outcome == 0) {
            expr_print(again, &names, &second);
            assert(slice_equal(buf_slice(&first), buf_slice(&second)));
        }
        if (expr_eval(expr, &eval, &value, &error) == 0 && !value_is_null(&value) && expr->type.id != TYPE_UNKNOWN)
            value_to_text(expr->type, &value, &shown);
    } else {
        assert(error.state != SQLSTATE_OK);
    }
    buf_done(&first);
    buf_done(&second);
    buf_done(&shown);
    arena_done(&arena);
    return 0;
}
