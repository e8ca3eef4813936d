/* The method `aggregate`: groups in a hash table by the key form of their columns, which is equal for equal values.
 *
 * Values of a group borrow the row that began it: rows stay where they are while the view stands. The number of groups is
 * limited by the request's arena (53200); the number of rows is not. */
#include "protocol/reading.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "engine/policy/rights.h"
#include "sql/aggregate.h"
#include "value/mp.h"

#include "engine/seal_row.h"
#include "protocol/methods.h"

#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)hash64(slice_of((key), (size)), 0))
#define uthash_malloc(size) memory_alloc(size)
#include <uthash.h>

#define RESULT_COLUMNS_MAX (ORDER_COLUMNS_MAX + AGGREGATES_MAX)

struct output {
    const char *name;                   /* "count(*)" */
    int column;                         /* of the table; -1: count(*) */
    struct aggregate aggregate;
};

/* An order over the result: asked for, or by the groups. */
struct result_order {
    int output;                         /* result column, from 0 */
    struct type type;
    struct key_order order;
};

struct group {
    UT_hash_handle hh;
    struct value values[ORDER_COLUMNS_MAX];     /* of the group columns */
    struct aggregate_state *states;
    struct value *results;
};

struct aggregation {
    struct request *rq;
    struct reading reading;
    struct column_list groups;
    int output_count;
    struct output outputs[AGGREGATES_MAX];
    int order_count;
    struct result_order order[RESULT_COLUMNS_MAX];
    bool *needed;
    int needed_end;
    struct value *columns;
    struct group *table;                /* uthash */
    uint32_t group_count;
};

/* --- What is asked --- */

static void need(struct aggregation *a, int column)
{
    a->needed[column] = true;
    if (column >= a->needed_end)
        a->needed_end = column + 1;
}

static int refuse_aggregates(struct aggregation *a)
{
    return fail(a->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE,
                "\"aggregates\" wants arrays of a function, a column's name or \"*\", and perhaps \"distinct\"");
}

static int read_output(struct aggregation *a, struct slice *in, struct output *ret)
{
    const struct table *table = a->reading.query.table;
    struct slice function, name, word = { 0 };
    uint32_t count;
    if (!mp_array(in, &count) || count < 2 || count > 3 || !mp_str(in, &function) || !mp_str(in, &name)
        || (count == 3 && (!mp_str(in, &word) || !slice_is(word, "distinct"))))
        return refuse_aggregates(a);
    bool all = slice_is(name, "*") && slice_is(function, "count") && count == 2;
    const struct type *type = NULL;
    ret->column = -1;
    if (!all) {
        if (args_column(a->rq, table, name, &ret->column) < 0)
            return -1;
        type = &table->columns[ret->column].type;
        need(a, ret->column);
    }
    ret->name = arena_printf(a->rq->arena, "%.*s(%s%.*s)", SLICE_FMT(function), count == 3 ? "distinct " : "", SLICE_FMT(name));
    return aggregate_choose(function, count == 3, type, &ret->aggregate, a->rq->error);
}

