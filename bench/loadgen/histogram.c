#include "histogram.h"

/* Values below 64 have a bucket each; above, 64 buckets share each power of two. */
static int bucket_of(int64_t value)
{
    if (value < HISTOGRAM_SUB)
        return value < 0 ? 0 : (int)value;
    int shift = 63 - __builtin_clzll((unsigned long long)value) - 6;
    int bucket = (shift + 1) * HISTOGRAM_SUB + (int)(value >> shift) - HISTOGRAM_SUB;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value of a bucket. */
static int64_t bucket_top(int bucket)
{
    if (bucket < HISTOGRAM_SUB)
        return bucket;
    int shift = bucket / HISTOGRAM_SUB - 1;
    return (((int64_t)(bucket % HISTOGRAM_SUB) + HISTOGRAM_SUB + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    histogram->counts[bucket_of(value)]++;
    histogram->total++;
    histogram->sum += (double)value;
    if (value > histogram->max)
        histogram->max = value;
}

int64_t histogram_percentile(const struct histogram *histogram, double percent)
{
    uint64_t want = (uint64_t)((double)histogram->total * percent / 100.0 + 0.999999), seen = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > 0 && seen >= want)
            return bucket_top(i) < histogram->max ? bucket_top(i) : histogram->max;
    }
    return histogram->max;
}
