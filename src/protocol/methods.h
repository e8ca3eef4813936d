/* The methods of docs/protocol.md, all of them entries of the table in dispatch.c. They read their params, have the engine or a native
 * function do the work, and append one msgpack object. 0 or -1 with rq->error; on -1 `out` is as before and so is the store. */
#ifndef ROWHOUSE_PROTOCOL_METHODS_H
#define ROWHOUSE_PROTOCOL_METHODS_H

#include "protocol/dispatch.h"

int get_method(struct request *rq, struct args args, struct buf *out);          /* METHOD_READ */
int scan_method(struct request *rq, struct args args, struct buf *out);
int count_method(struct request *rq, struct args args, struct buf *out);
int aggregate_method(struct request *rq, struct args args, struct buf *out);
int explain_method(struct request *rq, struct args args, struct buf *out);

int insert_method(struct request *rq, struct args args, struct buf *out);       /* METHOD_WRITE */
int upsert_method(struct request *rq, struct args args, struct buf *out);
int update_method(struct request *rq, struct args args, struct buf *out);
int delete_method(struct request *rq, struct args args, struct buf *out);

/* The method `call`: [function, {parameter: value}, options?]. 42883 unknown function, 42P02 unknown or missing parameter,
 * 22P02 and the like for values, 42501 for the caller. */
int call_method(struct request *rq, struct args args, struct buf *out);

int txn_run(struct request *rq, struct args args, struct buf *out);             /* METHOD_WRITE */
/* After a txn was taken back: writes again what its refusing operation, rq->refused, wrote of its no; or does nothing. */
void txn_repeat_refusal(struct request *rq);
/* The native function whose answer is no, called by a method or by a statement of SQL; NULL: there is none, or it is yes. */
const struct native_function *method_refusing(struct request *rq, const struct method *method, struct args args, struct slice result);

int schema_run(struct request *rq, struct args args, struct buf *out);          /* METHOD_READ */
int tenants_run(struct request *rq, struct args args, struct buf *out);
int stats_run(struct request *rq, struct args args, struct buf *out);

/* What stats_run tells of beside the store: host->stats; NULL: nothing. */
struct counter {
    const char *name;
    uint64_t number;
};
#define STATS_OF_SERVER_MAX 16
struct stats_source {
    int (*read)(const void *env, struct counter ret[static STATS_OF_SERVER_MAX]);       /* how many there are */
    const void *env;
};

int migrate_run(struct request *rq, struct args args, struct buf *out);         /* METHOD_EXCLUSIVE, with plan METHOD_OFFLOOP */

int snapshot_run(struct request *rq, struct args args, struct buf *out);        /* METHOD_OFFLOOP */
int backup_run(struct request *rq, struct args args, struct buf *out);
int verify_run(struct request *rq, struct args args, struct buf *out);
int dump_open_run(struct request *rq, struct args args, struct buf *out);
int dump_read_run(struct request *rq, struct args args, struct buf *out);
int dump_close_run(struct request *rq, struct args args, struct buf *out);

#endif
