#include "kill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Tenants --- */

void load_set_up(struct rh *service, int number)
{
    struct tenant *t = &tenants[number - 1];
    struct rh_reply *reply = NULL;
    char id[37];
    size_t size;
    snprintf(id, sizeof id, "a0000000-0000-4000-8000-%012d", number);
    if (!rh_uuid_parse(id, &t->organization))
        fail("uuid");
    id[0] = 'b';
    if (!rh_uuid_parse(id, &t->user))
        fail("uuid");
    need(rh_txn(service, NULL, "[[s s {s:u s:s}] [s s {s:u}] [s s {s:u s:u}] [s s {s:u s:i}]]", "insert", "organizations", "id", &t->organization,
                "name", "Tenant", "insert", "auth.users", "id", &t->user, "insert", "profiles", "id", &t->user, "organization_id",
                &t->organization, "call", "grant_credits", "organization_id", &t->organization, "amount", GRANTED), service, "a tenant");
    if (number == 1)
        need(rh_request(service, NULL, "insert", "[s {s:s s:s s:s s:b}]", "data_sensitivity_classifications", "table_name", "contacts", "column_name",
                        "phone", "sensitivity_level", "pii", "encryption_required", true), service, "a secret column");
    need(rh_call(service, "issue_token", &reply, "{s:u s:i}", "user_id", &t->user, "ttl_seconds", 86400), service, "a token");
    const char *text = rh_text(rh_member(rh_result(reply), "token"), &size);
    t->token = strndup(text, size);
    rh_reply_free(reply);
}

/* --- Workers --- */

/* Transaction `number` of the worker under its key; the same call however often it is made. */
static int commit(struct worker *w, int64_t number, const char *action)
{
    char name[48], key[64];
    snprintf(name, sizeof name, "w%d-%lld", w->number, (long long)number);
    snprintf(key, sizeof key, "key-%s", name);
    return rh_request(w->db, NULL, "txn", "[[[s s {s:u s:s s:s}] [s s {s:s}] [s s {s:s s:s}]] {s:s}]",
                      "insert", "contacts", "organization_id", &w->tenant->organization, "name", name, "phone", name,
                      "call", "consume_credits", "action_type", "send_email",
                      "call", "append_audit_log", "action_type", action, "resource_id", name, "idempotency_key", key);
}

/* A write that is acknowledged when it is logged. */
static int commit_relaxed(struct worker *w)
{
    char name[48];
    snprintf(name, sizeof name, "r%d-%lld", w->number, (long long)atomic_load(&w->relaxed_done));
    return rh_request(w->db, NULL, "insert", "[s {s:u s:s s:s} {s:s}]", "contacts", "organization_id", &w->tenant->organization, "name", name,
                      "phone", name, "durability", "relaxed");
}

/* Whether to go on. */
static bool count_outcome(struct worker *w, int outcome, _Atomic int64_t *done, bool *pending)
{
    if (outcome == RH_OK)
        atomic_fetch_add(done, 1);
    else if (outcome == RH_UNKNOWN)
        *pending = true;
    else if (outcome != RH_NOT_SENT && strcmp(rh_sqlstate(w->db), "57P01") != 0)
        fail("worker %d: %s %s %s", w->number, rh_sqlstate(w->db), rh_message(w->db), rh_detail(w->db));
    return outcome == RH_OK;
}

void *load_work(void *env)
{
    struct worker *w = env;
    while (!atomic_load(&stopping)) {
        if (!count_outcome(w, commit_relaxed(w), &w->relaxed_done, &w->relaxed_pending)
            || !count_outcome(w, commit(w, atomic_load(&w->done), "contact.create"), &w->done, &w->pending))
            return NULL;
    }
    return NULL;
}

void load_resolve(struct worker *w)
{
    daemon_connect(&server, w->db);
    if (w->pending) {
        need(commit(w, atomic_load(&w->done), "contact.create"), w->db, "repeating under the same key");
        atomic_fetch_add(&w->done, 1);
        w->pending = false;
    }
}

