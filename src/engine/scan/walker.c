#include "engine/scan/walker.h"

#include <assert.h>

#include "engine/scan/index_use.h"
#include "engine/seal_row.h"

/* --- Ranges --- */

/* Appends one part of a key. False when the key would be too long: no stored row has such a key. */
static bool append_part(const struct plan *plan, struct key *key, int part, const struct value *value, bool *lossy)
{
    struct error ignored = { 0 };
    const struct index_column *column = &plan->parts[part];
    return key_column(key, index_type(plan->table, column), value, column->order, lossy, &ignored) == 0;
}

/* The values of range `at`: the last part changes fastest, each list in the direction of its part. */
static bool range_prefix(const struct plan *plan, uint32_t house, int at, struct key *ret)
{
    bool lossy = false;
    int below = plan->ranges;
    key_start(ret, house, plan->index->relation);
    for (int i = 0; i < plan->fixed_count; i++) {
        const struct column_facts *known = plan->facts.columns[plan->parts[i].column];
        below /= known->value_count;
        int digit = at / below % known->value_count;
        if (plan->parts[i].order.desc)
            digit = known->value_count - 1 - digit;
        if (!append_part(plan, ret, i, &known->values[digit], &lossy))
            return false;
    }
    return true;
}

static bool is_whole_relation(const struct key *prefix)
{
    return prefix->size == KEY_PREFIX_SIZE;
}

/* `key` becomes the first key behind all that begin with it; size 0 for the end of the relation. */
static void step_behind(struct key *key)
{
    struct key next;
    if (is_whole_relation(key)) {
        key->size = 0;
        return;
    }
    bool more = key_successor(key, &next);
    assert(more);                       /* the marker in front of every column is no 0xff */
    assert(next.size > KEY_PREFIX_SIZE);
    *key = next;
}

/* Bounds of the part behind the fixed ones. A bound whose key is lossy or too long bounds nothing: the residual does. */
static void bound_range(const struct plan *plan, const struct key *prefix, struct key *low, struct key *high)
{
    const struct column_facts *known = plan->facts.columns[plan->range_column];
    struct key_order order = plan->parts[plan->fixed_count].order;
    bool bounded = facts_range_of(known, &plan->parts[plan->fixed_count]);
    const struct range_end none = { 0 };
    const struct range_end *first = !bounded ? &none : order.desc ? &known->high : &known->low;
    const struct range_end *last = !bounded ? &none : order.desc ? &known->low : &known->high;
    struct value null = VALUE_OF_NULL;
    struct key key = *prefix;
    bool lossy = false;
    if (first->set && append_part(plan, &key, plan->fixed_count, &first->value, &lossy) && !lossy) {
        *low = key;
        if (!first->inclusive)
            step_behind(low);
    } else if (order.nulls_first) {
        key = *prefix;
        if (append_part(plan, &key, plan->fixed_count, &null, &lossy)) {
            *low = key;
            step_behind(low);
        }
    }
    key = *prefix;
    lossy = false;
    if (last->set && append_part(plan, &key, plan->fixed_count, &last->value, &lossy) && !lossy) {
        *high = key;
        if (last->inclusive)
            step_behind(high);
    } else if (!order.nulls_first) {
        key = *prefix;
        if (append_part(plan, &key, plan->fixed_count, &null, &lossy))
            *high = key;
    }
}

static bool key_before(const struct key *a, const struct key *b)
{
    return slice_compare(key_slice(a), key_slice(b)) < 0;
}

bool plan_range(const struct plan *plan, uint32_t house, int at, struct key *low, struct key *high)
{
    struct key prefix;
    if (!range_prefix(plan, house, at, &prefix))
        return false;
    *low = *high = prefix;
    step_behind(high);
    if (plan->range_column >= 0)
        bound_range(plan, &prefix, low, high);
    return low->size > 0 && (high->size == 0 || key_before(low, high));
}

/* --- Checking rows --- */

static int mark_needed(const struct expr *expr, void *env)
{
    struct checker *checker = env;
    if (expr->op == EXPR_SUBSELECT)         /* it may look at any column of this row from inside */
        memset(checker->needed, true, (size_t)checker->plan->table->column_count);
    if (expr->op == EXPR_COLUMN && expr->depth == 0 && expr->column < checker->plan->table->column_count)
        checker->needed[expr->column] = true;
    return 0;
}

static void mark_lossy(struct checker *checker)
{
    const struct plan *plan = checker->plan;
    const struct total_order *order = &plan->order;
    for (int i = 0; i < order->count; i++) {
        int column = order->columns[i].column;
        if (type_may_be_lossy(plan->table->columns[column].type) && facts_constant(&plan->facts, column) == NULL) {
            checker->lossy[checker->lossy_count++] = i;
            checker->needed[column] = true;
        }
    }
}

