/* The stored shape of an organization's audit log: its head, its leaves, its tree, its stub (audit_log.c says how they lie). */
#ifndef ROWHOUSE_NATIVE_AUDIT_AUDIT_LOG_H
#define ROWHOUSE_NATIVE_AUDIT_AUDIT_LOG_H

#include "native/audit/audit_rule.h"
#include "native/native.h"
#include "value/audit_stub.h"

#define AUDIT_TABLE "audit_logs_enhanced"

struct audit_head {
    int64_t entries;
    struct merkle_hash last;        /* leaf hash of entry entries - 1 */
    struct slice stored;            /* its record as loaded; data NULL: there is none, or nobody looked */
};

/* A house without a log has a head of 0 entries. */
int audit_head_load(struct request *rq, uint32_t house, struct audit_head *ret);
int audit_head_save(struct request *rq, uint32_t house, const struct audit_head *head);

struct audit_place {
    int64_t id;                     /* of the entry's row */
    struct merkle_hash hash;        /* its leaf hash */
};

/* Where entry number `entry` is, or was before its row was removed: 1, 0 gone, -1. */
int audit_place_load(struct request *rq, uint32_t house, int64_t entry, struct audit_place *ret);

int audit_leaf_put(struct request *rq, uint32_t house, int64_t entry, const struct audit_place *place);

/* A row that is there is the log's next entry: its leaf, the tree's new nodes; the head, which ends with the entry before, is moved and
 * not saved. */
int audit_log_extend(struct request *rq, uint32_t house, struct audit_head *head, const struct audit_place *place);

/* A node of the log's tree, level 0 its leaves: 1, 0 not there, -1. */
int audit_node_load(struct request *rq, uint32_t house, int level, uint64_t index, struct merkle_hash *ret);

/* The log's tree as it is stored, for roots and proofs of any size up to head.entries. */
struct audit_tree {
    struct request *rq;
    uint32_t house;
    const struct audit_head *end;   /* of a tree that is being extended; else NULL */
};
struct merkle_tree audit_tree_open(struct audit_tree *tree, struct request *rq, uint32_t house);

/* The stub of a log whose first entries were removed, as it is stored, its signature unchecked: 1, 0 none ever was, -1. */
int audit_stub_load(struct request *rq, uint32_t house, struct slice *ret_note, struct audit_stub *ret);
int audit_stub_save(struct request *rq, uint32_t house, struct slice note);

/* The number of the first entry whose row is kept: so many were removed. */
int audit_first_entry(struct request *rq, uint32_t house, int64_t *ret);

/* Whether a row is what its hash says and continues the head: then head->last is its hash, and NULL is returned; else why not. */
const char *audit_follows(const struct table *table, const struct found *row, struct audit_head *head);

/* The whole log of a house, recomputed (audit_verify.c). */
struct audit_report {
    const char *reason;             /* NULL: it is whole */
    struct audit_head head;         /* as stored */
    struct merkle_hash root;        /* recomputed from the rows; of those that are right when there is a reason */
    int64_t removed;                /* entries that the stub stands for */
    int64_t seen;                   /* entries that are right; the next one is wrong where there is a reason */
};
int audit_verify(struct request *rq, uint32_t house, struct audit_report *ret);

#endif
