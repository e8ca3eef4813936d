/* Everything that a data directory promises, checked: by the server while it runs, by the command line while it does not. */
#ifndef ROWHOUSE_NATIVE_VERIFY_H
#define ROWHOUSE_NATIVE_VERIFY_H

#include "native/native.h"

/* In the snapshot of `view`: checksums, rows, indexes (store_verify); NOT NULL, CHECK, UNIQUE and foreign keys of every table; the
 * audit chain of every house; that every balance is what its ledger adds up to. Findings are reported through `hooks`,
 * of constraints the first of each table. -1 when it had to stop. */
int native_verify(struct view *view, const struct verify_hooks *hooks, uint64_t *ret_rows, struct error *error);

#endif
