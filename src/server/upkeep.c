#include "server/upkeep.h"

#include <assert.h>

#include "base/log.h"
#include "base/memory.h"
#include "native/expiry.h"
#include "native/restore.h"
#include "native/retention.h"
#include "protocol/rekey.h"
#include "protocol/rpc.h"
#include "server/server.h"
#include "value/time.h"

/* --- Steps: 1 there is more of the round, 0 it is over, -1 --- */

/* The writer runs one step at a time, so these are its own. */
static struct expiry_sweep sweep;
static struct watch alerts, escalations, retention;

static int expiry_chore(struct request *rq)
{
    int64_t deleted = 0;
    return expiry_step(rq, &sweep, EXPIRY_ALL, UPKEEP_BUDGET, &deleted);
}

static int seal_chore(struct request *rq)
{
    struct seal_step ignored;
    return reseal_step(rq, UPKEEP_BUDGET, &ignored) < 0 ? -1 : 1;
}

/* What a round passed over is told once, at its end. */
static int end_of(struct watch *watch, const char *event, const char *name, int more)
{
    if (more == 1)
        return 1;
    if (watch->failed > 0)
        log_event(LOG_WARN, event, "chore", "%s", name, "count", "%d", watch->failed, "sqlstate", "%s", sqlstate_code(watch->failure.state),
                  "message", "%s", watch->failure.message, NULL);
    *watch = (struct watch){ 0 };
    return more;
}

static int alert_chore(struct request *rq)
{
    return end_of(&alerts, "rules_failed", "alerts", alert_watch(rq, &alerts, UPKEEP_BUDGET));
}

static int escalation_chore(struct request *rq)
{
    return end_of(&escalations, "rules_failed", "escalations", escalation_watch(rq, &escalations, UPKEEP_BUDGET));
}

static int retention_chore(struct request *rq)
{
    return end_of(&retention, "rows_not_cleared", "retention", retention_watch(rq, &retention, UPKEEP_BUDGET));
}

static int restore_chore(struct request *rq)
{
    return restore_take_back_idle(rq, UPKEEP_BUDGET);
}

/* --- Chores --- */

struct chore {
    const char *name;
    int (*step)(struct request *rq);
    int64_t interval_us;            /* between two rounds; 0: none */
    bool round_over;                /* this and the time are the writer's */
    int64_t round_over_us;
};

enum { CHORE_EXPIRY, CHORE_RESEAL, CHORE_ALERTS, CHORE_ESCALATIONS, CHORE_RETENTION, CHORE_RESTORE, CHORE_COUNT };
static struct chore chores[CHORE_COUNT] = {
    [CHORE_EXPIRY] = { "expiry", expiry_chore, UPKEEP_ROUND_S * US_PER_SECOND },
    [CHORE_RESEAL] = { "reseal", seal_chore, UPKEEP_ROUND_S * US_PER_SECOND },
    [CHORE_ALERTS] = { "alerts", alert_chore },
    [CHORE_ESCALATIONS] = { "escalations", escalation_chore },
    [CHORE_RETENTION] = { "retention", retention_chore },
    [CHORE_RESTORE] = { "restore", restore_chore, US_PER_SECOND },
};

/* A clock that was set back does not put the next round off by as much. */
static bool is_due(const struct chore *chore, int64_t now_us)
{
    return !chore->round_over || now_us < chore->round_over_us || now_us >= chore->round_over_us + chore->interval_us;
}

static int upkeep_run(struct request *rq, struct args args, struct buf *out)
{
    int64_t number;
    bool read = mp_int(&args.rest, &number);
    assert(read);
    struct chore *chore = &chores[number];
    mp_put_nil(out);
    if (rq->load != LOAD_NONE && number != CHORE_RESTORE)
        return 0;
    if (!is_due(chore, rq->now_us))
        return 0;
    int more = chore->step(rq);
    chore->round_over = more != 1;
    chore->round_over_us = rq->now_us;
    if (more < 0)
        log_event(LOG_WARN, "upkeep", "chore", "%s", chore->name, "sqlstate", "%s", sqlstate_code(rq->error->state),
                  "message", "%s", rq->error->message, NULL);
    return more < 0 ? -1 : 0;
}

/* Not in the table of methods: no client can call it. Its parameter is a number of `chores`. */
static const struct method upkeep_method = {
    "upkeep", METHOD_WRITE, RIGHT_SERVICE, false, -1, upkeep_run, "chore", "does a step of one of the server's own chores",
};

static void submit(struct upkeep *upkeep, int chore)
{
    struct job_list jobs = { 0 };
    if (!writer_admit(&upkeep->server->writer))
        return;
    struct job *job = memory_alloc(sizeof *job);
    job->who = &upkeep->who;
    job->wire = &wire_msgpack;              /* nobody hears of it */
    job->method = &upkeep_method;
    job->kind = METHOD_WRITE;
    job->relaxed = true;
    job->notification = true;
    mp_put_int(&job->args, chore);
    job->args_count = 1;
    job_push(&jobs, job);
    writer_submit(&upkeep->server->writer, &jobs);
}

static void on_timer(struct ev_loop *ev, ev_timer *watcher, int events)
{
    for (int i = 0; i < CHORE_COUNT; i++)
        if (chores[i].interval_us > 0)
            submit(watcher->data, i);
}

void upkeep_start(struct upkeep *upkeep, struct server *server)
{
    upkeep->server = server;
    chores[CHORE_ALERTS].interval_us = server->config->alert_interval_s * US_PER_SECOND;
    chores[CHORE_ESCALATIONS].interval_us = server->config->escalation_interval_s * US_PER_SECOND;
    chores[CHORE_RETENTION].interval_us = server->config->retention_interval_s * US_PER_SECOND;
    principal_system(&upkeep->who);
    ev_timer_init(&upkeep->timer, on_timer, UPKEEP_PERIOD_S, UPKEEP_PERIOD_S);
    upkeep->timer.data = upkeep;
    ev_timer_start(server->ev, &upkeep->timer);
}

void upkeep_stop(struct upkeep *upkeep)
{
    ev_timer_stop(upkeep->server->ev, &upkeep->timer);
}
