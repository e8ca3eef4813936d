/* The readers of JSON lines and of the compact form. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/hash.h"
#include "dump.h"
#include "restore.h"
#include "value/json.h"
#include "value/mp.h"

/* --- jsonl --- */

/* A cell's text in place, or an empty slice. */
static struct slice text_of(struct rh_cell cell)
{
    size_t size;
    const char *text = rh_text(cell, &size);
    return slice_of(text, size);
}

static struct rh_cell cell_of(struct slice object)
{
    return (struct rh_cell){ object.data, object.size };
}

/* Rows of one table have the same columns in the same order: only a change of the table starts a new one. */
static int jsonl_row(struct restore *restore, struct rh_cell line)
{
    static struct slice columns[RESTORE_COLUMNS_MAX];
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    struct slice name = text_of(rh_member(line, "table"));
    struct rh_cell row = rh_member(line, "row");
    size_t count = rh_count(row);
    char table[192];
    if (rh_type(row) != RH_MAP || count > RESTORE_COLUMNS_MAX || name.size == 0 || name.size >= sizeof table)
        return restore_failed(restore, "this is no {\"table\", \"row\"}");
    snprintf(table, sizeof table, "%.*s", SLICE_FMT(name));
    bool same = strcmp(table, restore->table) == 0 && (int)count == restore->column_count;
    for (size_t i = 0; i < count; i++) {
        columns[i] = text_of(rh_key(row, i));
        values[i] = (struct restore_value){ .cell = rh_pair(row, i) };
        same = same && slice_is(columns[i], restore->columns[i]);
    }
    int code = same ? EXIT_DONE : restore_table(restore, table, columns, (int)count);
    return code == EXIT_DONE ? restore_row(restore, values) : code;
}

static int sequence_line(struct restore *restore, struct rh_cell line)
{
    char table[192], column[64];
    struct rh_cell names = rh_member(line, "sequence");
    snprintf(table, sizeof table, "%.*s", SLICE_FMT(text_of(rh_at(names, 0))));
    snprintf(column, sizeof column, "%.*s", SLICE_FMT(text_of(rh_at(names, 1))));
    return restore_sequence(restore, table, column, rh_int(rh_member(line, "value")));
}

int restore_jsonl(struct restore *restore, FILE *in)
{
    char *text = NULL;
    size_t room = 0;
    int code = EXIT_DONE;
    for (ssize_t size; code == EXIT_DONE && (size = getline(&text, &room, in)) > 0; restore->line++) {
        struct arena arena;
        struct slice json;
        arena_init(&arena, SIZE_MAX);
        if (json_parse(slice_of(text, (size_t)size), &arena, &json, &restore->cli->error) < 0)
            code = restore_failed(restore, "this is no JSON: %s", restore->cli->error.message);
        else if (rh_type(rh_member(cell_of(json), "sequence")) == RH_ARRAY)
            code = sequence_line(restore, cell_of(json));
        else
            code = jsonl_row(restore, cell_of(json));
        arena_done(&arena);
    }
    free(text);
    return code;
}

/* --- binary --- */

struct source {
    FILE *in;
    ZSTD_DCtx *zstd;
    uint8_t packed[1 << 16];
    ZSTD_inBuffer input;
    struct buf bytes;               /* unpacked; `at` of it is used */
    size_t at;
    XXH3_state_t *hash;
};

/* Unpacks more; false at the end of the file. */
static bool source_more(struct source *source)
{
    if (source->input.pos == source->input.size) {
        source->input = (ZSTD_inBuffer){ source->packed, fread(source->packed, 1, sizeof source->packed, source->in), 0 };
        if (source->input.size == 0)
            return false;
    }
    memmove(source->bytes.data, source->bytes.data + source->at, source->bytes.size - source->at);
    source->bytes.size -= source->at;
    source->at = 0;
    ZSTD_outBuffer out = { buf_reserve(&source->bytes, 1 << 17), 1 << 17, 0 };
    if (ZSTD_isError(ZSTD_decompressStream(source->zstd, &out, &source->input)))
        return false;
    source->bytes.size += out.pos;
    return true;
}

