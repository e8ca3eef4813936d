/* What Rowhouse does by itself, told to PostgreSQL as triggers, so that it can be compared.
 *
 *  - An update that gives no value to a column with the mark @touch sets it to now; here to TOUCHED, which outcomes have in place of
 *    any time that a server has set.
 *  - Whoever is no super admin makes nobody one (42501). */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_RULES_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_RULES_H

#include "operation.h"

/* After the schema: the triggers. */
void rules_begin(PGconn *judge, const struct meta *meta);
/* Puts "touched" in the place of times that were set during the run, among the outputs of an operation. */
void rules_normalize(const struct operation *operation, struct outcome *outcome);

#endif
