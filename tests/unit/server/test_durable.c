/* Nothing leaves before it is on disk: dispatch, writer and connections on a disk whose datasync is held back. */
#include "fake_daemon.h"

#include "store/internal.h"

#define CONTACT(id, name) "[\"contacts\",{\"id\":" #id ",\"organization_id\":\"" ORG "\",\"name\":\"" name "\"}]"

static struct daemon *d;
static struct fake_disk *disk;

static void sign_in(struct peer *p)
{
    peer_open(p, d);
    CALL_OK(p, "auth", "[\"%s\"]", d->server.service_key.text);
}

static void start_with(const char *schema)
{
    d = calloc(1, sizeof *d);
    disk = fake_disk_new(1);
    fake_daemon_prepare(d, disk, schema);
    d->config.upkeep = false;
    daemon_start(d);
}

static void open_daemon(void)
{
    struct peer p;
    start_with(NULL);
    sign_in(&p);
    CALL_OK(&p, "insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", ORG);
    CALL_OK(&p, "call", "[\"grant_credits\",{\"organization_id\":\"%s\",\"amount\":1000}]", ORG);
    CALL_OK(&p, "insert", CONTACT(1, "there"));
    peer_close(&p);
}

static void close_daemon(void)
{
    fake_disk_hold(disk, false);
    daemon_stop(d);
    daemon_remove(d);
    fake_disk_free(disk);
    free(d);
}

TestSuite(durable, .init = open_daemon, .fini = close_daemon, .timeout = PATIENCE_OF_A_TEST_S);

static void open_small(void) { start_with("create table earlier (id int primary key);"); }
TestSuite(durable_small, .init = open_small, .fini = close_daemon, .timeout = PATIENCE_OF_A_TEST_S);

/* Until what was sent is committed, in memory and in the kernel: its sync is held. */
static void wait_committed(uint64_t before)
{
    for (int i = 0; store_committed_lsn(d->server.store) <= before && i < 10000; i++)
        usleep(1000);
    cr_assert_gt(store_committed_lsn(d->server.store), before);
    fake_disk_wait(disk);
}

/* What a caller may ask, and what it is told. */
struct question { const char *method, *params, *state; };

static void ask_all(struct peer *peers, const struct question *questions, int count)
{
    for (int i = 0; i < count; i++) {
        peer_ask(&peers[i], 7, questions[i].method, "%s", questions[i].params);
        peer_send(&peers[i]);
    }
}

static void none_answered(const struct peer *peers, const struct question *questions, int count)
{
    for (int i = 0; i < count; i++)
        cr_assert(peer_is_silent(&peers[i]), "%s %s was answered before the sync", questions[i].method, questions[i].params);
}

static void all_answered(struct peer *peers, const struct question *questions, int count)
{
    struct reply reply;
    for (int i = 0; i < count; i++) {
        cr_assert(peer_reply(&peers[i], &reply));
        cr_assert_str_eq(reply.state, questions[i].state, "%s %s: %s %.*s", questions[i].method, questions[i].params, reply.state,
                         SLICE_FMT(reply.message));
        peer_close(&peers[i]);
    }
}

static const struct question writes[] = {
    { "insert", CONTACT(2, "new"), "00000" },
    { "insert", CONTACT(1, "again"), "23505" },                             /* also a no tells what is stored */
    { "query", "[\"insert into contacts (id, organization_id, name) values (3, '" ORG "', 'by SQL')\"]", "00000" },
    { "txn", "[[[\"insert\",\"contacts\",{\"id\":4,\"organization_id\":\"" ORG "\",\"name\":\"in a txn\"}]]]", "00000" },
    { "call", "[\"consume_credits\",{\"organization_id\":\"" ORG "\",\"action_type\":\"send_email\"}]", "00000" },
    { "call", "[\"append_audit_log\",{\"organization_id\":\"" ORG "\",\"action_type\":\"x\"},{\"durability\":\"relaxed\"}]", "00000" },
};
static const struct question reads[] = {
    { "get", "[\"contacts\",2]", "00000" },
    { "count", "[\"contacts\"]", "00000" },
    { "scan", "[\"contacts\"]", "00000" },
    { "query", "[\"select count(*) from contacts\"]", "00000" },
    { "query", "[\"select 1 / (id - id) from contacts\"]", "22012" },
    { "call", "[\"get_credit_balance\",{\"organization_id\":\"" ORG "\"}]", "00000" },
    { "verify", "[]", "00000" },
};
enum { WRITES = sizeof writes / sizeof *writes, READS = sizeof reads / sizeof *reads };

Test(durable, no_reply_leaves_before_its_sync)
{
    static struct peer writers[WRITES], readers[READS];
    for (int i = 0; i < WRITES; i++)
        sign_in(&writers[i]);
    for (int i = 0; i < READS; i++)
        sign_in(&readers[i]);
    uint64_t before = store_committed_lsn(d->server.store);
    fake_disk_hold(disk, true);
    ask_all(writers, writes, 1);            /* what comes before it may leave before it */
    wait_committed(before);
    ask_all(writers + 1, writes + 1, WRITES - 1);
    none_answered(writers, writes, WRITES);
    ask_all(readers, reads, READS);
    none_answered(readers, reads, READS);
    fake_disk_hold(disk, false);
    all_answered(writers, writes, WRITES);
    all_answered(readers, reads, READS);
}

