#include <inttypes.h>

#include "cli.h"
#include "store/store.h"

static void tell(const struct store_salvage *salvaged, const char *target)
{
    printf("everything up to LSN %" PRIu64 " is in %s\n", salvaged->saved_lsn, target);
    if (salvaged->damage[0] == '\0')
        printf("no damage was found: a server starts on the old directory too\n");
    else
        printf("damage: %s\n", salvaged->damage);
    if (salvaged->lost_records > 0)
        printf("lost: %" PRIu64 " sound records behind the damage, the last with LSN %" PRIu64 "\n", salvaged->lost_records,
               salvaged->lost_lsn);
}

static int run(struct cli *cli)
{
    struct store_config config = { .data_dir = cli_data(cli), .image_dir = cli_option(cli, "image-dir") };
    struct store_salvage salvaged;
    if (store_salvage(&config, cli->argv[0], sys_real(), &salvaged, &cli->error) < 0)
        return cli_failed(cli, &cli->error);
    tell(&salvaged, cli->argv[0]);
    return EXIT_DONE;
}

const struct command salvage_command = {
    .name = "salvage", .arguments = "DIRECTORY", .summary = "saves what is left of a damaged data directory into a new one", .arguments_min = 1,
    .arguments_max = 1,
    .description = "For a data directory that the server refuses to start on because its log is damaged. It is only read. The new directory,\n"
                   "on which a server starts, gets everything up to the damage: from the newest sound snapshot and the log behind it, or\n"
                   "from the image when the machine has not been started again since. Records behind the damage are counted, not\n"
                   "applied: what they change may stand on what the damage swallowed. Settings, keys and secrets are files beside the\n"
                   "log; copy them yourself.\n\n"
                   "    rowhouse salvage --data ./data ./saved\n"
                   "    rowhouse verify --offline --data ./saved",
    .options = { { "image-dir", "DIRECTORY", "the server's image_dir, if it has one" }, { NULL, NULL, NULL } },
    .run = run,
};
