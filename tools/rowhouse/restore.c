#include "restore.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dump.h"
#include "progress.h"

int restore_failed(struct restore *restore, const char *format, ...)
{
    va_list args;
    progress_done();
    fprintf(stderr, "rowhouse restore: line %llu: ", (unsigned long long)restore->line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    return EXIT_FAILED;
}

/* --- Batches --- */

static int send_batch(struct restore *restore)
{
    if (restore->batch_rows == 0)
        return EXIT_DONE;
    struct rh *db = restore->cli->db;
    int outcome = rh_request(db, NULL, "insert", "[s o]", restore->table, restore->batch);
    if (outcome != RH_OK) {
        progress_done();
        fprintf(stderr, "rowhouse restore: line %llu, up to %zu rows of \"%s\" before it:\n", (unsigned long long)restore->line,
                restore->batch_rows, restore->table);
        return cli_outcome(restore->cli, outcome);
    }
    restore->rows += restore->batch_rows;
    progress("restoring", restore->table, restore->rows);
    rh_packed_free(restore->batch);
    restore->batch = rh_packed_new('[');
    restore->batch_rows = restore->batch_bytes = 0;
    return EXIT_DONE;
}

/* --- Tables --- */

struct rh_cell restore_describe(const struct restore *restore, const char *table)
{
    struct rh_cell tables = rh_member(rh_result(restore->schema), "tables");
    for (size_t i = 0; i < rh_count(tables); i++) {
        char *name = rh_cell_text(rh_member(rh_at(tables, i), "name"));
        bool same = strcmp(name, table) == 0;
        free(name);
        if (same)
            return rh_at(tables, i);
    }
    return (struct rh_cell){ NULL, 0 };
}

static bool column_is_json(struct rh_cell description, const char *column)
{
    struct rh_cell columns = rh_member(description, "columns");
    for (size_t i = 0; i < rh_count(columns); i++) {
        char *name = rh_cell_text(rh_member(rh_at(columns, i), "name")), *type = rh_cell_text(rh_member(rh_at(columns, i), "type"));
        bool same = strcmp(name, column) == 0, json = strcmp(type, "jsonb") == 0;
        free(name);
        free(type);
        if (same)
            return json;
    }
    return false;
}

/* Rows that migrations themselves put into a global table make room for the dump's; anything else there is in the way. */
static int make_room(struct restore *restore, struct rh_cell description, const char *table)
{
    struct rh *db = restore->cli->db;
    struct rh_reply *reply = NULL;
    int code = cli_outcome(restore->cli, rh_request(db, &reply, "count", "[s]", table));
    int64_t count = rh_int(rh_result(reply));
    rh_reply_free(reply);
    if (code != EXIT_DONE || count == 0)
        return code;
    char *tenancy = rh_cell_text(rh_member(description, "tenancy"));
    bool global = strcmp(tenancy, "global") == 0;
    free(tenancy);
    if (!global && cli_option(restore->cli, "append") == NULL) {
        restore_failed(restore, "\"%s\" has %lld rows already", table, (long long)count);
        fprintf(stderr, "  hint: restore into a fresh server, or add to what is there with --append\n");
        return EXIT_FAILED;
    }
    if (!global || cli_option(restore->cli, "append") != NULL)
        return EXIT_DONE;
    return cli_outcome(restore->cli, rh_request(db, NULL, "delete", "[s {s:[s]}]", table, "where", "and"));
}

static void forget_columns(struct restore *restore)
{
    for (int i = 0; i < restore->column_count; i++)
        free(restore->columns[i]);
    restore->column_count = 0;
}

int restore_table(struct restore *restore, const char *table, const struct slice *columns, int count)
{
    int code = send_batch(restore);
    if (code != EXIT_DONE)
        return code;
    if (count > RESTORE_COLUMNS_MAX || strlen(table) >= sizeof restore->table)
        return restore_failed(restore, "\"%s\" has too many columns, or too long a name", table);
    struct rh_cell description = restore_describe(restore, table);
    if (rh_type(description) == RH_MISSING) {
        restore_failed(restore, "relation \"%s\" does not exist", table);
        fprintf(stderr, "  hint: apply the migrations first: rowhouse migrate schema/migrations\n");
        return EXIT_FAILED;
    }
    bool new_table = strcmp(restore->table, table) != 0;
    strcpy(restore->table, table);
    forget_columns(restore);
    for (int i = 0; i < count; i++) {
        restore->columns[i] = strndup((const char *)columns[i].data, columns[i].size);
        restore->json[i] = column_is_json(description, restore->columns[i]);
        restore->column_count++;
    }
    return new_table ? make_room(restore, description, table) : EXIT_DONE;
}

/* --- Rows --- */

static int add_text(struct restore *restore, struct rh_packed *record, int column, struct slice text)
{
    if (!restore->json[column])
        return rh_packed_add(record, "s:S", restore->columns[column], (const char *)text.data, text.size);
    struct rh_packed *json = rh_pack_json((const char *)text.data, text.size);
    int packed = json == NULL ? RH_MISUSE : rh_packed_add(record, "s:o", restore->columns[column], json);
    rh_packed_free(json);
    return packed;
}

int restore_row(struct restore *restore, const struct restore_value *values)
{
    struct rh_packed *record = rh_packed_new('{');
    int packed = RH_OK;
    size_t bytes = 0;
    for (int i = 0; packed == RH_OK && i < restore->column_count; i++) {
        bytes += values[i].text.size + values[i].cell.size + 16;
        if (values[i].cell.data != NULL)
            packed = rh_packed_add(record, "s:c", restore->columns[i], &values[i].cell);
        else if (values[i].text.data == NULL)
            packed = rh_packed_add(record, "s:n", restore->columns[i]);
        else
            packed = add_text(restore, record, i, values[i].text);
        if (packed != RH_OK)
            restore_failed(restore, "column \"%s\" of \"%s\" cannot be read", restore->columns[i], restore->table);
    }
    /* A batch never grows past what one request may hold, by its rows before this one. */
    int code = packed == RH_OK ? EXIT_DONE : EXIT_FAILED;
    if (code == EXIT_DONE && restore->batch_bytes + bytes > RESTORE_BATCH_BYTES)
        code = send_batch(restore);
    if (code == EXIT_DONE && rh_packed_add(restore->batch, "o", record) != RH_OK)
        code = EXIT_FAILED;
    rh_packed_free(record);
    restore->batch_rows++;
    restore->batch_bytes += bytes;
    return code == EXIT_DONE && restore->batch_rows >= RESTORE_BATCH_ROWS ? send_batch(restore) : code;
}

int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value)
{
    int code = send_batch(restore);
    if (code != EXIT_DONE)
        return code;
    return cli_outcome(restore->cli, rh_call(restore->cli->db, "set_sequence", NULL, "{s:s s:s s:I}", "table_name", table, "column_name", column,
                                             "value", value));
}

