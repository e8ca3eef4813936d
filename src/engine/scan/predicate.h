/* Predicates of partial indexes: whether a condition implies one, so that the index holds all rows that match.
 *
 * A predicate is implied when each of its conjuncts is: it stands in the condition as it is; or it is TRUE with the constants
 * that the condition fixes its columns to; or it is IS NOT NULL of a column whose NULLs the condition refuses. */
#ifndef ROWHOUSE_ENGINE_SCAN_PREDICATE_H
#define ROWHOUSE_ENGINE_SCAN_PREDICATE_H

#include "engine/scan/facts.h"

/* NULL: no predicate, implied. */
bool predicate_implied(const struct expr *predicate, const struct facts *facts);

/* Whether `expr` is one of the conjuncts of `predicate`. */
bool predicate_has(const struct expr *predicate, const struct expr *expr);

#endif
