#include "kill.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void run(const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command) != 0)
        fail("this failed: %s", command);
}

void daemon_place(struct daemon *daemon, const char *name)
{
    *daemon = (struct daemon){ 0 };
    snprintf(daemon->data, sizeof daemon->data, "%s/%s", directory, name);
    snprintf(daemon->image, sizeof daemon->image, "/dev/shm/%s-%s", strrchr(directory, '/') + 1, name);
    snprintf(daemon->address, sizeof daemon->address, "unix:%s/rowhouse.sock", daemon->data);
}

void daemon_start(struct daemon *daemon, enum start how)
{
    char log[PATH_MAX_HERE];
    snprintf(log, sizeof log, "%s/log", directory);
    if (how == START_IMAGELESS)
        run("rm -rf %s", daemon->image);
    run("mkdir -p %s", daemon->image);
    daemon->pid = fork();
    if (daemon->pid == 0) {
        if (freopen(log, "a", stderr) == NULL)
            _exit(127);
        execl(server_program, "rowhoused", "--data", daemon->data, "--image-dir", daemon->image, "--migrations", "schema/migrations",
              "--listen", "", "--segment-size", "16777216", "--snapshot-log-bytes", "4194304",
              how == START_REBUILD ? "--rebuild-image" : (char *)NULL, (char *)NULL);
        _exit(127);
    }
    if (daemon->pid < 0)
        fail("cannot fork");
}

void daemon_end(struct daemon *daemon, int signal)
{
    int status = 0;
    kill(daemon->pid, signal);
    waitpid(daemon->pid, &status, 0);
    daemon->pid = 0;
    if (WIFEXITED(status) && (signal != SIGTERM || WEXITSTATUS(status) != 0))
        fail("the server ended by itself, with status %d", WEXITSTATUS(status));
    if (WIFSIGNALED(status) && (signal == SIGTERM || WTERMSIG(status) != signal))
        fail("the server ended by signal %d", WTERMSIG(status));
}

void daemon_connect(struct daemon *daemon, struct rh *db)
{
    for (int tries = 0; rh_connect(db) != RH_OK; tries++) {
        if (waitpid(daemon->pid, NULL, WNOHANG) != 0)
            fail("the server did not start again");
        if (tries > 15000)
            fail("the server does not answer: %s", rh_message(db));
        usleep(2000);
    }
}

struct rh *daemon_service(struct daemon *daemon)
{
    char path[PATH_MAX_HERE + 32], key[256] = "";
    struct rh *db = rh_open(daemon->address, &(struct rh_options){ .timeout_ms = 30000 });
    daemon_connect(daemon, db);
    snprintf(path, sizeof path, "%s/service.key", daemon->data);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(key, sizeof key, file) == NULL)
        fail("cannot read %s", path);
    fclose(file);
    key[strcspn(key, "\n")] = '\0';
    need(rh_authenticate(db, key), db, "the service key");
    return db;
}

void daemon_verify_offline(struct daemon *daemon)
{
    if (command_program != NULL)
        run("%s verify --offline --data %s >%s/verify 2>&1 || { cat %s/verify >&2; false; }", command_program, daemon->data, directory, directory);
}
