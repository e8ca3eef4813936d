#include "native/monitoring/slow_query.h"

#include <pg_query.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "native/groups.h"
#include "native/rows.h"
#include "sql/tell.h"
#include "value/utf8.h"

/* --- Shapes --- */

#define ELEMENTS_MAX 8                  /* of a list; what follows a longer one is not looked at: a load may bring megabytes */
#define DEPTH_MAX 6

/* What is a name and what a value follows from where it stands, never from what it looks like: a value may be a secret. */
static void put_name(struct slice name, struct buf *out)
{
    buf_append(out, name.data, name.size > NAME_MAX_BYTES ? NAME_MAX_BYTES : name.size);
}

static void hide_value(struct slice *in, struct buf *out)
{
    mp_skip(in, NULL);
    buf_append_byte(out, '?');
}

static bool has_room(struct slice *in, struct buf *out)
{
    if (in->size > 0 && out->size <= SHAPE_SIZE_MAX)
        return true;
    *in = slice_of(NULL, 0);
    buf_append_string(out, "...");
    return false;
}

/* [operator, column, value...], or of "and", "or" and "not" other filters. */
static void put_filter(struct slice *in, int depth, struct buf *out)
{
    uint32_t count;
    struct slice operator, column;
    if (mp_peek(*in) != MP_ARRAY || depth == DEPTH_MAX || !has_room(in, out)) {
        hide_value(in, out);
        return;
    }
    mp_array(in, &count);
    buf_append_byte(out, '[');
    bool named = count > 0 && mp_str(in, &operator);
    bool joins = named && (slice_is(operator, "and") || slice_is(operator, "or") || slice_is(operator, "not"));
    if (named)
        put_name(operator, out);
    for (uint32_t i = named; i < count && in->size > 0; i++) {
        buf_append_string(out, i > 0 ? " " : "");
        if (joins)
            put_filter(in, depth + 1, out);
        else if (named && i == 1 && mp_str(in, &column))
            put_name(column, out);
        else
            hide_value(in, out);
    }
    buf_append_byte(out, ']');
}

/* Options, a record, named parameters: keys are names. */
static void put_map(struct slice *in, struct buf *out)
{
    uint32_t count = 0;
    struct slice key;
    mp_map(in, &count);
    buf_append_byte(out, '{');
    for (uint32_t i = 0; i < count && has_room(in, out) && mp_str(in, &key); i++) {
        buf_append_string(out, i > 0 ? ", " : "");
        put_name(key, out);
        buf_append_string(out, ": ");
        if (slice_is(key, "where"))
            put_filter(in, 0, out);
        else
            hide_value(in, out);
    }
    buf_append_byte(out, '}');
}

/* Records, if that is what a list begins with; a key of several columns is a value. */
static void put_records(struct slice *in, struct buf *out)
{
    uint32_t count = 0;
    struct slice inside = *in;
    mp_array(&inside, &count);
    if (count == 0 || mp_peek(inside) != MP_MAP) {
        hide_value(in, out);
        return;
    }
    buf_append_byte(out, '[');
    for (uint32_t i = 0; i < count && i < ELEMENTS_MAX && has_room(&inside, out) && mp_peek(inside) == MP_MAP; i++) {
        buf_append_string(out, i > 0 ? " " : "");
        put_map(&inside, out);
    }
    buf_append_byte(out, ']');
    *in = count > ELEMENTS_MAX ? slice_of(NULL, 0) : inside;
}

static void put_operations(struct slice *in, struct buf *out);

/* The params behind a method's name. */
static void put_params(struct slice method, struct slice *in, uint32_t count, struct buf *out)
{
    bool sql = slice_is(method, "query") || slice_is(method, "execute") || slice_is(method, "prepare");
    struct slice text;
    for (uint32_t i = 0; i < count && has_room(in, out); i++) {
        buf_append_byte(out, ' ');
        if (i == 0 && slice_is(method, "txn"))
            put_operations(in, out);
        else if (i == 0 && sql && !slice_is(method, "execute") && mp_str(in, &text))
            sql_tell(text, SHAPE_SIZE_MAX, out);
        else if (i == 0 && mp_str(in, &text))
            put_name(text, out);
        else if (mp_peek(*in) == MP_MAP)
            put_map(in, out);
        else if (mp_peek(*in) == MP_ARRAY && !sql)
            put_records(in, out);
        else
            hide_value(in, out);
    }
}

