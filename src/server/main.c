/* rowhoused: reads its configuration, opens the server, serves until it is told to stop. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/version.h"
#include "server/server.h"

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

int main(int argc, char **argv)
{
    static struct config config;
    static struct server server;
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
    if (server_open(&server, &config, sys_real(), &error) < 0)
        return report("cannot_start", &error);
    if (server_run(&server, &error) < 0)
        return report("cannot_stop_cleanly", &error);
    log_event(LOG_INFO, "stopped", NULL);
    return 0;
}
