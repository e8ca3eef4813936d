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

/* The server that stats_run tells of; NULL before and after. */
struct server;
void stats_source(const struct server *server);

int migrate_run(struct request *rq, struct args args, struct buf *out);         /* METHOD_EXCLUSIVE, with plan METHOD_OFFLOOP */

int snapshot_run(struct request *rq, struct args args, struct buf *out);        /* METHOD_OFFLOOP */
int backup_run(struct request *rq, struct args args, struct buf *out);
int verify_run(struct request *rq, struct args args, struct buf *out);
int dump_open_run(struct request *rq, struct args args, struct buf *out);
int dump_read_run(struct request *rq, struct args args, struct buf *out);
int dump_close_run(struct request *rq, struct args args, struct buf *out);

#endif
