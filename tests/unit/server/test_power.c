/* Power cuts and failing calls of a whole server under load: loops, writer, snapshots, backups and secrets on one fake disk. What a
 * client was told while the power was on is there afterwards; a transaction is there whole or not at all.
 *
 * ROWHOUSE_ROUNDS, ROWHOUSE_SEED. */
#include "fake_daemon.h"

#include <inttypes.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define ROUNDS_OF_A_DISK 6              /* then a new one: first starts are cut too */
#define ASKED_MAX 400                   /* requests of a client in a round */
#define CLIENTS 3
#define SECOND 1000000                  /* the other half of a transaction of two has an id that is so much higher */
#define STATUS_FATAL 70
#define STATUS_WRONG 3

/* What was told, in memory shared with the processes that are cut off. */
struct told {
    _Atomic bool done;                  /* the process came to its end */
    _Atomic bool contacts[CLIENTS][ASKED_MAX];
    _Atomic int consumed;               /* credits, at least */
    _Atomic int asked;                  /* and at most */
    _Atomic bool backed_up;
    _Atomic bool has_key;
    char key[SECRET_SIZE_MAX + 1];
};

static struct daemon *d;
static struct fake_disk *disk;
static struct told *told;
static uint64_t state;
static int round_number;

static uint64_t below(uint64_t limit)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % limit;
}

/* An assertion of a forked process, where Criterion's wait for ever. */
#define MUST(condition, ...)                                                                                                \
    do                                                                                                                      \
        if (!(condition)) {                                                                                                 \
            fprintf(stderr, __VA_ARGS__);                                                                                   \
            fprintf(stderr, "\n");                                                                                          \
            _exit(STATUS_WRONG);                                                                                            \
        }                                                                                                                   \
    while (0)

/* A process that is given no answer for so long is ended: its assertions would wait for ever. */
static void go_on(void)
{
    alarm((unsigned)patience_s());
}

/* Nobody is told anything by a machine that is off. */
static bool is_on(void)
{
    return !fake_disk_is_off(disk);
}

static int id_of(int client, int number)
{
    return (round_number * CLIENTS + client) * ASKED_MAX + number + 1;
}

/* --- The process that is cut off --- */

static bool good(struct peer *p)
{
    struct reply reply;
    go_on();
    peer_send(p);
    return peer_reply(p, &reply) && strcmp(reply.state, "00000") == 0 && is_on();
}

static void sign_in(struct peer *p, const char *key)
{
    peer_open(p, d);
    struct reply reply;
    peer_call(p, &reply, "auth", "[\"%s\"]", key);
    MUST(strcmp(reply.state, "00000") == 0, "auth: %.*s", SLICE_FMT(reply.message));
}

/* A write, or a read of what another one writes: what it shows is told as well. */
static void ask(struct peer *p, int client, int number)
{
    go_on();
    int id = id_of(client, number), other = (client + 1) % CLIENTS;
    switch (number % 5) {
    case 0: case 1:                         /* under a key, so that something is sealed */
        peer_ask(p, 1, "insert", "[\"contacts\",{\"id\":%d,\"organization_id\":\"%s\",\"name\":\"A\"},{\"idempotency_key\":\"key %d\"}]", id, ORG, id);
        break;
    case 2:
        peer_ask(p, 1, "txn", "[[[\"insert\",\"contacts\",{\"id\":%d,\"organization_id\":\"%s\",\"name\":\"A\"}],"
                 "[\"insert\",\"contacts\",{\"id\":%d,\"organization_id\":\"%s\",\"name\":\"B\"}]]]", id, ORG, id + SECOND, ORG);
        break;
    case 3:
        atomic_fetch_add(&told->asked, 1);
        peer_ask(p, 1, "call", "[\"consume_credits\",{\"organization_id\":\"%s\",\"action_type\":\"send_email\"}]", ORG);
        if (good(p))
            atomic_fetch_add(&told->consumed, 1);
        return;
    default:
        number = number > 4 ? number - 5 : 0;
        peer_ask(p, 1, "get", "[\"contacts\",%d]", id_of(other, number));
        peer_send(p);
        struct reply reply;
        if (peer_reply(p, &reply) && strcmp(reply.state, "00000") == 0 && mp_peek(reply.result) != MP_NIL && is_on())
            told->contacts[other][number] = true;
        return;
    }
    if (good(p))
        told->contacts[client][number] = true;
}

