/* kill -9 at any moment: nothing acknowledged is lost, nothing happens twice, nothing by halves.
 *
 *      kill --server ROWHOUSED [--cycles 200] [--seed N]
 *
 * Workers commit transactions {a contact with a name of its own, one credit, one audit entry}, each under an idempotency key,
 * while the server is killed after a random time (sometimes again while it recovers, sometimes it is told to stop
 * cleanly instead). After each start every transaction whose outcome is unknown is repeated under its key. Then for each tenant
 *   - there are exactly as many contacts as transactions were acknowledged, and each acknowledged name is there;
 *   - the balance is what was granted less one credit each;
 *   - the audit chain verifies and has as many entries.
 * Every 20th cycle the server verifies everything it has. A worker is one thread with one connection. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rowhouse/rowhouse.h>

#define TENANTS 2
#define WORKERS_PER_TENANT 2
#define WORKERS (TENANTS * WORKERS_PER_TENANT)
#define GRANTED 2000000000

struct tenant {
    struct rh_uuid organization, user;
    char *token;
};

struct worker {
    pthread_t thread;
    int number;
    struct tenant *tenant;
    struct rh *db;
    int64_t done;                   /* transactions acknowledged: names 0 to done - 1 are in */
    bool pending;                   /* the outcome of number `done` is unknown */
};

static const char *program;
static char directory[] = "/tmp/rowhouse-kill-XXXXXX";
static char address[128];
static pid_t server = -1;
static unsigned seed;
static atomic_bool stopping;
static struct tenant tenants[TENANTS];
static struct worker workers[WORKERS];

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "crash: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n  data and log are left in %s; SEED=%u\n", directory, seed);
    va_end(args);
    if (server > 0)
        kill(server, SIGKILL);
    exit(1);
}

static void need(int outcome, struct rh *db, const char *what)
{
    if (outcome != RH_OK)
        fail("%s: %s %s %s", what, rh_sqlstate(db), rh_message(db), rh_detail(db));
}

/* --- The server --- */

static void start(void)
{
    char data[128], log[128];
    snprintf(data, sizeof data, "%s/data", directory);
    snprintf(log, sizeof log, "%s/log", directory);
    server = fork();
    if (server == 0) {
        if (freopen(log, "a", stderr) == NULL)
            _exit(127);
        execl(program, "rowhoused", "--data", data, "--migrations", "schema/migrations", "--listen", "", "--segment-size", "16777216",
              "--snapshot-log-bytes", "4194304", (char *)NULL);
        _exit(127);
    }
}

static void end(int signal)
{
    int status = 0;
    kill(server, signal);
    waitpid(server, &status, 0);
    if (signal == SIGTERM && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        fail("a clean stop ended with status %d", status);
    server = -1;
}

static void connect_to(struct rh *db)
{
    for (int tries = 0; rh_connect(db) != RH_OK; tries++) {
        if (waitpid(server, NULL, WNOHANG) != 0)
            fail("the server did not start again");
        if (tries > 3000)
            fail("the server does not answer: %s", rh_message(db));
        usleep(5000);
    }
}

static struct rh *connect_service(void)
{
    char path[128], key[256] = "";
    struct rh *db = rh_open(address, &(struct rh_options){ .timeout_ms = 30000 });
    connect_to(db);
    snprintf(path, sizeof path, "%s/data/service.key", directory);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(key, sizeof key, file) == NULL)
        fail("cannot read %s", path);
    fclose(file);
    key[strcspn(key, "\n")] = '\0';
    need(rh_authenticate(db, key), db, "the service key");
    return db;
}

/* --- Tenants --- */

static void set_up(struct rh *service, struct tenant *t, int number)
{
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
    need(rh_call(service, "issue_token", &reply, "{s:u s:i}", "user_id", &t->user, "ttl_seconds", 86400), service, "a token");
    const char *text = rh_text(rh_member(rh_result(reply), "token"), &size);
    t->token = strndup(text, size);
    rh_reply_free(reply);
}

/* --- Workers --- */

/* Transaction number w->done; the same call however often it is made. */
static int commit(struct worker *w)
{
    char name[48], key[64];
    snprintf(name, sizeof name, "w%d-%lld", w->number, (long long)w->done);
    snprintf(key, sizeof key, "key-%s", name);
    return rh_request(w->db, NULL, "txn", "[[[s s {s:u s:s}] [s s {s:s}] [s s {s:s s:s}]] {s:s}]",
                      "insert", "contacts", "organization_id", &w->tenant->organization, "name", name,
                      "call", "consume_credits", "action_type", "send_email",
                      "call", "append_audit_log", "action_type", "contact.create", "resource_id", name, "idempotency_key", key);
}

static void *work(void *env)
{
    struct worker *w = env;
    while (!atomic_load(&stopping)) {
        int outcome = commit(w);
        if (outcome == RH_OK) {
            w->done++;
        } else if (outcome == RH_UNKNOWN) {
            w->pending = true;
            return NULL;
        } else if (outcome == RH_NOT_SENT || strcmp(rh_sqlstate(w->db), "57P01") == 0) {
            return NULL;
        } else {
            fail("worker %d: %s %s %s", w->number, rh_sqlstate(w->db), rh_message(w->db), rh_detail(w->db));
        }
    }
    return NULL;
}

static void resolve(struct worker *w)
{
    connect_to(w->db);
    if (w->pending) {
        need(commit(w), w->db, "repeating under the same key");
        w->done++;
        w->pending = false;
    }
}

