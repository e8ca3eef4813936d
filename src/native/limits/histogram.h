/* Times of requests, so that percentiles of them can be told later: a log-linear histogram.
 *
 * A value below 16 has a bucket of its own; each doubling above it is cut into 16 equal buckets. So a bucket is at most 1/16 of
 * its lowest value wide, and
 *  (G1) a percentile told from it, the middle of its bucket, is within 1/32 of the true one;
 *  (G2) two histograms add up bucket by bucket: to merge is to have counted everything in one;
 *  (G3) the sum beside the buckets is exact, so that a mean told from it is, however many values there were.
 * Only buckets that hold something are stored: a msgpack array of the sum, then bucket, count, bucket, count, ... in order. */
#ifndef ROWHOUSE_NATIVE_LIMITS_HISTOGRAM_H
#define ROWHOUSE_NATIVE_LIMITS_HISTOGRAM_H

#include "base/buf.h"

#define HISTOGRAM_VALUE_MAX (((int64_t)1 << 40) - 1)    /* larger ones are bucketed as this */
#define HISTOGRAM_BUCKETS   (16 * 38)

struct histogram {
    int64_t count, sum;
    int64_t buckets[HISTOGRAM_BUCKETS];
};

/* Adds a value from 0; the sum stops at the largest int64. */
void histogram_add(struct histogram *histogram, int64_t value);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that `percent` % of the values do not pass (nearest rank); 0 of an empty one. */
int64_t histogram_percentile(const struct histogram *histogram, int percent);

void histogram_store(const struct histogram *histogram, struct buf *out);
bool histogram_load(struct slice bytes, struct histogram *ret);     /* false: damaged */

#endif
