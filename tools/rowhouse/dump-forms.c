#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "dump.h"
#include "proof/note.h"
#include "sql/quote.h"
#include "value/json.h"

static int put(struct dump *dump)
{
    size_t size = dump->line.size, written = fwrite(dump->line.data, 1, size, dump->out);
    buf_clear(&dump->line);
    return written == size ? 0 : -1;
}

static bool is_sent(const struct column *column)
{
    return !column->dropped && column->generated == NULL;
}

static int nothing_of_table(struct dump *dump, const struct table *table)
{
    return 0;
}

/* --- sql --- */

static int sql_start(struct dump *dump)
{
    buf_append_string(&dump->line, DUMP_BEGINS "\n\n");
    if (dump->whole)
        catalog_ddl_before(dump->catalog, dump->target, &dump->line);
    buf_append_string(&dump->line, "\n");
    return put(dump);
}

static int sql_table(struct dump *dump, const struct table *table)
{
    buf_append_string(&dump->line, "COPY ");
    quote_name(table->schema, &dump->line);
    buf_append_byte(&dump->line, '.');
    quote_name(table->name, &dump->line);
    for (int i = 0, first = 1; i < table->column_count; i++)
        if (is_sent(&table->columns[i])) {
            buf_append_string(&dump->line, first ? " (" : ", ");
            quote_name(table->columns[i].name, &dump->line);
            first = 0;
        }
    buf_append_string(&dump->line, ") FROM stdin;\n");
    return put(dump);
}

/* COPY's text form (PostgreSQL 15, COPY, "Text Format"). */
static void copy_text(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '\\': buf_append_string(out, "\\\\"); break;
        case '\b': buf_append_string(out, "\\b"); break;
        case '\f': buf_append_string(out, "\\f"); break;
        case '\v': buf_append_string(out, "\\v"); break;
        case '\t': buf_append_string(out, "\\t"); break;
        case '\n': buf_append_string(out, "\\n"); break;
        case '\r': buf_append_string(out, "\\r"); break;
        default:   buf_append_byte(out, text.data[i]);
        }
    }
}

static int sql_row(struct dump *dump, const struct table *table, const struct value *columns)
{
    struct buf text = { 0 };
    for (int i = 0, first = 1; i < table->column_count; i++) {
        if (!is_sent(&table->columns[i]))
            continue;
        buf_append_string(&dump->line, first ? "" : "\t");
        first = 0;
        if (value_is_null(&columns[i])) {
            buf_append_string(&dump->line, "\\N");
            continue;
        }
        buf_clear(&text);
        value_to_text(table->columns[i].type, &columns[i], &text);
        copy_text(buf_slice(&text), &dump->line);
    }
    buf_done(&text);
    buf_append_byte(&dump->line, '\n');
    return put(dump);
}

static int sql_table_end(struct dump *dump, const struct table *table)
{
    buf_append_string(&dump->line, "\\.\n\n");
    return put(dump);
}

/* Beside other houses a sequence may be further already. */
static int sql_sequence(struct dump *dump, const struct table *table, const struct column *column, int64_t value)
{
    struct buf name = { 0 }, of = { 0 };
    quote_name(table->schema, &of);
    buf_append_byte(&of, '.');
    quote_name(table->name, &of);
    buf_append_string(&name, "pg_get_serial_sequence(");
    quote_text(buf_slice(&of), &name);
    buf_append_string(&name, ", ");
    quote_text(slice_of_string(column->name), &name);
    buf_append_byte(&name, ')');
    buf_done(&of);
    if (dump->whole)
        buf_printf(&dump->line, "SELECT pg_catalog.setval(%s, %lld);\n", buf_text(&name), (long long)value);
    else
        buf_printf(&dump->line, "SELECT pg_catalog.setval(%s, GREATEST(%lld, nextval(%s)));\n", buf_text(&name), (long long)value, buf_text(&name));
    buf_done(&name);
    return put(dump);
}

