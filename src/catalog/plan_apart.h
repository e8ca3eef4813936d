/* All reasons why a statement is refused, where it can be taken apart: the columns of CREATE TABLE, their constraints and those of the
 * table, its clauses, the commands of ALTER TABLE, what DROP and GRANT name.
 *
 * The statement is tried with nothing of it, then with one piece more each time. A piece with which it fails is left out again, and
 * its error is a reason, unless it is one already or comes from what was left out. */
#ifndef ROWHOUSE_CATALOG_PLAN_APART_H
#define ROWHOUSE_CATALOG_PLAN_APART_H

#include <pg_query/pg_query.pb-c.h>

#include "base/arena.h"
#include "base/error.h"

#define APART_REASONS_MAX 50

/* Folds the statement as its tree is now, and leaves no trace: 0, -1. */
typedef int apart_try_fn(void *env, struct error *error);

/* How many reasons, in `ret`; 0 of a statement that is not taken apart. The tree is afterwards what it was. */
int plan_apart(const PgQuery__Node *node, apart_try_fn *try, void *env, struct arena *arena, struct error ret[static APART_REASONS_MAX]);

#endif
