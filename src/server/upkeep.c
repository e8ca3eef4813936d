#include "server/upkeep.h"

#include "base/memory.h"
#include "native/expiry.h"
#include "server/rekey.h"
#include "server/server.h"
#include "value/time.h"

/* The writer runs one step at a time, so these are its own. */
static struct expiry_sweep sweep;
static bool round_over;
static int64_t round_over_us;

static int upkeep_run(struct request *rq, struct args args, struct buf *out)
{
    int64_t deleted = 0;
    bool set_back = rq->now_us < round_over_us;     /* the clock: the next round is not put off by as much */
    if (!round_over || set_back || rq->now_us >= round_over_us + UPKEEP_ROUND_S * US_PER_SECOND) {
        int more = expiry_step(rq, &sweep, EXPIRY_ALL, UPKEEP_BUDGET, &deleted);
        if (more < 0)
            return -1;
        round_over = more == 0;
        round_over_us = rq->now_us;
    }
    struct seal_step ignored;
    if (reseal_step(rq, UPKEEP_BUDGET, &ignored) < 0)
        return -1;
    mp_put_int(out, deleted);
    return 0;
}

/* Not in the table of methods: no client can call it. */
static const struct method upkeep_method = {
    "upkeep", METHOD_WRITE, RIGHT_SERVICE, false, -1, upkeep_run, "", "removes what has expired, seals what is secret",
};

static void on_timer(struct ev_loop *ev, ev_timer *watcher, int events)
{
    struct upkeep *upkeep = watcher->data;
    struct job_list jobs = { 0 };
    if (!writer_admit(&upkeep->server->writer))
        return;
    struct job *job = memory_alloc(sizeof *job);
    job->who = &upkeep->who;
    job->method = &upkeep_method;
    job->kind = METHOD_WRITE;
    job->relaxed = true;
    job->notification = true;
    job_push(&jobs, job);
    writer_submit(&upkeep->server->writer, &jobs);
}

void upkeep_start(struct upkeep *upkeep, struct server *server)
{
    upkeep->server = server;
    principal_system(&upkeep->who);
    ev_timer_init(&upkeep->timer, on_timer, UPKEEP_PERIOD_S, UPKEEP_PERIOD_S);
    upkeep->timer.data = upkeep;
    ev_timer_start(server->ev, &upkeep->timer);
}

void upkeep_stop(struct upkeep *upkeep)
{
    ev_timer_stop(upkeep->server->ev, &upkeep->timer);
}
