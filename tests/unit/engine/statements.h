/* Statements of SQL in a small world: how they are run, and what their replies hold. */
#ifndef ROWHOUSE_TESTS_STATEMENTS_H
#define ROWHOUSE_TESTS_STATEMENTS_H

#include "world.h"

#include "protocol/query.h"

static struct queries *queries;         /* of the test's one thread */

static inline int run(struct request *rq, struct args args, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    rq->queries = queries;
    if (query_args(rq, args, false, &call) < 0 || queries_find(queries, call.text, &query, rq->error) < 0)
        return -1;
    return query_run(rq, query, &call, out);
}

static inline int explain(struct request *rq, struct args args, struct buf *out)
{
    rq->queries = queries;
    return explain_method(rq, args, out);
}

/* A member of the reply, as JSON. */
static inline const char *reply_part(struct world *w, const char *name)
{
    struct slice in = buf_slice(&w->out), key = { 0 };
    struct buf text = { 0 };
    uint32_t count;
    cr_assert(mp_map(&in, &count));
    while (count-- > 0 && mp_str(&in, &key) && !slice_is(key, name))
        mp_skip(&in, NULL);
    cr_assert(slice_is(key, name), "%s", name);
    json_to_text(in, &text);
    const char *copy = arena_string(&w->arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

#define part(name) reply_part(w, name)

#define ROWS(rows, ...)                                         \
    do {                                                        \
        SUCCEED(world_call(w, run, __VA_ARGS__));               \
        cr_assert_str_eq(part("rows"), rows);                   \
    } while (0)

/* A statement that writes so many rows. */
#define WRITES(count, ...)                                          \
    do {                                                            \
        SUCCEED(world_call(w, run, __VA_ARGS__));                   \
        cr_assert_str_eq(part("count"), #count);                    \
    } while (0)

#endif
