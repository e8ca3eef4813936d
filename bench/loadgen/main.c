/* The load generator: one thread, one event loop, many connections of librowhouse.
 *
 * Closed loop: every connection keeps `--pipeline` requests in flight and sends the next when one is answered; this
 * measures what the server can do. Open loop (`--rate`): requests are due at a fixed rate, and a latency counts from when
 * its request was due, also when the server was too busy to take it (no coordinated omission); this measures what a user
 * waits. The first second is not counted. With --echo the address is bench's bare libev server: it is spoken to with the same
 * client and messages of the same sizes, and gives the ceiling that this client and machine allow. */
#include <errno.h>
#include <ev.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "histogram.h"
#include "mix.h"

#define CONNECTIONS_MAX 1000
#define PIPELINE_MAX 512
#define TENANTS_MAX 1000
#define CONTACTS_PER_TENANT 1000
#define WARM_UP_S 1.0

struct flight {
    int64_t ticket;                 /* 0: free */
    int64_t due_us;
    bool follows;                   /* the second call of a pair */
};

struct load;

struct connection {
    struct load *load;
    struct rh *db;
    struct place place;
    ev_io io;
    int in_flight;
    struct flight flights[PIPELINE_MAX];
};

struct load {
    struct ev_loop *loop;
    const struct mix *mix;
    const char *address, *key;
    int connections, pipeline, tenants;
    double seconds, rate;
    bool json, echo, row_size;
    struct connection *each;
    struct histogram latencies;
    uint64_t errors;
    char first_error[256];
    int64_t count_from_us, count_until_us;
    double due;                     /* open loop: requests due so far */
    int next;
    ev_timer end, tick;
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what, const struct rh *db)
{
    fprintf(stderr, "loadgen: %s", what);
    if (db != NULL)
        fprintf(stderr, ": %s %s", rh_sqlstate(db), rh_message(db));
    fprintf(stderr, "\n");
    exit(1);
}

/* --- Houses to work in --- */

static void tenant_ids(int number, struct rh_uuid *organization, struct rh_uuid *user)
{
    char text[37];
    snprintf(text, sizeof text, "be000000-0000-4000-8000-%012d", number);
    if (!rh_uuid_parse(text, organization))
        die("uuid", NULL);
    text[1] = 'f';
    if (!rh_uuid_parse(text, user))
        die("uuid", NULL);
}

/* Quotas that no run reaches, for every policy. */
static void lift_quotas(struct rh *service, const struct rh_uuid *organization)
{
    struct rh_reply *policies = NULL;
    if (rh_scan(service, "quota_policies", &policies, "{s:[s]}", "columns", "id") != RH_OK)
        die("reading quota_policies", service);
    for (size_t i = 0; i < rh_count(rh_rows(policies)); i++) {
        struct rh_uuid policy;
        rh_uuid(rh_at(rh_at(rh_rows(policies), i), 0), &policy);
        if (rh_insert(service, "organization_quota_overrides", NULL, "{s:u s:u s:i s:i s:i}", "organization_id", organization, "policy_id", &policy,
                      "max_requests_per_hour", 2000000000, "max_requests_per_day", 2000000000, "max_requests_per_month", 2000000000) != RH_OK)
            die("lifting quotas", service);
    }
    rh_reply_free(policies);
}

static void seed_contacts(struct rh *service, const struct rh_uuid *organization)
{
    struct rh_packed *records = rh_packed_new('[');
    for (int i = 0; i < CONTACTS_PER_TENANT; i++) {
        char name[64], email[64];
        snprintf(name, sizeof name, "Contact number %06d", i);
        snprintf(email, sizeof email, "contact.%06d@example.com", i);
        if (rh_packed_add(records, "{s:u s:s s:s s:s s:s}", "organization_id", organization, "name", name, "email", email, "phone", "+1 555 0100",
                          "company", "A company whose name has some forty bytes") != RH_OK)
            die("packing", NULL);
    }
    if (rh_request(service, NULL, "insert", "[s o]", "contacts", records) != RH_OK)
        die("seeding contacts", service);
    rh_packed_free(records);
}

