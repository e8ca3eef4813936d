#include <stdlib.h>
#include <string.h>

#include "cli.h"

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    const char *role = cli_option(cli, "role"), *ttl = cli_option(cli, "ttl");
    if (cli->argc == 0 && (role == NULL || strcmp(role, "authenticated") == 0))
        return cli_usage(cli, "whose token? give the uuid of a user, or --role anon or service_role");
    struct rh_packed *parameters = rh_packed_new('{');
    int packed = RH_OK;
    if (cli->argc > 0)
        packed |= rh_packed_add(parameters, "s:s", "user_id", cli->argv[0]);
    if (role != NULL)
        packed |= rh_packed_add(parameters, "s:s", "role", role);
    if (ttl != NULL)
        packed |= rh_packed_add(parameters, "s:s", "ttl_seconds", ttl);
    int code = packed == RH_OK ? cli_connect(cli) : EXIT_FAILED;
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_call(cli->db, "issue_token", &reply, "o", parameters));
    if (code == EXIT_DONE && cli_option(cli, "json") != NULL) {
        print_result(cli, rh_result(reply));
    } else if (code == EXIT_DONE) {
        char *token = rh_cell_text(rh_member(rh_result(reply), "token"));
        puts(token);
        free(token);
    }
    rh_packed_free(parameters);
    rh_reply_free(reply);
    return code;
}

const struct command token_command = {
    .name = "token", .arguments = "[USER]", .summary = "a signed token for a user", .arguments_min = 0, .arguments_max = 1,
    .description = "Prints a JWT that signs in as the user with this uuid; the service key is needed. Organization and rights are looked up in\n"
                   "profiles whenever the token is used.\n\n"
                   "    export ROWHOUSE_TOKEN=$(rowhouse token 7d1f... --ttl 600)",
    .options = { { "role", "ROLE", "authenticated (when left out), anon or service_role" },
                 { "ttl", "SECONDS", "how long it is good; 3600 when left out" },
                 { NULL, NULL, NULL } },
    .run = run,
};
