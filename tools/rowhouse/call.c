#include "cli.h"
#include "native/native.h"

/* A function that answers no has run, and refuses all the same: a script must notice. */
static int answer(struct cli *cli, struct rh_cell result)
{
    const struct native_function *function = native_find(slice_of_string(cli->argv[0]));
    if (function == NULL || !native_refused(function, slice_of(result.data, result.size)))
        return EXIT_DONE;
    fprintf(stderr, "rowhouse call: %s says no (%s in a transaction)\n", function->name, sqlstate_code(function->refusal));
    return EXIT_FAILED;
}

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *parameters = rh_packed_new('{');
    int code = cli_connect(cli);
    for (int i = 1; code == EXIT_DONE && i < cli->argc; i++)
        code = cli_add_pair(cli, parameters, cli->argv[i]);
    const char *organization = cli_option(cli, "organization");
    if (code == EXIT_DONE && organization != NULL && rh_packed_add(parameters, "s:s", "organization_id", organization) != RH_OK)
        code = EXIT_FAILED;
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_call(cli->db, cli->argv[0], &reply, "o", parameters));
    if (code == EXIT_DONE) {
        print_result(cli, rh_result(reply));
        code = answer(cli, rh_result(reply));
    }
    rh_packed_free(parameters);
    rh_reply_free(reply);
    return code;
}

const struct command call_command = {
    .name = "call", .arguments = "FUNCTION [PARAMETER=TEXT | PARAMETER:=JSON]...", .summary = "a native function", .arguments_min = 1,
    .arguments_max = -1,
    .description = "Calls a function by the names of its parameters and prints what it answers. rowhouse functions lists them.\n"
                   "--organization is short for organization_id=UUID. What answers no (allowed, success: false) is printed, and exits with 1.\n\n"
                   "    rowhouse call check_rate_limit endpoint=/send --organization 5f0c2a10-...",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
