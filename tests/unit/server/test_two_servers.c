/* Two servers in one process, each with its own work: neither sees anything of the other. */
#include "daemon.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"
#define USER "bbbbbbbb-0000-4000-8000-000000000000"
#define ROUNDS 60

static struct daemon daemons[2];

/* What is counted, issued, signed and kept differs by this. */
static const char *const names[] = { "first", "second" };

static void sign_in(struct peer *p, const struct daemon *d)
{
    peer_open(p, d);
    CALL_OK(p, "auth", "[\"%s\"]", d->server.service_key.text);
}

static void open_both(void)
{
    for (int i = 0; i < 2; i++) {
        struct daemon *d = &daemons[i];
        struct peer p;
        daemon_prepare(d, "");
        daemon_set(d, "migrations", "schema/migrations");
        daemon_set(d, "login_attempts_days", i == 0 ? "1" : "0");
        daemon_start(d);
        sign_in(&p, d);
        CALL_OK(&p, "insert", "[\"organizations\",{\"id\":\"" ORG "\",\"name\":\"%s\"}]", names[i]);
        CALL_OK(&p, "insert", "[\"auth.users\",{\"id\":\"" USER "\"}]");
        CALL_OK(&p, "call", "[\"grant_credits\",{\"organization_id\":\"" ORG "\",\"amount\":1000}]");
        peer_close(&p);
    }
}

static void close_both(void)
{
    for (int i = 0; i < 2; i++) {
        daemon_stop(&daemons[i]);
        daemon_remove(&daemons[i]);
    }
}

TestSuite(two_servers, .init = open_both, .fini = close_both, .timeout = PATIENCE_OF_A_TEST_S);

/* The second does twice as much. */
static void *work(void *env)
{
    struct daemon *d = env;
    int number = (int)(d - daemons);
    struct peer p;
    sign_in(&p, d);
    for (int i = 0; i < ROUNDS * (number + 1); i++) {
        CALL_OK(&p, "txn", "[[[\"insert\",\"contacts\",{\"id\":%d,\"organization_id\":\"" ORG "\",\"name\":\"%s\"}],"
                "[\"call\",\"consume_credits\",{\"organization_id\":\"" ORG "\",\"action_type\":\"send_email\"}],"
                "[\"call\",\"append_audit_log\",{\"organization_id\":\"" ORG "\",\"action_type\":\"%s\"}]]]", i + 1, names[number], names[number]);
        CALL_OK(&p, "scan", "[\"contacts\",{\"where\":[\"=\",\"name\",\"%s\"],\"limit\":1}]", names[number]);
        if (number == 1)
            CALL_OK(&p, "count", "[\"integrations\"]");
    }
    peer_close(&p);
    return NULL;
}

