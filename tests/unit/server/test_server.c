/* The server as its peers meet it: sessions, order, limits, ends. */
#include "daemon.h"

#define ORG   "aaaaaaaa-0000-4000-8000-000000000000"
#define OTHER "bbbbbbbb-0000-4000-8000-000000000000"
#define USER  "00000000-0000-4000-8000-00000000000a"

static const char schema[] =
    "CREATE SCHEMA IF NOT EXISTS auth;\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text UNIQUE);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
    "CREATE TABLE kept (id integer PRIMARY KEY); REVOKE ALL ON kept FROM service_role;\n"
    "GRANT ALL ON profiles TO anon, authenticated;\n"
    "CREATE TABLE notes (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), note text NOT NULL);\n"
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY members ON notes USING (organization_id IN (SELECT organization_id FROM profiles WHERE id = auth.uid()));\n";

static struct daemon *d;

static void sign_in(struct peer *p)
{
    peer_open(p, d);
    CALL_OK(p, "auth", "[\"%s\"]", d->server.service_key.text);
}

static void open_daemon(void)
{
    struct peer p;
    d = calloc(1, sizeof *d);
    daemon_prepare(d, schema);
    daemon_set(d, "auth_timeout_ms", "300");
    daemon_set(d, "connections_max", "40");
    daemon_start(d);
    sign_in(&p);
    CALL_OK(&p, "insert", "[\"organizations\",[{\"id\":\"%s\",\"name\":\"A\"},{\"id\":\"%s\",\"name\":\"B\"}]]", ORG, OTHER);
    peer_close(&p);
}

static void close_daemon(void)
{
    daemon_stop(d);
    daemon_remove(d);
    free(d);
}

TestSuite(server, .init = open_daemon, .fini = close_daemon, .timeout = PATIENCE_OF_A_TEST_S);

#define NOTE "[\"notes\",{\"organization_id\":\"" ORG "\",\"note\":\"%s\"}]"

/* --- Statements --- */

/* A statement gives a native function's arguments as its declaration has them: in that order, or by those names. */
Test(server, declared_functions_in_statements)
{
    struct peer p;
    struct reply reply;
    static const char *const good[] = { "set_sequence(7, 'notes', 'id')", "set_sequence(p_column_name => 'id', p_table_name => 'notes', p_value => 7)",
                                        "set_sequence(7, p_column_name => 'id', p_table_name => 'notes')" };
    sign_in(&p);
    CALL_OK(&p, "migrate", "[[{\"name\":\"0002.sql\",\"text\":\"CREATE FUNCTION set_sequence(p_value bigint, p_table_name text, "
            "p_column_name text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; END $$;\"}]]");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        peer_call(&p, &reply, "query", "[\"SELECT %s\"]", good[i]);
        cr_assert_str_eq(reply.state, "00000", "%s: %.*s", good[i], SLICE_FMT(reply.message));
    }
    CALL_FAILS("42883", &p, "query", "[\"SELECT set_sequence(table_name => 'notes', column_name => 'id', value => 7)\"]");
    CALL_FAILS("42883", &p, "query", "[\"SELECT set_sequence(7, 'notes', 'id', 1)\"]");
    peer_close(&p);
}

/* --- Sessions --- */

Test(server, signs_in)
{
    struct peer p;
    peer_open(&p, d);
    CALL_OK(&p, "hello", "[{\"client\":\"test\"}]");
    CALL_OK(&p, "ping", "[]");
    CALL_FAILS("28000", &p, "count", "[\"notes\"]");
    CALL_FAILS("42883", &p, "nothing", "[]");
    CALL_FAILS("28000", &p, "auth", "[\"wrong\"]");
    CALL_FAILS("22023", &p, "auth", "[]");
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
    CALL_FAILS("28000", &p, "auth", "[\"wrong\"]");
    cr_assert_eq(peer_number(&p, "count", "[\"notes\"]"), 0, "a failed auth leaves the session as it was");
    peer_close(&p);
}

static void put_token(char token[static 1024], struct peer *service, int64_t ttl_s)
{
    struct reply reply;
    struct slice member, text;
    peer_call(service, &reply, "call", "[\"issue_token\",{\"user_id\":\"%s\",\"ttl_seconds\":%lld}]", USER, (long long)ttl_s);
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    cr_assert(json_member(reply.result, SLICE_LITERAL("token"), &member) && mp_str(&member, &text) && text.size < 1024);
    memcpy(token, text.data, text.size);
    token[text.size] = '\0';
}

