/* Percentiles from the histogram against sorted values. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "native/limits/histogram.h"

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool within(int64_t told, int64_t real)
{
    return llabs(told - real) * 32 <= real || told == real;
}

Test(histogram, percentiles_are_within_a_32nd_however_it_is_merged)
{
    const char *given = getenv("SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    fprintf(stderr, "SEED=%u\n", seed);
    srand(seed);
    for (int round = 0; round < 300; round++) {
        struct histogram parts[3] = { 0 }, whole = { 0 }, merged = { 0 }, loaded;
        int64_t values[500], sum = 0;
        int count = 1 + rand() % 500, bits = 1 + rand() % 41;
        for (int i = 0; i < count; i++) {
            values[i] = (((int64_t)rand() << 20) ^ rand()) & (((int64_t)1 << (rand() % bits)) - 1);
            histogram_add(&parts[rand() % 3], values[i]);
            histogram_add(&whole, values[i]);
            sum += values[i];
        }
        for (int i = 0; i < 3; i++)
            histogram_merge(&merged, &parts[i]);
        cr_assert(eq(int, memcmp(&merged, &whole, sizeof whole), 0));
        cr_assert(eq(i64, whole.sum, sum));                                                         /* (G3) */
        cr_assert(eq(i64, whole.count, count));
        struct buf bytes = { 0 };
        histogram_store(&whole, &bytes);
        cr_assert(histogram_load(buf_slice(&bytes), &loaded));
        cr_assert(eq(int, memcmp(&loaded, &whole, sizeof whole), 0));
        buf_done(&bytes);
        qsort(values, (size_t)count, sizeof *values, by_value);
        for (int percent = 1; percent <= 100; percent++) {
            int64_t real = values[(count * percent + 99) / 100 - 1], told = histogram_percentile(&whole, percent);
            cr_assert(within(told, real), "%d %% of %d: told %lld, is %lld", percent, count, (long long)told, (long long)real);
        }
    }
}

Test(histogram, its_ends)
{
    struct histogram histogram = { 0 }, loaded;
    cr_assert(eq(i64, histogram_percentile(&histogram, 95), 0));
    histogram_add(&histogram, 0);
    cr_assert(eq(i64, histogram_percentile(&histogram, 95), 0));
    histogram = (struct histogram){ 0 };
    histogram_add(&histogram, INT64_MAX);
    cr_assert(within(histogram_percentile(&histogram, 99), HISTOGRAM_VALUE_MAX));
    histogram_add(&histogram, INT64_MAX);
    cr_assert(eq(i64, histogram.sum, INT64_MAX), "the sum stops");
    cr_assert(not(histogram_load(SLICE_LITERAL("\x90"), &loaded)), "no sum");
    cr_assert(not(histogram_load(SLICE_LITERAL("\x91\xff"), &loaded)), "a sum below nothing");
    cr_assert(not(histogram_load(SLICE_LITERAL("\x92\x00\x01"), &loaded)), "a bucket without a count");
    cr_assert(not(histogram_load(SLICE_LITERAL("\x93\x00\xff\x01"), &loaded)), "no such bucket");
    cr_assert(not(histogram_load(SLICE_LITERAL("\x93\x00\x01\x00"), &loaded)), "nothing in it");
    cr_assert(not(histogram_load(SLICE_LITERAL("\x93\x00\xcd\x02\x60\x01"), &loaded)), "one bucket beyond the last");
    cr_assert(histogram_load(SLICE_LITERAL("\x93\x00\xcd\x02\x5f\x01"), &loaded), "the last");
}