/* --- Judging --- */

static void check_names(struct rh *service, const struct worker *w)
{
    char pattern[32];
    struct rh_reply *reply = NULL;
    snprintf(pattern, sizeof pattern, "w%d-%%", w->number);
    need(rh_request(service, &reply, "count", "[s {s:[s s s]}]", "contacts", "where", "like", "name", pattern), service, "counting");
    if (rh_int(rh_result(reply)) != w->done)
        fail("worker %d: %lld transactions were acknowledged, %lld contacts are there", w->number, (long long)w->done,
             (long long)rh_int(rh_result(reply)));
    rh_reply_free(reply);
    for (int64_t last = w->done - 1; last >= 0 && last >= w->done - 3; last--) {
        char name[64];
        snprintf(name, sizeof name, "w%d-%lld", w->number, (long long)last);
        need(rh_request(service, &reply, "count", "[s {s:[s s s]}]", "contacts", "where", "=", "name", name), service, "looking for a name");
        if (rh_int(rh_result(reply)) != 1)
            fail("contact %s is there %lld times", name, (long long)rh_int(rh_result(reply)));
        rh_reply_free(reply);
    }
}

static void check_tenant(struct rh *service, int number)
{
    struct tenant *t = &tenants[number];
    struct rh_reply *reply = NULL;
    int64_t done = 0;
    for (int i = 0; i < WORKERS; i++)
        done += workers[i].tenant == t ? workers[i].done : 0;
    need(rh_request(service, &reply, "get", "[s u {s:[s]}]", "organization_credits", &t->organization, "columns", "credits_remaining"), service, "the balance");
    if (rh_int(rh_at(rh_result(reply), 0)) != GRANTED - done)
        fail("tenant %d: %lld credits were spent, the balance fell by %lld", number, (long long)done, (long long)(GRANTED - rh_int(rh_at(rh_result(reply), 0))));
    rh_reply_free(reply);
    need(rh_call(service, "verify_audit_chain", &reply, "{s:u}", "organization_id", &t->organization), service, "the audit chain");
    if (!rh_bool(rh_member(rh_result(reply), "valid")) || rh_int(rh_member(rh_result(reply), "entries")) != done)
        fail("tenant %d: the audit chain of %lld entries does not verify, or has not %lld", number,
             (long long)rh_int(rh_member(rh_result(reply), "entries")), (long long)done);
    rh_reply_free(reply);
}

static void verify(struct rh *service)
{
    struct rh_reply *reply = NULL;
    need(rh_request(service, &reply, "verify", "[]"), service, "verify");
    if (rh_int(rh_member(rh_result(reply), "count")) != 0) {
        char *findings = rh_cell_text(rh_member(rh_result(reply), "findings"));
        fail("verify found: %s", findings);
    }
    rh_reply_free(reply);
}

/* --- The loop --- */

static void cycle(int number)
{
    atomic_store(&stopping, false);
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            fail("no thread");
    usleep(1000 + (useconds_t)(rand_r(&seed) % 60000));
    end(rand_r(&seed) % 10 == 0 ? SIGTERM : SIGKILL);
    atomic_store(&stopping, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    start();
    if (rand_r(&seed) % 5 == 0) {           /* a second blow, while it recovers */
        usleep((useconds_t)(rand_r(&seed) % 200000));
        end(SIGKILL);
        start();
    }
    struct rh *service = connect_service();
    for (int i = 0; i < WORKERS; i++)
        resolve(&workers[i]);
    for (int i = 0; i < WORKERS; i++)
        check_names(service, &workers[i]);
    for (int i = 0; i < TENANTS; i++)
        check_tenant(service, i);
    if (number % 20 == 0)
        verify(service);
    rh_close(service);
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "server", 1, NULL, 's' }, { "cycles", 1, NULL, 'c' }, { "seed", 1, NULL, 'r' }, { NULL, 0, NULL, 0 } };
    int cycles = 200;
    seed = (unsigned)time(NULL);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 's': program = optarg; break;
        case 'c': cycles = atoi(optarg); break;
        case 'r': seed = (unsigned)strtoul(optarg, NULL, 10); break;
        default: return 2;
        }
    if (program == NULL || cycles < 1) {
        fprintf(stderr, "usage: kill --server ROWHOUSED [--cycles N] [--seed N]\n");
        return 2;
    }
    printf("SEED=%u\n", seed);
    if (mkdtemp(directory) == NULL)
        fail("mkdtemp");
    snprintf(address, sizeof address, "unix:%s/data/rowhouse.sock", directory);
    start();
    struct rh *service = connect_service();
    for (int i = 0; i < TENANTS; i++)
        set_up(service, &tenants[i], i + 1);
    rh_close(service);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){ .number = i, .tenant = &tenants[i % TENANTS], .db = rh_open(address, NULL) };
        connect_to(workers[i].db);
        need(rh_authenticate(workers[i].db, workers[i].tenant->token), workers[i].db, "signing in");
    }
    int64_t done = 0;
    for (int i = 1; i <= cycles; i++)
        cycle(i);
    for (int i = 0; i < WORKERS; i++) {
        done += workers[i].done;
        rh_close(workers[i].db);
    }
    service = connect_service();
    verify(service);
    rh_close(service);
    end(SIGTERM);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    if (system(command) != 0)
        fail("cleaning up");
    printf("%d passed, 0 failed\n%d cycles, %lld transactions acknowledged, none lost, none twice, none by halves\n", cycles, cycles, (long long)done);
    return 0;
}
