#include "value/audit_line.h"

#include <inttypes.h>

#include "proof/note.h"
#include "value/json.h"
#include "value/mp.h"

const char *const audit_columns[] = {
    "id", "organization_id", "user_id", "action_type", "resource_type", "resource_id", "details", "ip_address", "user_agent", "request_id",
    "session_id", "geo_location", "risk_score", "anomaly_detected", "compliance_tags", "retention_class", "encrypted_at_rest",
    AUDIT_HASH_COLUMN, "previous_hash", "verified", "created_at", "expires_at", NULL,
};

static void put_hashes(const struct merkle_proof *list, struct buf *out)
{
    buf_append_byte(out, '[');
    for (int i = 0; i < list->count; i++) {
        buf_append_string(out, i == 0 ? "\"" : ", \"");
        merkle_put_base64(&list->hashes[i], out);
        buf_append_byte(out, '"');
    }
    buf_append_byte(out, ']');
}

static void put_ext(struct slice object, struct buf *out)
{
    struct slice in = object, payload;
    struct value value;
    int8_t type;
    mp_ext(&in, &type, &payload);
    enum type_id id = type == MP_EXT_TIMESTAMP ? TYPE_TIMESTAMPTZ : type == MP_EXT_UUID ? TYPE_UUID : type == MP_EXT_DECIMAL ? TYPE_NUMERIC : TYPE_JSONB;
    if (value_load(type_of(id), &object, &value) == 0)
        json_from_value(type_of(id), &value, out);
    else
        buf_append_string(out, "null");
}

/* One stored column, by what its bytes say; times, uuids and numerics as json_from_value() prints them. */
static void put_column(struct slice object, struct buf *out)
{
    enum mp_type type = mp_peek(object);
    if (type == MP_EXT)
        put_ext(object, out);
    else if (type == MP_BIN)
        buf_append_string(out, "null");         /* the log has no such column */
    else
        json_to_text(object, out);
}

void audit_line_row(const struct audit_export *export, struct slice leaf, struct buf *out)
{
    struct slice in = leaf, object;
    struct merkle_hash hash;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    uint32_t count = 0;
    merkle_leaf(leaf, &hash);
    merkle_format(&hash, text);
    mp_array(&in, &count);
    buf_append_byte(out, '{');
    for (int i = 0; i < export->column_count; i++) {
        bool there = (uint32_t)i < count && mp_skip(&in, &object);
        buf_append_string(out, i > 0 ? ", " : "");
        json_quote(slice_of_string(export->columns[i]), out);
        buf_append_string(out, ": ");
        if (strcmp(export->columns[i], AUDIT_HASH_COLUMN) == 0)
            json_quote(slice_of_string(text), out);
        else if (there)
            put_column(object, out);
        else
            buf_append_string(out, "null");
    }
    buf_append_byte(out, '}');
}

void audit_line_head(const struct audit_export *export, struct buf *out)
{
    buf_append_string(out, "{\"rowhouse\": \"" AUDIT_EXPORT_FORMAT "\", \"origin\": ");
    json_quote(slice_of_string(export->origin), out);
    buf_printf(out, ", \"entries\": %" PRId64 ", \"complete\": %s, \"columns\": [", export->entries, export->complete ? "true" : "false");
    for (int i = 0; i < export->column_count; i++) {
        buf_append_string(out, i > 0 ? ", " : "");
        json_quote(slice_of_string(export->columns[i]), out);
    }
    buf_append_byte(out, ']');
    if (export->removed > 0) {
        buf_printf(out, ", \"removed\": %" PRId64 ", \"stub\": ", export->removed);
        json_quote(export->stub, out);
        buf_append_string(out, ", \"peaks\": ");
        put_hashes(&export->peaks, out);
    }
    buf_append_string(out, "}\n");
}

void audit_line_entry(const struct audit_export *export, int64_t entry, struct slice leaf, const struct merkle_proof *proof, struct buf *out)
{
    buf_printf(out, "{\"entry\": %" PRId64 ", \"row\": ", entry);
    audit_line_row(export, leaf, out);
    buf_append_string(out, ", \"leaf\": \"");
    base64_put(leaf, out);
    buf_append_byte(out, '"');
    if (!export->complete) {
        buf_append_string(out, ", \"hashes\": ");
        put_hashes(proof, out);
    }
    buf_append_string(out, "}\n");
}

void audit_line_checkpoint(struct slice note, struct buf *out)
{
    buf_append_string(out, "{\"checkpoint\": ");
    json_quote(note, out);
    buf_append_string(out, "}\n");
}
