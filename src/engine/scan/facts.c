#include "engine/scan/facts_known.h"

#include <assert.h>

void facts_start(struct facts *facts, struct request *rq, const struct query *query)
{
    *facts = (struct facts){ .table = query->table, .arena = rq->arena };
    facts->columns = ARENA_ARRAY(rq->arena, struct column_facts *, query->table->column_count);
    facts->evaluation = ARENA_NEW(rq->arena, struct evaluation);
    evaluation_start(facts->evaluation, rq, query->table, query->house);
    facts->evaluation->eval.params = query->params;
    facts->evaluation->eval.params_count = query->params_count;
}

/* --- Keys that keep a prefix --- */

bool type_may_be_lossy(struct type type)
{
    if (type.array)
        return true;
    switch (type.id) {
    case TYPE_TEXT: case TYPE_VARCHAR: case TYPE_BYTEA: case TYPE_NUMERIC: case TYPE_JSONB: case TYPE_JSON:
        return true;
    default:
        return false;
    }
}

bool value_is_lossy(struct type type, const struct value *value)
{
    if (value_is_null(value) || !type_may_be_lossy(type))
        return false;
    struct buf key = { 0 };
    bool lossy = value_key(type, value, (struct key_order){ 0 }, &key);
    buf_done(&key);
    return lossy;
}

/* --- Operands --- */

/* The column that an operand is, looking through casts that change no value and no order; -1: it is none. */
static int operand_column(const struct facts *facts, const struct expr *expr)
{
    expr = expr_uncollated(expr);
    if (expr->op == EXPR_CAST && expr->args[0]->op == EXPR_COLUMN) {
        struct type from = expr->args[0]->type, to = expr->type;
        if (type_is_text(from) && type_is_text(to) && to.length == 0)
            expr = expr->args[0];
        else if (type_is_integer(from) && type_is_integer(to) && to.id > from.id)
            expr = expr->args[0];
    }
    if (expr->op != EXPR_COLUMN || expr->depth != 0)
        return -1;
    return expr->column;
}

static int depends_on_row(const struct expr *expr, void *env)
{
    const struct facts *facts = env;
    switch (expr->op) {
    case EXPR_COLUMN:
    case EXPR_SUBSELECT:
        return 1;
    case EXPR_PARAM:
        return expr->param >= facts->evaluation->eval.params_count;
    case EXPR_FUNCTION:
        return expr->function->volatility == FUNCTION_VOLATILE;
    default:
        return 0;
    }
}

/* The value of an expression that is the same for all rows; false when it is not, or fails. */
static bool constant_value(struct facts *facts, const struct expr *expr, struct value *ret)
{
    struct error ignored = { 0 };
    if (expr->op == EXPR_CONST) {
        *ret = expr->constant;
        return true;
    }
    if (expr_walk(expr, depends_on_row, facts) != 0)
        return false;
    return expr_eval(expr, &facts->evaluation->eval, ret, &ignored) == 0;
}

/* Whether a value of `type` may stand in the key of this column: the same kind, and inside an integer's width. */
static bool fits_column(struct type column, struct type type, const struct value *value)
{
    if (value_is_null(value))
        return true;
    if (column.array != type.array)
        return false;
    if (type_is_integer(column) && type_is_integer(type)) {
        int64_t limit = column.id == TYPE_INT2 ? INT16_MAX : column.id == TYPE_INT4 ? INT32_MAX : INT64_MAX;
        return value->integer <= limit && value->integer >= -limit - 1;
    }
    if (type_is_text(column) && type_is_text(type))
        return true;
    return column.id == type.id;
}

/* --- Conjuncts --- */

/* json has no order; keys of the rest compare as their values do. */
static bool has_order(struct type type)
{
    return type.id != TYPE_JSON;
}

static enum expr_op mirrored(enum expr_op op)
{
    switch (op) {
    case EXPR_LT: return EXPR_GT;
    case EXPR_LE: return EXPR_GE;
    case EXPR_GT: return EXPR_LT;
    case EXPR_GE: return EXPR_LE;
    default: return op;
    }
}

