/* The writer: the one thread that changes data. Group commit.
 *
 * Its turn: take what queued; begin one LMDB transaction of the image; run each request as a transaction of its own, with
 * its change list, which takes a failed one back; hand each list to the log's batch; commit. The log thread syncs
 * meanwhile, so the next turn collects what arrives during that sync: the slower the disk, the larger the batch.
 *
 *  (W1) A reply leaves after everything that its request could see is durable: its own transaction, those before it in
 *       the turn, and those committed before. Failures too, since an error also reveals what is stored.
 *       A relaxed transaction waits for those before it that are not, whose effects it may have seen, and not for itself.
 *  (W2) Replies are released in the order in which their transactions are logged.
 *  (W3) The queue is bounded by WRITE_QUEUE_MAX: a loop admits before it queues, and its connections wait when there is
 *       no room. Nothing that was queued is dropped.
 *  (W4) `principals_epoch` is published after the commit that touched a table that is read of each caller, so who reads the epoch and then begins
 *       a view never keeps an old role under a new epoch. */
#ifndef ROWHOUSE_SERVER_WRITER_H
#define ROWHOUSE_SERVER_WRITER_H

#include <pthread.h>
#include <stdatomic.h>

#include "server/job.h"

struct server;

struct writer {
    struct server *server;
    struct store *store;
    pthread_t thread;

    pthread_mutex_t lock;               /* of the next three */
    pthread_cond_t work;
    struct job_list queue;
    bool stopping;

    atomic_int admitted;                /* jobs that may be queued or run, WRITE_QUEUE_MAX at most */
    atomic_bool refused;                /* somebody was not admitted since room was last announced */

    pthread_mutex_t awaiting_lock;
    struct job_list awaiting;           /* run and committed, in the order of their LSNs, not durable yet */

    atomic_uint_fast64_t principals_epoch;

    /* The writer thread's own. */
    struct arena arena;
    struct queries *queries;
    struct seal_marks *marks;
    uint64_t epoch;                     /* principals_epoch once this turn is committed */
    uint64_t sync_lsn;                  /* the newest transaction that is not relaxed: what replies wait for */
    uint64_t turn_sync_lsn;             /* the same when the turn began */
    int turn_max, repeats;              /* jobs of the next turn; how often its first ran alone and found the map full */
    uint64_t request_id;
    atomic_uint_fast64_t requests, turns, failures;
};

void writer_start(struct writer *writer, struct server *server);
/* Runs what is queued, then ends the thread. */
void writer_stop(struct writer *writer);

/* Whether one more job may be queued; each success is followed by that job in a writer_submit(). */
bool writer_admit(struct writer *writer);
void writer_submit(struct writer *writer, struct job_list *jobs);       /* empties the list */

/* From the log thread: everything up to `lsn` is durable. */
void writer_durable(struct writer *writer, uint64_t lsn);

#endif
