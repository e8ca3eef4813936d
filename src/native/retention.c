/* The watch over rows that are old enough to be cleared, and cleanup_classified_data, which is it by hand. */
#include "native/retention.h"

#include "engine/classification.h"
#include "engine/houses.h"
#include "engine/scan/unique.h"
#include "native/groups.h"
#include "native/place.h"
#include "native/rows.h"

/* What a row takes off a step's budget: looking at it, and trying to write it. */
#define COST_OF_LOOK(size)  (1 + (int)((size) / KIB(8)))
#define COST_OF_WRITE(size) (3 + (int)((size) / 512))

/* --- What is to be cleared --- */

/* Classifications of one house, in the step's arena. */
struct demands {
    int count, capacity;
    struct classified *items;
};

struct sweep {
    struct request *rq;
    struct watch *watch;
    int budget;
    struct demands everywhere, own;
};

static int add_demand(struct request *rq, const struct value *row, void *env)
{
    struct demands *demands = env;
    struct classified classified;
    char reason[COLUMN_REASON_MAX];
    if (classification_read(rq->view->catalog, row, DEMAND_CLEARED, &classified, reason) != 1)
        return 0;
    if (demands->count == demands->capacity) {
        int capacity = demands->capacity == 0 ? 8 : 2 * demands->capacity;
        struct classified *items = ARENA_ARRAY(rq->arena, struct classified, capacity);
        if (demands->count > 0)
            memcpy(items, demands->items, sizeof *items * (size_t)demands->count);
        demands->items = items;
        demands->capacity = capacity;
    }
    demands->items[demands->count++] = classified;
    return 0;
}

/* A column is cleared in rows that were created before its instant here; TIME_MINUS_INFINITY: in none. */
struct limits {
    int64_t since_us[COLUMNS_MAX];
    int64_t latest_us;              /* of them */
};

static void add_limits(const struct demands *demands, const struct table *table, int64_t now_us, struct limits *limits)
{
    for (int i = 0; i < demands->count; i++) {
        if (demands->items[i].table != table)
            continue;
        int64_t since_us = days_ago(now_us, demands->items[i].days), *column_us = &limits->since_us[demands->items[i].column];
        *column_us = since_us > *column_us ? since_us : *column_us;
        limits->latest_us = since_us > limits->latest_us ? since_us : limits->latest_us;
    }
}

/* Whether anything of a table is to be cleared in the house that the watch is at (N1). */
static bool find_limits(const struct sweep *s, const struct table *table, struct limits *ret)
{
    if (s->watch->house != TENANT_SYSTEM && !table_in_houses(table))
        return false;
    ret->latest_us = TIME_MINUS_INFINITY;
    for (int i = 0; i < table->column_count; i++)
        ret->since_us[i] = TIME_MINUS_INFINITY;
    add_limits(&s->everywhere, table, s->rq->now_us, ret);
    add_limits(&s->own, table, s->rq->now_us, ret);
    return ret->latest_us > TIME_MINUS_INFINITY;
}

/* --- One row --- */

/* What a row's columns are to become. */
struct clearing {
    int count;
    struct value columns[COLUMNS_MAX];
    bool given[COLUMNS_MAX];
};

static struct value cleared_value(const struct column *column)
{
    return column->not_null ? column->default_value->constant : VALUE_OF_NULL;
}

static void find_clearing(const struct table *table, const struct limits *limits, const struct found *row, struct clearing *ret)
{
    int64_t created_us = found_instant(table, row, CREATED_COLUMN);
    *ret = (struct clearing){ 0 };
    for (int i = 0; i < table->column_count; i++) {
        if (created_us >= limits->since_us[i])
            continue;
        ret->columns[i] = cleared_value(&table->columns[i]);
        ret->given[i] = !value_identical(&row->columns[i], &ret->columns[i]);
        ret->count += ret->given[i];
    }
}