static void work_in_both(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &daemons[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static struct slice member_of(const struct reply *reply, const char *name)
{
    struct slice in = reply->result, key, value = { 0 };
    uint32_t count;
    cr_assert_str_eq(reply->state, "00000", "%.*s", SLICE_FMT(reply->message));
    cr_assert(mp_map(&in, &count), "no map");
    while (count-- > 0 && mp_str(&in, &key) && mp_skip(&in, &value))
        if (slice_is(key, name))
            return value;
    cr_assert_fail("no %s", name);
    return value;
}

static char *text_of(const struct reply *reply, const char *name)
{
    struct slice value = member_of(reply, name), text = { 0 };
    cr_assert(mp_str(&value, &text), "%s", name);
    return strndup((const char *)text.data, text.size);
}

static int64_t number_of(const struct reply *reply, const char *name)
{
    struct slice value = member_of(reply, name);
    int64_t number = -1;
    cr_assert(mp_int(&value, &number), "%s", name);
    return number;
}

Test(two_servers, each_keeps_its_own)
{
    char *tokens[2], *keys[2];
    work_in_both();
    for (int i = 0; i < 2; i++) {
        struct peer p;
        struct reply reply;
        int rounds = ROUNDS * (i + 1);
        sign_in(&p, &daemons[i]);
        peer_call(&p, &reply, "count", "[\"contacts\",{\"where\":[\"=\",\"name\",\"%s\"]}]", names[i]);
        cr_expect_eq(reply_number(&reply), rounds);
        peer_call(&p, &reply, "count", "[\"contacts\"]");
        cr_expect_eq(reply_number(&reply), rounds);
        peer_call(&p, &reply, "call", "[\"verify_audit_chain\",{\"organization_id\":\"" ORG "\"}]");
        cr_expect_eq(number_of(&reply, "entries"), rounds);
        peer_call(&p, &reply, "call", "[\"audit_checkpoint\",{\"organization_id\":\"" ORG "\"}]");
        keys[i] = text_of(&reply, "key");
        peer_call(&p, &reply, "call", "[\"issue_token\",{\"user_id\":\"" USER "\"}]");
        tokens[i] = text_of(&reply, "token");
        peer_call(&p, &reply, "stats", "[]");
        cr_expect_eq(number_of(&reply, "connections"), 1);
        peer_close(&p);
    }
    cr_expect_str_neq(keys[0], keys[1], "both sign audit logs with one key");
    for (int i = 0; i < 2; i++) {
        struct peer p;
        peer_open(&p, &daemons[i]);
        CALL_FAILS("28000", &p, "auth", "[\"%s\"]", tokens[1 - i]);
        CALL_OK(&p, "auth", "[\"%s\"]", tokens[i]);
        peer_close(&p);
        free(keys[i]);
    }
    free(tokens[0]);
    free(tokens[1]);
}

/* How often the indexes were walked, all together. */
static int64_t uses(struct peer *p)
{
    struct reply reply;
    struct buf json = { 0 };
    int64_t sum = 0;
    peer_call(p, &reply, "call", "[\"check_index_health\"]");
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    json_to_text(reply.result, &json);
    for (const char *at = buf_text(&json); (at = strstr(at, "\"uses\": ")) != NULL; at++)
        sum += atoll(at + sizeof "\"uses\": " - 1);
    buf_done(&json);
    return sum;
}

/* What looks at everything uses no index. */
Test(two_servers, verify_is_no_use)
{
    struct peer p;
    work_in_both();
    sign_in(&p, &daemons[0]);
    uses(&p);
    int64_t before = uses(&p), twice = uses(&p) - before;       /* what looking costs */
    CALL_OK(&p, "verify", "[]");
    cr_expect_gt(before, 0);
    cr_expect_leq(uses(&p) - before, 2 * twice + 8);
    peer_close(&p);
}

/* Whether a reply, as JSON, has a text. */
static bool tells(const struct reply *reply, const char *what)
{
    struct buf text = { 0 };
    json_to_text(reply->result, &text);
    bool found = strstr(buf_text(&text), what) != NULL;
    buf_done(&text);
    return found;
}

Test(two_servers, each_counts_its_own)
{
    work_in_both();
    for (int i = 0; i < 2; i++) {
        struct peer p;
        struct reply reply;
        sign_in(&p, &daemons[i]);
        peer_call(&p, &reply, "call", "[\"get_slow_queries\",{\"threshold_ms\":0}]");
        cr_assert_str_eq(reply.state, "00000");
        cr_expect(tells(&reply, "scan contacts"));
        cr_expect_eq(tells(&reply, "count integrations"), i == 1, "%s tells of the other's", names[i]);
        peer_close(&p);
    }
}

Test(two_servers, each_has_its_own_settings)
{
    for (int i = 0; i < 2; i++) {
        struct peer p;
        struct reply reply;
        sign_in(&p, &daemons[i]);
        CALL_OK(&p, "insert", "[\"login_attempts\",{\"email\":\"a@example.com\",\"success\":false,\"created_at\":\"2020-01-01\"}]");
        CALL_OK(&p, "insert", "[\"login_attempts\",{\"email\":\"b@example.com\",\"success\":false}]");
        CALL_OK(&p, "call", "[\"run_upkeep\"]");
        peer_call(&p, &reply, "count", "[\"login_attempts\"]");
        cr_expect_eq(reply_number(&reply), i == 0 ? 1 : 2);
        peer_close(&p);
    }
}

/* One that stops leaves the other at work. */
Test(two_servers, one_stops_alone)
{
    struct peer p;
    struct reply reply;
    daemon_stop(&daemons[0]);
    sign_in(&p, &daemons[1]);
    CALL_OK(&p, "insert", "[\"contacts\",{\"id\":1,\"organization_id\":\"" ORG "\",\"name\":\"left\"}]");
    CALL_OK(&p, "call", "[\"audit_checkpoint\",{\"organization_id\":\"" ORG "\"}]");
    peer_call(&p, &reply, "stats", "[]");
    cr_expect_gt(number_of(&reply, "requests"), 0);
    peer_close(&p);
    daemon_start(&daemons[0]);
}
