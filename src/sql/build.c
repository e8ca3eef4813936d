/* Typed nodes, whoever asks for them: the compiler for a parse tree, expr_make() for a structured filter. */
#include "sql/compile.h"

static const struct function_table *const comparison_tables[] = { &comparisons };

/* --- Nodes and folding --- */

static bool foldable(const struct expr *node)
{
    if (node->op == EXPR_CONST || node->op == EXPR_COLUMN || node->op == EXPR_PARAM || node->op == EXPR_SUBSELECT || node->op == EXPR_COLLATE)
        return false;
    if (node->op == EXPR_FUNCTION && node->function->volatility != FUNCTION_IMMUTABLE)
        return false;
    for (int i = 0; i < node->count; i++)
        if (node->args[i]->op != EXPR_CONST)
            return false;
    return true;
}

const struct expr *build_node(struct compiler *c, struct expr node, const struct expr *const *args, int count)
{
    struct expr *made = ARENA_NEW(c->arena, struct expr);
    *made = node;
    made->count = count;
    made->args = ARENA_ARRAY(c->arena, const struct expr *, count > 0 ? count : 1);
    for (int i = 0; i < count; i++)
        made->args[i] = args[i];
    if (!collate_node(c, made))
        return NULL;
    if (!foldable(made))
        return made;
    /* What fails, like 1/0, stays as it is: it may never be reached, or else fails then. So does what is large: plans are kept. */
    struct arena scratch;
    struct work work = { FOLD_WORK_MAX };
    struct eval eval = { .arena = &scratch, .work = &work };
    struct error ignored = { 0 };
    struct value value;
    arena_init(&scratch, ARENA_REQUEST_MAX);
    bool folds = expr_eval(made, &eval, &value, &ignored) == 0 && value_size(&value) <= FOLD_SIZE_MAX;
    const struct expr *folded = folds ? expr_const(made->type, value_keep(&value, c->arena), c->arena) : made;
    arena_done(&scratch);
    return folded;
}

static struct type array_over(struct type element)
{
    element.array = true;
    return element;
}

static const struct expr *boolean_node(struct compiler *c, enum expr_op op, const struct expr *const *args, int count)
{
    return build_node(c, (struct expr){ .op = op, .type = type_of(TYPE_BOOL) }, args, count);
}

/* --- Comparisons --- */

/* An integer constant that fits the other side's narrower type takes it, so that a column need not be cast. */
static const struct expr *narrowed(struct compiler *c, const struct expr *e, struct type to)
{
    if (e->op != EXPR_CONST || !type_is_integer(e->type) || !type_is_integer(to) || value_is_null(&e->constant))
        return NULL;
    struct value value;
    struct error ignored = { 0 };
    return value_cast(e->type, to, CAST_EXPLICIT, &e->constant, c->arena, &value, &ignored) == 0 ? expr_const(to, value, c->arena) : NULL;
}

/* Of two types that PostgreSQL compares across: the one that holds the values of both. */
static struct type wider(struct type a, struct type b)
{
    if (type_category(a) == 'D')
        return a.id == TYPE_TIMESTAMPTZ || b.id == TYPE_DATE ? a : b;
    return a.id > b.id ? a : b;
}

/* Brings two operands to the type that comparing them takes. */
static int comparable(struct compiler *c, const char *name, const struct expr **a, const struct expr **b, int location)
{
    const struct expr *args[2] = { *a, *b }, *narrow;
    struct type types[2] = { args[0]->type, args[1]->type }, boolean;
    const struct function *f;
    int found = function_choose(comparison_tables, 1, SLICE_LITERAL("="), types, 2, true, &f);
    if (found <= 0) {
        build_no_operator(c, name, types, 2, found, location);
        return -1;
    }
    if ((narrow = narrowed(c, *b, types[0])) != NULL) {
        *b = narrow;
        return 0;
    }
    if ((narrow = narrowed(c, *a, types[1])) != NULL) {
        *a = narrow;
        return 0;
    }
    const struct expr **coerced = build_arguments(c, f, args, 2, &boolean, location);
    if (coerced == NULL)
        return -1;
    if (f->args[0] != f->args[1]) {
        struct type type = wider(coerced[0]->type, coerced[1]->type);
        coerced[0] = coerce(c, coerced[0], type, CAST_IMPLICIT, location);
        coerced[1] = coerce(c, coerced[1], type, CAST_IMPLICIT, location);
    }
    *a = coerced[0];
    *b = coerced[1];
    return *a == NULL || *b == NULL ? -1 : 0;
}

