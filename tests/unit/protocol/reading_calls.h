/* Methods that read, in the world of reading_fixture.h: called with params as JSON, and what they answer. */
#ifndef ROWHOUSE_TESTS_READING_CALLS_H
#define ROWHOUSE_TESTS_READING_CALLS_H

#include "../engine/reading_fixture.h"

#include "value/json.h"

static struct fixture fixture;
static struct buf out, text;

/* 0 and the result in `out`, or -1. */
static inline int call_raw(method_call *method, const char *json, struct slice *ret)
{
    struct fixture *f = &fixture;
    struct slice bytes;
    struct args args;
    error_clear(&f->error);
    MUST(json_parse(slice_of_string(json), &f->arena, &bytes, &f->error));
    error_clear(&f->error);
    args.rest = bytes;
    cr_assert(mp_array(&args.rest, &args.count));
    buf_clear(&out);
    buf_append_string(&out, "before");
    int result = method(&f->rq, args, &out);
    if (result < 0) {
        cr_assert(out.size == 6, "the reply is not as before");
        return -1;
    }
    *ret = slice_of(out.data + 6, out.size - 6);
    cr_assert(mp_check(*ret, WIRE_DEPTH_MAX) == (int64_t)ret->size);
    return 0;
}

/* The result as JSON, or the SQLSTATE. */
static inline const char *call(method_call *method, const char *json)
{
    struct slice reply;
    if (call_raw(method, json, &reply) < 0)
        return sqlstate_code(fixture.error.state);
    buf_clear(&text);
    json_to_compact(reply, &text);
    return buf_text(&text);
}

#endif
