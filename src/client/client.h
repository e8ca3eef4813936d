/* What the files of librowhouse share: the connection and its open tickets.
 *
 * A request's life: pack.c makes its params, request.c gives it a ticket and puts it into `out`, transport.c moves bytes
 * both ways (it never writes without being ready to read, so that two full pipes cannot wait for each other) and files
 * each reply under its ticket; wait() hands it out. The parser of replies (reply.c) moves no bytes.
 *
 *  (L1) Every ticket ends exactly once: answered, or lost with its connection, or abandoned at its deadline.
 *  (L2) A reply to an abandoned ticket is dropped when it comes; the connection goes on. */
#ifndef ROWHOUSE_CLIENT_CLIENT_H
#define ROWHOUSE_CLIENT_CLIENT_H

#include <stdarg.h>

#include "base/buf.h"
#include "base/error.h"
#include "rowhouse/rowhouse.h"

#include <uthash.h>

#define TIMEOUT_DEFAULT_MS 5000

struct rh_reply {
    struct buf bytes;               /* the result object alone */
    bool is_row;                    /* of `get`: the result is a row, not {"rows"} */
};

struct rh_packed {
    struct buf bytes;               /* elements, without the container's header */
    char kind;                      /* '[', '{', or 0: one object, whole */
    uint32_t count;                 /* elements or pairs */
};

enum ticket_state { TICKET_WAITING, TICKET_ANSWERED, TICKET_FAILED, TICKET_LOST, TICKET_ABANDONED };

struct ticket {
    uint32_t id;
    enum ticket_state state;
    bool row;                       /* the method was `get` */
    struct error error;             /* TICKET_FAILED */
    struct buf result;              /* TICKET_ANSWERED */
    UT_hash_handle hh;
};

struct rh {
    struct sys *sys;
    char *address, *token;
    char *key;                      /* idempotency key of the next write; NULL: none */
    struct rh_options options;
    int fd;                         /* -1: not connected */
    uint32_t next_id;
    struct ticket *tickets;         /* by id */
    struct buf out;                 /* packed requests; out_sent bytes of it are on their way */
    size_t out_sent;
    struct buf in;                  /* received, not yet a whole message */
    struct buf scratch;             /* params being packed */
    struct error error;             /* of the last call */
};

/* pack.c: appends the objects that `format` describes; their number, or -1 for a wrong format. */
int pack_format(struct buf *out, const char *format, va_list args);

/* transport.c. Deadlines are CLOCK_MONOTONIC microseconds. */
int64_t transport_now_us(void);
int transport_connect(struct rh *db, int64_t deadline_us);          /* RH_OK or RH_NOT_SENT */
void transport_break(struct rh *db, const char *why);               /* closes; waiting tickets are lost */
/* Sends and receives until `ticket` (NULL: until `out` is sent) is no longer waiting, or the deadline. RH_OK, or RH_UNKNOWN. */
int transport_run(struct rh *db, const struct ticket *ticket, int64_t deadline_us);

/* The same without waiting. RH_OK, or RH_UNKNOWN when the connection broke. */
int transport_advance(struct rh *db);
int transport_push(struct rh *db);             /* sending only */

/* reply.c: files every whole message at the front of db->in. -1: the peer does not speak the protocol. */
int reply_file_all(struct rh *db);

/* request.c. */
struct ticket *ticket_find(const struct rh *db, uint32_t id);             /* NULL: none */
void ticket_forget(struct rh *db, struct ticket *ticket);
struct request_call {
    const char *method;
    struct slice params;            /* an array's elements */
    uint32_t count;
    int options_at;                 /* position of the options map among the params; -1: the method has none to add to */
    bool writes;
};
int request_run(struct rh *db, const struct request_call *call, struct rh_reply **ret);
int64_t request_submit(struct rh *db, const char *method, struct slice params, uint32_t count);
int request_wait(struct rh *db, uint32_t id, int64_t deadline_us, struct rh_reply **ret);

/* Sets the last error and returns `outcome`. */
int outcome(struct rh *db, enum rh_outcome outcome, enum sqlstate state, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
