/* audit_retain: the one way in which entries leave a log. A whole prefix goes, and a signed stub stays for it (value/audit_stub.h).
 *
 *  (P1) What goes is a prefix: it ends before the first entry that is not older than the cutoff, that its `expires_at` holds for longer,
 *       or that a row of another table refers to. Hashes stay: the tree, and with it every proof, is as it was.
 *  (P2) Rows, stub and the entry that records the removal change in one transaction, so a crash leaves no half. The record is appended
 *       last and is never old, so that a log is never without entries.
 *  (P3) One stub: a further removal replaces it, since the new one covers all that the old one did; the log tells of each.
 *  (P4) Nothing goes while the stub that is there is not one that the log's key signed: removing more would cover up what was forged.
 * A call removes a bounded number of entries and says whether there are more. */
#include "native/audit/audit_append.h"
#include "native/audit/audit_proof.h"
#include "native/groups.h"
#include "native/rows.h"
#include "value/time.h"

#define ENTRIES_DEFAULT 4096
#define ENTRIES_MAX 10000
#define ROWS_SIZE_MAX MIB(32)               /* of the rows that one call removes */
#define DAYS_MAX 36500

enum { RETAIN_BEFORE, RETAIN_DAYS, RETAIN_LIMIT, RETAIN_ORGANIZATION };

struct retaining {
    struct request *rq;
    const struct table *table;
    uint32_t house;
    struct uuid organization;
    struct audit_head head;
    int64_t cutoff_us, limit;
    struct audit_stub stub;         /* becomes the new one */
    int64_t first, next;            /* entries [first, next) are removed */
    bool more;
};

/* --- What goes --- */

static int cutoff(struct retaining *r, const struct value *before, const struct value *days)
{
    int64_t keep;
    if (value_is_null(before) == value_is_null(days))
        return fail(r->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "audit_retain takes either \"before\" or \"keep_days\"");
    if (native_integer(r->rq, days, "keep_days", 0, 0, DAYS_MAX, &keep) < 0)
        return -1;
    r->cutoff_us = value_is_null(before) ? r->rq->now_us - keep * US_PER_DAY : value_unix_us(before);
    return 0;
}

static int load_stub(struct retaining *r)
{
    struct note_key key;
    struct slice note;
    int got = audit_key_of(r->rq, &r->organization, &key) < 0 ? -1 : audit_stub_load(r->rq, r->house, &note, &r->stub);
    const char *reason = got == 1 ? audit_stub_get(note, &key, &r->stub) : NULL;
    if (reason != NULL) {
        fail(r->rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "nothing is removed behind the stub of this organization's audit log: %s", reason);
        return fail_hint(r->rq->error, "find out with rowhouse verify; or is audit.key not the one that signed it?");
    }
    return got < 0 ? -1 : 0;
}

/* Whether an entry is there and may go: 1 and its row, 0, -1. */
static int may_go(struct retaining *r, int64_t entry, struct audit_place *ret_place, struct found *ret)
{
    if (entry >= r->head.entries)
        return 0;
    int got = audit_place_load(r->rq, r->house, entry, ret_place);
    struct value id = value_int(ret_place->id);
    if (got == 1)
        got = table_find(r->rq, r->table, r->house, &id, ret);
    if (got == 0)
        return fail(r->rq->error, SQLSTATE_DATA_CORRUPTED, "entry %lld of this organization's audit log is gone", (long long)entry);
    if (got < 0)
        return -1;
    const struct value *expires = found_column(r->table, ret, "expires_at");
    return value_unix_us(found_column(r->table, ret, "created_at")) < r->cutoff_us && (value_is_null(expires) || value_unix_us(expires) <= r->rq->now_us);
}

/* 1, 0 when another table's row refers to it, -1. */
static int remove_row(struct retaining *r, const struct found *row)
{
    if (table_delete(r->rq, r->table, row) == 0)
        return 1;
    if (r->rq->error->state != SQLSTATE_FOREIGN_KEY_VIOLATION)
        return -1;
    error_clear(r->rq->error);
    return 0;
}

/* The record of the last removal, when nothing else would go with it, is no reason for another one. */
static int only_record_goes(struct retaining *r)
{
    struct audit_place place;
    struct found row;
    if (r->stub.removed.size == 0 || r->stub.entry != (uint64_t)r->first)
        return 0;
    int got = may_go(r, r->first + 1, &place, &row);
    return got < 0 ? -1 : got == 0;
}

static int remove_rows(struct retaining *r)
{
    struct audit_place place = { 0 };
    struct found row;
    size_t size = 0;
    int got = only_record_goes(r);
    if (got != 0)
        return got < 0 ? -1 : 0;
    while ((got = may_go(r, r->next, &place, &row)) == 1) {
        r->more = r->next - r->first == r->limit || size > ROWS_SIZE_MAX;
        if (r->more || (got = remove_row(r, &row)) != 1)
            break;
        int64_t created_us = value_unix_us(found_column(r->table, &row, "created_at"));
        if (r->next == 0)
            r->stub.from_us = created_us;
        r->stub.to_us = created_us;
        r->stub.last = place.hash;
        size += row.bytes.size;
        r->next++;
    }
    return got < 0 ? -1 : 0;
}

