/* Limits: the sliding window never over-admits and under-admits by a 64th at most, held against a list of everything
 * that was admitted and not taken back; clocks that are set back; calendar windows against the C library's; alerts. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "native/limits/limit_rule.h"

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
            if (count > 0 && rand_r(&seed) % 6 == 0) {                                              /* (R4) */
                int which = count - 1 - rand_r(&seed) % (count < 30 ? count : 30);
                int64_t taken = sliding_take_back(&state, window_us, list[which].cost, list[which].time_us, now_us);
                cr_assert(taken <= list[which].cost);
                cr_assert(list[which].time_us < now_us - window_us || taken == list[which].cost, "it was there: round %d step %d", round, step);
                list[which] = list[--count];
            }
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
                cr_assert(verdict.remaining < cost && verdict.remaining <= max - exact && verdict.remaining >= max - late, "a refusal takes nothing: round %d step %d",
                          round, step);
                cr_assert(verdict.remaining == 0 || sliding_decide(&state, window_us, max, verdict.remaining, now_us).allowed, "what remains is there");
                cr_assert(cost > max ? verdict.retry_us == 0 : verdict.retry_us > now_us);
                if (cost <= max)
                    cr_assert(sliding_decide(&state, window_us, max, cost, verdict.retry_us).allowed, "retry_us keeps its word");
            }
        }
        cr_assert(max == 0 ? total == 0 : true);
    }
}

