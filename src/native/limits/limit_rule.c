#include "native/limits/limit_rule.h"

#include <assert.h>

#include "base/limits.h"
#include "value/time.h"

#define ROLE_WEIGHT (1 << 30)
_Static_assert(VALUE_SIZE_MAX < ROLE_WEIGHT, "no pattern outweighs a role");

const char *const calendar_names[CALENDAR_COUNT] = { "hour", "day", "month" };

/* Slice numbers are floor(t * 64 / W); 128 bits, because t * 64 passes 63 for far-away clocks. */
static int64_t slice_of_time(int64_t time_us, int64_t window_us)
{
    return (int64_t)((__int128)time_us * LIMIT_SLICES / window_us);
}

/* The first microsecond of a slice. */
static int64_t slice_start_us(int64_t slice, int64_t window_us)
{
    return (int64_t)(((__int128)slice * window_us + LIMIT_SLICES - 1) / LIMIT_SLICES);
}

/* Moves the state's newest slice on to `slice`; what falls off the end is forgotten. */
static void advance(struct sliding *state, int64_t slice)
{
    int64_t steps = slice - state->newest;
    if (steps <= 0)
        return;
    for (int64_t i = LIMIT_SLICES; i >= 0; i--)
        state->counts[i] = i >= steps ? state->counts[i - steps] : 0;
    state->newest = slice;
}

/* Counts stop at their largest value, far above any maximum: a shadow counts what no limit admits. */
static void add(uint32_t *count, int64_t amount)
{
    *count = amount > UINT32_MAX - (int64_t)*count ? UINT32_MAX : *count + (uint32_t)amount;
}

/* Whether what was counted is further ahead of the clock than a window. */
static bool is_ahead(const struct sliding *state, int64_t window_us, int64_t now_us)
{
    return state->window_us > 0 && slice_start_us(state->newest, state->window_us) > now_us + window_us;
}

/* The state as of now, under a window that may have been changed or a clock that was set far back (R3): an old slice's count moves
 * to the new slice that holds its last microsecond, the latest that its requests can have come, and never lies in the
 * future, so that (R1) holds across the change. */
static struct sliding current(const struct sliding *old, int64_t window_us, int64_t now_us)
{
    int64_t now_slice = slice_of_time(now_us, window_us);
    struct sliding state = { .window_us = window_us, .newest = now_slice };
    if (old->window_us == window_us && !is_ahead(old, window_us, now_us)) {
        state = *old;
        advance(&state, now_slice);
        return state;
    }
    for (int i = 0; old->window_us != 0 && i <= LIMIT_SLICES; i++) {
        int64_t last_us = slice_start_us(old->newest - i + 1, old->window_us) - 1;
        int64_t age = now_slice - slice_of_time(last_us, window_us);
        age = age < 0 ? 0 : age;
        if (age <= LIMIT_SLICES)
            add(&state.counts[age], old->counts[i]);
    }
    return state;
}

struct verdict sliding_decide(const struct sliding *old, int64_t window_us, int64_t max, int64_t cost, int64_t now_us)
{
    assert(window_us > 0);
    assert(cost >= 1);
    struct sliding state = current(old, window_us, now_us);
    int64_t used = 0, newest_used = -1;
    for (int i = LIMIT_SLICES; i >= 0; i--) {
        used += state.counts[i];
        if (state.counts[i] > 0)
            newest_used = i;
    }
    struct verdict verdict = { .allowed = used + cost <= max, .reset_us = now_us };
    verdict.remaining = verdict.allowed ? max - used - cost : used < max ? max - used : 0;
    if (newest_used >= 0 || verdict.allowed)
        verdict.reset_us = slice_start_us(state.newest - (verdict.allowed ? 0 : newest_used) + LIMIT_SLICES + 1, window_us);
    if (verdict.allowed || cost > max)
        return verdict;
    /* Slices leave oldest first: the earliest time at which enough of them have left. */
    for (int i = LIMIT_SLICES; i >= 0 && used + cost > max; i--) {
        used -= state.counts[i];
        verdict.retry_us = slice_start_us(state.newest - i + LIMIT_SLICES + 1, window_us);
    }
    return verdict;
}

void sliding_count(struct sliding *state, int64_t window_us, int64_t cost, int64_t now_us)
{
    *state = current(state, window_us, now_us);
    assert(cost >= 1);
    add(&state->counts[0], cost);
}

