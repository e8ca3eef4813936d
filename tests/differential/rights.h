/* Random rights, for --rights: migrations of GRANT, REVOKE, ALTER DEFAULT PRIVILEGES and row level security, between operations.
 *
 * PostgreSQL has no gate for tables without row level security (catalog/rights.h, R4). So the judge keeps, beside its lists, which tables
 * a GRANT named together with which role, and takes from anon and authenticated what they have on the others; before the next
 * migration it has its own lists again. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_RIGHTS_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_RIGHTS_H

#include "generate.h"
#include "server.h"

/* Makes the judge able to keep the gate; `views`: there are those of views.c. `policies`: the text of policies.sql. */
void rights_begin(struct generator *g, bool views, const char *policies);
/* One migration, on both; `trace`: printed. */
void rights_change(struct generator *g, struct server *server, bool trace);

#endif