/* What reset_us promises: then the whole maximum is free again, and a 64th of a window before it is not. */
Test(sliding, is_empty_again_when_it_says)
{
    unsigned seed = seed_of();
    for (int round = 0; round < 2000; round++) {
        struct sliding state = { 0 };
        int64_t window_us = 1000000 + rand_r(&seed) % (3 * MINUTE_US), now_us = 1700000000000000ll;
        for (int i = 0; i < 5; i++) {
            now_us += rand_r(&seed) % window_us;
            sliding_count(&state, window_us, 1, now_us);
        }
        now_us += rand_r(&seed) % window_us;
        struct verdict refused = sliding_decide(&state, window_us, 0, 1, now_us);
        cr_assert(sliding_decide(&state, window_us, 5, 5, refused.reset_us).allowed, "round %d", round);
        cr_assert(not(sliding_decide(&state, window_us, 5, 5, refused.reset_us - 1).allowed), "round %d", round);
        struct verdict allowed = sliding_decide(&state, window_us, 6, 1, now_us);
        sliding_count(&state, window_us, 1, now_us);
        cr_assert(sliding_decide(&state, window_us, 6, 6, allowed.reset_us).allowed, "its own cost counts too: round %d", round);
        cr_assert(not(sliding_decide(&state, window_us, 6, 6, allowed.reset_us - 1).allowed), "round %d", round);
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
    cr_assert(eq(i64, sliding_take_back(&state, 2 * MINUTE_US, 1, 1700000000000000ll, 1700000000000000ll), 1));
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

/* By a clock that never was wrong (`real_us`) no window holds too many, and none that is too old is in the way. */
Test(sliding, a_clock_that_is_set_back_widens_no_window_and_locks_nobody_out)
{
    enum { STEPS = 300, ROUNDS = 500 };
    static struct admitted list[STEPS];
    unsigned seed = seed_of();
    for (int round = 0; round < ROUNDS; round++) {
        struct sliding state = { 0 };
        int64_t window_us = 1 + rand_r(&seed) % (3 * MINUTE_US), max = 1 + rand_r(&seed) % 50, behind_us = 0;
        int64_t real_us = 1700000000000000ll + rand_r(&seed);
        int count = 0, back_at = rand_r(&seed) % STEPS;
        for (int step = 0; step < STEPS; step++) {
            real_us += rand_r(&seed) % (window_us / (1 + rand_r(&seed) % 40) + 1);
            if (step == back_at)
                behind_us = rand_r(&seed) % (rand_r(&seed) % 2 == 0 ? window_us : 2000000000);
            int64_t now_us = real_us - behind_us, cost = 1;
            sliding_settle(&state, window_us, now_us);
            if (sliding_decide(&state, window_us, max, cost, now_us).allowed) {
                cr_assert(within(list, count, real_us, window_us) + cost <= max, "over-admitted: round %d step %d", round, step);
                sliding_count(&state, window_us, cost, now_us);
                list[count++] = (struct admitted){ real_us, cost };
            } else {
                int64_t span_us = step < back_at ? window_us + window_us / LIMIT_SLICES + 1 : 3 * window_us + window_us / 16 + 2;
                cr_assert(within(list, count, real_us, span_us) + cost > max, "locked out: round %d step %d", round, step);
            }
        }
    }
}

Test(sliding, what_is_taken_back_is_none_of_the_newer_ones)
{
    struct sliding state = { 0 };
    int64_t then_us = 1700000000000000ll, now_us = then_us + MINUTE_US / 2;
    sliding_count(&state, MINUTE_US, 3, then_us);
    sliding_count(&state, MINUTE_US, 5, now_us);
    cr_assert(eq(i64, sliding_take_back(&state, MINUTE_US, 4, then_us, now_us), 3));
    cr_assert(eq(u32, state.counts[0], 5));
    cr_assert(eq(i64, sliding_take_back(&state, MINUTE_US, 1, then_us - MINUTE_US * 2, now_us), 0), "it has left the window");
    cr_assert(eq(i64, sliding_take_back(&state, MINUTE_US, 6, now_us + 1000 * MINUTE_US, now_us), 5), "the future is now");
}

/* A window that was made longer and a clock that was set back: settling is what lets the wait end. */
Test(sliding, settling_tells_whether_it_moved)
{
    struct sliding state = { 0 };
    int64_t now_us = 1700000000000000ll;
    cr_assert(not(sliding_settle(&state, MINUTE_US, now_us)));
    sliding_count(&state, MINUTE_US, 5, now_us);
    cr_assert(not(sliding_settle(&state, MINUTE_US, now_us + MINUTE_US / 2)));
    cr_assert(not(sliding_settle(&state, MINUTE_US, now_us - MINUTE_US / 2)), "the clock is within a window");
    cr_assert(sliding_settle(&state, 2 * MINUTE_US, now_us - 10 * MINUTE_US));
    cr_assert(not(sliding_decide(&state, 2 * MINUTE_US, 5, 1, now_us - 10 * MINUTE_US).allowed));
    cr_assert(sliding_decide(&state, 2 * MINUTE_US, 5, 5, now_us - 10 * MINUTE_US + 2 * MINUTE_US * 65 / 64 + 1).allowed);
}

/* What a window's bounds are by the C library's calendar. */
static int64_t start_by_library(enum calendar window, int64_t now_us, int further)
{
    time_t now = (time_t)(now_us / 1000000 - (now_us % 1000000 < 0));
    struct tm t;
    gmtime_r(&now, &t);
    t.tm_min = t.tm_sec = 0;
    t.tm_hour = window == CALENDAR_HOUR ? t.tm_hour + further : 0;
    t.tm_mday = window == CALENDAR_MONTH ? 1 : t.tm_mday + (window == CALENDAR_DAY ? further : 0);
    t.tm_mon += window == CALENDAR_MONTH ? further : 0;
    return (int64_t)timegm(&t) * 1000000;
}

Test(tally, windows_begin_and_end_as_the_calendar_says)
{
    unsigned seed = seed_of();
    for (int i = 0; i < 20000; i++) {
        int64_t now_us = ((int64_t)rand_r(&seed) - 10000000) * 2000000 + rand_r(&seed) % 1000000;     /* 1969 to 2105 */
        for (int w = 0; w < CALENDAR_COUNT; w++) {
            now_us = rand_r(&seed) % 4 == 0 ? start_by_library((enum calendar)w, now_us, 0) - rand_r(&seed) % 2 : now_us;
            cr_assert(eq(i64, calendar_start_us((enum calendar)w, now_us), start_by_library((enum calendar)w, now_us, 0)));
            cr_assert(eq(i64, calendar_end_us((enum calendar)w, now_us), start_by_library((enum calendar)w, now_us, 1)));
        }
    }
}

Test(tally, a_clock_that_is_set_back_counts_on_and_locks_nobody_out)
{
    for (int w = 0; w < CALENDAR_COUNT; w++) {
        enum calendar window = (enum calendar)w;
        struct tally tally = { 0 };
        int64_t now_us = 1700000000000000ll, start_us = calendar_start_us(window, now_us), end_us = calendar_end_us(window, now_us);
        tally_count(&tally, window, 5, now_us);
        cr_assert(not(tally_settle(&tally, window, start_us - 1)), "the window before");
        cr_assert(eq(i64, tally_decide(&tally, window, 5, 1, start_us - 1).retry_us, end_us), "retry_us keeps its word");
        tally_count(&tally, window, 1, start_us - 1);
        cr_assert(not(tally_decide(&tally, window, 6, 1, now_us).allowed), "what was counted meanwhile counts on");
        int64_t before_us = calendar_start_us(window, start_us - 1) - 1;
        cr_assert(not(tally_decide(&tally, window, 6, 1, before_us).allowed));
        cr_assert(tally_settle(&tally, window, before_us));
        cr_assert(not(tally_decide(&tally, window, 6, 1, before_us).allowed));
        cr_assert(tally_decide(&tally, window, 6, 6, before_us + 1).allowed, "and is over with the window that it moved to");
    }
}

Test(tally, what_is_taken_back_is_of_the_same_window)
{
    struct tally tally = { 0 };
    int64_t noon_us = 1700049600000000ll;
    tally_count(&tally, CALENDAR_HOUR, 5, noon_us);
    cr_assert(eq(i64, tally_take_back(&tally, CALENDAR_HOUR, 2, noon_us - 1), 0));
    cr_assert(eq(i64, tally_take_back(&tally, CALENDAR_HOUR, 2, noon_us + 60 * MINUTE_US), 0));
    cr_assert(eq(i64, tally_take_back(&tally, CALENDAR_HOUR, 2, noon_us + 60 * MINUTE_US - 1), 2));
    cr_assert(eq(i64, tally_take_back(&tally, CALENDAR_HOUR, 7, noon_us), 3));
    cr_assert(eq(i64, tally.count, 0));
    tally.count = -4;               /* a row that the service wrote */
    cr_assert(eq(i64, tally_take_back(&tally, CALENDAR_HOUR, 1, noon_us), 0));
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
    cr_assert(eq(int, pattern_weight(SLICE_LITERAL("/\xc3\xa9\xe2\x82\xac%"), false), 3), "characters, not bytes");
    cr_assert(eq(int, pattern_weight(SLICE_LITERAL("/a\\"), false), 3), "a last backslash is a character, though it matches nothing");
}
