#include "server/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine/queries.h"
#include "server/connection.h"
#include "server/server.h"

#define POOL_MAX        2048            /* jobs that a loop keeps for later */
#define PULSE_S         1.0             /* how long a loop sleeps at most */
#define POOL_BUFFER_MAX KIB(64)         /* and the largest buffer that they keep */

/* --- Jobs --- */

struct job *loop_job(struct loop *loop)
{
    struct job *job = job_pop(&loop->pool);
    if (job == NULL)
        job = memory_alloc(sizeof *job);
    job->loop = loop;
    return job;
}

static void job_back(struct loop *loop, struct job *job)
{
    struct buf args = job->args, reply = job->reply;
    if (loop->pool.count >= POOL_MAX) {
        job_free(job);
        return;
    }
    if (args.capacity > POOL_BUFFER_MAX)
        buf_done(&args);
    if (reply.capacity > POOL_BUFFER_MAX)
        buf_done(&reply);
    buf_clear(&args);
    buf_clear(&reply);
    *job = (struct job){ .args = args, .reply = reply };
    job_push(&loop->pool, job);
}

static void job_returns(struct loop *loop, struct job *job)
{
    connection_returned(job->connection, job);
    job_back(loop, job);
}

/* --- Waking --- */

static void wake(struct loop *loop)
{
    const uint64_t one = 1;
    if (!atomic_exchange(&loop->woken, true) && write(loop->wake_fd, &one, sizeof one) < 0) {
        /* Its counter is full, so it is awake. */
    }
}

/* Before the mailbox is looked at: who puts something in from here on sends another. A descriptor that epoll did not take comes with
 * an error, and without its watcher: once more, set anew, because libev takes what it asked for before as given. */
static void woken(struct loop *loop, int events)
{
    uint64_t count;
    if ((events & EV_ERROR) != 0) {
        ev_io_set(&loop->wake, loop->wake_fd, EV_READ);
        ev_io_start(loop->ev, &loop->wake);
    }
    if (read(loop->wake_fd, &count, sizeof count) < 0) {
        /* It came to the same thing twice. */
    }
    atomic_store(&loop->woken, false);
}

/* --- Parked replies --- */

static uint64_t durable(const struct loop *loop)
{
    return store_durable_lsn(loop->server->store);
}

/* Says what the oldest parked reply waits for, then looks again: the log thread advances the durable LSN, then looks
 * whether anybody waits for it. One of the two sees the other. */
static void announce_parked(struct loop *loop)
{
    struct job *first = loop->parked.first;
    atomic_store(&loop->parked_lsn, first == NULL ? 0 : first->lsn);
    if (first != NULL && durable(loop) >= first->lsn)
        wake(loop);
}

void loop_park(struct loop *loop, struct job *job)
{
    assert(loop->parked.last == NULL || loop->parked.last->lsn <= job->lsn);
    job_push(&loop->parked, job);
    atomic_fetch_add_explicit(&loop->counters.parked, 1, memory_order_relaxed);
    if (loop->parked.count == 1)
        announce_parked(loop);
}

static void release_parked(struct loop *loop)
{
    uint64_t lsn = durable(loop);
    if (loop->parked.first == NULL)
        return;
    while (loop->parked.first != NULL && loop->parked.first->lsn <= lsn)
        job_returns(loop, job_pop(&loop->parked));
    announce_parked(loop);
}

/* --- The mailbox --- */

void loop_accept(struct loop *loop, struct connection *connection)
{
    pthread_mutex_lock(&loop->lock);
    connection->next = loop->accepted;
    loop->accepted = connection;
    pthread_mutex_unlock(&loop->lock);
    wake(loop);
}

void loop_room(struct loop *loop)
{
    atomic_store(&loop->room, true);
    wake(loop);
}

void loop_durable(struct loop *loop, uint64_t lsn)
{
    uint64_t waits_for = atomic_load(&loop->parked_lsn);
    if (waits_for != 0 && waits_for <= lsn)
        wake(loop);
}

void loops_deliver(struct job_list *jobs)
{
    struct job_list lists[NET_THREADS_MAX] = { 0 };
    struct loop *loops[NET_THREADS_MAX] = { 0 };
    for (struct job *job; (job = job_pop(jobs)) != NULL;) {
        if (job->loop == NULL) {
            job_free(job);
            continue;
        }
        loops[job->loop->number] = job->loop;
        job_push(&lists[job->loop->number], job);
    }
    for (int i = 0; i < NET_THREADS_MAX; i++)
        if (loops[i] != NULL) {
            pthread_mutex_lock(&loops[i]->lock);
            job_append(&loops[i]->arrived, &lists[i]);
            pthread_mutex_unlock(&loops[i]->lock);
            wake(loops[i]);
        }
}

