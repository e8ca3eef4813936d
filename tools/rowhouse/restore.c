#include "restore.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "dump.h"
#include "progress.h"
#include "value/json.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = 1;
}

bool restore_interrupted(const struct restore *restore)
{
    if (interrupted == 1) {
        interrupted = 2;            /* told once; what follows is taking back */
        progress_done();
        fprintf(stderr, "rowhouse restore: interrupted\n");
    }
    return interrupted != 0;
}

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

int restore_pass_over(struct restore *restore, const char *what, const char *format, ...)
{
    va_list args;
    bool strict = cli_option(restore->cli, "strict") != NULL;
    if (++restore->passed_over > RESTORE_TOLD_MAX && !strict)
        return EXIT_DONE;
    progress_done();
    fprintf(stderr, "rowhouse restore: line %llu: %s is %s: ", (unsigned long long)restore->line, what, strict ? "refused" : "passed over");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    return strict ? EXIT_FAILED : EXIT_DONE;
}

/* --- Tables --- */

/* The place of an object with this name in a list; -1: none. */
static int place_of_slice(struct rh_cell list, struct slice name)
{
    for (size_t i = 0; i < rh_count(list); i++) {
        size_t size;
        const char *text = rh_text(rh_member(rh_at(list, i), "name"), &size);
        if (text != NULL && slice_equal(slice_of(text, size), name))
            return (int)i;
    }
    return -1;
}

static int place_of(struct rh_cell list, const char *name)
{
    return place_of_slice(list, slice_of_string(name));
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
    *target = (struct restore_target){ .name = memory_string(name), .described = restore_describe(restore, name), .first = restore->blocks, .line = restore->line };
    return target;
}

static struct slice name_of(struct rh_cell described)
{
    size_t size;
    const char *name = rh_text(rh_member(described, "name"), &size);
    return slice_of(name, size);
}

int restore_columns(struct restore *restore, const char *table, int count, struct slice *columns)
{
    struct rh_cell described = restore_describe(restore, table), list = rh_member(described, "columns");
    bool known = rh_type(described) != RH_MISSING;
    if (known && (int)rh_count(list) < count)
        return restore_failed(restore, "\"%s\" does not have the %d columns of this INSERT", table, count);
    for (int i = 0; i < count; i++)
        columns[i] = known ? name_of(rh_at(list, (size_t)i)) : SLICE_LITERAL("");
    return EXIT_DONE;
}

/* The columns of a block that names none: all but generated ones. */
static int all_columns(struct rh_cell described, struct slice *columns)
{
    struct rh_cell list = rh_member(described, "columns");
    int count = 0;
    for (size_t i = 0; i < rh_count(list) && count < RESTORE_COLUMNS_MAX; i++)
        if (rh_is_null(rh_member(rh_at(list, i), "generated")))
            columns[count++] = name_of(rh_at(list, i));
    return count;
}

/* The columns that the dump gives, all blocks of the table together. */
static void note_columns(struct restore_target *target, const struct slice *columns, int count)
{
    for (int i = 0; i < count; i++) {
        bool known = columns[i].size == 0;
        for (int k = 0; !known && k < target->column_count; k++)
            known = slice_is(columns[i], target->columns[k]);
        if (known)
            continue;
        target->columns = memory_resize(target->columns, sizeof *target->columns * (size_t)(target->column_count + 1));
        target->columns[target->column_count++] = strndup((const char *)columns[i].data, columns[i].size);
    }
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
    int code = restore_interrupted(restore) ? EXIT_FAILED : restore->batch_rows == 0 ? EXIT_DONE : session_send(restore);
    for (size_t i = 0; i < restore->batch_rows; i++)
        rh_packed_free(restore->batch[i]);
    restore->batch_rows = restore->batch_bytes = 0;
    return code;
}