static int sql_leaves(struct dump *dump, const char *organization, int64_t first, struct slice hashes)
{
    buf_printf(&dump->line, DUMP_COMMENT "audit_leaves %s %lld ", organization, (long long)first);
    base64_put(hashes, &dump->line);
    buf_append_byte(&dump->line, '\n');
    return put(dump);
}

static int sql_end(struct dump *dump)
{
    if (dump->whole)
        catalog_ddl_after(dump->catalog, dump->target, &dump->line);
    buf_append_string(&dump->line, "\n" DUMP_ENDS "\n");
    return put(dump);
}

const struct dump_form dump_sql = { "sql", sql_start, sql_table, sql_row, sql_table_end, sql_sequence, sql_leaves, sql_end };

/* --- jsonl --- */

/* Whether the text of a value or of an array has a zero with a sign, which a number of JSON does not keep. */
static bool has_minus_zero(const char *text)
{
    for (const char *at = text; (at = strstr(at, "-0")) != NULL; at++)
        if ((at == text || strchr("{,", at[-1]) != NULL) && strchr(",}", at[2]) != NULL)
            return true;
    return false;
}

/* What JSON would change goes as PostgreSQL's text: a json, whose spaces count, and minus zero. */
static void jsonl_value(struct type type, const struct value *value, struct buf *out)
{
    struct buf text = { 0 };
    bool is_float = type.id == TYPE_FLOAT4 || type.id == TYPE_FLOAT8, is_json = type.id == TYPE_JSON;
    if (is_float || is_json)
        value_to_text(type, value, &text);
    if (is_json || (is_float && has_minus_zero(buf_text(&text))))
        json_quote(buf_slice(&text), out);
    else
        json_from_value(type, value, out);
    buf_done(&text);
}

static int jsonl_start(struct dump *dump)
{
    buf_append_string(&dump->line, "{\"" DUMP_MARK "\": \"dump\"}\n");
    return put(dump);
}

static int jsonl_end(struct dump *dump)
{
    buf_append_string(&dump->line, "{\"" DUMP_MARK "\": \"dump complete\"}\n");
    return put(dump);
}

static int jsonl_row(struct dump *dump, const struct table *table, const struct value *columns)
{
    buf_append_string(&dump->line, "{\"table\": ");
    json_quote(slice_of_string(table->qualified), &dump->line);
    buf_append_string(&dump->line, ", \"row\": {");
    for (int i = 0, first = 1; i < table->column_count; i++) {
        if (!is_sent(&table->columns[i]) || value_is_null(&columns[i]))
            continue;
        buf_append_string(&dump->line, first ? "" : ", ");
        first = 0;
        json_quote(slice_of_string(table->columns[i].name), &dump->line);
        buf_append_string(&dump->line, ": ");
        jsonl_value(table->columns[i].type, &columns[i], &dump->line);
    }
    buf_append_string(&dump->line, "}}\n");
    return put(dump);
}

static int jsonl_sequence(struct dump *dump, const struct table *table, const struct column *column, int64_t value)
{
    buf_append_string(&dump->line, "{\"sequence\": [");
    json_quote(slice_of_string(table->qualified), &dump->line);
    buf_append_string(&dump->line, ", ");
    json_quote(slice_of_string(column->name), &dump->line);
    buf_printf(&dump->line, "], \"value\": %lld}\n", (long long)value);
    return put(dump);
}

static int jsonl_leaves(struct dump *dump, const char *organization, int64_t first, struct slice hashes)
{
    buf_printf(&dump->line, "{\"audit_leaves\": \"%s\", \"first\": %lld, \"hashes\": \"", organization, (long long)first);
    base64_put(hashes, &dump->line);
    buf_append_string(&dump->line, "\"}\n");
    return put(dump);
}

const struct dump_form dump_jsonl = { "jsonl", jsonl_start, nothing_of_table, jsonl_row, nothing_of_table, jsonl_sequence, jsonl_leaves, jsonl_end };

/* --- binary --- */

struct binary {
    ZSTD_CCtx *zstd;
    struct hash_stream *hash;
};

