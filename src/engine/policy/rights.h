/* The rights that typed requests ask (catalog/rights.h): as the statement of SQL that says the same would.
 *
 * Whoever may do something with a whole table is known at once; only for others the columns are looked at. */
#ifndef ROWHOUSE_ENGINE_POLICY_RIGHTS_H
#define ROWHOUSE_ENGINE_POLICY_RIGHTS_H

#include "catalog/rights.h"
#include "engine/columns.h"
#include "engine/scan/select.h"

static inline bool rights_whole(const struct request *rq, const struct table *table, unsigned privileges)
{
    return (table->may[principal_identity(rq->who)] & privileges) == privileges;
}

/* SELECT of the primary key and of `columns`, NULL: all. */
int rights_of_get(struct request *rq, const struct table *table, const struct column_list *columns);
/* SELECT of what a query's condition and order name, of the primary key, on which its `pages` stand, and of `columns`, NULL: all. */
int rights_of_reading(struct request *rq, const struct query *query, bool pages, const struct column_list *columns);
/* INSERT, UPDATE or DELETE at all, before any record is read, and SELECT of what is to be returned; NULL: nothing is. */
int rights_of_writing(struct request *rq, const struct table *table, unsigned privileges, const struct column_list *returned);
/* `privilege` on the columns that are given. */
int rights_of_columns(struct request *rq, const struct table *table, enum privilege privilege, const bool *given);
/* SELECT of the columns that say which rows are meant: of a filter, or, without one, of the primary key. */
int rights_of_target(struct request *rq, const struct table *table, bool key, const struct expr *where);
/* USAGE of the sequence that a column's default counts with. */
static inline int rights_of_default(struct request *rq, const struct table *table, int column)
{
    const struct sequence *counter = table->columns[column].counter;
    return counter == NULL ? 0 : sequence_check(counter, principal_identity(rq->who), rq->error);
}
/* Whether a filter names any column (P3); NULL: there is none. */
bool reads_columns(const struct expr *where);
int rights_of_statement(struct request *rq, const struct needs *needs);

#endif
