/* A row that a native function is about to write: columns by name, everything not set takes its default. */
#ifndef ROWHOUSE_NATIVE_DRAFT_H
#define ROWHOUSE_NATIVE_DRAFT_H

#include "native/native.h"

struct draft {
    struct request *rq;
    const struct table *table;
    struct value *columns;
    bool *given;
};

/* A table that native code works on, which then is as the list says (catalog/reference.h); else -1 with the reason. What the server
 * does by itself passes over what is not bound: catalog->references. */
int native_table_of(struct request *rq, enum reference reference, const struct table **ret);

/* A table that the caller names: 42P01. */
int native_table_named(struct request *rq, struct slice name, const struct table **ret);

void draft_start(struct draft *draft, struct request *rq, const struct table *table);

/* Sets a column; the value must be of the column's kind or NULL. Asserts that the column is there: it is on the list of the table's
 * columns. */
void draft_set(struct draft *draft, const char *column, struct value value);
void draft_text(struct draft *draft, const char *column, const char *text);        /* NULL: NULL; borrowed */

/* Both hold what is set to the columns' types, as the methods do: 22003 for a number that is too large, 22001 for a text that is
 * too long; numbers are rounded to their scale. */
int draft_insert(struct draft *draft, uint32_t house, struct found *ret);           /* ret may be NULL */
int draft_update(struct draft *draft, const struct found *old, struct found *ret);

/* A count as a column of type integer shows it: it stops at the largest, so that counting never fails. */
int64_t count_shown(int64_t count);

/* The row that the draft would collide with in the unique index that rows of this table are looked up by: 1, 0, -1. */
int draft_find(struct draft *draft, enum reference reference, uint32_t house, struct found *ret);

/* A column of a row that was found, by name. Asserts that it is there. */
const struct value *found_column(const struct table *table, const struct found *row, const char *column);
int64_t found_int(const struct table *table, const struct found *row, const char *column, int64_t when_null);
bool found_bool(const struct table *table, const struct found *row, const char *column, bool when_null);

/* Pieces of replies. */
void put_text(struct buf *out, const char *name, struct slice text);
void put_int(struct buf *out, const char *name, int64_t value);
void put_bool(struct buf *out, const char *name, bool value);
void put_time(struct buf *out, const char *name, int64_t us);

/* The optional organization of functions that work on one house. */
#define ORGANIZATION_PARAMETER { "organization_id", TYPE_UUID, false, false, "the caller's own when left out" }

#endif
