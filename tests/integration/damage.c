/* A real data directory, cut and spoilt, and a real server on it: it starts with all that is certain and tells what it
 * cut, or it refuses, names file, offset and LSN, and points to the salvage, which then works. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rowhouse/rowhouse.h>

#define CONTACTS 60
#define FLIPS    24

static char place[] = "/tmp/rowhouse-damage-XXXXXX";
static char server_program[256], command_program[256];
static pid_t server;
static unsigned seed;

static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int shell(const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return system(command);
}

/* --- Servers --- */

static void start(const char *data)
{
    char path[128], image[128];
    snprintf(path, sizeof path, "%s/%s", place, data);
    snprintf(image, sizeof image, "%s/image", place);
    cr_assert(eq(int, shell("mkdir -p %s; rm -f %s/log", image, place), 0));
    server = fork();
    if (server == 0) {
        char log[128];
        snprintf(log, sizeof log, "%s/log", place);
        if (freopen(log, "w", stderr) == NULL)
            _exit(127);
        execl(server_program, "rowhoused", "--data", path, "--image-dir", image, "--migrations", "schema/migrations", "--listen", "",
              "--segment-size", "16777216", "--rebuild-image", (char *)NULL);
        _exit(127);
    }
}

/* A connection with the service key, or NULL when the server refused to start. */
static struct rh *connected(const char *data)
{
    char address[160], path[160], key[256] = "";
    snprintf(address, sizeof address, "unix:%s/%s/rowhouse.sock", place, data);
    struct rh *db = rh_open(address, &(struct rh_options){ .timeout_ms = 20000 });
    for (int tries = 0; rh_connect(db) != RH_OK; tries++) {
        int status;
        if (waitpid(server, &status, WNOHANG) != 0) {
            cr_assert(eq(int, status, 1 << 8), "the server crashed: %x", status);
            rh_close(db);
            return NULL;
        }
        cr_assert(lt(int, tries, 10000));
        usleep(2000);
    }
    snprintf(path, sizeof path, "%s/%s/service.key", place, data);
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL && fgets(key, sizeof key, file) != NULL);
    fclose(file);
    key[strcspn(key, "\n")] = '\0';
    cr_assert(eq(int, rh_authenticate(db, key), RH_OK), "%s", rh_message(db));
    return db;
}

static void kill_server(void)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static bool log_says(const char *text)
{
    return shell("grep -q -F -e '%s' %s/log", text, place) == 0;
}

static int64_t count(struct rh *db)
{
    struct rh_reply *reply = NULL;
    cr_assert(eq(int, rh_request(db, &reply, "count", "[s]", "contacts"), RH_OK), "%s", rh_message(db));
    int64_t result = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return result;
}

static void insert(struct rh *db, int number)
{
    static struct rh_uuid organization;
    char name[32];
    cr_assert(rh_uuid_parse("a0000000-0000-4000-8000-000000000001", &organization));
    if (number == 0)
        cr_assert(eq(int, rh_insert(db, "organizations", NULL, "{s:u s:s}", "id", &organization, "name", "Acme"), RH_OK), "%s", rh_message(db));
    snprintf(name, sizeof name, "contact %d", number);
    cr_assert(eq(int, rh_insert(db, "contacts", NULL, "{s:u s:s}", "organization_id", &organization, "name", name), RH_OK), "%s", rh_message(db));
}

/* --- The whole directory: contacts, two snapshots, a log behind them, killed --- */

static void make_whole(void)
{
    start("whole");
    struct rh *db = connected("whole");
    for (int i = 0; i < CONTACTS; i++) {
        if (i == CONTACTS / 3 || i == CONTACTS / 2)
            cr_assert(eq(int, rh_request(db, NULL, "snapshot", "[]"), RH_OK), "%s", rh_message(db));
        insert(db, i);
    }
    kill_server();
    rh_close(db);
}

static void set_up(void)
{
    char copy[256];
    snprintf(server_program, sizeof server_program, "%s", getenv("ROWHOUSED"));
    snprintf(copy, sizeof copy, "%s", server_program);
    snprintf(command_program, sizeof command_program, "%s/rowhouse", dirname(copy));
    cr_assert(mkdtemp(place) != NULL);
    const char *given = getenv("ROWHOUSE_SEED");
    seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    fprintf(stderr, "SEED=%u\n", seed);
    make_whole();
}

static void tear_down(void)
{
    cr_assert(eq(int, shell("rm -rf %s", place), 0));
}

TestSuite(damage, .init = set_up, .fini = tear_down, .timeout = 300);

/* --- Spoiling a copy --- */

static void copy_whole(void)
{
    cr_assert(eq(int, shell("rm -rf %s/spoilt %s/saved && cp -a %s/whole %s/spoilt", place, place, place, place), 0));
}