static void create_entries(struct rh *service)
{
    static const char text[] =
        "CREATE TABLE " BENCH_ENTRIES " (id BIGSERIAL PRIMARY KEY, organization_id UUID REFERENCES organizations(id), user_id UUID REFERENCES auth.users(id),"
        " action_type TEXT NOT NULL, resource_type TEXT, resource_id TEXT, details JSONB, ip_address TEXT, user_agent TEXT, request_id TEXT,"
        " session_id TEXT, geo_location JSONB, risk_score INTEGER, anomaly_detected BOOLEAN DEFAULT false, compliance_tags TEXT[],"
        " retention_class TEXT DEFAULT 'standard', encrypted_at_rest BOOLEAN DEFAULT true, audit_chain_hash TEXT, previous_hash TEXT,"
        " verified BOOLEAN DEFAULT false, created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(), expires_at TIMESTAMPTZ);"
        "CREATE INDEX ON " BENCH_ENTRIES " (organization_id); CREATE INDEX ON " BENCH_ENTRIES " (user_id); CREATE INDEX ON " BENCH_ENTRIES " (created_at);"
        "ALTER TABLE " BENCH_ENTRIES " ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY isolation ON " BENCH_ENTRIES " USING (organization_id IN (SELECT organization_id FROM profiles WHERE id = auth.uid()));";
    if (rh_request(service, NULL, "migrate", "[[{s:s s:s}]]", "name", "29990101000000_bench_entries.sql", "text", text) != RH_OK)
        die("making " BENCH_ENTRIES, service);
}

static void create_tenant(struct rh *service, int number)
{
    struct rh_uuid organization, user;
    struct rh_reply *reply = NULL;
    char email[64];
    snprintf(email, sizeof email, "user.%d@bench.example", number);
    tenant_ids(number, &organization, &user);
    if (rh_get(service, "organizations", &reply, "u", &organization) != RH_OK)
        die("reading organizations", service);
    bool exists = !rh_is_null(rh_result(reply));
    rh_reply_free(reply);
    if (exists)
        return;
    if (rh_txn(service, NULL, "[[s s {s:u s:s}] [s s {s:u s:s}] [s s {s:u s:u s:s}] [s s {s:u s:i}]]",
               "insert", "organizations", "id", &organization, "name", "Bench",
               "insert", "auth.users", "id", &user, "email", email,
               "insert", "profiles", "id", &user, "organization_id", &organization, "role", "user",
               "call", "grant_credits", "organization_id", &organization, "amount", 2000000000) != RH_OK)
        die("creating a tenant", service);
    lift_quotas(service, &organization);
    seed_contacts(service, &organization);
}

static void open_connection(struct load *load, struct rh *service, struct connection *c, int number)
{
    struct rh_reply *reply = NULL;
    size_t size;
    tenant_ids(number % load->tenants, &c->place.organization, &c->place.user);
    c->place.seed = (unsigned)number + 1;
    if (rh_call(service, "issue_token", &reply, "{s:u s:i}", "user_id", &c->place.user, "ttl_seconds", 86400) != RH_OK)
        die("issuing a token", service);
    const char *text = rh_text(rh_member(rh_result(reply), "token"), &size);
    char *token = strndup(text, size);
    rh_reply_free(reply);
    c->db = rh_open(load->address, NULL);
    if (rh_connect(c->db) != RH_OK || rh_authenticate(c->db, token) != RH_OK)
        die("signing in", c->db);
    free(token);
    if (rh_scan(c->db, "contacts", &reply, "{s:[s] s:i}", "columns", "id", "limit", 1) != RH_OK)
        die("finding contacts", c->db);
    c->place.first_contact = rh_int(rh_at(rh_at(rh_rows(reply), 0), 0));
    c->place.contacts = CONTACTS_PER_TENANT;
    rh_reply_free(reply);
}

/* The echo server knows no tenants: any key does. */
static void open_echo(struct load *load, struct connection *c)
{
    c->place = (struct place){ .first_contact = 1, .contacts = CONTACTS_PER_TENANT, .seed = 1 };
    c->db = rh_open(load->address, NULL);
    if (rh_connect(c->db) != RH_OK)
        die("connecting", c->db);
}

/* --- The loop --- */

