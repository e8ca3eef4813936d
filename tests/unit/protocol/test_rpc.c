/* MessagePack-RPC: envelopes, however they are cut; replies and errors. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>

#include "protocol/rpc.h"

struct envelope_case {
    char name[32];
    char bytes[48];             /* hexadecimal */
    int want;                   /* of rpc_read */
    bool notification;
    uint32_t id;
    char method[8];
    uint32_t args;
};

static struct slice unhex(const char *hex, uint8_t *bytes)
{
    size_t size = 0;
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        unsigned byte;
        sscanf(hex, "%2x", &byte);
        bytes[size++] = (uint8_t)byte;
    }
    return slice_of(bytes, size);
}

ParameterizedTestParameters(rpc, envelopes)
{
    static struct envelope_case cases[] = {
        { "request",             "940001a470696e6790", 1, false, 1, "ping", 0 },
        { "largest id",          "9400ceffffffffa470696e6790", 1, false, UINT32_MAX, "ping", 0 },
        { "two params",          "940001a167920102", 1, false, 1, "g", 2 },
        { "notification",        "9302a470696e6790", 1, true, 0, "ping", 0 },
        { "array16",             "dc00040001a470696e6790", 1, false, 1, "ping", 0 },
        { "nothing yet",         "", 0, false, 0, "", 0 },
        { "half",                "940001a4", 0, false, 0, "", 0 },
        { "half of array16",     "dc", 0, false, 0, "", 0 },
        { "a response",          "940101c0c0", -1, false, 0, "", 0 },
        { "type 3",              "940301a470696e6790", -1, false, 0, "", 0 },
        { "type is text",        "94a13001a470696e6790", -1, false, 0, "", 0 },
        { "five elements",       "950001a470696e679090", -1, false, 0, "", 0 },
        { "three elements",      "930001a470696e67", -1, false, 0, "", 0 },
        { "id is negative",      "9400ffa470696e6790", -1, false, 0, "", 0 },
        { "id of 33 bits",       "9400cf0000000100000000a470696e6790", -1, false, 0, "", 0 },
        { "id is text",          "9400a131a470696e6790", -1, false, 0, "", 0 },
        { "method is a number",  "9400010190", -1, false, 0, "", 0 },
        { "params are a map",    "940001a470696e6780", -1, false, 0, "", 0 },
        { "a map",               "81a16101", -1, false, 0, "", 0 },
        { "http",                "474554202f", -1, false, 0, "", 0 },
        { "the unused byte",     "9400c1", -1, false, 0, "", 0 },
    };
    return cr_make_param_array(struct envelope_case, cases, sizeof cases / sizeof *cases);
}
ParameterizedTest(struct envelope_case *t, rpc, envelopes)
{
    uint8_t bytes[64];
    struct slice in = unhex(t->bytes, bytes);
    struct mp_scan scan = { .at = 0 };
    struct wire_request rpc;
    struct error error;
    size_t size = 0;
    error_clear(&error);
    cr_assert(eq(int, rpc_read(&scan, in, REQUEST_SIZE_MAX, &rpc, &size, &error), t->want), "%s", t->name);
    if (t->want < 0)
        cr_assert(eq(str, (char *)sqlstate_code(error.state), "08P01"), "%s", t->name);
    if (t->want <= 0)
        return;
    cr_assert(eq(sz, size, in.size), "%s", t->name);
    cr_assert(eq(int, rpc.notification, t->notification), "%s", t->name);
    cr_assert(t->notification || rpc.id == t->id, "%s", t->name);
    cr_assert(slice_is(rpc.name, t->method), "%s", t->name);
    cr_assert(eq(u32, rpc.args.count, t->args), "%s", t->name);
}

static void put_request(struct buf *out, uint32_t id, const char *method, struct slice text)
{
    mp_put_array(out, 4);
    mp_put_uint(out, 0);
    mp_put_uint(out, id);
    mp_put_string(out, method);
    mp_put_array(out, 2);
    mp_put_str(out, text);
    mp_put_map(out, 1);
    mp_put_string(out, "a");
    mp_put_array(out, 3);
    mp_put_nil(out);
    mp_put_double(out, 1.5);
    mp_put_bin(out, text);
}

