/* Shapes of requests, and the bounded table that counts them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "native/monitoring/slow_query.h"
#include "value/json.h"
#include "value/mp.h"

static struct arena arena;
static struct error error;
static struct query_counts *counts;

static struct slice params_of(const char *json, uint32_t *ret_count)
{
    struct slice params = { 0 };
    cr_assert(eq(int, json_parse(slice_of_string(json), &arena, &params, &error), 0), "%s", json);
    cr_assert(mp_array(&params, ret_count));
    return params;
}

static void time_of(const char *method, const char *json, int64_t took_us)
{
    uint32_t number;
    struct slice params = params_of(json, &number);
    slow_query_count(counts, 0, method, params, number, took_us);
}

static void set_up(void)
{
    arena_init(&arena, SIZE_MAX);
    counts = query_counts_new();
}

static void tear_down(void)
{
    query_counts_free(counts);
    arena_done(&arena);
}

TestSuite(slow_query, .init = set_up, .fini = tear_down);

Test(slow_query, shapes_keep_names_and_hide_values)
{
    static const struct { const char *method, *params, *shape; } cases[] = {
        { "get", "[\"contacts\", \"an id\"]", "get contacts ?" },
        { "scan", "[\"contacts\", {\"limit\": 5, \"where\": [\"=\", \"email\", \"a@b\"]}]", "scan contacts {limit: ?, where: [= email ?]}" },
        { "call", "[\"f\", {\"secret\": \"x\"}]", "call f {secret: ?}" },
        { "txn", "[[[\"insert\", \"t\", {\"a\": 1}], [\"delete\", \"t\", 2]]]", "txn [[insert t {a: ?}] [delete t ?]]" },
        { "query", "[\"select 1\", []]", "select ?" },
        { "ping", "[]", "ping" },
        { "insert", "[\"t\", [1, 2, 3, 4, 5, 6, 7, 8, 9], {\"durability\": \"sync\"}]", "insert t ? {durability: ?}" },
        { "get", "[[[[[[[[[1]]]]]]]], 1]", "get ? ?" },
        { "get", "[\"t\", [\"SECRET\", \"SECRET\"]]", "get t ?" },
        { "insert", "[\"t\", [{\"a\": [\"SECRET\", \"SECRET\"]}, {\"b\": {\"SECRET\": 1}}]]", "insert t [{a: ?} {b: ?}]" },
        { "scan", "[\"t\", {\"where\": [\"and\", [\"in\", \"a\", [\"SECRET\", \"SECRET\"]], [\"not\", [\"=\", [\"->>\", \"b\", \"SECRET\"], \"SECRET\"]]]}]",
          "scan t {where: [and [in a ?] [not [= ? ?]]]}" },
        { "update", "[\"t\", {\"where\": [\"=\", \"a\", \"SECRET\"]}, {\"a\": \"SECRET\"}, {\"returning\": true}]", "update t {where: [= a ?]} {a: ?} {returning: ?}" },
        { "execute", "[\"handle\", [\"SECRET\", {\"SECRET\": 1}]]", "execute handle ?" },
        { "query", "[\"select 'SECRET', $1\", [\"SECRET\"]]", "select ?, $1" },
        { "txn", "[[[\"query\", \"select 'SECRET'\"], [\"execute\", \"h\", [\"SECRET\", \"SECRET\"]], [\"txn\", [\"SECRET\"]], \"SECRET\"]]",
          "txn [[query select ?] [execute h ?] [txn] []]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf shape = { 0 };
        uint32_t number;
        struct slice params = params_of(cases[i].params, &number);
        query_shape(cases[i].method, params, number, &shape);
        cr_expect(eq(str, (char *)buf_text(&shape), (char *)cases[i].shape));
        buf_done(&shape);
    }
}

/* A member of an entry, whose names are in no order. */
static struct slice entry_member(struct slice entry, const char *name)
{
    uint32_t count;
    struct slice key, value = { 0 };
    cr_assert(mp_map(&entry, &count));
    while (count-- > 0) {
        cr_assert(mp_str(&entry, &key) && mp_skip(&entry, &value));
        if (slice_is(key, name))
            return value;
    }
    cr_fatal("no %s", name);
}

/* The answer of get_slow_queries: how many queries, and the mean of one of them (ms; 0: it is not there). */
static double report(int64_t threshold_ms, const char *query, uint32_t *ret_count, int64_t *ret_calls)
{
    struct host host = { .query_counts = counts };
    struct request rq = { .host = &host, .arena = &arena, .error = &error };
    struct value values[PARAMETERS_MAX] = { value_int(threshold_ms) };
    struct buf out = { 0 };
    struct slice text, entry, member;
    double mean = 0, found = 0;
    cr_assert(eq(int, native_find(SLICE_LITERAL("get_slow_queries"))->run(&rq, values, &out), 0));
    struct slice in = arena_copy(&arena, buf_slice(&out));
    buf_done(&out);
    cr_assert(mp_array(&in, ret_count));
    for (uint32_t i = 0; i < *ret_count; i++) {
        cr_assert(mp_skip(&in, &entry));
        member = entry_member(entry, "mean_time");
        cr_assert(mp_double(&member, &mean));
        cr_assert(ge(dbl, mean, (double)threshold_ms));
        member = entry_member(entry, "query");
        if (mp_str(&member, &text) && slice_is(text, query)) {
            found = mean;
            member = entry_member(entry, "calls");
            cr_assert(mp_int(&member, ret_calls));
        }
    }
    return found;
}

Test(slow_query, what_is_slow_stays_whatever_else_comes)
{
    uint32_t count;
    int64_t calls = 0;
    for (int i = 0; i < 3; i++)
        time_of("scan", "[\"slow\"]", 2000000);
    for (int i = 0; i < 20000; i++) {
        char params[64];
        snprintf(params, sizeof params, "[\"table_%d\"]", i);
        time_of("scan", params, 10);
    }
    cr_assert(eq(dbl, report(1000, "scan slow", &count, &calls), 2000.0));
    cr_assert(eq(u32, count, 1));
    cr_assert(eq(i64, calls, 3));
    report(0, "", &count, &calls);
    cr_assert(le(u32, count, 100));
}

Test(slow_query, texts_of_one_fingerprint_are_one_query)
{
    uint32_t count;
    int64_t calls = 0;
    time_of("query", "[\"select a from t where b = 1\"]", 1000000);
    time_of("query", "[\"select a from t where b = 2\"]", 3000000);
    time_of("query", "[\"this is no SQL\"]", 3000000);
    time_of("query", "[\"select a from t where b = 3\"]", 2000000);
    report(1000, "", &count, &calls);
    cr_assert(eq(u32, count, 2));
}
