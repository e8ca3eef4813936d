/* What data_sensitivity_classifications says is not to be kept: in rows whose created_at is more than `retention_days` ago the
 * classified column is set to NULL, or to its default where it is NOT NULL. Rows stay.
 *
 *  (N1) In a house the classifications of all houses apply and its own; of several for one column the shortest time. A house's own
 *       are read from that house, so they never reach another.
 *  (N2) Clearing is an ordinary update of the row: constraints, indexes, updated_at, sealing, and the audit log of an audited table.
 *       A row that has nothing left to clear is not written.
 *  (N3) A row that may not be cleared (a CHECK), or that does not open, stays as it is and is counted, and keeps no other waiting.
 *       If several columns of it are due they go together, or where that may not be, those that may go alone.
 *  (N4) A step looks at, and writes, a bounded number of rows and bytes. Where an index leads with created_at only rows that are old
 *       enough are looked at; else all of the table, a step at a time.
 *
 * The watch's stage is a number of a table in the catalog. */
#ifndef ROWHOUSE_NATIVE_RETENTION_H
#define ROWHOUSE_NATIVE_RETENTION_H

#include "native/watch.h"

int retention_watch(struct request *rq, struct watch *watch, int budget);

#endif