/* --- What stays --- */

static int sign_stub(struct retaining *r, struct merkle_proof *ret_peaks, struct buf *note)
{
    struct note_key key;
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, r->rq, r->house);
    struct merkle_peaks peaks = { 0 };
    const struct claims *claims = &r->rq->who->claims;
    if (audit_key_of(r->rq, &r->organization, &key) < 0 || merkle_peaks_load(&tree, (uint64_t)r->next, &peaks) < 0)
        return -1;
    memcpy(r->stub.removed.origin, key.name, sizeof key.name);
    r->stub.removed.size = (uint64_t)r->next;
    merkle_peaks_root(&peaks, &r->stub.removed.root);
    merkle_peaks_list(&peaks, ret_peaks);
    r->stub.at_us = r->rq->now_us;
    r->stub.entry = (uint64_t)r->head.entries;
    if (claims->has_uid)
        uuid_format(&claims->uid, r->stub.by);
    else
        strcpy(r->stub.by, AUDIT_STUB_SERVICE);
    audit_stub_put(&r->stub, note);
    return audit_sign(r->rq, &r->organization, false, note);
}

static struct value details_of(struct request *rq, struct slice note, const struct merkle_proof *peaks)
{
    struct buf wire = { 0 }, text = { 0 };
    mp_put_map(&wire, 2);
    put_text(&wire, "stub", note);
    mp_put_string(&wire, "peaks");
    mp_put_array(&wire, (uint32_t)peaks->count);
    for (int i = 0; i < peaks->count; i++) {
        buf_clear(&text);
        merkle_put_base64(&peaks->hashes[i], &text);
        mp_put_str(&wire, buf_slice(&text));
    }
    buf_done(&text);
    return native_json(rq, &wire);
}

static int leave_stub(struct retaining *r, struct buf *note)
{
    struct value values[ENTRY_COLUMNS];
    struct audit_appended appended;
    struct merkle_proof peaks;
    if (sign_stub(r, &peaks, note) < 0)
        return -1;
    for (int i = 0; i < ENTRY_COLUMNS; i++)
        values[i] = VALUE_OF_NULL;
    values[ENTRY_ACTION] = value_text(SLICE_LITERAL(AUDIT_RETAIN_ACTION));
    values[ENTRY_RESOURCE_TYPE] = value_text(SLICE_LITERAL(AUDIT_TABLE));
    values[ENTRY_DETAILS] = details_of(r->rq, buf_slice(note), &peaks);
    if (audit_append(r->rq, r->house, &r->organization, values, &appended) < 0)
        return -1;
    return audit_stub_save(r->rq, r->house, buf_slice(note));
}

/* --- The function --- */

static void put_result(const struct retaining *r, struct slice note, struct buf *out)
{
    bool any = r->next > r->first;
    mp_put_map(out, any ? 5 : 3);
    put_int(out, "removed", r->next - r->first);
    put_int(out, "removed_total", r->next);
    put_bool(out, "more", r->more);
    if (any) {
        put_int(out, "entry", (int64_t)r->stub.entry);
        put_text(out, "stub", note);
    }
}

static int audit_retain(struct request *rq, const struct value *values, struct buf *out)
{
    struct retaining r = { .rq = rq };
    struct buf note = { 0 };
    if (native_table_of(rq, REFERENCE_AUDIT_LOGS_ENHANCED, &r.table) < 0 || native_house(rq, &values[RETAIN_ORGANIZATION], &r.house, &r.organization) < 0 ||
        cutoff(&r, &values[RETAIN_BEFORE], &values[RETAIN_DAYS]) < 0 ||
        native_integer(rq, &values[RETAIN_LIMIT], "limit", ENTRIES_DEFAULT, 1, ENTRIES_MAX, &r.limit) < 0 ||
        audit_head_load(rq, r.house, &r.head) < 0 || load_stub(&r) < 0)
        return -1;
    r.first = r.next = (int64_t)r.stub.removed.size;
    int result = remove_rows(&r);
    if (result == 0 && r.next > r.first)
        result = leave_stub(&r, &note);
    if (result == 0)
        put_result(&r, buf_slice(&note), out);
    buf_done(&note);
    return result;
}

const struct native_function audit_retain_functions[] = {
    { .name = "audit_retain", .writes = true, .caller = CALLER_ADMIN, .run = audit_retain,
      .returns = "{removed, removed_total, more, entry, stub}",
      .summary = "removes the oldest entries of the organization's audit log and leaves a signed stub for them; call it again while `more`",
      .parameters = { [RETAIN_BEFORE] = { "before", TYPE_TIMESTAMPTZ, false, false, "entries older than this go" },
                      [RETAIN_DAYS] = { "keep_days", TYPE_INT4, false, false, "or: entries older than so many days" },
                      [RETAIN_LIMIT] = { "limit", TYPE_INT4, false, false, "entries of one call; 4096 when left out" },
                      [RETAIN_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