/* `column op value`. */
static bool add_comparison(struct facts *facts, const struct expr *whole, bool guard)
{
    enum expr_op op = whole->op;
    const struct expr *left = whole->args[0], *right = whole->args[1];
    int column = operand_column(facts, left);
    if (column < 0) {
        column = operand_column(facts, right);
        right = left;
        op = mirrored(op);
    }
    struct value value;
    if (column < 0 || !constant_value(facts, right, &value))
        return false;
    struct type type = facts->table->columns[column].type;
    if (!has_order(type) || !fits_column(type, right->type, &value))
        return false;
    if (value_is_null(&value) && op != EXPR_NOT_DISTINCT) {
        facts->never = true;
        return true;
    }
    bool exact = !value_is_lossy(type, &value);
    switch (op) {
    case EXPR_EQ:
    case EXPR_NOT_DISTINCT: {
        struct value *list = ARENA_NEW(facts->arena, struct value);
        *list = value;
        facts_add_list(facts, column, list, 1);
        facts_remember(facts, whole, FACT_LIST, column, exact, guard);
        return true;
    }
    case EXPR_LT: case EXPR_LE:
        if (!facts_add_high(facts, column, whole->collation, &value, op == EXPR_LE))
            return false;
        break;
    case EXPR_GT: case EXPR_GE:
        if (!facts_add_low(facts, column, whole->collation, &value, op == EXPR_GE))
            return false;
        break;
    default:
        return false;
    }
    /* A row's own key may be lossy: only types whose keys never are make a range exact. */
    facts_remember(facts, whole, FACT_RANGE, column, !type_may_be_lossy(type), guard);
    return true;
}

/* The column and the values of `column IN (...)`, or of `column = ANY (array)`; -1: it is not that. */
static int in_list(struct facts *facts, const struct expr *whole, struct value **ret, int *ret_count, bool *ret_exact)
{
    int column = operand_column(facts, whole->args[0]), count = 0;
    if (column < 0)
        return -1;
    struct type type = facts->table->columns[column].type;
    if (!has_order(type))
        return -1;
    struct value *values = ARENA_ARRAY(facts->arena, struct value, whole->count);
    *ret_exact = true;
    for (int i = 1; i < whole->count; i++) {
        struct value value;
        if (!constant_value(facts, whole->args[i], &value) || !fits_column(type, whole->args[i]->type, &value))
            return -1;
        if (value_is_null(&value))
            continue;                       /* x IN (..., NULL) is never TRUE for its sake */
        *ret_exact = *ret_exact && !value_is_lossy(type, &value);
        values[count++] = value;
    }
    *ret = values;
    *ret_count = count;
    return column;
}

/* `a = 1 OR a = 2 OR a IN (3, 4)`: one list. */
static int or_list(struct facts *facts, const struct expr *whole, struct value **ret, int *ret_count, bool *ret_exact)
{
    int column = -1, count = 0, room = 0;
    for (int i = 0; i < whole->count; i++)
        room += whole->args[i]->count;
    struct value *values = ARENA_ARRAY(facts->arena, struct value, room);
    *ret_exact = true;
    for (int i = 0; i < whole->count; i++) {
        struct value *part;
        int part_count;
        bool exact;
        const struct expr *arg = whole->args[i];
        if ((arg->op != EXPR_EQ && arg->op != EXPR_IN) || operand_column(facts, arg->args[0]) < 0)
            return -1;
        int of = in_list(facts, arg, &part, &part_count, &exact);
        if (of < 0 || (column >= 0 && of != column))
            return -1;
        column = of;
        *ret_exact = *ret_exact && exact;
        for (int k = 0; k < part_count; k++)
            values[count++] = part[k];
    }
    *ret = values;
    *ret_count = count;
    return column;
}

static bool add_in(struct facts *facts, const struct expr *whole, bool guard)
{
    struct value *values;
    int count;
    bool exact;
    int column = whole->op == EXPR_OR ? or_list(facts, whole, &values, &count, &exact)
                                      : in_list(facts, whole, &values, &count, &exact);
    if (column < 0)
        return false;
    if (count == 0) {
        facts->never = true;
        return true;
    }
    facts_add_list(facts, column, values, count);
    facts_remember(facts, whole, FACT_LIST, column, exact, guard);
    return true;
}

