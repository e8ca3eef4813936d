/* The synchronous calls: each packs its params and waits. */
#include "client/client.h"

#include <stdlib.h>

#include "base/memory.h"
#include "value/mp.h"

/* Methods that write, and where their options map stands among the params. A statement of SQL may only read: nothing is repeated
 * for it unasked. */
static const struct { const char *method; int options_at; bool writes; } writers[] = {
    { "insert", 2, true }, { "upsert", 2, true }, { "update", 3, true }, { "delete", 2, true }, { "txn", 1, true }, { "call", 2, true },
    { "query", 2, false }, { "execute", 2, false },
};

static int run(struct rh *db, const char *method, struct slice params, uint32_t count, struct rh_reply **ret)
{
    struct request_call call = { .method = method, .params = params, .count = count, .options_at = -1 };
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(method, writers[i].method) == 0) {
            call.options_at = writers[i].options_at;
            call.writes = writers[i].writes;
        }
    return request_run(db, &call, ret);
}

/* Packs `format`, which must be one object, or is NULL for none. */
static int pack_one(struct rh *db, const char *format, va_list args)
{
    int count = format == NULL ? 0 : pack_format(&db->scratch, format, args);
    if (count == 1 || format == NULL)
        return count;
    return outcome(db, RH_MISUSE, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%s\" is not a format of one object", format);
}

int rh_request(struct rh *db, struct rh_reply **ret, const char *method, const char *format, ...)
{
    va_list args;
    uint32_t elements = 0;
    buf_clear(&db->scratch);
    va_start(args, format);
    int count = pack_one(db, format, args);
    va_end(args);
    if (count < 0)
        return count;
    struct slice params = buf_slice(&db->scratch);
    if (!mp_array(&params, &elements))
        return outcome(db, RH_MISUSE, SQLSTATE_INVALID_PARAMETER_VALUE, "the params of \"%s\" must be one array", method);
    return run(db, method, params, elements, ret);
}

/* Most calls are [subject, what the format packs] and, for some, options. */
static int run_on(struct rh *db, const char *method, const char *subject, const char *options, struct rh_reply **ret,
                  const char *format, va_list args)
{
    buf_clear(&db->scratch);
    mp_put_string(&db->scratch, subject);
    int count = pack_one(db, format, args);
    if (count < 0)
        return count;
    if (options != NULL) {
        mp_put_map(&db->scratch, 1);
        mp_put_string(&db->scratch, options);
        mp_put_bool(&db->scratch, true);
    }
    return run(db, method, buf_slice(&db->scratch), (uint32_t)count + 1 + (options != NULL), ret);
}

int rh_use_key(struct rh *db, const char *key)
{
    error_clear(&db->error);
    if (key != NULL && (key[0] == '\0' || strlen(key) > IDEMPOTENCY_KEY_MAX))
        return outcome(db, RH_MISUSE, SQLSTATE_INVALID_PARAMETER_VALUE, "an idempotency key has 1 to %d bytes", IDEMPOTENCY_KEY_MAX);
    free(db->key);
    db->key = key == NULL ? NULL : memory_string(key);
    return RH_OK;
}

int rh_get(struct rh *db, const char *table, struct rh_reply **ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = run_on(db, "get", table, NULL, ret, format, args);
    va_end(args);
    return result;
}

int rh_insert(struct rh *db, const char *table, struct rh_reply **ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = run_on(db, "insert", table, ret != NULL ? "returning" : NULL, ret, format, args);
    va_end(args);
    return result;
}

int rh_scan(struct rh *db, const char *table, struct rh_reply **ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = run_on(db, "scan", table, NULL, ret, format, args);
    va_end(args);
    return result;
}

int rh_call(struct rh *db, const char *function, struct rh_reply **ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int result = run_on(db, "call", function, NULL, ret, format, args);
    va_end(args);
    return result;
}

int rh_txn(struct rh *db, struct rh_reply **ret, const char *format, ...)
{
    va_list args;
    buf_clear(&db->scratch);
    va_start(args, format);
    int count = pack_one(db, format, args);
    va_end(args);
    return count < 0 ? count : run(db, "txn", buf_slice(&db->scratch), (uint32_t)count, ret);
}
