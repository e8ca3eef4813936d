/* What was used, as record_api_usage writes it down and get_quota_usage tells it, against plain sums. */
#include "quota_world.h"

#include "native/expiry.h"

TestSuite(usage, .init = open_quota_world, .fini = close_quota_world);

#define RECORD(more, ...) ASK("record_api_usage", ",\"endpoint\":\"/x\"" more, ##__VA_ARGS__)

static void figures(const char *columns, const char *want)
{
    SUCCEED(world_call(w, scan_method, "[\"api_usage_statistics\",{\"organization\":\"" ORG "\",\"columns\":[%s]}]", columns));
    struct buf text = { 0 };
    json_to_text(told("rows"), &text);
    cr_assert_str_eq(arena_string(&w->arena, buf_slice(&text)), want);
    buf_done(&text);
}

Test(usage, a_mean_is_of_the_requests_that_have_a_time)
{
    RECORD(",\"success\":true");
    RECORD(",\"success\":true,\"response_time_ms\":100");
    RECORD(",\"success\":false");
    RECORD(",\"success\":true,\"response_time_ms\":200");
    RECORD(",\"success\":true,\"response_time_ms\":0.005");
    cr_assert_eq(number("total_requests"), 5);
    figures("\"total_requests\",\"successful_requests\",\"failed_requests\",\"average_response_time_ms\"", "[[5, 4, 1, 100.00]]");
}

/* Were the mean kept as its column shows it, it would stand still as soon as one request moves it by less than a hundredth. */
Test(usage, a_mean_does_not_stand_still)
{
    for (int i = 0; i < 2000; i++)
        RECORD(",\"success\":true,\"response_time_ms\":%d", i < 1000 ? 100 : 104);
    figures("\"average_response_time_ms\"", "[[102.00]]");
}

Test(usage, times_are_within_their_columns)
{
    REFUSES("22003", "record_api_usage", ",\"endpoint\":\"/x\",\"success\":true,\"response_time_ms\":-0.01");
    MESSAGE("\"response_time_ms\" is from 0 to 99999999.99");
    REFUSES("22003", "record_api_usage", ",\"endpoint\":\"/x\",\"success\":true,\"response_time_ms\":100000000");
    REFUSES("22003", "record_api_usage", ",\"endpoint\":\"/x\",\"success\":true,\"response_time_ms\":1e300");
    figures("\"total_requests\"", "[]");
    RECORD(",\"success\":true,\"response_time_ms\":99999999.99");
    figures("\"average_response_time_ms\",\"total_requests\"", "[[99999999.99, 1]]");
}

static void use(int64_t at_us, int checked, int recorded)
{
    w->rq.now_us = at_us;
    if (checked > 0)
        ASK("check_rate_limit", ",\"endpoint\":\"/x\",\"cost\":%d", checked);
    for (int i = 0; i < recorded; i++)
        RECORD(",\"success\":%s,\"response_time_ms\":10", i % 2 == 0 ? "true" : "false");
}

static void quota(const char *period, const char *want)
{
    ASK("get_quota_usage", ",\"period\":\"%s\"", period);
    RESULT(want);
}

Test(usage, a_period_is_the_current_one)
{
    use(NOON - DAY, 1, 0);
    use(NOON - HOUR, 2, 0);
    use(NOON - 1, 4, 0);
    use(NOON, 8, 4);
    quota("hour", "[{\"endpoint\": \"/x\", \"request_count\": 8, \"unique_users\": 1, \"avg_response_time\": 10.00, \"error_rate\": 0.5000}]");
    quota("day", "[{\"endpoint\": \"/x\", \"request_count\": 14, \"unique_users\": 1, \"avg_response_time\": 10.00, \"error_rate\": 0.5000}]");
    quota("month", "[{\"endpoint\": \"/x\", \"request_count\": 15, \"unique_users\": 1, \"avg_response_time\": 10.00, \"error_rate\": 0.5000}]");
}

/* Windows go after seven days: the month still counts what record_api_usage was told of those days, and counts nothing twice. */
Test(usage, a_month_is_longer_than_its_windows_are_kept)
{
    struct expiry_sweep sweep = { 0 };
    int64_t deleted = 0;
    use(NOON - 15 * DAY, 100, 50);              /* October */
    use(NOON - 10 * DAY, 3, 2);
    use(NOON - 7 * DAY, 5, 4);
    use(NOON - 6 * DAY, 7, 6);
    use(NOON, 11, 10);
    for (int round = 0; round < 2; round++) {
        ASK("get_quota_usage", ",\"period\":\"month\"");
        struct slice list = buf_slice(&w->out), count;
        uint32_t endpoints;
        int64_t requests;
        cr_assert(mp_array(&list, &endpoints) && endpoints == 1);
        count = member_of(list, "request_count");
        cr_assert(mp_int(&count, &requests));
        cr_assert_eq(requests, 2 + 4 + 7 + 11, "%" PRId64 ", %s the sweep", requests, round == 0 ? "before" : "after");
        w->rq.now_us += 1;                      /* what is seven days old goes */
        SUCCEED(expiry_step(&w->rq, &sweep, EXPIRY_RATE_LIMITS, 100000, &deleted));
        cr_assert(deleted > 0);
    }
}

/* A day without times weighs nothing in the mean, and all in the share of failures. */
Test(usage, users_are_counted_once_and_untimed_days_have_no_weight)
{
    use(NOON - DAY, 1, 2);
    w->rq.now_us = NOON;
    w->who = &member;
    ASK("check_rate_limit", ",\"endpoint\":\"/x\"");
    ASK("check_rate_limit", ",\"endpoint\":\"/x\"");
    RECORD(",\"success\":true");
    RECORD(",\"success\":true");
    w->who = &w->service;
    quota("month", "[{\"endpoint\": \"/x\", \"request_count\": 3, \"unique_users\": 2, \"avg_response_time\": 10.00, \"error_rate\": 0.2500}]");
}
