/* kill -9 at any moment: nothing acknowledged is lost, nothing happens twice, nothing by halves.
 *
 *      kill --server ROWHOUSED [--command ROWHOUSE] [--cycles 200] [--seed N]
 *
 * Workers commit transactions {a contact with a name of its own, one credit, one audit entry}, each under an idempotency
 * key, and relaxed writes between them, while the server is killed after a random time (sometimes again while it
 * recovers, sometimes it is told to stop cleanly instead). Every 5th cycle a backup is asked for meanwhile, every 7th a
 * migration runs, every 3rd old audit entries are removed, every 4th the keys of a secret column are new ones. It is started again on what is there, or with an image that it may not trust, or without one.
 * After each start every transaction whose outcome is unknown is repeated under its key. Then
 *   - of each worker there are exactly as many contacts as transactions were acknowledged, and all their relaxed writes;
 *   - each tenant's balance is what was granted less one credit each, and its audit chain verifies and has as many entries, and one for
 *     each removal of old ones;
 *   - repeating an old request under its key changes nothing, and another one under it is refused;
 *   - a migration that was acknowledged is there, and secret values can be read;
 *   - a server on the backup has all that was acknowledged before it was asked for, and is one state.
 * Every 20th cycle the server verifies everything it has, and `rowhouse verify --offline` what it left when it was killed. */
#include "kill.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BACKUP_EVERY  5
#define MIGRATE_EVERY 7
#define RETAIN_EVERY  3
#define REKEY_EVERY   4
#define VERIFY_EVERY  20
#define REPEAT_JUDGE_EVERY 4              /* what a repeated request did would be there still */

struct tenant tenants[TENANTS];
struct worker workers[WORKERS];
struct daemon server;
atomic_bool stopping;
unsigned seed;
static unsigned first_seed;
static int backups, migrations, removals;
char directory[] = "/tmp/rowhouse-kill-XXXXXX";
const char *server_program, *command_program;

void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "kill: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n  data and log are left in %s; SEED=%u\n", directory, first_seed);
    va_end(args);
    if (server.pid > 0)
        kill(server.pid, SIGKILL);
    exit(1);
}

void need(int outcome, struct rh *db, const char *what)
{
    if (outcome != RH_OK)
        fail("%s: %s %s %s", what, rh_sqlstate(db), rh_message(db), rh_detail(db));
}

static int below(int n) { return rand_r(&seed) % n; }

static void thread(pthread_t *ret, void *(*work)(void *), void *env)
{
    if (pthread_create(ret, NULL, work, env) != 0)
        fail("no thread");
}

/* Starts it however; sometimes it gets a second blow while it recovers. */
static void start_again(void)
{
    static const enum start starts[] = { START_PLAIN, START_PLAIN, START_PLAIN, START_REBUILD, START_IMAGELESS };
    daemon_start(&server, starts[below(5)]);
    if (below(5) == 0) {
        usleep((useconds_t)below(100000));
        daemon_end(&server, SIGKILL);
        daemon_start(&server, starts[below(5)]);
    }
}

