/* The demo: a small CRM on Rowhouse, as two tenants, from the first start of the server to a kill -9 and back.
 *
 *      demo ROWHOUSED MIGRATIONS       the daemon to start, the folder of migrations to apply
 *
 * It uses librowhouse and nothing private, the way an application does; it works in a new directory below /tmp, which
 * it removes again. Every step prints what happened and how long it took; the first that goes wrong ends it with 1. */
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rowhouse/records.h>
#include <rowhouse/rowhouse.h>

struct tenant {
    const char *company, *person, *email;
    struct rh_uuid organization, user;
    struct rh *db;                  /* signed in as the person */
    int64_t contact;
};

static const char *daemon_path, *migrations_path;
static char directory[] = "/tmp/rowhouse-demo-XXXXXX";
static char socket_address[128];
static pid_t server = -1;
static double step_started;

/* --- Telling --- */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void remove_directory(void)
{
    char command[256];
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    if (system(command) != 0)
        fprintf(stderr, "could not remove %s\n", directory);
}

static void die(const char *what, const struct rh *db)
{
    fprintf(stderr, "\ndemo: %s failed\n", what);
    if (db != NULL)
        fprintf(stderr, "  %s: %s %s %s\n", rh_sqlstate(db), rh_message(db), rh_detail(db), rh_hint(db));
    fprintf(stderr, "  the server's log:\n");
    char command[256];
    snprintf(command, sizeof command, "tail -n 20 '%s/rowhoused.log' >&2", directory);
    if (system(command) != 0)
        fprintf(stderr, "  (none)\n");
    exit(1);
}

static void step(const char *title)
{
    printf("\n%s\n", title);
    step_started = now_ms();
}