static void watch(struct connection *c)
{
    int events = EV_READ | (rh_wants_write(c->db) ? EV_WRITE : 0);
    if (ev_is_active(&c->io) && (c->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(c->load->loop, &c->io);
    ev_io_set(&c->io, rh_fd(c->db), events);
    ev_io_start(c->load->loop, &c->io);
}

static void start_request(struct connection *c, int64_t due_us)
{
    for (int i = 0; i < c->load->pipeline; i++)
        if (c->flights[i].ticket == 0) {
            int64_t ticket = c->load->mix->submit(c->db, &c->place);
            if (ticket <= 0)
                die("submitting", c->db);
            c->flights[i] = (struct flight){ ticket, due_us, false };
            c->in_flight++;
            return;
        }
}

static void finish_request(struct connection *c, struct flight *flight, int64_t now)
{
    struct load *load = c->load;
    struct rh_reply *reply = NULL;
    bool pair = load->mix->follow != NULL && !load->echo;
    int result = rh_wait(c->db, flight->ticket, pair ? &reply : NULL);
    if (pair && result == RH_OK && !flight->follows) {
        flight->ticket = load->mix->follow(c->db, &c->place, reply);
        flight->follows = true;
        rh_reply_free(reply);
        if (flight->ticket <= 0)
            die("submitting", c->db);
        return;
    }
    rh_reply_free(reply);
    flight->ticket = 0;
    c->in_flight--;
    if (result == RH_UNKNOWN)
        die("a connection broke", c->db);
    if (result != RH_OK && load->errors++ == 0)
        snprintf(load->first_error, sizeof load->first_error, "%s %s", rh_sqlstate(c->db), rh_message(c->db));
    if (result == RH_OK && now >= load->count_from_us && now < load->count_until_us)
        histogram_add(&load->latencies, now - flight->due_us);
}

static void on_ready(struct ev_loop *loop, ev_io *io, int events)
{
    struct connection *c = io->data;
    if (rh_advance(c->db) != RH_OK)
        die("a connection broke", c->db);
    int64_t now = now_us();
    for (int i = 0; i < c->load->pipeline; i++)
        if (c->flights[i].ticket != 0 && rh_answered(c->db, c->flights[i].ticket))
            finish_request(c, &c->flights[i], now);
    while (c->load->rate == 0 && c->in_flight < c->load->pipeline)
        start_request(c, now);
    if (rh_wants_write(c->db) && rh_push(c->db) != RH_OK)
        die("a connection broke", c->db);
    watch(c);
}

/* Open loop: what became due since the last tick, to the next connection that has room. */
static void on_tick(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct load *load = timer->data;
    static int64_t started_us;
    int64_t now = now_us();
    if (started_us == 0)
        started_us = now;
    double due = (double)(now - started_us) / 1e6 * load->rate;
    for (; load->due < due; load->due++) {
        int tried = 0;
        while (tried < load->connections && load->each[load->next].in_flight == load->pipeline) {
            load->next = (load->next + 1) % load->connections;
            tried++;
        }
        if (tried == load->connections)
            break;                  /* all full: it stays due, and its latency grows */
        struct connection *c = &load->each[load->next];
        start_request(c, started_us + (int64_t)(load->due / load->rate * 1e6));
        load->next = (load->next + 1) % load->connections;
        if (rh_push(c->db) != RH_OK)
            die("a connection broke", c->db);
        watch(c);
    }
}

static void on_end(struct ev_loop *loop, ev_timer *timer, int events)
{
    ev_break(loop, EVBREAK_ALL);
}

static void run(struct load *load)
{
    load->loop = ev_default_loop(0);
    load->count_from_us = now_us() + (int64_t)(WARM_UP_S * 1e6);
    load->count_until_us = load->count_from_us + (int64_t)(load->seconds * 1e6);
    for (int i = 0; i < load->connections; i++) {
        struct connection *c = &load->each[i];
        c->load = load;
        ev_io_init(&c->io, on_ready, rh_fd(c->db), EV_READ);
        c->io.data = c;
        while (load->rate == 0 && c->in_flight < load->pipeline)
            start_request(c, now_us());
        if (rh_push(c->db) != RH_OK)
            die("a connection broke", c->db);
        watch(c);
    }
    ev_timer_init(&load->end, on_end, WARM_UP_S + load->seconds, 0);
    ev_timer_start(load->loop, &load->end);
    ev_timer_init(&load->tick, on_tick, 0, 0.001);
    load->tick.data = load;
    if (load->rate > 0)
        ev_timer_start(load->loop, &load->tick);
    ev_run(load->loop, 0);
}

/* --- The report --- */

static void report(const struct load *load)
{
    static const double percents[] = { 50, 90, 99, 99.9 };
    const struct histogram *h = &load->latencies;
    double per_second = (double)h->total / load->seconds;
    if (!load->json) {
        printf("%-8s %4d x %-3d %10.0f/s   p50 %6lld  p90 %6lld  p99 %6lld  p99.9 %6lld  max %6lld us   errors %llu\n",
               load->echo ? "echo" : load->mix->name, load->connections, load->pipeline, per_second, (long long)histogram_percentile(h, percents[0]),
               (long long)histogram_percentile(h, percents[1]), (long long)histogram_percentile(h, percents[2]),
               (long long)histogram_percentile(h, percents[3]), (long long)h->max, (unsigned long long)load->errors);
        if (load->errors > 0)
            printf("         first error: %s\n", load->first_error);
        return;
    }
    printf("{\"mix\": \"%s\", \"connections\": %d, \"pipeline\": %d, \"rate\": %.0f, \"seconds\": %.3f, \"requests\": %llu, \"per_second\": %.1f, "
           "\"errors\": %llu, \"latency_us\": {\"mean\": %.1f", load->echo ? "echo" : load->mix->name, load->connections, load->pipeline, load->rate,
           load->seconds, (unsigned long long)h->total, per_second, (unsigned long long)load->errors, h->total > 0 ? h->sum / (double)h->total : 0.0);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
        printf(", \"p%g\": %lld", percents[i], (long long)histogram_percentile(h, percents[i]));
    printf(", \"max\": %lld}}\n", (long long)h->max);
}

static void usage(FILE *out)
{
    fprintf(out, "usage: loadgen --address ADDRESS --key FILE [--mix NAME] [--connections N] [--pipeline N] [--tenants N]\n"
                 "               [--seconds S] [--rate PER_SECOND] [--json]\n"
                 "       loadgen --address ADDRESS --echo ...\n"
                 "       loadgen --address ADDRESS --key FILE --row-size     prints how many bytes the mix \"get\" is answered\n\nmixes:\n");
    for (const struct mix *mix = mixes; mix->name != NULL; mix++)
        fprintf(out, "  %-10s %s\n", mix->name, mix->summary);
}

static int number(const char *text, int low, int high)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || value < low || value > high) {
        fprintf(stderr, "loadgen: \"%s\" is not a number from %d to %d\n", text, low, high);
        exit(2);
    }
    return (int)value;
}

