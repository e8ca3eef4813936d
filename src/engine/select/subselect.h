/* Sub-selects: one table, inside the caller's walls, under its policies.
 *
 *  (U1) A principal who may not enter all houses looks into his own house, and into the system house for tables that live
 *       there; others look into all, or, where the sub-select follows a foreign key of the outer row, into that row's
 *       house, because the target is there and nowhere else.
 *  (U2) What does not depend on an outer row is computed once a statement and kept by the outermost evaluation.
 *  (U3) Each row passes its table's policies for SELECT before any condition sees it, but for (P2) of engine/policy/policy.h. */
#ifndef ROWHOUSE_ENGINE_SELECT_SUBSELECT_H
#define ROWHOUSE_ENGINE_SELECT_SUBSELECT_H

#include "engine/policy/policy.h"

/* struct eval's sub-select: TRUE, FALSE or NULL of EXISTS and IN, the value of a scalar one (21000 when it has two). */
int subselect_run(struct eval *eval, const struct subselect *subselect, struct value *ret, struct error *error);

/* What guards a table that sub-selects of `outer` read in a house, made once a statement. */
int subselect_guard(struct evaluation *outer, const struct table *table, uint32_t house, const struct guard **ret);

/* Whether `condition`, of a sub-select over `table`, is `table.column = row.column` along a foreign key of the outer row: the
 * key, or NULL. Only one-column keys between tables that live in houses. */
const struct foreign_key *subselect_reference(const struct table *outer, const struct table *table, const struct expr *condition);

#endif