/* [[method, param...], ...] */
static void put_operations(struct slice *in, struct buf *out)
{
    uint32_t count = 0, inside = 0;
    struct slice method;
    if (!mp_array(in, &count)) {
        hide_value(in, out);
        return;
    }
    buf_append_byte(out, '[');
    for (uint32_t i = 0; i < count && has_room(in, out); i++) {
        struct slice operation = { 0 };
        mp_skip(in, &operation);
        buf_append_string(out, i > 0 ? " [" : "[");
        if (mp_array(&operation, &inside) && inside > 0 && mp_str(&operation, &method)) {
            put_name(method, out);
            if (!slice_is(method, "txn"))           /* none is inside of another */
                put_params(method, &operation, inside - 1, out);
        }
        buf_append_byte(out, ']');
    }
    buf_append_byte(out, ']');
}

void query_shape(const char *method, struct slice params, uint32_t count, struct buf *out)
{
    struct slice text, in = params;
    if (strcmp(method, "query") == 0 && count > 0 && mp_str(&in, &text)) {
        sql_tell(text, SHAPE_SIZE_MAX, out);
        return;
    }
    buf_append_string(out, method);
    put_params(slice_of_string(method), &params, params.size > 0 ? count : 0, out);
}

/* --- Counting --- */

#define PROBES 8

struct shape {
    uint64_t hash;
    char *text;                     /* NULL: a free place */
    bool sql;
    int64_t calls, total_us, max_us;
};

/* One thread's table. */
struct shapes {
    pthread_mutex_t lock;           /* of its thread, and of whoever asks */
    struct buf scratch;
    struct shape items[SHAPES_MAX];
};

struct query_counts {
    _Atomic(struct shapes *) slots[WORKERS];        /* each made by its thread when it first counts */
};

struct query_counts *query_counts_new(void)
{
    return memory_alloc(sizeof(struct query_counts));
}

void query_counts_free(struct query_counts *counts)
{
    for (int i = 0; counts != NULL && i < WORKERS; i++) {
        struct shapes *shapes = atomic_load(&counts->slots[i]);
        if (shapes == NULL)
            continue;
        for (int s = 0; s < SHAPES_MAX; s++)
            free(shapes->items[s].text);
        buf_done(&shapes->scratch);
        pthread_mutex_destroy(&shapes->lock);
        free(shapes);
    }
    free(counts);
}

static struct shapes *own_shapes(struct query_counts *counts, enum worker worker)
{
    struct shapes *own = atomic_load_explicit(&counts->slots[worker], memory_order_relaxed);
    if (own == NULL) {
        own = memory_alloc(sizeof *own);
        pthread_mutex_init(&own->lock, NULL);
        atomic_store_explicit(&counts->slots[worker], own, memory_order_release);
    }
    return own;
}

/* The place of a shape: its own, a free one, or (Q1). */
static struct shape *place_of(struct shapes *shapes, uint64_t hash)
{
    struct shape *least = NULL;
    for (int i = 0; i < PROBES; i++) {
        struct shape *at = &shapes->items[(hash + (uint64_t)i) % SHAPES_MAX];
        if (at->text == NULL || at->hash == hash)
            return at;
        if (least == NULL || at->total_us < least->total_us)
            least = at;
    }
    return least;
}

void slow_query_count(struct query_counts *counts, enum worker worker, const char *method, struct slice params, uint32_t count, int64_t took_us)
{
    if (counts == NULL)
        return;
    struct shapes *shapes = own_shapes(counts, worker);
    pthread_mutex_lock(&shapes->lock);
    struct buf *text = &shapes->scratch;
    buf_clear(text);
    query_shape(method, params, count, text);
    uint64_t hash = hash64(buf_slice(text), 0);
    struct shape *shape = place_of(shapes, hash);
    if (shape->text == NULL || shape->hash != hash) {
        if (text->size > SHAPE_SIZE_MAX)
            text->size = SHAPE_SIZE_MAX;
        free(shape->text);
        *shape = (struct shape){ .hash = hash, .text = memory_string(buf_text(text)), .sql = strcmp(method, "query") == 0 };
    }
    shape->calls++;
    shape->total_us += took_us;
    if (took_us > shape->max_us)
        shape->max_us = took_us;
    pthread_mutex_unlock(&shapes->lock);
}

/* --- get_slow_queries --- */

