#include "server/connection.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/route.h"
#include "server/server.h"

#define TURN_REQUESTS_MAX 512           /* of one connection, then the others have their turn */
#define TURN_US_MAX       2000          /* the same in time; looked at every few requests */
#define LAST_WORDS_S      5.0           /* without progress while ending; then the socket is closed as it is */
#define STOP_LINGER_S     0.2           /* the same once all is sent and the server stops: idle peers may not look */
#define BUFFER_KEPT_MAX   KIB(64)       /* an idle connection keeps no larger buffer */

static void on_readable(struct ev_loop *ev, ev_io *watcher, int events);
static void on_writable(struct ev_loop *ev, ev_io *watcher, int events);
static void on_deadline(struct ev_loop *ev, ev_timer *watcher, int events);

static size_t out_pending(const struct connection *c)
{
    return c->out.size - c->out_start;
}

/* --- Life --- */

struct connection *connection_new(int fd, const struct wire *wire)
{
    struct connection *c = memory_alloc(sizeof *c);
    c->fd = fd;
    c->wire = wire;
    session_init(&c->session);
    return c;
}

void connection_adopt(struct connection *c, struct loop *loop)
{
    c->loop = loop;
    ev_io_init(&c->readable, on_readable, c->fd, EV_READ);
    ev_io_init(&c->writable, on_writable, c->fd, EV_WRITE);
    ev_timer_init(&c->deadline, on_deadline, (double)loop->server->config->auth_timeout_ms / 1000, LAST_WORDS_S);
    c->readable.data = c->writable.data = c->deadline.data = c;
    ev_io_start(loop->ev, &c->readable);
    ev_timer_start(loop->ev, &c->deadline);
    c->previous = NULL;
    c->next = loop->connections;
    if (c->next != NULL)
        c->next->previous = c;
    loop->connections = c;
    atomic_fetch_add(&loop->counters.connections, 1);
}

/* The socket goes at once; the struct when its last job is back (N4), in connection_flush. */
static void close_socket(struct connection *c)
{
    if (c->state == CONNECTION_CLOSED)
        return;
    ev_io_stop(c->loop->ev, &c->readable);
    ev_io_stop(c->loop->ev, &c->writable);
    ev_timer_stop(c->loop->ev, &c->deadline);
    close(c->fd);
    c->fd = -1;
    c->state = CONNECTION_CLOSED;
    connection_dirty(c);
}

static void destroy(struct connection *c)
{
    struct loop *loop = c->loop;
    assert(c->in_flight == 0 && c->writes_pending == 0);
    if (c->previous != NULL)
        c->previous->next = c->next;
    else
        loop->connections = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    buf_done(&c->in);
    buf_done(&c->out);
    buf_done(&c->last);
    session_done(&c->session);
    free(c);
    atomic_fetch_sub(&loop->counters.connections, 1);
    server_connection_gone(loop->server);
}

void connection_end(struct connection *c, const struct error *last_error)
{
    if (c->state != CONNECTION_OPEN)
        return;
    if (last_error != NULL)
        c->wire->error(&c->last, 0, last_error);
    c->state = CONNECTION_ENDING;
    ev_io_stop(c->loop->ev, &c->readable);
    ev_timer_again(c->loop->ev, &c->deadline);
    connection_dirty(c);
}

/* All is answered and sent. What the peer still sends is read and dropped until it closes: a socket that is closed with
 * unread bytes resets the connection, and the last error would be lost on the way. */
static void linger(struct connection *c)
{
    shutdown(c->fd, SHUT_WR);
    c->state = CONNECTION_LINGERING;
    if (c->loop->stopping)
        c->deadline.repeat = STOP_LINGER_S;
    ev_timer_again(c->loop->ev, &c->deadline);
    ev_io_start(c->loop->ev, &c->readable);
}

