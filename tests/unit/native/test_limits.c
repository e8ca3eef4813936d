/* Checks of limits with their store around them and a clock that is set: what the rules alone (test_limit_rule.c) cannot show. */
#include "quota_world.h"

TestSuite(limits, .init = open_quota_world, .fini = close_quota_world);

#define CHECK_LIMIT(more, ...) ASK("check_rate_limit", more, ##__VA_ARGS__)

static const char *text_in(struct slice map, const char *name)
{
    struct slice value = member_of(map, name), text = { 0 };
    cr_assert(mp_str(&value, &text), "\"%s\" is no text", name);
    return arena_string(&w->arena, text);
}

/* What explain_rate_limit says of each limit, in the last result; returns how many there are. */
static uint32_t explained(struct slice limits[5])
{
    struct slice list = told("limits");
    uint32_t count;
    cr_assert(mp_array(&list, &count) && count <= 5);
    for (uint32_t i = 0; i < count; i++)
        cr_assert(mp_skip(&list, &limits[i]));
    return count;
}

/* What is left of the policy's window: explain_rate_limit tells what would remain after one more request, if that is admitted. */
static int64_t left(const char *endpoint, const char *window)
{
    struct slice limits[5], value;
    int64_t remaining = -1;
    ASK("explain_rate_limit", ",\"endpoint\":\"%s\"", endpoint);
    for (uint32_t i = 0, count = explained(limits); i < count; i++)
        if (strcmp(text_in(limits[i], "window"), window) == 0 && strcmp(text_in(limits[i], "decided_by"), "policy") == 0) {
            value = member_of(limits[i], "remaining");
            cr_assert(mp_int(&value, &remaining));
        }
    return remaining + truth("allowed");
}

static void add_policy(const char *name, const char *pattern, int hour)
{
    CALL(1, insert_method, "[\"quota_policies\",{\"policy_name\":\"%s\",\"endpoint_pattern\":\"%s\",\"max_requests_per_hour\":%d,"
         "\"max_requests_per_day\":1000,\"max_requests_per_month\":10000}]", name, pattern, hour);
}

static void configure(const char *settings)
{
    CALL(1, insert_method, "[\"rate_limit_config\",{\"organization_id\":\"" ORG "\",%s}]", settings);
}

Test(limits, a_refusal_by_one_limit_counts_in_none)
{
    configure("\"resource_type\":\"api\",\"max_requests\":2,\"window_seconds\":3600,\"quota_monthly\":100");
    CHECK_LIMIT(",\"endpoint\":\"/x\",\"cost\":2");
    cr_assert(truth("allowed"));
    for (int i = 0; i < 3; i++) {
        CHECK_LIMIT(",\"endpoint\":\"/x\"");
        cr_assert(!truth("allowed"));
        cr_assert_str_eq(word("decided_by"), "config");
    }
    cr_assert_eq(left("/x", "hour"), 998);
    cr_assert_eq(sum("rate_limit_quota_usage", "request_count"), 2);
    cr_assert_eq(sum("rate_limit_quota_usage", "rate_limited_count"), 3);
    cr_assert_eq(sum("api_rate_limits", "request_count"), 2);
    cr_assert_eq(rows("rate_limit_tracking", "[\"=\",\"rate_limited\",true]"), 3);
}

Test(limits, a_refund_goes_where_its_request_was_counted)
{
    w->rq.now_us = NOON - SECOND;                                       /* 11:59:59 */
    CHECK_LIMIT(",\"endpoint\":\"/x\",\"cost\":3");
    w->rq.now_us = NOON + SECOND;
    CHECK_LIMIT(",\"endpoint\":\"/x\",\"cost\":5");
    ASK("refund_rate_limit", ",\"endpoint\":\"/x\",\"cost\":3,\"checked_at\":\"2023-11-15 11:59:59+00\"");
    cr_assert(truth("refunded"));
    cr_assert_eq(left("/x", "hour"), 995, "the request of the hour before is none of this hour");
    cr_assert_eq(left("/x", "day"), 9995);
    cr_assert_eq(rows("api_rate_limits", "[\"=\",\"request_count\",0]"), 1);
    cr_assert_eq(rows("api_rate_limits", "[\"=\",\"request_count\",5]"), 1);
    ASK("refund_rate_limit", ",\"endpoint\":\"/x\",\"cost\":3,\"checked_at\":\"2023-10-31 23:59:59+00\"");
    cr_assert(!truth("refunded"), "another month's");
    cr_assert_eq(left("/x", "month"), 99995);
    ASK("refund_rate_limit", ",\"endpoint\":\"/x\",\"cost\":2,\"checked_at\":\"2123-10-31 23:59:59+00\"");
    cr_assert_eq(left("/x", "hour"), 997, "what a clock that was set back told is taken for now");
    ASK("refund_rate_limit", ",\"endpoint\":\"/x\",\"cost\":1000000,\"checked_at\":\"-infinity\"");
    cr_assert(!truth("refunded"));
}

