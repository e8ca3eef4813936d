/* Prepaid credits through the client, against a running server.
 *
 *   - Random movements by several connections at once: each works on an account of its own, held against a plain model of
 *     src/native/credits/credit_rule.h's text, and on one that all share, of which the sum of what was acknowledged must remain.
 *   - A thousand concurrent calls under a hundred idempotency keys, some of them given up by their caller on purpose and
 *     repeated, while the server is killed and started again: exactly a hundred debits, and one reply a key.
 * After both: balances, ledger and logs agree, and `verify` finds nothing.
 *
 *      CREDITS_SEED=7 ROWHOUSED=build/release/rowhoused build/release/tests/integration/credits */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rowhouse/rowhouse.h>

#include "differential/random.h"

#define WORKERS 4
#define STEPS 1500
#define RESERVATIONS_MAX 64
#define KEYS 100
#define RETRIERS 10
#define KILLS 3
#define SHARED WORKERS              /* the account that all work on */

static const struct { const char *name; int64_t cost; } actions[] = { { "send_email", 1 }, { "send_whatsapp", 2 }, { "ai_email_generation", 3 }, { "ai_lead_scoring", 5 } };

static uint64_t seed;
static char directory[] = "/tmp/rowhouse-credits-XXXXXX", address[128];
static pid_t server;

/* Also from threads, where an assertion of Criterion cannot report. */
static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "CREDITS_SEED=%" PRIu64 ": ", seed);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    abort();
}

static void need(struct rh *db, int outcome, const char *what)
{
    if (outcome != RH_OK)
        fail("%s: %s %s %s", what, rh_sqlstate(db), rh_message(db), rh_detail(db));
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- The server: ends with the test, however that ends --- */

static void start(void)
{
    const char *program = getenv("ROWHOUSED");
    char data[64], log[64];
    snprintf(data, sizeof data, "%s/data", directory);
    snprintf(log, sizeof log, "%s/log", directory);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen(log, "a", stderr) == NULL)
            _exit(127);
        execl(program != NULL ? program : "build/release/rowhoused", "rowhoused", "--data", data, "--migrations", "schema/migrations", "--listen", "",
              "--image-dir", data, (char *)NULL);
        _exit(127);
    }
}

static void connect_to(struct rh *db)
{
    for (int tries = 0; rh_connect(db) != RH_OK; tries++) {
        if (tries > 6000)
            fail("the server does not answer: %s", rh_message(db));
        usleep(5000);
    }
}

static struct rh *connect_service(void)
{
    char path[96], key[256] = "";
    struct rh *db = rh_open(address, &(struct rh_options){ .timeout_ms = 30000 });
    connect_to(db);
    snprintf(path, sizeof path, "%s/data/service.key", directory);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(key, sizeof key, file) == NULL)
        fail("cannot read %s", path);
    fclose(file);
    key[strcspn(key, "\n")] = '\0';
    need(db, rh_authenticate(db, key), "the service key");
    return db;
}

