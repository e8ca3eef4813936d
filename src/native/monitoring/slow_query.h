/* How long requests take, by what they have in common: get_slow_queries.
 *
 * A request's shape is its method with names, and a ? for each value: "scan contacts {where: [= email ?], limit: ?}". A text of SQL
 * is kept without its literals (sql/tell.h), and texts of one fingerprint (libpg_query's) are one query in the report. Every thread counts in a table of
 * its own, which get_slow_queries merges.
 *  (Q1) A table has SHAPES_MAX places; a new shape takes the place, among the PROBES that it may take, on which the least time was
 *       spent. So what is slow stays. */
#ifndef ROWHOUSE_NATIVE_MONITORING_SLOW_QUERY_H
#define ROWHOUSE_NATIVE_MONITORING_SLOW_QUERY_H

#include "native/native.h"

#define SHAPES_MAX 1024
#define SHAPE_SIZE_MAX 2000             /* bytes; a longer one is cut */

struct query_counts *query_counts_new(void);
void query_counts_free(struct query_counts *counts);    /* NULL is fine */

/* Counts a request that took so long, by the thread `worker`. `params`: its `count` params one behind the other, checked msgpack.
 * `counts` NULL: nobody counts. */
void slow_query_count(struct query_counts *counts, enum worker worker, const char *method, struct slice params, uint32_t count, int64_t took_us);

/* Appends the shape of a request. */
void query_shape(const char *method, struct slice params, uint32_t count, struct buf *out);

#endif
