#include "server/job.h"

#include <stdlib.h>

/* Who is told that a request failed must be able to rely on it: a write whose reply is too large has not happened. */
static int take_back(struct request *rq)
{
    if (rq->changes != NULL)
        changes_undo(rq, 0);
    return -1;
}

int job_run(struct job *job, struct request *rq)
{
    struct error error;
    struct args args = { buf_slice(&job->args), job->args_count };
    error_clear(&error);
    rq->error = &error;
    size_t start = job->wire->begin(&job->reply, job->id);
    int result = method_run(job->method, rq, args, &job->reply);
    if (result < 0)
        job->wire->fail(&job->reply, start, job->id, &error);
    else if (!job->wire->end(&job->reply, start, job->id))
        result = take_back(rq);
    if (job->notification)
        buf_clear(&job->reply);
    rq->error = NULL;
    return result;
}

void job_fail(struct job *job, const struct error *error)
{
    buf_clear(&job->reply);
    if (!job->notification)
        job->wire->error(&job->reply, job->id, error);
}

void job_free(struct job *job)
{
    if (job == NULL)
        return;
    buf_done(&job->args);
    buf_done(&job->reply);
    free(job);
}