static struct rh *begin(void)
{
    const char *given = getenv("CREDITS_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)now_us();
    fprintf(stderr, "CREDITS_SEED=%" PRIu64 "\n", seed);
    cr_assert(mkdtemp(directory) != NULL);
    snprintf(address, sizeof address, "unix:%s/data/rowhouse.sock", directory);
    start();
    return connect_service();
}

static void end(struct rh *service)
{
    char command[64];
    struct rh_reply *reply = NULL;
    int status;
    need(service, rh_request(service, &reply, "verify", "[]"), "verify");
    if (rh_int(rh_member(rh_result(reply), "count")) != 0)
        fail("verify: %s", rh_cell_text(rh_member(rh_result(reply), "findings")));
    rh_reply_free(reply);
    rh_close(service);
    kill(server, SIGTERM);
    waitpid(server, &status, 0);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert(status == 0 && system(command) == 0);
}

/* --- Tenants --- */

static struct rh_uuid numbered(char kind, int number)
{
    char text[37];
    struct rh_uuid id;
    snprintf(text, sizeof text, "%c0000000-0000-4000-8000-%012d", kind, number);
    if (!rh_uuid_parse(text, &id))
        fail("uuid");
    return id;
}

static char *make_tenant(struct rh *service, int number)
{
    struct rh_uuid organization = numbered('a', number), user = numbered('b', number);
    struct rh_reply *reply = NULL;
    size_t size;
    need(service, rh_txn(service, NULL, "[[s s {s:u s:s}] [s s {s:u}] [s s {s:u s:u}]]", "insert", "organizations", "id", &organization, "name", "Tenant",
                         "insert", "auth.users", "id", &user, "insert", "profiles", "id", &user, "organization_id", &organization), "a tenant");
    need(service, rh_call(service, "issue_token", &reply, "{s:u s:i}", "user_id", &user, "ttl_seconds", 86400), "a token");
    const char *text = rh_text(rh_member(rh_result(reply), "token"), &size);
    char *token = strndup(text, size);
    rh_reply_free(reply);
    return token;
}

static struct rh *connect_member(const char *token)
{
    struct rh *db = rh_open(address, &(struct rh_options){ .timeout_ms = 30000 });
    connect_to(db);
    need(db, rh_authenticate(db, token), "signing in");
    return db;
}

/* Sum, and number, of a house's ledger rows of one type; NULL: all. */
static int64_t ledger(struct rh *service, int tenant, const char *type, int64_t *ret_count)
{
    struct rh_uuid organization = numbered('a', tenant);
    struct rh_reply *reply = NULL;
    need(service, rh_request(service, &reply, "aggregate", "[s {s:[[s s] [s s]] s:u s:[s s s]}]", "credit_ledger", "aggregates", "sum", "amount", "count", "*",
                             "organization", &organization, "where", type == NULL ? "<>" : "=", "entry_type", type == NULL ? "" : type), "the ledger");
    struct rh_cell row = rh_at(rh_member(rh_result(reply), "rows"), 0);
    int64_t sum = rh_int(rh_at(row, 0)), count = rh_int(rh_at(row, 1));
    rh_reply_free(reply);
    if (ret_count != NULL)
        *ret_count = count;
    return sum;
}

static int64_t count_logs(struct rh *service, int tenant, bool success)
{
    struct rh_uuid organization = numbered('a', tenant);
    struct rh_reply *reply = NULL;
    need(service, rh_request(service, &reply, "count", "[s {s:u s:[s s b]}]", "credit_consumption_logs", "organization", &organization, "where", "=", "success",
                             (int)success), "the logs");
    int64_t count = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return count;
}

/* --- The model: an account and a list of what is set aside --- */

struct held { struct rh_uuid id; int64_t credits, expires_us; bool open; };

struct account {
    int64_t total, remaining, ledger_rows, taken, refused;
    int64_t end_us;                 /* of the cycle; 0: none */
    int held_count;
    struct held held[RESERVATIONS_MAX];
};

enum kind { CONSUME, GRANT, RESERVE, COMMIT, RELEASE, REFUND, ADJUST, RESET, KINDS };
static const char *const functions[KINDS] = { "consume_credits", "grant_credits", "reserve_credits", "commit_reservation", "release_reservation",
                                              "refund_credits", "adjust_credits", "reset_credit_cycle" };

struct movement {
    enum kind kind;
    int action, held;               /* held -1: a reservation that never was */
    int64_t quantity, amount, ttl_s;        /* amount of COMMIT -1: left out */
    int64_t end_us;                 /* of a RESET; 0: none */
};

struct effect { const char *state; bool success; int64_t remaining, figure; };      /* state "": done */

static int64_t reserved_of(const struct account *a)
{
    int64_t sum = 0;
    for (int i = 0; i < a->held_count; i++)
        sum += a->held[i].open ? a->held[i].credits : 0;
    return sum;
}

static void expire(struct account *a, int64_t time_us)
{
    for (int i = 0; i < a->held_count; i++)
        if (a->held[i].open && a->held[i].expires_us <= time_us) {
            a->held[i].open = false;
            a->remaining += a->held[i].credits;
        }
}

static void give(struct account *a, int64_t amount, bool to_total)
{
    a->remaining += amount;
    a->total += to_total ? amount : 0;
    a->ledger_rows++;
}

static struct effect settle(struct account *a, struct held *held, int64_t taken)
{
    held->open = false;
    a->remaining += held->credits - taken;
    return (struct effect){ "", true, a->remaining, taken };
}

/* What remains of a cycle that has ended can be spent no more. */
static bool is_over(const struct account *a, int64_t time_us)
{
    return a->end_us != 0 && a->end_us <= time_us;
}

/* Does it to the model; a refusal leaves it as it was. */
static struct effect apply(struct account *a, const struct movement *m, int64_t time_us)
{
    int64_t cost = actions[m->action].cost * m->quantity, amount = m->amount;
    struct held *held = m->held >= 0 ? &a->held[m->held] : NULL;
    struct effect effect;
    expire(a, time_us);
    switch (m->kind) {
    case CONSUME:
    case RESERVE:
        amount = is_over(a, time_us) ? 0 : a->remaining;
        if (cost > amount) {
            a->refused++;
            return (struct effect){ "", false, amount, cost };
        }
        a->remaining -= cost;
        if (m->kind == RESERVE) {
            a->held[a->held_count++] = (struct held){ .credits = cost, .open = true };
        } else {
            a->taken++;
            a->ledger_rows++;
        }
        return (struct effect){ "", true, a->remaining, cost };
    case COMMIT:
        if (held == NULL || !held->open)
            return (struct effect){ .state = "55000" };
        amount = amount < 0 ? held->credits : amount;
        if (amount > held->credits)
            return (struct effect){ .state = "22023" };
        effect = settle(a, held, amount);
        a->taken++;
        a->ledger_rows += amount > 0;
        return effect;
    case RELEASE:
        if (held == NULL || !held->open)
            return (struct effect){ .state = "55000" };
        return settle(a, held, 0);
    case REFUND:
        if (amount < 1 || amount > a->total - a->remaining - reserved_of(a))
            return (struct effect){ .state = "22003" };
        give(a, amount, false);
        break;
    case GRANT:
        if (amount < 1)
            return (struct effect){ .state = "22003" };
        give(a, amount, true);
        break;
    case ADJUST:
        if (amount == 0 || amount < -a->remaining)
            return (struct effect){ .state = "22003" };
        give(a, amount, true);
        break;
    default:
        if (amount < 0)
            return (struct effect){ .state = "22003" };
        a->ledger_rows += (a->remaining > 0) + (amount > 0);
        a->remaining = amount;
        a->total = amount + reserved_of(a);
        a->end_us = m->end_us;
        break;
    }
    return (struct effect){ "", true, a->remaining, a->total };
}

/* --- A worker --- */

struct worker {
    pthread_t thread;
    int number;
    struct random random;
    struct rh *service, *member, *shared;
    struct account account;
    int64_t shared_sum;             /* of what was acknowledged on the shared account, as its ledger shows it */
};

static struct movement pick(struct worker *w)
{
    struct random *r = &w->random;
    struct movement m = { .kind = (enum kind)random_below(r, KINDS), .action = random_below(r, 4), .quantity = 1 + random_below(r, 4),
                          .ttl_s = random_below(r, 3) == 0 ? 1 : 600, .held = -1 };
    if (m.kind == RESERVE && w->account.held_count == RESERVATIONS_MAX)
        m.kind = CONSUME;
    if (w->account.held_count > 0 && random_below(r, 20) != 0)
        m.held = random_below(r, w->account.held_count);
    bool over = is_over(&w->account, now_us());
    if (m.kind == RESET && !over && random_below(r, 10) != 0)
        m.kind = CONSUME;
    if (m.kind == RESET && random_below(r, 3) == 0)
        m.end_us = now_us() + random_below(r, 100) * 1000 - 10000;
    if (m.kind == ADJUST)
        m.amount = random_below(r, 60) - 30;
    else if (m.kind == COMMIT)
        m.amount = random_below(r, 12) - 1;
    else
        m.amount = random_below(r, 40) - 2;
    return m;
}

static struct rh *perform(struct worker *w, const struct movement *m, int *ret_outcome, struct rh_reply **ret)
{
    static const char text[] = "organization_id";
    struct rh_uuid organization = numbered('a', w->number), never = numbered('f', 1);
    const struct rh_uuid *held = m->held >= 0 ? &w->account.held[m->held].id : &never;
    struct rh *db = m->kind == CONSUME || m->kind == RESERVE || m->kind == COMMIT || m->kind == RELEASE ? w->member : w->service;
    switch (m->kind) {
    case CONSUME:
        *ret_outcome = rh_call(db, functions[m->kind], ret, "{s:s s:I}", "action_type", actions[m->action].name, "quantity", m->quantity);
        break;
    case RESERVE:
        *ret_outcome = rh_call(db, functions[m->kind], ret, "{s:s s:I s:I}", "action_type", actions[m->action].name, "quantity", m->quantity,
                               "ttl_seconds", m->ttl_s);
        break;
    case COMMIT:
        *ret_outcome = m->amount < 0 ? rh_call(db, functions[m->kind], ret, "{s:u}", "reservation_id", held)
                                     : rh_call(db, functions[m->kind], ret, "{s:u s:I}", "reservation_id", held, "amount", m->amount);
        break;
    case RELEASE:
        *ret_outcome = rh_call(db, functions[m->kind], ret, "{s:u}", "reservation_id", held);
        break;
    case RESET:
        *ret_outcome = m->end_us == 0 ? rh_call(db, functions[m->kind], ret, "{s:u s:I}", text, &organization, "amount", m->amount)
                                      : rh_call(db, functions[m->kind], ret, "{s:u s:I s:t}", text, &organization, "amount", m->amount, "cycle_end_date", m->end_us);
        break;
    default:
        *ret_outcome = rh_call(db, functions[m->kind], ret, "{s:u s:I}", text, &organization, "amount", m->amount);
        break;
    }
    return db;
}

/* Whether the reply is what the model says. */
static bool agrees(const struct movement *m, const struct effect *effect, struct rh *db, int outcome, struct rh_cell result)
{
    if (outcome != RH_OK)
        return outcome == RH_REFUSED && strcmp(rh_sqlstate(db), effect->state) == 0;
    if (effect->state[0] != '\0' || rh_int(rh_member(result, "credits_remaining")) != effect->remaining)
        return false;
    switch (m->kind) {
    case CONSUME: return rh_bool(rh_member(result, "success")) == effect->success &&
                         rh_int(rh_member(result, effect->success ? "credits_consumed" : "credits_required")) == effect->figure;
    case RESERVE: return rh_bool(rh_member(result, "success")) == effect->success &&
                         rh_int(rh_member(result, effect->success ? "credits_reserved" : "credits_required")) == effect->figure;
    case COMMIT:
    case RELEASE: return rh_int(rh_member(result, "credits_consumed")) == effect->figure;
    default: return rh_int(rh_member(result, "total_credits")) == effect->figure;
    }
}

/* What expires while a call is under way may have expired for it, or not: one of the two must agree. */
static void move(struct worker *w, int step)
{
    struct movement m = pick(w);
    struct rh_reply *reply = NULL;
    struct account before = w->account;
    int outcome;
    int64_t times[2];
    times[0] = now_us();
    struct rh *db = perform(w, &m, &outcome, &reply);
    times[1] = now_us();
    bool agreed = false;
    for (int i = 0; i < 2 && !agreed; i++) {
        w->account = before;
        struct effect effect = apply(&w->account, &m, times[i]);
        agreed = agrees(&m, &effect, db, outcome, rh_result(reply));
    }
    if (!agreed)
        fail("worker %d, step %d: %s of %" PRId64 " with %" PRId64 " of %" PRId64 " left: %s %s %s", w->number, step, functions[m.kind], m.amount,
             before.remaining, before.total, rh_sqlstate(db), rh_message(db), reply != NULL ? rh_cell_text(rh_result(reply)) : "");
    if (m.kind == RESERVE && w->account.held_count > before.held_count) {
        struct held *held = &w->account.held[before.held_count];
        held->expires_us = rh_time_us(rh_member(rh_result(reply), "expires_at"));
        if (!rh_uuid(rh_member(rh_result(reply), "reservation_id"), &held->id) || held->expires_us < times[0] + m.ttl_s * 1000000 ||
            held->expires_us > times[1] + m.ttl_s * 1000000)
            fail("worker %d, step %d: a reservation without an id, or with a wrong end", w->number, step);
    }
    rh_reply_free(reply);
    if (w->account.held_count == RESERVATIONS_MAX) {        /* makes room: forgets those that are settled */
        int kept = 0;
        for (int i = 0; i < RESERVATIONS_MAX; i++)
            if (w->account.held[i].open)
                w->account.held[kept++] = w->account.held[i];
        w->account.held_count = kept;
    }
}

/* On the shared account only sums can be told: consumption, and reservations that are settled at once, by half. */
static void move_shared(struct worker *w)
{
    struct rh_reply *reply = NULL;
    int action = random_below(&w->random, 4);
    bool reserve = random_below(&w->random, 2) == 0;
    need(w->shared, rh_call(w->shared, reserve ? "reserve_credits" : "consume_credits", &reply, "{s:s s:i}", "action_type", actions[action].name, "quantity", 2),
         "the shared account");
    struct rh_cell result = rh_result(reply);
    struct rh_uuid id;
    if (rh_int(rh_member(result, "credits_remaining")) < 0)
        fail("a negative balance");
    if (!reserve && rh_bool(rh_member(result, "success")))
        w->shared_sum -= 2 * actions[action].cost;
    if (reserve && rh_bool(rh_member(result, "success"))) {
        rh_uuid(rh_member(result, "reservation_id"), &id);
        need(w->shared, rh_call(w->shared, "commit_reservation", NULL, "{s:u s:I}", "reservation_id", &id, "amount", actions[action].cost), "committing");
        w->shared_sum -= actions[action].cost;
    }
    rh_reply_free(reply);
    if (random_below(&w->random, 8) == 0) {
        struct rh_uuid organization = numbered('a', SHARED);
        need(w->service, rh_call(w->service, "grant_credits", NULL, "{s:u s:i}", "organization_id", &organization, "amount", 25), "granting");
        w->shared_sum += 25;
    }
}

static void *work(void *env)
{
    struct worker *w = env;
    for (int step = 0; step < STEPS; step++) {
        move(w, step);
        if (step % 4 == 0)
            move_shared(w);
        if (random_below(&w->random, 400) == 0)
            usleep(600000);         /* lets some reservations expire */
    }
    return NULL;
}

static void judge(struct rh *service, struct worker *w)
{
    struct rh_uuid organization = numbered('a', w->number);
    struct rh_reply *reply = NULL;
    int64_t rows;
    expire(&w->account, now_us());
    need(service, rh_call(service, "get_credit_balance", &reply, "{s:u}", "organization_id", &organization), "the balance");
    int64_t reserved = rh_int(rh_member(rh_result(reply), "credits_reserved")), remaining = rh_int(rh_member(rh_result(reply), "credits_remaining"));
    expire(&w->account, now_us());
    if (remaining != w->account.remaining || reserved != reserved_of(&w->account) || rh_int(rh_member(rh_result(reply), "total_credits")) != w->account.total)
        fail("worker %d: the balance is %" PRId64 " and %" PRId64 " reserved, not %" PRId64 " and %" PRId64, w->number, remaining, reserved,
             w->account.remaining, reserved_of(&w->account));
    rh_reply_free(reply);
    if (ledger(service, w->number, NULL, &rows) != remaining + reserved || rows != w->account.ledger_rows)
        fail("worker %d: %" PRId64 " rows of the ledger, not %" PRId64 ", or another sum than the balance", w->number, rows, w->account.ledger_rows);
    if (count_logs(service, w->number, true) != w->account.taken || count_logs(service, w->number, false) != w->account.refused)
        fail("worker %d: logs of %" PRId64 " and %" PRId64 ", not %" PRId64 " and %" PRId64, w->number, count_logs(service, w->number, true),
             count_logs(service, w->number, false), w->account.taken, w->account.refused);
}

Test(credits, agree_with_the_model)
{
    static struct worker workers[WORKERS];
    struct rh *service = begin();
    struct rh_uuid organization = numbered('a', SHARED);
    struct rh_reply *reply = NULL;
    int64_t sum = 0;
    char *shared = make_tenant(service, SHARED);
    for (int i = 0; i < WORKERS; i++) {
        char *token = make_tenant(service, i);
        workers[i] = (struct worker){ .number = i, .random = { seed + (uint64_t)i }, .service = connect_service(), .member = connect_member(token),
                                      .shared = connect_member(shared) };
        free(token);
    }
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            fail("no thread");
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        judge(service, &workers[i]);
        sum += workers[i].shared_sum;
        rh_close(workers[i].service);
        rh_close(workers[i].member);
        rh_close(workers[i].shared);
    }
    need(service, rh_call(service, "get_credit_balance", &reply, "{s:u}", "organization_id", &organization), "the balance");
    if (rh_int(rh_member(rh_result(reply), "credits_remaining")) != sum || rh_int(rh_member(rh_result(reply), "credits_reserved")) != 0 ||
        ledger(service, SHARED, NULL, NULL) != sum)
        fail("the shared account does not have the %" PRId64 " credits that were acknowledged", sum);
    rh_reply_free(reply);
    free(shared);
    end(service);
}

