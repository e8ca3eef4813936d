/* How often each index was walked since the server started: a count for each of its threads, so that nobody waits to count. By relation
 * number, which a migration does not change. Not part of any result but check_index_health's. */
#ifndef ROWHOUSE_ENGINE_SCAN_INDEX_USE_H
#define ROWHOUSE_ENGINE_SCAN_INDEX_USE_H

#include "engine/engine.h"

struct index_uses *index_uses_new(void);
void index_uses_free(struct index_uses *uses);          /* NULL is fine */

/* By the thread rq->worker alone. */
void index_used(const struct request *rq, const struct index *index);
/* Of all threads together; 0 where nobody counts. */
uint64_t index_uses(const struct request *rq, const struct index *index);

#endif
