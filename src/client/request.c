/* Requests: tickets, outcomes, and repeating writes that carry an idempotency key. */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"
#include "base/uuid.h"
#include "value/mp.h"

int outcome(struct rh *db, enum rh_outcome outcome, enum sqlstate state, const char *format, ...)
{
    char message[ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fail(&db->error, state, "%s", message);
    return (int)outcome;
}

static int64_t deadline_of(const struct rh *db)
{
    return transport_now_us() + (int64_t)db->options.timeout_ms * 1000;
}

static void append_request(struct rh *db, uint32_t id, const char *method, struct slice params, uint32_t count)
{
    mp_put_array(&db->out, 4);
    mp_put_int(&db->out, 0);
    mp_put_int(&db->out, id);
    mp_put_string(&db->out, method);
    mp_put_array(&db->out, count);
    buf_append_slice(&db->out, params);
}

struct ticket *ticket_find(const struct rh *db, uint32_t id)
{
    struct ticket *ticket;
    HASH_FIND(hh, db->tickets, &id, sizeof id, ticket);
    return ticket;
}

void ticket_forget(struct rh *db, struct ticket *ticket)
{
    HASH_DEL(db->tickets, ticket);
    buf_done(&ticket->result);
    free(ticket);
}

/* The next id that no ticket has; 0 stays the server's, for what it says to nobody in particular. */
static uint32_t free_id(struct rh *db)
{
    do
        db->next_id++;
    while (db->next_id == 0 || ticket_find(db, db->next_id) != NULL);
    return db->next_id;
}

int64_t request_submit(struct rh *db, const char *method, struct slice params, uint32_t count)
{
    error_clear(&db->error);
    if (db->fd < 0)
        return outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "not connected to \"%s\"", db->address);
    if (params.size + 128 > REQUEST_SIZE_MAX)
        return outcome(db, RH_NOT_SENT, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a request of %zu bytes is over the limit of %zu",
                       params.size, (size_t)REQUEST_SIZE_MAX);
    struct ticket *ticket = memory_alloc(sizeof *ticket);
    ticket->id = free_id(db);
    ticket->row = strcmp(method, "get") == 0;
    HASH_ADD(hh, db->tickets, id, sizeof ticket->id, ticket);
    append_request(db, ticket->id, method, params, count);
    return ticket->id;
}

static int hand_out(struct ticket *ticket, struct rh_reply **ret)
{
    if (ret == NULL)
        return RH_OK;
    *ret = memory_alloc(sizeof **ret);
    (*ret)->bytes = ticket->result;
    (*ret)->is_row = ticket->row;
    ticket->result = (struct buf){ 0 };
    return RH_OK;
}

int request_wait(struct rh *db, uint32_t id, int64_t deadline_us, struct rh_reply **ret)
{
    struct ticket *ticket = ticket_find(db, id);
    int result = RH_UNKNOWN;
    if (ticket == NULL || ticket->state == TICKET_ABANDONED)
        return outcome(db, RH_MISUSE, SQLSTATE_PROTOCOL_VIOLATION, "there is no open ticket %u", id);
    error_clear(&db->error);
    if (ticket->state == TICKET_WAITING && transport_run(db, ticket, deadline_us) == RH_UNKNOWN && ticket->state == TICKET_WAITING) {
        ticket->state = TICKET_ABANDONED;
        return RH_UNKNOWN;
    }
    if (ticket->state == TICKET_ANSWERED) {
        error_clear(&db->error);
        result = hand_out(ticket, ret);
    } else if (ticket->state == TICKET_FAILED) {
        db->error = ticket->error;
        result = RH_REFUSED;
    } else if (db->error.state == SQLSTATE_OK) {
        outcome(db, RH_UNKNOWN, SQLSTATE_CONNECTION_FAILURE, "the connection to \"%s\" broke before the reply", db->address);
    }
    ticket_forget(db, ticket);
    return result;
}

