/* How often each index was walked since the process started: a count per thread, so that nobody waits to count. By relation
 * number, which a migration does not change. Not part of any result but check_index_health's. */
#ifndef ROWHOUSE_ENGINE_SCAN_INDEX_USE_H
#define ROWHOUSE_ENGINE_SCAN_INDEX_USE_H

#include "catalog/catalog.h"

void index_used(const struct index *index);
uint64_t index_uses(const struct index *index);         /* of all threads together */

#endif
