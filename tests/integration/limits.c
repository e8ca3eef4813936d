/* Rate limits through the client, against a running server, held against a plain model (limit_model.h): random sequences of
 * checks of all modes and costs, refunds, explanations and transactions by members, super admins and the service of two tenants, while
 * policies, overrides and configurations change between them. The model must agree on what is allowed, which limit decides
 * and what remains; the tables must show what it has counted. A refusal leaves every counter as it was.
 *
 *      LIMITS_SEED=7 ROWHOUSED=build/release/rowhoused build/release/tests/integration/limits */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rowhouse/rowhouse.h>

#include "differential/random.h"
#include "integration/limit_model.h"
#include "lib/rowhoused.h"

#define SEQUENCES 10
#define CALLS 1000
#define USERS 3                     /* of each tenant */
#define TXN_MAX 3

static const char *const roles[USERS] = { "user", "manager", "super_admin" };
static const char *const endpoints[] = { "/list-contacts", "/generate-text", "/generate-image", "/create-google-event", "/send-email",
                                         "/send-email-bulk", "/superadmin-report", "nowhere" };
static const char *const patterns[] = { "/generate-t%", "/send-email", "/%-contacts", "/list-%", "/_enerate-%", "/%", "nowhere", "%" };
#define ENDPOINTS (sizeof endpoints / sizeof *endpoints)
#define PATTERNS (sizeof patterns / sizeof *patterns)

/* Everything a sequence needs; one sequence a time. */
static struct {
    uint64_t seed;
    struct random random;
    int sequence, step;
    struct rowhoused *server;
    struct rh *service, *members[2][USERS];
    struct rh_uuid organizations[2], users[2][USERS];
    int64_t contacts[2];
    struct model model, before;
} t;

#define CHECK(condition, format, ...) \
    cr_assert(condition, "SEED=%" PRIu64 " sequence %d, step %d: " format, t.seed, t.sequence, t.step, __VA_ARGS__)

static void need(struct rh *db, int outcome, const char *what)
{
    CHECK(outcome == RH_OK, "%s: %s %s %s", what, rh_sqlstate(db), rh_message(db), rh_detail(db));
}

static int below(int bound)
{
    return random_below(&t.random, bound);
}

