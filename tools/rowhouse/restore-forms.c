/* The readers of JSON lines and of the compact form. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/hash.h"
#include "dump.h"
#include "proof/note.h"
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

static int column_place(const struct restore *restore, struct slice name)
{
    for (int i = 0; i < restore->column_count; i++)
        if (slice_is(name, restore->columns[i]))
            return i;
    return -1;
}

static int jsonl_row(struct restore *restore, struct rh_cell line)
{
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    struct slice name = text_of(rh_member(line, "table"));
    struct rh_cell row = rh_member(line, "row");
    char table[sizeof restore->table];
    if (rh_type(row) != RH_MAP || name.size == 0 || name.size >= sizeof table)
        return restore_failed(restore, "this is no {\"table\", \"row\"}");
    snprintf(table, sizeof table, "%.*s", SLICE_FMT(name));
    int code = strcmp(table, restore->table) == 0 ? EXIT_DONE : restore_table(restore, table, NULL, 0);
    bool known = rh_type(restore_describe(restore, table)) != RH_MISSING;       /* else it is told when all was read */
    memset(values, 0, sizeof *values * (size_t)restore->column_count);
    for (size_t i = 0; code == EXIT_DONE && known && i < rh_count(row); i++) {
        struct rh_cell cell = rh_pair(row, i);
        int place = column_place(restore, text_of(rh_key(row, i)));
        if (place < 0)
            return restore_failed(restore, "\"%s\" has no column \"%.*s\" that can be given", table, SLICE_FMT(text_of(rh_key(row, i))));
        values[place] = (struct restore_value){ .cell = cell, .json_null = rh_type(cell) == RH_NULL && restore->json[place] };
    }
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

/* The hashes are bytes, or base64 of them. */
static int leaves_line(struct restore *restore, struct rh_cell line)
{
    struct slice name = text_of(rh_member(line, "audit_leaves")), text = text_of(rh_member(line, "hashes"));
    char organization[UUID_TEXT_SIZE + 1];
    struct buf bytes = { 0 };
    size_t size;
    const void *raw = rh_bytes(rh_member(line, "hashes"), &size);
    if (raw != NULL)
        buf_append(&bytes, raw, size);
    int code;
    if (name.size >= sizeof organization || (raw == NULL && !base64_get(text, &bytes))) {
        code = restore_failed(restore, "this is no {\"audit_leaves\", \"first\", \"hashes\"}");
    } else {
        snprintf(organization, sizeof organization, "%.*s", SLICE_FMT(name));
        code = restore_leaves(restore, organization, rh_int(rh_member(line, "first")), buf_slice(&bytes));
    }
    buf_done(&bytes);
    return code;
}

/* {"rowhouse": "dump"} begins one that ends with {"rowhouse": "dump complete"}; `*begun`: the line of what has no end yet, or 0. */
static int mark_line(struct restore *restore, struct slice mark, uint64_t *begun)
{
    bool begins = slice_is(mark, "dump"), ends = slice_is(mark, "dump complete");
    if (!begins && !ends)
        return restore_failed(restore, "this is no {\"" DUMP_MARK "\": \"dump\"} or \"dump complete\"");
    *begun = begins ? restore->line : 0;
    return EXIT_DONE;
}

int restore_jsonl(struct restore *restore, FILE *in)
{
    char *text = NULL;
    size_t room = 0;
    uint64_t begun = 0;
    int code = EXIT_DONE;
    for (ssize_t size; code == EXIT_DONE && (size = getline(&text, &room, in)) > 0; restore->line++) {
        struct arena arena;
        struct slice json;
        arena_init(&arena, SIZE_MAX);
        if (json_parse(slice_of(text, (size_t)size), &arena, &json, &restore->cli->error) < 0)
            code = restore_failed(restore, "this is no JSON: %s", restore->cli->error.message);
        else if (rh_type(rh_member(cell_of(json), DUMP_MARK)) == RH_TEXT)
            code = mark_line(restore, text_of(rh_member(cell_of(json), DUMP_MARK)), &begun);
        else if (rh_type(rh_member(cell_of(json), "sequence")) == RH_ARRAY)
            code = sequence_line(restore, cell_of(json));
        else if (rh_type(rh_member(cell_of(json), "audit_leaves")) == RH_TEXT)
            code = leaves_line(restore, cell_of(json));
        else
            code = jsonl_row(restore, cell_of(json));
        arena_done(&arena);
    }
    free(text);
    return code == EXIT_DONE && begun > 0 ? restore_cut_off(restore, begun, "line") : code;
}

