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

static bool cell_is(struct rh_cell cell, const char *text)
{
    size_t size;
    const char *bytes = rh_text(cell, &size);
    return bytes != NULL && size == strlen(text) && memcmp(bytes, text, size) == 0;
}

/* With --append, rows that all houses share (users among them) may be there: they stay as they are. */
static bool stays_as_is(const struct restore *restore, const char *table)
{
    struct rh_cell tenancy = rh_member(restore_describe(restore, table), "tenancy");
    return cli_option(restore->cli, "append") != NULL && !cell_is(tenancy, "tenant") && !cell_is(tenancy, "child");
}

int records_send(struct restore *restore, const char *table, struct rh_packed *const *records, size_t count)
{
    struct rh_packed *list = rh_packed_new('[');
    int outcome = RH_OK;
    for (size_t i = 0; outcome == RH_OK && i < count; i++)
        outcome = rh_packed_add(list, "o", records[i]);
    if (outcome == RH_OK)
        outcome = rh_request(restore->cli->db, NULL, "insert", "[s o {s:s s:b}]", table, list, "on_conflict",
                             stays_as_is(restore, table) ? "nothing" : "error", "restore", 1);
    rh_packed_free(list);
    if (outcome == RH_OK) {
        restore->rows += count;
        progress("restoring", table, restore->rows);
    }
    return outcome;
}

int restore_flush(struct restore *restore)
{
    if (restore->batch_rows == 0)
        return EXIT_DONE;
    int outcome = records_send(restore, restore->table, restore->batch, restore->batch_rows);
    if (is_early(restore, outcome)) {
        late_add(restore);
    } else if (outcome != RH_OK) {
        progress_done();
        fprintf(stderr, "rowhouse restore: line %llu, up to %zu rows of \"%s\" before it:\n", (unsigned long long)restore->line,
                restore->batch_rows, restore->table);
        return cli_outcome(restore->cli, outcome);
    } else {
        for (size_t i = 0; i < restore->batch_rows; i++)
            rh_packed_free(restore->batch[i]);
    }
    restore->batch_rows = restore->batch_bytes = 0;
    return EXIT_DONE;
}

/* --- Tables --- */

/* The place of an object with this name in a list; -1: none. */
static int place_of(struct rh_cell list, const char *name)
{
    for (size_t i = 0; i < rh_count(list); i++)
        if (cell_is(rh_member(rh_at(list, i), "name"), name))
            return (int)i;
    return -1;
}

static struct rh_cell tables_of(const struct restore *restore)
{
    return rh_member(rh_result(restore->schema), "tables");
}

struct rh_cell restore_describe(const struct restore *restore, const char *table)
{
    int place = place_of(tables_of(restore), table);
    return place < 0 ? (struct rh_cell){ NULL, 0 } : rh_at(tables_of(restore), (size_t)place);
}

static bool column_is_json(struct rh_cell description, const char *column)
{
    struct rh_cell columns = rh_member(description, "columns");
    int place = place_of(columns, column);
    return place >= 0 && cell_is(rh_member(rh_at(columns, (size_t)place), "type"), "jsonb");
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
    bool global = cell_is(rh_member(description, "tenancy"), "global") && !rh_bool(rh_member(description, "append_only"));
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
    int code = restore_flush(restore);
    if (code != EXIT_DONE)
        return code;
    if (count > RESTORE_COLUMNS_MAX || strlen(table) >= sizeof restore->table)
        return restore_failed(restore, "\"%s\" has too many columns, or too long a name", table);
    int place = place_of(tables_of(restore), table);
    if (place < 0) {
        restore_failed(restore, "relation \"%s\" does not exist", table);
        fprintf(stderr, "  hint: apply the migrations first: rowhouse migrate schema/migrations\n");
        return EXIT_FAILED;
    }
    if (strcmp(restore->table, table) != 0 && (code = late_retry(restore, restore->table)) != EXIT_DONE)
        return code;
    struct rh_cell description = rh_at(tables_of(restore), (size_t)place);
    strcpy(restore->table, table);
    forget_columns(restore);
    for (int i = 0; i < count; i++) {
        restore->columns[i] = strndup((const char *)columns[i].data, columns[i].size);
        restore->json[i] = column_is_json(description, restore->columns[i]);
        restore->column_count++;
    }
    bool met = restore->met[place];
    restore->met[place] = true;
    return met ? EXIT_DONE : make_room(restore, description, table);
}

/* --- Rows --- */

/* JSON's null of a jsonb column, which is not NULL: extension type 3 with a nil inside. */
static const uint8_t json_null[] = { 0xd4, 0x03, 0xc0 };
static const struct rh_cell json_null_cell = { json_null, sizeof json_null };