static void cycle(int number)
{
    struct backup backup = { 0 };
    struct step step = { .number = number / MIGRATE_EVERY };
    struct retention retention = { .cycle = number, .tenant = &tenants[number / RETAIN_EVERY % TENANTS] };
    bool backs_up = number % BACKUP_EVERY == 0, migrates = number % MIGRATE_EVERY == 0;
    bool retains = number % RETAIN_EVERY == 0 && !backs_up;         /* how many of them a backup has, nobody would know */
    struct rekeying rekeying = { 0 };
    bool rekeys = number % REKEY_EVERY == 0 && !backs_up;           /* a backup needs the keys of its time */
    struct rh *beside[4] = { backs_up ? daemon_service(&server) : NULL, migrates ? daemon_service(&server) : NULL,
                             retains ? daemon_service(&server) : NULL, rekeys ? daemon_service(&server) : NULL };
    atomic_store(&stopping, false);
    for (int i = 0; i < WORKERS; i++)
        thread(&workers[i].thread, load_work, &workers[i]);
    usleep(1000 + (useconds_t)below(30000));
    if (backs_up) {
        daemon_place(&backup.daemon, "backup");
        backup.db = beside[0];
        thread(&backup.thread, load_backup, &backup);
    }
    if (migrates) {
        step.db = beside[1];
        thread(&step.thread, load_migrate, &step);
    }
    if (retains) {
        retention.db = beside[2];
        thread(&retention.thread, load_retain, &retention);
    }
    if (rekeys) {
        rekeying.db = beside[3];
        thread(&rekeying.thread, load_rekey, &rekeying);
    }
    usleep((useconds_t)below(backs_up && number % 2 == 0 ? 600000 : 30000));
    daemon_end(&server, below(10) == 0 ? SIGTERM : SIGKILL);
    atomic_store(&stopping, true);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    if (backs_up)
        pthread_join(backup.thread, NULL);
    if (migrates)
        pthread_join(step.thread, NULL);
    if (retains)
        pthread_join(retention.thread, NULL);
    if (rekeys)
        pthread_join(rekeying.thread, NULL);
    for (int i = 0; i < 4; i++)
        rh_close(beside[i]);
    if (number % VERIFY_EVERY == 0)
        daemon_verify_offline(&server);
    start_again();
    struct rh *service = daemon_service(&server);
    if (migrates)
        judge_migration(service, &step);
    for (int i = 0; i < WORKERS; i++)
        load_resolve(&workers[i]);
    if (retains)
        load_resolve_retention(&retention, service);
    judge_all(service);
    for (int i = 0; i < WORKERS; i++)
        load_repeat(&workers[i]);
    if (number % REPEAT_JUDGE_EVERY == 0)
        judge_all(service);
    if (number % VERIFY_EVERY == 0)
        judge_verify(service);
    rh_close(service);
    migrations += migrates;
    removals += retention.number;
    backups += backs_up && backup.complete;
    if (backs_up && backup.complete)
        judge_backup(&backup);
    else if (backs_up)
        run("rm -rf %s", backup.daemon.data);
}

static void set_up(void)
{
    if (mkdtemp(directory) == NULL)
        fail("mkdtemp");
    daemon_place(&server, "data");
    daemon_start(&server, START_PLAIN);
    struct rh *service = daemon_service(&server);
    for (int i = 0; i < TENANTS; i++)
        load_set_up(service, i + 1);
    rh_close(service);
    for (int i = 0; i < WORKERS; i++) {
        struct worker *w = &workers[i];
        w->number = i;
        w->tenant = &tenants[i % TENANTS];
        w->db = rh_open(server.address, NULL);
        daemon_connect(&server, w->db);
        need(rh_authenticate(w->db, w->tenant->token), w->db, "signing in");
    }
}

static void report(int cycles, time_t since)
{
    int64_t done = 0, relaxed = 0;
    for (int i = 0; i < WORKERS; i++) {
        done += workers[i].done;
        relaxed += workers[i].relaxed_done;
        rh_close(workers[i].db);
    }
    printf("%d passed, 0 failed\n%d cycles in %d s, %d migrations, %d backups, %d removals; %lld transactions and %lld relaxed writes, none lost, none twice, none by halves\n",
           cycles, cycles, (int)(time(NULL) - since), migrations, backups, removals, (long long)done, (long long)relaxed);
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "server", 1, NULL, 's' }, { "command", 1, NULL, 'x' }, { "cycles", 1, NULL, 'c' },
                                             { "seed", 1, NULL, 'r' }, { NULL, 0, NULL, 0 } };
    int cycles = 200;
    time_t since = time(NULL);
    seed = (unsigned)since;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 's': server_program = optarg; break;
        case 'x': command_program = optarg; break;
        case 'c': cycles = atoi(optarg); break;
        case 'r': seed = (unsigned)strtoul(optarg, NULL, 10); break;
        default: return 2;
        }
    if (server_program == NULL || cycles < 1) {
        fprintf(stderr, "usage: kill --server ROWHOUSED [--command ROWHOUSE] [--cycles N] [--seed N]\n");
        return 2;
    }
    first_seed = seed;
    printf("SEED=%u\n", seed);
    set_up();
    for (int i = 1; i <= cycles; i++)
        cycle(i);
    report(cycles, since);
    struct rh *service = daemon_service(&server);
    judge_verify(service);
    rh_close(service);
    daemon_end(&server, SIGTERM);
    daemon_verify_offline(&server);
    run("rm -rf %s /dev/shm/%s-*", directory, directory + sizeof "/tmp");
    return 0;
}