#define REPORT_MAX 100                  /* queries of one answer */
#define PARENTHESES_MAX 200             /* libpg_query's parser has no guard of its stack */

struct query {
    struct query *next;
    uint64_t key;                   /* fingerprint of SQL, hash of a shape */
    const char *text;
    int64_t calls, total_us, max_us;
};

static uint64_t key_of(const struct shape *shape)
{
    struct error ignored;
    int open = 0;
    for (const char *at = shape->text; *at != '\0'; at++)
        open += *at == '(' || *at == '[';
    if (!shape->sql || open > PARENTHESES_MAX || strlen(shape->text) >= SHAPE_SIZE_MAX || utf8_check(slice_of_string(shape->text), &ignored) < 0)
        return shape->hash;
    PgQueryFingerprintResult found = pg_query_fingerprint(shape->text);
    uint64_t key = found.error == NULL ? found.fingerprint : shape->hash;
    pg_query_free_fingerprint_result(found);
    return key;
}

static void merge(struct request *rq, struct query **list, const struct shape *shape)
{
    uint64_t key = key_of(shape);
    struct query *query = *list;
    while (query != NULL && query->key != key)
        query = query->next;
    if (query == NULL) {
        query = ARENA_NEW(rq->arena, struct query);
        query->key = key;
        query->text = arena_string(rq->arena, slice_of_string(shape->text));
        query->next = *list;
        *list = query;
    }
    query->calls += shape->calls;
    query->total_us += shape->total_us;
    if (shape->max_us > query->max_us)
        query->max_us = shape->max_us;
}

static void gather(struct request *rq, struct query **list)
{
    struct query_counts *counts = rq->host->query_counts;
    for (int worker = 0; counts != NULL && worker < WORKERS; worker++) {
        struct shapes *each = atomic_load_explicit(&counts->slots[worker], memory_order_acquire);
        if (each == NULL)
            continue;
        pthread_mutex_lock(&each->lock);
        for (int i = 0; i < SHAPES_MAX; i++)
            if (each->items[i].text != NULL)
                merge(rq, list, &each->items[i]);
        pthread_mutex_unlock(&each->lock);
    }
}

/* Takes the query of the largest mean off the list; NULL when none reaches the threshold. */
static struct query *take_slowest(struct query **list, double threshold_us)
{
    struct query **slowest = NULL;
    for (struct query **at = list; *at != NULL; at = &(*at)->next) {
        double mean = (double)(*at)->total_us / (double)(*at)->calls;
        if (mean >= threshold_us && (slowest == NULL || mean > (double)(*slowest)->total_us / (double)(*slowest)->calls))
            slowest = at;
    }
    if (slowest == NULL)
        return NULL;
    struct query *taken = *slowest;
    *slowest = taken->next;
    return taken;
}

static void put_ms(struct buf *out, const char *name, double us)
{
    mp_put_string(out, name);
    mp_put_double(out, us / 1000);
}

static int get_slow_queries(struct request *rq, const struct value *values, struct buf *out)
{
    struct query *list = NULL, *query;
    struct buf entries = { 0 };
    uint32_t count = 0;
    int64_t threshold_ms;
    if (native_integer(rq, &values[0], "threshold_ms", 1000, 0, INT32_MAX, &threshold_ms) < 0)
        return -1;
    gather(rq, &list);
    for (; count < REPORT_MAX && (query = take_slowest(&list, (double)threshold_ms * 1000)) != NULL; count++) {
        mp_put_map(&entries, 5);
        put_text(&entries, "query", slice_of_string(query->text));
        put_int(&entries, "calls", query->calls);
        put_ms(&entries, "total_time", (double)query->total_us);
        put_ms(&entries, "mean_time", (double)query->total_us / (double)query->calls);
        put_ms(&entries, "max_time", (double)query->max_us);
    }
    mp_put_array(out, count);
    buf_append_slice(out, buf_slice(&entries));
    buf_done(&entries);
    return 0;
}

const struct native_function slow_query_functions[] = {
    { .name = "get_slow_queries", .caller = CALLER_ADMIN, .run = get_slow_queries,
      .returns = "[{query, calls, total_time, mean_time, max_time}]",
      .summary = "queries whose mean time in ms reaches a threshold, slowest first; counted since the server started",
      .parameters = { { "threshold_ms", TYPE_INT4, false, false, "1000 when left out" } } },
    { .name = NULL },
};
