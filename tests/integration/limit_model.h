/* The plain model of rate limits: lists of what was counted when, summed up anew for every question. It follows the text of
 * src/native/limits/limit_rule.h and rate_check.h, and shares no code with them.
 *
 * The server's clock is read between two readings of ours, `earliest` and `latest`, so a sliding window's sum is known to lie
 * between two bounds: what is surely inside, and what may still be (R2: up to 1/64 of the window longer). They meet where windows
 * are long. A window that is changed moves what an old slice counted to its end, so an entry's time is a range as well. */
#ifndef ROWHOUSE_TESTS_LIMIT_MODEL_H
#define ROWHOUSE_TESTS_LIMIT_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define NAME_SIZE 48
#define POLICIES_MAX 24
#define CONFIGS_MAX 16
#define ENTRIES_MAX 12000
#define SHOWN_MAX 400
#define FOREVER INT64_MAX
#define NO_LIMIT (-1)

enum { HOUR, DAY, MONTH, WINDOWS };

struct policy {
    char name[NAME_SIZE], pattern[NAME_SIZE], role[NAME_SIZE];      /* role "": for all */
    int64_t max[WINDOWS];
    bool active;
    struct override { bool there, expired; int64_t max[WINDOWS]; } overrides[2];    /* of each tenant; NO_LIMIT: NULL */
    int64_t alerted[2][WINDOWS], alerted_start[2][WINDOWS];
};

struct config {
    bool there, enabled;
    int tenant;
    char resource[NAME_SIZE], pattern[NAME_SIZE];       /* pattern "": NULL */
    int64_t max, window_us, quota;                      /* NO_LIMIT: none */
    int64_t counted_us;                                 /* the window that its counts are of */
};

/* Something counted, or (calendar, negative) taken back. */
struct entry {
    enum { OF_POLICY, OF_CONFIG, OF_MONTH } of;
    int tenant, number, window;                         /* policy or config; of OF_MONTH the resource type */
    int64_t earliest, latest, least, most;
};

struct shown { int tenant, user; char endpoint[NAME_SIZE]; int64_t start_us, count; };       /* api_rate_limits; user -1: NULL */

struct model {
    int policy_count, entry_count, shown_count;
    struct policy policies[POLICIES_MAX];
    struct config configs[CONFIGS_MAX];
    struct entry entries[ENTRIES_MAX];
    struct shown shown[SHOWN_MAX];
    int64_t refused[2], limited[2][3], alerts[2];
};

/* One question, and the time that it was asked in. */
struct question {
    int tenant, user;
    const char *role, *endpoint;
    int resource;
    int64_t cost, earliest, latest;
    int64_t taken;                  /* of the cost, by the answer: a refusal takes nothing */
};

struct bound { int64_t least, most; };

struct answer {
    const char *source, *name, *window;
    int64_t max;
    struct bound used, retry;
};

static const char *const resources[] = { "api", "email", "ai" };
static const char *const window_names[] = { "hour", "day", "month" };

/* --- LIKE, and which row decides --- */

static bool like(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '%')
        return like(pattern + 1, text) || (*text != '\0' && like(pattern, text + 1));
    return *text != '\0' && (*pattern == '_' || *pattern == *text) && like(pattern + 1, text + 1);
}

static int literals(const char *pattern)
{
    int count = 0;
    for (; *pattern != '\0'; pattern++)
        count += *pattern != '%' && *pattern != '_';
    return count;
}

static bool more_specific(const struct policy *a, const struct policy *b)
{
    if ((a->role[0] != '\0') != (b->role[0] != '\0'))
        return a->role[0] != '\0';
    if (literals(a->pattern) != literals(b->pattern))
        return literals(a->pattern) > literals(b->pattern);
    return strcmp(a->name, b->name) < 0;
}

static int model_policy(const struct model *m, const struct question *q)
{
    int best = -1;
    for (int i = 0; i < m->policy_count; i++) {
        const struct policy *p = &m->policies[i];
        if (p->active && (p->role[0] == '\0' || strcmp(p->role, q->role) == 0) && like(p->pattern, q->endpoint) &&
            (best < 0 || more_specific(p, &m->policies[best])))
            best = i;
    }
    return best;
}