/* --- The whole --- */

/* Audit rows that came back become logs again, house by house. */
static int restore_audit_logs(struct restore *restore)
{
    struct rh *db = restore->cli->db;
    struct rh_reply *tenants = NULL;
    int code = cli_outcome(restore->cli, rh_request(db, &tenants, "tenants", "[]"));
    for (size_t i = 0; code == EXIT_DONE && i < rh_count(rh_result(tenants)); i++) {
        struct rh_cell organization = rh_member(rh_at(rh_result(tenants), i), "organization_id");
        int outcome = rh_call(db, "restore_audit_log", NULL, "{s:c}", "organization_id", &organization);
        if (outcome != RH_OK && strcmp(rh_sqlstate(db), "55000") != 0)
            code = cli_outcome(restore->cli, outcome);
    }
    rh_reply_free(tenants);
    return code;
}

static int restore_from(struct restore *restore, FILE *in)
{
    int first = getc(in);
    if (first == EOF)
        return restore_failed(restore, "the dump is empty");
    ungetc(first, in);
    int code;
    if (first == DUMP_MAGIC[0])
        code = restore_binary(restore, in);
    else if (first == '{')
        code = restore_jsonl(restore, in);
    else
        code = restore_sql(restore, in);
    if (code == EXIT_DONE)
        code = send_batch(restore);
    return code == EXIT_DONE ? restore_audit_logs(restore) : code;
}

static int run(struct cli *cli)
{
    struct restore restore = { .cli = cli, .line = 1 };
    FILE *in = cli->argc > 0 ? fopen(cli->argv[0], "r") : stdin;
    if (in == NULL) {
        fprintf(stderr, "rowhouse restore: cannot read \"%s\": %s\n", cli->argv[0], strerror(errno));
        return EXIT_FAILED;
    }
    int code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &restore.schema, "schema", "[]"));
    restore.batch = rh_packed_new('[');
    if (code == EXIT_DONE)
        code = restore_from(&restore, in);
    progress_done();
    if (code == EXIT_DONE)
        printf("%llu\n", (unsigned long long)restore.rows);
    else if (restore.rows > 0)
        fprintf(stderr, "  %llu rows were restored before\n", (unsigned long long)restore.rows);
    if (restore.skipped_statements > 0)
        fprintf(stderr, "%llu statements that define the schema were passed over: migrations do that\n", (unsigned long long)restore.skipped_statements);
    rh_packed_free(restore.batch);
    rh_reply_free(restore.schema);
    forget_columns(&restore);
    if (in != stdin)
        fclose(in);
    return code;
}

const struct command restore_command = {
    .name = "restore", .arguments = "[FILE]", .summary = "rows from a dump, ours or pg_dump's", .arguments_min = 0, .arguments_max = 1,
    .description = "Reads a dump of any form from the file or stdin, or what pg_dump --data-only writes (COPY and INSERT), and inserts its rows in\n"
                   "batches, each of which goes in whole or not at all; prints how many. The schema must be there (rowhouse migrate) and the\n"
                   "houses' tables empty; rows that migrations put into global tables are replaced. Audit logs are checked and chained again.\n\n"
                   "    rowhouse restore monday.rhd\n"
                   "    pg_dump --data-only crm | rowhouse restore",
    .options = { { "append", NULL, "add to tables that have rows" }, { NULL, NULL, NULL } },
    .run = run,
};
