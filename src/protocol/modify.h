/* What the methods insert, upsert, update and delete have in common: one statement over one table, a count, rows to return. */
#ifndef ROWHOUSE_PROTOCOL_MODIFY_H
#define ROWHOUSE_PROTOCOL_MODIFY_H

#include "engine/write/write.h"
#include "protocol/args.h"

struct modification {
    struct request *rq;
    const struct table *table;
    struct options options;
    const struct uuid *organization;    /* of the option; NULL: not named */
    uint32_t house;                     /* of engine_house(): where the statement is, or HOUSE_ANY */
    bool restores;                      /* it is of the open load, which is the service role's: no right is asked */
    bool nowhere;                       /* there is no such house: no row can match */
    struct returning returning;
    struct write write;
    int mark;                           /* of the change list before it */
    uint32_t count;                     /* rows that it wrote */
    struct slice *rows;                 /* what they are now, or were, if they are to be returned */
    uint32_t capacity;
};

/* Reads the options behind the positional parameters and starts the statement. Call modify_end() also after a failure. */
int modify_start(struct modification *m, struct request *rq, const struct table *table, struct args *args, unsigned allowed);
/* The statement's `privileges` on its table at all, and to read what it returns. */
int modify_rights(struct modification *m, unsigned privileges);
/* One row was written. */
void modify_count(struct modification *m, const struct found *row);
/* Ends the statement: checks references, appends {"count", "rows"}; or, when `err` or this fails, takes everything back. */
int modify_end(struct modification *m, int err, struct buf *out);

/* The records of insert and upsert: a map, or an array of at most INSERT_ROWS_MAX maps. */
struct records {
    struct slice rest;
    uint32_t left;
};
int records_start(struct request *rq, struct slice object, struct records *ret);

/* The next record as a proposed row, in the house of the option `organization` if there is one: such a record may leave its
 * organization out. 0, -1. */
int modify_propose(struct modification *m, struct records *records, struct input_row *ret_record, struct proposal *ret);

/* The rows that `target` of update and delete names, under the policies of `command`, copied: a key, or {"where": filter}. */
int modify_targets(struct modification *m, struct slice target, enum policy_command command, struct found **ret, int *ret_count);

#endif
