/* Appending to an organization's log: by append_audit_log, and by the trail that tables leave by themselves. */
#ifndef ROWHOUSE_NATIVE_AUDIT_AUDIT_APPEND_H
#define ROWHOUSE_NATIVE_AUDIT_AUDIT_APPEND_H

#include "native/audit/audit_log.h"

/* What the caller says of an entry; each is a column of the same name: number, column, type, array, required, summary. The rest of
 * the row (id, organization, user, time, hashes) is the server's. */
#define AUDIT_ENTRY_LIST(X) \
    X(ENTRY_ACTION, "action_type", TYPE_TEXT, false, true, "what was done") \
    X(ENTRY_RESOURCE_TYPE, "resource_type", TYPE_TEXT, false, false, "to what kind of thing") \
    X(ENTRY_RESOURCE_ID, "resource_id", TYPE_TEXT, false, false, "to which") \
    X(ENTRY_DETAILS, "details", TYPE_JSONB, false, false, "anything") \
    X(ENTRY_IP, "ip_address", TYPE_TEXT, false, false, "from where") \
    X(ENTRY_AGENT, "user_agent", TYPE_TEXT, false, false, "with what") \
    X(ENTRY_REQUEST, "request_id", TYPE_TEXT, false, false, "of the application") \
    X(ENTRY_SESSION, "session_id", TYPE_TEXT, false, false, "of the application") \
    X(ENTRY_GEO, "geo_location", TYPE_JSONB, false, false, "where that is") \
    X(ENTRY_RISK, "risk_score", TYPE_INT4, false, false, "of the application") \
    X(ENTRY_TAGS, "compliance_tags", TYPE_TEXT, true, false, "such as {gdpr,soc2}") \
    X(ENTRY_RETENTION, "retention_class", TYPE_TEXT, false, false, "standard when left out") \
    X(ENTRY_EXPIRES, "expires_at", TYPE_TIMESTAMPTZ, false, false, "when it may go")

enum {
#define X(number, ...) number,
    AUDIT_ENTRY_LIST(X)
#undef X
    ENTRY_COLUMNS
};

struct audit_appended {
    int64_t entry;
    struct audit_place place;
};

/* `values`: ENTRY_COLUMNS of them. `organization` may be NULL in the system house alone. */
int audit_append(struct request *rq, uint32_t house, const struct uuid *organization, const struct value *values, struct audit_appended *ret);

/* A row of before the log, brought from a database that chained nothing: it gets the hashes of the log's next entry. */
int audit_adopt(struct request *rq, const struct table *table, const struct found *row, const struct audit_head *head, struct merkle_hash *ret);

#endif
