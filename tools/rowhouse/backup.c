#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

/* The server's working directory is another one: it gets a whole path. */
static int whole_path(struct cli *cli, const char *path, char out[static PATH_MAX])
{
    char here[PATH_MAX];
    if (path[0] == '/')
        here[0] = '\0';
    else if (getcwd(here, sizeof here) == NULL)
        return cli_usage(cli, "the working directory has no name");
    int size = snprintf(out, PATH_MAX, "%s%s%s", here, here[0] != '\0' ? "/" : "", path);
    return size < PATH_MAX ? EXIT_DONE : cli_usage(cli, "the path is too long");
}

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    char path[PATH_MAX];
    int code = whole_path(cli, cli->argv[0], path);
    if (code == EXIT_DONE)
        code = cli_connect(cli);
    if (code != EXIT_DONE)
        return code;
    rh_set_timeout(cli->db, 3600 * 1000);
    code = cli_outcome(cli, rh_request(cli->db, &reply, "backup", "[s]", path));
    if (code == EXIT_DONE)
        printf("%s holds everything up to LSN %lld\n", path, (long long)rh_int(rh_member(rh_result(reply), "lsn")));
    rh_reply_free(reply);
    return code;
}

const struct command backup_command = {
    .name = "backup", .arguments = "DIRECTORY", .summary = "a copy of everything, on the server's machine", .arguments_min = 1,
    .arguments_max = 1,
    .description = "The running server makes the directory, which must be new or empty, a data directory of its own: one state, with\n"
                   "everything that was acknowledged before the command. Requests go on meanwhile. To restore, start rowhoused on a copy\n"
                   "of it; keys and secrets are files beside the log, and are not in it.",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