/* The service key passes policies, not rights. */
Test(server, the_service_key_has_the_rights_of_its_role)
{
    struct peer service;
    sign_in(&service);
    CALL_FAILS("42501", &service, "count", "[\"kept\"]");
    CALL_FAILS("42501", &service, "query", "[\"DELETE FROM kept\"]");
    peer_close(&service);
}

/* Who a user is comes from `profiles` at each request: another connection's write counts at once. */
Test(server, profiles_decide_not_the_token)
{
    char token[1024];
    struct peer service, user;
    sign_in(&service);
    CALL_OK(&service, "insert", NOTE, "in A");
    CALL_OK(&service, "insert", "[\"auth.users\",{\"id\":\"%s\"}]", USER);
    put_token(token, &service, 60);
    peer_open(&user, d);
    CALL_OK(&user, "auth", "[\"%s\"]", token);
    cr_assert_eq(peer_number(&user, "count", "[\"notes\"]"), 0, "no profile, no house");
    CALL_OK(&service, "insert", "[\"profiles\",{\"id\":\"%s\",\"organization_id\":\"%s\",\"role\":\"user\"}]", USER, ORG);
    cr_assert_eq(peer_number(&user, "count", "[\"notes\"]"), 1, "a member now");
    CALL_OK(&user, "insert", "[\"notes\",{\"note\":\"mine\",\"organization_id\":\"%s\"}]", ORG);
    CALL_FAILS("42501", &user, "insert", "[\"notes\",{\"note\":\"theirs\",\"organization_id\":\"%s\"}]", OTHER);
    CALL_FAILS("42501", &user, "stats", "[]");
    CALL_OK(&service, "update", "[\"profiles\",\"%s\",{\"organization_id\":\"%s\"}]", USER, OTHER);
    cr_assert_eq(peer_number(&user, "count", "[\"notes\"]"), 0, "moved to B");
    peer_close(&service);
    peer_close(&user);
}

Test(server, a_token_ends_during_a_session)
{
    char claims[128], *text;
    struct peer p;
    struct slice json;
    struct error error;
    struct buf token = { 0 };
    int64_t now_us = sys_now_us(sys_real());
    peer_open(&p, d);
    snprintf(claims, sizeof claims, "{\"role\":\"authenticated\",\"sub\":\"%s\"}", USER);
    cr_assert_eq(json_parse(slice_of_string(claims), &p.arena, &json, &error), 0);
    cr_assert_eq(token_issue(d->server.token_keys, json, now_us - 30 * 1000000ll, 1, &token, &error), 0, "%s", error.message);
    text = strdup(buf_text(&token));
    CALL_OK(&p, "auth", "[\"%s\"]", text);
    CALL_OK(&p, "count", "[\"notes\"]");
    usleep(1200000);
    CALL_FAILS("28000", &p, "count", "[\"notes\"]");
    CALL_FAILS("28000", &p, "insert", NOTE, "x");
    CALL_OK(&p, "ping", "[]");
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
    CALL_OK(&p, "count", "[\"notes\"]");
    free(text);
    buf_done(&token);
    peer_close(&p);
}

/* --- Order --- */

/* Far more than a pipeline holds, in one go: nothing is lost, and each read sees exactly the writes before it. */
Test(server, a_connection_sees_its_own_writes)
{
    enum { PAIRS = 3000 };
    struct peer p;
    struct reply reply;
    static bool seen[2 * PAIRS + 2];
    sign_in(&p);
    for (uint32_t i = 1; i <= PAIRS; i++) {
        peer_ask(&p, 2 * i, "insert", NOTE, "x");
        peer_ask(&p, 2 * i + 1, "count", "[\"notes\"]");
    }
    peer_send(&p);
    for (int i = 0; i < 2 * PAIRS; i++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert(reply.id >= 2 && reply.id < 2 * PAIRS + 2 && !seen[reply.id]);
        seen[reply.id] = true;
        cr_assert_str_eq(reply.state, "00000");
        if (reply.id % 2 == 1)
            cr_assert_eq(reply_number(&reply), reply.id / 2);
    }
    peer_close(&p);
}

Test(server, auth_in_the_middle_of_a_pipeline)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    for (uint32_t i = 1; i <= 50; i++) {
        peer_ask(&p, 3 * i, "insert", NOTE, "x");
        peer_ask(&p, 3 * i + 1, "auth", "[\"%s\"]", d->server.service_key.text);
        peer_ask(&p, 3 * i + 2, "count", "[\"notes\"]");
    }
    peer_send(&p);
    for (int i = 0; i < 150; i++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert_str_eq(reply.state, "00000");
        if (reply.id % 3 == 2)
            cr_assert_eq(reply_number(&reply), reply.id / 3);
    }
    peer_close(&p);
}

