/* Rate limits as pure functions: state in, decision out; no clock, no store.
 *
 * Sliding window. A window of W microseconds is cut into 64 slices; a state counts what was admitted in each of the
 * newest 65. A request at time t in slice s is admitted while the counts of slices s-64 to s, plus its cost, are within
 * the maximum. Any interval of length W that ends in slice s starts in slice s-64 or later, so
 *  (R1) no interval of W microseconds ever holds more than max_requests admitted, and
 *  (R2) a request older than W + W/64 never stands in the way of a new one.
 *
 * Calendar windows are an hour, a day or a month of UTC; each has a start, and a count that falls to zero with the next.
 *
 *  (R3) A clock that was set back widens no window: while it is behind the newest slice, or in the window before the count's, requests
 *       count in that slice or window. When it is further behind than one window, what was counted moves to now, and that is
 *       kept: nobody waits longer than two windows for a clock that had been wrong.
 *  (R4) What is taken back comes out of the slice and the window that its request was admitted in, or of older slices, never out of
 *       newer ones: (R1) holds for what was not taken back.
 *
 * Patterns are SQL LIKE; of several that match the most specific decides: one for the caller's role before one for all,
 * then the one with more literal characters, then the name. */
#ifndef ROWHOUSE_NATIVE_LIMITS_LIMIT_RULE_H
#define ROWHOUSE_NATIVE_LIMITS_LIMIT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

#define LIMIT_SLICES 64

struct sliding {
    int64_t window_us;                      /* that the slices are of; 0: nothing counted yet */
    int64_t newest;                         /* slice number, since 1970, of counts[0] */
    uint32_t counts[LIMIT_SLICES + 1];      /* admitted, newest first */
};

struct verdict {
    bool allowed;
    int64_t remaining;                      /* after this request; one that is refused takes nothing */
    int64_t reset_us;                       /* when everything counted now will have left the window */
    int64_t retry_us;                       /* refused: when this cost may be admitted at the earliest; 0: never */
};

/* Decides without counting. `now_us` >= 0; `cost` >= 1; `max` >= 0. */
struct verdict sliding_decide(const struct sliding *state, int64_t window_us, int64_t max, int64_t cost, int64_t now_us);

void sliding_count(struct sliding *state, int64_t window_us, int64_t cost, int64_t now_us);

/* Brings the state to now; true: the clock is far behind and it moved (R3), which is to be kept also when nothing is counted. */
bool sliding_settle(struct sliding *state, int64_t window_us, int64_t now_us);

/* Takes back what was admitted then, as far as it is there (R4); returns how much that was. */
int64_t sliding_take_back(struct sliding *state, int64_t window_us, int64_t cost, int64_t admitted_us, int64_t now_us);

enum calendar { CALENDAR_HOUR, CALENDAR_DAY, CALENDAR_MONTH, CALENDAR_COUNT };
extern const char *const calendar_names[CALENDAR_COUNT];        /* "hour", "day", "month" */

/* Bounds of the window that `now_us` is in. */
int64_t calendar_start_us(enum calendar window, int64_t now_us);
int64_t calendar_end_us(enum calendar window, int64_t now_us);

/* A count that belongs to one calendar window, and the highest alert level that it has reached in it. */
struct tally {
    int64_t start_us;
    int64_t count;
    int64_t alerted;                /* 0, 80, 95 or 100 */
};
struct verdict tally_decide(const struct tally *tally, enum calendar window, int64_t max, int64_t cost, int64_t now_us);
void tally_count(struct tally *tally, enum calendar window, int64_t cost, int64_t now_us);
bool tally_settle(struct tally *tally, enum calendar window, int64_t now_us);           /* as sliding_settle() */
int64_t tally_take_back(struct tally *tally, enum calendar window, int64_t cost, int64_t admitted_us);

/* The alert level that a count newly reaches: 0 none, else 80, 95 or 100 (the highest), which `tally` then remembers: a
 * level comes once a window, also when requests are taken back and counted again. */
int tally_alert(struct tally *tally, int64_t max);

/* How specific a matching pattern is; larger decides. */
int pattern_weight(struct slice pattern, bool for_role);

#endif