/* The service may write the balance itself; a balance that reservations do not fit back into is refused, and stops nobody. */
Test(credits, a_balance_written_by_hand_is_looked_at)
{
    struct rh *service = begin();
    struct rh_uuid organization = numbered('a', 1), id;
    struct rh_reply *reply = NULL;
    char *token = make_tenant(service, 1);
    struct rh *member = connect_member(token);
    need(service, rh_call(service, "grant_credits", NULL, "{s:u s:i}", "organization_id", &organization, "amount", 10), "granting");
    need(member, rh_call(member, "reserve_credits", &reply, "{s:s}", "action_type", "send_email"), "reserving");
    rh_uuid(rh_member(rh_result(reply), "reservation_id"), &id);
    for (int i = 0; i < 2; i++) {
        need(service, rh_request(service, NULL, "update", "[s u {s:i}]", "organization_credits", &organization, "credits_remaining", i == 0 ? INT32_MAX : 9),
             "writing a balance");
        int outcome = rh_call(member, "release_reservation", NULL, "{s:u}", "reservation_id", &id);
        cr_assert(i == 0 ? outcome == RH_REFUSED && strcmp(rh_sqlstate(member), "22003") == 0 : outcome == RH_OK, "%s", rh_message(member));
    }
    rh_reply_free(reply);
    rh_close(member);
    free(token);
    end(service);
}