static bool text_is(struct rh_cell cell, const char *text)
{
    size_t size = 0;
    const char *data = rh_text(cell, &size);
    return data != NULL && size == strlen(text) && memcmp(data, text, size) == 0;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* No call may begin in one hour and end in the next: which of the two it counts in could not be told. */
static void avoid_the_hour(void)
{
    int64_t left_us = window_end(HOUR, now_us()) - now_us();
    if (left_us < 1000000)
        usleep((useconds_t)left_us + 1000);
}

/* --- People and the rows that decide --- */

static struct rh_uuid numbered(char kind, int number)
{
    char text[37];
    struct rh_uuid id;
    snprintf(text, sizeof text, "%c%07x-0000-4000-8000-%012d", kind, t.sequence, number);
    cr_assert(rh_uuid_parse(text, &id));
    return id;
}

static void make_tenant(int tenant)
{
    t.organizations[tenant] = numbered('a', tenant);
    need(t.service, rh_insert(t.service, "organizations", NULL, "{s:u s:s}", "id", &t.organizations[tenant], "name", "Tenant"), "a tenant");
    for (int i = 0; i < USERS; i++) {
        struct rh_reply *reply = NULL;
        size_t size;
        struct rh_uuid *user = &t.users[tenant][i];
        *user = numbered('b', tenant * USERS + i);
        need(t.service, rh_txn(t.service, NULL, "[[s s {s:u}] [s s {s:u s:u s:s}]]", "insert", "auth.users", "id", user, "insert", "profiles",
                               "id", user, "organization_id", &t.organizations[tenant], "role", roles[i]), "a user");
        need(t.service, rh_call(t.service, "issue_token", &reply, "{s:u s:i}", "user_id", user, "ttl_seconds", 86400), "a token");
        const char *text = rh_text(rh_member(rh_result(reply), "token"), &size);
        char *token = strndup(text, size);
        struct rh *db = t.members[tenant][i] = rh_open(rowhoused_address(t.server), NULL);
        need(db, rh_connect(db), "connecting");
        need(db, rh_authenticate(db, token), "signing in");
        free(token);
        rh_reply_free(reply);
    }
}

/* The policies that are active already: the schema's. */
static void load_policies(void)
{
    static const char *const columns[] = { "max_requests_per_hour", "max_requests_per_day", "max_requests_per_month" };
    struct rh_reply *reply = NULL;
    need(t.service, rh_scan(t.service, "quota_policies", &reply, "{s:[s s b] s:[s s s s s s]}", "where", "=", "is_active", 1, "columns", "policy_name",
                            "endpoint_pattern", "applies_to_role", columns[0], columns[1], columns[2]), "policies");
    for (size_t i = 0; i < rh_count(rh_rows(reply)); i++) {
        struct rh_cell row = rh_at(rh_rows(reply), i);
        struct policy *p = &t.model.policies[t.model.policy_count++];
        char *fields[] = { p->name, p->pattern, p->role };
        *p = (struct policy){ .active = true };
        for (size_t f = 0; f < 3; f++) {
            size_t size = 0;
            const char *text = rh_text(rh_at(row, f), &size);
            if (text != NULL)
                snprintf(fields[f], NAME_SIZE, "%.*s", (int)size, text);
        }
        for (size_t w = 0; w < WINDOWS; w++)
            p->max[w] = rh_int(rh_at(row, 3 + w));
    }
    rh_reply_free(reply);
}

/* --- Changes by the service --- */

static int64_t around(int64_t count, int less, int more)
{
    int64_t max = count - less + below(less + more + 1);
    return max < 0 ? 0 : max;
}

static int64_t counted(int policy, int tenant, int window)
{
    return calendar_sum(&t.model, OF_POLICY, tenant, policy, window, now_us());
}

static void add_policy(void)
{
    struct model *m = &t.model;
    if (m->policy_count == POLICIES_MAX)
        return;
    struct policy *p = &m->policies[m->policy_count++];
    *p = (struct policy){ .active = true, .max = { 5 + below(100), 20 + below(200), 50 + below(1000) } };
    snprintf(p->name, sizeof p->name, "test-%d-%d-%d", below(10), t.sequence, m->policy_count);
    snprintf(p->pattern, sizeof p->pattern, "%s", patterns[below(PATTERNS)]);
    snprintf(p->role, sizeof p->role, "%s", below(2) == 0 ? "" : roles[below(USERS)]);
    need(t.service, rh_insert(t.service, "quota_policies", NULL, "{s:s s:s s:s? s:I s:I s:I}", "policy_name", p->name, "endpoint_pattern", p->pattern,
                              "applies_to_role", p->role[0] == '\0' ? NULL : p->role, "max_requests_per_hour", p->max[HOUR], "max_requests_per_day",
                              p->max[DAY], "max_requests_per_month", p->max[MONTH]), "a policy");
}

static void change_policy(void)
{
    int number = below(t.model.policy_count), tenant = below(2);
    struct policy *p = &t.model.policies[number];
    for (int w = 0; w < WINDOWS; w++)
        p->max[w] = below(3) == 0 ? around(counted(number, tenant, w), 3, 30) : p->max[w];
    p->active = below(8) != 0;
    need(t.service, rh_request(t.service, NULL, "update", "[s {s:[s s s]} {s:I s:I s:I s:b}]", "quota_policies", "where", "=", "policy_name", p->name,
                               "max_requests_per_hour", p->max[HOUR], "max_requests_per_day", p->max[DAY], "max_requests_per_month", p->max[MONTH],
                               "is_active", (int)p->active), "changing a policy");
}

static struct rh_packed *maximum(int64_t max)
{
    return max == NO_LIMIT ? rh_pack("n") : rh_pack("I", max);
}

static void change_override(void)
{
    static const char *const expiries[] = { NULL, "2001-01-01 00:00:00+00", "2100-01-01 00:00:00+00" };
    int number = below(t.model.policy_count), tenant = below(2), expiry = below(3);
    struct policy *p = &t.model.policies[number];
    struct override *o = &p->overrides[tenant];
    struct rh_reply *reply = NULL;
    struct rh_uuid policy;
    need(t.service, rh_scan(t.service, "quota_policies", &reply, "{s:[s s s] s:[s]}", "where", "=", "policy_name", p->name, "columns", "id"), "a policy");
    cr_assert(rh_uuid(rh_at(rh_at(rh_rows(reply), 0), 0), &policy));
    rh_reply_free(reply);
    if (o->there && below(4) == 0) {
        o->there = false;
        need(t.service, rh_request(t.service, NULL, "delete", "[s {s:[s s u]} {s:u}]", "organization_quota_overrides", "where", "=", "policy_id",
                                   &policy, "organization", &t.organizations[tenant]), "deleting an override");
        return;
    }
    *o = (struct override){ .there = true, .expired = expiry == 1 };
    struct rh_packed *max[WINDOWS];
    for (int w = 0; w < WINDOWS; w++) {
        o->max[w] = below(2) == 0 ? NO_LIMIT : around(counted(number, tenant, w), 3, 30);
        max[w] = maximum(o->max[w]);
    }
    need(t.service, rh_request(t.service, NULL, "upsert", "[s {s:u s:u s:o s:o s:o s:s?} {s:[s s]}]", "organization_quota_overrides", "organization_id",
                               &t.organizations[tenant], "policy_id", &policy, "max_requests_per_hour", max[HOUR], "max_requests_per_day", max[DAY],
                               "max_requests_per_month", max[MONTH], "expires_at", expiries[expiry], "conflict", "organization_id", "policy_id"),
         "an override");
    for (int w = 0; w < WINDOWS; w++)
        rh_packed_free(max[w]);
}

static bool taken(const struct config *c)
{
    for (int i = 0; i < CONFIGS_MAX; i++) {
        const struct config *other = &t.model.configs[i];
        if (other != c && other->there && other->tenant == c->tenant && strcmp(other->resource, c->resource) == 0 && c->pattern[0] != '\0' &&
            strcmp(other->pattern, c->pattern) == 0)
            return true;
    }
    return false;
}

static void change_config(void)
{
    static const int64_t seconds[] = { 1, 2, 3600, 100000 };
    int number = below(CONFIGS_MAX);
    struct config *c = &t.model.configs[number];
    struct rh_uuid id = numbered('c', number);
    c->tenant = number % 2;
    if (c->there && below(5) == 0) {
        c->there = false;
        need(t.service, rh_request(t.service, NULL, "delete", "[s u]", "rate_limit_config", &id), "deleting a configuration");
        return;
    }
    if (!c->there) {
        strcpy(c->resource, resources[below(3)]);
        strcpy(c->pattern, below(2) == 0 ? "" : patterns[below(PATTERNS)]);
        if (taken(c))
            return;
        c->there = true;
    }
    struct question now = { .tenant = c->tenant, .earliest = now_us(), .latest = now_us() };
    int resource = strcmp(c->resource, "api") == 0 ? 0 : strcmp(c->resource, "email") == 0 ? 1 : 2;
    c->window_us = seconds[below(4)] * 1000000;
    c->max = around(sliding_sum(&t.model, number, &now).most, 3, 20);
    c->quota = below(2) == 0 ? NO_LIMIT : around(calendar_sum(&t.model, OF_MONTH, c->tenant, resource, MONTH, now.latest), 3, 40);
    c->enabled = below(6) != 0;
    struct rh_packed *quota = maximum(c->quota);
    int nothing = rh_request(t.service, NULL, "insert", "[s {s:u s:s s:I}]", "rate_limit_config", "organization_id", &t.organizations[c->tenant],
                             "resource_type", c->resource, "window_seconds", (int64_t)-below(2));
    CHECK(nothing == RH_REFUSED && strcmp(rh_sqlstate(t.service), "23514") == 0, "a window of nothing: %s", rh_sqlstate(t.service));
    need(t.service, rh_request(t.service, NULL, "upsert", "[s {s:u s:u s:s s:s? s:I s:I s:o s:b}]", "rate_limit_config", "id", &id, "organization_id",
                               &t.organizations[c->tenant], "resource_type", c->resource, "endpoint_pattern", c->pattern[0] == '\0' ? NULL : c->pattern,
                               "max_requests", c->max, "window_seconds", c->window_us / 1000000, "quota_monthly", quota, "enabled", (int)c->enabled),
         "a configuration");
    rh_packed_free(quota);
}

static void change_something(void)
{
    static void (*const changes[])(void) = { add_policy, change_policy, change_policy, change_override, change_override, change_config, change_config };
    changes[below(sizeof changes / sizeof *changes)]();
}

/* --- Questions --- */

/* Who asks about whom, and what; the parameters that say so. */
static struct rh *make_question(struct question *q, struct rh_packed **ret)
{
    int tenant = below(2), user = below(USERS), of = tenant;
    bool service = below(4) == 0, names_user = below(4) == 0;
    struct rh *db = service ? t.service : t.members[tenant][user];
    if (!service && user == 2 && below(3) == 0)
        of = 1 - tenant;            /* a super admin, in the other house */
    if (names_user && (service || user == 2))       /* a member's calls are about himself */
        user = below(USERS);
    *q = (struct question){ .tenant = of, .user = tenant * USERS + user, .role = roles[user], .endpoint = endpoints[below(ENDPOINTS)],
                            .resource = below(3), .cost = below(3) == 0 ? 1 + below(8) : 1 };
    if (service && !names_user) {
        q->user = -1;
        q->role = "";
    }
    /* Whose profile is in another house is nobody there: his own role holds when it is he who asks. */
    if (names_user && of != tenant && db != t.members[tenant][user])
        q->role = service ? "" : roles[2];
    struct rh_packed *map = *ret = rh_packed_new('{');
    bool ok = rh_packed_add(map, "s:s", "endpoint", q->endpoint) == RH_OK;
    if (service || of != tenant || below(2) == 0)
        ok = ok && rh_packed_add(map, "s:u", "organization_id", &t.organizations[of]) == RH_OK;
    if (names_user)
        ok = ok && rh_packed_add(map, "s:u", "user_id", &t.users[tenant][user]) == RH_OK;
    if (q->resource != 0 || below(2) == 0)
        ok = ok && rh_packed_add(map, "s:s", "resource_type", resources[q->resource]) == RH_OK;
    if (q->cost != 1 || below(2) == 0)
        ok = ok && rh_packed_add(map, "s:I", "cost", q->cost) == RH_OK;
    cr_assert(ok);
    return db;
}

static bool may_allow(const struct answer *a, int64_t cost)
{
    return a->used.least + cost <= a->max;
}

static bool must_allow(const struct answer *a, int64_t cost)
{
    return a->used.most + cost <= a->max;
}

/* One limit of a reply against the model's. */
static void judge_limit(const struct answer *a, const struct question *q, struct rh_cell limit, bool allowed)
{
    int64_t remaining = rh_int(rh_member(limit, "remaining"));
    struct rh_cell retry = rh_member(limit, "retry_after_ms");
    CHECK(text_is(rh_member(limit, "decided_by"), a->source) && text_is(rh_member(limit, "window"), a->window) && text_is(rh_member(limit, "name"), a->name),
          "%s %s %s", a->source, a->name, a->window);
    CHECK(rh_int(rh_member(limit, "limit")) == a->max, "%s %s: limit %" PRId64 ", not %" PRId64, a->name, a->window, rh_int(rh_member(limit, "limit")), a->max);
    int64_t least = a->max - a->used.most - q->taken, most = a->max - a->used.least - q->taken;
    CHECK(remaining >= (least < 0 ? 0 : least) && remaining <= (most < 0 ? 0 : most), "%s %s: %" PRId64 " remain, not %" PRId64 " to %" PRId64, a->name,
          a->window, remaining, least, most);
    if (allowed) {
        CHECK(may_allow(a, q->cost), "%s %s allowed at %" PRId64 " of %" PRId64, a->name, a->window, a->used.least, a->max);
        CHECK(rh_is_null(retry), "%s", "an allowed request has nothing to wait for");
        return;
    }
    CHECK(!must_allow(a, q->cost), "%s %s refused at %" PRId64 " of %" PRId64, a->name, a->window, a->used.most, a->max);
    CHECK(rh_is_null(retry) == (a->retry.least == FOREVER), "%s %s: when to try again", a->name, a->window);
    if (rh_is_null(retry))
        return;
    CHECK(rh_int(retry) >= (a->retry.least - q->latest) / 1000 && rh_int(retry) <= (a->retry.most - q->earliest + 999) / 1000,
          "%s %s: again in %" PRId64 " ms, not %" PRId64 " to %" PRId64, a->name, a->window, rh_int(retry), (a->retry.least - q->latest) / 1000,
          (a->retry.most - q->earliest + 999) / 1000);
}

/* The limit that a reply tells of is the tightest, or the one that refuses longest; the first of equals. */
static void judge_decisive(const struct answer *answers, int count, const struct question *q, struct rh_cell reply, bool allowed)
{
    int told = -1;
    for (int i = 0; i < count; i++)
        if (text_is(rh_member(reply, "decided_by"), answers[i].source) && text_is(rh_member(reply, "window"), answers[i].window))
            told = i;
    CHECK((told >= 0) == (count > 0), "%d limits apply", count);
    if (told < 0)
        return;
    judge_limit(&answers[told], q, reply, allowed);
    int64_t remaining = rh_int(rh_member(reply, "remaining"));
    for (int i = 0; i < count; i++) {
        const struct answer *a = &answers[i];
        int64_t most = a->max - a->used.least - q->taken;
        if (i == told)
            continue;
        if (allowed) {
            CHECK(may_allow(a, q->cost), "allowed against %s %s", a->name, a->window);
            CHECK(remaining < most || (remaining == most && told < i) || (remaining == most && a->used.least != a->used.most),
                  "%s %s is tighter", a->name, a->window);
        } else if (!may_allow(a, q->cost)) {
            bool tie = a->retry.least == a->retry.most && answers[told].retry.least == answers[told].retry.most && a->retry.least == answers[told].retry.least;
            CHECK(answers[told].retry.most >= a->retry.least && !(tie && i < told), "%s %s refuses longer than %s %s", a->name, a->window,
                  answers[told].name, answers[told].window);
        }
    }
}

/* Whether the answers allow it, for the model: what is open is as the server says. */
static void judge_check(const struct question *q, struct rh_cell reply, bool allowed)
{
    struct answer answers[5];
    int count = model_ask(&t.model, q, answers);
    bool must = true;
    for (int i = 0; i < count; i++)
        must = must && must_allow(&answers[i], q->cost);
    CHECK(allowed || !must, "%s is refused, and every limit allows it", q->endpoint);
    judge_decisive(answers, count, q, reply, allowed);
}

/* --- The tables --- */

static int64_t count_rows(const char *table, int tenant, struct rh_packed *where)
{
    struct rh_reply *reply = NULL;
    need(t.service, rh_request(t.service, &reply, "count", "[s {s:u s:o}]", table, "organization", &t.organizations[tenant], "where", where), table);
    int64_t count = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return count;
}

static void judge_rows(int tenant)
{
    struct rh_packed *refused = rh_pack("[s [s s b] [s s i]]", "and", "=", "rate_limited", 1, "=", "response_status", 429), *all = rh_pack("n");
    int64_t tracked = count_rows("rate_limit_tracking", tenant, refused), every = count_rows("rate_limit_tracking", tenant, all);
    int64_t alerts = count_rows("quota_alerts", tenant, all), contacts = count_rows("contacts", tenant, all);
    CHECK(tracked == t.model.refused[tenant] && every == tracked, "%" PRId64 " refusals tracked, not %" PRId64, every, t.model.refused[tenant]);
    CHECK(alerts == t.model.alerts[tenant], "%" PRId64 " alerts, not %" PRId64, alerts, t.model.alerts[tenant]);
    CHECK(contacts == t.contacts[tenant], "%" PRId64 " contacts, not %" PRId64, contacts, t.contacts[tenant]);
    rh_packed_free(refused);
    rh_packed_free(all);
    struct rh_packed *beyond = rh_pack("[s s s]", ">", "percentage_used", "999.99");
    CHECK(count_rows("quota_alerts", tenant, beyond) == 0, "%s", "a percentage beyond numeric(5,2)");
    rh_packed_free(beyond);
}

static void judge_shown(int tenant)
{
    struct rh_reply *reply = NULL;
    int64_t rows = 0;
    need(t.service, rh_scan(t.service, "api_rate_limits", &reply, "{s:u s:i s:[s s s s]}", "organization", &t.organizations[tenant], "limit", 1000, "columns",
                            "user_id", "endpoint", "window_start", "request_count"), "api_rate_limits");
    for (int i = 0; i < t.model.shown_count; i++) {
        const struct shown *s = &t.model.shown[i];
        bool found = false;
        for (size_t r = 0; s->tenant == tenant && r < rh_count(rh_rows(reply)); r++) {
            struct rh_cell row = rh_at(rh_rows(reply), r);
            struct rh_uuid user;
            bool same_user = rh_uuid(rh_at(row, 0), &user) ? s->user >= 0 && memcmp(&user, &t.users[s->user / USERS][s->user % USERS], sizeof user) == 0 : s->user < 0;
            if (!same_user || !text_is(rh_at(row, 1), s->endpoint) || rh_time_us(rh_at(row, 2)) != s->start_us)
                continue;
            found = true;
            CHECK(rh_int(rh_at(row, 3)) == s->count, "api_rate_limits shows %" PRId64 " of %s, not %" PRId64, rh_int(rh_at(row, 3)), s->endpoint, s->count);
        }
        CHECK(s->tenant != tenant || found, "api_rate_limits does not show %s", s->endpoint);
        rows += s->tenant == tenant;
    }
    CHECK((int64_t)rh_count(rh_rows(reply)) == rows, "api_rate_limits has %zu rows, not %" PRId64, rh_count(rh_rows(reply)), rows);
    rh_reply_free(reply);
}

static void judge_month(int tenant)
{
    for (int resource = 0; resource < 3; resource++) {
        struct rh_reply *reply = NULL;
        int64_t want = calendar_sum(&t.model, OF_MONTH, tenant, resource, MONTH, now_us()), wanted = t.model.limited[tenant][resource];
        need(t.service, rh_scan(t.service, "rate_limit_quota_usage", &reply, "{s:u s:[s s s] s:[s s]}", "organization", &t.organizations[tenant], "where", "=",
                                "resource_type", resources[resource], "columns", "request_count", "rate_limited_count"), "rate_limit_quota_usage");
        struct rh_cell row = rh_at(rh_rows(reply), 0);
        CHECK(rh_count(rh_rows(reply)) <= 1 && rh_int(rh_at(row, 0)) == want && rh_int(rh_at(row, 1)) == wanted,
              "the month of %s shows %" PRId64 " and %" PRId64 ", not %" PRId64 " and %" PRId64, resources[resource], rh_int(rh_at(row, 0)),
              rh_int(rh_at(row, 1)), want, wanted);
        rh_reply_free(reply);
    }
}

static void judge_tables(void)
{
    for (int tenant = 0; tenant < 2; tenant++) {
        judge_rows(tenant);
        judge_shown(tenant);
        judge_month(tenant);
    }
}

/* --- Steps --- */

static void call(struct rh *db, const char *function, struct question *q, const struct rh_packed *parameters, struct rh_reply **ret)
{
    q->earliest = now_us();
    int outcome = rh_call(db, function, ret, "o", parameters);
    q->latest = now_us();
    need(db, outcome, function);
}

static void check_once(void)
{
    static const char *const modes[] = { "enforce", "peek", "shadow" };
    struct question q;
    struct rh_packed *parameters;
    struct rh_reply *reply = NULL;
    struct rh *db = make_question(&q, &parameters);
    int mode = below(8);
    mode = mode < 6 ? 0 : mode - 5;
    if (mode == 2 && below(20) == 0) {
        rh_packed_free(parameters);             /* far over every limit; a member of the house, about himself */
        db = t.members[q.tenant][0];
        q = (struct question){ .tenant = q.tenant, .user = q.tenant * USERS, .role = roles[0], .endpoint = q.endpoint, .cost = 100000 };
        parameters = rh_pack("{s:s s:I s:s}", "endpoint", q.endpoint, "cost", q.cost, "mode", "shadow");
    } else if (mode != 0 || below(2) == 0) {
        cr_assert(rh_packed_add(parameters, "s:s", "mode", modes[mode]) == RH_OK);
    }
    call(db, "check_rate_limit", &q, parameters, &reply);
    bool said = rh_bool(rh_member(rh_result(reply), "allowed"));
    bool allowed = mode == 2 ? rh_bool(rh_member(rh_result(reply), "would_allow")) : said;
    CHECK(mode != 2 || said, "%s", "a shadow refuses nothing");
    q.taken = allowed || mode == 2 ? q.cost : 0;
    judge_check(&q, rh_result(reply), allowed);
    if (mode != 1 && (allowed || mode == 2))
        model_count(&t.model, &q);
    else if (mode != 1)
        model_refuse(&t.model, &q);
    rh_reply_free(reply);
    rh_packed_free(parameters);
    if (mode == 0 && !allowed && below(10) == 0)
        judge_tables();
}

/* Only the service and super admins take back; members who try change nothing. */
static void refund_once(void)
{
    struct question q;
    struct rh_packed *parameters;
    struct rh *db = make_question(&q, &parameters);
    if (db == t.service || db == t.members[0][2] || db == t.members[1][2]) {
        call(db, "refund_rate_limit", &q, parameters, NULL);
        model_refund(&t.model, &q);
    } else {
        int outcome = rh_call(db, "refund_rate_limit", NULL, "o", parameters);
        CHECK(outcome == RH_REFUSED && strcmp(rh_sqlstate(db), "42501") == 0, "%s", rh_sqlstate(db));
    }
    rh_packed_free(parameters);
}

static void explain_once(void)
{
    struct question q;
    struct rh_packed *parameters;
    struct rh_reply *reply = NULL;
    struct answer answers[5];
    struct rh *db = make_question(&q, &parameters);
    call(db, "explain_rate_limit", &q, parameters, &reply);
    struct rh_cell limits = rh_member(rh_result(reply), "limits");
    int count = model_ask(&t.model, &q, answers);
    bool all = true;
    CHECK((int)rh_count(limits) == count, "%zu limits apply, not %d", rh_count(limits), count);
    CHECK(text_is(rh_member(rh_result(reply), "role"), q.role), "not the role %s", q.role);
    for (int i = 0; i < count; i++)
        all = all && rh_bool(rh_member(rh_at(limits, (size_t)i), "allowed"));
    q.taken = all ? q.cost : 0;
    for (int i = 0; i < count; i++) {
        struct rh_cell limit = rh_at(limits, (size_t)i);
        judge_limit(&answers[i], &q, limit, rh_bool(rh_member(limit, "allowed")));
    }
    CHECK(rh_bool(rh_member(rh_result(reply), "allowed")) == all, "%s", "allowed by all, or not");
    rh_reply_free(reply);
    rh_packed_free(parameters);
}

/* A record and some checks in one commit: a refusal takes everything back, its own traces included. */
static void transact_once(void)
{
    int tenant = below(2), count = 1 + below(TXN_MAX), refused_at = count + 2, of = 0;
    struct question questions[TXN_MAX];
    struct rh *db = t.members[tenant][0];
    struct rh_packed *operations = rh_packed_new('[');
    cr_assert(rh_packed_add(operations, "[s s {s:u s:s}]", "insert", "contacts", "organization_id", &t.organizations[tenant], "name", "Ada") == RH_OK);
    for (int i = 0; i < count; i++) {
        questions[i] = (struct question){ .tenant = tenant, .user = tenant * USERS, .role = roles[0], .endpoint = endpoints[below(ENDPOINTS)],
                                          .resource = below(3), .cost = 1 + below(3) };
        cr_assert(rh_packed_add(operations, "[s s {s:s s:s s:I}]", "call", "check_rate_limit", "endpoint", questions[i].endpoint, "resource_type",
                                resources[questions[i].resource], "cost", questions[i].cost) == RH_OK);
    }
    int64_t earliest = now_us();
    int outcome = rh_txn(db, NULL, "o", operations);
    int64_t latest = now_us();
    CHECK(outcome == RH_OK || (outcome == RH_REFUSED && strcmp(rh_sqlstate(db), "RH001") == 0 && sscanf(rh_detail(db), "operation %d of %d", &refused_at, &of) == 2),
          "%s %s", rh_sqlstate(db), rh_message(db));
    t.before = t.model;
    for (int i = 0; i < count && i + 2 <= refused_at; i++) {
        struct answer answers[5];
        bool may = true, must = true;
        questions[i].earliest = earliest;
        questions[i].latest = latest;
        for (int n = model_ask(&t.model, &questions[i], answers) - 1; n >= 0; n--) {
            may = may && may_allow(&answers[n], questions[i].cost);
            must = must && must_allow(&answers[n], questions[i].cost);
        }
        CHECK(i + 2 == refused_at ? !must : may, "operation %d of a transaction, refused at %d", i + 2, refused_at);
        model_count(&t.model, &questions[i]);
    }
    if (outcome != RH_OK)
        t.model = t.before;
    t.contacts[tenant] += outcome == RH_OK;
    rh_packed_free(operations);
    if (outcome != RH_OK && below(5) == 0)
        judge_tables();
}

/* A member of one house asks about the other, and learns and changes nothing. */
static void trespass_once(void)
{
    struct rh *db = t.members[0][below(2)];
    int outcome = rh_call(db, "check_rate_limit", NULL, "{s:s s:u}", "endpoint", "/list-contacts", "organization_id", &t.organizations[1]);
    CHECK(outcome == RH_REFUSED && strcmp(rh_sqlstate(db), "42501") == 0, "%s", rh_sqlstate(db));
}

static void step(void)
{
    int dice = below(100);
    avoid_the_hour();
    if (dice < 60)
        check_once();
    else if (dice < 70)
        refund_once();
    else if (dice < 80)
        explain_once();
    else if (dice < 87)
        transact_once();
    else if (dice < 88)
        trespass_once();
    else
        change_something();
    if (below(200) == 0)
        usleep((useconds_t)(50000 + below(350000)));
}

static void run_sequence(int number)
{
    memset(&t.model, 0, sizeof t.model);
    memset(t.contacts, 0, sizeof t.contacts);
    t.sequence = number;
    make_tenant(0);
    make_tenant(1);
    load_policies();
    for (t.step = 0; t.step < CALLS; t.step++) {
        step();
        if (t.step % 100 == 99)
            judge_tables();
    }
    need(t.service, rh_request(t.service, NULL, "update", "[s {s:[s s s]} {s:b}]", "quota_policies", "where", "like", "policy_name", "test-%", "is_active", 0),
         "retiring policies");
    need(t.service, rh_request(t.service, NULL, "update", "[s {s:[s [s s s]]} {s:b}]", "quota_policies", "where", "not", "like", "policy_name", "test-%",
                               "is_active", 1), "the schema's policies again");
    for (int i = 0; i < 2 * USERS; i++)
        rh_close(t.members[i / USERS][i % USERS]);
}

Test(limits, agree_with_the_model)
{
    const char *seed = getenv("LIMITS_SEED"), *program = getenv("ROWHOUSED");
    struct rh_reply *reply = NULL;
    t.seed = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)now_us();
    t.random.state = t.seed;
    fprintf(stderr, "LIMITS_SEED=%" PRIu64 "\n", t.seed);
    t.server = rowhoused_start(program != NULL ? program : "build/release/rowhoused", "schema/migrations");
    t.service = rh_open(rowhoused_address(t.server), NULL);
    need(t.service, rh_connect(t.service), "connecting");
    need(t.service, rh_authenticate(t.service, rowhoused_service_key(t.server)), "signing in");
    for (int i = 0; i < SEQUENCES; i++)
        run_sequence(i);
    need(t.service, rh_request(t.service, &reply, "verify", "[]"), "verify");
    CHECK(rh_int(rh_member(rh_result(reply), "count")) == 0, "%s", "verify finds something");
    rh_reply_free(reply);
    rh_close(t.service);
    rowhoused_stop(t.server);
}