/* Copies params with an idempotency key in the options map, unless the caller gave one there: that of rh_use_key(), else a fresh one. */
static void add_key(struct rh *db, const struct request_call *call, struct buf *out, uint32_t *ret_count)
{
    struct slice rest = call->params, object;
    uint32_t pairs = 0, position = 0;
    struct uuid uuid = uuid_random(db->sys);
    char key[UUID_TEXT_SIZE + 1];
    for (; (int)position < call->options_at; position++) {
        if (position < call->count && mp_skip(&rest, &object))
            buf_append_slice(out, object);
        else
            mp_put_nil(out);                            /* params that were left out before the options */
    }
    *ret_count = position + 1;
    if (position < call->count)
        mp_map(&rest, &pairs);
    struct slice key_name, scan = rest;
    for (uint32_t i = 0; i < pairs; i++) {
        if (mp_str(&scan, &key_name) && slice_is(key_name, "idempotency_key")) {
            mp_put_map(out, pairs);
            buf_append_slice(out, rest);
            return;
        }
        mp_skip(&scan, NULL);
    }
    mp_put_map(out, pairs + 1);
    buf_append_slice(out, rest);
    mp_put_string(out, "idempotency_key");
    uuid_format(&uuid, key);
    mp_put_string(out, db->key != NULL ? db->key : key);
}

/* Back on the line for another try, within the call's deadline. */
static int reconnect(struct rh *db, int64_t deadline_us)
{
    int timeout_ms = db->options.timeout_ms;
    int64_t left_ms = (deadline_us - transport_now_us()) / 1000;
    if (left_ms <= 0)
        return RH_NOT_SENT;
    db->options.timeout_ms = (int)left_ms;
    int result = rh_connect(db);
    db->options.timeout_ms = timeout_ms;
    return result;
}

int request_run(struct rh *db, const struct request_call *call, struct rh_reply **ret)
{
    struct buf params = { 0 };
    uint32_t count = call->count;
    int64_t deadline_us = deadline_of(db);
    int tries = call->writes && call->options_at >= 0 ? db->options.retries : 0;
    if (tries > 0 || (db->key != NULL && call->options_at >= 0))
        add_key(db, call, &params, &count);
    else
        buf_append_slice(&params, call->params);
    if (call->options_at >= 0) {
        free(db->key);
        db->key = NULL;
    }
    int result;
    for (;;) {
        int64_t id = request_submit(db, call->method, buf_slice(&params), count);
        result = id < 0 ? (int)id : request_wait(db, (uint32_t)id, deadline_us, ret);
        if (result != RH_UNKNOWN || tries-- == 0 || transport_now_us() >= deadline_us)
            break;
        while (db->fd < 0 && reconnect(db, deadline_us) != RH_OK && transport_now_us() < deadline_us)
            usleep(50 * 1000);
        if (db->fd < 0)
            break;
    }
    buf_done(&params);
    return result;
}

int64_t rh_submit(struct rh *db, const char *method, const char *format, ...)
{
    va_list args;
    buf_clear(&db->scratch);
    va_start(args, format);
    int count = pack_format(&db->scratch, format, args);
    va_end(args);
    struct slice params = buf_slice(&db->scratch);
    uint32_t elements;
    if (count != 1 || !mp_array(&params, &elements))
        return outcome(db, RH_MISUSE, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%s\" is not a format of one array", format);
    if (HASH_COUNT(db->tickets) >= PIPELINE_MAX) {
        /* Room is made by replies; those that wait are the caller's to take. */
        int run = transport_run(db, NULL, deadline_of(db));
        if (run != RH_OK || HASH_COUNT(db->tickets) >= PIPELINE_MAX)
            return outcome(db, RH_NOT_SENT, SQLSTATE_CONFIGURATION_LIMIT_EXCEEDED,
                           "%d tickets are open: wait for one first", PIPELINE_MAX);
    }
    return request_submit(db, method, params, elements);
}

int rh_wait(struct rh *db, int64_t ticket, struct rh_reply **ret)
{
    if (ticket <= 0 || ticket > UINT32_MAX)
        return outcome(db, RH_MISUSE, SQLSTATE_PROTOCOL_VIOLATION, "%lld is not a ticket", (long long)ticket);
    return request_wait(db, (uint32_t)ticket, deadline_of(db), ret);
}

int rh_flush(struct rh *db)
{
    return transport_run(db, NULL, deadline_of(db));
}

int rh_fd(const struct rh *db)
{
    return db->fd;
}

bool rh_wants_write(const struct rh *db)
{
    return db->out.size > 0;
}

int rh_advance(struct rh *db)
{
    error_clear(&db->error);
    return transport_advance(db);
}

int rh_push(struct rh *db)
{
    error_clear(&db->error);
    return transport_push(db);
}

bool rh_answered(const struct rh *db, int64_t ticket)
{
    struct ticket *found = ticket > 0 && ticket <= UINT32_MAX ? ticket_find(db, (uint32_t)ticket) : NULL;
    return found == NULL || found->state != TICKET_WAITING;
}
