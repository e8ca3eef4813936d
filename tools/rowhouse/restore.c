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

/* --- Tables --- */

/* The place of an object with this name in a list; -1: none. */
static int place_of(struct rh_cell list, const char *name)
{
    for (size_t i = 0; i < rh_count(list); i++)
        if (cell_is(rh_member(rh_at(list, i), "name"), name))
            return (int)i;
    return -1;
}

struct rh_cell restore_describe(const struct restore *restore, const char *table)
{
    struct rh_cell tables = rh_member(rh_result(restore->schema), "tables");
    int place = place_of(tables, table);
    return place < 0 ? (struct rh_cell){ NULL, 0 } : rh_at(tables, (size_t)place);
}

static struct restore_target *target_named(struct restore *restore, const char *name)
{
    for (int i = 0; i < restore->target_count; i++)
        if (strcmp(restore->targets[i].name, name) == 0)
            return &restore->targets[i];
    if (!restore->scanning)
        return NULL;
    restore->targets = memory_resize(restore->targets, sizeof *restore->targets * (size_t)(restore->target_count + 1));
    struct restore_target *target = &restore->targets[restore->target_count++];
    *target = (struct restore_target){ .name = memory_string(name), .described = restore_describe(restore, name), .first = restore->blocks };
    return target;
}

static bool column_is_json(struct rh_cell description, const char *column)
{
    struct rh_cell columns = rh_member(description, "columns");
    int place = place_of(columns, column);
    return place >= 0 && cell_is(rh_member(rh_at(columns, (size_t)place), "type"), "jsonb");
}

static void forget_columns(struct restore *restore)
{
    for (int i = 0; i < restore->column_count; i++)
        free(restore->columns[i]);
    restore->column_count = 0;
}

static int flush(struct restore *restore)
{
    int code = restore->batch_rows == 0 ? EXIT_DONE : session_send(restore);
    for (size_t i = 0; i < restore->batch_rows; i++)
        rh_packed_free(restore->batch[i]);
    restore->batch_rows = restore->batch_bytes = 0;
    return code;
}

int restore_table(struct restore *restore, const char *table, const struct slice *columns, int count)
{
    int code = flush(restore);
    if (code != EXIT_DONE)
        return code;
    if (count > RESTORE_COLUMNS_MAX || strlen(table) >= sizeof restore->table)
        return restore_failed(restore, "\"%s\" has too many columns, or too long a name", table);
    struct restore_target *target = target_named(restore, table);
    if (target == NULL)
        return restore_failed(restore, "the dump has changed while it was read");
    if (rh_type(target->described) == RH_MISSING) {
        restore_failed(restore, "relation \"%s\" does not exist", table);
        fprintf(stderr, "  hint: apply the migrations first: rowhouse migrate schema/migrations\n");
        return EXIT_FAILED;
    }
    if (restore->scanning)
        target->last = restore->blocks++;
    restore->target = target;
    strcpy(restore->table, table);
    forget_columns(restore);
    for (int i = 0; i < count; i++) {
        restore->columns[i] = strndup((const char *)columns[i].data, columns[i].size);
        restore->json[i] = column_is_json(target->described, restore->columns[i]);
        restore->column_count++;
    }
    return EXIT_DONE;
}

bool restore_wants(const struct restore *restore)
{
    return restore->depth < 0 || restore->target->depth == restore->depth;
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
    if (restore->scanning) {
        restore->target->rows++;
        progress("reading", restore->table, ++restore->rows);
        return EXIT_DONE;
    }
    if (!restore_wants(restore))
        return EXIT_DONE;
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
    int code = restore->batch_bytes + bytes > RESTORE_BATCH_BYTES ? flush(restore) : EXIT_DONE;
    if (code != EXIT_DONE) {
        rh_packed_free(record);
        return code;
    }
    restore->lines[restore->batch_rows] = restore->line;
    restore->batch[restore->batch_rows++] = record;
    restore->batch_bytes += bytes;
    return restore->batch_rows == RESTORE_BATCH_ROWS ? flush(restore) : EXIT_DONE;
}

/* Whether what comes once is wanted: with the last reading. */
static bool is_last(const struct restore *restore)
{
    return !restore->scanning && restore->depth == restore->depth_last;
}

int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value)
{
    int code = flush(restore);
    return code == EXIT_DONE && is_last(restore) ? session_sequence(restore, table, column, value) : code;
}

