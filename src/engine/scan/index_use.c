#include "engine/scan/index_use.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"

/* By relation; pages that nobody touches cost nothing. */
typedef _Atomic uint64_t counts[65536];

struct index_uses {
    _Atomic(counts *) slots[WORKERS];       /* each made by its thread when it first counts */
};

struct index_uses *index_uses_new(void)
{
    return memory_alloc(sizeof(struct index_uses));
}

void index_uses_free(struct index_uses *uses)
{
    for (int i = 0; uses != NULL && i < WORKERS; i++)
        free(atomic_load(&uses->slots[i]));
    free(uses);
}

static struct index_uses *uses_of(const struct request *rq)
{
    return rq->host == NULL ? NULL : rq->host->index_uses;
}

void index_used(const struct request *rq, const struct index *index)
{
    struct index_uses *uses = uses_of(rq);
    if (uses == NULL)
        return;
    counts *own = atomic_load_explicit(&uses->slots[rq->worker], memory_order_relaxed);
    if (own == NULL) {
        own = memory_alloc(sizeof *own);
        atomic_store_explicit(&uses->slots[rq->worker], own, memory_order_release);
    }
    _Atomic uint64_t *count = &(*own)[index->relation];
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

uint64_t index_uses(const struct request *rq, const struct index *index)
{
    uint64_t sum = 0;
    struct index_uses *uses = uses_of(rq);
    for (int i = 0; uses != NULL && i < WORKERS; i++) {
        counts *each = atomic_load_explicit(&uses->slots[i], memory_order_acquire);
        sum += each == NULL ? 0 : atomic_load_explicit(&(*each)[index->relation], memory_order_relaxed);
    }
    return sum;
}