/* --- binary --- */

struct packed {
    FILE *in;
    ZSTD_DCtx *zstd;
    uint8_t packed[1 << 16];
    ZSTD_inBuffer input;
    struct buf bytes;               /* unpacked; `at` of it is used */
    size_t at;
    size_t expected;                /* by zstd, before its stream is over */
    struct hash_stream *hash;
};

/* Unpacks more: 1, 0 at the end of file and stream, -1 where they do not end together, or for what is no zstd. */
static int packed_more(struct packed *source)
{
    if (source->input.pos == source->input.size) {
        source->input = (ZSTD_inBuffer){ source->packed, fread(source->packed, 1, sizeof source->packed, source->in), 0 };
        if (source->input.size == 0)
            return source->expected == 0 ? 0 : -1;
    }
    if (source->at > 0)
        memmove(source->bytes.data, source->bytes.data + source->at, source->bytes.size - source->at);
    source->bytes.size -= source->at;
    source->at = 0;
    ZSTD_outBuffer out = { buf_reserve(&source->bytes, 1 << 17), 1 << 17, 0 };
    source->expected = ZSTD_decompressStream(source->zstd, &out, &source->input);
    if (ZSTD_isError(source->expected))
        return -1;
    source->bytes.size += out.pos;
    return 1;
}

/* The next object: 1, 0 at the end of the file, -1 for bytes that are no dump's. */
static int packed_next(struct packed *source, struct slice *ret)
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
        int more = packed_more(source);
        if (more <= 0)
            return rest.size > 0 ? -1 : more;
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

/* The last object: what it says of the rows before it must be so, and nothing follows. */
static bool ends_well(struct packed *source, struct rh_cell cell, uint64_t rows)
{
    uint64_t hash = 0;
    struct slice stated = { .data = rh_member(cell, "hash").data, .size = rh_member(cell, "hash").size }, rest;
    return mp_uint(&stated, &hash) && hash == hash_stream_value(source->hash) && (uint64_t)rh_int(rh_member(cell, "end")) == rows &&
           packed_next(source, &rest) == 0;
}

static int binary_objects(struct restore *restore, struct packed *source)
{
    struct slice object;
    uint64_t rows = 0;
    int got, code = EXIT_DONE;
    while (code == EXIT_DONE && (got = packed_next(source, &object)) == 1) {
        struct rh_cell cell = cell_of(object);
        if (rh_type(rh_member(cell, "end")) == RH_INT)
            return ends_well(source, cell, rows) ? EXIT_DONE : restore_failed(restore, "the dump is damaged: its rows are not those that it ends with");
        hash_stream_add(source->hash, object);
        rows += rh_type(cell) == RH_ARRAY;
        restore->line++;
        if (rh_type(cell) == RH_ARRAY)
            code = binary_row(restore, cell);
        else if (rh_type(rh_member(cell, "table")) == RH_TEXT)
            code = binary_table(restore, cell);
        else if (rh_type(rh_member(cell, "audit_leaves")) == RH_TEXT)
            code = leaves_line(restore, cell);
        else
            code = sequence_line(restore, cell);
    }
    return code != EXIT_DONE ? code : restore_failed(restore, "the dump is damaged, or was cut off");
}

int restore_binary(struct restore *restore, FILE *in)
{
    static struct packed source;
    char magic[sizeof DUMP_MAGIC] = { 0 };
    source = (struct packed){ .in = in, .expected = 1 };
    if (fread(magic, 1, sizeof magic - 1, in) != sizeof magic - 1 || strcmp(magic, DUMP_MAGIC) != 0)
        return restore_failed(restore, "this is no dump of Rowhouse");
    source.zstd = ZSTD_createDCtx();
    source.hash = hash_stream_new();
    int code = binary_objects(restore, &source);
    ZSTD_freeDCtx(source.zstd);
    hash_stream_free(source.hash);
    buf_done(&source.bytes);
    return code;
}
