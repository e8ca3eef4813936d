#include "server/offloop.h"

#include "server/loop.h"
#include "server/server.h"

int offloop_admit(struct offloop *offloop, struct error *error)
{
    pthread_mutex_lock(&offloop->lock);
    bool room = offloop->admitted < OFFLOOP_QUEUE_MAX;
    offloop->admitted += room;
    pthread_mutex_unlock(&offloop->lock);
    if (room)
        return 0;
    fail(error, SQLSTATE_CONFIGURATION_LIMIT_EXCEEDED, "%d long operations are waiting already", OFFLOOP_QUEUE_MAX);
    return fail_hint(error, "try again when some of them are done");
}

void offloop_submit(struct offloop *offloop, struct job *job)
{
    pthread_mutex_lock(&offloop->lock);
    job_push(&offloop->queue, job);
    pthread_cond_signal(&offloop->work);
    pthread_mutex_unlock(&offloop->lock);
}

static struct job *take(struct offloop *offloop)
{
    pthread_mutex_lock(&offloop->lock);
    while (offloop->queue.count == 0 && !offloop->stopping)
        pthread_cond_wait(&offloop->work, &offloop->lock);
    struct job *job = job_pop(&offloop->queue);
    offloop->admitted -= job != NULL;
    pthread_mutex_unlock(&offloop->lock);
    return job;
}

static void run(struct offloop *offloop, struct job *job, struct arena *arena)
{
    struct job_list done = { 0 };
    struct sys *sys = offloop->server->sys;
    struct view nothing = { .store = offloop->server->store };
    struct request rq = {
        .view = &nothing, .who = &offloop->who, .now_us = sys_now_us(sys), .sys = sys, .host = &offloop->server->host,
        .worker = WORKER_BACKGROUND, .arena = arena,
    };
    job_run(job, &rq);
    arena_reset(arena);
    store_wait_durable(rq.view->store, store_committed_lsn(rq.view->store));    /* it may tell of what was just committed */
    job_push(&done, job);
    loops_deliver(&done);
}

static void *offloop_main(void *env)
{
    struct offloop *offloop = env;
    struct arena arena;
    arena_init(&arena, ARENA_REQUEST_MAX);
    for (struct job *job; (job = take(offloop)) != NULL;)
        run(offloop, job, &arena);
    arena_done(&arena);
    return NULL;
}

void offloop_start(struct offloop *offloop, struct server *server)
{
    *offloop = (struct offloop){ .server = server };
    principal_system(&offloop->who);
    offloop->who.owner = false;             /* all of its methods are the service role's, with the rights that it is granted */
    pthread_mutex_init(&offloop->lock, NULL);
    pthread_cond_init(&offloop->work, NULL);
    server_thread(&offloop->thread, "offloop", offloop_main, offloop);
}

void offloop_stop(struct offloop *offloop)
{
    pthread_mutex_lock(&offloop->lock);
    offloop->stopping = true;
    pthread_cond_signal(&offloop->work);
    pthread_mutex_unlock(&offloop->lock);
    pthread_join(offloop->thread, NULL);
}
