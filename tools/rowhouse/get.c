#include "columns.h"

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    struct columns *columns = NULL;
    struct rh_packed *key = rh_packed_new('['), *options = cli_request_options(cli);
    int code = cli_connect(cli);
    for (int i = 1; code == EXIT_DONE && i < cli->argc; i++)
        code = rh_packed_add(key, "s", cli->argv[i]) == RH_OK ? EXIT_DONE : EXIT_USAGE;
    if (code == EXIT_DONE && (columns = columns_fetch(cli, cli->argv[0])) == NULL)
        code = EXIT_FAILED;
    if (code == EXIT_DONE && cli->argc == 2)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "get", "[s s o]", cli->argv[0], cli->argv[1], options));
    else if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "get", "[s o o]", cli->argv[0], key, options));
    if (code == EXIT_DONE && rh_is_null(rh_result(reply))) {
        fprintf(stderr, "rowhouse get: there is no such row in \"%s\"\n", cli->argv[0]);
        code = EXIT_FAILED;
    } else if (code == EXIT_DONE) {
        print_row(cli, columns, rh_result(reply));
    }
    rh_packed_free(key);
    rh_packed_free(options);
    rh_reply_free(reply);
    columns_free(columns);
    return code;
}

const struct command get_command = {
    .name = "get", .arguments = "TABLE KEY...", .summary = "one row by its primary key", .arguments_min = 2, .arguments_max = -1,
    .description = "Prints the row, a line a column; with --json as one object. KEY has a value for each column of the primary key.\n"
                   "Exit code 1 when there is no such row.\n\n"
                   "    rowhouse get contacts 42 --organization 5f0c2a10-...",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
