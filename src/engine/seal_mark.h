/* Which columns are secret, so that their cells are written sealed:
 *
 *  - by the schema, those whose comment says "@secret" (catalog/secret.c), in every house;
 *  - by data, those that a row of data_sensitivity_classifications with encryption_required names: a row without an organization
 *    for every house, one of an organization for its house.
 *
 *  (Y1) Every row that marks holds (engine/classification.h, K1).
 *  (Y2) It takes effect with the next write, in the same transaction already. What was written before stays as it is until
 *       upkeep comes to it (engine/seal_sweep.h): reading does not care (engine/seal_row.h, X1).
 *
 * The writer remembers what it read of them in `struct seal_marks`, and forgets it whenever such a row changes (changes.c). */
#ifndef ROWHOUSE_ENGINE_SEAL_MARK_H
#define ROWHOUSE_ENGINE_SEAL_MARK_H

#include "engine/engine.h"

struct seal_marks;

struct seal_marks *seal_marks_new(void);
void seal_marks_free(struct seal_marks *marks);
void seal_marks_forget(struct seal_marks *marks);           /* NULL is fine */

/* Which columns of `table` are secret in a house: 1, 0 none, -1. On 1 `marked` has table->column_count entries, before it may be
 * anything. */
int seal_marked(struct request *rq, const struct table *table, uint32_t house, bool *marked);

/* How often it was forgotten: as long as this and the catalog's version stay, the same columns are secret. NULL: 0, always. */
uint64_t seal_marks_generation(const struct seal_marks *marks);

#endif
