/* Rows by hand: how the methods, foreign key actions, migrations and native functions read and write single rows.
 * No policies here: the methods apply them around (engine/policy/policy.h); native functions are the policy themselves.
 * Everything else holds: defaults, generated columns, constraints, references with their actions, index entries. */
#ifndef ROWHOUSE_ENGINE_TABLE_H
#define ROWHOUSE_ENGINE_TABLE_H

#include "engine/engine.h"

#define HOUSE_ANY UINT32_MAX

/* A row that was found: its key and columns, copied to the request's arena when the request may write. */
struct found {
    struct key key;
    struct slice bytes;                     /* the row, without its checksum */
    struct value *columns;                  /* all columns of the table, missing tail filled */
};

/* The row under primary key values `key`, in the order of table->primary->columns (as declared), in one house, or in
 * any house for HOUSE_ANY: 1, 0, -1. */
int table_find(struct request *rq, const struct table *table, uint32_t house, const struct value *key, struct found *ret);

/* Inserts. `columns` and `given`: indexed by column number; what is not given takes its default. On success
 * *ret (may be NULL) is the row as stored. The house comes from the row: organization_id, or the parent's; `house_hint`
 * is where to look for a parent and must be entered already; UINT32_MAX: every house. */
int table_insert(struct request *rq, const struct table *table, uint32_t house_hint, const struct value *columns,
                 const bool *given, struct found *ret);

/* Overwrites the given columns of a row found in this request. */
int table_update(struct request *rq, const struct table *table, const struct found *old, const struct value *columns,
                 const bool *given, struct found *ret);

int table_delete(struct request *rq, const struct table *table, const struct found *row);

/* Finds the row that `columns` would collide with in a unique index: 1 found, 0 none, -1. */
int table_find_unique(struct request *rq, const struct index *index, uint32_t house, const struct value *columns, struct found *ret);

/* Walks rows of one house in index order: those whose first `count` key columns (index->key) equal `prefix`, optionally
 * from `low` (inclusive) to `high` (exclusive) in the key column after these; a bound leaves NULLs out. While a walk is
 * open the caller may write rows. The bytes of `prefix`, `low` and `high` are borrowed until the last walk_next(). */
struct walk {
    struct request *rq;
    const struct index *index;
    const struct value *prefix, *low, *high;
    int count;
    struct key next, end;           /* what is left: [next, end); end.size 0: to the end of the relation's range */
    bool recheck;                   /* keys are lossy: ask the rows themselves */
    bool reverse, done;
};
int walk_start(struct walk *walk, struct request *rq, const struct index *index, uint32_t house, const struct value *prefix,
               int count, const struct value *low, const struct value *high, bool reverse);
int walk_next(struct walk *walk, struct found *ret);        /* 1, 0, -1 */

/* Raw records of system relations, through the change list. */
int system_get(struct request *rq, const struct key *key, struct slice *ret_copy);      /* 1, 0, -1; a copy in the arena */
int system_put(struct request *rq, const struct key *key, struct slice value);          /* empty data pointer: delete */
/* The same where the caller knows what is there and spares looking: `old` as system_get() gave it, data NULL: nothing. */
int system_replace(struct request *rq, const struct key *key, struct slice old, struct slice value);

/* The next number of a sequence (bigserial). Never given twice, gaps are possible. */
int sequence_next(struct request *rq, uint64_t sequence, int64_t *ret);
/* Makes `last` (from 0) the number that was given last: for restoring. */
int sequence_set(struct request *rq, uint64_t sequence, int64_t last);

#endif
