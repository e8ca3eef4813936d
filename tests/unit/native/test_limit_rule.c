/* Limits: the sliding window never over-admits and under-admits by a 64th at most, held against a list of everything
 * that was admitted; calendar windows and alerts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "native/limit_rule.h"

#define MINUTE_US (60 * 1000000ll)

static unsigned seed_of(void)
{
    const char *given = getenv("SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    fprintf(stderr, "SEED=%u\n", seed);
    return seed;
}

struct admitted { int64_t time_us, cost; };

/* What the model admitted in [now - span, now]. */
static int64_t within(const struct admitted *list, int count, int64_t now_us, int64_t span_us)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++)
        if (list[i].time_us >= now_us - span_us && list[i].time_us <= now_us)
            sum += list[i].cost;
    return sum;
}

Test(sliding, admits_exactly_what_the_rules_say)
{
    enum { STEPS = 400, ROUNDS = 500 };
    static struct admitted list[STEPS];
    unsigned seed = seed_of();
    for (int round = 0; round < ROUNDS; round++) {
        struct sliding state = { 0 };
        int64_t window_us = 1 + rand_r(&seed) % (3 * MINUTE_US), max = rand_r(&seed) % 50;
        int64_t now_us = 1700000000000000ll + rand_r(&seed), total = 0;
        int count = 0;
        for (int step = 0; step < STEPS; step++) {
            now_us += rand_r(&seed) % (window_us / (1 + rand_r(&seed) % 40) + 1);
            int64_t cost = 1 + rand_r(&seed) % 3;
            struct verdict verdict = sliding_decide(&state, window_us, max, cost, now_us);
            int64_t exact = within(list, count, now_us, window_us);
            if (verdict.allowed) {
                cr_assert(exact + cost <= max, "over-admitted: round %d step %d", round, step);     /* (R1) */
                sliding_count(&state, window_us, cost, now_us);
                list[count++] = (struct admitted){ now_us, cost };
                total += cost;
            } else {
                int64_t late = within(list, count, now_us, window_us + window_us / LIMIT_SLICES + 1);
                cr_assert(late + cost > max, "under-admitted: round %d step %d", round, step);      /* (R2) */
                cr_assert(eq(i64, verdict.remaining, 0));
                cr_assert(cost > max ? verdict.retry_us == 0 : verdict.retry_us > now_us);
                if (cost <= max)
                    cr_assert(sliding_decide(&state, window_us, max, cost, verdict.retry_us).allowed, "retry_us keeps its word");
            }
        }
        cr_assert(max == 0 ? total == 0 : true);
    }
}

/* A shadow counts what no limit admits: any member may send it, as fast as he can. */
Test(sliding, counts_stop_at_their_largest_value)
{
    struct sliding state = { 0 };
    for (int i = 0; i < 10000; i++)
        sliding_count(&state, MINUTE_US, 1000000, 1700000000000000ll);
    cr_assert(eq(u32, state.counts[0], UINT32_MAX));
    sliding_count(&state, 2 * MINUTE_US, 1000000, 1700000000000000ll);
    cr_assert(not(sliding_decide(&state, 2 * MINUTE_US, INT32_MAX, 1, 1700000000000000ll).allowed));
    sliding_take_back(&state, 2 * MINUTE_US, 1, 1700000000000000ll);
    cr_assert(eq(u32, state.counts[0], UINT32_MAX - 1));
}

Test(sliding, a_changed_window_does_not_widen_the_old_one)
{
    unsigned seed = seed_of();
    for (int round = 0; round < 2000; round++) {
        struct sliding state = { 0 };
        int64_t long_us = MINUTE_US, short_us = 1 + rand_r(&seed) % MINUTE_US, now_us = 1700000000000000ll;
        struct admitted list[20];
        for (int i = 0; i < 20; i++) {
            now_us += rand_r(&seed) % (MINUTE_US / 10);
            sliding_count(&state, long_us, 1, now_us);
            list[i] = (struct admitted){ now_us, 1 };
        }
        now_us += rand_r(&seed) % short_us;
        int64_t exact = within(list, 20, now_us, short_us);
        cr_assert(not(sliding_decide(&state, short_us, exact, 1, now_us).allowed), "round %d", round);
    }
}

Test(sliding, a_clock_that_goes_back_counts_as_now)
{
    struct sliding state = { 0 };
    for (int i = 0; i < 5; i++)
        sliding_count(&state, MINUTE_US, 1, 1700000000000000ll);
    cr_assert(not(sliding_decide(&state, MINUTE_US, 5, 1, 1600000000000000ll).allowed));
}

Test(tally, falls_to_zero_with_the_next_window)
{
    struct tally tally = { 0 };
    int64_t last_of_january = 1706745599999999ll;       /* 2024-01-31 23:59:59.999999 UTC */
    tally_count(&tally, CALENDAR_MONTH, 7, last_of_january);
    cr_assert(not(tally_decide(&tally, CALENDAR_MONTH, 7, 1, last_of_january).allowed));
    cr_assert(eq(i64, tally_decide(&tally, CALENDAR_MONTH, 7, 1, last_of_january).retry_us, last_of_january + 1));
    cr_assert(tally_decide(&tally, CALENDAR_MONTH, 7, 7, last_of_january + 1).allowed);
    cr_assert(eq(i64, tally_decide(&tally, CALENDAR_MONTH, 7, 8, last_of_january).retry_us, 0), "no time makes 8 fit into 7");
}

Test(alerts, come_once_a_level_and_window)
{
    unsigned seed = seed_of();
    for (int round = 0; round < 1000; round++) {
        struct tally tally = { 0 };
        int64_t max = 1 + rand_r(&seed) % 1000, now_us = 1700000000000000ll;
        int seen[101] = { 0 };
        while (tally.count < max || seen[100] == 0) {
            if (tally.count > 0 && rand_r(&seed) % 10 == 0)
                tally_take_back(&tally, CALENDAR_DAY, 1 + rand_r(&seed) % 5, now_us);
            tally_count(&tally, CALENDAR_DAY, 1 + rand_r(&seed) % 5, now_us);
            int level = tally_alert(&tally, max);
            cr_assert(level == 0 || seen[level]++ == 0, "level %d twice", level);
            cr_assert(level == 0 || tally.count * 100 >= level * max);
            cr_assert(tally.count * 100 < 80 * max || seen[80] + seen[95] + seen[100] > 0);
        }
        cr_assert(eq(int, seen[100], 1));
        tally_count(&tally, CALENDAR_DAY, max, now_us + 86400 * 1000000ll);
        cr_assert(eq(int, tally_alert(&tally, max), 100), "a new window tells again");
    }
}

Test(patterns, the_role_counts_more_than_any_text)
{
    cr_assert(pattern_weight(SLICE_LITERAL("/%"), true) > pattern_weight(SLICE_LITERAL("/a-very-long-pattern"), false));
    cr_assert(pattern_weight(SLICE_LITERAL("/send-%"), false) > pattern_weight(SLICE_LITERAL("/%"), false));
    cr_assert(eq(int, pattern_weight(SLICE_LITERAL("/a\\%_%"), false), 3));
}
