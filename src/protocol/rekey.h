/* rekey and reseal: new keys for secret columns.
 *
 *  rekey   [{"data": bool}?]   a new master key: into the key file beside the old ones, then every data key is sealed under it, then
 *                              the old ones leave the file. With `data`, houses get new data keys, too, and the sweep begins.
 *  reseal  [rows?]             one step of the sweep over all rows (engine/seal_sweep.h)
 *
 * Between any two of these steps the machine may stop: the file has all keys that anything needs (engine/seal_file.h, K1). */
#ifndef ROWHOUSE_PROTOCOL_REKEY_H
#define ROWHOUSE_PROTOCOL_REKEY_H

#include "crypto/keyring.h"
#include "engine/seal_sweep.h"
#include "protocol/args.h"

int rekey_run(struct request *rq, struct args args, struct buf *out);       /* METHOD_EXCLUSIVE */
int reseal_run(struct request *rq, struct args args, struct buf *out);      /* METHOD_WRITE */

/* A step of the writer's sweep: upkeep's. */
int reseal_step(struct request *rq, uint64_t rows, struct seal_step *ret);

#endif
