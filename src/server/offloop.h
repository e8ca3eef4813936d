/* The off-loop thread: long administrative work (snapshot, backup, verify, plans), one at a time, beside everything else.
 * Its requests get a view that names the store and shows nothing; they begin their own.
 * They run as the service role, for which alone they are: their connection may sign in as somebody else meanwhile. */
#ifndef ROWHOUSE_SERVER_OFFLOOP_H
#define ROWHOUSE_SERVER_OFFLOOP_H

#include <pthread.h>

#include "server/job.h"

#define OFFLOOP_QUEUE_MAX 16

struct server;

struct offloop {
    struct server *server;
    struct principal who;
    pthread_t thread;
    pthread_mutex_t lock;               /* of the rest */
    pthread_cond_t work;
    struct job_list queue;
    int admitted;
    bool stopping;
};

void offloop_start(struct offloop *offloop, struct server *server);
void offloop_stop(struct offloop *offloop);         /* runs what is queued, then ends the thread */

/* 53400 when too much is queued; after 0 follows the job's offloop_submit(). */
int offloop_admit(struct offloop *offloop, struct error *error);
void offloop_submit(struct offloop *offloop, struct job *job);

#endif