/* 1 it is cleared, 0 it is passed over and counted, -1. */
static int update(struct request *rq, struct watch *watch, const struct table *table, const struct found *row, const struct clearing *clearing,
                  struct found *ret)
{
    int numbers[INDEX_COLUMNS_MAX], mark = changes_mark(rq);
    struct value key[INDEX_COLUMNS_MAX];
    if (table_update(rq, table, row, clearing->columns, clearing->given, ret) == 0)
        return 1;
    for (int i = 0; i < table->primary->count; i++) {
        numbers[i] = table->primary->columns[i].column;
        key[i] = row->columns[numbers[i]];
    }
    fail_within(rq->error, "row %s of \"%s\"", key_detail(rq, table, numbers, table->primary->count, key), table->qualified);
    return watch_pass_over(watch, rq, mark);
}

/* Each of the columns alone, as far as they may go (N3): 1 some went, 0 none, -1. */
static int update_singly(struct request *rq, struct watch *watch, const struct table *table, const struct found *row, const struct clearing *clearing)
{
    struct clearing one = *clearing;
    struct found now = *row, updated;
    int cleared = 0;
    memset(one.given, false, sizeof one.given);
    for (int i = 0; i < table->column_count; i++) {
        struct watch ignored = { 0 };               /* the row is counted already */
        if (!clearing->given[i])
            continue;
        one.given[i] = true;
        int done = update(rq, &ignored, table, &now, &one, &updated);
        one.given[i] = false;
        if (done < 0)
            return -1;
        if (done == 1)
            now = updated;
        cleared |= done;
    }
    return cleared;
}

static int clear_row(struct request *rq, struct watch *watch, const struct table *table, const struct found *row, const struct clearing *clearing)
{
    struct found ignored;
    int done = update(rq, watch, table, row, clearing, &ignored);
    if (done == 0 && clearing->count > 1)
        done = update_singly(rq, watch, table, row, clearing);
    watch->done += done == 1;
    return done < 0 ? -1 : 0;
}

/* --- One table of one house --- */

static int start_walk(struct request *rq, const struct table *table, uint32_t house, int64_t before_us, struct walk *ret)
{
    if (table->columns[table_column(table, SLICE_LITERAL(CREATED_COLUMN))].type.id == TYPE_DATE)
        return walk_start(ret, rq, table->primary, house, NULL, 0, NULL, NULL, false);
    return recent_start(ret, rq, table, house, CREATED_COLUMN, TIME_MINUS_INFINITY, before_us, false);
}

static int look_at(struct sweep *s, struct request *row_rq, const struct table *table, const struct limits *limits, const struct found *row)
{
    struct clearing clearing;
    find_clearing(table, limits, row, &clearing);
    s->budget -= COST_OF_LOOK(row->bytes.size);
    if (clearing.count == 0)
        return 0;
    s->budget -= COST_OF_WRITE(row->bytes.size);
    return clear_row(row_rq, s->watch, table, row, &clearing);
}

/* The next row of a walk. One that does not open (N3) is for `verify` to report; the walk is behind it already, unless it is the
 * walk that fails. */
static int step(struct sweep *s, struct walk *walk, const struct limits *limits)
{
    struct key before = walk->next;
    struct found row;
    int got = walk_next(walk, &row);
    if (got >= 0)
        return got == 1 ? look_at(s, walk->rq, walk->index->table, limits, &row) : 0;
    if (walk->rq->error->state != SQLSTATE_DATA_CORRUPTED || slice_equal(key_slice(&before), key_slice(&walk->next)))
        return -1;
    watch_note(s->watch, walk->rq->error);
    s->budget--;
    return 0;
}

