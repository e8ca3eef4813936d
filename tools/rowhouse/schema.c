#include "cli.h"

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    bool json = cli_option(cli, "json") != NULL;
    int code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "schema", "[s? {s:b}]", cli->argc > 0 ? cli->argv[0] : NULL, "text", !json));
    if (code == EXIT_DONE && json) {
        print_result(cli, rh_result(reply));
    } else if (code == EXIT_DONE) {
        size_t size;
        const char *text = rh_text(rh_result(reply), &size);
        fwrite(text, 1, size, stdout);
    }
    rh_reply_free(reply);
    return code;
}

const struct command schema_command = {
    .name = "schema", .arguments = "[TABLE]", .summary = "tables, columns, indexes, policies, tenancy; and where from",
    .arguments_min = 0, .arguments_max = 1,
    .description = "Prints the catalog, or one table of it: each column, index, constraint and policy with the migration and line that made it,\n"
                   "and in whose house the rows live, and why.",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
