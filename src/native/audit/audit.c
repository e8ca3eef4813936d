/* The audit log: append_audit_log, verify_audit_chain. The hashes are audit_rule.h's, how the log is stored audit_log.c's;
 * checkpoints and proofs are audit_proof.c's. */
#include "native/audit/audit_append.h"
#include "native/draft.h"
#include "native/groups.h"

/* --- append_audit_log --- */

enum { APPEND_ORGANIZATION = ENTRY_COLUMNS };

static int append_audit_log(struct request *rq, const struct value *values, struct buf *out)
{
    struct audit_appended appended;
    struct uuid organization;
    uint32_t house;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    if (slice_is(values[ENTRY_ACTION].bytes, AUDIT_RETAIN_ACTION))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"action_type\" \"" AUDIT_RETAIN_ACTION "\" is what audit_retain writes");
    if (native_house(rq, &values[APPEND_ORGANIZATION], &house, &organization) < 0 ||
        audit_append(rq, house, &organization, values, &appended) < 0)
        return -1;
    merkle_format(&appended.place.hash, text);
    mp_put_map(out, 3);
    put_int(out, "id", appended.place.id);
    put_int(out, "entry", appended.entry);
    put_text(out, "audit_chain_hash", slice_of_string(text));
    return 0;
}

/* --- verify_audit_chain --- */

enum { VERIFY_ORGANIZATION };

static int verify_audit_chain(struct request *rq, const struct value *values, struct buf *out)
{
    struct audit_report report;
    struct uuid organization;
    uint32_t house;
    char last[MERKLE_HASH_TEXT_SIZE + 1], root[MERKLE_HASH_TEXT_SIZE + 1];
    if (native_house(rq, &values[VERIFY_ORGANIZATION], &house, &organization) < 0 || audit_verify(rq, house, &report) < 0)
        return -1;
    merkle_format(&report.head.last, last);
    merkle_format(&report.root, root);
    mp_put_map(out, report.reason == NULL ? 5 : 7);
    put_bool(out, "valid", report.reason == NULL);
    put_int(out, "entries", report.head.entries);
    put_int(out, "removed", report.removed);
    put_text(out, "last_hash", report.head.entries > 0 ? slice_of_string(last) : slice_of_string(""));
    put_text(out, "root", slice_of_string(root));
    if (report.reason != NULL) {
        put_int(out, "broken_at", report.seen);
        put_text(out, "reason", slice_of_string(report.reason));
    }
    return 0;
}

const struct native_function audit_functions[] = {
    { .name = "append_audit_log", .writes = true, .caller = CALLER_MEMBER, .run = append_audit_log,
      .returns = "{id, entry, audit_chain_hash}",
      .summary = "appends an entry to the organization's chained audit log",
      .parameters = {
#define X(number, ...) [number] = { __VA_ARGS__ },
          AUDIT_ENTRY_LIST(X)
#undef X
          [APPEND_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = "verify_audit_chain", .caller = CALLER_MEMBER, .run = verify_audit_chain,
      .returns = "{valid, entries, removed, last_hash, root, broken_at, reason}",
      .summary = "recomputes every hash of the organization's audit log, and the tree over them",
      .parameters = { [VERIFY_ORGANIZATION] = ORGANIZATION_PARAMETER } },
    { .name = NULL },
};
