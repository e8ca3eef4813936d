#include "pg.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PG_BIN "/usr/lib/postgresql/15/bin/"
#define START_SECONDS_MAX 60

extern char **environ;

struct pg {
    char directory[64];
    char conninfo[128];
    pid_t keeper;
    int alive;                      /* the keeper waits for the end of this pipe */
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* --- The keeper's process --- */

/* What else the test had open is not ours to hold. */
static void close_inherited(int keep, int keep_too)
{
    for (int fd = 3; fd < 1024; fd++)
        if (fd != keep && fd != keep_too)
            close(fd);
}

static void become_postgres(void)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    if (user == NULL)
        return;
    if (initgroups("postgres", user->pw_gid) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
        _exit(EXIT_FAILURE);
}

static pid_t start(const char *program, const char *const *arguments)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    signal(SIGINT, SIG_DFL);
    execv(program, (char *const *)arguments);
    _exit(127);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    return remove(path);
}

static void show_log(int to)
{
    char bytes[4096];
    ssize_t size;
    int log = open("log", O_RDONLY);
    while (log >= 0 && (size = read(log, bytes, sizeof bytes)) > 0 && write(to, bytes, (size_t)size) == size)
        ;
    close(log);
}

/* Runs until the other end of `alive` is closed. What server and initdb print lands in the file "log". */
static void keep(const char *directory, int alive)
{
    int terminal = dup(STDERR_FILENO);
    setsid();                       /* Ctrl-C reaches the test alone, and its end reaches us */
    close_inherited(alive, terminal);
    become_postgres();
    if (chdir(directory) < 0 || freopen("log", "w", stderr) == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(EXIT_FAILURE);
    int status = -1;
    const char *initdb[] = { PG_BIN "initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                             "--no-sync", "--no-instructions", NULL };
    const char *server[] = { PG_BIN "postgres", "-D", "data", "-k", directory, "-c", "listen_addresses=", "-c", "fsync=off",
                             "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "timezone=UTC",
                             "-c", "log_min_messages=fatal", "-c", "log_min_error_statement=fatal", NULL };
    pid_t child = start(initdb[0], initdb);
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0 && (child = start(server[0], server)) > 0) {
        char byte;
        while (read(alive, &byte, 1) > 0)
            ;
        kill(child, SIGQUIT);       /* at once: nothing in it is worth a checkpoint */
        waitpid(child, &status, 0);
    } else {
        show_log(terminal);
    }
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    _exit(status == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* --- The test's process --- */

struct pg *pg_start(void)
{
    struct pg *pg = calloc(1, sizeof *pg);
    int ends[2];
    if (pg == NULL || pipe2(ends, O_CLOEXEC) < 0)
        die("cannot start PostgreSQL", "no memory or no pipe");
    snprintf(pg->directory, sizeof pg->directory, "/tmp/rowhouse-pg.XXXXXX");
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    if (mkdtemp(pg->directory) == NULL || (user != NULL && chown(pg->directory, user->pw_uid, user->pw_gid) < 0))
        die("cannot start PostgreSQL", "no temporary directory");
    snprintf(pg->conninfo, sizeof pg->conninfo, "host=%s user=postgres dbname=postgres", pg->directory);
    pg->keeper = fork();
    if (pg->keeper < 0)
        die("cannot start PostgreSQL", "cannot fork");
    if (pg->keeper == 0) {
        close(ends[1]);
        keep(pg->directory, ends[0]);
    }
    close(ends[0]);
    pg->alive = ends[1];
    for (int tenth = 0; tenth < START_SECONDS_MAX * 10; tenth++) {
        if (PQping(pg->conninfo) == PQPING_OK)
            return pg;
        if (waitpid(pg->keeper, NULL, WNOHANG) == pg->keeper)
            die("cannot start PostgreSQL", "see above; is postgresql-15 installed?");
        usleep(100 * 1000);
    }
    die("cannot start PostgreSQL", "it does not answer");
    return NULL;
}

void pg_stop(struct pg *pg)
{
    if (pg == NULL)
        return;
    close(pg->alive);
    waitpid(pg->keeper, NULL, 0);
    free(pg);
}

const char *pg_conninfo(const struct pg *pg)
{
    return pg->conninfo;
}

PGconn *pg_connect(const struct pg *pg)
{
    PGconn *connection = PQconnectdb(pg->conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        die("cannot connect to PostgreSQL", PQerrorMessage(connection));
    return connection;
}

bool pg_run_file(const struct pg *pg, const char *path)
{
    const char *psql[] = { PG_BIN "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction",
                           "-d", pg->conninfo, "-f", path, NULL };
    pid_t child;
    int status = -1;
    setenv("PGOPTIONS", "-c client_min_messages=warning", 1);
    bool spawned = posix_spawn(&child, psql[0], NULL, NULL, (char *const *)psql, environ) == 0;
    unsetenv("PGOPTIONS");
    return spawned && waitpid(child, &status, 0) == child && status == 0;
}

static int is_sql(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool pg_run_directory(const struct pg *pg, const char *directory, int skip)
{
    struct dirent **files;
    int count = scandir(directory, &files, is_sql, by_name);
    bool ok = count > 0;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", directory, files[i]->d_name);
        ok = ok && (i < skip || pg_run_file(pg, path));
        free(files[i]);
    }
    if (count >= 0)
        free(files);
    return ok;
}

PGresult *pg_query(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s\n", sql);
        die("PostgreSQL", PQerrorMessage(connection));
    }
    return result;
}

char *pg_value(PGconn *connection, const char *sql)
{
    PGresult *result = pg_query(connection, sql);
    if (PQntuples(result) != 1 || PQnfields(result) != 1)
        die(sql, "gives more or less than one value");
    char *value = strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}