static void *client_main(void *env)
{
    struct peer p;
    int client = (int)(intptr_t)env;
    sign_in(&p, d->server.service_key.text);
    for (int i = 0; i < ASKED_MAX && is_on(); i++)
        ask(&p, client, i);
    return NULL;
}

static void *operator_main(void *env)
{
    struct peer p;
    sign_in(&p, d->server.service_key.text);
    peer_ask(&p, 1, "backup", "[\"/backup-%d\"]", round_number % ROUNDS_OF_A_DISK);
    if (good(&p))
        told->backed_up = true;
    peer_ask(&p, 2, "snapshot", "[]");      /* refused where a call of it fails */
    good(&p);
    return NULL;
}

/* At once, so that a cut leaves no organization without credits: what is then refused would count as consumed. */
static void prepare_rows(void)
{
    struct peer p;
    struct reply reply;
    sign_in(&p, d->server.service_key.text);
    peer_call(&p, &reply, "txn", "[[[\"insert\",\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}],"
              "[\"call\",\"grant_credits\",{\"organization_id\":\"%s\",\"amount\":1000000}]]]", ORG, ORG);
    peer_close(&p);
}

static void serve(void)
{
    pthread_create(&d->thread, NULL, daemon_main, d);
    while (!atomic_load(&d->server.serving))
        usleep(1000);
}

static void live(void)
{
    pthread_t threads[CLIENTS + 1];
    log_set_level(LOG_ERROR + 1);
    if (server_open(&d->server, &d->config, d->sys, &d->error) < 0)
        _exit(1);
    if (is_on()) {
        strcpy(told->key, d->server.service_key.text);
        told->has_key = true;
    }
    serve();
    prepare_rows();
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client_main, (void *)(intptr_t)i);
    pthread_create(&threads[CLIENTS], NULL, operator_main, NULL);
    for (int i = 0; i < CLIENTS + 1; i++)
        pthread_join(threads[i], NULL);
    _exit(0);
}

/* --- The next one, which judges --- */

static bool is_there(struct peer *p, int id)
{
    struct reply reply;
    go_on();
    peer_call(p, &reply, "get", "[\"contacts\",%d]", id);
    MUST(strcmp(reply.state, "00000") == 0, "%.*s", SLICE_FMT(reply.message));
    return mp_peek(reply.result) != MP_NIL;
}

static void judge_contacts(struct peer *p)
{
    for (int client = 0; client < CLIENTS; client++)
        for (int i = 0; i < ASKED_MAX; i++) {
            int id = id_of(client, i);
            if (told->contacts[client][i])
                MUST(is_there(p, id), "contact %d was acknowledged or shown, and is gone", id);
            if (i % 5 == 2 && i < 100)
                MUST(is_there(p, id) == is_there(p, id + SECOND), "half of transaction %d", id);
        }
}

static void judge_credits(struct peer *p)
{
    struct reply reply;
    uint32_t count;
    int64_t total = 0, left = 0;
    struct slice key;
    peer_call(p, &reply, "call", "[\"get_credit_balance\",{\"organization_id\":\"%s\"}]", ORG);
    if (strcmp(reply.state, "00000") != 0)
        return;                             /* cut before there was one */
    MUST(mp_map(&reply.result, &count) && mp_str(&reply.result, &key) && mp_int(&reply.result, &total) && mp_str(&reply.result, &key) &&
         mp_int(&reply.result, &left), "the balance is no map");
    MUST(total - left >= told->consumed, "credits came back");
    MUST(total - left <= told->asked, "credits went that nobody asked for");
}

