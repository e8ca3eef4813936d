/* Latencies in the manner of HdrHistogram: buckets that grow with the value, so that every percentile is within 1/64 of
 * the truth (http://hdrhistogram.org). Values are microseconds up to 2^40; a zeroed struct is an empty histogram. */
#ifndef ROWHOUSE_BENCH_HISTOGRAM_H
#define ROWHOUSE_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB 64
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 36)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    int64_t max;
    double sum;
};

void histogram_add(struct histogram *histogram, int64_t value);

/* The smallest value that at least `percent` of the values do not exceed; 0 when empty. */
int64_t histogram_percentile(const struct histogram *histogram, double percent);

#endif