/* Reads that follow writes on their connection, and a no that comes alone: what they may have seen is not durable yet. */
Test(durable, what_follows_on_a_connection_waits_too)
{
    struct peer p;
    struct reply reply;
    sign_in(&p);
    fake_disk_hold(disk, true);
    uint64_t before = store_committed_lsn(d->server.store);
    peer_ask(&p, 1, "insert", CONTACT(5, "one"));
    peer_send(&p);
    wait_committed(before);
    peer_ask(&p, 2, "get", "[\"contacts\",5]");
    peer_ask(&p, 3, "insert", CONTACT(5, "twice"));
    peer_send(&p);
    cr_assert(peer_is_silent(&p));
    fake_disk_hold(disk, false);
    for (uint32_t id = 1; id <= 3; id++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert_eq(reply.id, id);
        cr_assert_str_eq(reply.state, id == 3 ? "23505" : "00000");
    }
    peer_close(&p);
}

#define LATER(options) "[[{\"name\":\"9999.sql\",\"text\":\"create table later (id int primary key);\"}]," options "]"

/* A migration that is alone in the log, and who is told what it would do now. */
Test(durable_small, a_migration_waits_too)
{
    static const struct question migration = { "migrate", LATER("{}"), "00000" }, plan = { "migrate", LATER("{\"plan\":true}"), "00000" };
    struct peer p, other;
    sign_in(&p);
    sign_in(&other);
    fake_disk_hold(disk, true);
    uint64_t before = store_committed_lsn(d->server.store);
    ask_all(&p, &migration, 1);
    wait_committed(before);
    none_answered(&p, &migration, 1);
    ask_all(&other, &plan, 1);
    none_answered(&other, &plan, 1);
    fake_disk_hold(disk, false);
    all_answered(&p, &migration, 1);
    all_answered(&other, &plan, 1);
}

/* Who sees nothing new, and who asked not to wait, does not wait. */
Test(durable, nobody_else_waits)
{
    struct peer p, other;
    sign_in(&p);
    sign_in(&other);
    fake_disk_hold(disk, true);
    CALL_OK(&other, "get", "[\"contacts\",1]");
    CALL_OK(&other, "ping", "[]");
    CALL_OK(&p, "insert", "[\"contacts\",{\"id\":6,\"organization_id\":\"%s\",\"name\":\"A\"},{\"durability\":\"relaxed\"}]", ORG);
    CALL_OK(&other, "get", "[\"contacts\",6]");
    CALL_OK(&p, "stats", "[]");
    fake_disk_hold(disk, false);
    peer_close(&p);
    peer_close(&other);
}

/* Nothing else is on its way here, for a relaxed reply waits for what it may have seen. */
Test(durable, some_writes_are_never_relaxed)
{
    static const struct question asked[] = {
        { "call", "[\"consume_credits\",{\"organization_id\":\"" ORG "\",\"action_type\":\"send_email\"},{\"durability\":\"relaxed\"}]", "00000" },
        { "call", "[\"append_audit_log\",{\"organization_id\":\"" ORG "\",\"action_type\":\"x\"},{\"durability\":\"relaxed\"}]", "00000" },
    };
    for (int i = 0; i < (int)(sizeof asked / sizeof *asked); i++) {
        struct peer p;
        sign_in(&p);
        uint64_t before = store_committed_lsn(d->server.store);
        fake_disk_hold(disk, true);
        ask_all(&p, &asked[i], 1);
        wait_committed(before);
        none_answered(&p, &asked[i], 1);
        fake_disk_hold(disk, false);
        all_answered(&p, &asked[i], 1);
    }
}

/* A turn that is given up takes its LSNs with it: nobody waits for them. Here the map is full in the middle of a turn of two, and then
 * there is no room for another turn. */
Test(durable, nobody_waits_for_what_was_given_up)
{
    enum { SIZE = 120 * 1000 };         /* both arrive in one read, so they are one turn */
    static char large[SIZE + 1];
    struct store *store = d->server.store;
    struct peer p;
    struct reply reply;
    sign_in(&p);
    memset(large, 'x', SIZE);
    pthread_mutex_lock(&store->turn_mutex);
    cr_assert_eq(mdb_env_set_mapsize(store->image.env, store->image.used + KIB(64)), 0);
    pthread_mutex_unlock(&store->turn_mutex);
    fake_disk_full_after(disk, 1);
    peer_ask(&p, 1, "insert", CONTACT(7, "small"));
    peer_ask(&p, 2, "insert", "[\"contacts\",{\"id\":8,\"organization_id\":\"%s\",\"name\":\"%s\"}]", ORG, large);
    peer_send(&p);
    for (uint32_t id = 1; id <= 2; id++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert_eq(reply.id, id);
        cr_assert_str_eq(reply.state, "53100", "%u: %s %.*s", reply.id, reply.state, SLICE_FMT(reply.message));
    }
    fake_disk_full_after(disk, -1);
    cr_assert_eq(peer_number(&p, "count", "[\"contacts\"]"), 1);
    peer_close(&p);
}
