/* A net loop: one thread, one libev loop, and the connections that it owns. Nobody else touches them.
 *
 * A turn: epoll says which sockets are readable; each is read once and what arrived is handled (connection.c). Replies
 * collect in their connections; before the loop sleeps, `loop_flush` writes each connection's once, and hands the
 * writes that this turn gathered to the writer with one lock. Other threads reach a loop only through its mailbox:
 * jobs that come back, connections that were accepted, and words (room in the writer's queue, an LSN became durable, stop).
 *
 *  (L1) A connection, its buffers and its jobs in the pool belong to the loop's thread alone.
 *  (L2) No reply leaves in the turn that made it before the view that it was read from has ended. */
#ifndef ROWHOUSE_SERVER_LOOP_H
#define ROWHOUSE_SERVER_LOOP_H

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>

#include "server/job.h"

#define LOOP_INPUT_SIZE KIB(128)        /* one read */

struct server;

/* What a loop counts; read by other threads. */
struct loop_counters {
    atomic_uint_fast64_t requests, errors, bytes_in, bytes_out, connections, parked;
};

struct loop {
    struct server *server;
    int number;
    pthread_t thread;
    struct ev_loop *ev;
    ev_io wake;                         /* of `wake_fd`; not an ev_async, whose descriptor libev would lose in silence */
    int wake_fd;
    atomic_bool woken;                  /* a wake is under way: another one need not be sent */
    ev_prepare flush;
    ev_idle again;                      /* there is more to do: do not sleep */
    ev_timer pulse;                     /* libev tells of a descriptor that epoll did not take when it has slept: not for long */

    pthread_mutex_t lock;               /* of the mailbox: the next two */
    struct job_list arrived;
    struct connection *accepted;
    atomic_bool room, stop;             /* words */
    atomic_uint_fast64_t parked_lsn;    /* the LSN that the oldest parked reply waits for; 0: none */

    struct connection *connections, *dirty;
    struct job_list outgoing;           /* for the writer, at the end of the turn */
    struct job_list parked;             /* replies that wait for an LSN, in its order */
    struct job_list pool;
    struct arena arena;                 /* of the request that runs */
    struct queries *queries;            /* statements of SQL that this loop has parsed */

    /* Of the requests of one connection that are being handled: their instant; their reads share a view, and the replies
     * from `unsettled` in its output wait until what it shows is durable. */
    int64_t now_us;
    struct view view;
    bool viewing;
    uint64_t epoch;                     /* of what is read of callers, when the view began */
    size_t unsettled;

    uint8_t *input;                     /* LOOP_INPUT_SIZE, shared: a connection keeps only what is left over */
    bool stopping;
    struct loop_counters counters;
};

void loop_start(struct loop *loop, struct server *server, int number);
/* Lets the thread end once every connection has had its replies; loop_join waits for it. */
void loop_stop(struct loop *loop);
void loop_join(struct loop *loop);
void loop_done(struct loop *loop);

/* From other threads. */
void loop_accept(struct loop *loop, struct connection *connection);
void loop_room(struct loop *loop);                      /* the writer's queue has room again */
void loop_durable(struct loop *loop, uint64_t lsn);
void loops_deliver(struct job_list *jobs);              /* to the loops that they came from; empties the list */

/* On the loop's thread. */
struct job *loop_job(struct loop *loop);                /* an empty one from the pool */
void loop_park(struct loop *loop, struct job *job);     /* a reply that waits for job->lsn */

#endif