void load_repeat(struct worker *w)
{
    int64_t done = atomic_load(&w->done);
    if (done == 0)
        return;
    int64_t number = done - 1 - rand_r(&seed) % (done < 50 ? (int)done : 50);
    need(commit(w, number, "contact.create"), w->db, "repeating what was acknowledged");
    if (commit(w, number, "contact.other") != RH_REFUSED || strcmp(rh_sqlstate(w->db), "RH003") != 0)
        fail("another request under the key of number %lld of worker %d was not refused", (long long)number, w->number);
}

/* --- Beside them --- */

void *load_migrate(void *env)
{
    struct step *step = env;
    char name[48], text[256];
    snprintf(name, sizeof name, "29990101%06d_kill.sql", step->number);
    switch (step->number % 4) {
    case 0: snprintf(text, sizeof text, "ALTER TABLE contacts ADD COLUMN kill_%d text NOT NULL DEFAULT 'none';", step->number); break;
    case 1: snprintf(text, sizeof text, "CREATE INDEX kill_names ON contacts (name, created_at DESC);"); break;
    case 2: snprintf(text, sizeof text, "UPDATE contacts SET name = name WHERE name LIKE '%%7'; CREATE TABLE kill_%d (id uuid PRIMARY KEY);", step->number); break;
    case 3: snprintf(text, sizeof text, "DROP INDEX kill_names;"); break;
    }
    int outcome = rh_request(step->db, NULL, "migrate", "[[{s:s s:s}]]", "name", name, "text", text);
    step->done = outcome == RH_OK;
    if (outcome == RH_REFUSED && strcmp(rh_sqlstate(step->db), "57P01") != 0)
        fail("migration %d: %s %s %s", step->number, rh_sqlstate(step->db), rh_message(step->db), rh_detail(step->db));
    return NULL;
}

void *load_rekey(void *env)
{
    struct rekeying *r = env;
    int outcome = rh_request(r->db, NULL, "rekey", "[{s:b}]", "data", true);
    while (outcome == RH_OK && !atomic_load(&stopping))
        outcome = rh_request(r->db, NULL, "reseal", "[i]", 500);
    if (outcome == RH_REFUSED && strcmp(rh_sqlstate(r->db), "57P01") != 0)
        fail("rekey: %s %s %s", rh_sqlstate(r->db), rh_message(r->db), rh_detail(r->db));
    return NULL;
}

#define REMOVED_AT_ONCE 40

/* Counts the removal, if there was anything to remove: then the log has a record of it. */
static int remove_entries(struct retention *r, struct rh *db)
{
    struct rh_reply *reply = NULL;
    char key[64];
    snprintf(key, sizeof key, "retain-%d-%d", r->cycle, r->number);
    int outcome = rh_request(db, &reply, "call", "[s {s:u s:i s:i} {s:s}]", "audit_retain", "organization_id", &r->tenant->organization,
                             "keep_days", 0, "limit", REMOVED_AT_ONCE, "idempotency_key", key);
    if (outcome == RH_OK)
        r->tenant->removals += rh_int(rh_member(rh_result(reply), "removed")) > 0;
    rh_reply_free(reply);
    return outcome;
}

void *load_retain(void *env)
{
    struct retention *r = env;
    for (int outcome = RH_OK; outcome == RH_OK && !atomic_load(&stopping); r->number++) {
        outcome = remove_entries(r, r->db);
        r->pending = outcome == RH_UNKNOWN;
        if (outcome == RH_REFUSED && strcmp(rh_sqlstate(r->db), "57P01") != 0)
            fail("retention: %s %s %s", rh_sqlstate(r->db), rh_message(r->db), rh_detail(r->db));
    }
    return NULL;
}

void load_resolve_retention(struct retention *r, struct rh *service)
{
    r->number--;
    if (r->pending)
        need(remove_entries(r, service), service, "repeating a removal under the same key");
}

void *load_backup(void *env)
{
    struct backup *b = env;
    for (int i = 0; i < WORKERS; i++) {
        b->done[i] = atomic_load(&workers[i].done);
        b->relaxed_done[i] = atomic_load(&workers[i].relaxed_done);
    }
    int outcome = rh_request(b->db, NULL, "backup", "[s]", b->daemon.data);
    b->complete = outcome == RH_OK;
    if (outcome == RH_REFUSED && strcmp(rh_sqlstate(b->db), "57P01") != 0)
        fail("backup: %s %s %s", rh_sqlstate(b->db), rh_message(b->db), rh_detail(b->db));
    return NULL;
}
