/* The forms of an export: JSON lines (value/audit_line.h), CSV as RFC 4180 has it, and the lines of a PDF. */
#include "native/audit/audit_export.h"

#include <inttypes.h>

#include "native/draft.h"

/* --- JSON --- */

static void json_entry(const struct audit_export *export, const struct export_entry *entry, struct buf *body)
{
    audit_line_entry(export, entry->number, entry->leaf, entry->proof, body);
}

static int json_finish(const struct audit_export *export, struct slice body, struct slice checkpoint, struct buf *out, struct error *error)
{
    audit_line_head(export, out);
    buf_append_slice(out, body);
    audit_line_checkpoint(checkpoint, out);
    return 0;
}

/* --- CSV: NULL is nothing, the empty text "". The stub is a record in the place of what was removed, "0-3999". --- */

/* People open it in a spreadsheet, which runs a text that begins so as a formula; members choose such texts (a user agent). An
 * apostrophe before it makes it a text again. */
static bool begins_formula(struct slice text)
{
    return text.size > 0 && text.data[0] != '\0' && strchr("=+-@\t\r\n", text.data[0]) != NULL;
}

static void csv_quote(struct slice text, struct buf *out)
{
    buf_append_string(out, begins_formula(text) ? "\"'" : "\"");
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            buf_append_byte(out, '"');
        buf_append_byte(out, text.data[i]);
    }
    buf_append_byte(out, '"');
}

static void csv_entry(const struct audit_export *export, const struct export_entry *entry, struct buf *body)
{
    struct buf text = { 0 };
    buf_printf(body, "%" PRId64, entry->number);
    for (int i = 0; i < entry->table->column_count; i++) {
        const struct column *column = &entry->table->columns[i];
        const struct value *value = &entry->row->columns[i];
        buf_append_byte(body, ',');
        if (value_is_null(value))
            continue;
        buf_clear(&text);
        value_to_text(column->type, value, &text);
        csv_quote(buf_slice(&text), body);
    }
    buf_append_string(body, "\r\n");
    buf_done(&text);
}

static void csv_stub(const struct audit_export *export, struct buf *out)
{
    buf_printf(out, "0-%" PRId64, export->removed - 1);
    for (int i = 0; i < export->column_count; i++) {
        buf_append_byte(out, ',');
        if (strcmp(export->columns[i], "action_type") == 0)
            csv_quote(SLICE_LITERAL(AUDIT_RETAIN_ACTION), out);
        else if (strcmp(export->columns[i], "details") == 0)
            csv_quote(export->stub, out);
    }
    buf_append_string(out, "\r\n");
}

static int csv_finish(const struct audit_export *export, struct slice body, struct slice checkpoint, struct buf *out, struct error *error)
{
    buf_append_string(out, "entry");
    for (int i = 0; i < export->column_count; i++)
        buf_printf(out, ",%s", export->columns[i]);
    buf_append_string(out, "\r\n");
    if (export->removed > 0)
        csv_stub(export, out);
    buf_append_slice(out, body);
    return 0;
}

/* --- PDF: what a page has room for --- */

static void pdf_text(const struct export_entry *entry, const char *name, const char *before, struct buf *body)
{
    const struct value *value = found_column(entry->table, entry->row, name);
    if (value_is_null(value))
        return;
    buf_append_string(body, before);
    value_to_text(entry->table->columns[table_column(entry->table, slice_of_string(name))].type, value, body);
}

static void pdf_entry(const struct audit_export *export, const struct export_entry *entry, struct buf *body)
{
    size_t start = body->size;
    buf_printf(body, "%" PRId64, entry->number);
    pdf_text(entry, "created_at", "  ", body);
    pdf_text(entry, "action_type", "  ", body);
    pdf_text(entry, "resource_type", "  ", body);
    pdf_text(entry, "resource_id", " ", body);
    pdf_text(entry, "user_id", "  by ", body);
    pdf_text(entry, "details", "  ", body);
    for (size_t i = start; i < body->size; i++)
        if (body->data[i] < ' ')
            body->data[i] = ' ';
    buf_append_byte(body, '\n');
    pdf_text(entry, AUDIT_HASH_COLUMN, "        ", body);
    buf_append_byte(body, '\n');
}

const struct export_form export_forms[] = {
    { "json", "jsonl", json_entry, json_finish },
    { "csv", "csv", csv_entry, csv_finish },
    { "pdf", "pdf", pdf_entry, audit_pdf },
    { NULL, NULL, NULL, NULL },
};
