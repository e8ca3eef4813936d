#include "mix.h"

#include <stdlib.h>
#include <string.h>

static int64_t get(struct rh *db, struct place *p)
{
    return rh_submit(db, "get", "[s I]", "contacts", p->first_contact + rand_r(&p->seed) % p->contacts);
}

/* The same contact by SQL: after the first request the statement is known. */
static int64_t sql(struct rh *db, struct place *p)
{
    return rh_submit(db, "query", "[s [I]]", "SELECT * FROM contacts WHERE id = $1", p->first_contact + rand_r(&p->seed) % p->contacts);
}

static int64_t sql_scan(struct rh *db, struct place *p)
{
    return rh_submit(db, "query", "[s]", "SELECT * FROM contacts ORDER BY created_at DESC LIMIT 20");
}

static int64_t sql_insert(struct rh *db, struct place *p)
{
    return rh_submit(db, "query", "[s [u s s s s]]", "INSERT INTO contacts (organization_id, name, email, phone, company) VALUES ($1, $2, $3, $4, $5)",
                     &p->organization, "Grace Brewster Hopper", "grace.hopper@navy.example", "+1 555 0100", "United States Navy");
}

/* The newest 20 by an index, the way a list page asks. */
static int64_t scan(struct rh *db, struct place *p)
{
    return rh_submit(db, "scan", "[s {s:[[s s]] s:i}]", "contacts", "order", "created_at", "desc", "limit", 20);
}

static int64_t insert(struct rh *db, struct place *p)
{
    return rh_submit(db, "insert", "[s {s:u s:s s:s s:s s:s}]", "contacts", "organization_id", &p->organization, "name", "Grace Brewster Hopper",
                     "email", "grace.hopper@navy.example", "phone", "+1 555 0100", "company", "United States Navy");
}

static int64_t check(struct rh *db, struct place *p)
{
    return rh_submit(db, "call", "[s {s:s}]", "check_rate_limit", "endpoint", "/list-contacts");
}

static int64_t consume(struct rh *db, struct place *p)
{
    return rh_submit(db, "call", "[s {s:s}]", "consume_credits", "action_type", "send_email");
}

static int64_t reserve(struct rh *db, struct place *p)
{
    return rh_submit(db, "call", "[s {s:s}]", "reserve_credits", "action_type", "ai_lead_scoring");
}

static int64_t commit_reserved(struct rh *db, struct place *p, const struct rh_reply *first)
{
    struct rh_cell reservation = rh_member(rh_result(first), "reservation_id");
    return rh_submit(db, "call", "[s {s:c s:i}]", "commit_reservation", "reservation_id", &reservation, "amount", 3);
}

static int64_t audit(struct rh *db, struct place *p)
{
    return rh_submit(db, "call", "[s {s:s s:s s:s s:{s:s}}]", "append_audit_log", "action_type", "contact.read", "resource_type", "contacts",
                     "resource_id", "42", "details", "field", "email");
}

/* A row of just the shape and size of an audit entry, in a table that nothing chains: what `audit` is compared with. */
#define SOME_HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int64_t plain(struct rh *db, struct place *p)
{
    return rh_submit(db, "insert", "[s {s:u s:u s:s s:s s:s s:{s:s} s:s s:s}]", BENCH_ENTRIES, "organization_id", &p->organization, "user_id", &p->user,
                     "action_type", "contact.read", "resource_type", "contacts", "resource_id", "42", "details", "field", "email",
                     "audit_chain_hash", SOME_HASH, "previous_hash", SOME_HASH);
}

/* The one-call commit with such a row in place of the audit entry. */
static int64_t commit_plain(struct rh *db, struct place *p)
{
    return rh_submit(db, "txn", "[[[s s {s:s}] [s s {s:s}] [s s {s:u s:I s:s s:s s:s}] [s s {s:u s:u s:s s:s s:s s:s}]]]",
                     "call", "check_rate_limit", "endpoint", "/create-google-event",
                     "call", "consume_credits", "action_type", "create_crm_event",
                     "insert", "crm_events", "organization_id", &p->organization, "contact_id", p->first_contact, "event_summary", "Call",
                     "event_start_time", "2030-01-02 10:00:00+00", "event_end_time", "2030-01-02 11:00:00+00",
                     "insert", BENCH_ENTRIES, "organization_id", &p->organization, "user_id", &p->user, "action_type", "crm_event.create",
                     "resource_type", "crm_events", "audit_chain_hash", SOME_HASH, "previous_hash", SOME_HASH);
}

static int64_t commit(struct rh *db, struct place *p)
{
    return rh_submit(db, "txn", "[[[s s {s:s}] [s s {s:s}] [s s {s:u s:I s:s s:s s:s}] [s s {s:s s:s}]]]",
                     "call", "check_rate_limit", "endpoint", "/create-google-event",
                     "call", "consume_credits", "action_type", "create_crm_event",
                     "insert", "crm_events", "organization_id", &p->organization, "contact_id", p->first_contact, "event_summary", "Call",
                     "event_start_time", "2030-01-02 10:00:00+00", "event_end_time", "2030-01-02 11:00:00+00",
                     "call", "append_audit_log", "action_type", "crm_event.create", "resource_type", "crm_events");
}

static int64_t ping(struct rh *db, struct place *p)
{
    return rh_submit(db, "ping", "[]");
}

const struct mix mixes[] = {
    { "ping", "an answer without data", ping, NULL },
    { "get", "one contact by key", get, NULL },
    { "scan", "the newest 20 contacts by an index", scan, NULL },
    { "sql", "one contact by key, as a SELECT", sql, NULL },
    { "sql-scan", "the newest 20 contacts, as a SELECT", sql_scan, NULL },
    { "sql-insert", "one contact, as an INSERT, durable", sql_insert, NULL },
    { "insert", "one contact with its 3 indexes, durable", insert, NULL },
    { "check", "check_rate_limit: hour, day and month", check, NULL },
    { "consume", "consume_credits, durable", consume, NULL },
    { "reserve", "reserve_credits, then commit_reservation of a part, both durable; a pair counts as one", reserve, commit_reserved },
    { "audit", "append_audit_log, durable", audit, NULL },
    { "plain", "a row of an audit entry's shape in an ordinary table, durable", plain, NULL },
    { "commit", "limit + credit + event + audit entry in one call, durable", commit, NULL },
    { "commit-plain", "the same with such a row in place of the audit entry", commit_plain, NULL },
    { NULL, NULL, NULL, NULL },
};

const struct mix *mix_find(const char *name)
{
    for (const struct mix *mix = mixes; mix->name != NULL; mix++)
        if (strcmp(mix->name, name) == 0)
            return mix;
    return NULL;
}
