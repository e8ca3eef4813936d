/* A connection: a socket, what arrived and is not handled yet, what is to be sent.
 *
 *  (N1) Requests are taken in order. A read runs at once on the loop unless writes of this connection are pending: then it
 *       follows them through the writer, so a connection sees its own writes.
 *  (N2) The session belongs to the writer while writes_pending > 0 (it resolves roles there), else to the loop. `auth` waits
 *       until it is the loop's.
 *  (N3) A connection that cannot go on (its pipeline is full, the writer has no room, its reader is slow) is stalled: it
 *       is not read from and its next request stays where it is. Nothing is dropped. What ends the reason resumes it.
 *  (N4) The struct outlives its socket until its last job is back. */
#ifndef ROWHOUSE_SERVER_CONNECTION_H
#define ROWHOUSE_SERVER_CONNECTION_H

#include <ev.h>

#include "protocol/session.h"
#include "server/loop.h"

enum connection_state {
    CONNECTION_OPEN,
    CONNECTION_ENDING,              /* nothing more is read; what is pending is still answered, then it lingers or closes */
    CONNECTION_LINGERING,           /* all is sent; reads on until the peer closes, so that it gets the last words */
    CONNECTION_CLOSED,              /* no socket any more, jobs may be under way */
};

/* Why a connection does not go on (N3), and who resumes it. */
enum stall {
    STALL_NONE,
    STALL_TURN,                     /* it had its share of this turn: the next turn */
    STALL_FULL,                     /* too many requests in flight, or too much to send: a job's return, or the socket */
    STALL_WRITER,                   /* the writer has no room, or must finish first: a job's return, or loop_room() */
};

struct connection {
    struct loop *loop;
    int fd;
    enum connection_state state;
    ev_io readable, writable;
    ev_timer deadline;              /* for `auth`, later for lingering */
    struct connection *next, *previous;     /* of the loop; `next` also in its mailbox */
    struct connection *next_dirty;
    bool dirty;                     /* in the loop's list of those to look at before it sleeps */
    enum stall stall;

    struct buf in;                  /* begins at in_start */
    size_t in_start;
    const struct wire *wire;        /* what it speaks */
    struct wire_state wire_state;
    struct buf out;                 /* begins at out_start */
    size_t out_start;
    struct buf last;                /* the last words, sent when everything else is */

    int in_flight;                  /* jobs under way, parked replies included */
    int writes_pending;             /* of these, at the writer */

    struct session session;
};

struct connection *connection_new(int fd, const struct wire *wire);     /* on any thread; takes the socket */
void connection_adopt(struct connection *connection, struct loop *loop);

void connection_flush(struct connection *connection);   /* the turn's end: goes on if it was stalled, writes what is there */
void connection_dirty(struct connection *connection);
void connection_returned(struct connection *connection, struct job *job);   /* a job is back, with its reply */
/* Says why, stops reading, closes when all is answered. */
void connection_end(struct connection *connection, const struct error *last_error);

/* Begins the view of the requests that are being handled, unless it has begun, and resolves who asks in it. */
int connection_view(struct connection *connection, struct error *error);

#endif