/* The next object: 1, 0 at the end of the file, -1 for bytes that are no MessagePack. */
static int source_next(struct source *source, struct slice *ret)
{
    for (;;) {
        struct slice rest = slice_of(source->bytes.data + source->at, source->bytes.size - source->at);
        int64_t size = rest.size > 0 ? mp_check(rest, WIRE_DEPTH_MAX) : 0;
        if (size < 0)
            return -1;
        if (size > 0) {
            *ret = slice_of(rest.data, (size_t)size);
            source->at += (size_t)size;
            return 1;
        }
        if (!source_more(source))
            return rest.size > 0 ? -1 : 0;
    }
}

static int binary_table(struct restore *restore, struct rh_cell header)
{
    static struct slice columns[RESTORE_COLUMNS_MAX];
    struct rh_cell names = rh_member(header, "columns");
    char table[192];
    size_t count = rh_count(names);
    snprintf(table, sizeof table, "%.*s", SLICE_FMT(text_of(rh_member(header, "table"))));
    if (count > RESTORE_COLUMNS_MAX)
        return restore_failed(restore, "\"%s\" has too many columns", table);
    for (size_t i = 0; i < count; i++)
        columns[i] = text_of(rh_at(names, i));
    return restore_table(restore, table, columns, (int)count);
}

static int binary_row(struct restore *restore, struct rh_cell row)
{
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    if ((int)rh_count(row) != restore->column_count)
        return restore_failed(restore, "a row of \"%s\" does not have its columns", restore->table);
    for (int i = 0; i < restore->column_count; i++)
        values[i] = (struct restore_value){ .cell = rh_at(row, (size_t)i) };
    return restore_row(restore, values);
}

static int binary_objects(struct restore *restore, struct source *source)
{
    struct slice object;
    uint64_t rows = 0;
    for (int got; (got = source_next(source, &object)) != 0; restore->line++) {
        struct rh_cell cell = cell_of(object);
        int code = EXIT_DONE;
        if (got < 0)
            return restore_failed(restore, "the dump is damaged");
        if (rh_type(rh_member(cell, "end")) == RH_INT) {
            uint64_t hash = 0;
            struct slice stated = { .data = rh_member(cell, "hash").data, .size = rh_member(cell, "hash").size };
            if (!mp_uint(&stated, &hash) || hash != XXH3_64bits_digest(source->hash) || (uint64_t)rh_int(rh_member(cell, "end")) != rows)
                return restore_failed(restore, "the dump is damaged: its rows are not those that it ends with");
            return EXIT_DONE;
        }
        XXH3_64bits_update(source->hash, object.data, object.size);
        if (rh_type(cell) == RH_ARRAY) {
            rows++;
            code = binary_row(restore, cell);
        } else if (rh_type(rh_member(cell, "table")) == RH_TEXT) {
            code = binary_table(restore, cell);
        } else {
            code = sequence_line(restore, cell);
        }
        if (code != EXIT_DONE)
            return code;
    }
    return restore_failed(restore, "the dump ends too early: it was cut off");
}

int restore_binary(struct restore *restore, FILE *in)
{
    static struct source source;
    char magic[sizeof DUMP_MAGIC] = { 0 };
    source.in = in;
    if (fread(magic, 1, sizeof magic - 1, in) != sizeof magic - 1 || strcmp(magic, DUMP_MAGIC) != 0)
        return restore_failed(restore, "this is no dump of Rowhouse");
    source.zstd = ZSTD_createDCtx();
    source.hash = XXH3_createState();
    XXH3_64bits_reset(source.hash);
    int code = binary_objects(restore, &source);
    ZSTD_freeDCtx(source.zstd);
    XXH3_freeState(source.hash);
    buf_done(&source.bytes);
    return code;
}
