/* Everything that a data directory promises, checked: by the server while it runs, by the command line while it does not. */
#ifndef ROWHOUSE_NATIVE_VERIFY_H
#define ROWHOUSE_NATIVE_VERIFY_H

#include "engine/seal_verify.h"
#include "native/native.h"

/* In the snapshot of `view`: checksums, rows, indexes (store_verify); NOT NULL, CHECK, UNIQUE and foreign keys of every table; the
 * audit chain of every house; that every balance is what its ledger adds up to, and what was consumed what its log does, folded or not;
 * that sealed cells open, if the view has keys. Findings are reported through `hooks`, of constraints the first of each table. -1 when it had to stop. */
struct verified {
    uint64_t rows;
    struct seal_report seal;
};
int native_verify(struct view *view, struct sys *sys, const struct host *host, const struct verify_hooks *hooks, struct verified *ret, struct error *error);

#endif