static int compress(struct dump *dump, ZSTD_EndDirective directive)
{
    struct binary *binary = dump->form;
    static uint8_t chunk[1 << 16];
    ZSTD_inBuffer in = { dump->line.data, dump->line.size, 0 };
    size_t left;
    do {
        ZSTD_outBuffer out = { chunk, sizeof chunk, 0 };
        left = ZSTD_compressStream2(binary->zstd, &out, &in, directive);
        assert(!ZSTD_isError(left));
        if (fwrite(chunk, 1, out.pos, dump->out) != out.pos)
            return -1;
    } while (in.pos < in.size || (directive == ZSTD_e_end && left > 0));
    buf_clear(&dump->line);
    return 0;
}

static int binary_put(struct dump *dump)
{
    struct binary *binary = dump->form;
    hash_stream_add(binary->hash, buf_slice(&dump->line));
    return compress(dump, ZSTD_e_continue);
}

static int binary_start(struct dump *dump)
{
    struct binary *binary = memory_alloc(sizeof *binary);
    binary->zstd = ZSTD_createCCtx();
    binary->hash = hash_stream_new();
    assert(binary->zstd != NULL);
    ZSTD_CCtx_setParameter(binary->zstd, ZSTD_c_checksumFlag, 1);
    dump->form = binary;
    return fputs(DUMP_MAGIC, dump->out) >= 0 ? 0 : -1;
}

static int binary_table(struct dump *dump, const struct table *table)
{
    uint32_t count = 0;
    for (int i = 0; i < table->column_count; i++)
        count += is_sent(&table->columns[i]);
    mp_put_map(&dump->line, 2);
    mp_put_string(&dump->line, "table");
    mp_put_string(&dump->line, table->qualified);
    mp_put_string(&dump->line, "columns");
    mp_put_array(&dump->line, count);
    for (int i = 0; i < table->column_count; i++)
        if (is_sent(&table->columns[i]))
            mp_put_string(&dump->line, table->columns[i].name);
    return binary_put(dump);
}

static int binary_row(struct dump *dump, const struct table *table, const struct value *columns)
{
    uint32_t count = 0;
    for (int i = 0; i < table->column_count; i++)
        count += is_sent(&table->columns[i]);
    mp_put_array(&dump->line, count);
    for (int i = 0; i < table->column_count; i++)
        if (is_sent(&table->columns[i]))
            value_store(table->columns[i].type, &columns[i], &dump->line);
    return binary_put(dump);
}

static int binary_sequence(struct dump *dump, const struct table *table, const struct column *column, int64_t value)
{
    mp_put_map(&dump->line, 2);
    mp_put_string(&dump->line, "sequence");
    mp_put_array(&dump->line, 2);
    mp_put_string(&dump->line, table->qualified);
    mp_put_string(&dump->line, column->name);
    mp_put_string(&dump->line, "value");
    mp_put_int(&dump->line, value);
    return binary_put(dump);
}

static int binary_leaves(struct dump *dump, const char *organization, int64_t first, struct slice hashes)
{
    mp_put_map(&dump->line, 3);
    mp_put_string(&dump->line, "audit_leaves");
    mp_put_string(&dump->line, organization);
    mp_put_string(&dump->line, "first");
    mp_put_int(&dump->line, first);
    mp_put_string(&dump->line, "hashes");
    mp_put_bin(&dump->line, hashes);
    return binary_put(dump);
}

static int binary_end(struct dump *dump)
{
    struct binary *binary = dump->form;
    uint64_t hash = hash_stream_value(binary->hash);
    mp_put_map(&dump->line, 2);
    mp_put_string(&dump->line, "end");
    mp_put_uint(&dump->line, dump->rows);
    mp_put_string(&dump->line, "hash");
    mp_put_uint(&dump->line, hash);
    int result = compress(dump, ZSTD_e_end);
    ZSTD_freeCCtx(binary->zstd);
    hash_stream_free(binary->hash);
    free(binary);
    return result;
}

const struct dump_form dump_binary = { "binary", binary_start, binary_table, binary_row, nothing_of_table, binary_sequence, binary_leaves, binary_end };
