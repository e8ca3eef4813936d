#include <stdlib.h>

#include "columns.h"

#define BATCH 500

/* Sends the records collected so far. */
static int send_batch(struct cli *cli, const char *table, struct rh_packed **records, int64_t *inserted)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *options = cli_request_options(cli);
    int code = cli_outcome(cli, rh_request(cli->db, &reply, "insert", "[s o o]", table, *records, options));
    if (code == EXIT_DONE)
        *inserted += rh_int(rh_member(rh_result(reply), "count"));
    rh_reply_free(reply);
    rh_packed_free(options);
    rh_packed_free(*records);
    *records = rh_packed_new('[');
    return code;
}

/* One JSON object a line, from stdin. */
static int insert_lines(struct cli *cli, const char *table)
{
    char *line = NULL;
    size_t room = 0;
    int64_t number = 0, inserted = 0, waiting = 0;
    int code = EXIT_DONE;
    struct rh_packed *records = rh_packed_new('[');
    for (ssize_t size; code == EXIT_DONE && (size = getline(&line, &room, stdin)) > 0;) {
        number++;
        struct rh_packed *record = rh_pack_json(line, (size_t)size);
        if (record == NULL || rh_packed_add(records, "o", record) != RH_OK) {
            fprintf(stderr, "rowhouse insert: line %lld is not a JSON object\n", (long long)number);
            code = EXIT_FAILED;
        } else if (++waiting == BATCH) {
            code = send_batch(cli, table, &records, &inserted);
            waiting = 0;
        }
        rh_packed_free(record);
    }
    if (code == EXIT_DONE && waiting > 0)
        code = send_batch(cli, table, &records, &inserted);
    rh_packed_free(records);
    free(line);
    if (code != EXIT_DONE)
        fprintf(stderr, "  %lld rows were inserted before; the lines up to %lld were looked at\n", (long long)inserted, (long long)number);
    else
        print_count(cli, "count", inserted);
    return code;
}

static int insert_one(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *record = rh_packed_new('{'), *options = cli_request_options(cli);
    int code = EXIT_DONE;
    for (int i = 1; code == EXIT_DONE && i < cli->argc; i++)
        code = cli_add_pair(cli, record, cli->argv[i]);
    if (code == EXIT_DONE && rh_packed_add(options, "s:b", "returning", 1) != RH_OK)
        code = EXIT_FAILED;
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "insert", "[s o o]", cli->argv[0], record, options));
    if (code == EXIT_DONE) {
        struct columns *columns = columns_fetch(cli, cli->argv[0]);
        if (columns != NULL)
            print_row(cli, columns, rh_at(rh_rows(reply), 0));
        columns_free(columns);
    }
    rh_packed_free(record);
    rh_packed_free(options);
    rh_reply_free(reply);
    return code;
}

static int run(struct cli *cli)
{
    int code = cli_connect(cli);
    if (code != EXIT_DONE)
        return code;
    return cli->argc == 1 ? insert_lines(cli, cli->argv[0]) : insert_one(cli);
}

const struct command insert_command = {
    .name = "insert", .arguments = "TABLE [COLUMN=TEXT | COLUMN:=JSON]...", .summary = "one row from arguments, or many from JSON lines",
    .arguments_min = 1, .arguments_max = -1,
    .description = "With columns it inserts one row and prints it as stored. Without, it reads one JSON object a line from stdin, inserts them in\n"
                   "batches of 500, each of which goes in whole or not at all, and prints how many.\n\n"
                   "    rowhouse insert contacts name=Ada email=ada@example.com\n"
                   "    rowhouse insert integrations ... 'configuration:={\"retries\": 3}'",
    .options = { { NULL, NULL, NULL } },
    .run = run,
};
