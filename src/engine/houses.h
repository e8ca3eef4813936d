/* Which house a row belongs in. (Which houses a request reads: engine_house() in engine/scan/select.h.)
 *
 *  (H1) A principal who may not enter all houses writes into his own house and, for tables that live there, into the
 *       system house; nothing that a request says widens that.
 *  (H2) Rows of global and user tables live in the system house. Rows of tenant tables live in the house of their
 *       organization, without one in the system house; rows of child tables where their parent lives.
 *  (H3) A row of `organizations` and its house exist together: inserting the row makes the house, deleting it ends it. While a
 *       load is open the house may be there first, for rows that come before their organization (engine/load.h).
 *  (H4) What is unique without the tenancy column is unique over all houses: claims (store/keyspace.h, K5) say which house has a
 *       key. Whoever may not enter that house learns that the key is taken and nothing else. */
#ifndef ROWHOUSE_ENGINE_HOUSES_H
#define ROWHOUSE_ENGINE_HOUSES_H

#include "engine/table.h"

/* Steps through the houses of a statement: the one, or for HOUSE_ANY all in ascending order, the system house first.
 * `at` starts as HOUSE_ANY. 1, 0 at the end, -1. */
int house_step(const struct request *rq, uint32_t house, uint32_t *at);

/* Whether rows of this table live in houses of tenants (tenant and child tables). */
static inline bool table_in_houses(const struct table *table)
{
    return table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
}

/* Whether the principal may write rows of `table` into `house` (H1). */
bool house_enterable(const struct principal *who, const struct table *table, uint32_t house);

/* Where a row belongs (H2). HOUSE_UNKNOWN: its organization or its parent does not exist (in the walls);
 * HOUSE_NEW: it is a new organization, or in a load one that comes later; its house is yet to be made. `hint`: where to look for a parent; HOUSE_ANY: in every
 * house that the principal may enter. */
enum house_state { HOUSE_KNOWN, HOUSE_UNKNOWN, HOUSE_NEW };
int house_of_row(struct request *rq, const struct table *table, const struct value *columns, uint32_t hint,
                 enum house_state *ret_state, uint32_t *ret_house);

/* Makes the house of a new organization; ends the house of a deleted one, with what system relations hold there (H3). */
int house_create(struct request *rq, const struct uuid *organization, uint32_t *ret);
int house_end(struct request *rq, uint32_t house, const struct uuid *organization);

#endif
