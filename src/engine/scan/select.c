#include "engine/scan/select.h"

#include <assert.h>

#include "engine/houses.h"
#include "engine/scan/merge.h"
#include "engine/scan/unique.h"
#include "engine/seal_row.h"

enum mode {
    MODE_SEQUENCE,                  /* house by house */
    MODE_MERGE,                     /* every house gives the order: the first row of all heads comes next */
    MODE_SORT,
};

struct select {
    struct request *rq;
    struct query query;
    struct plan plan;
    struct checker checker;
    enum mode mode;
    const struct position *after;
    uint32_t emitted;

    struct walker walker;           /* MODE_SEQUENCE, and what fills the sort */
    bool walking;
    uint32_t house;                 /* of the walk; HOUSE_ANY before the first */
    int listed;                     /* houses taken from plan.houses */

    struct merge merge;             /* MODE_MERGE */

    struct sort sort;
    bool sorted;

    bool keeps_last, has_last;      /* the last row given, in case the order must be sorted from there */
    struct key last_key;
    struct position last;

    bool paused;
    struct selected paused_at;
    struct value *columns;
};

/* --- Houses --- */

int engine_house(struct request *rq, const struct table *table, const struct uuid *organization, uint32_t *ret_house)
{
    const struct principal *who = rq->who;
    if (!principal_enters_all(who)) {
        if (organization != NULL && !(who->has_house && uuid_compare(organization, &who->organization) == 0))
            return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for this organization");
        *ret_house = table_in_houses(table) ? who->house : TENANT_SYSTEM;
        return !table_in_houses(table) || who->has_house;
    }
    if (!table_in_houses(table)) {
        *ret_house = TENANT_SYSTEM;
        return 1;
    }
    *ret_house = HOUSE_ANY;
    return organization == NULL ? 1 : store_house(rq->view, organization, ret_house, rq->error);
}

/* 1, 0 at the end, -1. */
static int next_house(struct select *select)
{
    if (select->plan.houses_listed) {
        if (select->listed == select->plan.house_count)
            return 0;
        select->house = select->plan.houses[select->listed++];
        return 1;
    }
    return house_step(select->rq, select->query.house, &select->house);
}

static void rewind_houses(struct select *select)
{
    select->house = HOUSE_ANY;
    select->listed = 0;
}

/* --- Opening --- */

static enum mode choose_mode(const struct select *select)
{
    const struct query *query = &select->query;
    if (!query->ordered)
        return MODE_SEQUENCE;
    if (!select->plan.sorted)
        return MODE_SORT;
    return query->house != HOUSE_ANY || select->plan.order.asked == 0 ? MODE_SEQUENCE : MODE_MERGE;
}

static void need_order(struct select *select)
{
    struct checker *checker = &select->checker;
    for (int i = 0; i < select->plan.order.count; i++) {
        int column = select->plan.order.columns[i].column;
        checker->needed[column] = true;
        if (column >= checker->needed_end)
            checker->needed_end = column + 1;
    }
}

/* The walk cannot give the order after all: sort what is behind the last row given. */
static void turn_to_sorting(struct select *select)
{
    struct select *s = select;
    select_close(s);
    s->plan.sorted = s->plan.reverse = false;
    s->mode = MODE_SORT;
    s->checker.lossy_count = 0;
    need_order(s);
    if (s->has_last)
        s->after = &s->last;
    rewind_houses(s);
}

int select_open(struct request *rq, const struct query *query, struct select **ret)
{
    struct select *select = ARENA_NEW(rq->arena, struct select);
    select->rq = rq;
    select->query = *query;
    select->after = query->ordered ? query->after : NULL;
    enum ties ties = select->after != NULL ? select->after->ties : TIES_FREE;
    if (plan_make(rq, &select->query, ties, &select->plan) < 0 || checker_start(&select->checker, rq, &select->plan) < 0)
        return -1;
    select->columns = ARENA_ARRAY(rq->arena, struct value, query->table->column_count);
    select->mode = choose_mode(select);
    select->keeps_last = select->checker.lossy_count > 0;
    if (select->mode == MODE_MERGE)
        need_order(select);
    rewind_houses(select);
    *ret = select;
    return 0;
}

