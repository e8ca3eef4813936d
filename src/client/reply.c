/* Replies as they arrive: filed under their tickets. Moves no bytes of its own. */
#include "client/client.h"

#include "value/mp.h"

/* The state of five characters; one that this library does not know reads as XX000, and the message says the rest. */
static enum sqlstate state_of(struct slice code)
{
    for (int state = 1; state < SQLSTATE_COUNT; state++)
        if (slice_is(code, sqlstate_code((enum sqlstate)state)))
            return (enum sqlstate)state;
    return SQLSTATE_INTERNAL_ERROR;
}

static void copy_text(struct slice *in, char *out, size_t size)
{
    struct slice text = { 0 };
    if (!mp_str(in, &text))
        mp_skip(in, NULL);
    size_t take = text.size < size - 1 ? text.size : size - 1;
    if (take > 0)
        memcpy(out, text.data, take);
    out[take] = '\0';
}

static void read_error(struct slice in, struct error *ret)
{
    uint32_t count = 0;
    struct slice code = { 0 };
    error_clear(ret);
    ret->state = SQLSTATE_INTERNAL_ERROR;
    if (!mp_array(&in, &count) || count != 4 || !mp_str(&in, &code))
        return;
    ret->state = state_of(code);
    copy_text(&in, ret->message, sizeof ret->message);
    copy_text(&in, ret->detail, sizeof ret->detail);
    copy_text(&in, ret->hint, sizeof ret->hint);
}

/* One whole message: [1, id, error, result]. */
static int file_one(struct rh *db, struct slice in)
{
    uint32_t count;
    int64_t kind, id;
    struct slice error, result;
    if (!mp_array(&in, &count) || count != 4 || !mp_int(&in, &kind) || kind != 1 || !mp_int(&in, &id) ||
        !mp_skip(&in, &error) || !mp_skip(&in, &result))
        return -1;
    struct ticket *ticket = ticket_find(db, (uint32_t)id);
    if (ticket == NULL) {
        /* Id 0 is ours never: the server says why it is about to close. */
        struct error last;
        read_error(error, &last);
        transport_break(db, last.message);
        return -1;
    }
    if (ticket->state == TICKET_ABANDONED) {
        ticket_forget(db, ticket);
        return 0;
    }
    if (mp_peek(error) == MP_NIL) {
        ticket->state = TICKET_ANSWERED;
        buf_append_slice(&ticket->result, result);
    } else {
        ticket->state = TICKET_FAILED;
        read_error(error, &ticket->error);
    }
    return 0;
}

int reply_file_all(struct rh *db)
{
    struct slice rest = buf_slice(&db->in);
    while (rest.size > 0) {
        int64_t size = mp_check(rest, WIRE_DEPTH_MAX);
        if (size == 0 && rest.size <= db->options.reply_size_max)
            break;
        if (size <= 0 || (size_t)size > db->options.reply_size_max) {
            transport_break(db, size < 0 ? "it sent no MessagePack" : "its reply is larger than reply_size_max");
            return -1;
        }
        if (file_one(db, slice_of(rest.data, (size_t)size)) < 0) {
            if (db->fd >= 0)
                transport_break(db, "it sent no MessagePack-RPC response");
            return -1;
        }
        rest = slice_of(rest.data + size, rest.size - (size_t)size);
    }
    memmove(db->in.data, rest.data, rest.size);
    db->in.size = rest.size;
    return 0;
}