/* Byte by byte, the scan says "not yet" until the last byte, and then the same as for all at once. */
Test(rpc, arrives_byte_by_byte)
{
    struct buf bytes = { 0 };
    struct mp_scan scan = { .at = 0 };
    struct wire_request rpc;
    struct error error;
    size_t size;
    put_request(&bytes, 7, "insert", SLICE_LITERAL("some text that is longer than one chunk"));
    for (size_t n = 1; n < bytes.size; n++)
        cr_assert(eq(int, rpc_read(&scan, slice_of(bytes.data, n), REQUEST_SIZE_MAX, &rpc, &size, &error), 0), "%zu bytes", n);
    cr_assert(eq(int, rpc_read(&scan, buf_slice(&bytes), REQUEST_SIZE_MAX, &rpc, &size, &error), 1));
    cr_assert(eq(sz, size, bytes.size));
    cr_assert(eq(u32, rpc.id, 7));
    cr_assert(eq(sz, scan.at, 0), "ready for the next message");
    buf_done(&bytes);
}

/* A large message in small reads costs a look a byte, not a look at everything a read (R1): 8 MiB of one-byte elements
 * in 100,000 reads would otherwise be 400 GB to look at. */
Test(rpc, looks_at_each_byte_once, .timeout = 5)
{
    struct buf bytes = { 0 };
    struct mp_scan scan = { .at = 0 };
    struct wire_request rpc;
    struct error error;
    size_t size, elements = MIB(7);
    mp_put_array(&bytes, 4);
    mp_put_uint(&bytes, 0);
    mp_put_uint(&bytes, 1);
    mp_put_string(&bytes, "m");
    mp_put_array(&bytes, (uint32_t)elements);
    memset(buf_reserve(&bytes, elements), 1, elements);
    bytes.size += elements;
    for (size_t n = 1; n < bytes.size; n += 80)
        cr_assert(eq(int, rpc_read(&scan, slice_of(bytes.data, n), REQUEST_SIZE_MAX, &rpc, &size, &error), 0));
    cr_assert(eq(int, rpc_read(&scan, buf_slice(&bytes), REQUEST_SIZE_MAX, &rpc, &size, &error), 1));
    buf_done(&bytes);
}

Test(rpc, refuses_what_is_too_large)
{
    struct buf bytes = { 0 };
    struct mp_scan scan = { .at = 0 };
    struct wire_request rpc;
    struct error error;
    size_t size;
    put_request(&bytes, 1, "m", SLICE_LITERAL("0123456789012345678901234567890123456789"));
    cr_assert(eq(int, rpc_read(&scan, buf_slice(&bytes), bytes.size - 1, &rpc, &size, &error), -1), "complete");
    cr_assert(eq(str, (char *)sqlstate_code(error.state), "54000"));
    scan = (struct mp_scan){ .at = 0 };
    cr_assert(eq(int, rpc_read(&scan, slice_of(bytes.data, bytes.size - 1), bytes.size - 2, &rpc, &size, &error), -1), "still arriving");
    cr_assert(eq(str, (char *)sqlstate_code(error.state), "54000"));
    scan = (struct mp_scan){ .at = 0 };
    cr_assert(eq(int, rpc_read(&scan, buf_slice(&bytes), bytes.size, &rpc, &size, &error), 1), "exactly as large as it may");
    buf_done(&bytes);
}

Test(rpc, refuses_what_nests_too_deeply)
{
    uint8_t deep[200];
    struct mp_scan scan = { .at = 0 };
    struct wire_request rpc;
    struct error error;
    size_t size;
    memset(deep, 0x91, sizeof deep);
    cr_assert(eq(int, rpc_read(&scan, slice_of(deep, sizeof deep), REQUEST_SIZE_MAX, &rpc, &size, &error), -1));
}

