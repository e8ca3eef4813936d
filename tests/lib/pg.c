#include "pg.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/keeper.h"

#define PG_BIN "/usr/lib/postgresql/15/bin/"
#define START_SECONDS_MAX 60

extern char **environ;

struct pg {
    struct keeper keeper;
    char conninfo[128];
};

struct pg *pg_start(void)
{
    struct pg *pg = calloc(1, sizeof *pg);
    if (pg == NULL)
        die("cannot start PostgreSQL", "no memory");
    keeper_prepare(&pg->keeper, "pg", "postgres");
    const char *initdb[] = { PG_BIN "initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                             "--no-sync", "--no-instructions", NULL };
    const char *server[] = { PG_BIN "postgres", "-D", "data", "-k", pg->keeper.directory, "-c", "listen_addresses=",
                             "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "timezone=UTC",
                             /* Policies three deep look dear to the planner, and compiling them takes seconds. */
                             "-c", "jit=off",
                             "-c", "log_min_messages=fatal", "-c", "log_min_error_statement=fatal", NULL };
    keeper_start(&pg->keeper, "postgres", initdb, server, SIGINT);      /* its fast shutdown, which gives shared memory back */
    snprintf(pg->conninfo, sizeof pg->conninfo, "host=%s user=postgres dbname=postgres", pg->keeper.directory);
    for (int tenth = 0; tenth < START_SECONDS_MAX * 10; tenth++) {
        if (PQping(pg->conninfo) == PQPING_OK)
            return pg;
        if (keeper_ended(&pg->keeper))
            die("cannot start PostgreSQL", "is postgresql-15 installed?");
        usleep(100 * 1000);
    }
    die("cannot start PostgreSQL", "it does not answer");
}

void pg_stop(struct pg *pg)
{
    if (pg == NULL)
        return;
    keeper_stop(&pg->keeper);
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

void pg_begin(PGconn *connection)
{
    PQclear(pg_query(connection,
        "SET client_min_messages = warning;"
        "DO $$ DECLARE name text; BEGIN FOREACH name IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP"
        "    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I', name); END IF;"
        " END LOOP; END $$; ALTER ROLE service_role BYPASSRLS;"
        "GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role"));
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
