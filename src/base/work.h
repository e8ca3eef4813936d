/* How much a request may do: a number of units that whatever repeats takes from. It is no clock, so the same request over the
 * same data always ends the same way; a unit is some 30 ns of the machine, so the limit is seconds. */
#ifndef ROWHOUSE_BASE_WORK_H
#define ROWHOUSE_BASE_WORK_H

#include <stdint.h>

#include "base/error.h"

/* What things take. A value is handled at 16 bytes a unit. */
#define WORK_OF_NODE    1               /* of an expression, and a comparison in a list */
#define WORK_OF_ROW     8               /* looked at */
#define WORK_OF_BYTES(size) ((size) / 16)

struct work {
    uint64_t left;
};

/* 54000, and nothing is left: whoever swallows the error fails with it again. */
int work_refuse(struct work *work, struct error *error);

/* Takes `units`; `work` NULL: there is no limit. 0 or -1. */
static inline int work_spend(struct work *work, uint64_t units, struct error *error)
{
    if (work == NULL)
        return 0;
    if (work->left < units)
        return work_refuse(work, error);
    work->left -= units;
    return 0;
}

#endif
