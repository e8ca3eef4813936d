#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "server/config.h"
#include "value/json.h"

static int run(struct cli *cli)
{
    static struct config config;
    char path[CONFIG_TEXT_MAX + 32];
    const char *directory = cli->argc > 0 ? cli->argv[0] : cli_data(cli);
    struct error error;
    config_defaults(&config);
    if (config_set(&config, "data", directory, "rowhouse init", &error) < 0)
        return cli_failed(cli, &error);
    if (mkdir(directory, 0700) < 0 && errno != EEXIST) {
        fprintf(stderr, "rowhouse init: cannot create \"%s\": %s\n", directory, strerror(errno));
        return EXIT_FAILED;
    }
    snprintf(path, sizeof path, "%s/rowhouse.conf", directory);
    FILE *file = fopen(path, "wx");
    if (file == NULL) {
        fprintf(stderr, "rowhouse init: cannot create \"%s\": %s\n", path, strerror(errno));
        if (errno == EEXIST)
            fprintf(stderr, "  hint: the directory is initialised already; start rowhoused --config %s\n", path);
        return EXIT_FAILED;
    }
    config_print(&config, file);
    if (fclose(file) != 0) {
        fprintf(stderr, "rowhouse init: cannot write \"%s\": %s\n", path, strerror(errno));
        return EXIT_FAILED;
    }
    struct buf line = { 0 };
    if (cli_option(cli, "json") != NULL) {
        buf_append_string(&line, "{\"configuration\": ");
        json_quote(slice_of_string(path), &line);
        buf_append_byte(&line, '}');
    } else {
        buf_append_string(&line, path);
    }
    puts(buf_text(&line));
    buf_done(&line);
    return EXIT_DONE;
}

const struct command init_command = {
    .name = "init", .arguments = "[DIRECTORY]", .summary = "a new data directory with a configuration to edit", .arguments_min = 0,
    .arguments_max = 1,
    .description = "Creates the directory and writes rowhouse.conf into it: every setting, with its default. It never overwrites one.\n"
                   "rowhoused needs no such file; it is for those who want to change something.\n\n"
                   "    rowhouse init data && rowhoused --config data/rowhouse.conf",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