/* --- Under idempotency keys --- */

struct retrier {
    pthread_t thread;
    struct random random;
    struct rh *db;
};

static _Atomic int64_t first_answers[KEYS];         /* credits left by the first reply of each key; 0: none yet */
static atomic_int answered, given_up;

/* One call, repeated until its outcome is known; often its caller does not wait long enough the first time. */
static void debit(struct retrier *r, int number)
{
    char key[32];
    bool patient = random_below(&r->random, 3) != 0;
    snprintf(key, sizeof key, "debit-%d", number);
    for (int tries = 0;; tries++) {
        struct rh_reply *reply = NULL;
        int64_t none = 0;
        rh_set_timeout(r->db, patient || tries > 0 ? 30000 : 1);
        int outcome = rh_request(r->db, &reply, "call", "[s {s:s} {s:s}]", "consume_credits", "action_type", "send_whatsapp", "idempotency_key", key);
        if (outcome == RH_OK) {
            int64_t left = rh_int(rh_member(rh_result(reply), "credits_remaining"));
            if (!atomic_compare_exchange_strong(&first_answers[number], &none, left) && none != left)
                fail("key %d left %" PRId64 " credits, and then %" PRId64, number, none, left);
            rh_reply_free(reply);
            atomic_fetch_add(&answered, 1);
            return;
        }
        if (outcome == RH_REFUSED && strcmp(rh_sqlstate(r->db), "57P01") != 0)
            fail("key %d: %s %s", number, rh_sqlstate(r->db), rh_message(r->db));
        atomic_fetch_add(&given_up, 1);
        rh_set_timeout(r->db, 30000);
        connect_to(r->db);
    }
}