static const char *comparison_name(enum expr_op op)
{
    static const char *const names[] = { "=", "<>", "<", "<=", ">", ">=" };
    return op >= EXPR_EQ && op <= EXPR_GE ? names[op - EXPR_EQ] : "=";
}

const struct expr *build_compare(struct compiler *c, enum expr_op op, const struct expr *a, const struct expr *b, int location)
{
    if (comparable(c, comparison_name(op), &a, &b, location) < 0)
        return NULL;
    return boolean_node(c, op, (const struct expr *[]){ a, b }, 2);
}

/* IN where the operands have no common type: each by its own comparison, which is where the error is found as well. */
static const struct expr *in_one_by_one(struct compiler *c, const struct expr *const *args, int count, int location)
{
    const struct expr **either = ARENA_ARRAY(c->arena, const struct expr *, count);
    for (int i = 1; i < count; i++)
        if ((either[i - 1] = build_compare(c, EXPR_EQ, args[0], args[i], location)) == NULL)
            return NULL;
    return build_logic(c, EXPR_OR, either, count - 1, location);
}

const struct expr *build_in(struct compiler *c, const struct expr *const *args, int count, int location)
{
    const struct expr **same = ARENA_ARRAY(c->arena, const struct expr *, count);
    struct type type = args[0]->type;
    bool integers = type_is_integer(type);
    for (int i = 1; i < count && integers; i++) {
        same[i] = expr_unknown(args[i]) ? coerce(c, args[i], type, CAST_IMPLICIT, location)
                : type_same(args[i]->type, type) ? args[i] : narrowed(c, args[i], type);
        if (same[i] == NULL && expr_unknown(args[i]))
            return NULL;
        integers = same[i] != NULL;
    }
    same[0] = args[0];
    if (!integers) {
        if (common_type(c, args, count, "IN", &type, location) < 0) {
            error_clear(c->error);
            return in_one_by_one(c, args, count, location);
        }
        for (int i = 0; i < count; i++)
            if ((same[i] = coerce(c, args[i], (struct type){ .id = type.id, .array = type.array, .labels = type.labels }, CAST_IMPLICIT, location)) == NULL)
                return NULL;
    }
    /* The type must have an order at all (json has none). */
    if (build_compare(c, EXPR_EQ, same[0], same[1], location) == NULL)
        return NULL;
    return boolean_node(c, EXPR_IN, same, count);
}

const struct expr *build_quantified(struct compiler *c, enum expr_op op, enum expr_op comparison, const struct expr *a,
                                    const struct expr *array, int location)
{
    if (!expr_unknown(array) && !array->type.array)
        return compile_fail(c, location, SQLSTATE_WRONG_OBJECT_TYPE, "op ANY/ALL (array) requires array on right side");
    /* The operand meets an element: a stand-in without a value, so that typing alone decides. */
    struct expr element = { .op = EXPR_COLUMN, .type = array->type };
    element.type.array = false;
    const struct expr *left = a, *right = &element;
    if (expr_unknown(array)) {
        left = coerce_unknown(c, a, location);
        if (left == NULL)
            return NULL;
        element.type = left->type;
        element.type.length = element.type.precision = element.type.scale = 0;
    }
    const struct expr *narrow = narrowed(c, left, element.type);
    if (narrow != NULL)
        left = narrow;
    if (comparable(c, comparison_name(comparison), &left, &right, location) < 0)
        return NULL;
    array = coerce(c, array, array_over(right->type), CAST_IMPLICIT, location);
    if (array == NULL)
        return NULL;
    struct expr node = { .op = op, .type = type_of(TYPE_BOOL), .comparison = comparison };
    return build_node(c, node, (const struct expr *[]){ left, array }, 2);
}

const struct expr *build_like(struct compiler *c, enum expr_op op, const struct expr *a, const struct expr *b, int escape, int location)
{
    const struct expr *like = build_operator(c, op == EXPR_LIKE ? "~~" : "~~*", a, b, location);
    if (like == NULL || escape == '\\')
        return like;
    a = coerce(c, a, type_of(TYPE_TEXT), CAST_IMPLICIT, location);
    b = coerce(c, b, type_of(TYPE_TEXT), CAST_IMPLICIT, location);
    struct expr node = { .op = op, .type = type_of(TYPE_BOOL), .escape = escape };
    return build_node(c, node, (const struct expr *[]){ a, b }, 2);
}

/* --- Logic and choice --- */

const struct expr *build_logic(struct compiler *c, enum expr_op op, const struct expr *const *args, int count, int location)
{
    const char *name = op == EXPR_AND ? "AND" : op == EXPR_OR ? "OR" : "NOT";
    const struct expr **conditions = ARENA_ARRAY(c->arena, const struct expr *, count);
    for (int i = 0; i < count; i++)
        if ((conditions[i] = coerce_boolean(c, args[i], name, location)) == NULL)
            return NULL;
    return boolean_node(c, op, conditions, count);
}