void select_close(struct select *select)
{
    if (select == NULL)
        return;
    walker_close(&select->walker);
    select->walking = false;
    merge_close(&select->merge);
    checker_done(&select->checker);
}

/* --- House by house --- */

static int begin_house(struct select *select, const struct position *after)
{
    int begun = walker_start(&select->walker, &select->checker, select->house, after);
    select->walking = begun == 1;
    return begun;
}

static int next_in_sequence(struct select *select, struct selected *ret)
{
    for (;;) {
        if (!select->walking) {
            int more = next_house(select);
            if (more <= 0)
                return more < 0 ? -1 : WALK_END;
            if (select->after != NULL && select->house < select->after->house)
                continue;
            if (begin_house(select, select->after) == 0)
                return WALK_UNSORTED;
        }
        uint64_t most = select->query.examine_max;
        int step = walker_next(&select->walker, most, most > 0 ? &select->paused : NULL);
        if (step == WALK_ROW)
            *ret = select->walker.row;
        if (step != WALK_END)
            return step;
        walker_close(&select->walker);
        if (select->paused) {
            select->paused_at = select->walker.row;
            return WALK_END;
        }
        select->walking = false;
    }
}

/* --- All houses at once --- */

static int next_merged(struct select *select, struct selected *ret)
{
    int step = WALK_ROW;
    if (!select->merge.started) {
        merge_start(&select->merge, &select->checker, select->after);
        int more = 0;
        while (step == WALK_ROW && (more = next_house(select)) == 1)
            step = merge_add(&select->merge, select->house);
        if (more < 0)
            return -1;
    }
    return step == WALK_ROW ? merge_next(&select->merge, ret) : step;
}

/* --- Sorting --- */

