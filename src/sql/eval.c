/* Evaluation: one walk of the tree, operands first, NULLs by SQL's three-valued logic. */
#include <assert.h>

#include "sql/arithmetic.h"
#include "sql/function.h"
#include "value/array.h"
#include "value/json.h"

#define ARGS_IN_PLACE 8

/* A value that was made or is gone through: its bytes are work, and lie in the arena. */
static int account(struct eval *eval, const struct value *value, struct error *error)
{
    if (arena_over(eval->arena))
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "the statement needs more memory than a request may have");
    return work_spend(eval->work, WORK_OF_BYTES(value_size(value)), error);
}

/* --- Logic --- */

/* AND is decided by false, OR by true; NULL when undecided and one was NULL. */
static int eval_logic(const struct expr *e, struct eval *eval, bool deciding, struct value *ret, struct error *error)
{
    bool null = false;
    for (int i = 0; i < e->count; i++) {
        struct value v;
        if (expr_eval(e->args[i], eval, &v, error) < 0)
            return -1;
        if (value_is_null(&v)) {
            null = true;
        } else if (v.boolean == deciding) {
            *ret = value_bool(deciding);
            return 0;
        }
    }
    *ret = null ? VALUE_OF_NULL : value_bool(!deciding);
    return 0;
}

static int eval_test(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value v;
    if (expr_eval(e->args[0], eval, &v, error) < 0)
        return -1;
    bool null = value_is_null(&v);
    switch (e->op) {
    case EXPR_IS_NULL:
        *ret = value_bool(null);
        break;
    case EXPR_IS_NOT_NULL:
        *ret = value_bool(!null);
        break;
    case EXPR_IS_TRUE:
        *ret = value_bool(!null && v.boolean);
        break;
    case EXPR_IS_NOT_TRUE:
        *ret = value_bool(null || !v.boolean);
        break;
    case EXPR_IS_FALSE:
        *ret = value_bool(!null && !v.boolean);
        break;
    case EXPR_IS_NOT_FALSE:
        *ret = value_bool(null || v.boolean);
        break;
    default:
        assert(e->op == EXPR_NOT);
        *ret = null ? VALUE_OF_NULL : value_bool(!v.boolean);
    }
    return 0;
}

/* --- Comparisons --- */

static bool holds(enum expr_op op, int order)
{
    switch (op) {
    case EXPR_EQ:
        return order == 0;
    case EXPR_NE:
        return order != 0;
    case EXPR_LT:
        return order < 0;
    case EXPR_LE:
        return order <= 0;
    case EXPR_GT:
        return order > 0;
    default:
        assert(op == EXPR_GE);
        return order >= 0;
    }
}

/* Two values that are not NULL meet. */
static int compare(const struct expr *e, struct type type, const struct value *a, const struct value *b, int *ret, struct error *error)
{
    if (e->collation == &collation_conflict)
        return collation_unknown("string comparison", error);
    *ret = value_compare(type_collated(type, e->collation), a, b);
    return 0;
}

/* Both operands; *ret_null when one is NULL. */
static int eval_two(const struct expr *e, struct eval *eval, struct value *a, struct value *b, bool *ret_null, struct error *error)
{
    if (expr_eval(e->args[0], eval, a, error) < 0 || expr_eval(e->args[1], eval, b, error) < 0)
        return -1;
    *ret_null = value_is_null(a) || value_is_null(b);
    return 0;
}

