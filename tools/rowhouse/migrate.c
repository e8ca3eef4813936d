#include <stdlib.h>

#include "files.h"

static void print_migrations(struct rh_cell list)
{
    for (size_t i = 0; i < rh_count(list); i++) {
        struct rh_cell each = rh_at(list, i), effects = rh_member(each, "effects");
        char *name = rh_cell_text(rh_member(each, "name")), *state = rh_cell_text(rh_member(each, "state"));
        printf("%-8s %s\n", state, name);
        for (size_t e = 0; e < rh_count(effects); e++) {
            char *effect = rh_cell_text(rh_at(effects, e));
            printf("         %s\n", effect);
            free(effect);
        }
        free(name);
        free(state);
    }
}

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *migrations = rh_packed_new('[');
    struct file_list files = { 0 };
    int code = EXIT_DONE, packed = RH_OK;
    for (int i = 0; code == EXIT_DONE && i < cli->argc; i++)
        code = files_add(cli, &files, cli->argv[i]);
    for (int i = 0; i < files.count; i++)
        packed |= rh_packed_add(migrations, "{s:s s:S}", "name", files.files[i].name, "text", (const char *)files.files[i].text.data,
                                files.files[i].text.size);
    if (code == EXIT_DONE)
        code = packed == RH_OK ? cli_connect(cli) : EXIT_FAILED;
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "migrate", "[o {s:b}]", migrations, "plan", cli_option(cli, "plan") != NULL));
    if (code == EXIT_DONE && cli_option(cli, "json") != NULL)
        print_result(cli, rh_result(reply));
    else if (code == EXIT_DONE)
        print_migrations(rh_result(reply));
    files_done(&files);
    rh_packed_free(migrations);
    rh_reply_free(reply);
    return code;
}

const struct command migrate_command = {
    .name = "migrate", .arguments = "FILE|FOLDER...", .summary = "applies migrations, or says what they would do", .arguments_min = 1,
    .arguments_max = -1,
    .description = "Applies PostgreSQL DDL files in the order given (a folder's *.sql by name), each in one transaction, each once: what was applied\n"
                   "before is skipped, and refused when it was edited since.\n\n"
                   "    rowhouse migrate --plan schema/migrations",
    .options = { { "plan", NULL, "change nothing; print what each file would do, and which tables it would rewrite" }, { NULL, NULL, NULL } },
    .run = run,
};
