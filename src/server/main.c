/* rowhoused: reads its configuration, opens the server, serves until it is told to stop. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "server/server.h"

static struct server server;
static atomic_bool is_open;              /* so that there is a server to stop */

static int report(const char *event, const struct error *error)
{
    log_error(event, error);
    return 1;
}

/* What would end the process without a word, and is an error of a call, or nothing that it understands. */
static void ignore_signals(void)
{
    static const int ignored[] = { SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGXFSZ };
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
}

/* The first signal stops the server; one before it is open, or a second one while everything is being finished, the process: recovery
 * is the same as after any crash. */
static void *signals_main(void *env)
{
    sigset_t *stopping = env;
    int number;
    sigwait(stopping, &number);
    if (!atomic_load(&is_open))
        _exit(128 + number);
    log_event(LOG_INFO, "stopping", "signal", "%d", number, NULL);
    server_stop(&server);
    sigwait(stopping, &number);
    _exit(128 + number);
}

/* Before any other thread: all of them leave these signals to that one. */
static void wait_for_signals(void)
{
    static sigset_t stopping;
    pthread_t thread;
    signal(SIGTERM, SIG_DFL);               /* a shell that starts it in the background has SIGINT ignored */
    signal(SIGINT, SIG_DFL);
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGTERM);
    sigaddset(&stopping, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stopping, NULL);
    server_thread(&thread, "signals", signals_main, &stopping);
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    static struct config config;
    struct error error;
    enum config_action action;
    enum log_level level;
    if (config_load(argc, argv, &config, &action, &error) < 0)
        return report("configuration", &error);
    if (action == CONFIG_HELP) {
        config_help(stdout);
        return 0;
    }
    if (action == CONFIG_VERSION) {
        puts("rowhoused " ROWHOUSE_VERSION);
        return 0;
    }
    if (action == CONFIG_CHECK) {
        config_print(&config, stdout);
        return 0;
    }
    ignore_signals();
    log_level_parse(config.log_level, &level);
    log_set_level(level);
    wait_for_signals();
    if (server_open(&server, &config, sys_real(), &error) < 0)
        return report("cannot_start", &error);
    atomic_store(&is_open, true);
    if (server_run(&server, &error) < 0)
        return report("cannot_stop_cleanly", &error);
    log_event(LOG_INFO, "stopped", NULL);
    return 0;
}