static void *retry(void *env)
{
    struct retrier *r = env;
    int first = random_below(&r->random, KEYS);
    for (int i = 0; i < KEYS; i++) {
        debit(r, (first + i * 37) % KEYS);
        if (random_below(&r->random, 4) == 0)
            usleep((useconds_t)random_below(&r->random, 4000));
    }
    return NULL;
}

/* kill -9 and start again, spread over the calls. */
static void kill_now_and_then(void)
{
    for (int i = 1; i <= KILLS; i++) {
        while (atomic_load(&answered) < i * KEYS * RETRIERS / (KILLS + 2))
            usleep(500);
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
        start();
    }
}

Test(credits, a_key_debits_once)
{
    static struct retrier retriers[RETRIERS];
    struct rh *service = begin();
    struct rh_uuid organization = numbered('a', 1);
    struct rh_reply *reply = NULL;
    int64_t rows;
    char *token = make_tenant(service, 1);
    need(service, rh_call(service, "grant_credits", NULL, "{s:u s:i}", "organization_id", &organization, "amount", 1000), "granting");
    rh_close(service);
    for (int i = 0; i < RETRIERS; i++)
        retriers[i] = (struct retrier){ .random = { seed + (uint64_t)i }, .db = connect_member(token) };
    for (int i = 0; i < RETRIERS; i++)
        if (pthread_create(&retriers[i].thread, NULL, retry, &retriers[i]) != 0)
            fail("no thread");
    kill_now_and_then();
    for (int i = 0; i < RETRIERS; i++) {
        pthread_join(retriers[i].thread, NULL);
        rh_close(retriers[i].db);
    }
    service = connect_service();
    need(service, rh_call(service, "get_credit_balance", &reply, "{s:u}", "organization_id", &organization), "the balance");
    int64_t remaining = rh_int(rh_member(rh_result(reply), "credits_remaining"));
    int64_t debited = ledger(service, 1, "consumption", &rows);
    if (atomic_load(&answered) != KEYS * RETRIERS || remaining != 1000 - 2 * KEYS || debited != -2 * KEYS || rows != KEYS || count_logs(service, 1, true) != KEYS)
        fail("%d calls under %d keys: %" PRId64 " debits of %" PRId64 ", %" PRId64 " credits left", atomic_load(&answered), KEYS, rows, debited, remaining);
    fprintf(stderr, "%d calls, %d given up and repeated, %" PRId64 " debits\n", atomic_load(&answered), atomic_load(&given_up), rows);
    rh_reply_free(reply);
    free(token);
    end(service);
}