int restore_table(struct restore *restore, const char *table, const struct slice *columns, int count)
{
    static struct slice all[RESTORE_COLUMNS_MAX];
    int code = flush(restore);
    if (code != EXIT_DONE)
        return code;
    if (count > RESTORE_COLUMNS_MAX || strlen(table) >= sizeof restore->table)
        return restore_failed(restore, "\"%s\" has too many columns, or too long a name", table);
    struct restore_target *target = target_named(restore, table);
    if (target == NULL)
        return restore_failed(restore, "the dump has changed while it was read");
    if (restore->scanning) {
        target->last = restore->blocks++;
        note_columns(target, columns, count);
    }
    restore->target = target;
    strcpy(restore->table, table);
    forget_columns(restore);
    if (count == 0)
        columns = all, count = all_columns(target->described, all);
    for (int i = 0; i < count; i++) {
        bool here = restore->scanning || place_of_slice(rh_member(target->described, "columns"), columns[i]) >= 0;
        restore->columns[i] = here ? strndup((const char *)columns[i].data, columns[i].size) : NULL;
        restore->json[i] = here && column_is_json(target->described, restore->columns[i]);
        restore->column_count++;
    }
    return EXIT_DONE;
}

bool restore_wants(const struct restore *restore)
{
    bool here = rh_type(restore->target->described) != RH_MISSING;
    return !restore->scanning && here && (restore->depth < 0 || restore->target->depth == restore->depth);
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

/* Only JSON is read here before it is sent. */
static void refuse_value(struct restore *restore, int column, const struct restore_value *value)
{
    struct error *error = &restore->cli->error;
    struct arena arena;
    struct slice ignored;
    arena_init(&arena, SIZE_MAX);
    fail(error, SQLSTATE_INVALID_TEXT, "it is larger than a value may be");
    json_parse(value->text, &arena, &ignored, error);
    arena_done(&arena);
    if (++restore->refused <= RESTORE_TOLD_MAX)
        restore_failed(restore, "a row of \"%s\" is refused: column \"%s\": %s (%s)", restore->table, restore->columns[column], error->message,
                       sqlstate_code(error->state));
    error_clear(error);
}

int restore_row(struct restore *restore, const struct restore_value *values)
{
    if (restore->scanning) {
        if (restore_interrupted(restore))
            return EXIT_FAILED;
        restore->target->rows++;
        progress("reading", restore->table, ++restore->rows);
        return EXIT_DONE;
    }
    if (!restore_wants(restore))
        return EXIT_DONE;
    struct rh_packed *record = rh_packed_new('{');
    size_t bytes = 0;
    for (int i = 0; i < restore->column_count; i++) {
        if (restore->columns[i] == NULL)
            continue;
        bytes += values[i].text.size + values[i].cell.size + strlen(restore->columns[i]) + 16;
        if (add_value(restore, record, i, &values[i]) != RH_OK) {
            rh_packed_free(record);
            refuse_value(restore, i, &values[i]);
            return EXIT_DONE;
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

bool restore_is_last(const struct restore *restore)
{
    return !restore->scanning && restore->depth == restore->depth_last;
}

int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value)
{
    int code = flush(restore);
    return code == EXIT_DONE && restore_is_last(restore) ? session_sequence(restore, table, column, value) : code;
}

int restore_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes)
{
    int code = flush(restore);
    return code == EXIT_DONE && restore_is_last(restore) ? session_leaves(restore, organization, first, hashes) : code;
}

/* --- Sequences --- */

void restore_own(struct restore *restore, const char *sequence, const char *table, const char *column)
{
    if (!restore->scanning)
        return;
    restore->owners = memory_resize(restore->owners, sizeof *restore->owners * (size_t)(restore->owner_count + 1));
    restore->owners[restore->owner_count++] = (struct restore_sequence_owner){ memory_string(sequence), memory_string(table), memory_string(column) };
}

static bool is_serial(const struct restore *restore, const char *table, const char *column)
{
    struct rh_cell columns = rh_member(restore_describe(restore, table), "columns");
    int place = place_of(columns, column);
    return place >= 0 && rh_bool(rh_member(rh_at(columns, (size_t)place), "serial"));
}

/* The column whose sequence has this name by default. */
static bool owner_by_name(const struct restore *restore, const char *sequence, char table[static 192], char column[static 64])
{
    char name[264];
    struct rh_cell tables = rh_member(rh_result(restore->schema), "tables");
    for (size_t t = 0; t < rh_count(tables); t++) {
        struct rh_cell columns = rh_member(rh_at(tables, t), "columns");
        for (size_t c = 0; c < rh_count(columns); c++) {
            if (!rh_bool(rh_member(rh_at(columns, c), "serial")))
                continue;
            snprintf(table, 192, "%.*s", SLICE_FMT(name_of(rh_at(tables, t))));
            snprintf(column, 64, "%.*s", SLICE_FMT(name_of(rh_at(columns, c))));
            snprintf(name, sizeof name, "%s_%s_seq", table, column);
            if (strcmp(name, sequence) == 0)
                return true;
        }
    }
    return false;
}

bool restore_owner(const struct restore *restore, const char *sequence, char table[static 192], char column[static 64])
{
    for (int i = 0; i < restore->owner_count; i++) {
        const struct restore_sequence_owner *owner = &restore->owners[i];
        if (strcmp(owner->sequence, sequence) != 0 || !is_serial(restore, owner->table, owner->column))
            continue;
        snprintf(table, 192, "%s", owner->table);
        snprintf(column, 64, "%s", owner->column);
        return true;
    }
    return owner_by_name(restore, sequence, table, column);
}

/* --- Homes --- */

static bool is_public(const char *table)
{
    return strchr(table, '.') == NULL;
}

static int find_columns(struct restore *restore, struct restore_target *target)
{
    struct buf missing = { 0 };
    int count = 0, code = EXIT_DONE;
    for (int i = 0; i < target->column_count; i++)
        if (place_of(rh_member(target->described, "columns"), target->columns[i]) < 0)
            buf_printf(&missing, "%s%s", count++ > 0 ? ", " : "", target->columns[i]);
    if (count > 0 && is_public(target->name) && !restore->defined)
        code = restore_failed(restore, "\"%s\" has no column %s here", target->name, buf_text(&missing));
    else if (count > 0)
        code = restore_pass_over(restore, target->name, "%d of its columns have no home here: %s", count, buf_text(&missing));
    buf_done(&missing);
    return code;
}

/* Every table of the dump is looked for before anything is written. */
static int find_homes(struct restore *restore)
{
    int code = EXIT_DONE;
    for (int i = 0; code == EXIT_DONE && i < restore->target_count; i++) {
        struct restore_target *target = &restore->targets[i];
        target->described = restore_describe(restore, target->name);
        restore->line = target->line;
        if (rh_type(target->described) != RH_MISSING) {
            code = find_columns(restore, target);
        } else if (is_public(target->name) && !restore->defined) {
            code = restore_failed(restore, "relation \"%s\" does not exist (42P01)", target->name);
            fprintf(stderr, "  hint: apply the migrations first: rowhouse migrate schema/migrations\n");
        } else {
            code = restore_pass_over(restore, target->name, "its %llu rows have no home here", (unsigned long long)target->rows);
        }
    }
    return code;
}

/* --- The whole --- */

/* What is no text, and how it becomes one. */
static const struct { const char *magic; size_t at, size; const char *what; } forms[] = {
    { "PGDMP", 0, 5, "this is pg_dump's custom format: pg_restore -f - FILE | rowhouse restore" },
    { "ustar", 257, 5, "this is pg_dump's tar format: pg_restore -f - FILE | rowhouse restore" },
    { "\x1f\x8b", 0, 2, "this is compressed: zcat FILE | rowhouse restore" },
    { "\x28\xb5\x2f\xfd", 0, 4, "this is compressed: zstdcat FILE | rowhouse restore" },
    { "\xff\xfe", 0, 2, "this is UTF-16: iconv -f UTF-16 -t UTF-8 FILE | rowhouse restore" },
    { "\xfe\xff", 0, 2, "this is UTF-16: iconv -f UTF-16 -t UTF-8 FILE | rowhouse restore" },
    { "\0", 0, 1, "the dump begins with zero bytes: it is damaged" },
};

/* Behind it the input is at its first byte, or behind the mark that some editors put before UTF-8. */
static bool refuse_form(struct restore *restore, FILE *in)
{
    char head[512];
    size_t got = fread(head, 1, sizeof head, in);
    fseek(in, got >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, SEEK_SET);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (got >= forms[i].at + forms[i].size && memcmp(head + forms[i].at, forms[i].magic, forms[i].size) == 0) {
            restore_failed(restore, "%s", forms[i].what);
            return true;
        }
    return false;
}

/* One reading of the whole dump. */
static int read_dump(struct restore *restore, FILE *in)
{
    rewind(in);
    if (refuse_form(restore, in))
        return EXIT_FAILED;
    int first = getc(in);
    if (first == EOF)
        return restore_failed(restore, "the dump is empty");
    ungetc(first, in);
    restore->line = 1;
    restore->target = NULL;
    restore->table[0] = '\0';
    restore->rows = restore->depth > 0 ? restore->rows : 0;
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
        code = restore_define(restore);
    if (code == EXIT_DONE)
        code = find_homes(restore);
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
    for (int i = 0; i < restore->target_count; i++) {
        for (int k = 0; k < restore->targets[i].column_count; k++)
            free(restore->targets[i].columns[k]);
        free(restore->targets[i].columns);
        free(restore->targets[i].name);
    }
    free(restore->targets);
    for (int i = 0; i < restore->definition_count; i++)
        free(restore->definitions[i].text);
    free(restore->definitions);
    for (int i = 0; i < restore->owner_count; i++) {
        free(restore->owners[i].sequence);
        free(restore->owners[i].table);
        free(restore->owners[i].column);
    }
    free(restore->owners);
    rh_reply_free(restore->schema);
    forget_columns(restore);
}

static int run(struct cli *cli)
{
    static struct restore restore;
    struct stat status;
    if (cli->argc > 0 && stat(cli->argv[0], &status) == 0 && S_ISDIR(status.st_mode)) {
        fprintf(stderr, "rowhouse restore: \"%s\" is a directory; if it is pg_dump's directory format: pg_restore -f - %s | rowhouse restore\n", cli->argv[0],
                cli->argv[0]);
        return EXIT_FAILED;
    }
    FILE *in = cli->argc > 0 ? fopen(cli->argv[0], "r") : stdin;
    if (in == NULL) {
        fprintf(stderr, "rowhouse restore: cannot read \"%s\": %s\n", cli->argv[0], strerror(errno));
        return EXIT_FAILED;
    }
    restore = (struct restore){ .cli = cli, .line = 1 };
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    int code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &restore.schema, "schema", "[]"));
    if (code == EXIT_DONE)
        code = restore_from(&restore, in);
    progress_done();
    if (code == EXIT_DONE)
        print_count(cli, "rows", (int64_t)restore.rows);
    if (restore.passed_over > 0)
        fprintf(stderr, "rowhouse restore: %llu things of the dump were passed over\n", (unsigned long long)restore.passed_over);
    restore_done(&restore);
    if (in != stdin)
        fclose(in);
    return code;
}

