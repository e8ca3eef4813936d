#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

/* NULL when there is no need, or no way, to become somebody else. */
static const struct passwd *other_user(const char *user)
{
    return user != NULL && geteuid() == 0 ? getpwnam(user) : NULL;
}

void keeper_prepare(struct keeper *keeper, const char *name, const char *user)
{
    const struct passwd *owner = other_user(user);
    snprintf(keeper->directory, sizeof keeper->directory, "/tmp/rowhouse-%s.XXXXXX", name);
    if (mkdtemp(keeper->directory) == NULL || (owner != NULL && chown(keeper->directory, owner->pw_uid, owner->pw_gid) < 0))
        die("cannot make a temporary directory", strerror(errno));
}

/* --- The keeper's process --- */

/* What else the test had open is not ours to hold. */
static void close_inherited(int keep, int keep_too)
{
    for (int fd = 3; fd < 1024; fd++)
        if (fd != keep && fd != keep_too)
            close(fd);
}

static void become(const char *user)
{
    const struct passwd *other = other_user(user);
    if (other == NULL)
        return;
    if (initgroups(user, other->pw_gid) < 0 || setgid(other->pw_gid) < 0 || setuid(other->pw_uid) < 0)
        _exit(EXIT_FAILURE);
}

static pid_t start(const char *const *arguments)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    execv(arguments[0], (char *const *)arguments);
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

/* Until the other end of `alive` is closed, or the server ends by itself: then false. */
static bool serve_until_closed(const char *const *serve, int alive, int stop_signal)
{
    int status;
    pid_t child = start(serve);
    struct pollfd end = { .fd = alive, .events = POLLIN };
    while (child > 0 && poll(&end, 1, 100) == 0)
        if (waitpid(child, &status, WNOHANG) == child)
            return false;
    if (child > 0) {
        kill(child, stop_signal);
        waitpid(child, &status, 0);
    }
    return child > 0;
}

static void keep(const struct keeper *keeper, const char *user, const char *const *setup, const char *const *serve,
                 int alive, int stop_signal)
{
    int terminal = dup(STDERR_FILENO), status = 0;
    setsid();                       /* Ctrl-C reaches the test alone, and its end reaches us */
    close_inherited(alive, terminal);
    become(user);
    if (chdir(keeper->directory) < 0 || freopen("log", "w", stderr) == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(EXIT_FAILURE);
    fcntl(terminal, F_SETFD, FD_CLOEXEC);
    fcntl(alive, F_SETFD, FD_CLOEXEC);
    pid_t child = setup != NULL ? start(setup) : 0;
    bool ready = child == 0 || (child > 0 && waitpid(child, &status, 0) == child && status == 0);
    bool good = ready && serve_until_closed(serve, alive, stop_signal);
    if (!good)
        show_log(terminal);
    nftw(keeper->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* --- The test's process --- */

void keeper_start(struct keeper *keeper, const char *user, const char *const *setup, const char *const *serve, int stop_signal)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || (keeper->pid = fork()) < 0)
        die("cannot start a server", strerror(errno));
    if (keeper->pid == 0) {
        close(ends[1]);
        keep(keeper, user, setup, serve, ends[0], stop_signal);
    }
    close(ends[0]);
    keeper->alive = ends[1];
}

bool keeper_ended(const struct keeper *keeper)
{
    return waitpid(keeper->pid, NULL, WNOHANG) == keeper->pid;
}

void keeper_stop(struct keeper *keeper)
{
    close(keeper->alive);
    waitpid(keeper->pid, NULL, 0);
}
