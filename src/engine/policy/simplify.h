/* What is left of a condition when all that does not depend on the row is decided. */
#ifndef ROWHOUSE_ENGINE_POLICY_SIMPLIFY_H
#define ROWHOUSE_ENGINE_POLICY_SIMPLIFY_H

#include "engine/policy/policy.h"
#include "engine/table.h"

/* `e`: an evaluation over the condition's table, its house the one house of the statement or HOUSE_ANY. Constants in, constants
 * out: the caller's identity, uncorrelated sub-selects, and in one house the organization become constants; AND and OR
 * lose what they decide. Where evaluating fails the node stays as it is, and fails when a row gets there.
 *
 * With e->stored the condition is asked of rows that are in the store, whose references hold. So EXISTS (SELECT FROM parent WHERE
 * parent.id = row.parent_id AND ...), the policy of children, becomes `parent_id IS NOT NULL` where the rest of it is
 * TRUE for every parent in the house and the parents' policies hide none of them. */
const struct expr *simplify(struct evaluation *e, const struct expr *expr);

/* A condition that is TRUE for every row / for none. */
bool expr_always(const struct expr *expr);
bool expr_never(const struct expr *expr);

#endif
