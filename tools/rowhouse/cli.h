/* The command line `rowhouse`, in git's manner: one table of commands, from which help, usage errors and man pages come.
 *
 * Results go to stdout, talk to stderr. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the outcome is unknown. */
#ifndef ROWHOUSE_TOOLS_CLI_H
#define ROWHOUSE_TOOLS_CLI_H

#include <rowhouse/rowhouse.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNKNOWN = 3 };

#define OPTIONS_MAX 16

struct cli_option {
    const char *name;               /* "where" */
    const char *value;              /* what it takes, for help: "FILTER"; NULL: a flag */
    const char *help;
};

struct cli;

struct command {
    const char *name;
    const char *arguments;          /* "TABLE KEY..." */
    const char *summary;            /* one line */
    const char *description;        /* paragraphs, separated by an empty line; may hold examples indented by four */
    int arguments_min, arguments_max;       /* -1: any number */
    struct cli_option options[OPTIONS_MAX]; /* its own, beside those of every command; ends with name NULL */
    int (*run)(struct cli *cli);
};

extern const struct command *const commands[];      /* ends with NULL; in the order of the help */
extern const struct cli_option common_options[];    /* of every command; ends with name NULL */
const struct command *command_find(const char *name);

/* help.c: the list of commands, what one does, its man page. */
void help_commands(FILE *out);
void help_command(const struct command *command, FILE *out);
void help_man(const struct command *command, FILE *out);          /* NULL: of all of them */

struct cli {
    const struct command *command;
    const char *values[2 * OPTIONS_MAX];    /* of the command's options, then of the common ones; NULL: not given */
    int argc;
    char **argv;                            /* the arguments that are no options */
    struct rh *db;                          /* once cli_connect()ed */
    struct error error;
};

/* The value of an option, "" for a flag that was given, NULL when not. Asserts that the command has it. */
const char *cli_option(const struct cli *cli, const char *name);

/* The data directory: --data, ROWHOUSE_DATA, or "data". */
const char *cli_data(const struct cli *cli);

/* Connects and signs in as the options and the environment say; EXIT_DONE, or a code after telling why. */
int cli_connect(struct cli *cli);

/* Tells on stderr; returns the exit code for it. */
int cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
int cli_failed(const struct cli *cli, const struct error *error);
int cli_outcome(const struct cli *cli, int outcome);        /* of a call on cli->db */
int cli_outcome_as(const struct cli *cli, int outcome, const char *message);        /* in other words than the server's */

/* An options map with "organization" when --organization was given; free with rh_packed_free(). */
struct rh_packed *cli_request_options(const struct cli *cli);

/* `column=text` or `column:=json` as a pair into a map; EXIT_USAGE when it is neither. */
int cli_add_pair(struct cli *cli, struct rh_packed *map, const char *argument);

/* JSON text as a packed object; NULL after telling. */
struct rh_packed *cli_json(struct cli *cli, const char *text);

/* Rows for people, aligned, or one JSON object a line with --json. */
struct columns;
void print_rows(const struct cli *cli, const struct columns *columns, struct rh_cell rows);

/* One row: a line a column, or one JSON object with --json. */
void print_row(const struct cli *cli, const struct columns *columns, struct rh_cell row);

/* A number, with --json as {"name": number}. */
void print_count(const struct cli *cli, const char *name, int64_t count);

/* One result, as JSON with --json, else `name  value` lines for a map. */
void print_result(const struct cli *cli, struct rh_cell result);

/* Appends a cell as JSON. */
void json_cell(struct rh_cell cell, struct buf *out);

#endif
