#include "native/limits/usage.h"

#include "base/hash.h"
#include "base/limits.h"
#include "native/draft.h"
#include "native/expiry.h"
#include "native/limits/histogram.h"
#include "native/limits/limit_rule.h"
#include "native/rows.h"
#include "value/numeric.h"
#include "value/time.h"

#define FORGET_MAX 256              /* histograms that one step forgets in a house */

#define HUNDREDTHS_MAX 9999999999   /* of numeric(10,2) */

/* --- record_api_usage --- */

/* RELATION_RATE_WINDOWS of the organization's house: 'H', day u32 BE, XXH3-128 of user and endpoint -> a histogram of hundredths
 * of a millisecond. A day that is over needs it no longer: its row keeps what is told from it. */

static void histogram_key(struct key *key, uint32_t house, int32_t day)
{
    key_start(key, house, RELATION_RATE_WINDOWS);
    key_bytes(key, "H", 1);
    key_u32(key, (uint32_t)day);
}

static void add_whose(struct key *key, const struct value *user, struct slice endpoint)
{
    uint8_t hash[16];
    struct buf whose = { 0 };
    if (!value_is_null(user))
        buf_append(&whose, user->uuid.bytes, sizeof user->uuid.bytes);
    buf_append_byte(&whose, '/');
    buf_append_slice(&whose, endpoint);
    hash128(buf_slice(&whose), hash);
    key_bytes(key, hash, sizeof hash);
    buf_done(&whose);
}

/* Sets a column to `hundredths` of a millisecond divided by `count`. */
static int set_time(struct draft *draft, const char *column, int64_t hundredths, int64_t count)
{
    struct request *rq = draft->rq;
    struct value told = numeric_from_int(hundredths, rq->arena), divisor = numeric_from_int(100 * count, rq->arena);
    if (numeric_operate('/', &told, &divisor, rq->arena, &told, rq->error) < 0 ||
        numeric_round(&told, 10, 2, rq->arena, &told, rq->error) < 0)
        return -1;
    draft_set(draft, column, told);
    return 0;
}

/* A response time in hundredths of a millisecond, from 0 to what the columns hold. */
static int hundredths_of(struct request *rq, const struct value *ms, int64_t *ret)
{
    struct value hundred = numeric_from_int(100, rq->arena), product;
    if (numeric_operate('*', ms, &hundred, rq->arena, &product, rq->error) < 0 || numeric_to_int(&product, ret, rq->error) < 0)
        return -1;
    if (*ret < 0 || *ret > HUNDREDTHS_MAX)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "\"response_time_ms\" is from 0 to 99999999.99");
    return 0;
}

/* Counts one more time in the histogram behind the draft of a day's row, and sets its mean and percentiles. */
static int count_time(struct draft *draft, uint32_t house, const struct value *user, const struct value *endpoint, const struct value *ms)
{
    struct request *rq = draft->rq;
    struct histogram *histogram = ARENA_NEW(rq->arena, struct histogram);
    struct key key;
    struct slice bytes;
    struct buf stored = { 0 };
    int64_t hundredths;
    if (hundredths_of(rq, ms, &hundredths) < 0)
        return -1;
    histogram_key(&key, house, (int32_t)(rq->now_us / US_PER_DAY));
    add_whose(&key, user, endpoint->bytes);
    int got = system_get(rq, &key, &bytes);
    if (got == 1 && !histogram_load(bytes, histogram))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a histogram of api_usage_statistics is damaged");
    if (got < 0)
        return -1;
    histogram_add(histogram, hundredths);
    histogram_store(histogram, &stored);
    int result = system_put(rq, &key, buf_slice(&stored));
    buf_done(&stored);
    if (result < 0 || set_time(draft, "average_response_time_ms", histogram->sum, histogram->count) < 0 ||
        set_time(draft, "p95_response_time_ms", histogram_percentile(histogram, 95), 1) < 0)
        return -1;
    return set_time(draft, "p99_response_time_ms", histogram_percentile(histogram, 99), 1);
}

int usage_name(struct request *rq, struct slice name)
{
    if (name.size <= ENDPOINT_SIZE_MAX)
        return 0;
    return fail(rq->error, SQLSTATE_STRING_TOO_LONG, "endpoints and resource types are at most %zu bytes long", ENDPOINT_SIZE_MAX);
}

int usage_forget(struct request *rq, uint32_t house, int *budget, int64_t *deleted)
{
    struct key low, high;
    struct cursor cursor;
    struct slice key;
    struct key old[FORGET_MAX];
    int count = 0, got = 0;
    histogram_key(&low, house, 0);
    histogram_key(&high, house, (int32_t)(rq->now_us / US_PER_DAY));
    if (cursor_open(rq->view, &low, &high, false, &cursor, rq->error) < 0)
        return -1;
    while (count < FORGET_MAX && count < *budget && (got = cursor_next(&cursor, &key, NULL, rq->error)) == 1) {
        memcpy(old[count].bytes, key.data, key.size);
        old[count++].size = key.size;
    }
    cursor_close(&cursor);
    *budget -= count;
    for (int i = 0; i < count && got >= 0; i++)
        if (system_put(rq, &old[i], slice_of(NULL, 0)) < 0)
            return -1;
    return got < 0 ? -1 : 0;
}

