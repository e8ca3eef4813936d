#include "protocol/rpc.h"

#include "value/utf8.h"

enum { RPC_REQUEST = 0, RPC_RESPONSE = 1, RPC_NOTIFICATION = 2 };

static int malformed(struct error *error, const char *what)
{
    fail(error, SQLSTATE_PROTOCOL_VIOLATION, "the message is not MessagePack-RPC: %s", what);
    return fail_hint(error, "a request is [0, id, method, params]");
}

/* The envelope of a message that is complete and sound MessagePack. */
static int read_envelope(struct slice in, struct wire_request *ret, struct error *error)
{
    uint32_t count;
    uint64_t type, id = 0;
    if (!mp_array(&in, &count) || !mp_uint(&in, &type))
        return malformed(error, "it is not an array that starts with a type");
    ret->notification = type == RPC_NOTIFICATION;
    if (type != RPC_REQUEST && type != RPC_NOTIFICATION)
        return malformed(error, "its type is neither 0 nor 2");
    if (count != (ret->notification ? 3 : 4))
        return malformed(error, "it has a wrong number of elements");
    if (!ret->notification && (!mp_uint(&in, &id) || id > UINT32_MAX))
        return malformed(error, "its id is not an unsigned integer of 32 bits");
    ret->id = (uint32_t)id;
    if (!mp_str(&in, &ret->name) || ret->name.size > METHOD_NAME_MAX)
        return malformed(error, "its method is not a short text");
    if (!mp_array(&in, &ret->args.count))
        return malformed(error, "its params are not an array");
    ret->args.rest = in;
    return 1;
}

int rpc_read(struct mp_scan *scan, struct slice bytes, size_t size_max, struct wire_request *ret, size_t *ret_size, struct error *error)
{
    if (bytes.size == 0)
        return 0;
    if (scan->at == 0 && mp_peek(bytes) != MP_ARRAY && (bytes.data[0] & 0xfe) != 0xdc)
        return malformed(error, "it does not start with an array");
    int64_t size = mp_check_more(scan, bytes, WIRE_DEPTH_MAX);
    if (size < 0)
        return malformed(error, "it is no MessagePack, or nests too deeply");
    if ((size_t)size > size_max || (size == 0 && bytes.size > size_max))
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the message has more than %zu bytes", size_max);
    if (size == 0)
        return 0;
    scan->at = 0;
    scan->depth = 0;
    *ret_size = (size_t)size;
    return read_envelope(slice_of(bytes.data, (size_t)size), ret, error);
}

size_t rpc_reply_start(struct buf *out, uint32_t id)
{
    size_t start = out->size;
    mp_put_array(out, 4);
    mp_put_uint(out, RPC_RESPONSE);
    mp_put_uint(out, id);
    mp_put_nil(out);
    return start;
}

/* A sentence may quote what a client sent; a str must be UTF-8 all the same. */
static void put_sentence(struct buf *out, const char *text)
{
    struct error ignored;
    struct slice bytes = slice_of_string(text);
    mp_put_str(out, bytes);
    if (utf8_check(bytes, &ignored) == 0)
        return;
    for (uint8_t *at = out->data + out->size - bytes.size; at < out->data + out->size; at++)
        if (*at >= 0x80)
            *at = '?';
}

void rpc_put_error(struct buf *out, uint32_t id, const struct error *error)
{
    mp_put_array(out, 4);
    mp_put_uint(out, RPC_RESPONSE);
    mp_put_uint(out, id);
    mp_put_array(out, 4);
    mp_put_string(out, sqlstate_code(error->state));
    put_sentence(out, error->message);
    put_sentence(out, error->detail);
    put_sentence(out, error->hint);
    mp_put_nil(out);
}

void rpc_reply_fail(struct buf *out, size_t start, uint32_t id, const struct error *error)
{
    out->size = start;
    rpc_put_error(out, id, error);
}

bool rpc_reply_end(struct buf *out, size_t start, uint32_t id)
{
    struct error error;
    size_t size = out->size - start;
    if (size <= REPLY_SIZE_MAX)
        return true;
    fail(&error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the reply has %zu bytes, more than %zu", size, REPLY_SIZE_MAX);
    fail_hint(&error, "ask for fewer rows or columns");
    rpc_reply_fail(out, start, id, &error);
    return false;
}

static int feed(struct wire_state *state, struct slice bytes, size_t size_max, struct wire_request *ret, size_t *ret_size, struct error *error)
{
    int got = rpc_read(&state->scan, bytes, size_max, ret, ret_size, error);
    if (got == 1)
        ret->method = method_find(ret->name);
    return got;
}

const struct wire wire_msgpack = { feed, rpc_reply_start, rpc_reply_end, rpc_reply_fail, rpc_put_error };
