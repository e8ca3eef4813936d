#include "sql.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* --- Errors: the sentence ends in " at line 1, column 8" where there is a place --- */

/* Where the place begins in the sentence; NULL: there is none. */
static const char *place_of(const char *message, int *ret_line, int *ret_column)
{
    const char *at = NULL;
    for (const char *next = strstr(message, " at line "); next != NULL; next = strstr(next + 1, " at line "))
        at = next;
    return at != NULL && sscanf(at, " at line %d, column %d", ret_line, ret_column) == 2 ? at : NULL;
}

/* The line of the statement, and a caret under the character. */
static void mark(const char *text, int line, int column)
{
    for (; line > 1 && text != NULL; line--) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    if (text == NULL)
        return;
    fprintf(stderr, "  %.*s\n  ", (int)strcspn(text, "\n"), text);
    for (; column > 1 && *text != '\0'; column--) {
        fputc(*text == '\t' ? '\t' : ' ', stderr);
        do
            text++;
        while (((unsigned char)*text & 0xc0) == 0x80);
    }
    fputs("^\n", stderr);
}

/* Lines of a script are counted from its beginning, those of the server from the statement's. */
static int tell(struct sql *sql, const char *text, int outcome)
{
    char words[ERROR_MESSAGE_MAX + 64];
    int line = 0, column = 0, from = sql->line > 0 ? sql->line : 1;
    const char *message = rh_message(sql->cli->db), *place = outcome == RH_REFUSED ? place_of(message, &line, &column) : NULL;
    if (place != NULL)
        snprintf(words, sizeof words, "%.*s at line %d, column %d", (int)(place - message), message, from + line - 1, column);
    else
        snprintf(words, sizeof words, sql->line > 0 ? "%s, in the statement at line %d" : "%s", message, sql->line);
    int code = cli_outcome_as(sql->cli, outcome, words);
    if (place != NULL && cli_option(sql->cli, "json") == NULL)
        mark(text, line, column);
    return code;
}

/* --- One statement --- */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The statement that EXPLAIN stands before; NULL: it is none. */
static const char *explained(const char *text)
{
    text += strspn(text, " \t\r\n");
    return strncasecmp(text, "explain", 7) == 0 && strchr(" \t\r\n", text[7]) != NULL ? text + 7 : NULL;
}

static int run_explain(struct sql *sql, const char *text)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *options = cli_request_options(sql->cli);
    int code = tell(sql, text, rh_request(sql->cli->db, &reply, "explain", "[s [s n o]]", "query", text, options));
    rh_packed_free(options);
    for (size_t i = 0; code == EXIT_DONE && i < rh_count(rh_result(reply)); i++) {
        if (i > 0)
            puts("");
        print_result(sql->cli, rh_at(rh_result(reply), i));
    }
    rh_reply_free(reply);
    return code;
}

int sql_run(struct sql *sql, const char *text)
{
    struct rh_reply *reply = NULL;
    const char *inner = explained(text);
    if (inner != NULL)
        return run_explain(sql, inner);
    struct rh_packed *none = rh_packed_new('['), *options = cli_request_options(sql->cli);
    double before = now_ms();
    int outcome = rh_request(sql->cli->db, &reply, "query", "[s o o]", text, sql->params != NULL ? sql->params : none, options);
    double took = now_ms() - before;
    int code = tell(sql, text, outcome);
    if (code == EXIT_DONE)
        sql_print(sql, rh_result(reply));
    if (sql->timing)
        printf("Time: %.3f ms\n", took);
    rh_packed_free(none);
    rh_packed_free(options);
    rh_reply_free(reply);
    return code;
}

static bool is_script(const char *text)
{
    size_t size = strlen(text);
    return size > 4 && strcmp(text + size - 4, ".sql") == 0 && access(text, F_OK) == 0;
}

static int run(struct cli *cli)
{
    struct sql sql = { .cli = cli, .json = cli_option(cli, "json") != NULL, .csv = cli_option(cli, "csv") != NULL,
                       .expanded = cli_option(cli, "expanded") != NULL };
    if (cli->argc > 0 && cli->argv[0][0] == '\\')
        return cli_usage(cli, "\"%s\" is a command of the shell: start it with rowhouse sql", cli->argv[0]);
    if (cli->argc == 1 && is_script(cli->argv[0]))
        return cli_usage(cli, "\"%s\" is a file; a script comes from stdin: rowhouse sql < %s", cli->argv[0], cli->argv[0]);
    int code = cli_connect(cli);
    if (code != EXIT_DONE)
        return code;
    if (cli->argc == 0)
        return sql_shell(&sql);
    sql.params = rh_packed_new('[');
    for (int i = 1; i < cli->argc; i++)
        if (rh_packed_add(sql.params, "s", cli->argv[i]) != RH_OK)
            code = cli_usage(cli, "\"%s\" is not UTF-8", cli->argv[i]);
    if (code == EXIT_DONE)
        code = sql_run(&sql, cli->argv[0]);
    rh_packed_free(sql.params);
    return code;
}

const struct command sql_command = {
    .name = "sql", .arguments = "[TEXT [PARAMETER...]]", .summary = "statements of SQL, or a shell for them", .arguments_min = 0,
    .arguments_max = -1,
    .description = "Runs one statement; its $1, $2, ... are the parameters, as text. Without TEXT it is a shell: statements end in a\n"
                   "semicolon and may have many lines, the arrows bring back earlier ones, Tab completes tables, columns and keywords,\n"
                   "and \\? lists what else it knows. From a pipe it reads a script, and stops at the first error.\n\n"
                   "    rowhouse sql 'select name, email from contacts where email = $1' ada@example.com\n"
                   "    rowhouse sql --csv 'select * from contacts order by id' > contacts.csv\n"
                   "    rowhouse sql < script.sql\n\n"
                   "docs/sql.md says which SQL there is.",
    .options = { { "csv", NULL, "print CSV with a line of names" },
                 { "expanded", NULL, "print a line a column, for wide rows" },
                 { NULL, NULL, NULL } },
    .run = run,
};