Test(server, notifications_run_and_are_silent)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    peer_ask(&p, 0, "insert", NOTE, "x");
    peer_ask(&p, 0, "insert", "[\"notes\",{}]");
    peer_ask(&p, 0, "nothing", "[]");
    peer_ask(&p, 0, "ping", "[]");
    peer_ask(&p, 0, "count", "[\"notes\"]");
    peer_ask(&p, 7, "count", "[\"notes\"]");
    peer_send(&p);
    cr_assert(peer_reply(&p, &reply));
    cr_assert_eq(reply.id, 7);
    cr_assert_eq(reply_number(&reply), 1);
    peer_close(&p);
}

/* More than the writer's queue holds: its connections wait, and all are served. */
Test(server, a_full_queue_only_delays)
{
    enum { PEERS = 20, WRITES = 1000 };
    struct reply reply;
    struct peer peers[PEERS];
    for (int i = 0; i < PEERS; i++) {
        sign_in(&peers[i]);
        for (uint32_t n = 1; n <= WRITES; n++)
            peer_ask(&peers[i], n, "insert", NOTE, "x");
    }
    for (int i = 0; i < PEERS; i++)
        peer_send(&peers[i]);
    for (int i = 0; i < PEERS; i++)
        for (int n = 0; n < WRITES; n++) {
            cr_assert(peer_reply(&peers[i], &reply));
            cr_assert_str_eq(reply.state, "00000");
        }
    cr_assert_eq(peer_number(&peers[0], "count", "[\"notes\"]"), PEERS * WRITES);
    for (int i = 0; i < PEERS; i++)
        peer_close(&peers[i]);
}

/* --- Limits --- */

Test(server, a_slow_reader_waits_and_others_do_not)
{
    enum { ROWS = 1000, SCANS = 100 };
    struct peer slow, other;
    struct reply reply;
    char text[1024];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    sign_in(&slow);
    sign_in(&other);
    for (int i = 0; i < ROWS; i++)
        peer_ask(&other, 1, "insert", NOTE, text);
    peer_send(&other);
    for (int i = 0; i < ROWS; i++)
        cr_assert(peer_reply(&other, &reply));
    for (uint32_t i = 1; i <= SCANS; i++)
        peer_ask(&slow, i, "scan", "[\"notes\",{\"limit\":%d}]", ROWS);
    peer_send(&slow);
    usleep(300000);
    for (int i = 0; i < 100; i++)
        CALL_OK(&other, "count", "[\"notes\"]");
    uint64_t taken = 0;
    for (int i = 0; i < d->server.loop_count; i++)
        taken += atomic_load(&d->server.loops[i].counters.requests);
    cr_assert(taken < ROWS + 100 + SCANS / 2, "most scans are run for somebody who reads none: %d", (int)taken);
    for (uint32_t i = 1; i <= SCANS; i++) {
        cr_assert(peer_reply(&slow, &reply));
        cr_assert_eq(reply.id, i);
        cr_assert(reply.result.size > ROWS * sizeof text);
    }
    peer_close(&slow);
    peer_close(&other);
}

Test(server, somebody_who_does_not_sign_in_is_sent_away)
{
    static uint8_t large[REQUEST_SIZE_UNAUTH_MAX];
    struct peer p;
    peer_open(&p, d);
    CALL_OK(&p, "ping", "[]");
    peer_last_words(&p, "28000");
    peer_close(&p);
    peer_open(&p, d);
    mp_put_array(&p.out, 4);
    mp_put_uint(&p.out, 0);
    mp_put_uint(&p.out, 1);
    mp_put_string(&p.out, "ping");
    mp_put_array(&p.out, 1);
    mp_put_bin(&p.out, slice_of(large, sizeof large));
    peer_send(&p);
    peer_last_words(&p, "54000");
    peer_close(&p);
}

Test(server, one_connection_too_many)
{
    struct peer peers[40], late;
    for (int i = 0; i < 40; i++) {
        peer_open(&peers[i], d);
        CALL_OK(&peers[i], "auth", "[\"%s\"]", d->server.service_key.text);
    }
    peer_open(&late, d);
    peer_last_words(&late, "53300");
    peer_close(&late);
    peer_close(&peers[0]);
    usleep(200000);
    sign_in(&peers[0]);
    for (int i = 0; i < 40; i++)
        peer_close(&peers[i]);
}