/* The four parts of an error, at the end of what was there. */
static void assert_error_reply(struct slice in, uint32_t id, const char *state, const char *message)
{
    uint32_t count;
    uint64_t number;
    struct slice text;
    cr_assert(mp_array(&in, &count) && count == 4);
    cr_assert(mp_uint(&in, &number) && number == 1);
    cr_assert(mp_uint(&in, &number) && number == id);
    cr_assert(mp_array(&in, &count) && count == 4);
    cr_assert(mp_str(&in, &text) && slice_is(text, state));
    cr_assert(mp_str(&in, &text) && slice_is(text, message), "%.*s", SLICE_FMT(text));
    cr_assert(mp_str(&in, &text) && slice_is(text, "d"));
    cr_assert(mp_str(&in, &text) && slice_is(text, ""));
    cr_assert(mp_nil(&in) && in.size == 0);
}

Test(rpc, turns_a_reply_into_an_error)
{
    struct buf out = { 0 };
    struct error error;
    buf_append_string(&out, "before");
    size_t start = rpc_reply_start(&out, 9);
    mp_put_string(&out, "half a result");
    fail(&error, SQLSTATE_UNIQUE_VIOLATION, "no");
    fail_detail(&error, "d");
    rpc_reply_fail(&out, start, 9, &error);
    assert_error_reply(slice_of(out.data + 6, out.size - 6), 9, "23505", "no");
    buf_done(&out);
}

Test(rpc, errors_are_utf8_whatever_they_quote)
{
    struct buf out = { 0 };
    struct error error;
    fail(&error, SQLSTATE_UNDEFINED_TABLE, "no \"\xff\xc3\x28\"");
    fail_detail(&error, "d");
    rpc_put_error(&out, 0, &error);
    assert_error_reply(buf_slice(&out), 0, "42P01", "no \"?" "?(\"");
    buf_clear(&out);
    fail(&error, SQLSTATE_UNDEFINED_TABLE, "no \"\xc3\xa4\"");
    fail_detail(&error, "d");
    rpc_put_error(&out, 0, &error);
    assert_error_reply(buf_slice(&out), 0, "42P01", "no \"\xc3\xa4\"");
    buf_done(&out);
}

Test(rpc, a_reply_that_is_too_large_is_an_error)
{
    struct buf out = { 0 };
    size_t start = rpc_reply_start(&out, 3);
    memset(buf_reserve(&out, REPLY_SIZE_MAX), 0, REPLY_SIZE_MAX);
    out.size += REPLY_SIZE_MAX - out.size;
    cr_assert(rpc_reply_end(&out, start, 3), "exactly as large as it may be");
    out.size++;
    cr_assert(not(rpc_reply_end(&out, start, 3)));
    cr_assert(lt(sz, out.size, 512));
    buf_done(&out);
}

Test(rpc, a_wire_finds_methods_and_its_replies_follow_each_other)
{
    static const char *const names[] = { "ping", "pingpong", "get" };
    struct wire_state state = { 0 };
    struct wire_request request;
    struct buf in = { 0 }, out = { 0 };
    struct error error = { 0 };
    size_t used = 0, size;
    uint32_t count, id = 0;
    uint64_t of_reply;
    for (int i = 0; i < 3; i++)
        put_request(&in, 7 + (uint32_t)i, names[i], SLICE_LITERAL("a parameter"));
    while (wire_msgpack.feed(&state, slice_of(in.data + used, in.size - used), REQUEST_SIZE_MAX, &request, &size, &error) == 1) {
        const char *name = names[id];
        cr_assert(slice_is(request.name, name) && request.id == 7 + id);
        cr_assert(eq(int, request.method != NULL, id != 1), "%s", name);
        size_t start = wire_msgpack.begin(&out, request.id);
        mp_put_string(&out, name);
        if (id == 1)
            wire_msgpack.fail(&out, start, request.id, &error);
        else
            cr_assert(wire_msgpack.end(&out, start, request.id));
        used += size;
        id++;
    }
    cr_assert(id == 3 && used == in.size);
    struct slice replies = buf_slice(&out), reply;
    for (id = 0; id < 3; id++) {
        cr_assert(mp_skip(&replies, &reply) && mp_array(&reply, &count) && count == 4);
        cr_assert(mp_skip(&reply, NULL) && mp_uint(&reply, &of_reply) && of_reply == 7 + id);
        cr_assert(mp_nil(&reply) == (id != 1));
    }
    cr_assert(replies.size == 0);
    buf_done(&in);
    buf_done(&out);
}