static void on_deadline(struct ev_loop *ev, ev_timer *watcher, int events)
{
    struct connection *c = watcher->data;
    struct error error;
    if (c->state != CONNECTION_OPEN) {
        if (c->state == CONNECTION_LINGERING || out_pending(c) > 0)
            close_socket(c);
        return;
    }
    fail(&error, SQLSTATE_INVALID_AUTHORIZATION, "no authentication within %d ms", (int)c->loop->server->config->auth_timeout_ms);
    connection_end(c, &error);
}

void connection_dirty(struct connection *c)
{
    if (c->dirty)
        return;
    c->dirty = true;
    c->next_dirty = c->loop->dirty;
    c->loop->dirty = c;
}

/* --- Requests --- */

int connection_view(struct connection *c, struct error *error)
{
    struct loop *loop = c->loop;
    if (!loop->viewing) {
        loop->epoch = atomic_load(&loop->server->writer.principals_epoch);     /* before the view begins, see principal.h */
        if (view_begin(loop->server->store, &loop->view, error) < 0)
            return -1;
        loop->viewing = true;
    }
    return principal_resolve(&c->session.who, &loop->view, loop->epoch, error);
}

/* Ends the view. If what it showed is not durable yet, the replies that came from it are parked until it is. */
static void settle(struct connection *c)
{
    struct loop *loop = c->loop;
    if (!loop->viewing)
        return;
    uint64_t lsn = loop->view.lsn;
    view_end(&loop->view);
    loop->viewing = false;
    size_t size = c->out.size - loop->unsettled;
    if (size == 0 || lsn <= store_durable_lsn(loop->server->store))
        return;
    struct job *job = loop_job(loop);
    job->connection = c;
    job->lsn = lsn;
    buf_append(&job->reply, c->out.data + loop->unsettled, size);
    c->out.size = loop->unsettled;
    c->in_flight++;
    loop_park(loop, job);
}

static bool may_take_more(const struct connection *c)
{
    return c->in_flight < PIPELINE_MAX && out_pending(c) < CONNECTION_OUT_MAX;
}

static bool had_its_turn(struct sys *sys, int taken, int64_t since_us)
{
    return taken == TURN_REQUESTS_MAX || (taken % 4 == 3 && sys_monotonic_us(sys) - since_us > TURN_US_MAX);
}

/* Handles the complete messages at the front of `bytes` and returns their size. */
static size_t take_requests(struct connection *c, struct slice bytes)
{
    struct loop *loop = c->loop;
    struct sys *sys = loop->server->sys;
    size_t used = 0, size;
    struct wire_request request;
    struct error error;
    int64_t since_us = sys_monotonic_us(sys);
    loop->now_us = sys_now_us(sys);
    loop->unsettled = c->out.size;
    for (int taken = 0; c->state == CONNECTION_OPEN && used < bytes.size; taken++) {
        size_t size_max = c->session.who.role == ROLE_NONE ? REQUEST_SIZE_UNAUTH_MAX : REQUEST_SIZE_MAX;
        c->stall = had_its_turn(sys, taken, since_us) ? STALL_TURN : !may_take_more(c) ? STALL_FULL : STALL_NONE;
        if (c->stall != STALL_NONE)
            break;
        int got = c->wire->feed(&c->wire_state, slice_of(bytes.data + used, bytes.size - used), size_max, &request, &size, &error);
        if (got < 0)
            connection_end(c, &error);
        if (got <= 0)
            break;
        if (route_request(c, &request) == ROUTE_STALL) {
            c->stall = STALL_WRITER;
            break;
        }
        used += size;
    }
    settle(c);
    if (out_pending(c) > 0 || c->stall == STALL_TURN)
        connection_dirty(c);
    if (c->stall != STALL_NONE)
        ev_io_stop(loop->ev, &c->readable);
    return used;
}

/* Forgets what was handled at the front of `in`. */
static void consume(struct connection *c, size_t used)
{
    c->in_start += used;
    if (c->in_start == c->in.size) {
        c->in_start = c->in.size = 0;
        if (c->in.capacity > BUFFER_KEPT_MAX)
            buf_done(&c->in);
    } else if (c->in_start > c->in.size / 2) {
        memmove(c->in.data, c->in.data + c->in_start, c->in.size - c->in_start);
        c->in.size -= c->in_start;
        c->in_start = 0;
    }
}