/* The path of the newest or oldest file of a folder with such an end. */
static void find(const char *folder, const char *end, bool newest, char out[static 256])
{
    struct dirent **names;
    char path[160];
    snprintf(path, sizeof path, "%s/spoilt/%s", place, folder);
    int found = scandir(path, &names, NULL, alphasort);
    out[0] = '\0';
    for (int i = 0; i < found; i++) {
        size_t size = strlen(names[i]->d_name);
        if (size > strlen(end) && strcmp(names[i]->d_name + size - strlen(end), end) == 0 && (newest || out[0] == '\0'))
            snprintf(out, 256, "%s/%.64s", path, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    cr_assert(out[0] != '\0', "no *%s in %s", end, path);
}

static void flip(const char *path, off_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR);
    cr_assert(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x10;
    cr_assert(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

/* Behind the last byte of the log that is not zero. */
static off_t log_end(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "r");
    off_t end = 0;
    cr_assert(file != NULL && stat(path, &status) == 0);
    for (off_t at = 0; at < status.st_size; at++)
        if (getc_unlocked(file) != 0)
            end = at + 1;
    fclose(file);
    return end;
}

/* --- What then happens --- */

/* Refused with these words and the hint; then the salvage saves a directory on which a server starts. */
static int64_t refused_and_salvaged(const char *words)
{
    start("spoilt");
    struct rh *db = connected("spoilt");
    cr_assert(db == NULL, "the server started on a damaged directory");
    cr_assert(log_says("sqlstate=XX001") && log_says(words) && log_says("rowhouse salvage"), "see %s/log, for %s", place, words);
    cr_assert(eq(int, shell("%s salvage --data %s/spoilt %s/saved >%s/out 2>&1", command_program, place, place, place), 0));
    cr_assert(eq(int, shell("%s verify --offline --data %s/saved >>%s/out 2>&1", command_program, place, place), 0), "see %s/out", place);
    start("saved");
    db = connected("saved");
    cr_assert(db != NULL, "no server starts on what was saved");
    int64_t there = count(db);
    kill_server();
    rh_close(db);
    return there;
}

static int64_t started(void)
{
    start("spoilt");
    struct rh *db = connected("spoilt");
    cr_assert(db != NULL, "refused: see %s/log", place);
    int64_t there = count(db);
    kill_server();
    rh_close(db);
    return there;
}

Test(damage, of_the_log)
{
    char path[256];
    copy_whole();
    cr_assert(eq(i64, started(), CONTACTS));

    copy_whole();
    find("wal", ".wal", true, path);
    off_t end = log_end(path);
    flip(path, end - 4000);                             /* several records before the end: later ones vouch for it */
    int64_t saved = refused_and_salvaged("no sound record with LSN ");
    cr_assert(ge(i64, saved, CONTACTS / 2), "the newest snapshot is saved at least");
    cr_assert(lt(i64, saved, CONTACTS));
    cr_assert(eq(int, shell("grep -q 'lost: [0-9]* sound records' %s/out", place), 0), "what is lost is told");

    copy_whole();
    flip(path, 20);                                     /* the segment's header */
    cr_assert(ge(i64, refused_and_salvaged("at offset 0"), CONTACTS / 2));

    copy_whole();
    cr_assert(eq(int, truncate(path, end - 5), 0));     /* the last record: nothing behind it vouches for it */
    cr_assert(eq(i64, started(), CONTACTS - 1));
    cr_assert(eq(int, log_says("torn_bytes=0 "), 0), "what was cut is told");

    copy_whole();
    cr_assert(eq(int, unlink(path), 0));
    refused_and_salvaged("the log is missing");
}

Test(damage, of_snapshots)
{
    char newest[256], oldest[256];
    struct stat status;
    copy_whole();
    find("snapshots", ".snap", true, newest);
    find("snapshots", ".snap", false, oldest);
    cr_assert(ne(int, strcmp(newest, oldest), 0));
    cr_assert(eq(int, stat(newest, &status), 0));
    flip(newest, status.st_size / 2);
    cr_assert(eq(i64, started(), CONTACTS));
    cr_assert(log_says("event=passed_over") && log_says("from snapshot"));

    copy_whole();
    cr_assert(eq(int, truncate(newest, status.st_size / 3), 0));
    cr_assert(eq(i64, started(), CONTACTS));
    cr_assert(log_says("event=passed_over"));
}

/* Anywhere: whatever the server starts with is all but what it says it cut, and what it cut is the last record at most. */
Test(damage, anywhere)
{
    int refusals = 0;
    for (int i = 0; i < FLIPS; i++) {
        char path[256];
        bool log = i % 3 != 0;
        struct stat status;
        copy_whole();
        find(log ? "wal" : "snapshots", log ? ".wal" : ".snap", true, path);
        cr_assert(eq(int, stat(path, &status), 0));
        off_t size = log ? log_end(path) : status.st_size, at = (off_t)((uint64_t)rand_r(&seed) * 32768 % (uint64_t)size);
        flip(path, at);
        start("spoilt");
        struct rh *db = connected("spoilt");
        refusals += db == NULL;
        if (db == NULL) {
            cr_assert(log_says("sqlstate=XX001") && log_says("rowhouse salvage"), "%s at %lld: see %s/log", path, (long long)at, place);
            continue;
        }
        int64_t there = count(db);
        kill_server();
        rh_close(db);
        cr_assert(there == CONTACTS || (there == CONTACTS - 1 && !log_says("torn_bytes=0 ")), "%s at %lld: %lld contacts", path, (long long)at, (long long)there);
    }
    fprintf(stderr, "%d of %d were refused\n", refusals, FLIPS);
    cr_assert(gt(int, refusals, 0));
}
