#include "engine/scan/index_use.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"

struct uses {
    struct uses *next;
    _Atomic uint64_t counts[65536];         /* by relation; pages that nobody touches cost nothing */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct uses *all;                    /* of every thread that ever counted */
static _Thread_local struct uses *own;

static struct uses *own_uses(void)
{
    struct uses *made = memory_alloc(sizeof *made);
    pthread_mutex_lock(&lock);
    made->next = all;
    all = made;
    pthread_mutex_unlock(&lock);
    return made;
}

void index_used(const struct index *index)
{
    if (own == NULL)
        own = own_uses();
    _Atomic uint64_t *count = &own->counts[index->relation];
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

uint64_t index_uses(const struct index *index)
{
    uint64_t sum = 0;
    pthread_mutex_lock(&lock);
    for (const struct uses *each = all; each != NULL; each = each->next)
        sum += atomic_load_explicit(&each->counts[index->relation], memory_order_relaxed);
    pthread_mutex_unlock(&lock);
    return sum;
}
