#include "cli.h"

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    int code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "stats", "[]"));
    if (code == EXIT_DONE)
        print_result(cli, rh_result(reply));
    rh_reply_free(reply);
    return code;
}

const struct command stats_command = {
    .name = "stats", .arguments = "", .summary = "the server's counters", .arguments_min = 0, .arguments_max = 0,
    .description = "Prints what the server counts: log positions, sizes, batches, syncs, connections, requests.",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