static int add_text(struct restore *restore, struct rh_packed *record, int column, struct slice text)
{
    if (!restore->json[column])
        return rh_packed_add(record, "s:S", restore->columns[column], (const char *)text.data, text.size);
    if (slice_is(text, "null"))
        return rh_packed_add(record, "s:c", restore->columns[column], &json_null_cell);
    struct rh_packed *json = rh_pack_json((const char *)text.data, text.size);
    int packed = json == NULL ? RH_MISUSE : rh_packed_add(record, "s:o", restore->columns[column], json);
    rh_packed_free(json);
    return packed;
}

static int add_value(struct restore *restore, struct rh_packed *record, int column, const struct restore_value *value)
{
    if (value->cell.data != NULL)
        return rh_packed_add(record, "s:c", restore->columns[column], value->json_null ? &json_null_cell : &value->cell);
    if (value->text.data == NULL)
        return rh_packed_add(record, "s:n", restore->columns[column]);
    return add_text(restore, record, column, value->text);
}

int restore_row(struct restore *restore, const struct restore_value *values)
{
    struct rh_packed *record = rh_packed_new('{');
    size_t bytes = 0;
    for (int i = 0; i < restore->column_count; i++) {
        bytes += values[i].text.size + values[i].cell.size + strlen(restore->columns[i]) + 16;
        if (add_value(restore, record, i, &values[i]) != RH_OK) {
            rh_packed_free(record);
            return restore_failed(restore, "column \"%s\" of \"%s\" cannot be read", restore->columns[i], restore->table);
        }
    }
    /* A batch never grows past what one request may hold, by its rows before this one. */
    int code = restore->batch_bytes + bytes > RESTORE_BATCH_BYTES ? restore_flush(restore) : EXIT_DONE;
    if (code != EXIT_DONE) {
        rh_packed_free(record);
        return code;
    }
    restore->batch[restore->batch_rows++] = record;
    restore->batch_bytes += bytes;
    return restore->batch_rows == RESTORE_BATCH_ROWS ? restore_flush(restore) : EXIT_DONE;
}

int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value)
{
    int code = restore_flush(restore);
    if (code != EXIT_DONE)
        return code;
    return cli_outcome(restore->cli, rh_call(restore->cli->db, "set_sequence", NULL, "{s:s s:s s:I}", "table_name", table, "column_name", column,
                                             "value", value));
}

int restore_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes)
{
    int code = restore_flush(restore);
    if (code != EXIT_DONE)
        return code;
    return cli_outcome(restore->cli, rh_call(restore->cli->db, "restore_audit_leaves", NULL, "{s:s s:I s:B}", "organization_id", organization,
                                             "first", first, "hashes", hashes.data, hashes.size));
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
        for (int64_t restored = 1; code == EXIT_DONE && restored > 0;) {
            struct rh_reply *reply = NULL;
            int outcome = rh_call(db, "restore_audit_log", &reply, "{s:c}", "organization_id", &organization);
            restored = rh_int(rh_member(rh_result(reply), "restored"));
            if (outcome != RH_OK && strcmp(rh_sqlstate(db), "55000") != 0)
                code = cli_outcome(restore->cli, outcome);
            rh_reply_free(reply);
        }
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
        code = restore_flush(restore);
    if (code == EXIT_DONE)
        code = late_retry(restore, NULL);
    return code == EXIT_DONE ? restore_audit_logs(restore) : code;
}

static void restore_done(struct restore *restore)
{
    for (size_t i = 0; i < restore->batch_rows; i++)
        rh_packed_free(restore->batch[i]);
    for (size_t i = 0; i < restore->late_count; i++) {
        rh_packed_free(restore->late[i].record);
        free(restore->late[i].table);
    }
    free(restore->late);
    free(restore->met);
    rh_reply_free(restore->schema);
    forget_columns(restore);
}

static int run(struct cli *cli)
{
    static struct restore restore;
    FILE *in = cli->argc > 0 ? fopen(cli->argv[0], "r") : stdin;
    if (in == NULL) {
        fprintf(stderr, "rowhouse restore: cannot read \"%s\": %s\n", cli->argv[0], strerror(errno));
        return EXIT_FAILED;
    }
    restore = (struct restore){ .cli = cli, .line = 1 };
    int code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &restore.schema, "schema", "[]"));
    if (code == EXIT_DONE) {
        restore.met = memory_alloc(rh_count(tables_of(&restore)) + 1);
        code = restore_from(&restore, in);
    }
    progress_done();
    if (code == EXIT_DONE)
        print_count(cli, "rows", (int64_t)restore.rows);
    else if (restore.rows > 0)
        fprintf(stderr, "  %llu rows were restored before\n", (unsigned long long)restore.rows);
    if (restore.skipped_statements > 0)
        fprintf(stderr, "%llu statements that define the schema were passed over: migrations do that\n", (unsigned long long)restore.skipped_statements);
    restore_done(&restore);
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
    .options = { { "append", NULL, "add to tables that have rows; rows that all houses share stay as they are" }, { NULL, NULL, NULL } },
    .run = run,
};
