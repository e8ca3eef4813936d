/* Help and man pages, from the table of commands. A description is paragraphs, which are filled, and lines indented by four,
 * which are examples and stay as they are. */
#include <string.h>

#include "base/version.h"
#include "cli.h"

#define WIDTH 80
#define MAN_EXIT_STATUS ".SH EXIT STATUS\n0 done, 1 refused or failed, 2 wrong usage, 3 the outcome is unknown.\n"
#define EXIT_STATUSES "Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 outcome unknown."

/* --- For the terminal --- */

/* Words from `text` up to `end` on lines of WIDTH; `column` is where the first one goes on, others begin at `indent`. */
static void fill(const char *text, const char *end, int column, int indent, FILE *out)
{
    for (bool first = true; text < end; first = false) {
        int size = (int)strcspn(text, " \n");
        size = text + size > end ? (int)(end - text) : size;
        if (!first && column + 1 + size >= WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", size, text);
        column += size;
        text += size;
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}

/* The next paragraph or example of a description, without the line's end; NULL after the last. */
static const char *next_part(const char **at, const char **ret_end, bool *ret_example)
{
    const char *start = *at += strspn(*at, "\n");
    if (*start == '\0')
        return NULL;
    *ret_example = strncmp(start, "    ", 4) == 0;
    const char *end = start;
    do
        end += strcspn(end + 1, "\n") + 1;
    while (*end != '\0' && end[1] != '\n' && end[1] != '\0' && (strncmp(end + 1, "    ", 4) == 0) == *ret_example);
    *at = *ret_end = end;
    return start;
}

static void print_options(const struct cli_option *options, FILE *out)
{
    enum { LEFT = 26 };
    for (; options->name != NULL; options++) {
        int size = fprintf(out, "  --%s%s%s", options->name, options->value != NULL ? " " : "", options->value != NULL ? options->value : "");
        fprintf(out, "%*s", size < LEFT ? LEFT - size : 1, "");
        fill(options->help, options->help + strlen(options->help), size < LEFT ? LEFT : size + 1, LEFT, out);
    }
}

void help_command(const struct command *command, FILE *out)
{
    const char *at = command->description, *part, *end;
    bool example;
    fprintf(out, "usage: rowhouse %s [options]%s%s\n\n%s\n", command->name, command->arguments[0] != '\0' ? " " : "", command->arguments, command->summary);
    while ((part = next_part(&at, &end, &example)) != NULL) {
        fputc('\n', out);
        if (example)
            fprintf(out, "%.*s\n", (int)(end - part), part);
        else
            fill(part, end, 0, 0, out);
    }
    if (command->options[0].name != NULL) {
        fprintf(out, "\noptions:\n");
        print_options(command->options, out);
    }
    fprintf(out, "\noptions of every command:\n");
    print_options(common_options, out);
    fprintf(out, "\n" EXIT_STATUSES "\n");
}

void help_commands(FILE *out)
{
    fprintf(out, "usage: rowhouse COMMAND [options] [arguments]\n\ncommands:\n");
    for (int i = 0; commands[i] != NULL; i++) {
        const char *summary = commands[i]->summary;
        fprintf(out, "  %-9s  ", commands[i]->name);
        fill(summary, summary + strlen(summary), 13, 13, out);
    }
    fprintf(out, "\n`rowhouse help COMMAND` says more, `rowhouse man COMMAND` prints its man page,\n`rowhouse --version` the version.\n");
}

/* --- For man --- */

/* Text for troff: a leading dot or quote and every backslash are escaped. */
static void man_text(const char *text, const char *end, FILE *out)
{
    bool line_start = true;
    for (; text < end; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else
            fprintf(out, "%s%c", *text == '-' ? "\\" : "", *text);
        line_start = *text == '\n';
    }
    fputc('\n', out);
}

static void man_line(const char *text, FILE *out)
{
    man_text(text, text + strlen(text), out);
}

static void man_options(const struct cli_option *options, FILE *out)
{
    for (; options->name != NULL; options++) {
        fprintf(out, ".TP\n\\fB\\-\\-");
        for (const char *at = options->name; *at != '\0'; at++)
            fprintf(out, "%s%c", *at == '-' ? "\\" : "", *at);
        fprintf(out, "\\fR%s%s\n", options->value != NULL ? " " : "", options->value != NULL ? options->value : "");
        man_line(options->help, out);
    }
}

/* The page of the program itself. */
static void man_commands(FILE *out)
{
    fprintf(out, ".TH ROWHOUSE 1 \"\" \"rowhouse " ROWHOUSE_VERSION "\" \"Rowhouse\"\n.SH NAME\n"
                 "rowhouse \\- the command line of Rowhouse, a tenant\\-partitioned data server\n"
                 ".SH SYNOPSIS\n.B rowhouse\nCOMMAND [options] [arguments]\n.SH COMMANDS\n");
    for (int i = 0; commands[i] != NULL; i++) {
        fprintf(out, ".TP\n.BR rowhouse\\-%s (1)\n", commands[i]->name);
        man_line(commands[i]->summary, out);
    }
    fprintf(out, ".SH OPTIONS\n");
    man_options(common_options, out);
    fprintf(out, MAN_EXIT_STATUS);
}

void help_man(const struct command *command, FILE *out)
{
    if (command == NULL) {
        man_commands(out);
        return;
    }
    const char *at = command->description, *part, *end;
    bool example;
    fprintf(out, ".TH ROWHOUSE-");
    for (const char *c = command->name; *c != '\0'; c++)
        fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
    fprintf(out, " 1 \"\" \"rowhouse " ROWHOUSE_VERSION "\" \"Rowhouse\"\n.SH NAME\nrowhouse\\-%s \\- ", command->name);
    man_line(command->summary, out);
    fprintf(out, ".SH SYNOPSIS\n.B rowhouse %s\n[options] ", command->name);
    man_line(command->arguments, out);
    fprintf(out, ".SH DESCRIPTION\n");
    while ((part = next_part(&at, &end, &example)) != NULL) {
        fprintf(out, example ? ".PP\n.nf\n" : ".PP\n");
        man_text(part, end, out);
        fprintf(out, example ? ".fi\n" : "");
    }
    fprintf(out, ".SH OPTIONS\n");
    man_options(command->options, out);
    man_options(common_options, out);
    fprintf(out, MAN_EXIT_STATUS);
}
