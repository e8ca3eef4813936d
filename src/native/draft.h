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

/* The table that a native function works on; 42P01 with a hint when the schema does not have it. */
int native_table_of(struct request *rq, const char *name, const struct table **ret);

/* The table if the schema has it with these columns, else NULL; names end with NULL. For what the server does by itself: an
 * application's own table of the same name is not ours. */
const struct table *table_with(const struct catalog *catalog, const char *name, const char *const *columns);

void draft_start(struct draft *draft, struct request *rq, const struct table *table);

/* Sets a column; the value must be of the column's kind or NULL. Asserts that the column is there: tables that native
 * functions use are checked by native_table_of() and native_column(). */
void draft_set(struct draft *draft, const char *column, struct value value);
void draft_text(struct draft *draft, const char *column, const char *text);        /* NULL: NULL; borrowed */

/* Both hold what is set to the columns' types, as the methods do: 22003 for a number that is too large, 22001 for a text that is
 * too long; numbers are rounded to their scale. */
int draft_insert(struct draft *draft, uint32_t house, struct found *ret);           /* ret may be NULL */
int draft_update(struct draft *draft, const struct found *old, struct found *ret);

/* A count as a column of type integer shows it: it stops at the largest, so that counting never fails. */
int64_t count_shown(int64_t count);

/* The unique index over exactly these columns, in any order; names end with NULL. Asserts that there is one. */
const struct index *unique_on(const struct table *table, const char *const *columns);

/* The row that the draft would collide with in that index: 1, 0, -1. */
int draft_find(struct draft *draft, const struct index *index, uint32_t house, struct found *ret);

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