const struct command restore_command = {
    .name = "restore", .arguments = "[FILE]", .summary = "rows from a dump, ours or pg_dump's", .arguments_min = 0, .arguments_max = 1,
    .description = "Reads a dump of any form from the file or stdin, or what pg_dump writes (COPY and INSERT), and inserts its rows, all of them or\n"
                   "none; prints how many. A server without a schema gets the dump's; else it must have the tables (rowhouse migrate). What has no home\n"
                   "here (functions, tables of storage) is passed over, and stderr says what. Nothing that is there is removed: a table of the dump that has\n"
                   "rows is told before anything happens, and only rows that migrations put there, and nobody has written to since, make room. Until\n"
                   "it is over, the server refuses other writes; interrupted, it is taken back, and the same command does it again. Audit logs are\n"
                   "checked and chained again.\n\n"
                   "    rowhouse restore monday.rhd\n"
                   "    pg_dump crm | rowhouse restore\n"
                   "    pg_restore -f - crm.dump | rowhouse restore",
    .options = { { "append", NULL, "add to tables that have rows; rows that all houses share stay as they are" },
                 { "clean", NULL, "remove the rows that the dump's tables have" },
                 { "strict", NULL, "refuse a dump of which something has no home here, instead of passing over it" }, { NULL, NULL, NULL } },
    .run = run,
};