static int fill_sort(struct select *select)
{
    struct position at;
    int step = WALK_END;
    uint32_t limit = select->query.limit > 0 ? select->query.limit - select->emitted : 0;
    sort_start(&select->sort, select->rq, &select->plan.order, limit);
    int more;
    while ((more = next_house(select)) == 1) {
        begin_house(select, NULL);
        while ((step = walker_next(&select->walker, 0, NULL)) == WALK_ROW) {
            if (select->after != NULL) {
                order_values(&select->plan.order, select->house, select->checker.columns, &at);
                if (order_compare(&select->plan.order, &at, select->after) <= 0)
                    continue;
            }
            if (sort_add(&select->sort, &select->walker.row, select->checker.columns) < 0)
                return -1;
        }
        walker_close(&select->walker);
        if (step < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    sort_finish(&select->sort);
    select->sorted = true;
    return 0;
}

static int next_sorted(struct select *select, struct selected *ret)
{
    if (!select->sorted && fill_sort(select) < 0)
        return -1;
    return sort_next(&select->sort, ret) ? WALK_ROW : WALK_END;
}

/* --- Rows --- */

static int next_step(struct select *select, struct selected *ret)
{
    switch (select->mode) {
    case MODE_SEQUENCE: return next_in_sequence(select, ret);
    case MODE_MERGE: return next_merged(select, ret);
    default: return next_sorted(select, ret);
    }
}

/* Rows stay where they are while the view stands, so the last position may borrow from its row. */
static int keep_last(struct select *select, const struct selected *row)
{
    select->has_last = true;
    return select_position(select, row, &select->last);
}

int select_next(struct select *select, struct selected *ret)
{
    if (select->plan.never || select->paused || (select->query.limit > 0 && select->emitted == select->query.limit))
        return 0;
    int step = next_step(select, ret);
    if (step == WALK_UNSORTED) {
        turn_to_sorting(select);
        step = next_step(select, ret);
    }
    if (step != WALK_ROW)
        return step;
    if (select->keeps_last && select->mode != MODE_SORT && keep_last(select, ret) < 0)
        return -1;
    select->emitted++;
    return 1;
}

bool select_paused(const struct select *select, struct selected *ret)
{
    if (select->paused)
        *ret = select->paused_at;
    return select->paused;
}

const struct value *select_columns(struct select *select, const struct selected *row)
{
    const struct table *table = select->query.table;
    if (row_load(select->rq, table, row->key, row->bytes, NULL, table->column_count, select->rq->arena, select->columns) < 0)
        return NULL;
    return select->columns;
}

int select_position(struct select *select, const struct selected *row, struct position *ret)
{
    const struct value *columns = select_columns(select, row);
    if (columns == NULL)
        return -1;
    order_values(&select->plan.order, row->house, columns, ret);
    return 0;
}

int select_count(struct request *rq, const struct query *query, uint64_t *ret)
{
    struct select *select;
    struct selected row;
    struct query counted = *query;
    int got = 0;
    *ret = 0;
    counted.keys_only = true;
    counted.ordered = false;
    if (select_open(rq, &counted, &select) < 0)
        return -1;
    if (select->checker.asks) {
        while ((got = select_next(select, &row)) == 1)
            ++*ret;
    } else if (!select->plan.never) {
        int more = 0;
        while (got == 0 && (more = next_house(select)) == 1) {
            begin_house(select, NULL);
            got = walker_count(&select->walker, ret);
            walker_close(&select->walker);
        }
        got = more < 0 ? -1 : got;
    }
    select_close(select);
    return got;
}

/* --- Whole results --- */

/* Nobody looks into the secrets of a row that goes: one whose cells do not open can be deleted. */
static struct request request_for(const struct request *rq, enum policy_command command)
{
    struct request result = *rq;
    result.keeps_sealed |= command == POLICY_DELETE;
    return result;
}

static int copy_found(struct request *rq, const struct table *table, const struct selected *row, struct found *ret)
{
    key_start(&ret->key, key_tenant(row->key), key_relation(row->key));
    key_bytes(&ret->key, row->key.data + KEY_PREFIX_SIZE, row->key.size - KEY_PREFIX_SIZE);
    ret->bytes = arena_copy(rq->arena, row->bytes);
    ret->columns = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    return row_load(rq, table, row->key, ret->bytes, NULL, table->column_count, rq->arena, ret->columns);
}

int select_all(struct request *rq, const struct query *query, struct found **ret, int *ret_count)
{
    struct select *select;
    struct selected row;
    struct found *all = NULL;
    int count = 0, capacity = 0, got = 0;
    struct request copying = request_for(rq, query->command);
    if (select_open(rq, query, &select) < 0)
        return -1;
    while (got == 0 && (got = select_next(select, &row)) == 1) {
        if (count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            struct found *grown = ARENA_ARRAY(rq->arena, struct found, capacity);
            if (count > 0)
                memcpy(grown, all, sizeof *grown * (size_t)count);
            all = grown;
        }
        got = copy_found(&copying, query->table, &row, &all[count++]);
        if (got == 0 && arena_over(rq->arena))
            got = fail(rq->error, SQLSTATE_OUT_OF_MEMORY, "the rows to change pass %zu bytes", rq->arena->limit);
    }
    select_close(select);
    *ret = all;
    *ret_count = count;
    return got;
}

int select_by_key(struct request *rq, const struct table *table, enum policy_command command, uint32_t house,
                  const struct value *values, struct found *ret)
{
    struct guard guard;
    if (policy_using(rq, table, command, true, house, &guard) < 0)
        return -1;
    if (guard.access == ACCESS_NONE)
        return 0;
    struct request finding = request_for(rq, command);
    int found = table_find(&finding, table, house, values, ret);
    if (found == 1 && guard.access == ACCESS_FILTER && found_open(rq, table, ret) < 0)
        return -1;
    if (found == 1 && guard.access == ACCESS_FILTER)
        found = guard_admits(rq, &guard, key_tenant(key_slice(&ret->key)), ret->columns);
    return found;
}
