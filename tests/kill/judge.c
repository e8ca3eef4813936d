#include "kill.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t count(struct rh *service, const char *operator, const char *name)
{
    struct rh_reply *reply = NULL;
    need(rh_request(service, &reply, "count", "[s {s:[s s s]}]", "contacts", "where", operator, "name", name), service, "counting");
    int64_t result = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return result;
}

/* Contacts whose names begin so, which must be numbers 0 to n - 1: returns n. */
static int64_t count_names(struct rh *service, char kind, int worker)
{
    char text[64];
    snprintf(text, sizeof text, "%c%d-%%", kind, worker);
    int64_t there = count(service, "like", text);
    for (int64_t last = there - 1; last >= 0 && last >= there - 3; last--) {
        snprintf(text, sizeof text, "%c%d-%lld", kind, worker, (long long)last);
        if (count(service, "=", text) != 1)
            fail("there are %lld contacts of worker %d, and %s is not among them once", (long long)there, worker, text);
    }
    return there;
}

/* Balance and audit chain of a tenant with so many transactions; the chain also has a record of each removal, whose rows are gone. */
static void judge_tenant(struct rh *service, int number, int64_t done)
{
    struct tenant *t = &tenants[number];
    struct rh_reply *reply = NULL;
    need(rh_request(service, &reply, "get", "[s u {s:[s]}]", "organization_credits", &t->organization, "columns", "credits_remaining"), service, "the balance");
    if (rh_int(rh_at(rh_result(reply), 0)) != GRANTED - done)
        fail("tenant %d: %lld credits were spent, the balance fell by %lld", number, (long long)done, (long long)(GRANTED - rh_int(rh_at(rh_result(reply), 0))));
    rh_reply_free(reply);
    need(rh_call(service, "verify_audit_chain", &reply, "{s:u}", "organization_id", &t->organization), service, "the audit chain");
    if (!rh_bool(rh_member(rh_result(reply), "valid")) || rh_int(rh_member(rh_result(reply), "entries")) != done + t->removals)
        fail("tenant %d: the audit chain of %lld entries does not verify, or has not %lld and %lld records of removals", number,
             (long long)rh_int(rh_member(rh_result(reply), "entries")), (long long)done, (long long)t->removals);
    rh_reply_free(reply);
}

/* The newest of a worker's contacts has its secret. */
static void judge_secret(struct rh *service, const struct worker *w)
{
    struct rh_reply *reply = NULL;
    char name[64];
    if (w->done == 0)
        return;
    snprintf(name, sizeof name, "w%d-%lld", w->number, (long long)w->done - 1);
    need(rh_request(service, &reply, "scan", "[s {s:[s s s] s:[s]}]", "contacts", "where", "=", "name", name, "columns", "phone"), service, "a secret");
    char *phone = rh_cell_text(rh_at(rh_at(rh_member(rh_result(reply), "rows"), 0), 0));
    if (phone == NULL || strcmp(phone, name) != 0)
        fail("the secret of %s is \"%s\"", name, phone == NULL ? "" : phone);
    free(phone);
    rh_reply_free(reply);
}

/* A killed process loses nothing that it has logged, so not even a relaxed write. */
static void judge_worker(struct rh *service, struct worker *w)
{
    int64_t there = count_names(service, 'w', w->number), relaxed = count_names(service, 'r', w->number);
    if (there != w->done)
        fail("worker %d: %lld transactions were acknowledged, %lld contacts are there", w->number, (long long)w->done, (long long)there);
    if (relaxed != w->relaxed_done && !(w->relaxed_pending && relaxed == w->relaxed_done + 1))
        fail("worker %d: %lld relaxed writes were acknowledged, %lld are there", w->number, (long long)w->relaxed_done, (long long)relaxed);
    w->relaxed_done = relaxed;
    w->relaxed_pending = false;
}

void judge_all(struct rh *service)
{
    int64_t done[TENANTS] = { 0 };
    for (int i = 0; i < WORKERS; i++) {
        judge_worker(service, &workers[i]);
        judge_secret(service, &workers[i]);
        done[workers[i].tenant - tenants] += workers[i].done;
    }
    for (int i = 0; i < TENANTS; i++)
        judge_tenant(service, i, done[i]);
}

void judge_verify(struct rh *service)
{
    struct rh_reply *reply = NULL;
    need(rh_request(service, &reply, "verify", "[]"), service, "verify");
    if (rh_int(rh_member(rh_result(reply), "count")) != 0) {
        char *findings = rh_cell_text(rh_member(rh_result(reply), "findings"));
        fail("verify found: %s", findings);
    }
    rh_reply_free(reply);
}

/* What was acknowledged is there; what was not is there whole or not at all, and is applied now. */
void judge_migration(struct rh *service, const struct step *step)
{
    struct step again = { .db = service, .number = step->number };
    struct rh_reply *reply = NULL;
    char name[48];
    size_t size;
    bool there = false;
    need(rh_request(service, &reply, "schema", "[]"), service, "the schema");
    struct rh_cell names = rh_member(rh_result(reply), "migrations");
    snprintf(name, sizeof name, "29990101%06d_kill.sql", step->number);
    for (size_t i = 0; i < rh_count(names); i++) {
        const char *text = rh_text(rh_at(names, i), &size);
        there |= size == strlen(name) && memcmp(text, name, size) == 0;
    }
    rh_reply_free(reply);
    if (step->done && !there)
        fail("migration %d was acknowledged and is gone", step->number);
    load_migrate(&again);
    if (!again.done)
        fail("migration %d cannot be repeated: %s", step->number, rh_message(service));
}

/* One state between its asking and its end: nothing that was acknowledged before is missing, and nothing is there by halves. */
void judge_backup(struct backup *b)
{
    int64_t done[TENANTS] = { 0 };
    run("cp %s/audit.key %s/seal.key %s/", server.data, server.data, b->daemon.data);        /* a backup holds no keys */
    daemon_start(&b->daemon, START_PLAIN);
    struct rh *service = daemon_service(&b->daemon);
    for (int i = 0; i < WORKERS; i++) {
        int64_t there = count_names(service, 'w', i), relaxed = count_names(service, 'r', i);
        if (there < b->done[i] || there > workers[i].done || relaxed < b->relaxed_done[i])
            fail("backup: %lld of worker %d's transactions were acknowledged before, %lld in the end, %lld are in it (relaxed: %lld, %lld)",
                 (long long)b->done[i], i, (long long)workers[i].done, (long long)there, (long long)b->relaxed_done[i], (long long)relaxed);
        done[workers[i].tenant - tenants] += there;
    }
    for (int i = 0; i < TENANTS; i++)
        judge_tenant(service, i, done[i]);
    judge_verify(service);
    rh_close(service);
    daemon_end(&b->daemon, SIGKILL);
    run("rm -rf %s %s", b->daemon.data, b->daemon.image);
}