/* Of equals the first: configurations are numbered in the order of their ids. */
static int model_config(const struct model *m, const struct question *q)
{
    int best = -1, best_weight = -1;
    for (int i = 0; i < CONFIGS_MAX; i++) {
        const struct config *c = &m->configs[i];
        int weight = c->pattern[0] == '\0' ? 0 : 1 + literals(c->pattern);
        if (c->there && c->enabled && c->tenant == q->tenant && strcmp(c->resource, resources[q->resource]) == 0 &&
            (c->pattern[0] == '\0' || like(c->pattern, q->endpoint)) && weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}

static int64_t policy_max(const struct policy *p, int tenant, int window)
{
    const struct override *o = &p->overrides[tenant];
    return o->there && !o->expired && o->max[window] != NO_LIMIT ? o->max[window] : p->max[window];
}

/* --- Sums --- */

static int64_t window_start(int window, int64_t now_us)
{
    time_t now = (time_t)(now_us / 1000000);
    struct tm t;
    gmtime_r(&now, &t);
    t.tm_min = t.tm_sec = 0;
    t.tm_hour = window == HOUR ? t.tm_hour : 0;
    t.tm_mday = window == MONTH ? 1 : t.tm_mday;
    return (int64_t)timegm(&t) * 1000000;
}

static int64_t window_end(int window, int64_t now_us)
{
    if (window != MONTH)
        return window_start(window, now_us) + (window == HOUR ? 3600 : 86400) * (int64_t)1000000;
    return window_start(MONTH, window_start(MONTH, now_us) + (int64_t)32 * 86400 * 1000000);
}

static int64_t calendar_sum(const struct model *m, int of, int tenant, int number, int window, int64_t now_us)
{
    int64_t sum = 0, start = window_start(window, now_us);
    for (int i = 0; i < m->entry_count; i++) {
        const struct entry *e = &m->entries[i];
        if ((int)e->of == of && e->tenant == tenant && e->number == number && e->window == window && e->latest >= start)
            sum += e->most;
    }
    return sum;
}

/* An entry as the state would be kept at the question's time in a window of `window_us`: what has surely left it is nothing. */
static struct bound inside(const struct entry *e, int64_t window_us, const struct question *q)
{
    if (e->latest + window_us + window_us / 64 + 1 < q->earliest)
        return (struct bound){ 0, 0 };
    return (struct bound){ e->earliest > q->latest - window_us ? e->least : 0, e->most };
}

/* The entry as it counts for the question: through the change of the window, when there was one. All that the state held when it
 * was kept goes over, also what the former window would have let go since: the new one may be longer. */
static struct entry as_counted(const struct entry *e, const struct config *c, const struct question *q)
{
    struct entry now = *e;
    if (c->counted_us == 0 || c->counted_us == c->window_us)
        return now;
    now.latest = e->latest + c->counted_us / 64 + 1;
    now.latest = now.latest > q->latest ? q->latest : now.latest;       /* a slice is never moved into the future */
    return now;
}

static struct bound sliding_sum(const struct model *m, int number, const struct question *q)
{
    struct bound sum = { 0, 0 };
    for (int i = 0; i < m->entry_count; i++)
        if (m->entries[i].of == OF_CONFIG && m->entries[i].number == number) {
            struct entry e = as_counted(&m->entries[i], &m->configs[number], q);
            struct bound in = inside(&e, m->configs[number].window_us, q);
            sum.least += in.least;
            sum.most += in.most;
        }
    return sum;
}

/* When enough of the window will have left it for the cost: entries leave oldest first. */
static struct bound sliding_retry(const struct model *m, int number, const struct question *q)
{
    const struct config *c = &m->configs[number];
    struct bound sum = sliding_sum(m, number, q), retry = { 0, 0 };
    for (int i = 0; i < m->entry_count; i++)
        if (m->entries[i].of == OF_CONFIG && m->entries[i].number == number) {
            struct entry e = as_counted(&m->entries[i], c, q);
            struct bound in = inside(&e, c->window_us, q);
            if (sum.least + q->cost > c->max && in.least > 0)
                retry.least = e.earliest + c->window_us;
            if (sum.most + q->cost > c->max && in.most > 0)
                retry.most = e.latest + c->window_us + c->window_us / 64 + 2;
            sum.least -= in.least;
            sum.most -= in.most;
        }
    return retry;
}

/* --- Every limit that applies --- */

static struct bound exactly(int64_t value)
{
    return (struct bound){ value, value };
}

static int model_ask(const struct model *m, const struct question *q, struct answer answers[5])
{
    int count = 0, policy = model_policy(m, q), config = model_config(m, q);
    for (int w = 0; policy >= 0 && w < WINDOWS; w++) {
        int64_t max = policy_max(&m->policies[policy], q->tenant, w);
        answers[count++] = (struct answer){ "policy", m->policies[policy].name, window_names[w], max,
                                            exactly(calendar_sum(m, OF_POLICY, q->tenant, policy, w, q->latest)),
                                            exactly(q->cost > max ? FOREVER : window_end(w, q->latest)) };
    }
    if (config < 0)
        return count;
    const struct config *c = &m->configs[config];
    answers[count++] = (struct answer){ "config", c->resource, "sliding", c->max, sliding_sum(m, config, q),
                                        q->cost > c->max ? exactly(FOREVER) : sliding_retry(m, config, q) };
    if (c->quota != NO_LIMIT)
        answers[count++] = (struct answer){ "monthly_quota", c->resource, "month", c->quota,
                                            exactly(calendar_sum(m, OF_MONTH, q->tenant, q->resource, MONTH, q->latest)),
                                            exactly(q->cost > c->quota ? FOREVER : window_end(MONTH, q->latest)) };
    return count;
}

/* --- Counting --- */

static void put_entry(struct model *m, int of, const struct question *q, int number, int window, int64_t amount)
{
    if (amount != 0)
        m->entries[m->entry_count++] = (struct entry){ of, q->tenant, number, window, q->earliest, q->latest, amount, amount };
}

/* What a configuration's state is after it was kept under its present window: what is gone stays gone, though the window grow. */
static void keep_state(struct model *m, int number, const struct question *q)
{
    struct config *c = &m->configs[number];
    for (int i = 0; i < m->entry_count; i++) {
        struct entry *e = &m->entries[i];
        if (e->of != OF_CONFIG || e->number != number)
            continue;
        *e = as_counted(e, c, q);
        struct bound in = inside(e, c->window_us, q);
        e->least = in.least;
        e->most = in.most;
    }
    c->counted_us = c->window_us;
}

static void alert(struct model *m, int policy, int tenant, int window, int64_t count, int64_t max, int64_t start)
{
    static const int levels[] = { 100, 95, 80 };
    int64_t *alerted = &m->policies[policy].alerted[tenant][window], *alerted_start = &m->policies[policy].alerted_start[tenant][window];
    if (*alerted_start != start)
        *alerted = 0;
    *alerted_start = start;
    for (int i = 0; i < 3; i++)
        if (max > 0 && levels[i] > *alerted && count * 100 >= levels[i] * max) {
            *alerted = levels[i];
            m->alerts[tenant]++;
            return;
        }
}

static struct shown *model_shown(struct model *m, const struct question *q, bool make)
{
    int64_t start = window_start(HOUR, q->latest);
    for (int i = 0; i < m->shown_count; i++) {
        struct shown *s = &m->shown[i];
        if (s->tenant == q->tenant && s->user == q->user && s->start_us == start && strcmp(s->endpoint, q->endpoint) == 0)
            return s;
    }
    if (!make)
        return NULL;
    struct shown *s = &m->shown[m->shown_count++];
    *s = (struct shown){ .tenant = q->tenant, .user = q->user, .start_us = start };
    strcpy(s->endpoint, q->endpoint);
    return s;
}

static void model_count(struct model *m, const struct question *q)
{
    int policy = model_policy(m, q), config = model_config(m, q);
    for (int w = 0; policy >= 0 && w < WINDOWS; w++) {
        put_entry(m, OF_POLICY, q, policy, w, q->cost);
        alert(m, policy, q->tenant, w, calendar_sum(m, OF_POLICY, q->tenant, policy, w, q->latest),
              policy_max(&m->policies[policy], q->tenant, w), window_start(w, q->latest));
    }
    if (config >= 0) {
        keep_state(m, config, q);
        put_entry(m, OF_CONFIG, q, config, 0, q->cost);
    }
    if (config >= 0 && m->configs[config].quota != NO_LIMIT)
        put_entry(m, OF_MONTH, q, q->resource, MONTH, q->cost);
    model_shown(m, q, true)->count += q->cost;
}

static void model_refuse(struct model *m, const struct question *q)
{
    int config = model_config(m, q);
    m->refused[q->tenant]++;
    if (config >= 0 && m->configs[config].quota != NO_LIMIT)
        m->limited[q->tenant][q->resource]++;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* From the newest entries, as far as they are there; either bound on its own. */
static void sliding_refund(struct model *m, int number, const struct question *q)
{
    int64_t least = q->cost, most = q->cost;
    keep_state(m, number, q);
    for (int i = m->entry_count - 1; i >= 0; i--) {
        struct entry *e = &m->entries[i];
        if (e->of != OF_CONFIG || e->number != number)
            continue;
        int64_t from_least = smaller(e->least, least), from_most = smaller(e->most, most);
        e->least -= from_least;
        e->most -= from_most;
        least -= from_least;
        most -= from_most;
    }
}

static void model_refund(struct model *m, const struct question *q)
{
    int policy = model_policy(m, q), config = model_config(m, q);
    struct shown *shown = model_shown(m, q, false);
    for (int w = 0; policy >= 0 && w < WINDOWS; w++)
        put_entry(m, OF_POLICY, q, policy, w, -smaller(q->cost, calendar_sum(m, OF_POLICY, q->tenant, policy, w, q->latest)));
    if (config >= 0)
        sliding_refund(m, config, q);
    if (config >= 0 && m->configs[config].quota != NO_LIMIT)
        put_entry(m, OF_MONTH, q, q->resource, MONTH, -smaller(q->cost, calendar_sum(m, OF_MONTH, q->tenant, q->resource, MONTH, q->latest)));
    if (shown != NULL)
        shown->count -= smaller(q->cost, shown->count);
}

#endif
