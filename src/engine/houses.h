/* Which houses a statement goes through, and which house a row belongs in.
 *
 *  (H1) A principal who may not enter all houses reaches his own house and, for tables that live there, the system
 *       house; nothing that a request says widens that.
 *  (H2) Rows of global and user tables live in the system house. Rows of tenant tables live in the house of their
 *       organization, without one in the system house; rows of child tables where their parent lives.
 *  (H3) A row of `organizations` and its house exist together: inserting the row makes the house, deleting it ends it.
 *  (H4) The directory holds exactly the primary keys of the rows of directory tables, each with its row's house. */
#ifndef ROWHOUSE_ENGINE_HOUSES_H
#define ROWHOUSE_ENGINE_HOUSES_H

#include "engine/table.h"

/* The houses of one statement over one table. */
struct reach {
    enum { REACH_NONE, REACH_ONE, REACH_ALL } kind;
    uint32_t house;                         /* REACH_ONE */
    bool named;                             /* the request named the organization */
    struct uuid organization;               /* named: it */
};

/* `organization`: what the option of that name says, or NULL. 42501 for a house that the principal may not enter (also
 * when there is no such house: nothing is said about others), 22023 for one that does not exist. */
int reach_of(struct request *rq, const struct table *table, const struct uuid *organization, struct reach *ret);

/* The one house, or HOUSE_ANY: what policy_using() and table_find() take. REACH_NONE gives HOUSE_ANY as well: ask first. */
static inline uint32_t reach_house(const struct reach *reach)
{
    return reach->kind == REACH_ONE ? reach->house : HOUSE_ANY;
}

/* Steps through the houses in ascending order, the system house first. `at` starts as REACH_START. */
#define REACH_START UINT32_MAX
bool reach_next(const struct request *rq, const struct reach *reach, uint32_t *at);

/* Whether rows of this table live in houses of tenants (tenant and child tables). */
static inline bool table_in_houses(const struct table *table)
{
    return table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
}

#endif
