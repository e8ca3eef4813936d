#include <stdlib.h>
#include <string.h>

#include "columns.h"

#define PAGE 1000

/* "name,created_at:desc" into [["name"], ["created_at", "desc"]]. */
static int add_list(struct cli *cli, struct rh_packed *options, const char *name, const char *text, bool order)
{
    struct rh_packed *list = rh_packed_new('[');
    int packed = RH_OK;
    for (const char *at = text; packed == RH_OK; at++) {
        size_t size = strcspn(at, ","), head = strcspn(at, ",:");
        if (head == 0)
            packed = RH_MISUSE;
        else if (order && head < size)
            packed = rh_packed_add(list, "[S S]", at, head, at + head + 1, size - head - 1);
        else
            packed = rh_packed_add(list, "S", at, size);
        at += size;
        if (*at == '\0')
            break;
    }
    packed = packed == RH_OK ? rh_packed_add(options, "s:o", name, list) : packed;
    rh_packed_free(list);
    return packed == RH_OK ? EXIT_DONE : cli_usage(cli, "\"%s\" is no list of columns", text);
}

/* The filter: --where as JSON, and an equality for each `column=text` argument. */
static int add_filter(struct cli *cli, struct rh_packed *options)
{
    const char *where = cli_option(cli, "where");
    struct rh_packed *filter = rh_packed_new('['), *given = NULL;
    int code = EXIT_DONE, packed = rh_packed_add(filter, "s", "and");
    if (where != NULL && (given = cli_json(cli, where)) == NULL)
        code = EXIT_USAGE;
    if (given != NULL)
        packed |= rh_packed_add(filter, "o", given);
    for (int i = 1; code == EXIT_DONE && i < cli->argc; i++) {
        const char *equals = strchr(cli->argv[i], '=');
        if (equals == NULL || equals == cli->argv[i])
            code = cli_usage(cli, "\"%s\" is not column=text", cli->argv[i]);
        else
            packed |= rh_packed_add(filter, "[s S s]", "=", cli->argv[i], (size_t)(equals - cli->argv[i]), equals + 1);
    }
    if (code == EXIT_DONE && (where != NULL || cli->argc > 1))
        packed |= rh_packed_add(options, "s:o", "where", filter);
    rh_packed_free(given);
    rh_packed_free(filter);
    return code == EXIT_DONE && packed != RH_OK ? EXIT_FAILED : code;
}

/* Everything that the options and arguments ask for, but where a page begins. */
static int add_options(struct cli *cli, struct rh_packed *options)
{
    const char *order = cli_option(cli, "order"), *columns = cli_option(cli, "columns");
    int code = EXIT_DONE;
    if (order != NULL)
        code = add_list(cli, options, "order", order, true);
    if (code == EXIT_DONE && columns != NULL)
        code = add_list(cli, options, "columns", columns, false);
    return code == EXIT_DONE ? add_filter(cli, options) : code;
}

/* One page; *cursor is freed and becomes that of the next page, or NULL. */
static int print_page(struct cli *cli, const struct columns *columns, char **cursor, int64_t *left)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *options = cli_request_options(cli);
    int code = add_options(cli, options);
    int packed = rh_packed_add(options, "s:i s:b", "limit", (int)(*left < PAGE ? *left : PAGE), "names", 1);
    if (*cursor != NULL)
        packed |= rh_packed_add(options, "s:s", "cursor", *cursor);
    free(*cursor);
    *cursor = NULL;
    if (code == EXIT_DONE)
        code = packed == RH_OK ? cli_outcome(cli, rh_request(cli->db, &reply, "scan", "[s o]", cli->argv[0], options)) : EXIT_FAILED;
    if (code == EXIT_DONE) {
        struct rh_cell result = rh_result(reply);
        struct columns *shown = columns_named(columns, rh_member(result, "columns"));
        print_rows(cli, shown, rh_rows(reply));
        columns_free(shown);
        *left -= (int64_t)rh_count(rh_rows(reply));
        if (!rh_is_null(rh_member(result, "cursor")))
            *cursor = rh_cell_text(rh_member(result, "cursor"));
    }
    rh_packed_free(options);
    rh_reply_free(reply);
    return code;
}

static int run(struct cli *cli)
{
    const char *limit = cli_option(cli, "limit");
    char *end = NULL, *cursor = NULL;
    int64_t left = limit != NULL ? strtoll(limit, &end, 10) : 100;
    if (limit != NULL && (*end != '\0' || left < 1))
        return cli_usage(cli, "\"%s\" is no number of rows", limit);
    int code = cli_connect(cli);
    if (code != EXIT_DONE)
        return code;
    struct columns *columns = columns_fetch(cli, cli->argv[0]);
    if (columns == NULL)
        return EXIT_FAILED;
    do
        code = print_page(cli, columns, &cursor, &left);
    while (code == EXIT_DONE && cursor != NULL && left > 0);
    columns_free(columns);
    free(cursor);
    return code;
}

const struct command scan_command = {
    .name = "scan", .arguments = "TABLE [COLUMN=TEXT]...", .summary = "rows that match, in an order", .arguments_min = 1, .arguments_max = -1,
    .description = "Prints the rows whose columns have the given values and that the filter of --where admits. A filter is the JSON of\n"
                   "docs/protocol.md.\n\n"
                   "    rowhouse scan contacts company=Acme --order created_at:desc --limit 20\n"
                   "    rowhouse scan incidents --json --where '[\"in\", \"status\", [\"open\", \"new\"]]'",
    .options = { { "where", "FILTER", "a filter, as JSON" },
                 { "order", "COLUMNS", "column or column:desc, ..." },
                 { "columns", "COLUMNS", "print just these" },
                 { "limit", "N", "rows at most; 100 when left out" },
                 { NULL, NULL, NULL } },
    .run = run,
};