int checker_start(struct checker *checker, struct request *rq, const struct plan *plan)
{
    *checker = (struct checker){ .rq = rq, .plan = plan };
    int count = plan->table->column_count;
    checker->needed = ARENA_ARRAY(rq->arena, bool, count);
    checker->columns = ARENA_ARRAY(rq->arena, struct value, count);
    arena_init(&checker->scratch, ARENA_REQUEST_MAX);
    arena_init(&checker->opened, ARENA_REQUEST_MAX);
    checker->row_rq = *rq;
    checker->row_rq.arena = &checker->scratch;
    evaluation_start(&checker->evaluation, &checker->row_rq, plan->table, plan->query->house);
    checker->evaluation.keep = rq->arena;
    checker->evaluation.eval.params = plan->query->params;
    checker->evaluation.eval.params_count = plan->query->params_count;
    checker->evaluation.columns = checker->columns;
    if (plan->guard.access == ACCESS_FILTER) {
        plan->guard.evaluation->rq = &checker->row_rq;
        plan->guard.evaluation->eval.arena = &checker->scratch;
        plan->guard.evaluation->keep = rq->arena;
    }
    if (plan->residual != NULL)
        expr_walk(plan->residual, mark_needed, checker);
    if (plan->guard.access == ACCESS_FILTER)
        expr_walk(plan->guard.condition, mark_needed, checker);
    checker->asks = plan->residual != NULL || plan->guard.access == ACCESS_FILTER;
    if (plan->query->ordered && plan->sorted)
        mark_lossy(checker);
    else if (plan->query->ordered)
        for (int i = 0; i < plan->order.count; i++)
            checker->needed[plan->order.columns[i].column] = true;
    for (int i = 0; i < count; i++)
        if (checker->needed[i])
            checker->needed_end = i + 1;
    return 0;
}

void checker_done(struct checker *checker)
{
    arena_done(&checker->scratch);
    arena_done(&checker->opened);
}

/* Policies first (Q2): 1: the row is wanted; 0: not; -1. */
static int checker_asks(struct checker *checker, const struct selected *row)
{
    const struct plan *plan = checker->plan;
    bool passes = true;
    int admitted = guard_admits(&checker->row_rq, &plan->guard, row->house, checker->columns);
    checker->visible = admitted == 1;
    if (admitted != 1 || plan->residual == NULL)
        return admitted;
    if (expr_is_true(plan->residual, &checker->evaluation.eval, &passes, checker->rq->error) < 0)
        return -1;
    return passes;
}

static int checker_admits(struct checker *checker, const struct selected *row)
{
    const struct table *table = checker->plan->table;
    checker->visible = true;
    if (checker->opened.used > 0)
        arena_reset(&checker->opened);
    if (row_load(checker->rq, table, row->key, row->bytes, checker->needed, checker->needed_end, &checker->opened, checker->columns) < 0)
        return -1;
    if (!checker->asks)
        return 1;
    int admitted = checker_asks(checker, row);
    if (checker->scratch.used > 0)
        arena_reset(&checker->scratch);
    return admitted;
}

static bool breaks_order(const struct checker *checker)
{
    for (int i = 0; i < checker->lossy_count; i++) {
        const struct total_order *order = &checker->plan->order;
        struct type type = order_type(order, checker->lossy[i]);
        const struct value *value = &checker->columns[order->columns[checker->lossy[i]].column];
        if (type_is_text(type) && !collation_orders(type.collation) ? !value_is_null(value) && value->bytes.size > KEY_TEXT_MAX : value_is_lossy(type, value))
            return true;
    }
    return false;
}

/* --- Walking --- */

/* The key of a position in the plan's tree. The first `parts` parts; false when it cannot be told exactly. */
static bool position_key(const struct plan *plan, uint32_t house, const struct position *at, int parts, struct key *ret)
{
    bool lossy = false;
    key_start(ret, house, plan->index->relation);
    for (int i = 0; i < parts; i++) {
        int column = plan->parts[i].column;
        const struct value *value = facts_constant(&plan->facts, column);
        bool constant = value != NULL, part_lossy = false;
        for (int k = 0; k < plan->order.count && value == NULL; k++)
            if (plan->order.columns[k].column == column)
                value = &at->values[k];
        if (value == NULL)
            return false;
        if (!append_part(plan, ret, i, value, &part_lossy))
            return false;
        lossy |= part_lossy && !constant;
    }
    return !lossy;
}