Test(limits, the_month_of_a_refund_is_its_requests)
{
    configure("\"resource_type\":\"api\",\"quota_monthly\":100,\"window_seconds\":1");
    w->rq.now_us = 1709251199000000;                                    /* 2024-02-29 23:59:59 */
    CHECK_LIMIT(",\"endpoint\":\"nowhere\",\"cost\":100");
    cr_assert_eq(number("remaining"), 0);
    CHECK_LIMIT(",\"endpoint\":\"nowhere\"");
    cr_assert(!truth("allowed"));
    cr_assert_eq(number("retry_after_ms"), 1000, "February of 2024 has 29 days");
    w->rq.now_us += SECOND;
    CHECK_LIMIT(",\"endpoint\":\"nowhere\",\"cost\":10");
    cr_assert_eq(number("remaining"), 90);
    ASK("refund_rate_limit", ",\"endpoint\":\"nowhere\",\"cost\":30,\"checked_at\":\"2024-02-29 23:59:59+00\"");
    cr_assert(truth("refunded"));
    cr_assert_eq(rows("rate_limit_quota_usage", "[\"and\",[\"=\",\"month\",2],[\"=\",\"request_count\",70]]"), 1);
    cr_assert_eq(rows("rate_limit_quota_usage", "[\"and\",[\"=\",\"month\",3],[\"=\",\"request_count\",10]]"), 1);
}

Test(limits, what_was_never_counted_is_not_refunded)
{
    configure("\"resource_type\":\"api\",\"max_requests\":10,\"window_seconds\":60,\"quota_monthly\":100");
    ASK("refund_rate_limit", ",\"endpoint\":\"/x\"");
    cr_assert(!truth("refunded"));
    CHECK_LIMIT(",\"endpoint\":\"/x\"");
    for (int i = 0; i < 2; i++) {
        ASK("refund_rate_limit", ",\"endpoint\":\"/x\"");
        cr_assert_eq(truth("refunded"), i == 0, "once");
    }
    CHECK_LIMIT(",\"endpoint\":\"/x\",\"cost\":10");
    cr_assert(truth("allowed"));
    CHECK_LIMIT(",\"endpoint\":\"/x\"");
    cr_assert(!truth("allowed"));
    cr_assert_eq(sum("rate_limit_quota_usage", "request_count"), 10);
}

Test(limits, members_take_nothing_back)
{
    w->who = &member;
    CHECK_LIMIT(",\"endpoint\":\"/x\"");
    REFUSES("42501", "refund_rate_limit", ",\"endpoint\":\"/x\"");
}

Test(limits, an_endpoint_is_no_novel)
{
    CHECK_LIMIT(",\"endpoint\":\"%0*d\"", (int)ENDPOINT_SIZE_MAX, 0);
    REFUSES("22001", "check_rate_limit", ",\"endpoint\":\"%0*d\"", (int)ENDPOINT_SIZE_MAX + 1, 0);
    REFUSES("22001", "explain_rate_limit", ",\"endpoint\":\"/x\",\"resource_type\":\"%0*d\"", (int)ENDPOINT_SIZE_MAX + 1, 0);
    REFUSES("22001", "record_api_usage", ",\"success\":true,\"endpoint\":\"%0*d\"", (int)ENDPOINT_SIZE_MAX + 1, 0);
}

Test(limits, a_check_says_when_it_was)
{
    struct slice want, got;
    struct buf bytes = { 0 };
    struct value now = value_time(NOON);
    value_store(type_of(TYPE_TIMESTAMPTZ), &now, &bytes);
    CHECK_LIMIT(",\"endpoint\":\"/x\"");
    want = buf_slice(&bytes);
    got = told("checked_at");
    cr_assert(slice_equal(got, want));
    CHECK_LIMIT(",\"endpoint\":\"nowhere\"");
    cr_assert(slice_equal(told("checked_at"), want), "also where no limit applies");
    buf_done(&bytes);
}