int usage_record(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    struct uuid organization;
    struct value user;
    uint32_t house;
    if (usage_name(rq, values[USAGE_ENDPOINT].bytes) < 0 || native_table_of(rq, REFERENCE_API_USAGE_STATISTICS, &table) < 0 ||
        native_house(rq, &values[USAGE_ORGANIZATION], &house, &organization) < 0 || native_self(rq, &values[USAGE_USER], &user) < 0)
        return -1;
    draft_start(&draft, rq, table);
    draft_set(&draft, "organization_id", value_uuid(organization));
    draft_set(&draft, "user_id", user);
    draft_set(&draft, "endpoint", values[USAGE_ENDPOINT]);
    draft_set(&draft, "date", (struct value){ .kind = VALUE_DATE, .date = (int32_t)(calendar_start_us(CALENDAR_DAY, rq->now_us) / US_PER_DAY) });
    int got = draft_find(&draft, REFERENCE_API_USAGE_STATISTICS, house, &row);
    if (got < 0)
        return -1;
    int64_t total = got == 1 ? found_int(table, &row, "total_requests", 0) : 0;
    const char *outcome = values[USAGE_SUCCESS].boolean ? "successful_requests" : "failed_requests";
    draft_set(&draft, "total_requests", value_int(count_shown(total + 1)));
    draft_set(&draft, outcome, value_int(count_shown((got == 1 ? found_int(table, &row, outcome, 0) : 0) + 1)));
    if (!value_is_null(&values[USAGE_RESPONSE_MS]) &&
        count_time(&draft, house, &user, &values[USAGE_ENDPOINT], &values[USAGE_RESPONSE_MS]) < 0)
        return -1;
    if ((got == 1 ? draft_update(&draft, &row, NULL) : draft_insert(&draft, house, NULL)) < 0)
        return -1;
    mp_put_map(out, 1);
    put_int(out, "total_requests", count_shown(total + 1));
    return 0;
}

/* --- get_quota_usage --- */

#define TOO_MANY "too many endpoints and users to list"

/* What one endpoint used. */
struct usage {
    struct slice endpoint;
    int64_t requests, users;
    int64_t recorded, failed;       /* by record_api_usage */
    int64_t timed;                  /* those of days that have a mean: its weight */
    struct value time_sum;          /* milliseconds, numeric */
    struct uuid *seen;              /* users */
    bool seen_nobody;               /* requests without a user count as one */
    struct usage *next;
};

static struct usage *usage_of(struct request *rq, struct usage **list, struct slice endpoint)
{
    struct usage **at = list;
    while (*at != NULL && slice_compare((*at)->endpoint, endpoint) < 0)
        at = &(*at)->next;
    if (*at != NULL && slice_equal((*at)->endpoint, endpoint))
        return *at;
    struct usage *usage = ARENA_NEW(rq->arena, struct usage);
    usage->endpoint = arena_copy(rq->arena, endpoint);
    usage->time_sum = numeric_from_int(0, rq->arena);
    usage->next = *at;
    *at = usage;
    return usage;
}

static void add_user(struct request *rq, struct usage *usage, const struct value *user)
{
    if (value_is_null(user)) {
        usage->users += !usage->seen_nobody;
        usage->seen_nobody = true;
        return;
    }
    int64_t known = usage->users - usage->seen_nobody;
    for (int64_t i = 0; i < known; i++)
        if (uuid_compare(&usage->seen[i], &user->uuid) == 0)
            return;
    if ((known & (known - 1)) == 0) {       /* grows at powers of two */
        struct uuid *grown = ARENA_ARRAY(rq->arena, struct uuid, known == 0 ? 1 : known * 2);
        if (known > 0)
            memcpy(grown, usage->seen, sizeof *grown * (size_t)known);
        usage->seen = grown;
    }
    usage->seen[known] = user->uuid;
    usage->users++;
}

/* The first day of which every window is still there. */
static int64_t windows_from_us(const struct request *rq)
{
    return calendar_end_us(CALENDAR_DAY, rq->now_us - RATE_WINDOWS_KEPT_DAYS * US_PER_DAY);
}

