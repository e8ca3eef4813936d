/* librowhouse against a real server: pipelining, outcomes, deadlines, repeating under idempotency keys. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rowhouse/records.h>
#include <rowhouse/rowhouse.h>

#include "lib/rowhoused.h"

static struct rowhoused *server;
static struct rh *db;
static struct rh_uuid organization;

static void set_up(void)
{
    server = rowhoused_start(getenv("ROWHOUSED"), "schema/migrations");
    db = rh_open(rowhoused_address(server), &(struct rh_options){ .timeout_ms = 20000 });
    cr_assert(eq(int, rh_connect(db), RH_OK), "%s", rh_message(db));
    cr_assert(eq(int, rh_authenticate(db, rowhoused_service_key(server)), RH_OK), "%s", rh_message(db));
    cr_assert(rh_uuid_parse("a0000000-0000-4000-8000-000000000001", &organization));
    cr_assert(eq(int, rh_insert(db, "organizations", NULL, "{s:u s:s}", "id", &organization, "name", "Acme"), RH_OK), "%s", rh_message(db));
}

static void tear_down(void)
{
    rh_close(db);
    rowhoused_stop(server);
}

TestSuite(client, .init = set_up, .fini = tear_down);

/* The reply of the second is that of the first, and there is one row. */
Test(client, a_key_makes_a_write_happen_once)
{
    struct rh_reply *first = NULL, *again = NULL, *count = NULL;
    for (int i = 0; i < 2; i++) {
        cr_assert(eq(int, rh_use_key(db, "order 17"), RH_OK));
        cr_assert(eq(int, rh_insert(db, "contacts", i == 0 ? &first : &again, "{s:u s:s}", "organization_id", &organization, "name", "once"), RH_OK), "%s", rh_message(db));
    }
    int64_t id = rh_int(rh_at(rh_at(rh_rows(first), 0), 0));
    cr_assert(eq(i64, rh_int(rh_at(rh_at(rh_rows(again), 0), 0)), id));
    cr_assert(eq(int, rh_request(db, &count, "count", "[s]", "contacts"), RH_OK));
    cr_assert(eq(i64, rh_int(rh_result(count)), 1));
    rh_reply_free(first);
    rh_reply_free(again);
    rh_reply_free(count);

    cr_assert(eq(int, rh_use_key(db, "order 18"), RH_OK));
    cr_assert(eq(int, rh_call(db, "grant_credits", NULL, "{s:u s:i}", "organization_id", &organization, "amount", 5), RH_OK), "%s", rh_message(db));
    cr_assert(eq(int, rh_use_key(db, "order 18"), RH_OK));
    cr_assert(eq(int, rh_call(db, "grant_credits", NULL, "{s:u s:i}", "organization_id", &organization, "amount", 6), RH_REFUSED));
    cr_assert(eq(str, (char *)rh_sqlstate(db), "RH003"));
    cr_assert(eq(int, rh_call(db, "grant_credits", NULL, "{s:u s:i}", "organization_id", &organization, "amount", 6), RH_OK), "a key is used up");

    for (int i = 0; i < 2; i++) {
        cr_assert(eq(int, rh_use_key(db, "order 19"), RH_OK));
        cr_assert(eq(int, rh_request(db, NULL, "query", "[s]", "update contacts set name = name || '!'"), RH_OK), "%s", rh_message(db));
    }
    cr_assert(eq(int, rh_request(db, &count, "query", "[s]", "select name from contacts"), RH_OK));
    char *name = rh_cell_text(rh_at(rh_at(rh_rows(count), 0), 0));
    cr_assert(eq(str, name, "once!"));
    free(name);
    rh_reply_free(count);
    cr_assert(eq(int, rh_use_key(db, ""), RH_MISUSE));
}

Test(client, replies_are_taken_in_any_order)
{
    enum { COUNT = 600 };
    int64_t tickets[COUNT];
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "contact %d", i);
        tickets[i] = rh_submit(db, "insert", "[s {s:u s:s} {s:[s]}]", "contacts", "organization_id", &organization, "name", name, "returning", "name");
        cr_assert(gt(i64, tickets[i], 0), "%s", rh_message(db));
    }
    for (int i = COUNT - 1; i >= 0; i--) {
        struct rh_reply *reply = NULL;
        char name[32];
        snprintf(name, sizeof name, "contact %d", i);
        cr_assert(eq(int, rh_wait(db, tickets[i], &reply), RH_OK), "%s", rh_message(db));
        char *got = rh_cell_text(rh_at(rh_at(rh_rows(reply), 0), 0));
        cr_assert(eq(str, got, name));
        free(got);
        rh_reply_free(reply);
        cr_assert(eq(int, rh_wait(db, tickets[i], NULL), RH_MISUSE), "a ticket is used up");
    }
}

Test(client, a_connection_reads_its_own_pipelined_writes)
{
    for (int i = 0; i < 100; i++) {
        struct rh_reply *reply = NULL;
        int64_t write = rh_submit(db, "insert", "[s {s:u s:s}]", "contacts", "organization_id", &organization, "name", "x");
        int64_t read = rh_submit(db, "count", "[s]", "contacts");
        cr_assert(eq(int, rh_wait(db, read, &reply), RH_OK));
        cr_assert(eq(i64, rh_int(rh_result(reply)), i + 1));
        rh_reply_free(reply);
        cr_assert(eq(int, rh_wait(db, write, NULL), RH_OK));
    }
}

Test(client, more_tickets_than_the_pipeline_are_not_sent)
{
    int64_t last = 1, tickets[2000];
    int count = 0;
    for (; count < 2000 && last > 0; count++)
        last = tickets[count] = rh_submit(db, "ping", "[]");
    cr_assert(eq(i64, last, RH_NOT_SENT), "the 1025th has no room");
    for (int i = 0; i < count - 1; i++)
        cr_assert(eq(int, rh_wait(db, tickets[i], NULL), RH_OK));
    cr_assert(gt(i64, rh_submit(db, "ping", "[]"), 0));
}