int restore_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes)
{
    int code = flush(restore);
    return code == EXIT_DONE && is_last(restore) ? session_leaves(restore, organization, first, hashes) : code;
}

/* --- The whole --- */

/* One reading of the whole dump. */
static int read_dump(struct restore *restore, FILE *in)
{
    rewind(in);
    int first = getc(in);
    if (first == EOF)
        return restore_failed(restore, "the dump is empty");
    ungetc(first, in);
    restore->line = 1;
    restore->target = NULL;
    restore->table[0] = '\0';
    restore->rows = restore->depth > 0 ? restore->rows : 0;
    restore->skipped_statements = 0;
    int code;
    if (first == DUMP_MAGIC[0])
        code = restore_binary(restore, in);
    else if (first == '{')
        code = restore_jsonl(restore, in);
    else
        code = restore_sql(restore, in);
    return code == EXIT_DONE ? flush(restore) : code;
}

static int load_dump(struct restore *restore, FILE *in)
{
    int code = session_begin(restore);
    restore->scanning = false;
    restore->depth = restore->depth_last < 0 ? -1 : 0;
    for (bool more = true; code == EXIT_DONE && more; restore->depth++) {
        more = restore->depth < restore->depth_last;
        code = read_dump(restore, in);
    }
    if (code == EXIT_DONE && restore->refused > 0) {
        progress_done();
        fprintf(stderr, "rowhouse restore: %llu rows were refused\n", (unsigned long long)restore->refused);
        code = EXIT_FAILED;
    }
    if (code == EXIT_DONE)
        code = session_finish(restore);
    if (code != EXIT_DONE && restore->load != 0)
        session_take_back(restore);
    return code;
}

/* A file that can be read twice: the input, or its bytes in one without a name. */
static FILE *rereadable(FILE *in)
{
    static char chunk[1 << 16];
    if (fseek(in, 0, SEEK_SET) == 0)
        return in;
    FILE *file = tmpfile();
    for (size_t got; file != NULL && (got = fread(chunk, 1, sizeof chunk, in)) > 0;)
        if (fwrite(chunk, 1, got, file) != got) {
            fclose(file);
            return NULL;
        }
    return file;
}

static int restore_from(struct restore *restore, FILE *in)
{
    FILE *file = rereadable(in);
    if (file == NULL)
        return restore_failed(restore, "cannot keep the dump in a temporary file: %s", strerror(errno));
    restore->scanning = true;
    restore->depth = -1;
    int code = read_dump(restore, file);
    if (code == EXIT_DONE)
        code = load_dump(restore, file);
    if (file != in)
        fclose(file);
    return code;
}

static void restore_done(struct restore *restore)
{
    for (size_t i = 0; i < restore->batch_rows; i++)
        rh_packed_free(restore->batch[i]);
    for (int i = 0; i < restore->target_count; i++)
        free(restore->targets[i].name);
    free(restore->targets);
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
    if (code == EXIT_DONE)
        code = restore_from(&restore, in);
    progress_done();
    if (code == EXIT_DONE)
        print_count(cli, "rows", (int64_t)restore.rows);
    if (restore.skipped_statements > 0)
        fprintf(stderr, "%llu statements that define the schema were passed over: migrations do that\n", (unsigned long long)restore.skipped_statements);
    restore_done(&restore);
    if (in != stdin)
        fclose(in);
    return code;
}

const struct command restore_command = {
    .name = "restore", .arguments = "[FILE]", .summary = "rows from a dump, ours or pg_dump's", .arguments_min = 0, .arguments_max = 1,
    .description = "Reads a dump of any form from the file or stdin, or what pg_dump writes (COPY and INSERT), and inserts its rows, all of them or\n"
                   "none; prints how many. The schema must be there (rowhouse migrate). Nothing that is there is removed: a table of the dump that has\n"
                   "rows is told before anything happens, and only rows that migrations put there, and nobody has written to since, make room. Until\n"
                   "it is over, the server refuses other writes; interrupted, it is taken back, and the same command does it again. Audit logs are\n"
                   "checked and chained again.\n\n"
                   "    rowhouse restore monday.rhd\n"
                   "    pg_dump --data-only crm | rowhouse restore",
    .options = { { "append", NULL, "add to tables that have rows; rows that all houses share stay as they are" },
                 { "clean", NULL, "remove the rows that the dump's tables have" }, { NULL, NULL, NULL } },
    .run = run,
};
