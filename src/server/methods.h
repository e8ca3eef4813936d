/* The methods that the server itself provides; the engine and the native functions provide the rest. All of them are
 * entries of the table in dispatch.c. */
#ifndef ROWHOUSE_SERVER_METHODS_H
#define ROWHOUSE_SERVER_METHODS_H

#include "server/dispatch.h"

int txn_run(struct request *rq, struct args args, struct buf *out);             /* METHOD_WRITE */
/* After a txn was taken back: writes again what its refusing operation, rq->refused, wrote of its no; or does nothing. */
void txn_repeat_refusal(struct request *rq);

int schema_run(struct request *rq, struct args args, struct buf *out);          /* METHOD_READ */
int tenants_run(struct request *rq, struct args args, struct buf *out);
int stats_run(struct request *rq, struct args args, struct buf *out);

/* What stats_run tells of beside the store; NULL before and after. */
struct counter {
    const char *name;
    uint64_t number;
};
#define STATS_OF_SERVER_MAX 16
struct stats_source {
    int (*read)(const void *env, struct counter ret[static STATS_OF_SERVER_MAX]);       /* how many there are */
    const void *env;
};
void stats_source(const struct stats_source *source);

int migrate_run(struct request *rq, struct args args, struct buf *out);         /* METHOD_EXCLUSIVE, with plan METHOD_OFFLOOP */

int snapshot_run(struct request *rq, struct args args, struct buf *out);        /* METHOD_OFFLOOP */
int backup_run(struct request *rq, struct args args, struct buf *out);
int verify_run(struct request *rq, struct args args, struct buf *out);
int dump_open_run(struct request *rq, struct args args, struct buf *out);
int dump_read_run(struct request *rq, struct args args, struct buf *out);
int dump_close_run(struct request *rq, struct args args, struct buf *out);

#endif
