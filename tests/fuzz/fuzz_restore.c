/* The readers of dumps: SQL with its COPY lines and INSERTs, JSON lines, the compact form. Rows that they hand over have the
 * columns that were announced, and bytes that can be read; nothing is handed over before a table is. */
#include "fuzz.h"

#include <zstd.h>

#include "dump.h"
#include "restore.h"

static char names[RESTORE_COLUMNS_MAX][64];
static unsigned touched;

static void touch(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        touched += bytes.data[i];
}

int restore_failed(struct restore *restore, const char *format, ...)
{
    return EXIT_FAILED;
}

struct rh_cell restore_describe(const struct restore *restore, const char *table)
{
    return rh_at(rh_result(restore->schema), 0);
}

int restore_table(struct restore *restore, const char *table, const struct slice *columns, int count)
{
    assert(count >= 0);
    assert(count <= RESTORE_COLUMNS_MAX);
    snprintf(restore->table, sizeof restore->table, "%s", table);
    restore->column_count = count;
    for (int i = 0; i < count; i++) {
        touch(columns[i]);
        snprintf(names[i], sizeof names[i], "%.*s", SLICE_FMT(columns[i]));
        restore->columns[i] = names[i];
    }
    return EXIT_DONE;
}

int restore_row(struct restore *restore, const struct restore_value *values)
{
    assert(restore->table[0] != '\0' || restore->column_count == 0);
    for (int i = 0; i < restore->column_count; i++) {
        if (values[i].cell.data == NULL)
            touch(values[i].text);
        else
            touch(slice_of(values[i].cell.data, values[i].cell.size));
    }
    return EXIT_DONE;
}

bool restore_wants(const struct restore *restore)
{
    return restore->table[0] != '\0';
}

bool restore_is_last(const struct restore *restore)
{
    return true;
}

int restore_columns(struct restore *restore, const char *table, int count, struct slice *columns)
{
    assert(count <= RESTORE_COLUMNS_MAX);
    touched += (unsigned)strlen(table);
    for (int i = 0; i < count; i++)
        columns[i] = SLICE_LITERAL("column");
    return EXIT_DONE;
}

int restore_pass_over(struct restore *restore, const char *what, const char *format, ...)
{
    touched += (unsigned)strlen(what);
    return EXIT_DONE;
}

int restore_schema(struct restore *restore, struct slice text)
{
    assert(text.size > 0);
    touch(text);
    return EXIT_DONE;
}

void restore_own(struct restore *restore, const char *sequence, const char *table, const char *column)
{
    touched += (unsigned)(strlen(sequence) + strlen(table) + strlen(column));
}

bool restore_owner(const struct restore *restore, const char *sequence, char table[static 192], char column[static 64])
{
    touched += (unsigned)strlen(sequence);
    strcpy(table, "t");
    strcpy(column, "c");
    return strlen(sequence) % 2 == 0;
}

int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value)
{
    touched += (unsigned)(strlen(table) + strlen(column));
    return EXIT_DONE;
}

int restore_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes)
{
    touched += (unsigned)strlen(organization);
    touch(hashes);
    return EXIT_DONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct restore restore;
    static struct cli cli;
    struct slice in = slice_of(data, size);
    uint8_t kind = fuzz_byte(&in);
    char *copy = NULL;
    size_t copy_size = 0;
    restore = (struct restore){ .cli = &cli, .line = 1 };
    if (kind % 3 == 2) {            /* packed here, so that the fuzzer need not */
        size_t room = ZSTD_compressBound(in.size), magic = sizeof DUMP_MAGIC - 1;
        copy = malloc(magic + room);
        memcpy(copy, DUMP_MAGIC, magic);
        copy_size = magic + ZSTD_compress(copy + magic, room, in.data, in.size, 1);
    } else if (in.size > 0) {
        copy = malloc(in.size);
        memcpy(copy, in.data, copy_size = in.size);
    }
    FILE *file = copy_size > 0 ? fmemopen(copy, copy_size, "r") : NULL;
    if (file != NULL) {
        (kind % 3 == 0 ? restore_sql : kind % 3 == 1 ? restore_jsonl : restore_binary)(&restore, file);
        fclose(file);
    }
    free(copy);
    return 0;
}