/* --- Ends --- */

Test(server, nonsense_ends_a_connection_after_its_replies)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    for (uint32_t i = 1; i <= 10; i++)
        peer_ask(&p, i, "insert", NOTE, "x");
    buf_append_string(&p.out, "GET / HTTP/1.1\r\n\r\n");
    peer_send(&p);
    for (int i = 0; i < 10; i++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert(reply.id >= 1 && reply.id <= 10);
        cr_assert_str_eq(reply.state, "00000");
    }
    peer_last_words(&p, "08P01");
    peer_close(&p);
}

Test(server, half_closed_gets_all_its_replies)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    for (uint32_t i = 1; i <= 2000; i++)
        peer_ask(&p, i, i % 2 == 0 ? "insert" : "count", i % 2 == 0 ? NOTE : "[\"notes\"]%.0s", "x");
    peer_send(&p);
    shutdown(p.fd, SHUT_WR);
    for (int i = 0; i < 2000; i++)
        cr_assert(peer_reply(&p, &reply));
    cr_assert(!peer_reply(&p, &reply));
    peer_close(&p);
}

Test(server, byte_by_byte)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    peer_ask(&p, 5, "insert", NOTE, "slowly");
    peer_ask(&p, 6, "count", "[\"notes\"]");
    struct buf all = p.out;
    p.out = (struct buf){ 0 };
    for (size_t i = 0; i < all.size; i++) {
        buf_append_byte(&p.out, all.data[i]);
        peer_send(&p);
        usleep(200);
    }
    cr_assert(peer_reply(&p, &reply) && reply.id == 5);
    cr_assert(peer_reply(&p, &reply) && reply.id == 6);
    cr_assert_eq(reply_number(&reply), 1);
    buf_done(&all);
    peer_close(&p);
}

/* Peers that vanish with everything under way. */
Test(server, vanishing_peers_leave_nothing)
{
    struct peer p;
    for (int i = 0; i < 30; i++) {
        sign_in(&p);
        for (uint32_t n = 1; n <= 200; n++)
            peer_ask(&p, n, n % 3 == 0 ? "count" : "insert", n % 3 == 0 ? "[\"notes\"]%.0s" : NOTE, "x");
        peer_send(&p);
        if (i % 2 == 0)
            usleep(2000);
        peer_close(&p);
    }
    for (int i = 0; i < 500 && atomic_load(&d->server.connection_count) > 0; i++)
        usleep(10000);
    cr_assert_eq(atomic_load(&d->server.connection_count), 0);
}

/* --- Administration --- */

Test(server, long_work_runs_beside)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    CALL_OK(&p, "insert", NOTE, "x");
    peer_ask(&p, 1, "verify", "[]");
    peer_ask(&p, 2, "snapshot", "[]");
    peer_ask(&p, 3, "migrate", "[[{\"name\":\"0002.sql\",\"text\":\"CREATE TABLE later (id bigserial PRIMARY KEY);\"}],{\"plan\":true}]");
    peer_ask(&p, 4, "backup", "[\"%s/backup\"]", d->dir);
    peer_ask(&p, 5, "count", "[\"notes\"]");
    peer_send(&p);
    for (int i = 0; i < 5; i++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert_str_eq(reply.state, "00000", "%u: %.*s", reply.id, SLICE_FMT(reply.message));
    }
    CALL_FAILS("42P01", &p, "count", "[\"later\"]");
    CALL_OK(&p, "migrate", "[[{\"name\":\"0002.sql\",\"text\":\"CREATE TABLE later (id bigserial PRIMARY KEY);\"}]]");
    cr_assert_eq(peer_number(&p, "count", "[\"later\"]"), 0);
    CALL_FAILS("55000", &p, "migrate", "[[{\"name\":\"0002.sql\",\"text\":\"CREATE TABLE other (id bigserial PRIMARY KEY);\"}]]");
    CALL_FAILS("42601", &p, "migrate", "[[{\"name\":\"0003.sql\",\"text\":\"CREATE TABLE;\"}]]");
    cr_assert_eq(peer_number(&p, "count", "[\"notes\"]"), 1, "a failed migration changes nothing");
    peer_close(&p);
}