/* From where the watch stands, at least one row: 1 the budget is used up, 0 the table is done, -1. */
static int sweep_table(struct sweep *s, const struct table *table, const struct limits *limits)
{
    struct request row_rq = *s->rq;                 /* a row's own memory */
    struct arena scratch;
    struct walk walk;
    int got;
    if (start_walk(s->rq, table, s->watch->house, limits->latest_us, &walk) < 0)
        return -1;
    watch_resume(s->watch, &walk);
    arena_init(&scratch, ARENA_REQUEST_MAX);
    row_rq.arena = &scratch;
    walk.rq = &row_rq;
    do {
        got = step(s, &walk, limits);
        arena_reset(&scratch);
    } while (got == 0 && !walk.done && s->budget > 0);
    arena_done(&scratch);
    if (got < 0 || walk.done)
        return got;
    s->watch->next = walk.next;
    return 1;
}

/* --- A house, all houses --- */

/* 1 the budget is used up, 0 the house is done, -1. */
static int sweep_house(struct sweep *s)
{
    const struct catalog *catalog = s->rq->view->catalog;
    struct watch *watch = s->watch;
    s->own.count = 0;
    if (watch->house != TENANT_SYSTEM && classifications_each(s->rq, watch->house, add_demand, &s->own) < 0)
        return -1;
    for (; watch->stage < catalog->table_count; watch->stage++) {
        const struct table *table = catalog->tables[watch->stage];
        struct limits limits;
        if (!find_limits(s, table, &limits))
            continue;
        if (s->budget <= 0)
            return 1;
        int got = sweep_table(s, table, &limits);
        if (got != 0)
            return got;
        s->budget--;                                /* a table without rows costs a look too */
    }
    watch->stage = 0;
    return 0;
}

int retention_watch(struct request *rq, struct watch *watch, int budget)
{
    struct sweep s = { .rq = rq, .watch = watch, .budget = budget };
    if (rq->view->catalog->classifications == NULL)
        return 0;
    if (classifications_each(rq, TENANT_SYSTEM, add_demand, &s.everywhere) < 0)
        return -1;
    int more;
    do {
        int got = s.budget <= 0 ? 1 : sweep_house(&s);
        if (got != 0)
            return got;
        s.budget--;
    } while ((more = store_house_next(rq->view, watch->house, &watch->house, rq->error)) == 1);
    return more;
}

/* --- cleanup_classified_data --- */

#define BUDGET_DEFAULT 4096
#define BUDGET_MIN     16

enum { CLEANUP_CURSOR, CLEANUP_BUDGET };

/* What is written in one call fits into a transaction, so the default is the most. */
static int cleanup_classified_data(struct request *rq, const struct value *values, struct buf *out)
{
    struct place place;
    int64_t budget;
    if (native_integer(rq, &values[CLEANUP_BUDGET], "budget", BUDGET_DEFAULT, BUDGET_MIN, BUDGET_DEFAULT, &budget) < 0 ||
        place_read(rq, &values[CLEANUP_CURSOR], "cleanup_classified_data", TABLES_MAX, &place) < 0)
        return -1;
    struct watch watch = { .house = place.house, .stage = place.stage, .next = place.next };
    int more = retention_watch(rq, &watch, (int)budget);
    if (more < 0)
        return -1;
    mp_put_map(out, 3);
    put_int(out, "cleared", watch.done);
    put_int(out, "failed", watch.failed);
    place_put_next(out, more == 1, &(struct place){ watch.stage, watch.house, watch.next });
    return 0;
}

const struct native_function retention_functions[] = {
    { .name = "cleanup_classified_data", .writes = true, .relaxed = true, .caller = CALLER_ADMIN, .run = cleanup_classified_data,
      .returns = "{cleared, failed, next}",
      .summary = "clears classified columns of rows older than their retention_days, as the server does by itself; call it again with `next` "
                 "until that is nil",
      .parameters = { [CLEANUP_CURSOR] = CURSOR_PARAMETER,
                      [CLEANUP_BUDGET] = { "budget", TYPE_INT4, false, false, "rows to look at, from 16; 4096, the most, when left out" } } },
    { .name = NULL },
};