static void look_at_stalled(struct loop *loop)
{
    for (struct connection *c = loop->connections; c != NULL; c = c->next)
        if (c->stall == STALL_WRITER)
            connection_dirty(c);
}

/* The server stops: nobody is read from any more; what was asked is still answered. */
static void stop_reading(struct loop *loop)
{
    struct error error;
    fail(&error, SQLSTATE_ADMIN_SHUTDOWN, "the server is stopping");
    loop->stopping = true;
    for (struct connection *c = loop->connections; c != NULL; c = c->next)
        connection_end(c, &error);
}

static void on_wake(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct loop *loop = watcher->data;
    struct job_list arrived = { 0 };
    woken(loop, events);
    pthread_mutex_lock(&loop->lock);
    job_append(&arrived, &loop->arrived);
    struct connection *accepted = loop->accepted;
    loop->accepted = NULL;
    pthread_mutex_unlock(&loop->lock);
    while (arrived.first != NULL)
        job_returns(loop, job_pop(&arrived));
    release_parked(loop);
    while (accepted != NULL) {
        struct connection *next = accepted->next;
        connection_adopt(accepted, loop);
        accepted = next;
    }
    if (atomic_exchange(&loop->room, false))
        look_at_stalled(loop);
    if (atomic_load(&loop->stop))
        stop_reading(loop);
}

/* --- The turn --- */

static void loop_flush(struct ev_loop *ev, ev_prepare *watcher, int events)
{
    struct loop *loop = watcher->data;
    struct connection *dirty = loop->dirty;
    loop->dirty = NULL;
    while (dirty != NULL) {
        struct connection *c = dirty;
        dirty = c->next_dirty;
        c->dirty = false;
        connection_flush(c);
    }
    if (loop->outgoing.count > 0)
        writer_submit(&loop->server->writer, &loop->outgoing);
    if (loop->dirty != NULL)
        ev_idle_start(loop->ev, &loop->again);
    if (loop->stopping && loop->connections == NULL)
        ev_break(loop->ev, EVBREAK_ALL);
}

static void on_again(struct ev_loop *ev, ev_idle *watcher, int events)
{
    ev_idle_stop(ev, watcher);
}

static void on_pulse(struct ev_loop *ev, ev_timer *watcher, int events)
{
}

static void *loop_main(void *env)
{
    struct loop *loop = env;
    ev_run(loop->ev, 0);
    return NULL;
}

void loop_start(struct loop *loop, struct server *server, int number)
{
    *loop = (struct loop){ .server = server, .number = number };
    loop->ev = ev_loop_new(EVFLAG_AUTO);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert(loop->ev != NULL);
    assert(loop->wake_fd >= 0);
    loop->input = memory_alloc(LOOP_INPUT_SIZE);
    pthread_mutex_init(&loop->lock, NULL);
    arena_init(&loop->arena, ARENA_REQUEST_MAX);
    loop->queries = queries_new(server->prepared);
    ev_io_init(&loop->wake, on_wake, loop->wake_fd, EV_READ);
    ev_prepare_init(&loop->flush, loop_flush);
    ev_idle_init(&loop->again, on_again);
    ev_timer_init(&loop->pulse, on_pulse, PULSE_S, PULSE_S);
    loop->wake.data = loop->flush.data = loop;
    ev_io_start(loop->ev, &loop->wake);
    ev_prepare_start(loop->ev, &loop->flush);
    ev_timer_start(loop->ev, &loop->pulse);
    server_thread(&loop->thread, "net", loop_main, loop);
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stop, true);
    wake(loop);
}

void loop_join(struct loop *loop)
{
    pthread_join(loop->thread, NULL);
}

void loop_done(struct loop *loop)
{
    for (struct job *job; (job = job_pop(&loop->pool)) != NULL;)
        job_free(job);
    assert(loop->outgoing.count == 0 && loop->arrived.count == 0 && loop->parked.count == 0);
    arena_done(&loop->arena);
    queries_free(loop->queries);
    free(loop->input);
    pthread_mutex_destroy(&loop->lock);
    close(loop->wake_fd);
    ev_loop_destroy(loop->ev);
}