static void judge_backup(void)
{
    struct store *copy;
    char folder[32];
    snprintf(folder, sizeof folder, "/backup-%d", round_number % ROUNDS_OF_A_DISK);
    struct store_config config = { .data_dir = folder, .image_dir = d->dir, .segment_size = KIB(256) };
    if (!told->backed_up)
        return;
    MUST(store_open(&config, d->sys, &copy, &d->error) == 0, "the backup: %s", d->error.message);
    store_close(copy, &d->error);
}

static void judge_whole(struct peer *p)
{
    struct reply reply;
    uint32_t count;
    struct slice name, value;
    int64_t findings = -1;
    peer_call(p, &reply, "verify", "[]");
    MUST(strcmp(reply.state, "00000") == 0 && mp_map(&reply.result, &count), "%.*s", SLICE_FMT(reply.message));
    while (count-- > 0 && mp_str(&reply.result, &name) && mp_skip(&reply.result, &value))
        if (slice_is(name, "count"))
            mp_int(&value, &findings);
    MUST(findings == 0, "verify has %lld findings", (long long)findings);
}

static void judge(void)
{
    struct peer p;
    MUST(server_open(&d->server, &d->config, d->sys, &d->error) == 0, "it does not start: %s: %s", d->error.message, d->error.detail);
    MUST(!told->has_key || strcmp(d->server.service_key.text, told->key) == 0, "another service key");
    serve();
    sign_in(&p, d->server.service_key.text);
    judge_contacts(&p);
    judge_credits(&p);
    judge_whole(&p);
    peer_close(&p);
    judge_backup();
    told->done = true;
    _exit(0);
}

/* --- Rounds --- */

static int in_child(void (*run)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        go_on();
        run();
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void new_disk(void)
{
    char command[160];
    if (disk != NULL)
        fake_disk_free(disk);
    disk = fake_disk_new(below(1 << 30));
    d->sys = fake_disk_sys(disk);
    snprintf(command, sizeof command, "rm -rf %.63s/rowhouse-*", d->dir);
    cr_assert_eq(system(command), 0);
    memset(told, 0, sizeof *told);
}

static void one_round(bool fails)
{
    bool fresh = round_number % ROUNDS_OF_A_DISK == 0;
    uint64_t call = 1 + below(fresh && below(2) == 0 ? 300 : 2500);
    if (fresh)
        new_disk();
    memset(told->contacts, 0, sizeof told->contacts);
    told->backed_up = told->done = false;
    if (fails)
        fake_disk_fail(disk, call);
    else
        fake_disk_power_off_at(disk, call);
    int status = in_child(live);
    cr_assert(status == 0 || status == 1 || status == STATUS_FATAL, "round %d, call %" PRIu64 ": status %d", round_number, call, status);
    if (fails)
        fake_disk_restart(disk);
    else
        fake_disk_power_on(disk);
    status = in_child(judge);
    cr_assert(status == 0 && told->done, "round %d, %s at call %" PRIu64 ": status %d", round_number, fails ? "a failure" : "a cut", call, status);
    fake_disk_restart(disk);
}

Test(power, what_was_told_is_there, .timeout = PATIENCE_OF_A_TEST_S)
{
    const char *rounds = getenv("ROWHOUSE_ROUNDS"), *seed = getenv("ROWHOUSE_SEED");
    state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)sys_now_us(sys_real());
    printf("seed %" PRIu64 "\n", state);
    d = calloc(1, sizeof *d);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(told != MAP_FAILED);
    disk = fake_disk_new(1);
    fake_daemon_prepare(d, disk, NULL);
    d->config.upkeep = false;
    for (round_number = 0; round_number < (rounds != NULL ? atoi(rounds) : 6); round_number++)
        one_round(round_number % 3 == 2);
    fake_disk_free(disk);
    daemon_remove(d);
}
