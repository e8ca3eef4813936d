/* snapshot, backup, verify: long, and beside everything else. None keeps a view of the store meanwhile: verify reads a copy. */
#include "protocol/methods.h"

#include "native/verify.h"

#include <stdio.h>

#include "value/mp.h"

#define FINDINGS_MAX 1000               /* that a reply lists; the number goes on */

static void put_lsn(struct buf *out, uint64_t lsn)
{
    mp_put_map(out, 1);
    mp_put_string(out, "lsn");
    mp_put_uint(out, lsn);
}

int snapshot_run(struct request *rq, struct args args, struct buf *out)
{
    struct store_stats stats;
    if (store_snapshot(rq->view->store, rq->error) < 0)
        return -1;
    store_stats(rq->view->store, &stats);
    put_lsn(out, stats.snapshot_lsn);
    return 0;
}

int backup_run(struct request *rq, struct args args, struct buf *out)
{
    struct slice directory;
    uint64_t lsn = store_committed_lsn(rq->view->store);        /* the copy has at least this */
    if (args.count != 1 || !mp_str(&args.rest, &directory) || directory.size == 0 || memchr(directory.data, '\0', directory.size) != NULL)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "backup takes a directory on the server's machine");
    if (store_backup(rq->view->store, arena_string(rq->arena, directory), rq->error) < 0)
        return -1;
    put_lsn(out, lsn);
    return 0;
}

struct findings {
    struct buf list;
    uint32_t count, listed;
};

static void on_finding(void *env, const char *table, const char *finding)
{
    struct findings *findings = env;
    char text[1024];
    if (findings->count++ >= FINDINGS_MAX)
        return;
    snprintf(text, sizeof text, "%s: %s", table, finding);
    mp_put_string(&findings->list, text);
    findings->listed++;
}

static void on_progress(void *env, const char *table, uint64_t rows)
{
    /* Nobody watches; the reply tells the rows. */
}

int verify_run(struct request *rq, struct args args, struct buf *out)
{
    struct store *copy;
    struct view view;
    struct findings findings = { 0 };
    struct verify_hooks hooks = { on_finding, on_progress, &findings };
    struct verified verified = { 0 };
    struct error ignored;
    if (store_copy(rq->view->store, &copy, rq->error) < 0)
        return -1;
    int result = view_begin(copy, &view, rq->error);
    if (result == 0) {
        result = native_verify(&view, rq->sys, rq->host, &hooks, &verified, rq->error);
        view_end(&view);
    }
    store_close(copy, &ignored);
    if (result == 0) {
        mp_put_map(out, 5);
        mp_put_string(out, "rows");
        mp_put_uint(out, verified.rows);
        mp_put_string(out, "clear");
        mp_put_uint(out, verified.seal.clear);
        mp_put_string(out, "count");
        mp_put_uint(out, findings.count);
        mp_put_string(out, "sealed");
        mp_put_uint(out, verified.seal.sealed);
        mp_put_string(out, "findings");
        mp_put_array(out, findings.listed);
        buf_append_slice(out, buf_slice(&findings.list));
    }
    buf_done(&findings.list);
    return result;
}