Test(limits, an_override_holds_until_it_expires)
{
    static const char few[] = "cccccccc-0000-4000-8000-000000000003";
    CALL(1, insert_method, "[\"quota_policies\",{\"id\":\"%s\",\"policy_name\":\"few\",\"endpoint_pattern\":\"/few\",\"max_requests_per_hour\":3,"
         "\"max_requests_per_day\":1000}]", few);
    CALL(1, insert_method, "[\"organization_quota_overrides\",{\"organization_id\":\"" ORG "\",\"policy_id\":\"%s\",\"max_requests_per_hour\":5,"
         "\"expires_at\":\"2023-11-15 12:30:00+00\"}]", few);
    CHECK_LIMIT(",\"endpoint\":\"/few\",\"cost\":4");
    cr_assert(truth("allowed"));
    cr_assert_eq(left("/few", "day"), 996, "a column that is NULL leaves the policy's");
    w->rq.now_us = NOON + 30 * MINUTE - 1;
    cr_assert_eq(left("/few", "hour"), 1);
    w->rq.now_us++;
    CHECK_LIMIT(",\"endpoint\":\"/few\"");
    cr_assert(!truth("allowed"), "four are counted and three allowed");
    cr_assert_eq(number("limit"), 3);
    w->rq.now_us = NOON + HOUR;
    CHECK_LIMIT(",\"endpoint\":\"/few\",\"cost\":3");
    cr_assert(truth("allowed"));
}

Test(limits, a_changed_policy_holds_from_the_next_check)
{
    add_policy("changing", "/c", 10);
    CHECK_LIMIT(",\"endpoint\":\"/c\",\"cost\":6");
    CALL(1, update_method, "[\"quota_policies\",{\"where\":[\"=\",\"policy_name\",\"changing\"]},{\"max_requests_per_hour\":6}]");
    CHECK_LIMIT(",\"endpoint\":\"/c\"");
    cr_assert(!truth("allowed"));
    CALL(1, update_method, "[\"quota_policies\",{\"where\":[\"=\",\"policy_name\",\"changing\"]},{\"max_requests_per_hour\":7}]");
    CHECK_LIMIT(",\"endpoint\":\"/c\"");
    cr_assert(truth("allowed"));
    CALL(1, update_method, "[\"quota_policies\",{\"where\":[\"=\",\"policy_name\",\"changing\"]},{\"is_active\":false}]");
    CHECK_LIMIT(",\"endpoint\":\"/c\"");
    cr_assert_str_eq(word("name"), "public_api_default");
}

static const char *decides(const char *endpoint)
{
    CHECK_LIMIT(",\"mode\":\"peek\",\"endpoint\":\"%s\"", endpoint);
    return word("name");
}

Test(limits, the_most_specific_pattern_decides)
{
    add_policy("b-two-letters", "/\xc3\xa9%", 10);
    add_policy("a-three-letters", "%/_ab", 10);
    cr_assert_str_eq(decides("/\xc3\xa9ol"), "b-two-letters");
    cr_assert_str_eq(decides("/\xc3\xa9" "ab"), "a-three-letters", "characters count, not bytes; and _ is one");
    add_policy("literal", "/100\\\\%%", 10);
    cr_assert_str_eq(decides("/100%/x"), "literal");
    cr_assert_str_eq(decides("/1000"), "public_api_default");
    add_policy("broken", "/broken\\\\", 10);
    cr_assert_str_eq(decides("/broken"), "public_api_default", "a pattern that is not well formed matches nothing");
    add_policy("z-tie", "/tie%", 10);
    add_policy("m-tie", "/%tie", 10);
    cr_assert_str_eq(decides("/tie"), "m-tie");
    cr_assert_str_eq(decides("/superadmin-x"), "public_api_default");
    CHECK_LIMIT(",\"mode\":\"peek\",\"endpoint\":\"/superadmin-x\",\"user_id\":\"" SUPER_ADMIN "\"");
    cr_assert_str_eq(word("name"), "superadmin_operations");
}

