/* The migrations at the start, from a directory. */
#ifndef ROWHOUSE_SERVER_MIGRATIONS_H
#define ROWHOUSE_SERVER_MIGRATIONS_H

#include "engine/migrations.h"

/* The *.sql files of a directory, in order of name. 58P01, 54000. */
int migrations_read(const char *directory, struct arena *arena, struct migration_files *ret, struct error *error);

/* The start: the declaration, and everything in a directory (empty: nothing), with a line in the server's log for each, and for each that was applied and is not in it.
 * `out_of_order`: also what migration_refuse_order() refuses. */
int migrations_apply_all(struct store *store, const char *directory, const char *declaration, bool out_of_order, struct sys *sys, struct error *error);

#endif
