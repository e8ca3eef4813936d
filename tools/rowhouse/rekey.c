#include <stdlib.h>

#include "cli.h"
#include "progress.h"

/* Steps of the sweep, each a transaction, until nothing is left. */
static int reseal(struct cli *cli, uint64_t *ret_spoilt)
{
    uint64_t examined = 0;
    bool more = true;
    int code = EXIT_DONE;
    *ret_spoilt = 0;
    while (more && code == EXIT_DONE) {
        struct rh_reply *reply = NULL;
        code = cli_outcome(cli, rh_request(cli->db, &reply, "reseal", "[]"));
        if (code == EXIT_DONE) {
            struct rh_cell result = rh_result(reply);
            examined += (uint64_t)rh_int(rh_member(result, "examined"));
            *ret_spoilt += (uint64_t)rh_int(rh_member(result, "spoilt"));
            more = rh_bool(rh_member(result, "more"));
            progress("sealing anew", "rows", examined);
        }
        rh_reply_free(reply);
    }
    progress_done();
    return code;
}

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    bool data = cli_option(cli, "data-keys") != NULL;
    uint64_t spoilt = 0;
    int code = cli_connect(cli);
    if (code != EXIT_DONE)
        return code;
    rh_set_timeout(cli->db, 3600 * 1000);
    code = cli_outcome(cli, rh_request(cli->db, &reply, "rekey", data ? "[{s:b}]" : "[]", "data", 1));
    if (code == EXIT_DONE) {
        char *key = rh_cell_text(rh_member(rh_result(reply), "key"));
        printf("master key %s, %lld data keys sealed under it\n", key, (long long)rh_int(rh_member(rh_result(reply), "data_keys")));
        free(key);
    }
    rh_reply_free(reply);
    if (code == EXIT_DONE && data)
        code = reseal(cli, &spoilt);
    if (spoilt > 0)
        fprintf(stderr, "rowhouse rekey: %llu rows have sealed values that do not open, and keep their old keys: see rowhouse verify\n",
                (unsigned long long)spoilt);
    return code == EXIT_DONE && spoilt > 0 ? EXIT_FAILED : code;
}

const struct command rekey_command = {
    .name = "rekey", .arguments = "", .summary = "new keys for secret columns", .arguments_min = 0, .arguments_max = 0,
    .description = "Makes a new master key and seals the data keys of all organizations under it; the old one leaves the key file when that is on\n"
                   "disk. Backups made before need the key file of then: keep a copy as long as you keep them.\n\n"
                   "With --data-keys the data keys are new as well, and every secret value is sealed anew, in many small transactions beside all other\n"
                   "work. When it is interrupted, the server's upkeep goes on with it.",
    .options = { { "data-keys", NULL, "new data keys, too: every secret value is sealed anew" }, { NULL, NULL, NULL } },
    .run = run,
};
