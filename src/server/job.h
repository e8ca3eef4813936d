/* A request that left its connection's thread: for the writer, for the off-loop thread, or, once it was run, to wait
 * until what its reply reveals is durable. It carries copies of all that it needs; its connection outlives it.
 *
 * A job is owned by one thread at a time and changes hands through locked lists. Its loop makes it and takes it back
 * into its pool, so a request costs no malloc once the server is warm. */
#ifndef ROWHOUSE_SERVER_JOB_H
#define ROWHOUSE_SERVER_JOB_H

#include "protocol/wire.h"

struct connection;
struct loop;

struct job {
    struct job *next;
    struct loop *loop;                  /* whose it is; NULL: the server's own, nobody waits for a reply */
    struct connection *connection;
    const struct wire *wire;            /* what its reply is made of */
    struct principal *who;
    const struct method *method;        /* NULL: a reply that waits, there is nothing to run */
    enum method_kind kind;              /* of this very call */
    bool relaxed;
    bool notification;
    uint32_t id;
    uint32_t args_count;
    struct buf args;                    /* the params' elements */
    struct buf reply;                   /* one or more whole messages; empty: none */
    uint64_t lsn;                       /* the reply leaves when this is durable */
};

struct job_list {
    struct job *first, *last;
    int count;
};

static inline void job_push(struct job_list *list, struct job *job)
{
    job->next = NULL;
    if (list->last == NULL)
        list->first = job;
    else
        list->last->next = job;
    list->last = job;
    list->count++;
}

static inline struct job *job_pop(struct job_list *list)
{
    struct job *job = list->first;
    if (job != NULL) {
        list->first = job->next;
        if (list->first == NULL)
            list->last = NULL;
        list->count--;
    }
    return job;
}

/* Moves all of `from` to the end of `to`. */
static inline void job_append(struct job_list *to, struct job_list *from)
{
    if (from->first == NULL)
        return;
    if (to->last == NULL)
        to->first = from->first;
    else
        to->last->next = from->first;
    to->last = from->last;
    to->count += from->count;
    *from = (struct job_list){ 0 };
}

/* Runs the job's method and fills its reply: success or error. 0 or -1 as the method; what a failed one left among the changes
 * (protocol/superadmin.h) is to be logged as well. `rq` brings all but the error. */
int job_run(struct job *job, struct request *rq);
/* The reply becomes this error instead. */
void job_fail(struct job *job, const struct error *error);
void job_free(struct job *job);

#endif