/* One line of a step, with the time since the line before it. */
static void told(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void told(const char *format, ...)
{
    char line[256];
    va_list args;
    double now = now_ms();
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    printf("  %-101s %8.2f ms\n", line, now - step_started);
    fflush(stdout);
    step_started = now_ms();
}

static void expect(bool good, const char *what, const struct rh *db)
{
    if (!good)
        die(what, db);
}

/* --- The server --- */

static void start_server(void)
{
    char data[160], log[160];
    snprintf(data, sizeof data, "%s/data", directory);
    snprintf(log, sizeof log, "%s/rowhoused.log", directory);
    snprintf(socket_address, sizeof socket_address, "unix:%s/rowhouse.sock", directory);
    server = fork();
    if (server == 0) {
        if (freopen(log, "a", stderr) == NULL)
            _exit(127);
        execl(daemon_path, "rowhoused", "--data", data, "--migrations", migrations_path, "--listen", "", "--socket",
              socket_address + 5, (char *)NULL);
        perror(daemon_path);
        _exit(127);
    }
}

static char *read_file(const char *path)
{
    char *text = calloc(1, 4096);
    FILE *file = fopen(path, "r");
    if (text == NULL || file == NULL)
        die(path, NULL);
    size_t size = fread(text, 1, 4095, file);
    fclose(file);
    text[strcspn(text, "\r\n")] = '\0';
    expect(size > 0, path, NULL);
    return text;
}

/* A connection with the service key, as soon as the server listens. */
static struct rh *connect_as_service(void)
{
    struct rh *db = rh_open(socket_address, NULL);
    for (int tries = 0; rh_connect(db) != RH_OK; tries++) {
        expect(tries < 1000 && waitpid(server, NULL, WNOHANG) == 0, "starting the server", db);
        usleep(10000);
    }
    char path[160];
    snprintf(path, sizeof path, "%s/data/service.key", directory);
    char *key = read_file(path);
    expect(rh_authenticate(db, key) == RH_OK, "signing in with the service key", db);
    free(key);
    return db;
}

/* --- Setting up, with the service key --- */

static void create_tenant(struct rh *service, struct tenant *t)
{
    expect(rh_txn(service, NULL,
                  "[[s s {s:u s:s}] [s s {s:u s:s}] [s s {s:u s:u s:s s:s}] [s s {s:u s:i}]]",
                  "insert", "organizations", "id", &t->organization, "name", t->company,
                  "insert", "auth.users", "id", &t->user, "email", t->email,
                  "insert", "profiles", "id", &t->user, "organization_id", &t->organization, "role", "user", "email", t->email,
                  "call", "grant_credits", "organization_id", &t->organization, "amount", 5) == RH_OK,
           "creating a tenant", service);
    told("%s is in: organization, user %s, profile, 5 credits; one commit", t->company, t->email);
}

static void sign_in(struct rh *service, struct tenant *t)
{
    struct rh_reply *reply = NULL;
    size_t size;
    expect(rh_call(service, "issue_token", &reply, "{s:u s:i}", "user_id", &t->user, "ttl_seconds", 600) == RH_OK, "issuing a token", service);
    const char *text = rh_text(rh_member(rh_result(reply), "token"), &size);
    char *token = strndup(text, size);
    rh_reply_free(reply);
    t->db = rh_open(socket_address, NULL);
    expect(rh_connect(t->db) == RH_OK && rh_authenticate(t->db, token) == RH_OK, "signing in", t->db);
    free(token);
    told("%s signs in with a token of %zu bytes; the server knows the tenant from it", t->person, size);
}

/* --- What an application does --- */

static int64_t first_id(struct rh_reply *reply)
{
    int64_t id = rh_int(rh_at(rh_at(rh_rows(reply), 0), 0));
    rh_reply_free(reply);
    return id;
}

static void write_and_read(struct tenant *t, const char *name, const char *email)
{
    struct rh_reply *reply = NULL;
    struct rh_contacts contact = { .organization_id = t->organization, .name = rh_string(name), .email = rh_string(email),
                                   .has = { .organization_id = true, .name = true, .email = true } };
    expect(rh_record_insert(t->db, &rh_contacts_record, &contact, &reply) == RH_OK, "inserting a contact", t->db);
    t->contact = first_id(reply);
    told("%s writes contact %" PRId64 ", %s", t->person, t->contact, name);
    expect(rh_insert(t->db, "opportunities", NULL, "{s:u s:I s:s s:s s:s}", "organization_id", &t->organization, "contact_id", t->contact,
                     "name", "First deal", "amount", "1250.00", "stage", "proposal") == RH_OK, "inserting an opportunity", t->db);
    told("and an opportunity of 1250.00 for it");
    expect(rh_get(t->db, "contacts", &reply, "I", t->contact) == RH_OK, "reading a contact", t->db);
    expect(rh_record_read(&rh_contacts_record, rh_rows(reply), &contact), "decoding a contact", t->db);
    told("reads it back: %.*s <%.*s>", (int)contact.name.size, contact.name.data, (int)contact.email.size, contact.email.data);
    rh_reply_free(reply);
}

static void meet_the_wall(struct tenant *me, struct tenant *other)
{
    struct rh_reply *reply = NULL;
    expect(rh_get(me->db, "contacts", &reply, "I", other->contact) == RH_OK && rh_is_null(rh_result(reply)), "not seeing a foreign contact", me->db);
    rh_reply_free(reply);
    told("%s asks for contact %" PRId64 " of %s: there is no such row in his house", me->person, other->contact, other->company);
    expect(rh_insert(me->db, "contacts", NULL, "{s:u s:s}", "organization_id", &other->organization, "name", "Mallory") == RH_REFUSED,
           "being refused a foreign insert", me->db);
    told("%s writes into %s's house: %s %s", me->person, other->company, rh_sqlstate(me->db), rh_message(me->db));
    expect(rh_request(me->db, &reply, "count", "[s]", "contacts") == RH_OK && rh_int(rh_result(reply)) == 1, "counting own contacts", me->db);
    rh_reply_free(reply);
    told("%s counts contacts: 1, his own", me->person);
}

static void hit_the_limit(struct rh *service, struct tenant *t)
{
    expect(rh_insert(service, "rate_limit_config", NULL, "{s:u s:s s:s s:i s:i}", "organization_id", &t->organization, "resource_type", "api",
                     "endpoint_pattern", "/reports/%", "max_requests", 3, "window_seconds", 60) == RH_OK, "configuring a limit", service);
    told("%s gets a limit: 3 requests of /reports/%% in any 60 seconds", t->company);
    for (int i = 1;; i++) {
        struct rh_reply *reply = NULL;
        expect(rh_call(t->db, "check_rate_limit", &reply, "{s:s}", "endpoint", "/reports/monthly") == RH_OK, "checking the limit", t->db);
        struct rh_cell result = rh_result(reply);
        bool allowed = rh_bool(rh_member(result, "allowed"));
        if (allowed) {
            told("request %d: allowed, %" PRId64 " left", i, rh_int(rh_member(result, "remaining")));
        } else {
            char *by = rh_cell_text(rh_member(result, "decided_by")), *window = rh_cell_text(rh_member(result, "window"));
            told("request %d: refused by the %s's %s window of %" PRId64 ", try again in %" PRId64 " ms", i, by, window,
                 rh_int(rh_member(result, "limit")), rh_int(rh_member(result, "retry_after_ms")));
            free(by);
            free(window);
        }
        rh_reply_free(reply);
        expect(allowed == (i <= 3), "admitting exactly three requests", t->db);
        if (!allowed)
            return;
    }
}

static int64_t consume(struct tenant *t, const char *action, bool *ret_success)
{
    struct rh_reply *reply = NULL;
    expect(rh_call(t->db, "consume_credits", &reply, "{s:s}", "action_type", action) == RH_OK, "consuming credits", t->db);
    *ret_success = rh_bool(rh_member(rh_result(reply), "success"));
    int64_t left = rh_int(rh_member(rh_result(reply), "credits_remaining"));
    rh_reply_free(reply);
    return left;
}

static void spend_to_zero(struct tenant *t)
{
    bool success;
    int64_t left = consume(t, "ai_lead_scoring", &success);
    expect(success && left == 0, "spending five credits", t->db);
    told("%s spends 5 credits on ai_lead_scoring: 0 left", t->person);
    left = consume(t, "send_email", &success);
    expect(!success && left == 0, "being refused without credits", t->db);
    told("one more, send_email for 1: refused, still %" PRId64 " left", left);
}

/* The one-call commit: limit, credits, event and audit entry, all or nothing. */
static int commit_in_one_call(struct tenant *t, const char *summary)
{
    return rh_txn(t->db, NULL, "[[s s {s:s}] [s s {s:s}] [s s {s:u s:I s:s s:s s:s}] [s s {s:s s:s s:{s:s}}]]",
                  "call", "check_rate_limit", "endpoint", "/create-google-event",
                  "call", "consume_credits", "action_type", "create_crm_event",
                  "insert", "crm_events", "organization_id", &t->organization, "contact_id", t->contact, "event_summary", summary,
                  "event_start_time", "2030-01-02 10:00:00+00", "event_end_time", "2030-01-02 11:00:00+00",
                  "call", "append_audit_log", "action_type", "crm_event.create", "resource_type", "crm_events",
                  "details", "summary", summary);
}

static int64_t count_of(struct tenant *t, const char *table)
{
    struct rh_reply *reply = NULL;
    expect(rh_request(t->db, &reply, "count", "[s]", table) == RH_OK, "counting", t->db);
    int64_t count = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return count;
}

static void all_or_nothing(struct tenant *rich, struct tenant *poor)
{
    for (int i = 1; i <= 3; i++) {
        char summary[32];
        snprintf(summary, sizeof summary, "Call number %d", i);
        expect(commit_in_one_call(rich, summary) == RH_OK, "the one-call commit", rich->db);
        told("%s: limit checked, 1 credit spent, event written, audit entry chained; one call, one sync", rich->person);
    }
    expect(commit_in_one_call(poor, "Never") == RH_REFUSED, "refusing a commit without credits", poor->db);
    told("%s, without credits: %s %s", poor->person, rh_sqlstate(poor->db), rh_message(poor->db));
    expect(count_of(poor, "crm_events") == 0 && count_of(poor, "audit_logs_enhanced") == 0, "leaving nothing behind", poor->db);
    told("and nothing of it is there: 0 events, 0 audit entries");
}

static void read_the_trail(struct tenant *t, int64_t want)
{
    struct rh_reply *reply = NULL;
    expect(rh_scan(t->db, "audit_logs_enhanced", &reply, "{s:[s s s] s:[[s s]]}", "columns", "id", "action_type", "audit_chain_hash",
                   "order", "id", "asc") == RH_OK, "reading the audit trail", t->db);
    struct rh_cell rows = rh_rows(reply);
    expect((int64_t)rh_count(rows) == want, "finding every audit entry", t->db);
    for (size_t i = 0; i < rh_count(rows); i++) {
        char *action = rh_cell_text(rh_at(rh_at(rows, i), 1)), *hash = rh_cell_text(rh_at(rh_at(rows, i), 2));
        told("entry %" PRId64 ": %s, chained as %.16s...", rh_int(rh_at(rh_at(rows, i), 0)), action, hash);
        free(action);
        free(hash);
    }
    rh_reply_free(reply);
    expect(rh_call(t->db, "verify_audit_chain", &reply, "{}") == RH_OK && rh_bool(rh_member(rh_result(reply), "valid")), "verifying the chain", t->db);
    told("the chain of %" PRId64 " entries verifies, hash by hash", rh_int(rh_member(rh_result(reply), "entries")));
    rh_reply_free(reply);
}

static void find_everything(struct tenant *t, int64_t contacts, int64_t events)
{
    expect(rh_connect(t->db) == RH_OK, "reconnecting", t->db);
    expect(count_of(t, "contacts") == contacts && count_of(t, "crm_events") == events, "finding everything again", t->db);
    told("%s is back with the same token: %" PRId64 " contact, %" PRId64 " events", t->person, contacts, events);
}

int main(int argc, char **argv)
{
    struct tenant acme = { .company = "Acme", .person = "Ada", .email = "ada@acme.example" };
    struct tenant globex = { .company = "Globex", .person = "Bob", .email = "bob@globex.example" };
    bool parsed = rh_uuid_parse("a0000000-0000-4000-8000-000000000001", &acme.organization) &&
                  rh_uuid_parse("a0000000-0000-4000-8000-0000000000aa", &acme.user) &&
                  rh_uuid_parse("b0000000-0000-4000-8000-000000000002", &globex.organization) &&
                  rh_uuid_parse("b0000000-0000-4000-8000-0000000000bb", &globex.user);
    if (argc != 3 || !parsed) {
        fprintf(stderr, "usage: demo ROWHOUSED MIGRATIONS\n");
        return 2;
    }
    daemon_path = argv[1];
    migrations_path = argv[2];
    if (mkdtemp(directory) == NULL) {
        perror(directory);
        return 1;
    }
    atexit(remove_directory);
    double began = now_ms();
    bool success;

    step("1. A fresh server, and the whole schema");
    start_server();
    struct rh *service = connect_as_service();
    told("rowhoused is up: every file of %s applied", migrations_path);
    create_tenant(service, &acme);
    create_tenant(service, &globex);

    step("2. Two people sign in");
    sign_in(service, &acme);
    sign_in(service, &globex);

    step("3. Each works in his own house");
    write_and_read(&acme, "Grace Hopper", "grace@navy.example");
    write_and_read(&globex, "Alan Turing", "alan@bletchley.example");

    step("4. The wall between them");
    meet_the_wall(&globex, &acme);

    step("5. A rate limit, and why it refuses");
    hit_the_limit(service, &globex);

    step("6. Credits, down to zero");
    spend_to_zero(&globex);

    step("7. Limit, credit, event and audit entry in one call");
    all_or_nothing(&acme, &globex);

    step("8. The audit trail");
    read_the_trail(&acme, 3);

    step("9. kill -9, and everything is there again");
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    told("the server is dead");
    rh_close(service);
    start_server();
    service = connect_as_service();
    told("it is up again, recovered from its log");
    find_everything(&acme, 1, 3);
    read_the_trail(&acme, 3);
    find_everything(&globex, 1, 0);
    expect(consume(&globex, "send_email", &success) == 0 && !success, "still having no credits", globex.db);
    told("%s still has 0 credits", globex.person);

    kill(server, SIGTERM);
    int status = 0;
    waitpid(server, &status, 0);
    server = -1;
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a clean stop", NULL);
    rh_close(service);
    rh_close(acme.db);
    rh_close(globex.db);
    printf("\nAll of it in %.1f seconds.\n", (now_ms() - began) / 1e3);
    return 0;
}