int walker_start(struct walker *walker, struct checker *checker, uint32_t house, const struct position *after)
{
    const struct plan *plan = checker->plan;
    *walker = (struct walker){ .checker = checker, .house = house };
    index_used(checker->rq, plan->index);
    if (after == NULL || !plan->sorted)
        return 1;
    bool exact = after->house == house;
    if (!position_key(plan, house, after, exact ? plan->part_count : plan->order_parts, &walker->bound))
        return 0;
    /* Forward, rows behind an exact position begin after its key, rows with its asked columns begin at their prefix. */
    if (exact != plan->reverse)
        step_behind(&walker->bound);
    walker->bounded = walker->bound.size > 0;
    walker->spent = !walker->bounded && exact && !plan->reverse;
    return 1;
}

/* Narrows a range by the position; false when nothing is left of it. */
static bool clip(const struct walker *walker, struct key *low, struct key *high)
{
    if (!walker->bounded)
        return true;
    if (walker->checker->plan->reverse) {
        if (high->size == 0 || key_before(&walker->bound, high))
            *high = walker->bound;
    } else if (key_before(low, &walker->bound)) {
        *low = walker->bound;
    }
    return high->size == 0 || key_before(low, high);
}

static int open_next_range(struct walker *walker)
{
    const struct plan *plan = walker->checker->plan;
    struct request *rq = walker->checker->rq;
    struct key low, high;
    while (walker->at < plan->ranges && !walker->spent) {
        int at = plan->reverse ? plan->ranges - 1 - walker->at : walker->at;
        walker->at++;
        if (!plan_range(plan, walker->house, at, &low, &high) || !clip(walker, &low, &high))
            continue;
        if (cursor_open(rq->view, &low, &high, plan->reverse, &walker->cursor, rq->error) < 0)
            return -1;
        walker->open = true;
        return 1;
    }
    return 0;
}

/* The next entry as it lies there: 1, 0, -1. */
static int next_entry(struct walker *walker, struct slice *key, struct slice *value)
{
    for (;;) {
        if (!walker->open) {
            int opened = open_next_range(walker);
            if (opened <= 0)
                return opened;
        }
        int got = cursor_next(&walker->cursor, key, value, walker->checker->rq->error);
        if (got != 0)
            return got;
        walker_close(walker);
    }
}

/* From an index entry to its row. */
static int look_up(struct walker *walker, struct slice entry, struct key *key, struct slice *value)
{
    struct request *rq = walker->checker->rq;
    const struct index *index = walker->checker->plan->index;
    int found = key_row_from_entry(index, entry, key) < 0 ? 0 : view_get(rq->view, key_slice(key), value, rq->error);
    if (found == 0)
        return fail(rq->error, SQLSTATE_INDEX_CORRUPTED, "index \"%s\" has an entry without a row", index->name);
    return found;
}

static int next_row(struct walker *walker)
{
    const struct plan *plan = walker->checker->plan;
    struct slice key, value = { 0 };
    bool index_only = plan->query->keys_only && !walker->checker->asks;
    bool is_table = plan->index->primary;
    int got = next_entry(walker, &key, is_table && !index_only ? &value : NULL);
    if (got <= 0)
        return got;
    if (!is_table && !index_only) {
        if (look_up(walker, key, &walker->row_key, &value) < 0)
            return -1;
        key = key_slice(&walker->row_key);
    }
    walker->row = (struct selected){ .house = walker->house, .key = key, .bytes = value };
    return 1;
}

int walker_next(struct walker *walker, uint64_t examine_max, bool *ret_paused)
{
    struct checker *checker = walker->checker;
    for (;;) {
        int got = next_row(walker);
        if (got <= 0)
            return got < 0 ? -1 : WALK_END;
        checker->examined++;
        if (work_spend(checker->rq->work, WORK_OF_ROW, checker->rq->error) < 0)
            return -1;
        got = checker_admits(checker, &walker->row);
        if (got < 0)
            return -1;
        if (got == 1)
            return checker->lossy_count > 0 && breaks_order(checker) ? WALK_UNSORTED : WALK_ROW;
        if (ret_paused != NULL && checker->examined >= examine_max && checker->visible) {
            *ret_paused = true;
            return WALK_END;
        }
    }
}

int walker_count(struct walker *walker, uint64_t *count)
{
    struct slice key;
    int got;
    while ((got = next_entry(walker, &key, NULL)) == 1)
        ++*count;
    return got;
}

void walker_close(struct walker *walker)
{
    if (walker->open)
        cursor_close(&walker->cursor);
    walker->open = false;
}
