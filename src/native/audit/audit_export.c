/* export_audit_log: the entries of a log that filters leave, with its signed checkpoint, in a file; and a row of
 * audit_log_exports in the same transaction, so that who exported what is on record.
 *
 * The file is made and synced before the row commits: a row that says "completed" has its file. It runs in the writer's turn, so its
 * size is limited; larger logs are exported by ranges of time. */
#include "native/audit/audit_export.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "native/audit/audit_proof.h"
#include "native/draft.h"
#include "native/groups.h"
#include "store/file.h"
#include "value/json.h"

enum { EXPORT_FORMAT, EXPORT_FROM, EXPORT_TO, EXPORT_ACTION, EXPORT_RESOURCE_TYPE, EXPORT_RESOURCE_ID, EXPORT_USER, EXPORT_ORGANIZATION };

struct exporting {
    struct request *rq;
    struct request reading;             /* the same with a scratch arena, emptied entry by entry */
    const struct value *values;
    const struct table *table;
    const struct export_form *form;
    uint32_t house;
    struct uuid organization, id;
    struct audit_head head;
    struct audit_export export;
    struct buf body, note, leaf, file;
};

/* --- Entries --- */

static bool equals(const struct exporting *x, const struct found *row, int parameter, const char *column)
{
    const struct value *want = &x->values[parameter], *have = found_column(x->table, row, column);
    if (value_is_null(want))
        return true;
    return !value_is_null(have) && value_compare(x->table->columns[table_column(x->table, slice_of_string(column))].type, want, have) == 0;
}

static bool wanted(const struct exporting *x, const struct found *row)
{
    int64_t at_us = value_unix_us(found_column(x->table, row, "created_at"));
    const struct value *from = &x->values[EXPORT_FROM], *to = &x->values[EXPORT_TO];
    return (value_is_null(from) || at_us >= value_unix_us(from)) && (value_is_null(to) || at_us < value_unix_us(to)) &&
           equals(x, row, EXPORT_ACTION, "action_type") && equals(x, row, EXPORT_RESOURCE_TYPE, "resource_type") &&
           equals(x, row, EXPORT_RESOURCE_ID, "resource_id") && equals(x, row, EXPORT_USER, "user_id");
}

static int put_entry(struct exporting *x, int64_t number, const struct found *row)
{
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, &x->reading, x->house);
    struct merkle_proof proof;
    buf_clear(&x->leaf);
    if (!audit_leaf(row->bytes, table_column(x->table, SLICE_LITERAL(AUDIT_HASH_COLUMN)), &x->leaf))
        return fail(x->rq->error, SQLSTATE_DATA_CORRUPTED, "entry %" PRId64 " of this organization's audit log is damaged", number);
    if (!x->export.complete && merkle_inclusion(&tree, (uint64_t)number, (uint64_t)x->head.entries, &proof) < 0)
        return -1;
    struct export_entry entry = { number, x->table, row, buf_slice(&x->leaf), x->export.complete ? NULL : &proof };
    x->form->entry(&x->export, &entry, &x->body);
    x->export.entries++;
    if (x->export.entries <= EXPORT_ENTRIES_MAX && x->body.size <= EXPORT_SIZE_MAX)
        return 0;
    fail(x->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the export is larger than %d entries or %zu bytes", EXPORT_ENTRIES_MAX, EXPORT_SIZE_MAX);
    return fail_hint(x->rq->error, "export ranges of time with \"from\" and \"to\"");
}

static int put_entries(struct exporting *x)
{
    for (int64_t number = x->export.removed; number < x->head.entries; number++) {
        struct audit_place place;
        struct found row;
        int got = audit_place_load(&x->reading, x->house, number, &place);
        struct value id = value_int(got == 1 ? place.id : 0);
        if (got == 1)
            got = table_find(&x->reading, x->table, x->house, &id, &row);
        if (got == 0)
            return fail(x->rq->error, SQLSTATE_DATA_CORRUPTED, "entry %" PRId64 " of this organization's audit log is gone", number);
        if (got < 0 || (wanted(x, &row) && put_entry(x, number, &row) < 0))
            return -1;
        arena_reset(x->reading.arena);
    }
    return 0;
}

/* --- The file --- */

