#include "server/writer.h"

#include <assert.h>

#include "engine/changes.h"
#include "engine/load.h"
#include "engine/queries.h"
#include "engine/seal_mark.h"
#include "engine/super_admin.h"
#include "server/loop.h"
#include "server/server.h"

/* A turn ends when its log batch has this much, so that its sync stays short. */
/* How often a job runs again alone, each time with a map of twice the size. */
#define REPEATS_MAX 4

/* --- The queue --- */

#define QUEUE_LOW (WRITE_QUEUE_MAX / 2)         /* where room is announced to those who were refused */

bool writer_admit(struct writer *writer)
{
    for (;;) {
        if (atomic_fetch_add(&writer->admitted, 1) < WRITE_QUEUE_MAX)
            return true;
        atomic_fetch_sub(&writer->admitted, 1);
        /* Say so, then look again: the writer lowers the count, then looks whether anybody was refused. */
        atomic_store(&writer->refused, true);
        if (atomic_load(&writer->admitted) > QUEUE_LOW)
            return false;
    }
}

void writer_submit(struct writer *writer, struct job_list *jobs)
{
    pthread_mutex_lock(&writer->lock);
    job_append(&writer->queue, jobs);
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
}

/* Everything that queued; false when there is nothing left to do. */
static bool take(struct writer *writer, struct job_list *ret)
{
    pthread_mutex_lock(&writer->lock);
    while (writer->queue.count == 0 && !writer->stopping)
        pthread_cond_wait(&writer->work, &writer->lock);
    job_append(ret, &writer->queue);
    pthread_mutex_unlock(&writer->lock);
    return ret->count > 0;
}

static void leave_queue(struct writer *writer, int count)
{
    int before = atomic_fetch_sub(&writer->admitted, count);
    assert(before >= count);
    if (before - count <= QUEUE_LOW && atomic_exchange(&writer->refused, false))
        server_announce_room(writer->server);
}

/* --- Releasing replies --- */

void writer_durable(struct writer *writer, uint64_t lsn)
{
    struct job_list released = { 0 };
    pthread_mutex_lock(&writer->awaiting_lock);
    while (writer->awaiting.first != NULL && writer->awaiting.first->lsn <= lsn)
        job_push(&released, job_pop(&writer->awaiting));
    /* Delivered under the lock: two threads release, and the order of replies is that of the list (W2). */
    loops_deliver(&released);
    pthread_mutex_unlock(&writer->awaiting_lock);
}

/* A job waits for the last synchronous transaction up to its own, whose effects it may have seen; a relaxed one has no
 * LSN of its own to wait for, so among relaxed ones alone it goes out at once. */
static void finish_turn(struct writer *writer, struct job_list *done)
{
    int count = done->count;
    pthread_mutex_lock(&writer->awaiting_lock);
    job_append(&writer->awaiting, done);
    pthread_mutex_unlock(&writer->awaiting_lock);
    leave_queue(writer, count);
    writer_durable(writer, store_durable_lsn(writer->store));      /* it may have been synced meanwhile */
}

/* --- Running --- */

static bool touches_principals(const struct catalog *catalog, const struct changes *changes)
{
    for (int i = 0; i < changes->count; i++)
        if (principals_read(catalog, key_relation(changes->items[i].key)))
            return true;
    return false;
}

static struct request request_new(struct writer *writer, struct view *view, const struct principal *who, struct changes *changes)
{
    return (struct request){
        .view = view, .who = who, .now_us = sys_now_us(writer->server->sys), .id = ++writer->request_id,
        .sys = writer->server->sys, .host = &writer->server->host, .worker = WORKER_WRITER, .arena = &writer->arena, .changes = changes, .queries = writer->queries,
        .marks = writer->marks,
    };
}

/* The job's changes join the log's batch as one transaction; returns its LSN, 0 without changes, or undoes all of it. */
static uint64_t log_changes(struct writer *writer, struct job *job, struct request *rq)
{
    uint64_t lsn = 0;
    struct error error;
    struct transaction_info info = { .request_id = rq->id, .now_us = rq->now_us, .relaxed = job->relaxed && !changes_must_sync(rq) };
    if (rq->who->claims.has_uid)
        info.principal = rq->who->claims.uid;
    job->relaxed = info.relaxed;
    if (store_transaction(writer->store, &info, rq->changes->items, rq->changes->count, &lsn, &error) < 0) {
        rq->error = &error;
        changes_undo(rq, 0);
        job_fail(job, &error);
        return 0;
    }
    if (touches_principals(rq->view->catalog, rq->changes))
        writer->epoch++;
    return lsn;
}

/* Runs one job in the turn's view; whether it changed anything. */
static bool run_job(struct writer *writer, struct view *view, struct job *job)
{
    uint64_t lsn = 0;
    struct error error;
    struct changes changes = { .arena = &writer->arena };
    struct request rq = request_new(writer, view, job->who, &changes);
    int open = load_is_open(view, &error);
    if (open < 0 || principal_resolve(job->who, view, writer->epoch, &error) < 0) {
        job_fail(job, &error);
    } else {
        rq.load = open == 1 ? LOAD_OTHERS : LOAD_NONE;
        if (job_run(job, &rq) < 0)
            atomic_fetch_add(&writer->failures, 1);
        lsn = log_changes(writer, job, &rq);        /* of one that failed: the trail of a super admin, or nothing */
        if (lsn != 0 && !job->relaxed)
            writer->sync_lsn = lsn;
    }
    job->lsn = writer->sync_lsn;
    arena_reset(&writer->arena);
    return lsn != 0;
}

