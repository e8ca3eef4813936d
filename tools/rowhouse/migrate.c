#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static int is_migration(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

/* One file as {"name", "text"}; the name is without its folder. */
static int add_file(struct rh_packed *files, const char *path)
{
    struct buf text = { 0 };
    char chunk[65536];
    const char *slash = strrchr(path, '/');
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "rowhouse migrate: cannot read \"%s\": %s\n", path, strerror(errno));
        return EXIT_FAILED;
    }
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        buf_append(&text, chunk, got);
    int bad = ferror(file);
    fclose(file);
    int packed = bad ? RH_MISUSE : rh_packed_add(files, "{s:s s:S}", "name", slash != NULL ? slash + 1 : path, "text", (const char *)text.data, text.size);
    buf_done(&text);
    return packed == RH_OK ? EXIT_DONE : EXIT_FAILED;
}

/* All *.sql of a folder, in the order of their names. */
static int add_folder(struct rh_packed *files, const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_migration, alphasort), code = EXIT_DONE;
    if (count <= 0) {
        fprintf(stderr, "rowhouse migrate: no *.sql in \"%s\"%s%s\n", path, count < 0 ? ": " : "", count < 0 ? strerror(errno) : "");
        code = EXIT_FAILED;
    }
    for (int i = 0; i < count; i++) {
        char full[4096];
        snprintf(full, sizeof full, "%s/%s", path, entries[i]->d_name);
        if (code == EXIT_DONE)
            code = add_file(files, full);
        free(entries[i]);
    }
    free(entries);
    return code;
}

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
    struct rh_packed *files = rh_packed_new('[');
    int code = EXIT_DONE;
    for (int i = 0; code == EXIT_DONE && i < cli->argc; i++) {
        struct stat status;
        bool folder = stat(cli->argv[i], &status) == 0 && S_ISDIR(status.st_mode);
        code = folder ? add_folder(files, cli->argv[i]) : add_file(files, cli->argv[i]);
    }
    if (code == EXIT_DONE)
        code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "migrate", "[o {s:b}]", files, "plan", cli_option(cli, "plan") != NULL));
    if (code == EXIT_DONE && cli_option(cli, "json") != NULL)
        print_result(cli, rh_result(reply));
    else if (code == EXIT_DONE)
        print_migrations(rh_result(reply));
    rh_packed_free(files);
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
