#include "protocol/filter.h"

#include <assert.h>

#include "protocol/args.h"
#include "value/mp.h"

struct filter {
    struct request *rq;
    const struct table *table;
    struct slice in;
    int terms;
};

static int filter_malformed(struct filter *f, const char *what)
{
    return fail(f->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a filter wants %s", what);
}

/* --- Operands --- */

/* ["->>", column, member, ...]: all but the last step stay jsonb. */
static int read_member(struct filter *f, const struct expr *base, uint32_t steps, const struct expr **ret)
{
    for (uint32_t i = 0; i < steps; i++) {
        struct slice name;
        int64_t element;
        const struct expr *args[2] = { base, NULL };
        if (mp_str(&f->in, &name)) {
            struct value text;
            struct slice object = name;
            text = value_text(object);
            args[1] = expr_const(type_of(TYPE_TEXT), text, f->rq->arena);
        } else if (mp_int(&f->in, &element) && element >= INT32_MIN && element <= INT32_MAX) {
            args[1] = expr_const(type_of(TYPE_INT4), value_int(element), f->rq->arena);
        } else {
            return filter_malformed(f, "names or numbers of members after \"->>\" and its column");
        }
        enum expr_op op = i + 1 == steps ? EXPR_JSON_GET_TEXT : EXPR_JSON_GET;
        if (expr_make(op, args, 2, f->rq->arena, &base, f->rq->error) < 0)
            return -1;
    }
    *ret = base;
    return 0;
}

static int read_column(struct filter *f, const struct expr **ret)
{
    struct slice name;
    int column;
    if (!mp_str(&f->in, &name))
        return filter_malformed(f, "a column's name, or [\"->>\", column, member, ...]");
    if (args_column(f->rq, f->table, name, &column) < 0)
        return -1;
    *ret = expr_column(column, f->table->columns[column].type, f->rq->arena);
    return 0;
}

static int read_operand(struct filter *f, const struct expr **ret)
{
    uint32_t count;
    struct slice word;
    if (!mp_array(&f->in, &count))
        return read_column(f, ret);
    if (count < 3 || !mp_str(&f->in, &word) || !slice_is(word, "->>"))
        return filter_malformed(f, "a column's name, or [\"->>\", column, member, ...]");
    const struct expr *base;
    if (read_column(f, &base) < 0)
        return -1;
    if (base->type.id != TYPE_JSONB || base->type.array)
        return fail(f->rq->error, SQLSTATE_UNDEFINED_FUNCTION, "operator does not exist: %s ->> text",
                    type_name(base->type, f->rq->arena));
    return read_member(f, base, count - 2, ret);
}

/* A constant of a type; nil is NULL. */
static int read_constant(struct filter *f, struct type type, const struct expr **ret)
{
    struct value value;
    if (mp_nil(&f->in))
        value = VALUE_OF_NULL;
    else if (value_from_wire(type, &f->in, f->rq->arena, &value, f->rq->error) < 0)
        return -1;
    *ret = expr_const(type, value, f->rq->arena);
    return 0;
}

/* Whatever a varchar(3) or numeric(4,2) column may hold, it may be compared with more. */
static struct type without_modifiers(struct type type)
{
    type.length = type.precision = type.scale = 0;
    return type;
}

/* --- Conditions --- */

static int read_condition(struct filter *f, int depth, const struct expr **ret);

static int read_comparison(struct filter *f, enum expr_op op, uint32_t count, const struct expr **ret)
{
    const struct expr *args[2];
    if (count != 2)
        return filter_malformed(f, "an operand and a value after a comparison");
    if (read_operand(f, &args[0]) < 0)
        return -1;
    struct type type = without_modifiers(args[0]->type);
    if (op == EXPR_LIKE || op == EXPR_ILIKE)
        type = type_of(TYPE_TEXT);
    if (read_constant(f, type, &args[1]) < 0)
        return -1;
    return expr_make(op, args, 2, f->rq->arena, ret, f->rq->error);
}

static int read_null_test(struct filter *f, enum expr_op op, uint32_t count, const struct expr **ret)
{
    const struct expr *operand;
    if (count != 1)
        return filter_malformed(f, "one operand after \"is null\" and \"is not null\"");
    if (read_operand(f, &operand) < 0)
        return -1;
    return expr_make(op, &operand, 1, f->rq->arena, ret, f->rq->error);
}

static int count_term(struct filter *f)
{
    if (++f->terms > FILTER_TERMS_MAX)
        return fail(f->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a filter has more than %d terms", FILTER_TERMS_MAX);
    return 0;
}

static int read_in(struct filter *f, enum expr_op op, uint32_t count, const struct expr **ret)
{
    const struct expr *operand;
    uint32_t values;
    if (count != 2)
        return filter_malformed(f, "an operand and an array of values after \"in\"");
    if (read_operand(f, &operand) < 0)
        return -1;
    if (!mp_array(&f->in, &values))
        return filter_malformed(f, "an array of values after \"in\"");
    if (values == 0) {                      /* no value is in it, not even NULL is unknown */
        *ret = expr_const(type_of(TYPE_BOOL), value_bool(false), f->rq->arena);
        return 0;
    }
    if (values > FILTER_TERMS_MAX)
        return fail(f->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a filter has more than %d terms", FILTER_TERMS_MAX);
    const struct expr **args = ARENA_ARRAY(f->rq->arena, const struct expr *, values + 1);
    args[0] = operand;
    for (uint32_t i = 1; i <= values; i++)
        if (count_term(f) < 0 || read_constant(f, without_modifiers(operand->type), &args[i]) < 0)
            return -1;
    return expr_make(op, args, (int)values + 1, f->rq->arena, ret, f->rq->error);
}

static int read_contains(struct filter *f, enum expr_op op, uint32_t count, const struct expr **ret)
{
    const struct expr *args[2];
    if (count != 2)
        return filter_malformed(f, "an operand and a value after \"contains\"");
    if (read_column(f, &args[0]) < 0)
        return -1;
    if (args[0]->type.id != TYPE_JSONB || args[0]->type.array)
        return fail(f->rq->error, SQLSTATE_UNDEFINED_FUNCTION, "operator does not exist: %s @> jsonb",
                    type_name(args[0]->type, f->rq->arena));
    if (read_constant(f, args[0]->type, &args[1]) < 0)
        return -1;
    return expr_make(op, args, 2, f->rq->arena, ret, f->rq->error);
}

/* One condition of an "and", "or", "not": its depth is limited by mp_check(). */
static int read_junction(struct filter *f, enum expr_op op, uint32_t count, int depth, const struct expr **ret)
{
    if (op == EXPR_NOT && count != 1)
        return filter_malformed(f, "one filter after \"not\"");
    if (count > FILTER_TERMS_MAX)
        return fail(f->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a filter has more than %d terms", FILTER_TERMS_MAX);
    if (count == 0) {
        *ret = expr_const(type_of(TYPE_BOOL), value_bool(op == EXPR_AND), f->rq->arena);
        return 0;
    }
    const struct expr **args = ARENA_ARRAY(f->rq->arena, const struct expr *, count);
    for (uint32_t i = 0; i < count; i++)
        if (read_condition(f, depth + 1, &args[i]) < 0)
            return -1;
    if (op != EXPR_NOT && count == 1) {
        *ret = args[0];
        return 0;
    }
    return expr_make(op, args, (int)count, f->rq->arena, ret, f->rq->error);
}

enum shape { SHAPE_JUNCTION, SHAPE_COMPARISON, SHAPE_IN, SHAPE_NULL_TEST, SHAPE_CONTAINS };

static const struct filter_word {
    const char *name;
    enum expr_op op;
    enum shape shape;
} filter_words[] = {
    { "and", EXPR_AND, SHAPE_JUNCTION }, { "or", EXPR_OR, SHAPE_JUNCTION }, { "not", EXPR_NOT, SHAPE_JUNCTION },
    { "=", EXPR_EQ, SHAPE_COMPARISON }, { "<>", EXPR_NE, SHAPE_COMPARISON },
    { "<", EXPR_LT, SHAPE_COMPARISON }, { "<=", EXPR_LE, SHAPE_COMPARISON },
    { ">", EXPR_GT, SHAPE_COMPARISON }, { ">=", EXPR_GE, SHAPE_COMPARISON },
    { "in", EXPR_IN, SHAPE_IN },
    { "like", EXPR_LIKE, SHAPE_COMPARISON }, { "ilike", EXPR_ILIKE, SHAPE_COMPARISON },
    { "is null", EXPR_IS_NULL, SHAPE_NULL_TEST }, { "is not null", EXPR_IS_NOT_NULL, SHAPE_NULL_TEST },
    { "contains", EXPR_JSON_CONTAINS, SHAPE_CONTAINS },
};

static const struct filter_word *find_word(struct slice name)
{
    for (size_t i = 0; i < sizeof filter_words / sizeof *filter_words; i++)
        if (slice_is(name, filter_words[i].name))
            return &filter_words[i];
    return NULL;
}

static int read_condition(struct filter *f, int depth, const struct expr **ret)
{
    uint32_t count;
    struct slice name;
    if (!mp_array(&f->in, &count) || count == 0 || !mp_str(&f->in, &name))
        return filter_malformed(f, "arrays that begin with an operator");
    const struct filter_word *word = find_word(name);
    if (word == NULL)
        return fail(f->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "there is no filter operator \"%.*s\"", SLICE_FMT(name));
    if (count_term(f) < 0)
        return -1;
    assert(depth <= WIRE_DEPTH_MAX);
    switch (word->shape) {
    case SHAPE_JUNCTION: return read_junction(f, word->op, count - 1, depth, ret);
    case SHAPE_COMPARISON: return read_comparison(f, word->op, count - 1, ret);
    case SHAPE_IN: return read_in(f, word->op, count - 1, ret);
    case SHAPE_NULL_TEST: return read_null_test(f, word->op, count - 1, ret);
    default: return read_contains(f, word->op, count - 1, ret);
    }
}

int filter_from_wire(struct request *rq, const struct table *table, struct slice *bytes, const struct expr **ret)
{
    struct filter f = { .rq = rq, .table = table, .in = *bytes };
    struct slice empty = *bytes;
    uint32_t count;
    *ret = NULL;
    if (mp_nil(&f.in) || (mp_array(&empty, &count) && count == 0)) {
        *bytes = f.in.data != bytes->data ? f.in : empty;
        return 0;
    }
    if (read_condition(&f, 0, ret) < 0)
        return -1;
    *bytes = f.in;
    return 0;
}