/* With its name and its folder's: the record tells of it. */
static int write_file(struct exporting *x, const char *path)
{
    struct sys *sys = x->rq->sys;
    struct error *error = x->rq->error;
    const char *exports = x->rq->host->exports;
    if (folder_make(sys, exports, error) < 0 || parent_sync(sys, exports, error) < 0)
        return -1;
    int fd = sys->open(sys, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return file_fail(error, "create", path);
    int result = 0;
    if (file_write(sys, fd, x->file.data, x->file.size, 0) < 0 || sys->sync(sys, fd) < 0)
        result = file_fail(error, "write", path);
    sys->close(sys, fd);
    if (result == 0)
        result = folder_sync(sys, exports, error);
    if (result < 0)
        sys->unlink(sys, path);
    return result;
}

/* --- On record --- */

static const struct { int parameter; const char *name; enum type_id type; } filters[] = {
    { EXPORT_FROM, "from", TYPE_TIMESTAMPTZ }, { EXPORT_TO, "to", TYPE_TIMESTAMPTZ }, { EXPORT_ACTION, "action_type", TYPE_TEXT },
    { EXPORT_RESOURCE_TYPE, "resource_type", TYPE_TEXT }, { EXPORT_RESOURCE_ID, "resource_id", TYPE_TEXT }, { EXPORT_USER, "user_id", TYPE_UUID },
};

/* What was asked for, and the head that the file is of. */
static int describe(struct exporting *x, struct value *ret)
{
    struct buf text = { 0 };
    struct slice json;
    buf_append_byte(&text, '{');
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (value_is_null(&x->values[filters[i].parameter]))
            continue;
        buf_printf(&text, "\"%s\": ", filters[i].name);
        json_from_value(type_of(filters[i].type), &x->values[filters[i].parameter], &text);
        buf_append_string(&text, ", ");
    }
    buf_append_string(&text, "\"checkpoint\": ");
    json_quote(buf_slice(&x->note), &text);
    if (x->export.removed > 0) {
        buf_printf(&text, ", \"removed\": %" PRId64 ", \"stub\": ", x->export.removed);
        json_quote(x->export.stub, &text);
    }
    buf_append_byte(&text, '}');
    int result = json_parse(buf_slice(&text), x->rq->arena, &json, x->rq->error);
    buf_done(&text);
    *ret = value_json(json);
    return result;
}

static int put_on_record(struct exporting *x, const char *path)
{
    const struct table *table;
    struct draft draft;
    struct value described;
    struct request *rq = x->rq;
    if (native_table_of(rq, REFERENCE_AUDIT_LOG_EXPORTS, &table) < 0 || describe(x, &described) < 0)
        return -1;
    draft_start(&draft, rq, table);
    draft_set(&draft, "id", value_uuid(x->id));
    draft_set(&draft, "organization_id", value_uuid(x->organization));
    draft_set(&draft, "requested_by", rq->who->claims.has_uid ? value_uuid(rq->who->claims.uid) : VALUE_OF_NULL);
    draft_text(&draft, "export_type", x->form->name);
    draft_set(&draft, "filters", described);
    draft_text(&draft, "status", "completed");
    draft_text(&draft, "file_path", path);
    draft_set(&draft, "file_size_bytes", value_int((int64_t)x->file.size));
    draft_set(&draft, "record_count", value_int(x->export.entries));
    draft_set(&draft, "completed_at", value_time(rq->now_us));
    return draft_insert(&draft, x->house, NULL);
}

static void put_result(const struct exporting *x, const char *path, struct buf *out)
{
    struct value id = value_uuid(x->id);
    mp_put_map(out, 7);
    mp_put_string(out, "id");
    value_store(type_of(TYPE_UUID), &id, out);
    put_text(out, "file_path", slice_of_string(path));
    put_int(out, "record_count", x->export.entries);
    put_int(out, "removed", x->export.removed);
    put_int(out, "file_size_bytes", (int64_t)x->file.size);
    put_text(out, "status", SLICE_LITERAL("completed"));
    put_text(out, "checkpoint", buf_slice(&x->note));
}

/* --- The function --- */

static int choose_form(struct exporting *x)
{
    struct slice name = x->values[EXPORT_FORMAT].bytes;
    for (x->form = export_forms; x->form->name != NULL; x->form++)
        if (slice_is(name, x->form->name))
            return 0;
    return fail(x->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"format\" is json, csv or pdf, not \"%.*s\"", SLICE_FMT(name));
}

