/* Whether what should be sealed is, and whether what is sealed opens: every cell of every row, every kept reply. */
#ifndef ROWHOUSE_ENGINE_SEAL_VERIFY_H
#define ROWHOUSE_ENGINE_SEAL_VERIFY_H

#include "engine/engine.h"

struct seal_report {
    uint64_t sealed;                /* cells and kept replies that are sealed */
    uint64_t closed;                /* of these, those that were not opened, because there is no key */
    uint64_t clear;                 /* values of secret columns that upkeep has not sealed yet: no fault */
};

/* Reports what does not open through `hooks`, and counts. Without a keyring in the view nothing is opened. */
int seal_verify(struct request *rq, const struct verify_hooks *hooks, struct seal_report *ret);

#endif