static const char *test_name(enum expr_op op)
{
    static const char *const names[] = { "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE" };
    return names[op - EXPR_IS_TRUE];
}

const struct expr *build_test(struct compiler *c, enum expr_op op, const struct expr *arg, int location)
{
    bool null_test = op == EXPR_IS_NULL || op == EXPR_IS_NOT_NULL;
    arg = null_test ? coerce_unknown(c, arg, location) : coerce_boolean(c, arg, test_name(op), location);
    return arg == NULL ? NULL : boolean_node(c, op, &arg, 1);
}

/* Brings args[first], args[first + step], ... and the last to their common type. */
static int unify(struct compiler *c, const struct expr **args, int count, const char *what, struct type *ret, int location)
{
    if (common_type(c, args, count, what, ret, location) < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if ((args[i] = coerce(c, args[i], *ret, CAST_IMPLICIT, location)) == NULL)
            return -1;
    return 0;
}

const struct expr *build_case(struct compiler *c, const struct expr *const *args, int count, int location)
{
    /* PostgreSQL lets ELSE speak first when it looks for the common type. */
    int results = count / 2 + 1;
    const struct expr **result = ARENA_ARRAY(c->arena, const struct expr *, results);
    const struct expr **all = ARENA_ARRAY(c->arena, const struct expr *, count);
    struct type type;
    result[0] = args[count - 1];
    for (int i = 1; i < results; i++)
        result[i] = args[2 * i - 1];
    if (unify(c, result, results, "CASE", &type, location) < 0)
        return NULL;
    for (int i = 1; i < results; i++) {
        all[2 * i - 2] = coerce_boolean(c, args[2 * i - 2], "CASE/WHEN", location);
        all[2 * i - 1] = result[i];
        if (all[2 * i - 2] == NULL)
            return NULL;
    }
    all[count - 1] = result[0];
    return build_node(c, (struct expr){ .op = EXPR_CASE, .type = type }, all, count);
}

const struct expr *build_coalesce(struct compiler *c, const struct expr *const *args, int count, int location)
{
    const struct expr **same = ARENA_ARRAY(c->arena, const struct expr *, count);
    struct type type;
    for (int i = 0; i < count; i++)
        same[i] = args[i];
    if (unify(c, same, count, "COALESCE", &type, location) < 0)
        return NULL;
    return build_node(c, (struct expr){ .op = EXPR_COALESCE, .type = type }, same, count);
}

/* Whether PostgreSQL has an operator that compares these two different types without bringing them to one. */
static bool compared_as_is(struct type a, struct type b)
{
    const struct function *f;
    if (a.id == TYPE_UNKNOWN || b.id == TYPE_UNKNOWN)
        return false;
    return function_choose(comparison_tables, 1, SLICE_LITERAL("="), (struct type[]){ a, b }, 2, true, &f) > 0 && f->args[0] != f->args[1];
}

const struct expr *build_nullif(struct compiler *c, const struct expr *a, const struct expr *b, int location)
{
    const struct expr *left = a, *right = b;
    if (comparable(c, "=", &left, &right, location) < 0)
        return NULL;
    /* As in PostgreSQL the result has the type that its operator takes on the left: NULLIF(1, 2.5) is numeric, but NULLIF(1, a bigint) an
     * integer, because integers of any width are compared as they are. */
    struct type type = type_is_text(left->type) ? type_of(TYPE_TEXT) : left->type;
    const struct expr *node = build_node(c, (struct expr){ .op = EXPR_NULLIF, .type = type }, (const struct expr *[]){ left, right }, 2);
    return node != NULL && compared_as_is(a->type, b->type) ? coerce(c, node, a->type, CAST_EXPLICIT, location) : node;
}

const struct expr *build_array(struct compiler *c, const struct expr *const *args, int count, int location)
{
    const struct expr **same = ARENA_ARRAY(c->arena, const struct expr *, count > 0 ? count : 1);
    struct type type;
    if (count == 0)
        return compile_fail(c, location, SQLSTATE_INDETERMINATE_DATATYPE, "cannot determine type of empty array");
    for (int i = 0; i < count; i++)
        same[i] = args[i];
    if (unify(c, same, count, "ARRAY", &type, location) < 0)
        return NULL;
    if (type.array)
        return compile_fail(c, location, SQLSTATE_FEATURE_NOT_SUPPORTED, "arrays of arrays are not supported");
    return build_node(c, (struct expr){ .op = EXPR_ARRAY, .type = array_over(type) }, same, count);
}