/* What the log has no more, with the peaks of its tree, so that the leaves that are left make the signed root with them. */
static int describe_removed(struct exporting *x)
{
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, x->rq, x->house);
    struct merkle_peaks peaks = { 0 };
    struct audit_stub stub;
    int got = audit_stub_load(x->rq, x->house, &x->export.stub, &stub);
    if (got < 1)
        return got;
    if (merkle_peaks_load(&tree, stub.removed.size, &peaks) < 0)
        return -1;
    merkle_peaks_list(&peaks, &x->export.peaks);
    x->export.removed = (int64_t)stub.removed.size;
    return 0;
}

static int prepare(struct exporting *x)
{
    struct request *rq = x->rq;
    struct note_key key;
    if (choose_form(x) < 0 || native_table_of(rq, REFERENCE_AUDIT_LOGS_ENHANCED, &x->table) < 0 ||
        native_house(rq, &x->values[EXPORT_ORGANIZATION], &x->house, &x->organization) < 0 || audit_head_load(rq, x->house, &x->head) < 0)
        return -1;
    if (rq->host->exports == NULL)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "there is no directory for exports");
    if (audit_key_of(rq, &x->organization, &key) < 0 ||
        audit_checkpoint_put(rq, x->house, &x->organization, (uint64_t)x->head.entries, &x->note) < 0 ||
        describe_removed(x) < 0)
        return -1;
    _Static_assert(sizeof x->export.origin >= sizeof key.name, "an origin is a key's name");
    memcpy(x->export.origin, key.name, sizeof key.name);
    const char **names = ARENA_ARRAY(rq->arena, const char *, x->table->column_count);
    for (int i = 0; i < x->table->column_count; i++)
        names[i] = x->table->columns[i].name;
    x->export.columns = names;
    x->export.column_count = x->table->column_count;
    x->export.complete = true;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        x->export.complete = x->export.complete && value_is_null(&x->values[filters[i].parameter]);
    x->id = uuid_random(rq->sys);
    return 0;
}

static int run_export(struct exporting *x, struct buf *out)
{
    char id[UUID_TEXT_SIZE + 1];
    if (prepare(x) < 0 || put_entries(x) < 0 ||
        x->form->finish(&x->export, buf_slice(&x->body), buf_slice(&x->note), &x->file, x->rq->error) < 0)
        return -1;
    uuid_format(&x->id, id);
    const char *path = arena_printf(x->rq->arena, "%s/%s.%s", x->rq->host->exports, id, x->form->suffix);
    if (write_file(x, path) < 0)
        return -1;
    if (put_on_record(x, path) < 0) {
        x->rq->sys->unlink(x->rq->sys, path);
        return -1;
    }
    put_result(x, path, out);
    return 0;
}

static int export_audit_log(struct request *rq, const struct value *values, struct buf *out)
{
    struct arena scratch;
    struct exporting x = { .rq = rq, .reading = *rq, .values = values };
    arena_init(&scratch, ARENA_REQUEST_MAX);
    x.reading.arena = &scratch;
    int result = run_export(&x, out);
    arena_done(&scratch);
    buf_done(&x.body);
    buf_done(&x.note);
    buf_done(&x.leaf);
    buf_done(&x.file);
    return result;
}

const struct native_function audit_export_functions[] = {
    { .name = "export_audit_log", .writes = true, .caller = CALLER_ADMIN, .run = export_audit_log,
      .returns = "{id, file_path, record_count, removed, file_size_bytes, status, checkpoint}",
      .summary = "writes the organization's audit log, or what filters leave of it, with its signed head into a file of the server",
      .parameters = { [EXPORT_FORMAT] = { "format", TYPE_TEXT, false, true, "json (lines that rowhouse audit verify checks), csv or pdf" },
                      [EXPORT_FROM] = { "from", TYPE_TIMESTAMPTZ, false, false, "entries from this instant on" },
                      [EXPORT_TO] = { "to", TYPE_TIMESTAMPTZ, false, false, "entries before this instant" },
                      [EXPORT_ACTION] = { "action_type", TYPE_TEXT, false, false, "entries of this action alone" },
                      [EXPORT_RESOURCE_TYPE] = { "resource_type", TYPE_TEXT, false, false, "of this kind of thing alone" },
                      [EXPORT_RESOURCE_ID] = { "resource_id", TYPE_TEXT, false, false, "of this thing alone" },
                      [EXPORT_USER] = { "user_id", TYPE_UUID, false, false, "of this user alone" },
                      [EXPORT_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