/* What was asked with the service key runs as the service role, whoever the connection is by then. */
Test(server, long_work_is_done_for_who_asked_for_it)
{
    struct peer p;
    struct reply reply;
    char token[1024];
    sign_in(&p);
    put_token(token, &p, 60);
    for (unsigned id = 1; id <= 8; id++)
        peer_ask(&p, id, "verify", "[]");
    peer_ask(&p, 9, "auth", "[\"%s\"]", token);
    peer_ask(&p, 10, "verify", "[]");
    peer_send(&p);
    for (int i = 0; i < 10; i++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert_str_eq(reply.state, reply.id == 10 ? "42501" : "00000", "%u: %.*s", reply.id, SLICE_FMT(reply.message));
    }
    peer_close(&p);
}

/* Told to stop in the middle of everything: whatever was acknowledged is there afterwards, whatever was not may be. */
Test(server, a_stop_keeps_what_was_acknowledged)
{
    enum { WRITES = 20000 };
    struct peer p;
    struct reply reply;
    int acknowledged = 0;
    bool ended = false;
    sign_in(&p);
    for (uint32_t i = 1; i <= WRITES; i++)
        peer_ask(&p, i, "insert", NOTE, "x");
    peer_send(&p);
    for (; acknowledged < 500; acknowledged++)
        cr_assert(peer_reply(&p, &reply));
    server_stop(&d->server);
    while (peer_reply(&p, &reply)) {
        ended = ended || reply.id == 0;
        acknowledged += reply.id != 0;
        cr_assert_str_eq(reply.state, reply.id == 0 ? "57P01" : "00000");
    }
    cr_assert(ended, "no last words");
    pthread_join(d->thread, NULL);
    cr_assert_eq(d->result, 0);
    peer_close(&p);
    daemon_start(d);
    sign_in(&p);
    cr_assert_eq(peer_number(&p, "count", "[\"notes\"]"), acknowledged);
    peer_close(&p);
}

/* Peers that sit idle and do not look at their sockets cannot hold a stop up. */
Test(server, a_stop_does_not_wait_for_idle_peers)
{
    struct peer peers[20];
    for (int i = 0; i < 20; i++)
        sign_in(&peers[i]);
    int64_t before_us = sys_monotonic_us(sys_real());
    daemon_stop(d);
    cr_assert_lt(sys_monotonic_us(sys_real()) - before_us, 3000000);
    for (int i = 0; i < 20; i++) {
        peer_last_words(&peers[i], "57P01");
        peer_close(&peers[i]);
    }
    daemon_start(d);
}

/* --- Starting --- */

Test(start, leaves_what_is_not_its_own)
{
    struct daemon other;
    FILE *file;
    daemon_prepare(&other, schema);
    file = fopen(other.config.socket, "w");
    fclose(file);
    cr_assert_eq(server_open(&other.server, &other.config, sys_real(), &other.error), -1);
    cr_assert_str_eq(sqlstate_code(other.error.state), "F0000");
    cr_assert_eq(access(other.config.socket, F_OK), 0, "the file at the socket's path is gone");
    unlink(other.config.socket);
    daemon_start(&other);
    struct daemon second;
    daemon_prepare(&second, schema);
    daemon_set(&second, "socket", "%s", other.config.socket);
    cr_assert_eq(server_open(&second.server, &second.config, sys_real(), &second.error), -1);
    cr_assert_str_eq(sqlstate_code(second.error.state), "55006", "%s", second.error.message);
    daemon_remove(&second);
    daemon_stop(&other);
    daemon_remove(&other);
}

/* libev's default loop reaps every child: waitpid() and system() of whoever has a server in his process then fail by chance. */
Test(start, leaves_children_to_their_parents)
{
    struct daemon one;
    struct sigaction action;
    daemon_prepare(&one, schema);
    daemon_start(&one);
    cr_assert_eq(sigaction(SIGCHLD, NULL, &action), 0);
    cr_assert(action.sa_handler == SIG_DFL);
    daemon_stop(&one);
    daemon_remove(&one);
}

Test(start, an_edited_migration_stops_it)
{
    struct daemon first;
    char path[128];
    daemon_prepare(&first, schema);
    daemon_start(&first);
    daemon_stop(&first);
    snprintf(path, sizeof path, "%s/migrations/0001.sql", first.dir);
    FILE *file = fopen(path, "a");
    fputs("-- a comment\n", file);
    fclose(file);
    cr_assert_eq(server_open(&first.server, &first.config, sys_real(), &first.error), -1);
    cr_assert_str_eq(sqlstate_code(first.error.state), "55000");
    cr_assert(strstr(first.error.message, "\"0001.sql\"") != NULL, "%s", first.error.message);
    daemon_remove(&first);
}