/* Requests by endpoint, from the windows that began in the period and are all there. */
static int read_windows(struct request *rq, uint32_t house, int64_t start_us, struct usage **list)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int got;
    int64_t from_us = start_us > windows_from_us(rq) ? start_us : windows_from_us(rq);
    if (native_table_of(rq, REFERENCE_API_RATE_LIMITS, &table) < 0 ||
        walk_start(&walk, rq, table->primary, house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        if (value_unix_us(found_column(table, &row, "window_start")) < from_us)
            continue;
        struct usage *usage = usage_of(rq, list, found_column(table, &row, "endpoint")->bytes);
        usage->requests += found_int(table, &row, "request_count", 0);
        add_user(rq, usage, found_column(table, &row, "user_id"));
        if (arena_over(rq->arena))
            return fail(rq->error, SQLSTATE_OUT_OF_MEMORY, TOO_MANY);
    }
    return got;
}

/* Times and failures by endpoint, from the daily statistics of the period; also the requests of days whose windows are gone. */
static int read_statistics(struct request *rq, uint32_t house, int64_t start_us, struct usage **list)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int got;
    if (native_table_of(rq, REFERENCE_API_USAGE_STATISTICS, &table) < 0 ||
        walk_start(&walk, rq, table->primary, house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        const struct value *mean = found_column(table, &row, "average_response_time_ms");
        int32_t day = found_column(table, &row, "date")->date;
        if (day < start_us / US_PER_DAY)
            continue;
        struct usage *usage = usage_of(rq, list, found_column(table, &row, "endpoint")->bytes);
        int64_t total = found_int(table, &row, "total_requests", 0);
        struct value count = numeric_from_int(total, rq->arena), sum;
        usage->recorded += total;
        usage->timed += value_is_null(mean) ? 0 : total;
        usage->failed += found_int(table, &row, "failed_requests", 0);
        if (day < windows_from_us(rq) / US_PER_DAY) {
            usage->requests += total;
            add_user(rq, usage, found_column(table, &row, "user_id"));
        }
        if (!value_is_null(mean) && (numeric_operate('*', mean, &count, rq->arena, &sum, rq->error) < 0 ||
                                     numeric_operate('+', &usage->time_sum, &sum, rq->arena, &usage->time_sum, rq->error) < 0))
            return -1;
        if (arena_over(rq->arena))
            return fail(rq->error, SQLSTATE_OUT_OF_MEMORY, TOO_MANY);
    }
    return got;
}

static int put_quotient(struct request *rq, const struct value *sum, int64_t count, int scale, struct buf *out)
{
    struct value divisor = numeric_from_int(count, rq->arena), quotient;
    if (count == 0) {
        mp_put_nil(out);
        return 0;
    }
    if (numeric_operate('/', sum, &divisor, rq->arena, &quotient, rq->error) < 0 ||
        numeric_round(&quotient, 0, scale, rq->arena, &quotient, rq->error) < 0)
        return -1;
    value_store(type_of(TYPE_NUMERIC), &quotient, out);
    return 0;
}

static int put_usage(struct request *rq, const struct usage *usage, struct buf *out)
{
    struct value failed = numeric_from_int(usage->failed, rq->arena);
    mp_put_map(out, 5);
    put_text(out, "endpoint", usage->endpoint);
    put_int(out, "request_count", usage->requests);
    put_int(out, "unique_users", usage->users);
    mp_put_string(out, "avg_response_time");
    if (put_quotient(rq, &usage->time_sum, usage->timed, 2, out) < 0)
        return -1;
    mp_put_string(out, "error_rate");
    return put_quotient(rq, &failed, usage->recorded, 4, out);
}

static int period_of(struct request *rq, const struct value *period, enum calendar *ret)
{
    *ret = CALENDAR_DAY;
    if (value_is_null(period))
        return 0;
    for (int i = 0; i < CALENDAR_COUNT; i++)
        if (slice_is(period->bytes, calendar_names[i])) {
            *ret = (enum calendar)i;
            return 0;
        }
    fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%.*s\" is not a period", SLICE_FMT(period->bytes));
    return fail_hint(rq->error, "periods are hour, day and month");
}

int usage_quota(struct request *rq, const struct value *values, struct buf *out)
{
    enum calendar period;
    struct uuid organization;
    struct usage *list = NULL;
    uint32_t house, count = 0;
    if (native_house(rq, &values[QUOTA_ORGANIZATION], &house, &organization) < 0 || period_of(rq, &values[QUOTA_PERIOD], &period) < 0)
        return -1;
    int64_t start_us = calendar_start_us(period, rq->now_us);
    if (read_windows(rq, house, start_us, &list) < 0 || read_statistics(rq, house, start_us, &list) < 0)
        return -1;
    for (struct usage *each = list; each != NULL; each = each->next)
        count++;
    mp_put_array(out, count);
    for (struct usage *each = list; each != NULL; each = each->next)
        if (put_usage(rq, each, out) < 0)
            return -1;
    return 0;
}

/* --- cleanup_old_rate_limit_data --- */

int usage_cleanup(struct request *rq, const struct value *values, struct buf *out)
{
    return expiry_group(rq, EXPIRY_RATE_LIMITS, out);
}