bool sliding_settle(struct sliding *state, int64_t window_us, int64_t now_us)
{
    bool moves = is_ahead(state, window_us, now_us);
    *state = current(state, window_us, now_us);
    return moves;
}

int64_t sliding_take_back(struct sliding *state, int64_t window_us, int64_t cost, int64_t admitted_us, int64_t now_us)
{
    assert(cost >= 1);
    *state = current(state, window_us, now_us);
    int64_t age = state->newest - slice_of_time(admitted_us, window_us), left = cost;
    for (int64_t i = age < 0 ? 0 : age; i <= LIMIT_SLICES && left > 0; i++) {
        uint32_t taken = state->counts[i] < left ? state->counts[i] : (uint32_t)left;
        state->counts[i] -= taken;
        left -= taken;
    }
    return cost - left;
}

int64_t calendar_start_us(enum calendar window, int64_t now_us)
{
    int64_t start = 0;
    if (window != CALENDAR_MONTH) {
        int64_t length_us = window == CALENDAR_HOUR ? US_PER_HOUR : US_PER_DAY, past_us = now_us % length_us;
        return now_us - past_us - (past_us < 0 ? length_us : 0);
    }
    bool known = time_truncate("month", instant_from_unix(now_us), &start);
    assert(known);
    return instant_to_unix(start);
}

int64_t calendar_end_us(enum calendar window, int64_t now_us)
{
    int64_t start_us = calendar_start_us(window, now_us);
    if (window == CALENDAR_HOUR)
        return start_us + US_PER_HOUR;
    if (window == CALENDAR_DAY)
        return start_us + US_PER_DAY;
    /* A month has at most 31 days, and 32 days on is always within the next one. */
    return calendar_start_us(CALENDAR_MONTH, start_us + 32 * US_PER_DAY);
}

/* The tally as of now: a new one where its window is over, and never further ahead than the next window (R3). */
static struct tally tally_now(const struct tally *old, enum calendar window, int64_t now_us)
{
    struct tally tally = *old;
    int64_t start_us = calendar_start_us(window, now_us);
    if (tally.start_us < start_us)
        tally = (struct tally){ .start_us = start_us };
    else if (tally.start_us > start_us && tally.start_us > calendar_end_us(window, now_us))
        tally.start_us = start_us;
    return tally;
}

struct verdict tally_decide(const struct tally *old, enum calendar window, int64_t max, int64_t cost, int64_t now_us)
{
    struct tally tally = tally_now(old, window, now_us);
    struct verdict verdict = { .allowed = tally.count + cost <= max, .reset_us = calendar_end_us(window, tally.start_us) };
    verdict.remaining = verdict.allowed ? max - tally.count - cost : tally.count < max ? max - tally.count : 0;
    if (!verdict.allowed && cost <= max)
        verdict.retry_us = verdict.reset_us;
    return verdict;
}

void tally_count(struct tally *tally, enum calendar window, int64_t cost, int64_t now_us)
{
    *tally = tally_now(tally, window, now_us);
    tally->count += cost;
}

bool tally_settle(struct tally *tally, enum calendar window, int64_t now_us)
{
    struct tally now = tally_now(tally, window, now_us);
    bool moves = now.start_us < tally->start_us;
    *tally = now;
    return moves;
}

int64_t tally_take_back(struct tally *tally, enum calendar window, int64_t cost, int64_t admitted_us)
{
    if (tally->start_us != calendar_start_us(window, admitted_us) || tally->count <= 0)
        return 0;
    int64_t taken = cost < tally->count ? cost : tally->count;
    tally->count -= taken;
    return taken;
}

int tally_alert(struct tally *tally, int64_t max)
{
    static const int levels[] = { 100, 95, 80 };
    for (int i = 0; i < 3; i++)
        if (max > 0 && levels[i] > tally->alerted && tally->count * 100 >= levels[i] * max) {
            tally->alerted = levels[i];
            return levels[i];
        }
    return 0;
}

int pattern_weight(struct slice pattern, bool for_role)
{
    int literals = 0;
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.data[i] == '\\' && i + 1 < pattern.size)
            i++;
        else if (pattern.data[i] == '%' || pattern.data[i] == '_')
            continue;
        literals += (pattern.data[i] & 0xC0) != 0x80;           /* the first byte of a character */
    }
    return literals + (for_role ? ROLE_WEIGHT : 0);
}
