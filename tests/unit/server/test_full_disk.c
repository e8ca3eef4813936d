/* A server on a disk that is full for good: what needs room is refused (53100) each time, reads go on, nothing stops, and it starts
 * there again. When there is room, writes go on. */
#include "fake_daemon.h"

#define CONTACT "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"}]"
#define NAME_SIZE 40000

static struct daemon *d;
static struct fake_disk *disk;
static char large[NAME_SIZE + 1];

static void open_daemon(void)
{
    struct peer p;
    d = calloc(1, sizeof *d);
    disk = fake_disk_new(1);
    memset(large, 'x', NAME_SIZE);
    fake_daemon_prepare(d, disk, NULL);
    daemon_start(d);
    peer_open(&p, d);
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
    CALL_OK(&p, "insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", ORG);
    CALL_OK(&p, "call", "[\"grant_credits\",{\"organization_id\":\"%s\",\"amount\":1000}]", ORG);
    peer_close(&p);
}

static void close_daemon(void)
{
    daemon_stop(d);
    daemon_remove(d);
    fake_disk_free(disk);
    free(d);
}

TestSuite(full_disk, .init = open_daemon, .fini = close_daemon, .timeout = PATIENCE_OF_A_TEST_S);

/* Contacts until one is refused; how many were taken. */
static int fill(struct peer *p)
{
    struct reply reply;
    for (int taken = 0;; taken++) {
        peer_call(p, &reply, "insert", CONTACT, ORG, large);
        if (strcmp(reply.state, "00000") != 0) {
            cr_assert_str_eq(reply.state, "53100", "%s %.*s", reply.state, SLICE_FMT(reply.message));
            return taken;
        }
        cr_assert_lt(taken, 100, "the disk is never full");
    }
}

/* Everything that needs room says so, again and again; everything else goes on. */
static void nothing_stops(struct peer *p, int contacts)
{
    for (int i = 0; i < 3; i++) {
        CALL_FAILS("53100", p, "insert", CONTACT, ORG, large);
        CALL_FAILS("53100", p, "txn", "[[[\"insert\",\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"}]]]", ORG, large);
        CALL_FAILS("53100", p, "query", "[\"insert into contacts (organization_id, name) values ($1, $2)\",[\"%s\",\"%s\"]]", ORG, large);
        CALL_FAILS("53100", p, "snapshot", "[]");
        CALL_FAILS("53100", p, "backup", "[\"/copy\"]");
        cr_assert_eq(peer_number(p, "count", "[\"contacts\"]"), contacts);
        CALL_OK(p, "scan", "[\"contacts\"]");
        CALL_OK(p, "call", "[\"get_quota_usage\",{\"organization_id\":\"%s\"}]", ORG);
        CALL_OK(p, "stats", "[]");
    }
}

/* A stop there has no room for its snapshot, and says so; the log has everything. */
static void stop_on_full_disk(void)
{
    server_stop(&d->server);
    pthread_join(d->thread, NULL);
    cr_assert_eq(d->result, -1);
    cr_assert_eq(d->error.state, SQLSTATE_DISK_FULL, "%s", d->error.message);
}

Test(full_disk, refuses_and_goes_on)
{
    struct peer p;
    struct reply reply;
    peer_open(&p, d);
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
    fake_disk_fill(disk, 1);
    int contacts = fill(&p);
    nothing_stops(&p, contacts);
    for (int start = 0; start < 2; start++) {
        peer_close(&p);
        stop_on_full_disk();
        daemon_start(d);
        peer_open(&p, d);
        CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
        nothing_stops(&p, contacts);
    }
    fake_disk_fill(disk, 0);
    for (int tries = 0; peer_call(&p, &reply, "insert", CONTACT, ORG, large), strcmp(reply.state, "00000") != 0; tries++) {
        cr_assert_lt(tries, 5000, "there is room again, and writes are refused: %.*s", SLICE_FMT(reply.message));
        usleep(1000);
    }
    for (int i = 0; i < 20; i++)
        CALL_OK(&p, "insert", CONTACT, ORG, large);
    CALL_OK(&p, "snapshot", "[]");
    cr_assert_eq(peer_number(&p, "count", "[\"contacts\"]"), contacts + 21);
    peer_close(&p);
}
