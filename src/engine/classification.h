/* Rows of data_sensitivity_classifications: what is to be done with the column that `table_name` and `column_name` name, in every
 * house by a row without an organization, in its organization's by another.
 *
 *      encryption_required     its cells are sealed (engine/seal_mark.h)
 *      retention_days          it is cleared in rows that are older than so many days (native/retention.h)
 *
 *  (K1) A row that demands what cannot be done is refused when it is written, and a migration that would leave one so is refused
 *       as well. So every demand holds. A row that demands nothing may name any column.
 *  (K2) A row of an organization demands only of tables whose rows lie in houses: what it demands concerns its own.
 *
 * Such a table may lack columns of demands: what is not there demands nothing. */
#ifndef ROWHOUSE_ENGINE_CLASSIFICATION_H
#define ROWHOUSE_ENGINE_CLASSIFICATION_H

#include "engine/engine.h"

enum demand { DEMAND_SEALED, DEMAND_CLEARED, DEMAND_COUNT };

struct classified {
    const struct table *table;
    int column;
    int64_t days;                   /* of DEMAND_CLEARED, from 0 */
};

/* What a row demands: 1, 0 nothing of that kind, -1 what cannot be done, with the reason. */
int classification_read(const struct catalog *catalog, const struct value *row, enum demand demand, struct classified *ret,
                        char reason[static COLUMN_REASON_MAX]);

/* Calls `visit` with each row of one house, in the order of their keys, until it returns something else than 0: that, 0, or -1. */
int classifications_each(struct request *rq, uint32_t house, int (*visit)(struct request *rq, const struct value *row, void *env), void *env);

/* Whether such a row may be written so (K1); any row of another table may. 22023. */
int classification_check(struct request *rq, const struct table *table, const struct value *row);

/* Whether all of them hold under the catalog of this request, after a migration (K1). 55000. */
int classifications_hold(struct request *rq);

#endif
