#include "server/upkeep.h"

#include <assert.h>

#include "base/log.h"
#include "base/memory.h"
#include "native/restore.h"
#include "native/retention.h"
#include "protocol/rekey.h"
#include "protocol/rpc.h"
#include "server/server.h"
#include "value/time.h"

/* --- Steps: 1 there is more of the round, 0 it is over, -1 --- */

static struct upkeep *upkeep_of(const struct request *rq)
{
    return &rq->host->server->upkeep;
}

static int expiry_chore(struct request *rq)
{
    int64_t deleted = 0;
    return expiry_step(rq, &upkeep_of(rq)->sweep, EXPIRY_ALL, UPKEEP_BUDGET, &deleted);
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
    struct watch *watch = &upkeep_of(rq)->alerts;
    return end_of(watch, "rules_failed", "alerts", alert_watch(rq, watch, UPKEEP_BUDGET));
}

static int escalation_chore(struct request *rq)
{
    struct watch *watch = &upkeep_of(rq)->escalations;
    return end_of(watch, "rules_failed", "escalations", escalation_watch(rq, watch, UPKEEP_BUDGET));
}

static int retention_chore(struct request *rq)
{
    struct watch *watch = &upkeep_of(rq)->retention;
    return end_of(watch, "rows_not_cleared", "retention", retention_watch(rq, watch, UPKEEP_BUDGET));
}

static int restore_chore(struct request *rq)
{
    return restore_take_back_idle(rq, UPKEEP_BUDGET);
}

/* --- Chores --- */

static const struct {
    const char *name;
    int (*step)(struct request *rq);
} chores[CHORES] = {
    [CHORE_EXPIRY] = { "expiry", expiry_chore },
    [CHORE_RESEAL] = { "reseal", seal_chore },
    [CHORE_ALERTS] = { "alerts", alert_chore },
    [CHORE_ESCALATIONS] = { "escalations", escalation_chore },
    [CHORE_RETENTION] = { "retention", retention_chore },
    [CHORE_RESTORE] = { "restore", restore_chore },
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
    struct chore *chore = &upkeep_of(rq)->chores[number];
    mp_put_nil(out);
    if (rq->load != LOAD_NONE && number != CHORE_RESTORE)
        return 0;
    if (!is_due(chore, rq->now_us))
        return 0;
    int more = chores[number].step(rq);
    chore->round_over = more != 1;
    chore->round_over_us = rq->now_us;
    if (more < 0)
        log_event(LOG_WARN, "upkeep", "chore", "%s", chores[number].name, "sqlstate", "%s", sqlstate_code(rq->error->state),
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
    struct upkeep *upkeep = watcher->data;
    for (int i = 0; i < CHORES; i++)
        if (upkeep->chores[i].interval_us > 0)
            submit(upkeep, i);
}

void upkeep_start(struct upkeep *upkeep, struct server *server)
{
    *upkeep = (struct upkeep){ .server = server };
    upkeep->chores[CHORE_EXPIRY].interval_us = upkeep->chores[CHORE_RESEAL].interval_us = UPKEEP_ROUND_S * US_PER_SECOND;
    upkeep->chores[CHORE_RESTORE].interval_us = US_PER_SECOND;
    upkeep->chores[CHORE_ALERTS].interval_us = server->config->alert_interval_s * US_PER_SECOND;
    upkeep->chores[CHORE_ESCALATIONS].interval_us = server->config->escalation_interval_s * US_PER_SECOND;
    upkeep->chores[CHORE_RETENTION].interval_us = server->config->retention_interval_s * US_PER_SECOND;
    principal_system(&upkeep->who);
    ev_timer_init(&upkeep->timer, on_timer, UPKEEP_PERIOD_S, UPKEEP_PERIOD_S);
    upkeep->timer.data = upkeep;
    ev_timer_start(server->ev, &upkeep->timer);
}

void upkeep_stop(struct upkeep *upkeep)
{
    ev_timer_stop(upkeep->server->ev, &upkeep->timer);
}
