/* Which command, and its options; what comes of them is each command's own file. */
#include "cli.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "nearest.h"

#define COMMAND(name) extern const struct command name##_command;
#include "commands.h"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &name##_command,
#include "commands.h"
#undef COMMAND
    NULL,
};

const struct cli_option common_options[] = {
    { "address", "ADDRESS", "the server: host:port or unix:/path; default: ROWHOUSE_ADDRESS, or the socket in the data directory" },
    { "data", "DIRECTORY", "the data directory; default: ROWHOUSE_DATA, or ./data" },
    { "key", "FILE", "sign in with the service key of this file; default: service.key in the data directory" },
    { "token", "TOKEN", "sign in with this token instead; default: ROWHOUSE_TOKEN" },
    { "organization", "UUID", "work in this organization's house" },
    { "json", NULL, "print JSON, one object a line" },
    { "help", NULL, "print this and exit; so does -h" },
    { NULL, NULL, NULL },
};

const struct command *command_find(const char *name)
{
    for (int i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int no_command(const char *name)
{
    char hint[128];
    struct nearest nearest;
    nearest_start(&nearest, name, strlen(name));
    for (int i = 0; commands[i] != NULL; i++)
        nearest_try(&nearest, commands[i]->name);
    fprintf(stderr, "rowhouse: there is no command \"%s\"%s; rowhouse help lists them\n", name, nearest_hint(&nearest, hint, sizeof hint));
    return EXIT_USAGE;
}

/* --- Help --- */

static int help_or_man(int argc, char **argv)
{
    const struct command *command = argc > 2 ? command_find(argv[2]) : NULL;
    if (argc > 2 && command == NULL)
        return no_command(argv[2]);
    if (strcmp(argv[1], "man") == 0)
        help_man(command, stdout);
    else if (command != NULL)
        help_command(command, stdout);
    else
        help_commands(stdout);
    return EXIT_DONE;
}

/* --- Options --- */

/* The place of an option's value in cli->values, and its description. */
static const struct cli_option *find_option(const struct command *command, const char *name, size_t size, int *ret_place)
{
    for (int i = 0; i < OPTIONS_MAX && command->options[i].name != NULL; i++)
        if (strlen(command->options[i].name) == size && strncmp(command->options[i].name, name, size) == 0) {
            *ret_place = i;
            return &command->options[i];
        }
    for (int i = 0; common_options[i].name != NULL; i++)
        if (strlen(common_options[i].name) == size && strncmp(common_options[i].name, name, size) == 0) {
            *ret_place = OPTIONS_MAX + i;
            return &common_options[i];
        }
    return NULL;
}

const char *cli_option(const struct cli *cli, const char *name)
{
    int place = 0;
    const struct cli_option *option = find_option(cli->command, name, strlen(name), &place);
    assert(option != NULL);
    return cli->values[place];
}

/* What psql has as an option of one letter, or in full. */
static const char *habit(const struct cli *cli, const char *name)
{
    static const struct { const char *option, *instead; } habits[] = {
        { "-f", "a script comes from stdin: rowhouse sql < FILE" }, { "--file", "a script comes from stdin: rowhouse sql < FILE" },
        { "-c", "the statement is the argument: rowhouse sql 'select 1'" }, { "--command", "the statement is the argument: rowhouse sql 'select 1'" },
        { "-d", "a server has one database; --address HOST:PORT names it" }, { "--dbname", "a server has one database; --address HOST:PORT names it" },
        { "--host", "--address HOST:PORT names the server" }, { "-p", "--address HOST:PORT names the server" }, { "--port", "--address HOST:PORT names the server" },
        { "-U", "--token TOKEN or --key FILE says who you are" }, { "--username", "--token TOKEN or --key FILE says who you are" },
        { "-x", "--expanded prints a line a column" },
    };
    for (size_t i = 0; i < sizeof habits / sizeof *habits && strcmp(cli->command->name, "sql") == 0; i++)
        if (strcmp(habits[i].option, name) == 0)
            return habits[i].instead;
    return NULL;
}

static int no_option(struct cli *cli, const char *name, size_t size)
{
    char hint[128];
    struct nearest nearest;
    char full[64];
    snprintf(full, sizeof full, "--%.*s", (int)size, name);
    if (habit(cli, full) != NULL)
        return cli_usage(cli, "there is no option \"%s\"; %s", full, habit(cli, full));
    nearest_start(&nearest, name, size);
    for (int i = 0; i < OPTIONS_MAX && cli->command->options[i].name != NULL; i++)
        nearest_try(&nearest, cli->command->options[i].name);
    for (int i = 0; common_options[i].name != NULL; i++)
        nearest_try(&nearest, common_options[i].name);
    return cli_usage(cli, "there is no option \"--%.*s\"%s", (int)size, name, nearest_hint(&nearest, hint, sizeof hint));
}

/* Where the first argument is to be. */
static int single_dash(struct cli *cli, const char *name)
{
    char option[3] = { '-', name[1], '\0' };
    const char *instead = habit(cli, option);
    return cli_usage(cli, "there is no option \"%s\"; %s", option, instead != NULL ? instead : "options begin with two dashes, and \"--\" ends them");
}

/* One option and, where it takes one, its value; options and arguments may mix, `--` ends the options. */
static int parse_option(struct cli *cli, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    int place = 0;
    const struct cli_option *option = find_option(cli->command, name, size, &place);
    if (option == NULL)
        return no_option(cli, name, size);
    if (option->value == NULL) {
        if (equals != NULL)
            return cli_usage(cli, "option \"--%s\" takes no value", option->name);
        cli->values[place] = "";
    } else if (equals != NULL) {
        cli->values[place] = equals + 1;
    } else if (*at + 1 < argc) {
        cli->values[place] = argv[++*at];
    } else {
        return cli_usage(cli, "option \"--%s\" wants %s", option->name, option->value);
    }
    return EXIT_DONE;
}

static int parse(struct cli *cli, int argc, char **argv)
{
    bool options = true;
    int place = 0;
    for (int i = 2; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && strcmp(argv[i], "-h") == 0) {
            find_option(cli->command, "help", strlen("help"), &place);
            cli->values[place] = "";
        } else if (options && strncmp(argv[i], "--", 2) == 0) {
            int code = parse_option(cli, argc, argv, &i);
            if (code != EXIT_DONE)
                return code;
        } else if (options && cli->argc == 0 && argv[i][0] == '-' && isalpha((unsigned char)argv[i][1])) {
            return single_dash(cli, argv[i]);
        } else {
            cli->argv[cli->argc++] = argv[i];
        }
    }
    const struct command *command = cli->command;
    if (cli_option(cli, "help") != NULL)
        return EXIT_DONE;
    if (cli->argc < command->arguments_min)
        return cli_usage(cli, "arguments are missing: %s", command->arguments);
    if (command->arguments_max >= 0 && cli->argc > command->arguments_max)
        return cli_usage(cli, "\"%s\" is one argument too many", cli->argv[command->arguments_max]);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    if (argc < 2) {
        help_commands(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("rowhouse " ROWHOUSE_VERSION "\n");
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "man") == 0)
        return help_or_man(argc, argv);
    cli.command = command_find(argv[1]);
    if (cli.command == NULL)
        return no_command(argv[1]);
    cli.argv = calloc((size_t)argc, sizeof *cli.argv);
    assert(cli.argv != NULL);
    int code = parse(&cli, argc, argv);
    if (code == EXIT_DONE && cli_option(&cli, "help") != NULL)
        help_command(cli.command, stdout);
    else if (code == EXIT_DONE)
        code = cli.command->run(&cli);
    rh_close(cli.db);
    free(cli.argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rowhouse: stdout");
        return EXIT_FAILED;
    }
    return code;
}