static bool add_null_test(struct facts *facts, const struct expr *whole, bool guard)
{
    int column = operand_column(facts, whole->args[0]);
    if (column < 0)
        return false;
    if (whole->op == EXPR_IS_NULL) {
        struct value *list = ARENA_NEW(facts->arena, struct value);
        *list = VALUE_OF_NULL;
        facts_add_list(facts, column, list, 1);
        facts_remember(facts, whole, FACT_LIST, column, true, guard);
    } else {
        facts_refuse_null(facts, facts_of_column(facts, column));
        facts_remember(facts, whole, FACT_NOT_NULL, column, true, guard);
    }
    return true;
}

/* A boolean column by itself, or under NOT, IS TRUE, IS FALSE. */
static bool add_boolean(struct facts *facts, const struct expr *whole, bool guard)
{
    bool wanted = whole->op == EXPR_COLUMN || whole->op == EXPR_IS_TRUE;
    int column = operand_column(facts, whole->op == EXPR_COLUMN ? whole : whole->args[0]);
    if (column < 0 || facts->table->columns[column].type.id != TYPE_BOOL || facts->table->columns[column].type.array)
        return false;
    struct value *list = ARENA_NEW(facts->arena, struct value);
    *list = value_bool(wanted);
    facts_add_list(facts, column, list, 1);
    facts_remember(facts, whole, FACT_LIST, column, true, guard);
    return true;
}

/* `text LIKE 'abc%'` lies between 'abc' and the next text after all that begin with it, in the order of bytes. */
static bool add_like(struct facts *facts, const struct expr *whole, bool guard)
{
    struct value pattern;
    struct buf prefix = { 0 };
    int column = operand_column(facts, whole->args[0]);
    if (column < 0 || !type_is_text(facts->table->columns[column].type) || !constant_value(facts, whole->args[1], &pattern))
        return false;
    if (value_is_null(&pattern)) {
        facts->never = true;
        return true;
    }
    like_prefix(pattern.bytes, whole->escape, &prefix);
    bool ranged = true;
    if (prefix.size > 0) {
        struct value low = value_text(arena_copy(facts->arena, buf_slice(&prefix)));
        ranged = facts_add_low(facts, column, NULL, &low, true);
        while (prefix.size > 0 && prefix.data[prefix.size - 1] == 0xff)
            prefix.size--;
        if (prefix.size > 0 && ranged) {
            prefix.data[prefix.size - 1]++;
            struct value high = value_text(arena_copy(facts->arena, buf_slice(&prefix)));
            facts_add_high(facts, column, NULL, &high, false);
        }
    }
    buf_done(&prefix);
    if (!ranged)
        return false;
    facts_remember(facts, whole, FACT_RANGE, column, false, guard);
    return true;
}

/* A conjunct without a column; false when it has one. */
static bool decide(struct facts *facts, const struct expr *expr)
{
    struct value value;
    if (expr->type.id != TYPE_BOOL || !constant_value(facts, expr, &value))
        return false;
    facts->never |= value_is_null(&value) || !value.boolean;
    return true;
}

static bool add_fact(struct facts *facts, const struct expr *expr, bool guard)
{
    switch (expr->op) {
    case EXPR_EQ: case EXPR_LT: case EXPR_LE: case EXPR_GT: case EXPR_GE: case EXPR_NOT_DISTINCT:
        return add_comparison(facts, expr, guard);
    case EXPR_IN: case EXPR_OR:
        return add_in(facts, expr, guard);
    case EXPR_IS_NULL: case EXPR_IS_NOT_NULL:
        return add_null_test(facts, expr, guard);
    case EXPR_COLUMN: case EXPR_NOT: case EXPR_IS_TRUE: case EXPR_IS_FALSE:
        return add_boolean(facts, expr, guard);
    case EXPR_LIKE:
        return add_like(facts, expr, guard);
    default:
        return false;
    }
}

void facts_add(struct facts *facts, const struct expr *condition, bool guard)
{
    if (condition == NULL)
        return;
    if (condition->op == EXPR_AND) {
        for (int i = 0; i < condition->count; i++)
            facts_add(facts, condition->args[i], guard);
        return;
    }
    if (!decide(facts, condition) && !add_fact(facts, condition, guard))
        facts_remember(facts, condition, FACT_NONE, -1, false, guard);
}

const struct value *facts_constant(const struct facts *facts, int column)
{
    const struct column_facts *known = facts->columns[column];
    return known != NULL && known->value_count == 1 ? &known->values[0] : NULL;
}