Test(limits, what_explains_names_the_row)
{
    configure("\"id\":\"cccccccc-0000-4000-8000-000000000001\",\"resource_type\":\"api\",\"max_requests\":5");
    configure("\"id\":\"cccccccc-0000-4000-8000-000000000002\",\"resource_type\":\"api\",\"endpoint_pattern\":\"/x%\",\"max_requests\":7");
    ASK("explain_rate_limit", ",\"endpoint\":\"/xyz\"");
    struct slice limits[5], value;
    struct value row;
    cr_assert_eq(explained(limits), 4);
    cr_assert_str_eq(text_in(limits[2], "endpoint_pattern"), "/%");
    cr_assert_str_eq(text_in(limits[3], "endpoint_pattern"), "/x%");
    value = member_of(limits[3], "row");
    SUCCEED(value_load(type_of(TYPE_UUID), &value, &row));
    cr_assert_eq(row.uuid.bytes[15], 2);
    ASK("explain_rate_limit", ",\"endpoint\":\"nowhere\"");
    cr_assert_eq(explained(limits), 1);
    cr_assert_eq(member_of(limits[0], "endpoint_pattern").data[0], 0xC0, "nil: a row for all endpoints has no pattern");
}

Test(limits, an_alert_comes_once_a_level_and_window)
{
    static const char any[] = "null";
    add_policy("ten", "/ten", 10);
    for (int i = 0; i < 7; i++)
        CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    cr_assert_eq(rows("quota_alerts", any), 0);
    CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    cr_assert_eq(rows("quota_alerts", "[\"and\",[\"=\",\"alert_type\",\"warning\"],[\"=\",\"current_usage\",8],[\"=\",\"limit_value\",10]]"), 1);
    ASK("refund_rate_limit", ",\"endpoint\":\"/ten\"");
    CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    cr_assert_eq(rows("quota_alerts", any), 1);
    CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    cr_assert_eq(rows("quota_alerts", "[\"=\",\"alert_type\",\"exceeded\"]"), 1);
    CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    cr_assert_eq(rows("quota_alerts", any), 2, "a refusal alerts nobody");
    w->rq.now_us += HOUR;
    CHECK_LIMIT(",\"endpoint\":\"/ten\",\"cost\":8");
    cr_assert_eq(rows("quota_alerts", any), 3);
}

static void track(const char *setting)
{
    CALL(1, upsert_method, "[\"organization_settings\",{\"organization_id\":\"" ORG "\",\"settings\":{\"rate_limit_tracking\":%s}},{\"conflict\":[\"organization_id\"]}]",
         setting);
    for (int i = 0; i < 20; i++)
        CHECK_LIMIT(",\"endpoint\":\"/x\"");
}

Test(limits, what_is_tracked_is_the_organizations_choice)
{
    track("\"denials\"");
    track("\"0\"");
    track("\"nan\"");
    track("true");
    cr_assert_eq(rows("rate_limit_tracking", "null"), 0);
    track("\"all\"");
    track("1");
    cr_assert_eq(rows("rate_limit_tracking", "[\"=\",\"rate_limited\",false]"), 40);
    for (int i = 0; i < 5; i++)
        track("0.5");
    int64_t sampled = rows("rate_limit_tracking", "null") - 40;
    cr_assert(sampled > 20 && sampled < 80, "%" PRId64 " of 100", sampled);       /* six standard deviations */
}

Test(limits, a_shadow_counts_and_never_refuses)
{
    add_policy("one", "/one", 1);
    for (int i = 0; i < 3; i++) {
        CHECK_LIMIT(",\"endpoint\":\"/one\",\"mode\":\"shadow\"");
        cr_assert(truth("allowed"));
        cr_assert_eq(truth("would_allow"), i == 0);
    }
    CHECK_LIMIT(",\"endpoint\":\"/one\",\"mode\":\"peek\"");
    cr_assert(!truth("allowed"));
    CHECK_LIMIT(",\"endpoint\":\"/one\"");
    cr_assert(!truth("allowed"));
    cr_assert_eq(sum("api_rate_limits", "request_count"), 3);
}

/* A clock that was a year ahead: who used up his limits then may go on when it is right again. */
Test(limits, a_clock_that_was_wrong_locks_nobody_out)
{
    add_policy("ten", "/ten", 10);
    configure("\"resource_type\":\"api\",\"max_requests\":10,\"window_seconds\":3600");
    w->rq.now_us = NOON + 365 * DAY;
    CHECK_LIMIT(",\"endpoint\":\"/ten\",\"cost\":10");
    cr_assert(truth("allowed"));
    w->rq.now_us = NOON;
    CHECK_LIMIT(",\"endpoint\":\"/ten\"");
    cr_assert(!truth("allowed"), "for now they count as of now");
    cr_assert(number("retry_after_ms") <= 3600 * 65000 / 64 + 1);
    w->rq.now_us = NOON + 65 * MINUTE;
    CHECK_LIMIT(",\"endpoint\":\"/ten\",\"cost\":10");
    cr_assert(truth("allowed"));
}