Test(client, refusals_say_why)
{
    cr_assert(eq(int, rh_insert(db, "contacts", NULL, "{s:s}", "name", "nobody's"), RH_REFUSED));
    cr_assert(eq(str, (char *)rh_sqlstate(db), "23502"));
    cr_assert(ne(ptr, strstr(rh_message(db), "organization_id"), NULL));
    cr_assert(eq(int, rh_request(db, NULL, "no such method", "[]"), RH_REFUSED));
    cr_assert(eq(int, rh_get(db, "no_such_table", NULL, "i", 1), RH_REFUSED));
    cr_assert(eq(str, (char *)rh_sqlstate(db), "42P01"));
    cr_assert(eq(int, rh_authenticate(db, "no token"), RH_REFUSED));
    cr_assert(eq(str, (char *)rh_sqlstate(db), "28000"));
    cr_assert(eq(int, rh_request(db, NULL, "ping", "[]"), RH_OK), "the connection keeps its sign-in");
    cr_assert(eq(str, (char *)rh_sqlstate(db), "00000"));
}

Test(client, typed_records_go_there_and_back)
{
    struct rh_reply *reply = NULL;
    struct rh_contacts contact = { .organization_id = organization, .name = rh_string("Grace"), .has = { .organization_id = true, .name = true } };
    struct rh_contacts read;
    cr_assert(eq(int, rh_record_insert(db, &rh_contacts_record, &contact, &reply), RH_OK), "%s", rh_message(db));
    cr_assert(rh_record_read(&rh_contacts_record, rh_at(rh_rows(reply), 0), &read));
    cr_assert(read.has.id && read.has.created_at && !read.has.email);
    cr_assert(eq(int, memcmp(read.name.data, "Grace", 5), 0));
    cr_assert(eq(int, memcmp(&read.organization_id, &organization, sizeof organization), 0));
    rh_reply_free(reply);
}

Test(client, a_reply_over_its_limit_breaks_the_connection_and_nothing_else)
{
    struct rh *small = rh_open(rowhoused_address(server), &(struct rh_options){ .reply_size_max = 20000 });
    cr_assert(eq(int, rh_connect(small), RH_OK));
    cr_assert(eq(int, rh_authenticate(small, rowhoused_service_key(server)), RH_OK));
    cr_assert(eq(int, rh_request(small, NULL, "schema", "[]"), RH_UNKNOWN));
    cr_assert(eq(int, rh_connect(small), RH_OK), "it reconnects, and signs in again by itself");
    cr_assert(eq(int, rh_request(small, NULL, "count", "[s]", "contacts"), RH_OK));
    rh_close(small);
}

/* --- A server that takes requests and never answers --- */

static void *accept_and_sleep(void *env)
{
    int listener = *(int *)env;
    char buffer[4096];
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        static const unsigned char hello[] = { 0x94, 0x01, 0x01, 0xc0, 0xc0 };      /* [1, 1, nil, nil] */
        if (read(fd, buffer, sizeof buffer) > 0 && write(fd, hello, sizeof hello) < 0)
            return NULL;
    }
}

Test(client, a_deadline_leaves_the_outcome_unknown_and_the_connection_usable)
{
    char path[64];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    pthread_t thread;
    snprintf(path, sizeof path, "/tmp/rowhouse-deaf-%d", (int)getpid());
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 8) == 0);
    cr_assert(eq(int, pthread_create(&thread, NULL, accept_and_sleep, &listener), 0));
    struct rh *deaf = rh_open(path, &(struct rh_options){ .timeout_ms = 100 });
    cr_assert(eq(int, rh_connect(deaf), RH_OK), "%s", rh_message(deaf));
    cr_assert(eq(int, rh_request(deaf, NULL, "ping", "[]"), RH_UNKNOWN));
    cr_assert(eq(str, (char *)rh_sqlstate(deaf), "57014"));
    int64_t ticket = rh_submit(deaf, "ping", "[]");
    cr_assert(gt(i64, ticket, 0));
    cr_assert(eq(int, rh_wait(deaf, ticket, NULL), RH_UNKNOWN));
    cr_assert(eq(int, rh_wait(deaf, ticket, NULL), RH_MISUSE));
    rh_close(deaf);
    unlink(path);
}

Test(client, a_write_repeated_under_its_key_happens_once)
{
    struct rh_reply *first = NULL, *again = NULL;
    for (int i = 0; i < 2; i++)
        cr_assert(eq(int, rh_request(db, i == 0 ? &first : &again, "insert", "[s {s:u s:s} {s:s s:b}]", "contacts", "organization_id", &organization,
                                     "name", "once", "idempotency_key", "the key", "returning", 1), RH_OK), "%s", rh_message(db));
    char *a = rh_cell_text(rh_result(first)), *b = rh_cell_text(rh_result(again));
    cr_assert(eq(str, a, b), "the same reply");
    free(a);
    free(b);
    rh_reply_free(first);
    cr_assert(eq(int, rh_request(db, &first, "count", "[s]", "contacts"), RH_OK));
    cr_assert(eq(i64, rh_int(rh_result(first)), 1));
    rh_reply_free(first);
    rh_reply_free(again);
    cr_assert(eq(int, rh_request(db, NULL, "insert", "[s {s:u s:s} {s:s}]", "contacts", "organization_id", &organization, "name", "another",
                                 "idempotency_key", "the key"), RH_REFUSED));
    cr_assert(eq(str, (char *)rh_sqlstate(db), "RH003"));
}