static void take_buffered(struct connection *c)
{
    consume(c, take_requests(c, slice_of(c->in.data + c->in_start, c->in.size - c->in_start)));
}

static void resume(struct connection *c)
{
    c->stall = STALL_NONE;
    take_buffered(c);
    if (c->stall == STALL_NONE && c->state == CONNECTION_OPEN)
        ev_io_start(c->loop->ev, &c->readable);
}

/* --- Sockets --- */

static void on_readable(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct connection *c = watcher->data;
    struct loop *loop = c->loop;
    if ((events & EV_ERROR) != 0) {         /* epoll did not take the socket: nothing of it would be heard again */
        close_socket(c);
        return;
    }
    bool fresh = c->in.size == 0 || c->state == CONNECTION_LINGERING;
    uint8_t *to = fresh ? loop->input : buf_reserve(&c->in, LOOP_INPUT_SIZE);
    ssize_t got = read(c->fd, to, LOOP_INPUT_SIZE);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0 || (got == 0 && c->state == CONNECTION_LINGERING)) {
        close_socket(c);
    } else if (got == 0) {
        connection_end(c, NULL);
    } else if (c->state == CONNECTION_OPEN) {
        atomic_fetch_add_explicit(&loop->counters.bytes_in, (uint64_t)got, memory_order_relaxed);
        if (fresh) {
            size_t used = take_requests(c, slice_of(to, (size_t)got));
            buf_append(&c->in, to + used, (size_t)got - used);
        } else {
            c->in.size += (size_t)got;
            take_buffered(c);
        }
    }
}

/* Sends what there is, as far as the socket takes it. */
static void send_out(struct connection *c)
{
    if (c->state == CONNECTION_ENDING && c->in_flight == 0 && c->last.size > 0) {
        buf_append_slice(&c->out, buf_slice(&c->last));
        buf_done(&c->last);
    }
    size_t size = out_pending(c);
    ssize_t sent = size == 0 ? 0 : send(c->fd, c->out.data + c->out_start, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        close_socket(c);
        return;
    }
    if (sent > 0) {
        c->out_start += (size_t)sent;
        atomic_fetch_add_explicit(&c->loop->counters.bytes_out, (uint64_t)sent, memory_order_relaxed);
        if (c->state == CONNECTION_ENDING)
            ev_timer_again(c->loop->ev, &c->deadline);
    }
    if (out_pending(c) > 0) {
        ev_io_start(c->loop->ev, &c->writable);
        return;
    }
    ev_io_stop(c->loop->ev, &c->writable);
    c->out_start = c->out.size = 0;
    if (c->out.capacity > BUFFER_KEPT_MAX)
        buf_done(&c->out);
    if (c->state == CONNECTION_ENDING && c->in_flight == 0)
        linger(c);
}

static void on_writable(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct connection *c = watcher->data;
    if ((events & EV_ERROR) != 0) {
        close_socket(c);
        return;
    }
    send_out(c);
    if (c->stall == STALL_FULL && may_take_more(c))
        connection_dirty(c);
}

void connection_flush(struct connection *c)
{
    if (c->stall != STALL_NONE && c->state == CONNECTION_OPEN)
        resume(c);
    if (c->state != CONNECTION_CLOSED && c->state != CONNECTION_LINGERING && !ev_is_active(&c->writable)) {
        send_out(c);
        if (c->stall == STALL_FULL && may_take_more(c))
            connection_dirty(c);
    }
    if (c->state == CONNECTION_CLOSED && c->in_flight == 0 && !c->dirty)
        destroy(c);
}

void connection_returned(struct connection *c, struct job *job)
{
    c->in_flight--;
    if (job->kind != METHOD_OFFLOOP && job->method != NULL)
        c->writes_pending--;
    if (c->state == CONNECTION_OPEN || c->state == CONNECTION_ENDING)
        buf_append_slice(&c->out, buf_slice(&job->reply));
    connection_dirty(c);
}