static bool turn_has_room(const struct writer *writer, const struct job_list *jobs, const struct job_list *done)
{
    return jobs->first != NULL && jobs->first->kind != METHOD_EXCLUSIVE && done->count < writer->turn_max &&
           !store_batch_full(writer->store) && !store_spoilt(writer->store);
}

/* The image cannot take a transaction (no space to grow): who asked is told, and nothing has happened. */
static void refuse_turn(struct writer *writer, struct job_list *jobs, struct job_list *done, const struct error *error)
{
    struct job *job = job_pop(jobs);
    job_fail(job, error);
    job->lsn = writer->sync_lsn;
    job_push(done, job);
}

/* The image's map was too small for the last of the jobs: nothing of the turn has happened. They run again with a larger
 * map, those before it first, then that one alone, so that only it fails if no map is large enough. */
static void repeat_turn(struct writer *writer, struct job_list *jobs, struct job_list *done)
{
    struct error error;
    writer->epoch++;                    /* what was resolved in this turn was perhaps never so */
    seal_marks_forget(writer->marks);
    for (struct job *job = done->first; job != NULL; job = job->next)
        buf_clear(&job->reply);
    writer->turn_max = done->count > 1 ? done->count - 1 : 1;
    writer->repeats = done->count > 1 ? 0 : writer->repeats + 1;
    job_append(done, jobs);
    *jobs = *done;
    *done = (struct job_list){ 0 };
    if (writer->repeats <= REPEATS_MAX)
        return;
    fail(&error, SQLSTATE_DISK_FULL, "the transaction touches more of the image than it can hold at once");
    fail_hint(&error, "change fewer rows at once");
    writer->turn_max = BATCH_REQUESTS_MAX;
    writer->repeats = 0;
    refuse_turn(writer, jobs, done, &error);
}

/* Commits what the jobs did, or gives all of it up. */
static void end_turn(struct writer *writer, struct view *view, bool changed, struct job_list *jobs, struct job_list *done)
{
    if (store_spoilt(writer->store)) {
        store_write_abort(writer->store, view);
        writer->sync_lsn = writer->turn_sync_lsn;
        repeat_turn(writer, jobs, done);
        return;
    }
    if (changed)
        store_write_commit(writer->store, view);
    else
        store_write_abort(writer->store, view);
    writer->turn_max = BATCH_REQUESTS_MAX;
    writer->repeats = 0;
}

/* One group commit of the jobs at the head of the list. */
static void run_turn(struct writer *writer, struct job_list *jobs)
{
    struct view view;
    struct error error;
    struct job_list done = { 0 };
    bool changed = false;
    writer->turn_sync_lsn = writer->sync_lsn;
    if (store_write_begin(writer->store, &view, &error) < 0) {
        refuse_turn(writer, jobs, &done, &error);
    } else {
        while (turn_has_room(writer, jobs, &done)) {
            struct job *job = job_pop(jobs);
            changed |= run_job(writer, &view, job);
            job_push(&done, job);
        }
        end_turn(writer, &view, changed, jobs, &done);
        atomic_store(&writer->principals_epoch, writer->epoch);
    }
    atomic_fetch_add(&writer->requests, (uint64_t)done.count);
    atomic_fetch_add(&writer->turns, 1);
    finish_turn(writer, &done);
}

/* A job that begins and commits turns of its own. */
static void run_exclusive(struct writer *writer, struct job *job)
{
    struct job_list done = { 0 };
    struct view nothing = { .store = writer->store };
    struct request rq = request_new(writer, &nothing, job->who, NULL);
    rq.marks = NULL;                    /* what it does may be given up with its catalog */
    job_run(job, &rq);
    arena_reset(&writer->arena);
    job->lsn = writer->sync_lsn = store_committed_lsn(writer->store);
    atomic_store(&writer->principals_epoch, ++writer->epoch);
    atomic_fetch_add(&writer->requests, 1);
    job_push(&done, job);
    finish_turn(writer, &done);
}

static void *writer_main(void *env)
{
    struct writer *writer = env;
    struct job_list jobs = { 0 };
    while (take(writer, &jobs))
        while (jobs.first != NULL)
            if (jobs.first->kind == METHOD_EXCLUSIVE)
                run_exclusive(writer, job_pop(&jobs));
            else
                run_turn(writer, &jobs);
    return NULL;
}

void writer_start(struct writer *writer, struct server *server)
{
    *writer = (struct writer){ .server = server, .store = server->store };
    pthread_mutex_init(&writer->lock, NULL);
    pthread_mutex_init(&writer->awaiting_lock, NULL);
    pthread_cond_init(&writer->work, NULL);
    arena_init(&writer->arena, ARENA_REQUEST_MAX);
    writer->queries = queries_new(server->prepared);
    writer->marks = seal_marks_new();
    writer->epoch = 1;
    writer->turn_max = BATCH_REQUESTS_MAX;
    atomic_store(&writer->principals_epoch, 1);
    writer->sync_lsn = store_committed_lsn(writer->store);
    server_thread(&writer->thread, "writer", writer_main, writer);
}

void writer_stop(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    arena_done(&writer->arena);
    queries_free(writer->queries);
    seal_marks_free(writer->marks);
}
