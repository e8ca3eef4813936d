#include "cli.h"
#include "native/native.h"

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

static int run(struct cli *cli)
{
    int count;
    const struct native_function *const *table = native_table(&count);
    for (int i = 0; i < count; i++)
        if (cli->argc == 0 || slice_is(slice_of_string(cli->argv[0]), table[i]->name))
            print_function(table[i]);
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
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