static void parse(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        { "address", 1, NULL, 'a' }, { "key", 1, NULL, 'k' }, { "mix", 1, NULL, 'm' }, { "connections", 1, NULL, 'c' },
        { "pipeline", 1, NULL, 'p' }, { "tenants", 1, NULL, 't' }, { "seconds", 1, NULL, 's' }, { "rate", 1, NULL, 'r' },
        { "json", 0, NULL, 'j' }, { "echo", 0, NULL, 'e' }, { "row-size", 0, NULL, 'z' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 },
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'a': load->address = optarg; break;
        case 'k': load->key = optarg; break;
        case 'm': load->mix = mix_find(optarg); break;
        case 'c': load->connections = number(optarg, 1, CONNECTIONS_MAX); break;
        case 'p': load->pipeline = number(optarg, 1, PIPELINE_MAX); break;
        case 't': load->tenants = number(optarg, 1, TENANTS_MAX); break;
        case 's': load->seconds = number(optarg, 1, 3600); break;
        case 'r': load->rate = number(optarg, 1, 10000000); break;
        case 'j': load->json = true; break;
        case 'e': load->echo = true; break;
        case 'z': load->row_size = true; break;
        case 'h': usage(stdout); exit(0);
        default: usage(stderr); exit(2);
        }
    if (load->address == NULL || load->mix == NULL || (load->key == NULL && !load->echo) || optind < argc) {
        usage(stderr);
        exit(2);
    }
}

/* The row that `get` is answered: what bench's other programs answer or write must be as large. */
static void print_row_size(struct connection *c)
{
    struct rh_reply *reply = NULL;
    if (rh_get(c->db, "contacts", &reply, "I", c->place.first_contact) != RH_OK || rh_is_null(rh_result(reply)))
        die("getting a contact", c->db);
    printf("%zu\n", rh_result(reply).size);
    rh_reply_free(reply);
}

static char *read_key(const char *path)
{
    static char key[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(key, sizeof key, file) == NULL)
        die(path, NULL);
    fclose(file);
    key[strcspn(key, "\r\n")] = '\0';
    return key;
}

int main(int argc, char **argv)
{
    static struct load load = { .connections = 50, .pipeline = 1, .tenants = 50, .seconds = 3 };
    struct rh *service = NULL;
    load.mix = mix_find("get");
    parse(&load, argc, argv);
    load.each = calloc((size_t)load.connections, sizeof *load.each);
    if (load.each == NULL)
        die("out of memory", NULL);
    if (!load.echo) {
        service = rh_open(load.address, &(struct rh_options){ .timeout_ms = 60000 });
        if (rh_connect(service) != RH_OK || rh_authenticate(service, read_key(load.key)) != RH_OK)
            die("signing in with the service key", service);
        create_entries(service);
        for (int i = 0; i < load.tenants; i++)
            create_tenant(service, i);
    }
    for (int i = 0; i < load.connections; i++) {
        if (load.echo)
            open_echo(&load, &load.each[i]);
        else
            open_connection(&load, service, &load.each[i], i);
    }
    if (load.row_size) {
        print_row_size(&load.each[0]);
    } else {
        run(&load);
        report(&load);
    }
    for (int i = 0; i < load.connections; i++)
        rh_close(load.each[i].db);
    rh_close(service);
    free(load.each);
    return load.errors > 0;
}
