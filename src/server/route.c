#include "server/route.h"

#include <assert.h>

#include "protocol/superadmin.h"
#include "server/server.h"

/* A request's life, from here on:
 *   session     answered here
 *   read        runs here, in the view of this turn; its reply may be parked until that view is durable (connection.c)
 *   write       a job: writer_submit at the turn's end -> writer.c runs, logs, commits -> the log thread syncs ->
 *               writer_durable -> loops_deliver -> connection_returned -> connection_flush
 *   off-loop    a job too, on the thread of offloop.c
 * A read behind pending writes of its connection goes the way of a write (N1). */

static void refuse(struct connection *c, const struct wire_request *request, const struct error *error)
{
    atomic_fetch_add_explicit(&c->loop->counters.errors, 1, memory_order_relaxed);
    if (!request->notification)
        c->wire->error(&c->out, request->id, error);
}

static struct job *job_of(struct connection *c, const struct call_options *options, const struct wire_request *request)
{
    struct job *job = loop_job(c->loop);
    job->connection = c;
    job->wire = c->wire;
    job->who = &c->session.who;
    job->method = request->method;
    job->kind = options->kind;
    job->relaxed = options->relaxed;
    job->notification = request->notification;
    job->id = request->id;
    job->args_count = request->args.count;
    buf_append_slice(&job->args, request->args.rest);
    c->in_flight++;
    return job;
}

static enum route to_writer(struct connection *c, const struct call_options *options, const struct wire_request *request)
{
    if (!writer_admit(&c->loop->server->writer))
        return ROUTE_STALL;
    job_push(&c->loop->outgoing, job_of(c, options, request));
    c->writes_pending++;
    return ROUTE_DONE;
}

static enum route to_offloop(struct connection *c, const struct call_options *options, const struct wire_request *request)
{
    struct error error;
    struct offloop *offloop = &c->loop->server->offloop;
    assert(request->method->right == RIGHT_SERVICE);
    if (offloop_admit(offloop, &error) < 0)
        refuse(c, request, &error);
    else
        offloop_submit(offloop, job_of(c, options, request));
    return ROUTE_DONE;
}

static enum route reply_with(struct connection *c, const struct wire_request *request, size_t start, int result, const struct error *error)
{
    if (result < 0)
        c->wire->fail(&c->out, start, request->id, error);
    if (result < 0 || !c->wire->end(&c->out, start, request->id))
        atomic_fetch_add_explicit(&c->loop->counters.errors, 1, memory_order_relaxed);
    if (request->notification)
        c->out.size = start;
    return ROUTE_DONE;
}

static int resolve(void *env, struct error *error)
{
    return connection_view(env, error);
}

static enum route answer(struct connection *c, const struct wire_request *request)
{
    struct error error;
    const struct server *server = c->loop->server;
    const struct session_auth asked = { &server->service_key, server->token_keys, c->loop->now_us, resolve, c };
    size_t start = c->wire->begin(&c->out, request->id);
    int result = session_run(&c->session, &asked, request->method, request->args, &c->out, &error);
    if (c->session.who.role != ROLE_NONE)
        ev_timer_stop(c->loop->ev, &c->deadline);
    return reply_with(c, request, start, result, &error);
}

/* A read runs here and now, into the connection's output; if it must leave a trail, at the writer. */
static enum route read_here(struct connection *c, const struct call_options *options, const struct wire_request *request)
{
    struct error error;
    struct loop *loop = c->loop;
    struct request rq = {
        .view = &loop->view, .who = &c->session.who, .now_us = loop->now_us, .sys = loop->server->sys, .host = &loop->server->host,
        .worker = (enum worker)loop->number, .arena = &loop->arena, .error = &error,
        .queries = loop->queries,
    };
    int result = connection_view(c, &error);
    if (result == 0 && c->session.who.super_admin && superadmin_leaves_trail(&rq, request->method, options, request->args))
        return to_writer(c, options, request);
    size_t start = c->wire->begin(&c->out, request->id);
    if (result == 0)
        result = method_run_allowed(request->method, options, &rq, request->args, &c->out);
    arena_reset(&loop->arena);
    return reply_with(c, request, start, result, &error);
}

/* What may be said before anything runs. */
static int check(const struct connection *c, const struct wire_request *request, struct call_options *ret, struct error *error)
{
    if (request->method == NULL) {
        fail(error, SQLSTATE_UNDEFINED_FUNCTION, "method \"%.*s\" does not exist", SLICE_FMT(request->name));
        return fail_hint(error, "docs/protocol.md lists the methods");
    }
    if (session_allows(&c->session, request->method, c->loop->now_us, error) < 0)
        return -1;
    return method_options(request->method, request->args, c->loop->queries, ret, error);
}

enum route route_request(struct connection *c, const struct wire_request *request)
{
    struct error error;
    struct call_options options;
    atomic_fetch_add_explicit(&c->loop->counters.requests, 1, memory_order_relaxed);
    if (check(c, request, &options, &error) < 0) {
        refuse(c, request, &error);
        return ROUTE_DONE;
    }
    switch (options.kind) {
    case METHOD_SESSION:
        /* It may change the session, which is the writer's as long as writes are pending (N2). */
        return c->writes_pending > 0 ? ROUTE_STALL : answer(c, request);
    case METHOD_READ:
        return c->writes_pending > 0 ? to_writer(c, &options, request) : read_here(c, &options, request);
    case METHOD_OFFLOOP:
        return to_offloop(c, &options, request);
    case METHOD_WRITE:
    case METHOD_EXCLUSIVE:
        break;
    }
    return to_writer(c, &options, request);
}
