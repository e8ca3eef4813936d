#include "cli.h"
#include "native/native.h"
#include "value/json.h"

static void print_function(const struct native_function *function)
{
    printf("%s(", function->name);
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++) {
        const struct parameter *p = &function->parameters[i];
        struct type type = { .id = p->type, .array = p->array };
        struct arena arena;
        arena_init(&arena, SIZE_MAX);
        printf("%s%s%s %s", i > 0 ? ", " : "", p->name, p->required ? "" : "?", type_name(type, &arena));
        arena_done(&arena);
    }
    printf(") -> %s\n    %s\n", function->returns, function->summary);
}

static void json_pair(const char *before, const char *text, struct buf *out)
{
    buf_append_string(out, before);
    json_quote(slice_of_string(text), out);
}

static void print_json(const struct native_function *function)
{
    struct buf line = { 0 };
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    json_pair("{\"name\": ", function->name, &line);
    json_pair(", \"summary\": ", function->summary, &line);
    json_pair(", \"returns\": ", function->returns, &line);
    buf_append_string(&line, ", \"parameters\": [");
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++) {
        const struct parameter *p = &function->parameters[i];
        json_pair(i > 0 ? ", {\"name\": " : "{\"name\": ", p->name, &line);
        json_pair(", \"type\": ", type_name((struct type){ .id = p->type, .array = p->array }, &arena), &line);
        buf_printf(&line, ", \"required\": %s", p->required ? "true" : "false");
        json_pair(", \"summary\": ", p->summary != NULL ? p->summary : "", &line);
        buf_append_byte(&line, '}');
    }
    buf_append_string(&line, "]}");
    puts(buf_text(&line));
    arena_done(&arena);
    buf_done(&line);
}

/* --- docs/functions.md --- */

/* Text of a table's cell: a bar would end it. */
static void print_cell(const char *text)
{
    for (; *text != '\0'; text++)
        printf(*text == '|' ? "\\|" : "%c", *text);
}

static void print_markdown(const struct native_function *function)
{
    static const char *const callers[] = {
        [CALLER_SIGNED_IN] = "anybody signed in", [CALLER_MEMBER] = "members of the organization, and admins",
        [CALLER_ADMIN] = "super admins and the service role", [CALLER_SERVICE] = "the service role",
    };
    printf("\n## %s\n\n%c%s.\n\n", function->name, function->summary[0] >= 'a' && function->summary[0] <= 'z'
           ? function->summary[0] - 'a' + 'A' : function->summary[0], function->summary + 1);
    printf("For %s; %s. Returns `%s`.\n", callers[function->caller],
           !function->writes ? "reads only" : function->relaxed ? "writes, acknowledged before its sync unless asked otherwise" : "writes",
           function->returns);
    if (function->refusal != SQLSTATE_OK)
        printf("In a `txn` a no is the error %s and takes everything back%s.\n", sqlstate_code(function->refusal),
               function->keeps_refusal ? " but what is logged of the no" : "");
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++) {
        const struct parameter *p = &function->parameters[i];
        struct arena arena;
        arena_init(&arena, SIZE_MAX);
        printf(i == 0 ? "\n| parameter | type | | |\n|---|---|---|---|\n" : "");
        printf("| `%s` | %s | %s | ", p->name, type_name((struct type){ .id = p->type, .array = p->array }, &arena),
               p->required ? "required" : "");
        print_cell(p->summary);
        printf(" |\n");
        arena_done(&arena);
    }
}

static int run_markdown(void)
{
    int count;
    const struct native_function *const *table = native_table(&count);
    printf("# Native functions\n\n"
           "What the method `call` calls, %d functions: `rowhouse call FUNCTION NAME=VALUE...`, `rh_call()`, or an operation of `txn`.\n"
           "Parameters are named; unknown and missing ones are 42P02; a migration may declare other names for them (docs/schema.md, \"Functions\"). This page is made by `rowhouse functions --markdown`.\n", count);
    for (int i = 0; i < count; i++)
        print_markdown(table[i]);
    return EXIT_DONE;
}

static int run(struct cli *cli)
{
    if (cli_option(cli, "markdown") != NULL)
        return run_markdown();
    int count;
    const struct native_function *const *table = native_table(&count);
    bool json = cli_option(cli, "json") != NULL;
    for (int i = 0; i < count; i++)
        if (cli->argc == 0 || slice_is(slice_of_string(cli->argv[0]), table[i]->name))
            (json ? print_json : print_function)(table[i]);
    if (cli->argc == 1 && native_find(slice_of_string(cli->argv[0])) == NULL) {
        fprintf(stderr, "rowhouse functions: there is no function \"%s\"\n", cli->argv[0]);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

const struct command functions_command = {
    .name = "functions", .arguments = "[FUNCTION]", .summary = "the native functions and their parameters", .arguments_min = 0,
    .arguments_max = 1,
    .description = "Lists what `call` can call: parameters with their types (a ? marks those that may be left out), the answer, and a\n"
                   "sentence. Needs no server.",
    .options = { { "markdown", NULL, "print docs/functions.md" }, { NULL, NULL, NULL } },
    .run = run,
};
