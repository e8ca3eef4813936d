/* The stored shape of an organization's audit log: its head and its leaves (audit.c says how they lie). */
#ifndef ROWHOUSE_NATIVE_AUDIT_LOG_H
#define ROWHOUSE_NATIVE_AUDIT_LOG_H

#include "native/audit_rule.h"
#include "native/native.h"

#define AUDIT_TABLE "audit_logs_enhanced"

struct audit_head {
    int64_t entries;
    struct audit_hash last;         /* of entry entries - 1 */
};

/* A house without a log has a head of 0 entries. */
int audit_head_load(struct request *rq, uint32_t house, struct audit_head *ret);
int audit_head_save(struct request *rq, uint32_t house, const struct audit_head *head);

/* Entry number -> id of its row. Loading: 1, 0 gone, -1. */
int audit_leaf_load(struct request *rq, uint32_t house, int64_t entry, int64_t *ret_id);
int audit_leaf_save(struct request *rq, uint32_t house, int64_t entry, int64_t id);

/* Whether a row is what its hash says and continues the head: then head->last is its hash, and NULL is returned; else why not. */
const char *audit_follows(const struct table *table, const struct found *row, struct audit_head *head);

/* The whole log of a house, recomputed. */
struct audit_report {
    const char *reason;             /* NULL: it is whole */
    struct audit_head head;         /* as stored */
    int64_t seen;                   /* entries that are right; the next one is wrong where there is a reason */
};
int audit_verify(struct request *rq, uint32_t house, struct audit_report *ret);

#endif