static int read_outputs(struct aggregation *a, struct slice object)
{
    uint32_t count = 0;
    if (object.data != NULL && !mp_array(&object, &count))
        return refuse_aggregates(a);
    if (count > AGGREGATES_MAX)
        return fail(a->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d aggregates", AGGREGATES_MAX);
    for (uint32_t i = 0; i < count; i++)
        if (read_output(a, &object, &a->outputs[a->output_count++]) < 0)
            return -1;
    return 0;
}

static int read_groups(struct aggregation *a, struct slice object)
{
    const struct table *table = a->reading.query.table;
    if (object.data == NULL)
        return 0;
    if (option_columns(a->rq, object, "group_by", table, &a->groups) < 0)
        return -1;
    if (a->groups.count > ORDER_COLUMNS_MAX)
        return fail(a->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"group_by\" has more than %d columns", ORDER_COLUMNS_MAX);
    for (int i = 0; i < a->groups.count; i++) {
        if (table->columns[a->groups.columns[i]].type.id == TYPE_JSON)
            return fail(a->rq->error, SQLSTATE_UNDEFINED_FUNCTION, "could not identify an equality operator for type json");
        need(a, a->groups.columns[i]);
    }
    return 0;
}

static int width(const struct aggregation *a)
{
    return a->groups.count + a->output_count;
}

static const char *output_name(const struct aggregation *a, int output)
{
    if (output < a->groups.count)
        return a->reading.query.table->columns[a->groups.columns[output]].name;
    return a->outputs[output - a->groups.count].name;
}

static struct type output_type(const struct aggregation *a, int output)
{
    if (output < a->groups.count)
        return a->reading.query.table->columns[a->groups.columns[output]].type;
    return a->outputs[output - a->groups.count].aggregate.type;
}

static int find_output(struct request *rq, void *env, struct slice name, int *ret)
{
    const struct aggregation *a = env;
    for (*ret = 0; *ret < width(a); ++*ret)
        if (slice_is(name, output_name(a, *ret)))
            return 0;
    return fail(rq->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%.*s\" of the result does not exist", SLICE_FMT(name));
}

static void order_by(struct aggregation *a, int output, struct key_order order)
{
    a->order[a->order_count++] = (struct result_order){ output, output_type(a, output), order };
}

static int read_order(struct aggregation *a, struct slice object)
{
    struct order asked;
    if (order_read(a->rq, find_output, a, object, &asked) < 0)
        return -1;
    for (int i = 0; i < asked.count; i++)
        order_by(a, asked.columns[i].column, asked.columns[i].order);
    for (int i = 0; i < a->groups.count; i++)
        order_by(a, i, (struct key_order){ 0 });
    return 0;
}

/* --- Rows into groups --- */

static struct group *group_new(struct aggregation *a)
{
    struct group *group = ARENA_NEW(a->rq->arena, struct group);
    group->states = ARENA_ARRAY(a->rq->arena, struct aggregate_state, a->output_count);
    group->results = ARENA_ARRAY(a->rq->arena, struct value, width(a));
    for (int i = 0; i < a->output_count; i++)
        aggregate_init(&group->states[i], &a->outputs[i].aggregate, a->rq->arena);
    for (int i = 0; i < a->groups.count; i++)
        group->values[i] = value_keep(&a->columns[a->groups.columns[i]], a->rq->arena);
    a->group_count++;
    return group;
}

/* The group of the row in hand; NULL with 53200. */
static struct group *group_of_row(struct aggregation *a, struct buf *key)
{
    const struct table *table = a->reading.query.table;
    struct group *group;
    buf_clear(key);
    buf_append_byte(key, 0);            /* no columns: one group, and its key is not empty */
    for (int i = 0; i < a->groups.count; i++) {
        int column = a->groups.columns[i];
        value_key(type_collated(table->columns[column].type, NULL), &a->columns[column], (struct key_order){ 0 }, key);
    }
    HASH_FIND(hh, a->table, key->data, key->size, group);
    if (group != NULL)
        return group;
    if (arena_over(a->rq->arena)) {
        fail(a->rq->error, SQLSTATE_OUT_OF_MEMORY, "the groups pass %zu bytes", a->rq->arena->limit);
        return NULL;
    }
    group = group_new(a);
    struct slice kept = arena_copy(a->rq->arena, buf_slice(key));
    HASH_ADD_KEYPTR(hh, a->table, kept.data, kept.size, group);
    return group;
}

static int add_row(struct aggregation *a, struct group *group, struct arena *scratch)
{
    static const struct value row = { .kind = VALUE_BOOL, .boolean = true };
    for (int i = 0; i < a->output_count; i++) {
        const struct value *value = a->outputs[i].column < 0 ? &row : &a->columns[a->outputs[i].column];
        if (aggregate_step(&group->states[i], value, scratch, a->rq->error) < 0)
            return -1;
    }
    if (scratch->used > 0)
        arena_reset(scratch);
    return 0;
}

static int add_rows(struct aggregation *a, struct select *select)
{
    const struct table *table = a->reading.query.table;
    struct selected row;
    struct buf key = { 0 };
    struct arena scratch, opened;
    int got;
    arena_init(&scratch, ARENA_REQUEST_MAX);
    arena_init(&opened, ARENA_REQUEST_MAX);
    while ((got = select_next(select, &row)) == 1) {
        struct group *group;
        if (opened.used > 0)
            arena_reset(&opened);
        if (row_load(a->rq, table, row.key, row.bytes, a->needed, a->needed_end, &opened, a->columns) < 0
            || (group = group_of_row(a, &key)) == NULL || add_row(a, group, &scratch) < 0) {
            got = -1;
            break;
        }
    }
    arena_done(&scratch);
    arena_done(&opened);
    buf_done(&key);
    return got;
}

/* --- Results --- */

static int compare_groups(const void *x, const void *y, void *env)
{
    const struct aggregation *a = env;
    const struct group *left = *(struct group *const *)x, *right = *(struct group *const *)y;
    for (int i = 0; i < a->order_count; i++) {
        const struct result_order *by = &a->order[i];
        int sign = value_order(by->type, by->order, &left->results[by->output], &right->results[by->output]);
        if (sign != 0)
            return sign;
    }
    return 0;
}

static int finish_group(struct aggregation *a, struct group *group)
{
    memcpy(group->results, group->values, sizeof *group->values * (size_t)a->groups.count);
    for (int i = 0; i < a->output_count; i++)
        if (aggregate_final(&group->states[i], &group->results[a->groups.count + i], a->rq->error) < 0)
            return -1;
    return 0;
}

static int finish(struct aggregation *a, struct group ***ret)
{
    uint32_t count = 0;
    if (a->groups.count == 0 && a->group_count == 0) {          /* no rows are one group, too, when none are asked for */
        struct group *group = group_new(a);
        HASH_ADD_KEYPTR(hh, a->table, "", 1, group);
    }
    struct group **groups = ARENA_ARRAY(a->rq->arena, struct group *, a->group_count);
    for (struct group *group = a->table; group != NULL; group = group->hh.next) {
        if (finish_group(a, group) < 0)
            return -1;
        groups[count++] = group;
    }
    if (count > 1)
        qsort_r(groups, count, sizeof *groups, compare_groups, a);
    *ret = groups;
    return 0;
}

static int put_result(struct aggregation *a, struct group *const *groups, struct buf *out)
{
    size_t before = out->size;
    uint32_t count = a->group_count;
    if (a->reading.options.limit.data != NULL && count > a->reading.limit)
        count = (uint32_t)a->reading.limit;
    mp_put_map(out, 2);
    mp_put_string(out, "columns");
    mp_put_array(out, (uint32_t)width(a));
    for (int i = 0; i < width(a); i++)
        mp_put_string(out, output_name(a, i));
    mp_put_string(out, "rows");
    mp_put_array(out, count);
    for (uint32_t n = 0; n < count; n++) {
        mp_put_array(out, (uint32_t)width(a));
        for (int i = 0; i < width(a); i++)
            value_store(output_type(a, i), &groups[n]->results[i], out);
        if (out->size - before > REPLY_SIZE_MAX - KIB(64)) {
            out->size = before;
            fail(a->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the groups pass the %zu bytes of a reply", REPLY_SIZE_MAX);
            return fail_hint(a->rq->error, "give a limit, or group by less");
        }
    }
    return 0;
}

static int run(struct aggregation *a, struct buf *out)
{
    struct select *select = NULL;
    struct group **groups;
    int result = 0;
    if (!a->reading.nowhere) {
        if (select_open(a->rq, &a->reading.query, &select) < 0)
            return -1;
        result = add_rows(a, select);
        select_close(select);
    }
    if (result == 0)
        result = finish(a, &groups);
    if (result == 0)
        result = put_result(a, groups, out);
    HASH_CLEAR(hh, a->table);
    return result;
}

/* SELECT of every column that is grouped by or aggregated: what a row is needed for. */
static int rights(struct aggregation *a)
{
    const struct table *table = a->reading.query.table;
    int *columns = ARENA_ARRAY(a->rq->arena, int, table->column_count), count = 0;
    for (int i = 0; i < table->column_count; i++)
        if (a->needed[i])
            columns[count++] = i;
    return rights_of_reading(a->rq, &a->reading.query, false, &(struct column_list){ count, columns });
}

static int start(struct aggregation *a, struct request *rq, struct args args)
{
    static const unsigned allowed = OPTION_AGGREGATES | OPTION_GROUP_BY | OPTION_WHERE | OPTION_ORDER | OPTION_LIMIT | OPTION_ORGANIZATION;
    a->rq = rq;
    if (reading_from_args(rq, args, allowed, &a->reading) < 0)
        return -1;
    const struct table *table = a->reading.query.table;
    a->needed = ARENA_ARRAY(rq->arena, bool, table->column_count);
    a->columns = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    if (read_groups(a, a->reading.options.group_by) < 0 || read_outputs(a, a->reading.options.aggregates) < 0)
        return -1;
    if (width(a) == 0)
        return refuse_aggregates(a);
    return read_order(a, a->reading.options.order) < 0 ? -1 : rights(a);
}

int aggregate_reading(struct request *rq, struct args args, struct reading *ret)
{
    struct aggregation *a = ARENA_NEW(rq->arena, struct aggregation);
    if (start(a, rq, args) < 0)
        return -1;
    *ret = a->reading;
    return 0;
}

int aggregate_method(struct request *rq, struct args args, struct buf *out)
{
    struct aggregation *a = ARENA_NEW(rq->arena, struct aggregation);
    return start(a, rq, args) < 0 ? -1 : run(a, out);
}