static int eval_comparison(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    int order = 0;
    if (eval_two(e, eval, &a, &b, &null, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    if (null)
        return 0;
    if (compare(e, e->args[0]->type, &a, &b, &order, error) < 0)
        return -1;
    *ret = value_bool(holds(e->op, order));
    return 0;
}

static int eval_distinct(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    int order = 0;
    if (eval_two(e, eval, &a, &b, &null, error) < 0 || (!null && compare(e, e->args[0]->type, &a, &b, &order, error) < 0))
        return -1;
    bool distinct = null ? value_is_null(&a) != value_is_null(&b) : order != 0;
    *ret = value_bool(distinct == (e->op == EXPR_DISTINCT));
    return 0;
}

static int eval_in(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    int order = 0;
    if (expr_eval(e->args[0], eval, &a, error) < 0)
        return -1;
    bool null = value_is_null(&a);
    for (int i = 1; i < e->count && !value_is_null(&a); i++) {
        if (expr_eval(e->args[i], eval, &b, error) < 0)
            return -1;
        if (value_is_null(&b)) {
            null = true;
            continue;
        }
        if (compare(e, e->args[0]->type, &a, &b, &order, error) < 0)
            return -1;
        if (order == 0) {
            *ret = value_bool(true);
            return 0;
        }
    }
    *ret = null ? VALUE_OF_NULL : value_bool(false);
    return 0;
}

static int eval_quantified(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, array, element;
    if (expr_eval(e->args[0], eval, &a, error) < 0 || expr_eval(e->args[1], eval, &array, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    if (value_is_null(&array))
        return 0;
    bool deciding = e->op == EXPR_ANY, null = false;
    struct type type = e->args[1]->type;
    int order = 0;
    type.array = false;
    struct slice rest = array_elements(&array);
    while (array_next(type, &rest, &element)) {
        if (work_spend(eval->work, WORK_OF_NODE, error) < 0)
            return -1;
        if (value_is_null(&a) || value_is_null(&element)) {
            null = true;
            continue;
        }
        if (compare(e, type, &a, &element, &order, error) < 0)
            return -1;
        if (holds(e->comparison, order) == deciding) {
            *ret = value_bool(deciding);
            return 0;
        }
    }
    if (!null)
        *ret = value_bool(!deciding);
    return 0;
}

/* --- Choice --- */

static int eval_case(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    for (int i = 0; i + 1 < e->count; i += 2) {
        bool yes;
        if (expr_is_true(e->args[i], eval, &yes, error) < 0)
            return -1;
        if (yes)
            return expr_eval(e->args[i + 1], eval, ret, error);
    }
    return expr_eval(e->args[e->count - 1], eval, ret, error);
}

static int eval_coalesce(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    *ret = VALUE_OF_NULL;
    for (int i = 0; i < e->count && value_is_null(ret); i++)
        if (expr_eval(e->args[i], eval, ret, error) < 0)
            return -1;
    return 0;
}

static int eval_nullif(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    int order = 1;
    if (eval_two(e, eval, &a, &b, &null, error) < 0 || (!null && compare(e, e->args[0]->type, &a, &b, &order, error) < 0))
        return -1;
    *ret = order == 0 ? VALUE_OF_NULL : a;
    return 0;
}

/* --- Values --- */

static char arithmetic_sign(enum expr_op op)
{
    return "+-*/%"[op - EXPR_ADD];
}

static int eval_arithmetic(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    if (eval_two(e, eval, &a, &b, &null, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    return null ? 0 : arithmetic(arithmetic_sign(e->op), e->type, &a, &b, eval->arena, ret, error);
}

static int eval_negate(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a;
    if (expr_eval(e->args[0], eval, &a, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    return value_is_null(&a) ? 0 : arithmetic_negate(e->type, &a, eval->arena, ret, error);
}

static int eval_concat(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    if (eval_two(e, eval, &a, &b, &null, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    if (null)
        return 0;
    if (a.bytes.size + b.bytes.size > VALUE_SIZE_MAX)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a value would be longer than %zu bytes", VALUE_SIZE_MAX);
    uint8_t *joined = arena_alloc(eval->arena, a.bytes.size + b.bytes.size + 1);
    if (a.bytes.size > 0)
        memcpy(joined, a.bytes.data, a.bytes.size);
    if (b.bytes.size > 0)
        memcpy(joined + a.bytes.size, b.bytes.data, b.bytes.size);
    *ret = a;
    ret->bytes = slice_of(joined, a.bytes.size + b.bytes.size);
    return account(eval, ret, error);
}

static int lowered(const struct collation *collation, struct eval *eval, struct slice *text, struct error *error)
{
    struct buf out = { 0 };
    collation->lower(collation, *text, &out);
    *text = arena_copy(eval->arena, buf_slice(&out));
    buf_done(&out);
    return work_spend(eval->work, WORK_OF_BYTES(text->size), error);
}

static int eval_like(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null, matches;
    if (eval_two(e, eval, &a, &b, &null, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    if (null)
        return 0;
    bool any_case = e->op == EXPR_ILIKE;
    if (e->collation == &collation_conflict)
        return collation_unknown("ILIKE", error);
    if (any_case && e->collation != NULL && e->collation->lower != NULL) {
        /* As in PostgreSQL both in small letters, for a letter may become two. */
        if (lowered(e->collation, eval, &a.bytes, error) < 0 || lowered(e->collation, eval, &b.bytes, error) < 0)
            return -1;
        any_case = false;
    }
    if (like_match(a.bytes, b.bytes, e->escape, any_case, eval->work, &matches, error) < 0)
        return -1;
    *ret = value_bool(matches);
    return 0;
}

static int eval_cast(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value v;
    if (expr_eval(e->args[0], eval, &v, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    if (value_is_null(&v))
        return 0;
    return value_cast(e->args[0]->type, e->type, e->cast, &v, eval->arena, ret, error) < 0 ? -1 : account(eval, ret, error);
}

static int eval_array(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value in_place[ARGS_IN_PLACE];
    struct value *elements = e->count <= ARGS_IN_PLACE ? in_place : ARENA_ARRAY(eval->arena, struct value, e->count);
    for (int i = 0; i < e->count; i++)
        if (expr_eval(e->args[i], eval, &elements[i], error) < 0)
            return -1;
    struct type element = e->type;
    element.array = false;
    *ret = array_build(element, elements, e->count, eval->arena);
    return account(eval, ret, error);
}

/* --- JSON --- */

static int eval_json_get(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    if (eval_two(e, eval, &a, &b, &null, error) < 0)
        return -1;
    struct slice found, text;
    *ret = VALUE_OF_NULL;
    if (null || !(b.kind == VALUE_INT ? json_element(a.bytes, b.integer, &found) : json_member(a.bytes, b.bytes, &found)))
        return 0;
    if (e->op == EXPR_JSON_GET)
        *ret = value_json(found);
    else if (json_as_text(found, eval->arena, &text))
        *ret = value_text(text);
    return 0;
}

static int eval_json_test(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value a, b;
    bool null;
    if (eval_two(e, eval, &a, &b, &null, error) < 0)
        return -1;
    *ret = VALUE_OF_NULL;
    if (null)
        return 0;
    if (e->op == EXPR_JSON_CONTAINS)
        return json_call_contains(eval, a.bytes, b.bytes, ret, error);
    *ret = value_bool(json_has_key(a.bytes, b.bytes));
    return 0;
}

/* --- Calls --- */

static int eval_function(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    struct value in_place[ARGS_IN_PLACE];
    struct value *args = e->count <= ARGS_IN_PLACE ? in_place : ARENA_ARRAY(eval->arena, struct value, e->count);
    for (int i = 0; i < e->count; i++) {
        if (expr_eval(e->args[i], eval, &args[i], error) < 0)
            return -1;
        if (e->function->strict && value_is_null(&args[i])) {
            *ret = VALUE_OF_NULL;
            return 0;
        }
        if (account(eval, &args[i], error) < 0)
            return -1;
    }
    if (e->collation == &collation_conflict && e->function->strict)
        return collation_unknown(arena_printf(eval->arena, "%s() function", e->function->name), error);
    return e->function->call(e, eval, args, ret, error) < 0 ? -1 : account(eval, ret, error);
}

static int eval_param(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    if (e->param >= eval->params_count)
        return fail(error, SQLSTATE_UNDEFINED_PARAMETER, "there is no parameter $%d", e->param + 1);
    *ret = eval->params[e->param];
    return 0;
}

int expr_eval(const struct expr *e, struct eval *eval, struct value *ret, struct error *error)
{
    if (work_spend(eval->work, WORK_OF_NODE, error) < 0)
        return -1;
    switch (e->op) {
    case EXPR_CONST:
        *ret = e->constant;
        return 0;
    case EXPR_COLUMN:
        return eval->column(eval, e->depth, e->column, ret, error);
    case EXPR_PARAM:
        return eval_param(e, eval, ret, error);
    case EXPR_AND:
        return eval_logic(e, eval, false, ret, error);
    case EXPR_OR:
        return eval_logic(e, eval, true, ret, error);
    case EXPR_NOT: case EXPR_IS_NULL: case EXPR_IS_NOT_NULL:
    case EXPR_IS_TRUE: case EXPR_IS_NOT_TRUE: case EXPR_IS_FALSE: case EXPR_IS_NOT_FALSE:
        return eval_test(e, eval, ret, error);
    case EXPR_EQ: case EXPR_NE: case EXPR_LT: case EXPR_LE: case EXPR_GT: case EXPR_GE:
        return eval_comparison(e, eval, ret, error);
    case EXPR_DISTINCT: case EXPR_NOT_DISTINCT:
        return eval_distinct(e, eval, ret, error);
    case EXPR_ADD: case EXPR_SUB: case EXPR_MUL: case EXPR_DIV: case EXPR_MOD:
        return eval_arithmetic(e, eval, ret, error);
    case EXPR_NEG:
        return eval_negate(e, eval, ret, error);
    case EXPR_CONCAT:
        return eval_concat(e, eval, ret, error);
    case EXPR_LIKE: case EXPR_ILIKE:
        return eval_like(e, eval, ret, error);
    case EXPR_IN:
        return eval_in(e, eval, ret, error);
    case EXPR_ANY: case EXPR_ALL:
        return eval_quantified(e, eval, ret, error);
    case EXPR_CASE:
        return eval_case(e, eval, ret, error);
    case EXPR_COALESCE:
        return eval_coalesce(e, eval, ret, error);
    case EXPR_NULLIF:
        return eval_nullif(e, eval, ret, error);
    case EXPR_CAST:
        return eval_cast(e, eval, ret, error);
    case EXPR_COLLATE:
        return expr_eval(e->args[0], eval, ret, error);
    case EXPR_JSON_GET: case EXPR_JSON_GET_TEXT:
        return eval_json_get(e, eval, ret, error);
    case EXPR_JSON_CONTAINS: case EXPR_JSON_HAS_KEY:
        return eval_json_test(e, eval, ret, error);
    case EXPR_ARRAY:
        return eval_array(e, eval, ret, error);
    case EXPR_FUNCTION:
        return eval_function(e, eval, ret, error);
    case EXPR_SUBSELECT:
        return eval->subselect(eval, e->subselect, ret, error);
    }
    assert(!"an expression without an operation");
    return -1;
}

int expr_is_true(const struct expr *e, struct eval *eval, bool *ret, struct error *error)
{
    struct value v;
    if (expr_eval(e, eval, &v, error) < 0)
        return -1;
    *ret = !value_is_null(&v) && v.boolean;
    return 0;
}
