#include "native/limits/histogram.h"

#include <assert.h>

#include "value/mp.h"

static int bucket_of(int64_t value)
{
    uint64_t v = value > HISTOGRAM_VALUE_MAX ? (uint64_t)HISTOGRAM_VALUE_MAX : (uint64_t)value;
    if (v < 16)
        return (int)v;
    int shift = 63 - __builtin_clzll(v) - 4;
    return 16 * (shift + 1) + (int)((v >> shift) - 16);
}

static int64_t middle_of(int bucket)
{
    if (bucket < 32)
        return bucket;
    int shift = bucket / 16 - 1;
    return ((int64_t)(16 + bucket % 16) << shift) + ((int64_t)1 << shift) / 2;
}

static void add_sum(int64_t *sum, int64_t more)
{
    *sum = more > INT64_MAX - *sum ? INT64_MAX : *sum + more;
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    assert(value >= 0);
    add_sum(&histogram->sum, value);
    histogram->buckets[bucket_of(value)]++;
    histogram->count++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    add_sum(&into->sum, from->sum);
}

int64_t histogram_percentile(const struct histogram *histogram, int percent)
{
    int64_t rank = (histogram->count * percent + 99) / 100, seen = 0;
    assert(percent >= 1);
    assert(percent <= 100);
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank && seen > 0)
            return middle_of(i);
    }
    return 0;
}

void histogram_store(const struct histogram *histogram, struct buf *out)
{
    uint32_t used = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        used += histogram->buckets[i] > 0;
    mp_put_array(out, 1 + 2 * used);
    mp_put_int(out, histogram->sum);
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (histogram->buckets[i] > 0) {
            mp_put_int(out, i);
            mp_put_int(out, histogram->buckets[i]);
        }
}

bool histogram_load(struct slice bytes, struct histogram *ret)
{
    uint32_t count;
    int64_t bucket, held;
    *ret = (struct histogram){ 0 };
    if (!mp_array(&bytes, &count) || count % 2 != 1 || !mp_int(&bytes, &ret->sum) || ret->sum < 0)
        return false;
    for (; count > 1; count -= 2) {
        if (!mp_int(&bytes, &bucket) || !mp_int(&bytes, &held) || bucket < 0 || bucket >= HISTOGRAM_BUCKETS || held < 1)
            return false;
        ret->buckets[bucket] = held;
        ret->count += held;
    }
    return true;
}
